import subprocess

import msgspec
import pytest

from assay.guidelines.impact import AffectedShare, TaskImpact, impact_markdown, impact_text
from projects import GUIDELINE

EDITED = GUIDELINE.replace("version: 0.2.0\nc", "version: 0.3.0\nc").replace(
    "---\nRead it.", "  - {version: 0.3.0, date: 2026-03-01, summary: third, affects: [tone=good]}\n---\nRead it."
)


@pytest.fixture
def edited(mood, monkeypatch):
    """A committed project, its guideline edited in the work tree, and the working folder in it."""
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "A")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "a@example.org")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        subprocess.run(["git", *command], cwd=mood, check=True, capture_output=True)
    (mood / "guidelines/mood.md").write_text(EDITED)
    return mood


@pytest.mark.usefixtures("edited")
def test_the_impact_is_said_in_text(assay):
    said = assay("guideline", "impact")

    assert said.code == 0
    assert "mood: 0.2.0 to 0.3.0, 3 of 6 current labels affected" in said.out
    assert "0.3.0 affects tone=good (relabel): 3 labels" in said.out
    assert "hours: 0.0 (median of 1 timed record: 4.5 s an answer)" in said.out
    assert "gold 1 (i1); adjudications 1 (i1)" in said.out


@pytest.mark.usefixtures("edited")
def test_the_impact_is_said_as_json_and_as_markdown(assay):
    one = assay("guideline", "impact", "mood", "--format", "json").json
    every = assay("guideline", "impact", "--format", "json").json
    table = assay("guideline", "impact", "--format", "markdown").out

    assert every == [one]
    assert one["annotations"] == {"annotations": 3, "of": 6, "share": 0.5}
    assert one["values"] == {"tone": {"good": {"annotations": 3, "of": 3, "share": 1.0}}}
    assert "### mood: 0.2.0 to 0.3.0, 3 of 6 current labels affected" in table
    assert "| tone=good | 3 | 3 | 1.000 |" in table


@pytest.mark.usefixtures("edited")
def test_of_many_annotators_those_with_the_most_outdated_labels_are_listed_and_the_others_counted(assay):
    one = msgspec.convert(assay("guideline", "impact", "mood", "--format", "json").json, TaskImpact)
    many = {f"w{number:02}": AffectedShare(annotations=number, of=50, share=number / 50) for number in range(25)}
    for show in (impact_text, impact_markdown):
        said = show(msgspec.structs.replace(one, annotators=many))
        assert [name for name in many if name in said] == [f"w{number:02}" for number in range(5, 25)]
        assert said.index("w24") < said.index("w23")
        assert "and 5 more; " in said


def test_a_round_is_drafted_on_request(assay, edited):
    said = assay("guideline", "impact", "mood", "--batch", "again")

    assert said.code == 0
    assert "drafted labels/mood/again: 3 items (ada 1, ben 3)" in said.err
    assert (edited / "labels/mood/again/assignments.jsonl").is_file()


@pytest.mark.usefixtures("edited")
def test_an_unknown_base_and_an_unknown_task_are_refused(assay):
    assert assay("guideline", "impact", "--base", "nowhere").code == 2
    assert assay("guideline", "impact", "moody").code == 2


def test_help_shows_examples(assay):
    assert "Examples:" in assay("guideline", "impact", "--help").out
