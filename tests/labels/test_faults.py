"""Break one line of one file in every way there is: one finding, in the right place, and nothing else lost."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from assay.core.catalogue import CATALOGUE
from assay.core.findings import Severity
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


def test_a_conflict_block_is_one_finding_and_its_lines_are_not_read(tmp_path):
    first, second, third = FILES[BEN].splitlines()
    block = [first, "<<<<<<< HEAD", second, "=======", second.replace("good", "bad"), ">>>>>>> theirs", third, ""]
    loaded = load(small_project(tmp_path, {BEN: "\n".join(block)}))
    assert [(found.rule, found.at.line) for found in loaded.findings] == [("label/conflict-marker", 2)]
    assert [line for path, line in places(loaded) if path == BEN] == [1, 7]


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
