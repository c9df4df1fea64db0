"""Commands that write once, typed a second time as after an interruption: their work is found, and stays as it is."""

import pytest

from assay.clone.installation import DRIVER, hook_is_ours
from clones import POLICY, git, repository
from projects import FILES, small_project
from stopping import KILL_CALLER, KILLED, git_that, program, typed

JUST_SO = "already exists with this content: nothing was written"
BEN = "labels/mood/r1/ben.jsonl"
PLAN = "labels/mood/r9/assignments.jsonl"


def files(root):
    found = (path for path in root.rglob("*") if path.is_file() and ".assay" not in path.parts)
    return {path: path.read_bytes() for path in found}


def test_an_entry_of_the_roster(assay, mood):
    command = ("annotator", "add", "dana", "--handle", "dana-x", "--email", "d@example.org", "--qualified", "mood")
    assert assay(*command).out == "wrote labels/annotators/dana.yaml\n"
    before = files(mood)
    said = assay(*command)
    assert (said.code, said.out, files(mood)) == (0, f"labels/annotators/dana.yaml {JUST_SO}\n", before)
    for other in (command[:-2], (*command, "--role", "lead")):
        refused = assay(*other)
        assert (refused.code, "dana is already in the roster" in refused.err, files(mood)) == (2, True, before)


def test_a_batch(assay, mood):
    command = ("batch", "create", "mood", "r9", "--annotators", "ada,ben", "--purpose", "audit", "--items", "3")
    first = assay(*command)
    before = files(mood)
    said = assay(*command)
    assert (said.code, said.out, files(mood)) == (0, first.out, before)
    assert "mood/r9 already exists with this content: nothing was written\nnext: commit labels/mood/r9" in said.err
    (mood / PLAN).write_bytes((mood / PLAN).read_bytes().splitlines(keepends=True)[0])
    refused = assay(*command)
    assert (refused.code, "mood already has a batch 'r9'" in refused.err) == (2, True)
    (mood / PLAN).unlink()
    assert assay(*command).code == 2
    assert not (mood / PLAN).exists()


def test_a_sheet(assay, mood):
    batch = mood / "labels/mood/r1/batch.yaml"
    batch.write_text(batch.read_text().replace("closed", "open"))
    assert assay("sheet", "out", "mood", "r1", "mine.csv", "--as", "ben", "--all").code == 0
    sheet = (mood / "mine.csv").read_text(encoding="utf-8-sig")
    (mood / "mine.csv").write_text(sheet.replace(",good,", ",bad,"), encoding="utf-8")
    command = ("sheet", "in", "mood", "r1", "mine.csv", "--as", "ben")
    assert "next: `assay check`" in assay(*command).err
    taken = (mood / BEN).read_text()
    said = assay(*command)
    assert (said.code, said.err, (mood / BEN).read_text()) == (0, "nothing to change\n", taken)
    assert taken != FILES[BEN]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = repository(tmp_path / "clone").root
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize("nth", [2, 4, 6, 8])
def test_an_install_killed_between_two_settings(assay, root, tmp_path, nth):
    """Each setting is read before it is written, so the even calls write."""
    tools = git_that(tmp_path / "killing", "config", nth=nth, after=KILL_CALLER)
    assert typed(root, "assay", "install", tools=tools).returncode == KILLED
    examined = assay("doctor")
    assert (examined.code, "missing attributes: label files do not name the driver" in examined.out) == (1, True)
    assert assay("install").code == 0
    assert (hook_is_ours(root), assay("install").err) == (True, "everything was set up already\n")
    assert git(root, "config", "--get-all", DRIVER).count("\n") == 0
    assert (root / ".git/info/attributes").read_text().count("merge=assay") == 1
    assert "missing" not in "".join(line for line in assay("doctor").out.splitlines() if "roster" not in line)


def test_an_install_whose_hook_may_not_be_run_yet(assay, root):
    assay("install")
    hook = root / ".git/hooks/pre-commit"
    hook.chmod(0o644)
    assert assay("install").out == "set: the pre-commit hook\n"
    assert hook.stat().st_mode & 0o111


def test_an_install_beside_a_hook_of_ones_own(assay, root):
    hook = program(root / ".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n")
    for code in (assay("install").code, assay("install").code):
        assert (code, hook.read_text()) == (0, "#!/bin/sh\nexit 0\n")
    again = assay("install")
    assert "is not from assay; to check labels before a commit, add to it: " in again.err
    assert again.err.endswith("\neverything else was set up already\n")
    assert (
        f"without pre-commit hook: {hook} is not from `assay install`\n"
        "        fix: `assay install` says what to add to it\n"
    ) in assay("doctor").out


@pytest.mark.parametrize("below", ["", "deep/down"])
def test_an_install_that_meets_a_lock_names_it(assay, tmp_path, monkeypatch, below):
    small_project(tmp_path / "clone" / below, POLICY)
    git(tmp_path / "clone", "init", "-q")
    monkeypatch.chdir(tmp_path / "clone" / below)
    lock = tmp_path / "clone/.git/config.lock"
    lock.touch()
    said = assay("install")
    assert (said.code, f"{lock} exists, by {lock.owner()}, since 2" in said.err) == (2, True), said.err
    lock.unlink()
    assert assay("install").code == 0
