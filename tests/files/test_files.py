"""Writes that are whole or absent."""

import os
import stat
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assay.errors import LimitError, UsageError
from assay.files import atomic, writes
from assay.files.atomic import read_bytes, write_bytes
from assay.files.lock import writing
from assay.files.writes import clear_folder, recover, whole_folder, write_all


def test_what_is_written_is_read(tmp_path):
    write_bytes(tmp_path / "a" / "b", b"x")
    assert read_bytes(tmp_path / "a" / "b") == b"x"
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "b"]


@pytest.mark.threat(6)
def test_a_symbolic_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "link").symlink_to("secret")
    with pytest.raises(OSError, match="symbolic links"):
        read_bytes(tmp_path / "link")


@pytest.mark.threat(7)
def test_a_file_over_the_limit_is_not_read(tmp_path):
    (tmp_path / "large").write_bytes(b"xxx")
    with pytest.raises(LimitError, match="MiB"):
        read_bytes(tmp_path / "large", limit=2)


def test_many_files_are_written_and_removed_together(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    write_all(tmp_path, {"old": None, "a/new": b"new", "b": b""})
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "a/new").read_bytes() == b"new"
    assert (tmp_path / "b").read_bytes() == b""
    assert not recover(tmp_path)


@pytest.mark.slow
def test_two_writers_do_not_write_at_once(tmp_path):
    with writing(tmp_path), ThreadPoolExecutor(1) as other, pytest.raises(UsageError, match="another assay command"):
        other.submit(write_all, tmp_path, {"a": b"x"}).result()
    assert not (tmp_path / "a").exists()


KILLED_AT = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from assay.files import writes
    countdown = int(sys.argv[2])
    def dying(function):
        def call(*arguments, **keywords):
            global countdown
            countdown -= 1
            if countdown < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **keywords)
        return call
    for name in ("mkdir", "rename", "replace", "unlink"):
        setattr(Path, name, dying(getattr(Path, name)))
    for name in ("fsync", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))
    writes.write_all(Path(sys.argv[1]), {"a": b"new a", "d/b": b"new b", "c": None})
