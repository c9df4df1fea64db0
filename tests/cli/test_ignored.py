"""What git is told to ignore, wherever it is told so, hides no file of the project from assay."""

import pytest

from assay.git.process import git as plainly
from clones import PART, answer, git, vote
from projects import write_files


def _global(home, _clone, pattern, patch):
    patch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    write_files(home, {".gitconfig": f"[core]\nexcludesFile = {home}/patterns\n", "patterns": pattern})


def _usual(home, _clone, pattern, _patch):
    write_files(home, {".config/git/ignore": pattern})


def _counted(home, _clone, pattern, patch):
    write_files(home, {"patterns": pattern})
    for name, value in (("COUNT", "1"), ("KEY_0", "core.excludesFile"), ("VALUE_0", str(home / "patterns"))):
        patch.setenv(f"GIT_CONFIG_{name}", value)


def _clones(_home, clone, pattern, _patch):
    write_files(clone, {".git/info/exclude": pattern})


def _projects(_home, clone, pattern, _patch):
    write_files(clone, {".gitignore": f"/.assay/\n{pattern}"})
    git(clone, "commit", "-q", "-m", "ignored", "--", ".gitignore")


def _folders(_home, clone, pattern, _patch):
    write_files(clone, {"labels/mood/.gitignore": pattern})


WAYS = [(_global, "*.jsonl\n"), (_usual, "labels/\n"), (_counted, "*\n"), (_clones, "ada*\n"), (_projects, "/labels/mood/r4\n"),
        (_folders, "*.jsonl\n")]  # fmt: skip


@pytest.fixture(params=WAYS, ids=[place.__name__ for place, _ in WAYS])
def hidden(request, ada, tmp_path, monkeypatch):
    """Ada's clone, in which git ignores her new file of votes, one of which is no label."""
    place, pattern = request.param
    place(tmp_path, ada, pattern, monkeypatch)
    answer(ada, vote("i1"), vote("i2", tone="goood"))
    assert PART.encode() not in plainly(ada, "status", "--porcelain", "--untracked-files=all")
    return ada


def test_a_hidden_file_is_checked_shown_named_and_handed_in(assay, hidden):
    assert f"{PART}:2" in assay("check").out
    assert f"git ignores {PART}\n" in assay("doctor").out
    assert PART in assay("submit").out
    answer(hidden, vote("i1"), vote("i2"))
    assert assay("check").code == 0
    assert "mood/r4/ada.jsonl" in assay("diff").out
    assert assay("todo", "--format", "json").json["next"] in {"assay submit", "assay start mood r4"}
    assert assay("todo", "--format", "json").json["batches"][0]["unsent"] is True
    assert assay("start", "mood", "r4").code == 2
    said = assay("submit")
    assert said.code == 0, said.err
    assert git(hidden, "show", f"origin/ada/mood/r4-1:{PART}").count("\n") == 1
    assert "ignored: git ignores no file of the project" in assay("doctor").out


def test_what_is_no_file_of_the_project_stays_hidden(assay, ada):
    write_files(ada, {".git/info/exclude": "*\n", "labels/.x.jsonl.swp": "", "notes.jsonl": "", "labels/x.tmp": ""})
    assert assay("check").code == 0
    assert "git ignores no file" in assay("doctor").out


@pytest.mark.parametrize(
    "path",
    [
        "labels/annotators/eve.yaml",
        "guidelines/allowed_signers",
        "guidelines/approvals/mood/0.2.0.sig",
        "checks/waivers.yaml",
    ],
)
def test_a_hidden_policy_file_is_named(assay, ada, path):
    write_files(ada, {".git/info/exclude": "*\n", path: "x: 1\n"})
    assert f"git ignores {path}\n" in assay("doctor").out
