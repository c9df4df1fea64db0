"""`assay check` and `assay submit` refuse what a merge without assay may have left: marks and records that stand twice."""

import subprocess

import pytest

from clones import PART, answer, clone, commit, git, vote
from pipelines import environment
from projects import FILES, write_files

RECORDS = [name for name in FILES if name.endswith(".jsonl")]
MARKED = "<<<<<<< ours\n{0}=======\n{0}>>>>>>> theirs\n"
DOCUMENTS = [
    "checks/mood.yaml",
    "checks/project.yaml",
    "guidelines/mood.md",
    "labels/annotators/ben.yaml",
    "labels/mood/r1/batch.yaml",
    "schemas/mood.yaml",
]


@pytest.mark.parametrize("path", RECORDS)
def test_a_record_that_stands_twice_is_refused_in_every_kind_of_file(assay, mood, path):
    first = FILES[path].splitlines()[0]
    again = len(FILES[path].splitlines()) + 1
    write_files(mood, {path: f"{FILES[path]}{first.replace(',', ', ', 1)}\n"})
    said = assay("check", "--all", "--format", "json")
    assert said.code == 1
    (found,) = [one for one in said.json if one["severity"] == "error" and one["path"] == path]
    assert found["line"] == again
    assert found["rule"] in {"label/duplicate-item", "item/duplicate-id", "roster/entry"}
    assert found["fix"]


@pytest.mark.parametrize("path", RECORDS)
def test_the_marks_of_a_conflict_are_refused_in_every_kind_of_file(assay, mood, path):
    first, _, rest = FILES[path].partition("\n")
    write_files(mood, {path: MARKED.format(f"{first}\n") + rest})
    said = assay("check", "--all", "--format", "json")
    assert said.code == 1
    found = [one["message"] for one in said.json if one["path"] == path]
    assert any(message.startswith("an unresolved merge conflict") for message in found)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_marks_of_a_conflict_are_refused_in_documents(assay, mood, path):
    text = (mood / path).read_text()
    write_files(mood, {path: MARKED.format(text)})
    said = assay("check", "--all")
    assert said.code in {1, 2}
    assert path in said.out + said.err


def diverged(bare, tmp_path, attributes, ours, theirs):
    """Ada's clone on a branch of hers, and main, which have answered one item differently."""
    folder = clone(bare, tmp_path / "ada", "ada")
    commit(folder, "attributes", {".gitattributes": attributes, PART: "".join(f"{vote(f'i{n}')}\n" for n in (1, 2, 4))})
    git(folder, "push", "-q", "origin", "main")
    git(folder, "switch", "-q", "-c", "mine")
    answer(folder, *ours)
    commit(folder, "mine")
    git(folder, "switch", "-q", "main")
    answer(folder, *theirs)
    commit(folder, "main")
    git(folder, "push", "-q", "origin", "main")
    git(folder, "switch", "-q", "mine")
    return folder


def merge_as_a_forge_does(folder):
    """Merges main without a driver; says whether git took it for clean."""
    done = subprocess.run(
        ["git", "merge", "-q", "--no-edit", "main"], cwd=folder, env=environment(), capture_output=True, check=False
    )
    return done.returncode == 0


OURS = [vote("i1"), vote("i2"), vote("i3", "good"), vote("i4")]
THEIRS = [vote("i1"), vote("i2"), vote("i3", "bad"), vote("i4")]


def test_a_union_merge_that_git_calls_clean_is_refused(assay, bare, tmp_path, monkeypatch):
    folder = diverged(bare, tmp_path, "labels/**/*.jsonl merge=union\n", OURS, THEIRS)
    assert merge_as_a_forge_does(folder)
    monkeypatch.chdir(folder)
    said = assay("check")
    assert said.code == 1
    assert f"{PART}:4 /item  (item i3)\n  error: " in said.out
    assert "[label/duplicate-item]" in said.out


def test_a_merge_of_lines_that_git_calls_clean_is_refused(assay, bare, tmp_path, monkeypatch):
    folder = diverged(bare, tmp_path, "", [vote("i3"), *OURS[:2], OURS[3]], [*THEIRS[:2], THEIRS[3], vote("i3", "bad")])
    assert merge_as_a_forge_does(folder)
    monkeypatch.chdir(folder)
    said = assay("check")
    assert said.code == 1
    assert "[label/duplicate-item]" in said.out


def test_marks_that_somebody_committed_are_refused_and_not_handed_in(assay, bare, tmp_path, monkeypatch):
    folder = diverged(bare, tmp_path, "", OURS, THEIRS)
    assert not merge_as_a_forge_does(folder)
    monkeypatch.chdir(folder)
    held = assay("submit")
    assert (held.code, "merge" in held.err) == (2, True)
    commit(folder, "settled, they thought")
    checked = assay("check")
    assert checked.code == 1
    assert f"{PART}:3\n  error: an unresolved merge conflict, line 3 to 7  [label/conflict-marker]\n" in checked.out
    (folder / PART).write_text((folder / PART).read_text() + vote("i5") + "\n")
    before = git(folder, "rev-parse", "HEAD")
    sent = assay("submit")
    assert (sent.code, git(folder, "rev-parse", "HEAD")) == (1, before)
    assert "an unresolved merge conflict" in sent.out


def test_fmt_does_not_touch_what_a_merge_left(assay, bare, tmp_path, monkeypatch):
    folder = diverged(bare, tmp_path, "labels/**/*.jsonl merge=union\n", OURS, THEIRS)
    merge_as_a_forge_does(folder)
    monkeypatch.chdir(folder)
    before = (folder / PART).read_bytes()
    said = assay("fmt")
    assert (said.code, (folder / PART).read_bytes()) == (1, before)
    assert f"{PART}:4 duplicate record i3, already on line 3\n" in said.out
