"""`assay diff`: formats, revisions and tasks, what is refused."""

import pytest

from clones import commit, git, repository
from projects import FILES, write_files

BEN = "labels/mood/r1/ben.jsonl"
TURNED = FILES[BEN].replace('"tone":"bad"}', '"tone":"good"}', 1)


@pytest.fixture
def root(tmp_path):
    return repository(tmp_path).root


def test_without_a_change_that_is_said(assay, root):
    assert root.exists()
    said = assay("diff")
    assert (said.code, said.out, said.err) == (0, "no label changed\n", "")


def test_what_is_not_committed_is_told_by_record(assay, root):
    write_files(root, {BEN: TURNED})
    said = assay("diff")
    assert said.code == 0
    assert said.out == (
        "mood/r1/ben.jsonl: 1 changed\n"
        '  ~ i1  tone: bad → good  "naïve 😀 day"\n'
        "\n"
        "1 label file: records 0 added, 1 changed, 0 removed\n"
    )


def test_every_claim_that_changed_is_told_with_both_values(assay, root):
    claimed = TURNED.replace('"confidence":{"tone":0.5}', '"at":"2026-01-05T10:00:00Z","confidence":0.75').replace(
        '"score":2,"tone":"good"}}', '"score":2,"tone":"bad"}}', 1
    )
    new = '{"item":"i4","label":{"tone":"good"},"at":"2026-01-05T10:00:00Z","first":{"tone":"bad"},"seconds":3}\n'
    write_files(root, {BEN: f"{claimed}{new}"})
    changed, added = assay("diff").out.splitlines()[1:3]
    assert changed == (
        '  ~ i1  tone: bad → good; confidence: {"tone":0.5} → 0.75; first: {"score":2,"tone":"good"} → '
        '{"score":2,"tone":"bad"}; at: nothing → 2026-01-05T10:00:00Z  "naïve 😀 day"'
    )
    assert added == '  + i4  tone: good; first: {"tone":"bad"}  "fourth"'


def test_two_revisions_and_a_task_are_told_apart(assay, root):
    first = git(root, "rev-parse", "HEAD")
    commit(root, "turned", {BEN: TURNED})
    expected = assay("diff", first, "HEAD").out
    assert "bad → good" in expected
    assert assay("diff", first, "HEAD", "--", "mood").out == expected
    assert assay("diff", first, "--task", "mood").out == expected
    assert assay("diff", "--", "mood").out == "no label changed\n"


def test_each_format_says_the_same(assay, root):
    write_files(root, {BEN: TURNED})
    found = assay("diff", "--format", "json").json
    assert [one["key"] for one in found["files"][0]["records"]] == [["i1"]]
    assert "| changed | `i1` | `naïve 😀 day` | `tone: bad → good` |" in assay("diff", "--format", "markdown").out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nowhere"], "unknown revision 'nowhere'"),
        (["HEAD", "HEAD", "HEAD"], "'HEAD' is neither a task nor one of two revisions"),
        (["--task", "moood"], "there is no task 'moood'"),
        (["--format", "xml"], "'xml' is not one of"),
        (["HEAD", "--", "mood", "moood"], "there is no task 'moood'"),
    ],
)
def test_what_cannot_be_compared_is_refused(assay, root, words, why):
    assert root.exists()
    said = assay("diff", *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err
