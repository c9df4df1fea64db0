"""An interrupted write meets what others did meanwhile: it is finished where that is safe, and else not touched."""

import json
import os
import subprocess
import sys

import pytest

from assay.errors import UsageError
from assay.files import writes
from assay.files.atomic import WriteState, digest_bytes, write_bytes
from assay.files.lock import writing
from assay.files.writes import interrupted, recover, recover_locked, set_aside, write_all
from interrupted import interrupt

OLD = {"a": b"old a", "b": b"old b", "gone": b"old"}
CHANGED = {"a": b"new a", "b": b"new b", "gone": None, "d/new": b"new"}
LEFT = dict.fromkeys(CHANGED, WriteState.WAITING)


@pytest.fixture
def root(tmp_path):
    for name, data in OLD.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def here(root):
    found = (path for path in root.rglob("*") if path.is_file() and writes.WORK not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_it_is_finished_where_every_file_is_what_it_was_or_what_it_was_to_be(root):
    interrupt(root, CHANGED)
    (root / "a").write_bytes(b"new a")
    assert interrupted(root) == {**LEFT, "a": WriteState.WRITTEN}
    assert recover(root) == tuple(CHANGED)
    assert here(root) == {"a": b"new a", "b": b"new b", "d/new": b"new"}
    assert interrupted(root) is None
    assert recover(root) == ()


def edited(root):
    (root / "b").write_bytes(b"newer")


def removed(root):
    (root / "b").unlink()


def created(root):
    (root / "d").mkdir()
    (root / "d/new").write_bytes(b"newer")


def came_back(root):
    (root / "gone").write_bytes(b"newer")


def folder_in_its_place(root):
    (root / "b").unlink()
    (root / "b").mkdir()


def link_in_its_place(root):
    (root / "b").unlink()
    (root / "b").symlink_to("a")


def file_for_its_folder(root):
    (root / "d").write_bytes(b"newer")


def link_for_its_folder(root):
    (root / "elsewhere").mkdir()
    (root / "d").symlink_to("elsewhere")


def pipe_in_its_place(root):
    (root / "b").unlink()
    os.mkfifo(root / "b")


@pytest.mark.parametrize(
    ("meanwhile", "name"),
    [
        (edited, "b"),
        (removed, "b"),
        (created, "d/new"),
        (came_back, "gone"),
        (folder_in_its_place, "b"),
        (link_in_its_place, "b"),
        (pipe_in_its_place, "b"),
        (file_for_its_folder, "d/new"),
        (link_for_its_folder, "d/new"),
    ],
)
def test_nothing_is_done_where_a_file_is_neither_and_it_is_named(root, meanwhile, name):
    interrupt(root, CHANGED)
    meanwhile(root)
    before = here(root)
    for command in (recover, lambda root: write_all(root, {"other": b"x"})):
        with pytest.raises(UsageError, match=rf"cannot be finished over newer changes: {name} changed since"):
            command(root)
    assert here(root) == before
    assert interrupted(root) == {**LEFT, name: WriteState.CHANGED}
    kept, found = set_aside(root)
    assert (kept, found[name]) == (".assay/dropped-1", WriteState.CHANGED)
    assert here(root) == before
    write_all(root, {"other": b"x"})


@pytest.mark.parametrize("number", [5, 6])
def test_of_many_files_that_others_changed_the_first_are_named_and_the_rest_counted(root, number):
    files = {f"f{place}": b"new" for place in range(number)}
    interrupt(root, files)
    for name in files:
        (root / name).write_bytes(b"newer")
    with pytest.raises(UsageError) as told:
        recover(root)
    named = "; ".join(f"f{place} changed since by another program" for place in range(5))
    more = ", and 1 more" if number == 6 else ""
    assert told.value.message == f"a write was interrupted, and cannot be finished over newer changes: {named}{more}"


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_staged_file_that_is_damaged_is_not_written(root, harm):
    pending = interrupt(root, CHANGED)
    (pending / "000001").write_bytes(b"new") if harm == "cut" else (pending / "000001").unlink()
    with pytest.raises(UsageError, match="b not written, and its staged content is damaged"):
        recover(root)
    assert here(root) == OLD
    set_aside(root)
    assert recover(root) == ()


@pytest.mark.parametrize("plan", [b"", b"{", b'{"folder":1,"files":{"a":"000000"}}', b'{"folder":1,"steps":{}}'])
def test_a_plan_of_another_layout_or_place_is_said_and_dropped(root, plan):
    pending = interrupt(root, CHANGED)
    (pending / "plan.json").write_bytes(plan)
    for look in (recover, interrupted):
        with pytest.raises(UsageError, match="not started here, or by another version"):
            look(root)
    assert set_aside(root) == (".assay/dropped-1", {})
    assert here(root) == OLD


def test_a_link_in_the_place_of_the_plan_is_dropped_and_not_followed(root):
    interrupt(root, CHANGED).rename(root / "elsewhere")
    (root / ".assay/pending").symlink_to("../elsewhere")
    with pytest.raises(UsageError, match="not started here"):
        recover(root)
    set_aside(root)
    assert (root / "elsewhere/plan.json").exists()
    assert not (root / ".assay/pending").is_symlink()


def test_each_write_that_is_dropped_is_kept_and_there_must_be_one(root):
    for number in (1, 2):
        interrupt(root, CHANGED)
        assert set_aside(root)[0] == f".assay/dropped-{number}"
    with pytest.raises(UsageError, match="no interrupted write"):
        set_aside(root)
    assert (root / ".assay/dropped-1/000001").read_bytes() == b"new b"


def test_what_was_read_is_held_against_what_is_there_when_it_is_written(root):
    was = {"a": digest_bytes(b"old a"), "new": ""}
    write_all(root, {"a": b"1", "new": b"1"}, was=was)
    for changed in ({"a": b"2"}, {"new": b"2"}, {"a": b"2", "more": b"2"}):
        with pytest.raises(UsageError, match=r"changed while this command ran; nothing was written"):
            write_all(root, changed, was=was)
    assert here(root) == {**OLD, "a": b"1", "new": b"1"}


@pytest.mark.parametrize("meanwhile", [folder_in_its_place, pipe_in_its_place, file_for_its_folder])
def test_a_write_that_cannot_be_made_whole_is_refused_before_it_begins(root, meanwhile):
    meanwhile(root)
    before = here(root)
    with pytest.raises(UsageError, match="cannot be written"):
        write_all(root, {"a": b"1", "b": b"1", "d/new": b"1"})
    assert here(root) == before
    assert recover(root) == ()


def test_a_file_keeps_its_permissions(root):
    (root / "a").chmod(0o600)
    (root / "b").chmod(0o755)
    write_all(root, {"a": b"1", "b": b"1"})
    assert [oct((root / name).stat().st_mode & 0o777) for name in ("a", "b")] == ["0o600", "0o755"]
    write_bytes(root / "b", b"2")
    assert (root / "b").stat().st_mode & 0o777 == 0o755


def test_what_killed_writers_left_goes_with_the_next_command_that_writes(root):
    for leftover in ("staged1", "spent2"):
        (root / writes.WORK / leftover).mkdir(parents=True)
    with writing(root):
        assert recover_locked(root) == ()
    assert [path.name for path in (root / writes.WORK).iterdir()] == ["lock"]


def test_what_is_left_of_a_finished_write_goes_once_its_writer_has_ended(root):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    ended, alive = (root / writes.WORK / f"spent{process}" for process in (int(gone.stdout), os.getppid()))
    for leftover in (ended, alive):
        leftover.mkdir(parents=True)
    assert recover(root) == ()
    assert [path.name for path in (root / writes.WORK).iterdir()] == [alive.name]


def test_a_plan_with_a_name_that_no_file_or_no_staged_one_can_have_is_said_and_dropped(root):
    pending = interrupt(root, CHANGED)
    (root / "sound").write_bytes(b"x")
    step = {"old": "", "new": digest_bytes(b"x"), "staged": "../../sound"}
    for steps in ({"a\0b": {**step, "staged": "0"}}, {"c": step}):
        plan = {"folder": pending.stat().st_ino, "steps": steps}
        (pending / "plan.json").write_text(json.dumps(plan))
        for look in (recover, interrupted):
            with pytest.raises(UsageError, match="not started here"):
                look(root)
    (root / "sound").unlink()
    set_aside(root)
    assert here(root) == OLD
