"""Break one line of one file in every way there is: one finding, in the right place, and nothing else lost."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from assay.core import Fault, Location
from assay.core.catalogue import CATALOGUE
from assay.core.findings import LISTED, Severity, number_of
from assay.labels.faults import Faults, reported
from assay.labels.paths import label_file
from projects import FILES, load, small_project, texts

ADA = "labels/mood/r1/ada.jsonl"
BEN = "labels/mood/r1/ben.jsonl"
CROWD = "labels/mood/r2/@crowd.jsonl"
GOLD = "labels/mood/gold/ada.jsonl"
ADJUDICATED = "labels/mood/r1/ada.adjudicated.jsonl"
BATCH = "labels/mood/r1/batch.yaml"
IDENTITIES = "labels/sources/identities.yaml"
ASSIGNED = "labels/mood/r1/assignments.jsonl"
ITEMS = "labels/items/texts/one.jsonl"
I2 = '{"item":"i2",'
LFS = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345"
I5 = '{"item":"i5","label":{"tone":"good"},'
TAGGED = (
    FILES["schemas/mood.yaml"] + "  tags: {type: array, x-scale: sequence, x-source: text, items: {type: string}}\n"
)
# What only a comparison with the base tells: tests/reviewer/test_claims.py.
IN_REVIEW = {
    "label/first-forged",
    "label/first-left-out",
    "label/own-return",
    "adjudication/own-vote",
    "adjudication/votes-agree",
    "adjudication/not-current",
}


class Case(NamedTuple):
    """A line (0: a new one at the end) of a file replaced, and the finding it gives; `pointer` where it is stated."""

    rule: str
    path: str
    line: int
    text: str | bytes
    pointer: str = ""
    at: int | None = None


CASES = [
    Case("label/not-json", BEN, 2, '{"item":"i2"'),
    Case("label/not-json", BEN, 2, ""),
    Case("label/not-json", CROWD, 2, "{,}"),
    Case("label/not-json", ITEMS, 3, '{"id":"i3","data":{}'),
    Case("label/not-utf8", BEN, 2, b'{"item":"i2","label":{"tone":"good"},"note":"\xff"}'),
    Case("label/not-utf8", BEN, 2, b'{"item":"i2","label":{"tone":"\xff"}}'),
    Case("label/not-utf8", BEN, 2, I2 + '"label":{"tone":"good"},"note":"\\ud800"}'),
    Case("label/bom", BEN, 1, b'\xef\xbb\xbf{"item":"i1","label":{"tone":"good"}}'),
    Case("label/carriage-return", BEN, 2, I2 + '"label":{"tone":"good"}}\r'),
    Case("label/duplicate-key", BEN, 2, I2 + '"label":{"tone":"good","tone":"good"}}'),
    Case("label/duplicate-key", BEN, 2, '{"item":"i2","item":"i2","label":{"tone":"good"}}'),
    Case("label/not-a-number", BEN, 2, I2 + '"label":{"share":NaN,"tone":"good"}}'),
    Case("label/not-a-number", BEN, 2, I2 + '"label":{"tone":"good"},"seconds":Infinity}'),
    Case("label/number-range", BEN, 2, I2 + '"label":{"share":1e999,"tone":"good"}}'),
    Case("label/number-range", BEN, 2, I2 + '"label":{"share":9007199254740993,"tone":"good"}}'),
    Case("label/depth", BEN, 2, I2 + '"label":' + '{"a":' * 70 + "1" + "}" * 71),
    Case("label/line-too-long", BEN, 2, I2 + '"label":{"tone":"good"},"note":"' + "x" * 2**20 + '"}'),
    Case("label/unknown-key", BEN, 2, I2 + '"label":{"tone":"good"},"secs":4}', "/secs"),
    Case("label/unknown-key", ITEMS, 3, '{"id":"i3","data":{"text":"third"},"grupp":"g1"}', "/grupp"),
    Case("label/record", BEN, 2, I2 + '"label":{"tone":"good"},"seconds":"4"}', "/seconds"),
    Case("label/record", BEN, 2, I2 + '"label":{"tone":"good"},"confidence":1.5}', "/confidence"),
    Case("label/record", BEN, 2, I2 + '"label":{"tone":"good"},"confidence":{"tune":0.5}}', "/confidence"),
    Case("label/record", BEN, 2, I2 + '"label":{"tone":"good"},"probs":{"tune":{"good":0.5}}}', "/probs"),
    Case("label/record", BEN, 2, I2 + '"label":{"tone":"good"},"flags":["odd"]}', "/flags"),
    Case("label/record", BEN, 2, I2 + '"label":{"tone":"good"},"shown":[]}', "/shown"),
    Case("label/record", BEN, 2, '{"label":{"tone":"good"}}'),
    Case("label/record", BEN, 2, "[]"),
    Case("label/record", ADJUDICATED, 1, '{"item":"i1","label":{"tone":"good"},"reason":"whim"}', "/reason"),
    Case("label/record", ASSIGNED, 3, '{"item":"i3","annotators":["ben","ben"]}', "/annotators"),
    Case("label/schema", BEN, 2, I2 + '"label":{"tone":"god"}}', "/label/tone"),
    Case("label/schema", BEN, 2, I2 + '"label":{"score":3}}', "/label"),
    Case("label/schema", BEN, 2, I2 + '"label":"good"}', "/label"),
    Case("label/schema", BEN, 2, I2 + '"label":{"tone":"good"},"first":{"tone":"god"}}', "/first/tone"),
    Case("label/schema", GOLD, 1, '{"item":"i1","label":{"tone":"god"}}', "/label/tone"),
    Case("label/label-or-skip", BEN, 2, I2 + '"label":{"tone":"good"},"skip":"tired"}'),
    Case("label/label-or-skip", BEN, 2, '{"item":"i2"}'),
    Case("label/unknown-item", BEN, 2, '{"item":"zz","label":{"tone":"good"}}', "/item"),
    Case("label/unknown-item", GOLD, 2, '{"item":"zz","label":{"tone":"good"}}', "/item"),
    Case("label/unknown-item", ASSIGNED, 0, '{"item":"zz","annotators":["ben"]}', "/item"),
    Case(
        "label/unknown-item",
        "labels/mood/r1/ada.returned.jsonl",
        0,
        '{"item":"zz","annotator":"ben","why":"x"}',
        "/item",
    ),
    Case("label/duplicate-item", BEN, 0, '{"item":"i3","label":{"tone":"bad"}}', "/item"),
    Case("label/duplicate-item", BEN, 2, '{"item":"i1","label":{"tone":"good"}}', "/item"),
    Case("label/duplicate-item", CROWD, 2, '{"annotator":"W 1","item":"i2","label":{"tone":"good"}}', "/item"),
    Case("label/duplicate-item", GOLD, 0, '{"item":"i2","label":{"tone":"good"}}', "/item"),
    Case("item/duplicate-id", "labels/items/texts/two.jsonl", 0, '{"id":"i3","data":{"text":"fourth"}}', "/id"),
    Case("item/duplicate", "labels/items/texts/two.jsonl", 0, '{"id":"i63","data":{"text":" plain\u2009"}}', "/data"),
    Case("item/schema", "labels/items/texts/two.jsonl", 0, '{"id":"i6","data":{"text":7}}', "/data/text"),
    Case("label/bad-time", BEN, 2, I2 + '"label":{"tone":"good"},"at":"2026-02-30T10:00:00Z"}', "/at"),
    Case("label/bad-time", BEN, 2, I2 + '"label":{"tone":"good"},"at":"2026-02-03 10:00"}', "/at"),
    Case("label/bad-time", GOLD, 1, '{"item":"i1","label":{"tone":"good"},"at":"today"}', "/at"),
    Case("label/span", BEN, 2, I2 + '"label":{"names":[{"end":2,"start":2}],"tone":"good"}}', "/label/names/0"),
    Case("label/span", BEN, 2, I2 + '"label":{"names":[{"end":6,"start":0}],"tone":"good"}}', "/label/names/0/end"),
    Case("label/sequence", BEN, 2, I2 + '"label":{"tags":["N"],"tone":"good"}}', "/label/tags"),
    Case(
        "label/quote",
        BEN,
        2,
        I2 + '"label":{"names":[{"end":5,"start":0,"text":"plan"}],"tone":"good"}}',
        "/label/names/0/text",
    ),
    Case(
        "label/span-edge",
        BEN,
        1,
        '{"item":"i1","label":{"names":[{"end":7,"start":5}],"tone":"good"},"first":{"tone":"bad"}}',
        "/label/names/0",
    ),
    Case(
        "label/span-twice",
        BEN,
        2,
        I2 + '"label":{"names":[{"end":2,"start":0},{"end":2,"start":0}],"tone":"good"}}',
        "/label/names/1",
    ),
    Case(
        "item/media", "labels/items/texts/two.jsonl", 0, '{"id":"i61","data":{"text":"media/../x.png"}}', "/data/text"
    ),
    Case(
        "item/no-media", "labels/items/texts/two.jsonl", 0, '{"id":"i62","data":{"text":"media/x.png"}}', "/data/text"
    ),
    Case("label/unknown-guideline", BEN, 2, I2 + '"label":{"tone":"good"},"guideline":"9.9.9"}', "/guideline"),
    Case("label/unknown-guideline", BATCH, 4, "guideline: 9.9.9", "/guideline"),
    Case("gold/contradiction", "labels/mood/gold/ben.jsonl", 0, '{"item":"i1","label":{"tone":"bad"}}', "/label"),
    Case(
        "adjudication/contradiction",
        "labels/mood/r1/ben.adjudicated.jsonl",
        0,
        '{"item":"i1","label":{"tone":"bad"},"reason":"other"}',
        "/label",
    ),
    Case("label/unknown-annotator", "labels/mood/r2/eve.jsonl", 0, '{"item":"i2","label":{"tone":"bad"}}'),
    Case("label/unknown-annotator", "labels/mood/gold/eve.jsonl", 0, '{"item":"i4","label":{"tone":"bad"}}'),
    Case("label/unknown-annotator", CROWD, 3, '{"annotator":"w3","item":"i4","label":{"tone":"bad"}}', "/annotator"),
    Case(
        "batch/unsettled", "labels/mood/r1/ada.returned.jsonl", 0, '{"item":"i3","annotator":"ben","why":"look again"}'
    ),
    Case("label/not-assigned", BEN, 0, '{"item":"i4","label":{"tone":"bad"}}', "/item"),
    Case("label/not-assigned", "labels/mood/r2/ada.jsonl", 0, '{"item":"i2","label":{"tone":"bad"}}', "/item"),
    Case("label/not-assigned", "labels/mood/r1/bot.jsonl", 0, '{"item":"i4","label":{"tone":"bad"}}', "/item"),
    Case(
        "batch/import-with-assignments",
        "labels/mood/r1/@crowd.jsonl",
        0,
        '{"annotator":"W 1","item":"i1","label":{"tone":"bad"}}',
        "/annotator",
    ),
    Case("label/first-not-returned", BEN, 2, I2 + '"label":{"tone":"good"},"first":{"tone":"bad"}}', "/first"),
    Case("label/before-batch", BEN, 2, I2 + '"label":{"tone":"good"},"at":"2026-01-01T23:59:59Z"}', "/at"),
    Case("label/other-guideline", "labels/mood/r3/ben.jsonl", 1, I5 + '"guideline":"0.1.0"}', "/guideline"),
    Case("roster/identity", IDENTITIES, 0, "crew: {Ada: ada}", "/crew"),
    Case("roster/look-alike", "labels/sources/crowd.jsonl", 0, '{"annotator":"w  1"}', "/annotator"),
    Case("roster/look-alike", "labels/sources/crowd.jsonl", 0, '{"annotator":"\uff22en"}', "/annotator"),
    Case("roster/look-alike", "labels/annotators/ben.yaml", 1, "handle: ADA"),
    Case("item/look-alike", "labels/items/texts/two.jsonl", 0, '{"id":"\u04565","data":{"text":"sixth"}}', "/id"),
    Case("roster/since", "labels/annotators/ben.yaml", 1, "status: left", "/status"),
    Case("roster/since", "labels/annotators/ben.yaml", 1, "{status: active, since: 2026-02-30}", "/since"),
    Case("roster/since", "labels/sources/crowd.jsonl", 1, '{"annotator":"W 1","status":"paused"}', "/status"),
    Case(
        "roster/since",
        "labels/sources/crowd.jsonl",
        2,
        '{"annotator":"w2","status":"excluded","since":"2026-01-01"}',
        "/since",
    ),
    Case("label/unknown-suggestion", BEN, 2, I2 + '"label":{"tone":"good"},"suggestion":{"by":"bot"}}', "/suggestion"),
    Case("label/conflict-marker", BEN, 2, "<<<<<<< HEAD"),
    Case("label/conflict-marker", BEN, 0, "======="),
    Case("label/pointer", "labels/mood/r3/ben.jsonl", 1, LFS),
    Case("label/pointer", "labels/mood/gold/ben.jsonl", 0, LFS.replace("git-lfs", "hawser")),
    Case("label/pointer", "labels/mood/gold/ben.jsonl", 0, "/annex/objects/SHA256E-s31390--f50d7ac4c6b9.jsonl"),
    Case("label/not-canonical", BEN, 2, I2 + '"label": {"tone":"good"}}'),
    Case("label/not-canonical", BEN, 2, '{"label":{"tone":"good"},"item":"i2"}'),
    Case("label/not-canonical", BEN, 2, I2 + '"label":{"tone":"good","share":1.0}}'),
    Case("label/not-canonical", BEN, 2, I2 + '"label":{"tone":"g\\u006fod"}}'),
    Case("label/not-canonical", BEN, 2, I2 + '"label":{"tone":"good"},"confidence":{"tone":1,"share":1}}'),
    Case("label/not-canonical", ITEMS, 3, '{"data":{"text":"third"},"id":"i3"}'),
    Case("label/not-canonical", ITEMS, 0, '{"id":"i0","data":{"text":"moved"}}'),
    Case("label/file-name", "labels/mood/r1/Ada Lovelace.jsonl", 0, "{}", at=0),
    Case("label/file-name", "labels/mood/r1/ada.final.jsonl", 0, "{}", at=0),
    Case("label/file-name", "labels/mood/gold/ada.txt", 0, "{}", at=0),
    Case("label/file-name", "labels/items/texts/three.json", 0, "{}", at=0),
    Case("batch/file", BATCH, 1, "purpose: fun", "/purpose"),
    Case("batch/file", BATCH, 3, "created: 2026-02-31", "/created"),
    Case("batch/file", BATCH, 2, "status: [", at=4),
    Case("batch/unknown-annotator", BATCH, 5, "annotators: [ada, eve]", "/annotators/1"),
    Case("batch/unknown-annotator", ASSIGNED, 3, '{"item":"i3","annotators":["ben","eve"]}', "/annotators"),
    Case("roster/entry", "labels/annotators/ben.yaml", 1, "kind: robot", "/kind"),
    Case("roster/entry", "labels/annotators/ben.yaml", 1, "kind: [", at=2),
    Case("roster/entry", "labels/sources/crowd.jsonl", 2, '{"annotator":"w2","satus":"active"}', "/satus"),
    Case("roster/entry", "labels/sources/crowd.jsonl", 2, "{", at=2),
]


def replaced(case: Case) -> tuple[bytes, int]:
    """The file with the case's line in it, and the number of that line."""
    lines = FILES.get(case.path, "").encode().split(b"\n")[:-1]
    text = case.text.encode() if isinstance(case.text, str) else case.text
    if case.line:
        lines[case.line - 1] = text
    else:
        lines.append(text)
    return b"\n".join([*lines, b""]), case.line or len(lines)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{number}" for number, case in enumerate(CASES)])
