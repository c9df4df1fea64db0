"""What is wrong with what I changed?"""

import shutil
import subprocess

import pytest

from assay.actions.check import check
from assay.project import find_project
from projects import small_project

POLICY = {"checks/mood.yaml": "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A sound project, committed on `main`, with a branch `mine` checked out."""
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "A")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "a@example.org")
    found = small_project(tmp_path, POLICY)
    run(tmp_path, "init", "-q", "-b", "main")
    run(tmp_path, "add", "-A")
    run(tmp_path, "commit", "-q", "-m", "one")
    run(tmp_path, "checkout", "-q", "-b", "mine")
    return found


def run(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def break_line(root, name, number):
    path = root / name
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = b"{broken\n"
    path.write_bytes(b"".join(lines))


def test_nothing_changed_is_nothing_looked_at(project):
    checked = check(project)
    assert (checked.findings, checked.tasks, checked.changed) == ((), (), frozenset())


def test_i_answer_for_my_file_and_not_for_yours(project):
    mine, yours = (f"labels/mood/r1/{who}.jsonl" for who in ("ada", "ben"))
    break_line(project.root, yours, 1)
    run(project.root, "commit", "-q", "-a", "-m", "yours")
    run(project.root, "branch", "-f", "main", "HEAD")
    break_line(project.root, mine, 2)

    checked = check(project)

    assert [(finding.at.path, finding.at.line) for finding in checked.findings] == [(mine, 2)]
    assert checked.elsewhere == 1
    assert checked.errors == 1
    assert len(check(project, everything=True).findings) == 2


def test_what_i_committed_on_my_branch_is_still_mine(project):
    mine = "labels/mood/r1/ada.jsonl"
    break_line(project.root, mine, 1)
    run(project.root, "commit", "-q", "-a", "-m", "mine")
    assert check(project).errors == 1
    assert check(project, base="HEAD").errors == 0


def test_a_folder_that_no_task_reads_is_found(project):
    name = next(iter(project.tasks))
    shutil.copytree(project.root / "labels" / name, project.root / "labels" / f"{name}s")
    (finding,) = check(project).findings
    assert (finding.rule, finding.at.path) == ("label/unknown-task", f"labels/{name}s")


def test_outside_a_repository_everything_is_looked_at(tmp_path):
    project = find_project(small_project(tmp_path, POLICY).root)
    assert check(project).changed is None


def test_gold_that_contradicts_older_gold_is_answered_for_by_whoever_added_it(project):
    added = project.root / "labels/mood/gold/ada.jsonl"
    added.rename(added.with_name("ben.jsonl"))
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "gold is ben's")
    run(project.root, "branch", "-f", "main", "HEAD")
    added.write_text('{"item":"i1","label":{"tone":"bad"}}\n')

    (found,) = check(project).findings

    assert (found.rule, found.at.path) == ("gold/contradiction", "labels/mood/gold/ben.jsonl")


def test_an_older_contradiction_is_not_laid_on_votes(project):
    (project.root / "labels/mood/gold/ben.jsonl").write_text('{"item":"i1","label":{"tone":"bad"}}\n')
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "two golds")
    run(project.root, "branch", "-f", "main", "HEAD")
    break_line(project.root, "labels/mood/r1/ada.jsonl", 1)
    assert [found.rule for found in check(project).findings] == ["label/not-json"]


def test_an_edited_guideline_is_held_against_the_base(project):
    path = project.root / "guidelines/mood.md"
    path.write_text(path.read_text().replace("Read it.", "Read it twice."))
    found = [(one.rule, one.at.path, one.at.line) for one in check(project).findings if "version" in one.rule]

    assert found == [("guideline/version-not-bumped", "guidelines/mood.md", 3)]


def test_a_schema_that_changes_under_the_same_version_is_found_at_the_guideline(project):
    path = project.root / "schemas/mood.yaml"
    path.write_text(path.read_text().replace("[good, bad]", "[good, bad, mixed]"))
    found = [(one.rule, one.at.path, one.at.line) for one in check(project).findings if "version" in one.rule]

    assert found == [("guideline/version-not-bumped", "guidelines/mood.md", 3)]


def test_a_committed_edit_with_its_version_is_right(project):
    path = project.root / "guidelines/mood.md"
    entry = "  - {version: 0.3.0, date: 2026-03-01, summary: third, affects: [tone]}\n---\nRead it twice."
    text = path.read_text().replace("version: 0.2.0\nc", "version: 0.3.0\nc").replace("---\nRead it.", entry)
    path.write_text(text)
    run(project.root, "commit", "-q", "-a", "-m", "two")

    assert not [one for one in check(project).findings if "version" in one.rule]
