"""A machine without git: every command that needs it says so, and no other one stumbles."""

import pytest

from assay.cli.app import COMMANDS

NEEDED = [
    "whoami", "whoami --set ada", "todo", "start mood r4", "annotate mood r4 --no-browser", "sheet out mood r4 out.csv",
    "sheet in mood r4 new.jsonl", "check", "check --all", "submit", "diff", "diff HEAD", "log i1", "review",
    "return i1 --task mood --batch r1 --why look", "init ../beside", "annotator add eve",
    "annotator rename ben zed", "annotator merge ben ada", "annotator erase ben",
    "batch create mood r9 --annotators ada,ben", "batch list", "batch close mood r4", "batch reassign mood r4 --from ben",
    "batch escalate mood r1 --to 3", "team", "import items --pool texts new.jsonl",
    "guideline lint", "guideline test", "guideline impact", "guideline propose mood", "guideline log mood",
    "guideline verify mood", "guideline gaps", "guideline render mood", "guideline approve mood", "guideline keygen",
    "guideline record mood --reviews new.jsonl --pull-request 7 --head HEAD", "migrate --task mood", "release build set", "install",
    "install --forge github", "doctor", "schema mood", "agreement mood", "policy mood", "consensus mood", "quality mood", "gate",
]  # fmt: skip
OTHERS = ["explain label/schema", "fmt", "fmt --check", "import long --task mood crowd-2.jsonl", "task add tone", "release add set --task mood", "git textconv new.jsonl", "upgrade",
          "git merge new.jsonl new.jsonl new.jsonl 7 labels/mood/r4/ada.jsonl"]  # fmt: skip
WITH_A_PIPELINE_RUN = {"report"}


@pytest.fixture
def bare_machine(ada, tmp_path, monkeypatch):
    """Ada's clone, on a machine with nothing on its path."""
    (ada / "new.jsonl").write_text("")
    (ada / "crowd-2.jsonl").write_text('{"item":"i1","annotator":"w9","label":{"tone":"good"}}\n')
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return ada


@pytest.mark.parametrize("line", NEEDED)
def test_a_command_that_needs_git_says_that_there_is_none(assay, bare_machine, line):  # noqa: ARG001 - it stands there
    said = assay(*line.split())
    assert (said.code, said.err.partition("\n")[0]) == (2, "assay: git is not installed"), said.err
    assert "fix: install git" in said.err


@pytest.mark.parametrize("line", OTHERS)
def test_a_command_that_needs_none_works(assay, bare_machine, line):  # noqa: ARG001 - it stands there
    assert assay(*line.split()).code == 0


def test_no_command_is_left_out():
    assert {line.split()[0] for line in [*NEEDED, *OTHERS]} | WITH_A_PIPELINE_RUN == set(COMMANDS)