def test_one_broken_line_gives_one_finding(tmp_path, case):
    content, line = replaced(case)
    loaded = load(small_project(tmp_path, {"schemas/mood.yaml": TAGGED, case.path: content}))
    assert loaded.findings, "nothing is found: a check is called by the reader of its file, in src/assay/labels"
    assert [found.rule for found in loaded.findings] == [case.rule], loaded.findings
    [found] = loaded.findings
    assert (found.at.path, found.at.line) == (case.path, line if case.at is None else case.at)
    assert found.at.pointer == case.pointer
    assert found.message
    assert len(found.fix) > 10
    assert found.severity is CATALOGUE[case.rule].severity


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.path in {BEN, CROWD} and case.line], ids=lambda case: case.rule
)
def test_the_other_lines_are_still_measured(tmp_path, case):
    content, line = replaced(case)
    whole = load(small_project(tmp_path / "whole"))
    broken = load(small_project(tmp_path / "broken", {"schemas/mood.yaml": TAGGED, case.path: content}))
    lost = {(case.path, line)} if broken.findings[0].severity is Severity.ERROR else set()
    if case.rule == "label/unknown-annotator":
        lost = set()
    assert set(places(whole)) - lost == set(places(broken))
    assert broken.report.valid == whole.report.valid - len(lost)


