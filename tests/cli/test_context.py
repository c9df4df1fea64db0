"""What commands do where a write was interrupted: a stage stops, the others go on."""

import pytest

from assay.files import writes
from gated import measured_project
from interrupted import interrupt
from projects import FILES


@pytest.mark.parametrize(
    "command", [("schema", "mood"), ("quality", "mood"), ("gate",), ("gate", "--enforce", "merge")]
)
def test_a_stage_finishes_an_interrupted_write_and_asks_to_be_run_again(assay, mood, command):
    interrupt(mood, {"labels/mood/r1/ben.jsonl": b"", "labels/mood/gold/ada.jsonl": None})
    said = assay(*command)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "assay: an interrupted write was finished only now: labels/mood/r1/ben.jsonl, labels/mood/gold/ada.jsonl\n"
        "  fix: run `dvc repro` again\n"
    )
    assert (mood / "labels/mood/r1/ben.jsonl").read_bytes() == b""
    assert not (mood / "labels/mood/gold/ada.jsonl").exists()
    assert not (mood / "reports").exists()
    assert assay("schema", "mood").code == 0


def test_a_release_is_not_built_on_an_interrupted_write(assay, tmp_path):
    measured_project(tmp_path)
    assert assay("gate").code == 0
    interrupt(tmp_path, {"releases/notes.md": b"x"})
    said = assay("release", "build", "support")
    assert (said.code, said.out) == (2, "")
    assert "run `dvc repro` again" in said.err
    assert not (tmp_path / "release").exists()
    assert assay("release", "build", "support").code == 0


def test_other_commands_finish_an_interrupted_write_and_go_on(assay, mood):
    text = FILES["labels/mood/r1/ben.jsonl"]
    (mood / "labels/mood/r1/ben.jsonl").write_text("{\n")
    interrupt(mood, {"labels/mood/r1/ben.jsonl": text.encode()})
    said = assay("check", "--all")
    assert (said.code, " error:" in said.out) == (0, False)
    assert said.err.splitlines()[0] == "finished an interrupted write: labels/mood/r1/ben.jsonl"


def test_an_interrupted_write_that_came_with_a_clone_is_not_finished(assay, mood):
    pending = mood / writes.WORK / "pending"
    pending.mkdir(parents=True)
    (pending / "000000").write_bytes(b"evil")
    (pending / "plan.json").write_text('{"folder":1,"files":{"labels/mood/r1/ben.jsonl":"000000"}}')
    said = assay("schema", "mood")
    assert (said.code, said.out) == (2, "")
    assert "contains a write that was not started here" in said.err
    assert (mood / "labels/mood/r1/ben.jsonl").read_text() == FILES["labels/mood/r1/ben.jsonl"]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "command",
    [("team",), ("guideline", "test"), ("guideline", "impact"), ("guideline", "gaps"), ("guideline", "render")],
)
def test_a_project_without_a_task_is_told_so_and_no_empty_answer_is_printed(assay, command):
    said = assay(*command)
    assert (said.code, said.out) == (0, "")
    assert "no task yet\nnext: assay task add NAME" in said.err
