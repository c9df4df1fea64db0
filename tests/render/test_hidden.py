"""Characters that nobody sees, or that act: escaped in every JSON, spelled out in every text, never lost."""

import json
import re
import sys
import unicodedata
from pathlib import Path

import pytest

import assay
from assay.core.findings import Finding, Location, Severity
from assay.core.text import escaped_json
from assay.files.artifacts import json_bytes, write_lines
from assay.render.styles import as_json, code_quality, findings_text, github_annotations, sarif_of
from assay.render.text import code, visible

pytestmark = pytest.mark.threat(11)
C1 = [chr(code) for code in range(0x7F, 0xA0)]
BIDI = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
ZERO_WIDTH = [*"\u00ad\u180e\u200b\u200c\u200d\u2060\u2061\u2064\u206a\u206f\ufeff\ufff9\ufffb"]
LINES = ["\u2028", "\u2029"]
FILLERS = [*"\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\uffa0", "\U000e0100", "\U000e01ef"]
TAGS = ["\U000e0001", "\U000e0041", "\U000e007f"]
OTHERS = ["\ue000", "\U000f0000", "\ufffe", "\U0010ffff", "\U0001d173"]
HIDDEN = [*C1, *BIDI, *ZERO_WIDTH, *LINES, *FILLERS, *TAGS, *OTHERS]
SHOWN = 'é ß 日本 עברית عربي 👩 ❤ \u00a0 “quoted” "plain" \\ / 1\u20ac'
TEXT = f"a{'b'.join(HIDDEN)}c {SHOWN}"


def hidden_in(text):
    """Which of them stand in a text as they are, by their code points."""
    return [f"U+{ord(sign):04X}" for sign in HIDDEN if sign in text]


def told(text):
    place = Location(path="labels/t/b/ada.jsonl", line=3)
    return Finding(
        rule="label/schema", severity=Severity.ERROR, message=text, fix=text, at=place, item=text, annotator=f"@{text}"
    )


@pytest.mark.parametrize("value", [TEXT, {TEXT: [TEXT]}, [told(TEXT).as_json()]])
@pytest.mark.parametrize("dump", [as_json, lambda value: json_bytes(value).decode()], ids=["printed", "written"])
def test_json_holds_none_of_them_and_says_the_same(dump, value):
    text = dump(value)
    assert hidden_in(text) == []
    assert json.loads(text) == value


def test_a_list_of_findings_on_disk_holds_none_of_them_and_a_finding_is_still_one_line(tmp_path):
    write_lines(tmp_path / "findings.jsonl", [told(TEXT).as_json()] * 2)
    lines = (tmp_path / "findings.jsonl").read_text().split("\n")
    assert (len(lines), lines[2], hidden_in(lines[0])) == (3, "", [])
    assert json.loads(lines[0]) == told(TEXT).as_json()


def test_sarif_and_code_quality_hold_none_of_them_and_sarif_names_the_item_as_it_is():
    sarif = as_json(sarif_of([told(TEXT)]))
    assert hidden_in(sarif) == []
    assert json.loads(sarif)["runs"][0]["results"][0]["properties"]["item"] == TEXT
    assert hidden_in(code_quality([told(TEXT)])) == []


@pytest.mark.parametrize(
    "show",
    [
        visible,
        code,
        lambda text: findings_text([told(text)]),
        lambda text: github_annotations([told(text)], text),
    ],
    ids=["text", "markdown", "findings", "github"],
)
def test_what_a_person_reads_holds_none_of_them(show):
    assert hidden_in(show(TEXT[:200])) == []
    assert all(hidden_in(show(f"x{sign}y")) == [] for sign in HIDDEN)


def test_the_selectors_of_emoji_show_and_are_escaped_in_json_alone():
    heart = "\u2764\ufe0f"
    assert visible(heart) == heart
    assert as_json(heart) == '"\u2764\\ufe0f"'


@pytest.mark.slow
def test_no_control_format_or_separator_character_is_left_in_json():
    # Of the planes above the third only the tags are not private or unassigned: the first and last of each stand for the others.
    above = [
        code
        for start in range(0x30000, sys.maxunicode, 0x8000)
        for code in (*range(start, start + 512), start + 0x7FFF)
    ]
    every = "".join(map(chr, (*range(0x20, 0xD800), *range(0xE000, 0x30000), *above)))
    kinds = {unicodedata.category(sign) for sign in as_json(every)}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    assert json.loads(as_json(every)) == every


def test_what_needs_no_escape_is_left_alone():
    assert escaped_json(SHOWN) == SHOWN
    assert as_json([SHOWN, "a\nb"]) == f'[\n  {json.dumps(SHOWN, ensure_ascii=False)},\n  "a\\nb"\n]'


def test_results_are_printed_as_json_by_one_function():
    """A command that dumped JSON itself would print such characters as they are."""
    rooms = [Path(assay.__file__).parent / room for room in ("cli", "render")]
    dumping = re.compile(r"orjson\.dumps|json\.dumps|msgspec\.json\.encode")
    found = [path.name for room in rooms for path in sorted(room.rglob("*.py")) if dumping.search(path.read_text())]
    assert found == ["styles.py"]