""")


def test_a_writer_killed_at_any_point_leaves_all_files_old_or_all_new(tmp_path):
    """Kills the writer at its n-th system call, n = 0, 1, 2 … until it ends by itself."""
    states = set()
    for point in range(200):
        root = tmp_path / str(point)
        root.mkdir()
        for name in ("a", "c"):
            (root / name).write_bytes(b"old " + name.encode())
        ended = subprocess.run([sys.executable, "-c", KILLED_AT, str(root), str(point)], check=False)
        recover(root)
        states.add(_state(root))
        write_all(root, {"a": b"new a", "d/b": b"new b", "c": None})
        assert _state(root) == NEW
        if ended.returncode == 0:
            break
    assert states == {OLD, NEW}
    assert point > 10


OLD = (("a", b"old a"), ("c", b"old c"))
NEW = (("a", b"new a"), ("d/b", b"new b"))


def _state(root: Path):
    present = sorted(path for path in root.rglob("*") if path.is_file() and writes.WORK not in path.parts)
    return tuple((path.relative_to(root).as_posix(), path.read_bytes()) for path in present)


@pytest.mark.threat(6)
def test_a_plan_that_came_with_a_clone_is_not_obeyed(tmp_path):
    root = tmp_path / "project"
    pending = root / writes.WORK / "pending"
    pending.mkdir(parents=True)
    (pending / "000000").write_bytes(b"evil")
    (pending / "plan.json").write_text('{"../outside": "000000", "checks/gone": null}')
    with pytest.raises(UsageError, match="not started here"):
        recover(root)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "name", ["../outside", "/outside", "a/../../outside", ".git/hooks/pre-commit", ".GIT/config", "link/outside", ""]
)
@pytest.mark.threat(6)
def test_nothing_is_written_outside_the_project(tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    root = tmp_path / "project"
    root.mkdir()
    (root / "link").symlink_to("../elsewhere")
    with pytest.raises(UsageError):
        write_all(root, {"sound": b"x", name: b"x"})
    assert not (root / "sound").exists()
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.threat(6)
def test_a_linked_lock_does_not_empty_what_it_points_to(tmp_path):
    (tmp_path / "precious").write_bytes(b"x")
    (tmp_path / writes.WORK).mkdir()
    (tmp_path / writes.WORK / "lock").symlink_to("../precious")
    with pytest.raises(UsageError):
        write_all(tmp_path, {"a": b"x"})
    assert (tmp_path / "precious").read_bytes() == b"x"


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def full(path, *_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(atomic, "write_through", full)
    with pytest.raises(UsageError, match="No space left"):
        write_all(tmp_path, {"a": b"x"})
    assert [path.name for path in (tmp_path / writes.WORK).iterdir()] == ["lock"]
    assert not (tmp_path / "a").exists()


def test_what_killed_writers_left_behind_is_cleared_away(tmp_path):
    for leftover in ("staged1", "spent2"):
        (tmp_path / writes.WORK / leftover).mkdir(parents=True)
    write_all(tmp_path, {"a": b"x"})
    assert [path.name for path in (tmp_path / writes.WORK).iterdir()] == ["lock"]


def test_what_a_killed_writer_of_a_file_left_is_cleared_away_and_a_living_ones_is_not(tmp_path):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    others = [f".a.tmp{os.getppid()}", f".b.tmp{int(gone.stdout)}", ".a.tmpl"]
    for name in (f".a.tmp{int(gone.stdout)}", *others):
        (tmp_path / name).write_bytes(b"half")
    write_bytes(tmp_path / "a", b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"a", *others}


@pytest.mark.threat(6)
def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_bytes(tmp_path / "pipe")


def test_a_folder_is_no_file_and_none_is_left_open(tmp_path):
    before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(IsADirectoryError, match=tmp_path.name):
        read_bytes(tmp_path)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_is_on_disk_before_it_takes_its_place_and_its_folder_after(tmp_path, monkeypatch):
    flushed = []

    def note(descriptor):
        size = None if stat.S_ISDIR(os.fstat(descriptor).st_mode) else os.fstat(descriptor).st_size
        flushed.append((size, (tmp_path / "a").read_bytes()))

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", note)
    with (tmp_path / "a").open("rb") as reader:
        write_bytes(tmp_path / "a", b"newer")
        assert reader.read() == b"old"
    assert flushed == [(5, b"old"), (None, b"newer")]


@pytest.mark.parametrize("before", [None, 0o644])
@pytest.mark.parametrize("stated", [0o600, 0o755])
def test_the_permissions_that_are_stated_count_before_those_of_the_file(tmp_path, before, stated):
    if before is not None:
        (tmp_path / "a").write_bytes(b"old")
        (tmp_path / "a").chmod(before)
    write_bytes(tmp_path / "a", b"new", permissions=stated)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stated


@pytest.mark.parametrize("kind", ["folder", "file", "link", "dangling", "missing"])
def test_whatever_is_in_the_place_of_a_folder_goes_and_nothing_that_a_link_leads_to(tmp_path, kind):
    kept = tmp_path / "kept"
    for folder in (kept, tmp_path / ".out.tmp-new1", tmp_path / ".outer.tmp-new1"):
        folder.mkdir()
        (folder / "x").write_bytes(b"x")
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
        (out / "old").write_bytes(b"x")
    elif kind == "file":
        out.write_bytes(b"x")
    elif kind != "missing":
        out.symlink_to("kept" if kind == "link" else "nowhere")
    clear_folder(out)
    assert {path.name for path in tmp_path.iterdir()} == {"kept", ".outer.tmp-new1"}
    assert (kept / "x").exists()


def test_a_folder_replaces_the_old_one_whole_or_not_at_all(tmp_path):
    out = tmp_path / "a/out"
    for names in (("one",), ("two", "three")):
        with whole_folder(out) as scratch:
            for name in names:
                (scratch / name).write_bytes(b"x")
            assert not out.exists()
        assert {path.name for path in out.iterdir()} == {*names}
    with pytest.raises(ValueError, match="no"), whole_folder(out):
        raise ValueError("no")
    assert list((tmp_path / "a").iterdir()) == []


def test_a_file_that_changes_while_it_is_its_turn_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b").write_bytes(b"old b")
    make = atomic.make_folder

    def meanwhile(folder):
        make(folder)
        if folder.name == "d":
            (folder / "b").write_bytes(b"newer")

    monkeypatch.setattr(atomic, "make_folder", meanwhile)
    with pytest.raises(UsageError, match="d/b changed during the write, which was stopped") as told:
        write_all(tmp_path, {"a": b"new a", "d/b": b"new b"})
    assert "--drop-write" in told.value.fix
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "d/b").read_bytes()) == (b"new a", b"newer")
