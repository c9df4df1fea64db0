"""`assay log`: an item's history, and who made the records of a file."""

import pytest

from clones import commit, git, repository
from projects import write_files

GOLD, CYD = "labels/mood/gold/ada.jsonl", "labels/mood/r1/cyd.jsonl"


@pytest.fixture
def made(tmp_path):
    """The commit that changed gold."""
    repository(tmp_path, {CYD: '{"item":"i9","label":{"tone":"bad"}}\n'})
    answer = '{"item":"i2","label":{"tone":"good"},"guideline":"0.2.0","why":"read again"}\n'
    return commit(tmp_path, "Gold again", {GOLD: answer, CYD: '{"item":"i9","label":{"tone":"good"}}\n'})


def test_a_change_stands_with_commit_author_guideline_and_reason(assay, made, tmp_path):
    at = git(tmp_path, "show", "-s", "--format=%aI", made)
    said = assay("log", "i2")
    assert said.code == 0
    assert said.out.startswith(
        f"{made[:10]}  {at}  ada: Gold again\n"
        f"  {GOLD}\n"
        "    ada changed: tone: bad → good; also guideline, why\n"
        "      guideline: 0.2.0; why: read again\n"
        "\n"
    )
    assert "    @crowd/W 1 added: tone: bad\n" in said.out


def test_as_json_a_change_holds_both_records(assay, made):
    newest = assay("log", "i9", "--task", "mood", "--format", "json").json[0]
    assert (newest["commit"], newest["path"], newest["kind"], newest["key"]) == (made, CYD, "changed", ["i9"])
    assert [newest[side]["label"] for side in ("before", "after")] == [{"tone": "bad"}, {"tone": "good"}]


def test_a_file_is_told_record_by_record(assay, made, tmp_path):
    write_files(tmp_path, {GOLD: (tmp_path / GOLD).read_text() + '{"item":"i3","label":{"tone":"bad"}}\n'})
    lines = assay("log", "--file", GOLD).out.splitlines()
    assert lines[0].startswith(made[:10])
    assert lines[0].endswith("  i2  tone: good")
    assert lines[1].split() == ["not", "committed", "i3", "tone:", "bad"]
    found = assay("log", "--file", GOLD, "--format", "json").json
    assert [(one["commit"], one["key"], one["line"]) for one in found] == [(made, ["i2"], 1), (None, ["i3"], 2)]


def test_an_empty_file_has_no_lines(assay, tmp_path):
    repository(tmp_path, {CYD: ""})
    assert assay("log", "--file", CYD).out.strip() == ""
    assert assay("log", "--file", CYD, "--format", "json").json == []


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "give an item or --file FILE"),
        (["i1", "--file", GOLD], "give an item or --file FILE"),
        (["i77"], "no commit has an item 'i77'"),
        (["i1", "--task", "moood"], "there is no task 'moood'"),
        (["--file", "schemas/mood.yaml"], "is not a label file"),
    ],
)
def test_what_has_no_history_is_refused(assay, words, why):
    said = assay("log", *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err


def test_nothing_hidden_in_a_name_or_a_label_reaches_the_terminal(assay, tmp_path):
    repository(tmp_path)
    git(tmp_path, "config", "user.name", "x\x1b[31mx")
    commit(tmp_path, "y\u202ey", {CYD: '{"item":"i9","label":{"tone":"\\u001b[2J"}}\n'})
    said = assay("log", "i9").out + assay("log", "--file", CYD).out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\u001b[2J" in said