def places(loaded):
    rows = loaded.corpus.annotations
    return list(zip(texts(rows.path), rows.line.tolist(), strict=True))


TWO = "labels/items/texts/two.jsonl"
RETURNED = "labels/mood/r1/ada.returned.jsonl"
OPEN = "labels/mood/r3/ben.jsonl"


@pytest.mark.parametrize(
    ("path", "line", "text", "message", "whose"),
    [
        (BEN, 2, '{"item":"i2"', "not JSON: a comma is missing (column 13)", ("i2", "ben", "r1")),
        (TWO, 2, '{"data":{},"id":"i5"', "not JSON: a comma is missing (column 21)", ("i5", "", "")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"odd/k~y":4}', "unknown key 'odd/k~y'", ("i2", "ben", "r1")),
        (RETURNED, 0, '{"item":"i2","annotator":"ben"}', "'why' is missing", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"confidence":{"tune":0.5}}', "confidence: unknown field 'tune'", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"probs":{"tune":{"a":1}}}', "probs: unknown field 'tune'", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"flags":["rude","odd"]}', "flags: 'odd' is not a flag of this task", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"god"}}', "tone: 'god' is not one of: good, bad", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":"good"}', "label: 'good' is not of type object", ("i2", "ben", "r1")),
        (BEN, 1, '{"item":"i1","label":{"tone":"good"},"first":"good"}', "first: expected an object in braces", None),
        (BEN, 2, I2 + '"label":{"tone":"good"},"skip":"tired"}', "the record has both `label` and `skip`", ("i2", "ben", "r1")),
        (BEN, 2, '{"item":"i2"}', "the record has neither `label` nor `skip`", ("i2", "ben", "r1")),
        (BEN, 2, '{"item":"zz","label":{"tone":"good"}}', "item 'zz' is not in the pool", ("zz", "ben", "r1")),
        (BEN, 0, '{"item":"i2","label":{"tone":"bad"}}', "item 'i2' is already on line 2", ("i2", "ben", "r1")),
        (CROWD, 3, '{"annotator":"W 1","item":"i2","label":{"tone":"bad"}}', "item 'i2' is already on line 1", ("i2", "@crowd/W 1", "r2")),
        (TWO, 0, '{"id":"i3","data":{"text":"fourth"}}', "item 'i3' is already in labels/items/texts/one.jsonl:3", ("i3", "", "")),
        (TWO, 0, '{"id":"i4","data":{"text":"sixth"}}', "item 'i4' is already in labels/items/texts/two.jsonl:1", ("i4", "", "")),
        (TWO, 0, '{"id":"i63","data":{"text":"plain"}}', "item 'i63' shows what item 'i2' in labels/items/texts/one.jsonl:2 shows", ("i63", "", "")),
        (TWO, 0, '{"id":"i6","data":{"text":7}}', "text: 7 is not of type string", ("i6", "", "")),
        (TWO, 0, '{"id":"i6","data":{}}', "data: 'text' is missing", ("i6", "", "")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"at":"2026-02-03T10:00:00+01:00"}', "at: '2026-02-03T10:00:00+01:00' is not in UTC", ("i2", "ben", "r1")),
        (GOLD, 1, '{"item":"i1","label":{"tone":"good"},"at":"today"}', "at: 'today' is not a valid RFC 3339 time", ("i1", "ada", "")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"at":"2026-01-01T23:59:59Z"}', "at: 2026-01-01T23:59:59Z is before the batch was created", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"guideline":"9.9.9"}', "the guideline has no version '9.9.9'", ("i2", "ben", "r1")),
        (OPEN, 1, I5 + '"guideline":"0.1.0"}', "guideline: the batch follows 0.2.0, and 0.1.0 is an earlier version", ("i5", "ben", "r3")),
        (BEN, 0, '{"item":"i4","label":{"tone":"bad"}}', "item 'i4' is not in the batch's assignments.jsonl", ("i4", "ben", "r1")),
        (ADA, 0, '{"item":"i3","label":{"tone":"bad"}}', "item 'i3' was not assigned to ada", ("i3", "ada", "r1")),
        (RETURNED, 0, '{"item":"i3","annotator":"ada","why":"?"}', "item 'i3' was not assigned to ada, so nothing can be sent back", ("i3", "ada", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"good"},"first":{"tone":"bad"}}', "first: item 'i2' was not sent back to ben in this batch", ("i2", "ben", "r1")),
        (BEN, 3, '{"item":"i3","label":{"tone":"good"},"suggestion":{"by":"bot","shown":{"tone":"bad"}}}',
         "suggestion: bot.jsonl of this batch has no answer to item 'i3'", ("i3", "ben", "r1")),
        (ADA, 1, '{"item":"i1","label":{"tone":"bad"},"suggestion":{"by":"bot","shown":{"tone":"bad"}}}',
         "suggestion: bot.jsonl of this batch has another answer to item 'i1'", ("i1", "ada", "r1")),
        (BEN, 2, I2 + '"label":{"names":[{"end":9,"start":0}],"tone":"good"}}', "a span ends at 9, and the item's 'text' ends at 5", ("i2", "ben", "r1")),
        (BEN, 2, I2 + '"label":{"names":[{"end":3,"start":1},{"end":3,"start":1}],"tone":"good"}}', "names: element 2 is the same as element 1", ("i2", "ben", "r1")),
        (CROWD, 3, '{"annotator":"w3","item":"i4","label":{"tone":"bad"}}', "'w3' is not in the roster of @crowd", ("", "@crowd/w3", "r2")),
        (ASSIGNED, 3, '{"item":"i3","annotators":["eve","ben"]}', "'eve' is not in the roster", ("i3", "eve", "r1")),
        (BEN, 2, I2 + '"label":{"tone":"good"}}\r', "contains a carriage return (column 38)", ("i2", "ben", "r1")),
        (BEN, 2, "<<<<<<< HEAD", "an unresolved merge conflict, line 2", ("", "ben", "r1")),
    ],
)  # fmt: skip
def test_a_finding_says_what_it_is_about_and_whose_it_is(tmp_path, path, line, text, message, whose):
    content, number = replaced(Case("", path, line, text))
    found = load(small_project(tmp_path, {path: content})).findings
    if whose is None:  # what stands under `first` is judged by the schema, as a label is
        assert [one.rule for one in found] == ["label/schema"]
        return
    [one] = found
    assert (one.message, one.at.line, (one.item, one.annotator, one.batch)) == (message, number, whose)


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["{A}\r", "{B}", "{C}\r"], 1, "contains a carriage return (column 38), and so do 1 more lines"),
        (["{A}", "", "{B}", ""], 2, "an empty line, and 1 more"),
        (["{A}", "<<<<<<< HEAD", "{B}", "=======", "{B}", ">>>>>>> b"], 2, "an unresolved merge conflict, line 2 to 6"),
        (["{A}", "<<<<<<< HEAD", "{B}"], 2, "an unresolved merge conflict, line 2"),
        (["{A}", "{B}", ">>>>>>> b"], 3, "an unresolved merge conflict, line 3"),
        (
            ["{B}", "{A}", "{C}"],
            2,
            "the line is not in canonical form (key order, spacing, line order or final newline)",
        ),
        (
            ["{B}", "{A} ", "{C} "],
            2,
            "2 lines are not in canonical form (key order, spacing, line order or final newline)",
        ),
    ],
)
def test_what_is_wrong_with_several_lines_is_told_once_at_the_first(tmp_path, lines, line, message):
    votes = {name: f'{{"item":"i{number}","label":{{"tone":"good"}}}}' for number, name in enumerate("ABC", start=1)}
    text = "".join(f"{one}\n" for one in lines)
    for name, vote in votes.items():
        text = text.replace(f"{{{name}}}", vote)
    loaded = load(small_project(tmp_path, {BEN: text, RETURNED: ""}))
    assert [(one.at.line, one.message) for one in loaded.findings] == [(line, message)]


