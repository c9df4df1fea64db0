"""What the review remembers between runs: what the last runs used, within bounds; a file that is damaged is none."""

import pytest

from assay.reviewer import cache
from assay.reviewer.cache import Kept, Memory


def run(file, *used):
    """A run that uses some entries, as far as they are known, and makes the others; the keys known after it."""
    memory = Memory(file)
    for key in used:
        memory.put(key, memory.get(key) or Kept(items=key.encode()))
    memory.save()
    return Memory(file).entries


def test_what_eight_runs_with_something_new_did_not_use_is_forgotten_and_what_they_used_is_young_again(tmp_path):
    file = tmp_path / "deep" / "mood.bin"
    assert run(file, "old", "used").keys() == {"old", "used"}
    for number in range(1, 8):
        entries = run(file, "used", f"new {number}")
        assert (entries["old"].age, entries["used"].age, entries["old"].items) == (number, 0, b"old")
    assert "old" not in (entries := run(file, "used", "new 8"))
    assert entries.keys() == {"used", *(f"new {number}" for number in range(1, 9))}
    assert "new 1" not in run(file, "new 9")


def test_a_run_without_anything_new_writes_nothing(tmp_path):
    file = tmp_path / "mood.bin"
    run(file, "a", "b")
    before = file.stat().st_mtime_ns, file.stat().st_ino
    assert run(file, "a")["b"].age == 0
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_what_is_too_large_for_the_file_leaves_what_was_not_used_and_then_everything(tmp_path, monkeypatch):
    file = tmp_path / "mood.bin"
    monkeypatch.setattr(cache, "_LIMIT", 4_000)
    memory = Memory(file)
    memory.put("large", Kept(items=bytes(2_500)))
    memory.save()
    memory = Memory(file)
    memory.put("other", Kept(items=bytes(2_500)))
    memory.save()
    assert Memory(file).entries.keys() == {"other"}
    memory = Memory(file)
    memory.put("huge", Kept(items=bytes(5_000)))
    memory.save()
    assert Memory(file).entries.keys() == {"other"}


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[1:], lambda _: b"", lambda data: data[:40]]
)
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(tmp_path, damage):
    file = tmp_path / "mood.bin"
    run(file, "a")
    file.write_bytes(damage(file.read_bytes()))
    assert Memory(file).entries == {}
    assert run(file, "a").keys() == {"a"}
