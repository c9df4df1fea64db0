"""What `assay check` says of guidelines and their examples."""

import subprocess

import pytest

from assay.annotator.change_check import check
from assay.project.config import find_project
from guideline_pages import FILES, PAGE
from projects import write_files

WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org")


def git(root, *arguments):
    subprocess.run(["git", *WHO, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path):
    """A sound project, committed on `main`, with a branch `mine` checked out."""
    write_files(tmp_path, FILES)
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        git(tmp_path, *arguments)
    git(tmp_path, "checkout", "-q", "-b", "mine")
    return find_project(tmp_path)


def rules(checked):
    return [found.rule for found in checked.findings if not found.rule.startswith("guideline/version")]


BROKEN = PAGE.replace("(#bad)", "(#no)").replace("label: {tone: bad}\nwhy: Hate.", "label: {tone: good}")


def test_a_changed_guideline_is_linted_and_its_examples_run(project):
    write_files(project.root, {"guidelines/mood.md": BROKEN})
    found = rules(check(project))
    assert set(found) == {"guideline/link", "guideline/no-example", "example/why", "example/contradiction"}


def test_a_guideline_that_others_left_broken_is_not_mine(project):
    write_files(project.root, {"guidelines/mood.md": BROKEN})
    git(project.root, "commit", "-q", "-a", "-m", "theirs")
    git(project.root, "branch", "-f", "main", "HEAD")
    assert rules(check(project)) == []
    write_files(project.root, {"labels/mood/README.md": "# changed\n"})
    assert rules(check(project)) == []
    assert "guideline/link" in rules(check(project, everything=True))
    assert "example/why" in rules(check(project, everything=True))


def test_changed_gold_is_held_against_the_examples(project):
    write_files(project.root, {"labels/mood/gold/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n'})
    (found,) = check(project).findings
    assert (found.rule, found.at.path) == ("example/contradiction", "guidelines/mood.md")


def test_a_changed_schema_is_held_against_headings_and_examples(project):
    schema = FILES["schemas/mood.yaml"].replace("[good, bad]", "[good, poor]")
    write_files(project.root, {"schemas/mood.yaml": schema})
    assert {"guideline/no-heading", "guideline/no-example", "example/schema"} <= set(rules(check(project)))