def test_a_conflict_block_is_one_finding_and_its_lines_are_not_read(tmp_path):
    first, second, third = FILES[BEN].splitlines()
    block = [first, "<<<<<<< HEAD", second, "=======", second.replace("good", "bad"), ">>>>>>> theirs", third, ""]
    loaded = load(small_project(tmp_path, {BEN: "\n".join(block)}))
    assert [(found.rule, found.at.line) for found in loaded.findings] == [("label/conflict-marker", 2)]
    assert [line for path, line in places(loaded) if path == BEN] == [1, 7]


def test_what_stands_between_two_conflicts_is_read(tmp_path):
    first, second, third = FILES[BEN].splitlines()
    block = ["<<<<<<< a", "{", "=======", "}", ">>>>>>> b"]
    loaded = load(small_project(tmp_path, {BEN: "\n".join([*block, first, second, *block, third, ""])}))
    assert [(found.rule, found.at.line, found.message[-12:]) for found in loaded.findings] == [
        ("label/conflict-marker", 1, ", line 1 to 5"[-12:]), ("label/conflict-marker", 8, "line 8 to 12"),
    ]  # fmt: skip
    assert [line for path, line in places(loaded) if path == BEN] == [6, 7, 13]
    assert loaded.report.records == len(places(load(small_project(tmp_path / "whole")))) + 2


