"""`assay guideline log|gaps|render`: what became of the versions, where they were silent, and the pages for readers."""

import json
import re

import pytest

from approving import git
from assay.cli.guideline import SUMMARIES
from assay.files.yaml import load_yaml
from projects import GUIDELINE, write_files

THIRD = GUIDELINE.replace("version: 0.2.0\nc", "version: 0.3.0\nc").replace(
    "---\nRead it.",
    "  - {version: 0.3.0, date: 2026-03-01, summary: third, affects: [tone=good]}\n---\nRead <it> twice.",
)
ROSTER = {
    "labels/annotators/ada.yaml": "role: lead\nemails: [ada@example.org]\n",
    "labels/annotators/ben.yaml": "emails: [ben@example.org]\n",
}


@pytest.fixture
def past(mood):
    """A project whose guideline ada and then ben wrote, 0.2.0 and 0.3.0; of 0.1.0 there is no commit."""
    git(mood, "init", "-q", "-b", "main")
    write_files(mood, ROSTER)
    git(mood, "add", "-A", author="ada@example.org")
    git(mood, "commit", "-q", "-m", "second", author="ada@example.org")
    write_files(mood, {"guidelines/mood.md": THIRD})
    git(mood, "commit", "-q", "-a", "-m", "third\n\nCo-authored-by: X <who@example.org>", author="ben@example.org")
    return mood


@pytest.mark.usefixtures("past")
def test_every_version_is_told_newest_first_with_who_wrote_it_and_what_was_made_under_it(assay):
    told = assay("guideline", "log", "mood", "--format", "json").json

    assert [(one["version"], one["authors"], one["labels"], one["current"]) for one in told] == [
        ("0.3.0", ["ben", "who@example.org"], 0, 0),
        ("0.2.0", ["ada"], 4, 2),
        ("0.1.0", [], 5, 4),
    ]
    assert told[0]["affects"] == ["tone=good"]
    assert {one["approval"]["state"] for one in told} == {"held"}
    assert told[2]["agreement"]["tone"]["units"] == 1


@pytest.mark.usefixtures("past")
def test_the_log_is_said_in_text_with_a_dash_where_units_are_few(assay):
    said = assay("guideline", "log", "mood")

    assert said.code == 0
    assert said.out.startswith(
        "mood 0.3.0  2026-03-01\n  third\n  affects: tone=good (relabel)\n  written by: ben, who@"
    )
    assert "  labels made under it: 5, 4 of them current\n  alpha: tone - (1 unit)" in said.out


def test_outside_a_repository_nobody_is_known_to_have_written_it(assay, mood):  # noqa: ARG001
    assert assay("guideline", "log", "mood").out.count("written by: -") == 2


def test_gaps_are_blocks_that_can_be_pasted(assay, mood):
    text = "\N{ZERO WIDTH JOINER}\N{TAG LATIN SMALL LETTER A} ```\n\x1b[31m: no"
    write_files(mood, {
        "labels/items/texts/three.jsonl": json.dumps({"id": "i6", "data": {"text": text}}, ensure_ascii=False) + "\n",
        "labels/mood/r1/ada.adjudicated.jsonl":
            '{"item":"i1","label":{"tone":"good"},"reason":"guideline-gap","note":"Say: \\"good\\"."}\n'
            '{"item":"i2","label":{"tone":"bad"},"reason":"edge-case"}\n',
        "labels/mood/r3/assignments.jsonl": '{"item":"i6","annotators":["ben"]}\n',
        "labels/mood/r3/ben.jsonl": '{"item":"i6","label":{"tone":"good"},"flags":["guideline-gap"],"note":"What\\nnow?"}\n',
    })  # fmt: skip
    said = assay("guideline", "gaps", "mood")

    assert said.code == 0
    blocks = re.findall(r"```example\n(.*?)\n```", said.out, re.DOTALL)
    decided, flagged = (load_yaml(block.encode(), "block").value for block in blocks)
    assert decided == {"text": "naïve 😀 day", "label": {"tone": "good"}, "why": 'Say: "good".'}
    assert flagged == {"text": text}
    assert "# ben {tone: good}, flagged it: What now?" in blocks[1]
    assert "\x1b" not in said.out
    assert "mood: 2 gaps" in said.err


def test_what_is_an_example_by_now_is_no_gap(assay, mood):
    gap = '{"item":"i2","label":{"tone":"bad"},"reason":"guideline-gap"}\n'
    example = "```example\ntext: ' plain'\nlabel: {tone: bad}\nwhy: x\n```\n"
    write_files(mood, {"labels/mood/r1/ada.adjudicated.jsonl": gap})
    assert [one["item"] for one in assay("guideline", "gaps", "--format", "json").json["mood"]] == ["i2"]
    write_files(mood, {"guidelines/mood.md": GUIDELINE + example})
    said = assay("guideline", "gaps")
    assert said.out.strip() == ""
    assert "0 gaps, and 1 more are examples already" in said.err


def test_a_page_has_every_version_that_is_known_and_what_changed(assay, past):
    said = assay("guideline", "render", "mood")

    assert (said.code, said.out) == (0, "wrote build/guidelines/mood.html\n")
    page = (past / "build/guidelines/mood.html").read_text("utf-8")
    assert re.findall(r'<article id="([^"]+)"', page) == ["v0.3.0", "v0.2.0"]
    assert re.findall(r'href="([^"]+)"', page) == ["#v0.3.0", "#v0.2.0", "#v0.3.0"]
    assert '<del dir="auto">Read it.</del>' in page
    assert '<ins dir="auto">Read &lt;it&gt; twice.</ins>' in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_hostile_text_is_text_on_the_page(assay, mood, tmp_path):
    bad = "</style><script>alert(1)</script>"
    text = GUIDELINE.replace("summary: second", f"summary: '{bad}'").replace(
        "Read it.", f"# {bad}\n\n{bad}\n\n[x](javascript:alert(1))"
    )
    write_files(mood, {"guidelines/mood.md": text})
    assert assay("guideline", "render", "--out", tmp_path / "out").code == 0
    page = (tmp_path / "out/mood.html").read_text("utf-8")
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert page.count("</style>") == 1


@pytest.mark.parametrize("command", ["log", "gaps", "render", "propose"])
def test_help_shows_examples_and_an_unknown_task_is_two(assay, mood, command):  # noqa: ARG001
    assert "Examples:" in assay("guideline", command, "--help").out
    assert assay("guideline", command, "moody").code == 2


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_entry_of_the_table_resolves(assay, name):
    assert assay("guideline", name, "--help").code == 0
