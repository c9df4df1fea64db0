"""What is kept between runs: by key, within bounds; what is damaged, foreign or locked is done without."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import msgspec
import pytest

from assay.files import store as module
from assay.files.store import Store


def kept(file):
    with closing(sqlite3.connect(file)) as opened:
        return dict(opened.execute("SELECT key, day FROM kept ORDER BY day, rowid"))


def run(file, *keys, size=10):
    """A run that asks for some values, and makes those that are not there; which it made."""
    store, made = Store(file), []
    for key in keys:
        store.value(key, bytes, lambda key=key: made.append(key) or key.encode() * size)
    store.save()
    return made


def test_what_one_run_made_the_next_one_has_and_writes_nothing(tmp_path):
    file = tmp_path / "deep" / "results.db"
    assert run(file, "a", "b") == ["a", "b"]
    before = file.stat().st_mtime_ns
    assert run(file, "b", "a") == []
    assert file.stat().st_mtime_ns == before
    assert run(file, "a", "c") == ["c"]


def test_what_was_longest_unused_goes_where_there_is_too_much(tmp_path, monkeypatch):
    file, days = tmp_path / "results.db", iter((10, 11, 12, 13))
    monkeypatch.setattr(module, "_LIMIT", 100)
    monkeypatch.setattr(module.time, "time", lambda: 86_400 * day)
    day = next(days)
    run(file, "old", "used", size=10)
    day = next(days)
    assert run(file, "used", size=10) == []
    assert kept(file) == {"old": 10, "used": 11}
    day = next(days)
    run(file, "new", size=20)
    assert kept(file) == {"new": 12}, "used, of yesterday, goes with old: half is left"
    run(file, "more", size=20)
    assert kept(file) == {"more": 12}, "of today's no more goes than must"


def test_what_is_only_to_be_read_stays_as_it_is_also_where_it_is_damaged(tmp_path):
    file = tmp_path / "results.db"
    assert run(file, "a") == ["a"]
    before = file.read_bytes()
    store = Store(file, writes=False)
    assert store.value("a", bytes, lambda: b"other") == b"a" * 10
    assert store.value("b", bytes, lambda: b"made") == b"made"
    store.save()
    assert store.value("b", bytes, lambda: b"again") == b"made", "seen by this process"
    assert file.read_bytes() == before
    file.write_bytes(damaged := before.replace(b"SQLite", b"sqlite", 1))
    store = Store(file, writes=False)
    assert store.value("a", bytes, lambda: b"made") == b"made"
    store.save()
    assert file.read_bytes() == damaged


def test_a_value_of_another_form_is_made_anew(tmp_path):
    file = tmp_path / "results.db"
    store = Store(file)
    store.put("a", msgspec.msgpack.encode("text"))
    store.save()
    assert Store(file).value("a", int, lambda: 7) == 7


def test_what_is_no_longer_of_its_key_is_not_kept(tmp_path):
    store = Store(tmp_path / "results.db")
    assert store.value("a", int, lambda: 7, is_still=lambda: False) == 7
    assert store.get("a") is None


def test_without_a_file_values_last_as_long_as_the_process():
    store = Store(None)
    store.put("a", b"1")
    store.save()
    assert store.get("a") == b"1"
    assert Store(None).get("a") is None


@pytest.mark.parametrize("text", [b"", b"no database", b"SQLite format 3\0" + bytes(200)])
def test_another_file_in_its_place_is_replaced(tmp_path, text):
    file = tmp_path / "results.db"
    file.write_bytes(text)
    assert run(file, "a") == ["a"]
    run(file, "a")
    assert run(file, "a") == []


WRITES = """
import sys
from pathlib import Path
from assay.files.store import Store
for number in range(30):
    store = Store(Path(sys.argv[1]))
    store.put(f"{sys.argv[2]}{number}", b"x" * 1000)
    assert store.get("none") is None
    store.save()
"""


def test_two_processes_write_at_once_and_nothing_is_spoilt(tmp_path):
    file = tmp_path / "results.db"
    both = [subprocess.Popen([sys.executable, "-c", WRITES, str(file), name]) for name in "ab"]
    assert [one.wait() for one in both] == [0, 0]
    found = kept(file)
    assert found, "a writer that finds the file locked too long does without"
    store = Store(file)
    assert all(store.get(key) == b"x" * 1000 for key in found)


def test_threads_share_a_store_and_it_is_not_lost(tmp_path):
    file = tmp_path / "results.db"
    run(file, *(f"key {number}" for number in range(50)))
    store = Store(file)
    assert store.get("key 0") is not None

    def work(number):
        found = store.get(f"key {number}")
        store.put(f"new {number}", b"new")
        store.save()
        return found is not None

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(50)))
    assert len(kept(file)) == 100