def test_no_fault_hides_another(tmp_path):
    line = '{"item":"zz","label":{"tone":"god","score":9},"skip":"no","guideline":"9.0.0","at":"now","flags":["odd"]}'
    loaded = load(small_project(tmp_path, {BEN: f"{line}\n"}))
    assert sorted(found.rule for found in loaded.findings) == [
        "label/bad-time",
        "label/label-or-skip",
        "label/record",
        "label/schema",
        "label/schema",
        "label/unknown-guideline",
        "label/unknown-item",
    ]
    assert {found.at.line for found in loaded.findings} == {1}


def test_every_wrong_key_of_a_record_is_told(tmp_path):
    loaded = load(small_project(tmp_path, {BEN: '{"item":1,"label":{"tone":"good"},"secs":1,"flags":7}\n'}))
    assert [(found.rule, found.at.pointer) for found in loaded.findings] == [
        ("label/record", "/flags"),
        ("label/record", "/item"),
        ("label/unknown-key", "/secs"),
    ]


@pytest.mark.parametrize("reason", ['"hard"', '"edge-cases"', "3", "[]"])
def test_where_only_some_words_are_allowed_the_remedy_lists_them(tmp_path, reason):
    decided = f'{{"item":"i1","label":{{"tone":"good"}},"reason":{reason}}}\n'
    [found] = load(small_project(tmp_path, {ADJUDICATED: decided})).findings
    assert (found.rule, found.at.pointer) == ("label/record", "/reason")
    listed = "one of: ambiguous-item, guideline-gap, annotator-error, edge-case, subjective, other"
    assert found.fix == listed + ("; did you mean 'edge-case'?" if "edge" in reason else "")
    assert "enum" not in found.message


