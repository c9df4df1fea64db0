"""`assay doctor`: each thing with its remedy, and a code for the whole."""

import pytest

from clones import repository
from interrupted import interrupt


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return repository(tmp_path, {"labels/annotators/ada.yaml": "role: lead\nemails: [ada@example.org]\n"}).root


def test_what_is_missing_is_named_with_its_remedy_until_it_is_there(assay, root):
    assert root.exists()
    before = assay("doctor")
    assert before.code == 1
    assert "missing merge driver: labels merge line by line\n        fix: assay install\n" in before.out
    assert "without pre-commit hook: nothing is checked before a commit\n" in before.out
    assay("install")
    after = assay("doctor")
    assert (after.code, "missing" in after.out) == (0, False)
    assert "ok      merge driver: labels merge by record\n" in after.out


def test_as_json_each_thing_is_an_object(assay, root):
    assert root.exists()
    found = assay("doctor", "--format", "json")
    assert found.code == 1
    (attributes,) = [one for one in found.json if one["name"] == "attributes"]
    assert attributes == {
        "name": "attributes",
        "well": False,
        "said": "label files do not name the driver",
        "fix": "assay install",
        "needed": True,
    }


def test_an_interrupted_write_is_named_and_left_to_the_next_command(assay, root):
    pending = interrupt(root, {"labels/mood/r1/ben.jsonl": b""})
    said = "missing writes: a write of 1 file was interrupted: not written yet: labels/mood/r1/ben.jsonl\n"
    assert said in assay("doctor").out
    assert pending.exists()
    assert "finished an interrupted write: labels/mood/r1/ben.jsonl" in assay("check").err
    assert "ok      writes: no write was interrupted\n" in assay("doctor").out


def test_an_interrupted_write_that_newer_work_is_in_the_way_of_is_named_and_dropped_when_that_is_asked(assay, root):
    ben, ada = root / "labels/mood/r1/ben.jsonl", root / "labels/mood/r1/ada.jsonl"
    before = ada.read_bytes()
    interrupt(root, {"labels/mood/r1/ada.jsonl": b"planned", "labels/mood/r1/ben.jsonl": b"planned"})
    ben.write_bytes(b"newer\n")
    for command in ("check", "todo", "fmt"):
        said = assay(command)
        assert said.code == 2
        assert "labels/mood/r1/ben.jsonl changed since by another program" in said.err
        assert "assay doctor --drop-write" in said.err
    said = assay("doctor")
    assert "changed since by another program: labels/mood/r1/ben.jsonl" in said.out
    assert "restore what it replaces, or assay doctor --drop-write" in said.out
    said = assay("doctor", "--drop-write")
    assert said.code == 0
    assert "labels/mood/r1/ada.jsonl: not written yet\n" in said.out
    assert (ben.read_bytes(), ada.read_bytes()) == (b"newer\n", before)
    assert (root / ".assay/dropped-1/000000").read_bytes() == b"planned"
    assert assay("doctor", "--drop-write").code == 2
    assert "interrupted" not in assay("check").err


@pytest.mark.usefixtures("mood")
def test_without_a_repository_that_is_named_first(assay):
    said = assay("doctor")
    assert said.code == 1
    assert said.out.startswith("missing repository: ")
