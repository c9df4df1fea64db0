"""Findings in every style: the same findings, and nothing in them acts on whoever shows them."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

from assay.core.catalogue import Where, finding
from assay.core.findings import Location
from assay.render.styles import STYLES, findings_in

HOSTILE = "`|<b>@all</b>\u202e[x](y)\n::error::x\x1b[2J"
MANY = [
    finding("label/schema", Location(path="labels/a.jsonl", line=3, pointer="/label/tone"), HOSTILE, fix="write x"),
    finding("label/not-canonical", Location(path="labels/a.jsonl", line=4), "not in order", where=Where(task="mood")),
]


def shown(style, findings=MANY):
    return findings_in(style, findings, title="assay check", summary="looked at 2 files")


@pytest.mark.parametrize("style", STYLES)
def test_every_style_names_every_finding_and_holds_no_character_that_acts(style):
    text = shown(style)
    said = json.dumps(json.loads(text)) if style in {"json", "sarif"} else text
    assert all(one.rule in said and one.at.path in said for one in MANY)
    if style != "json":
        assert not {"\u202e", "\x1b"} & set(text)


@pytest.mark.parametrize("style", STYLES)
def test_nothing_found_is_said_to_be_so(style):
    text = shown(style, [])
    wanted = {
        "text": "no findings",
        "json": "[]",
        "markdown": "no findings",
        "github": "looked at 2 files",
        "sarif": '"results": []',
    }
    assert wanted[style] in text


def test_in_markdown_words_stand_in_code_spans_on_one_line():
    head, *_, first, second = shown("markdown").splitlines()
    assert head == "## assay check: 1 error, 1 warning"
    assert first.startswith("| `labels/a.jsonl:3 /label/tone` | error | `'¦<b>@all</b>")
    assert second.count("|") == first.count("|") == 6


def test_of_very_many_the_first_are_shown_and_the_rest_is_counted():
    text = shown("markdown", MANY * 150)
    assert text.count("`labels/a.jsonl:") == 200
    assert "… and 100 more findings" in text
    assert "280 more findings" in shown("github", MANY * 150)


def test_sarif_is_what_its_schema_says():
    schema = (
        Path(os.environ.get("ASSAY_NPM", "")) / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
    )
    if not schema.is_file():
        pytest.skip("ASSAY_NPM names no folder with npm's @microsoft/jest-sarif")
    judge = Draft4Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert [error.message for error in judge.iter_errors(json.loads(shown("sarif")))] == []