def test_faults_gathered_in_two_steps_are_those_gathered_at_once():
    file, many = label_file(CROWD), LISTED + 7
    found = [
        Fault(
            line=many - place, rule=rule, message=f"{place}", item=f"i{place % 5}" * (place % 2), annotator=f"w{place}"
        )
        for rule in ("label/record", "label/schema")
        for place in range(many if rule == "label/record" else LISTED)
    ]
    once = Faults(file, found)
    assert (len(once), once.number("label/record"), once.number("label/schema")) == (many + LISTED, many, LISTED)
    assert (once.number("label/bad-time"), once.items) == (0, {"i1", "i3", "i0", "i2", "i4"})
    assert once.lines.tolist() == [*range(1, many + 1)]
    assert [*once] == [*found[:LISTED], *found[many:]]
    assert once.rests.keys() == {"label/record"}
    for place in (0, 3, LISTED, LISTED + 2, many, many + 5):
        twice = Faults(file, Faults(file, found[:place]), found[place:])
        assert ([*twice], len(twice), twice.lines.tolist(), twice.items) == (
            [*once],
            len(once),
            once.lines.tolist(),
            once.items,
        )
        assert (twice.rests, twice.number("label/record")) == (once.rests, many)
    told = [*reported(file, once)]
    assert [bool(one.rest) for one in told] == [place == LISTED - 1 for place in range(2 * LISTED)]
    assert (told[1].at, told[1].annotator) == (Location(path=CROWD, line=many - 1), "@crowd/w1")
    assert number_of(told) == many + LISTED


def test_the_form_of_a_file_is_one_warning(tmp_path):
    shuffled = "".join(f"{line} \n" for line in reversed(FILES[BEN].splitlines())).removesuffix("\n")
    loaded = load(small_project(tmp_path, {BEN: shuffled}))
    assert [(found.rule, found.at.line) for found in loaded.findings] == [("label/not-canonical", 1)]
    assert loaded.findings[0].message.startswith("3 lines")
    assert loaded.report.valid == loaded.report.records == 10


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_saved_as_utf16_is_one_fault(tmp_path, encoding):
    mark = {"utf-16": "", "utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}[encoding]
    loaded = load(small_project(tmp_path, {BEN: f"{mark}{FILES[BEN]}".encode(encoding)}))
    [found] = loaded.findings
    assert (found.rule, found.at.line, found.message) == ("label/not-utf8", 1, "the whole file is UTF-16")


def test_a_shard_that_only_points_to_its_items_is_one_fault_and_nobody_elses(tmp_path):
    loaded = load(small_project(tmp_path, {ITEMS: LFS + "\n"}))
    assert [(found.rule, found.at.path) for found in loaded.findings] == [("label/pointer", ITEMS)]
    assert "git lfs pull" in loaded.findings[0].fix
    assert (loaded.report.records, loaded.report.valid) == (10, 10), "what is not here is held against nobody"
    assert len(loaded.corpus.annotations) == 2


@pytest.mark.parametrize("path", ["labels/mood", "labels/items/texts"])
def test_a_file_where_a_folder_belongs_is_a_finding(tmp_path, path):
    project = small_project(tmp_path)
    shutil.rmtree(tmp_path / path)
    (tmp_path / path).write_text("")
    assert (path, "a file is where a folder belongs") in [
        (found.at.path, found.message.partition(": ")[2]) for found in load(project).findings
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"item":"i2","label":{"tone":"good"}}}', "not JSON: text after the end of the value (column 38)"),
        (
            '{"item":"i2","label":{"tone":"good}}',
            "not JSON: a string without a closing quotation mark (column 30)",
        ),
        ('{"item":"i2""label":{"tone":"good"}}', "not JSON: a comma is missing (column 13)"),
        ('{"item" "i2","label":{"tone":"good"}}', "not JSON: a colon is missing (column 9)"),
        ('{item:"i2","label":{"tone":"good"}}', "not JSON: a key in double quotation marks is missing (column 2)"),
        ('{"item":,"label":{"tone":"good"}}', "not JSON: a value is missing (column 9)"),
        ('{"item":"i\\2","label":{"tone":"good"}}', "not JSON: an invalid backslash escape (column 11)"),
        ('{"item":"i\t2","label":{"tone":"good"}}', "not JSON: a control character in a string (column 11)"),
        ('{"item":2,"label":{"tone":"good"}}', "item: expected text, got a whole number"),
        ('{"item":"i2","label":{"tone":"good"},"seconds":"4"}', "seconds: expected a number, got text"),
        ('{"item":"i2","label":{"tone":"good"},"flags":7}', "flags: expected a list, got a whole number"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(tmp_path, line, says):
    lines = FILES[BEN].splitlines()
    loaded = load(small_project(tmp_path, {BEN: f"{lines[0]}\n{line}\n{lines[2]}\n"}))
    assert [found.message for found in loaded.findings] == [says]


def test_a_missing_final_newline_is_a_warning_on_the_last_line(tmp_path):
    loaded = load(small_project(tmp_path, {BEN: FILES[BEN].removesuffix("\n")}))
    assert [(found.rule, found.at.line) for found in loaded.findings] == [("label/not-canonical", 3)]


@pytest.mark.parametrize("path", [BEN, ITEMS, GOLD, "labels/mood/r1"])
def test_a_symbolic_link_is_not_followed(tmp_path, path):
    project = small_project(tmp_path / "project")
    place = tmp_path / "project" / path
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    found = [found for found in load(project).findings if found.rule == "label/symlink"]
    assert [one.at.path for one in found] == [path]


def test_a_misnamed_folder_is_one_finding(tmp_path):
    loaded = load(small_project(tmp_path, {"labels/mood/Round 9/ada.jsonl": "{}\n"}))
    assert [(found.rule, found.at.path) for found in loaded.findings] == [("label/file-name", "labels/mood/Round 9")]


def test_a_folder_in_place_of_the_file_of_a_batch_is_found_where_it_is(tmp_path):
    stated = "labels/mood/r3/batch.yaml"
    project = small_project(tmp_path)
    (tmp_path / stated).unlink()
    (tmp_path / stated).mkdir()
    assert ("label/file-name", stated) in [(found.rule, found.at.path) for found in load(project).findings]


def test_a_contradicted_item_has_no_gold(tmp_path):
    loaded = load(small_project(tmp_path, {"labels/mood/gold/ben.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n'}))
    golds = [one.item for one in loaded.corpus.decisions if one.kind == "gold"]
    assert golds == ["i2", "i3"]


def test_the_same_gold_twice_is_no_contradiction(tmp_path):
    loaded = load(small_project(tmp_path, {"labels/mood/gold/ben.jsonl": '{"item":"i1","label":{"tone":"good"}}\n'}))
    assert loaded.findings == ()
    assert sum(one.kind == "gold" for one in loaded.corpus.decisions) == 3


def test_a_batch_without_its_file_is_left_out_and_its_faults_are_still_told(tmp_path):
    project = small_project(tmp_path, {CROWD: FILES[CROWD].replace('"bad"', '"sad"')})
    (tmp_path / "labels/mood/r2/batch.yaml").unlink()
    loaded = load(project)
    assert [found.rule for found in loaded.findings] == ["label/schema", "label/schema", "batch/file"]
    assert [batch.name for batch in loaded.corpus.batches] == ["r1", "r3"]


def test_votes_of_a_broken_or_absent_roster_entry_do_not_count(tmp_path):
    changed = {"labels/annotators/ben.yaml": "kind: robot\n", "labels/annotators/bot.yaml": "status: paused\n"}
    rows = load(small_project(tmp_path, changed)).corpus.annotations
    counted = {name for name, counts in zip(texts(rows.annotator), rows.counts, strict=True) if counts}
    assert counted == {"ada", "@crowd/W 1"}


def test_every_rule_that_is_raised_is_in_the_catalogue_and_has_a_case():
    source = Path(__file__).parents[2] / "src" / "assay"
    code = "".join(
        path.read_text() for folder in ("labels", "project") for path in sorted((source / folder).glob("*.py"))
    )
    raised = set(re.findall(r'"((?:label|item|batch|roster)/[a-z0-9-]+)"', code))
    tried = {case.rule for case in CASES} | {"label/symlink", "label/unknown-task"}
    tried |= {"label/future-time"}  # with a clock, in test_claims.py
    tried |= {"project/configuration"}  # in tests/reviewer/test_configuration.py
    tried |= {"project/orphan", "batch/closed"}  # in tests/gate/test_of_project.py, tests/annotator/test_check.py
    tried |= {"batch/emptied"}  # in test_claims.py
    tried |= {"label/after-leaving"}  # in test_leaving.py
    tried |= {"label/box-edge"}  # in test_places.py
    tried |= {"label/two-votes"}  # in test_second_votes.py
    tried |= {"item/duplicate-apart"}  # in tests/reviewer/test_snapshots_agree.py, tests/release/test_together.py
    assert raised - set(CATALOGUE) == set(), "rules without a page: add a Rule to src/assay/core/rules.py"
    others = ("gate/", "sheet/", "guideline/", "example/", "schema/", "project/waiver", "review/")
    known = {rule for rule in CATALOGUE if not rule.startswith(others)}
    assert known - tried - IN_REVIEW == set(), "rules without a Case in tests/labels/test_faults.py"
    assert tried | IN_REVIEW == known


def test_no_page_of_the_catalogue_is_empty():
    for rule, page in CATALOGUE.items():
        assert page.id == rule
        assert min(len(page.title), len(page.why), len(page.fix)) > 10, rule
