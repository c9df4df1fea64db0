"""Changes in words: text, Markdown and JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assay.annotator.diff import diff_json, diff_markdown, diff_text
from assay.labels.diff import LabelsDiff, diff_file
from assay.labels.paths import label_file
from assay.render.styles import as_json

FILE = label_file("labels/mood/r1/ada.jsonl")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def lines(**tones):
    return "".join(
        json.dumps({"item": i, "label": {"tone": tone}}, ensure_ascii=False) + "\n" for i, tone in tones.items()
    )


def diff_of(before, after, texts=None, others=()):
    change = diff_file(FILE, before.encode(), after.encode())
    known = {("texts", item): text for item, text in (texts or {}).items()}
    files = () if change.is_empty else (change,)
    return LabelsDiff(since="HEAD", until="", files=files, others=tuple(others), texts=known, pools={"mood": "texts"})


def test_each_record_stands_with_its_answers_and_the_text_of_its_item():
    shown = diff_text(diff_of(lines(a="good", b="bad"), lines(a="bad", c="good"), {"a": "No.\nReally."}))
    assert shown == (
        "mood/r1/ada.jsonl: 1 added, 1 changed, 1 removed\n"
        '  ~ a  tone: good → bad  "No. Really."\n'
        "  - b  tone: bad\n"
        "  + c  tone: good\n"
        "\n"
        "1 label file: records 1 added, 1 changed, 1 removed"
    )


def test_many_changes_are_counted_by_what_became_what_the_most_frequent_first():
    before = lines(a="good", b="good", c="good", d="bad", e="odd")
    shown = diff_text(diff_of(before, lines(a="bad", b="bad", c="bad", d="odd", f="new")), most=2)
    assert shown.splitlines()[:5] == [
        "mood/r1/ada.jsonl: 1 added, 4 changed, 1 removed",
        "  tone: good → bad \N{MULTIPLICATION SIGN}3",
        "  tone: bad → odd \N{MULTIPLICATION SIGN}1",
        "  + tone: new \N{MULTIPLICATION SIGN}1",
        "  - tone: odd \N{MULTIPLICATION SIGN}1",
    ]
    assert "  … and 4 more records; --format json lists all" in shown


def test_another_way_of_writing_is_called_just_that_and_no_change_is_said_too():
    spaced = lines(a="good").replace('{"item"', '{  "item"')
    assert diff_text(diff_of(lines(a="good"), spaced)) == (
        "mood/r1/ada.jsonl: reformatted, no record changed\n\n"
        "1 label file: records 0 added, 0 changed, 0 removed; 1 file only reformatted"
    )
    assert diff_text(diff_of("", "")) == "no label changed"


@pytest.mark.parametrize("show", [diff_text, diff_markdown])
def test_lines_that_are_no_records_and_other_files_are_named(show):
    shown = show(diff_of(lines(a="good"), lines(a="good") + "<<<<<<< HEAD\n", others=["labels/annotators/ada.yaml"]))
    assert "1 line that cannot be read" in shown
    assert "line 2 is not a record" in shown
    assert "an unresolved merge conflict" in shown
    assert "labels/annotators/ada.yaml" in shown


def test_json_holds_every_record_before_and_after():
    found = json.loads(as_json(diff_json(diff_of(lines(a="good", b="bad"), lines(a="bad", b="bad"), {"a": "No."}))))
    assert (found["since"], found["until"], found["others"]) == ("HEAD", None, [])
    (file,) = found["files"]
    assert (file["path"], file["task"], file["batch"], file["who"]) == (FILE.path, "mood", "r1", "ada")
    assert file["records"] == [
        {
            "kind": "changed",
            "key": ["a"],
            "text": "No.",
            "before": {"item": "a", "label": {"tone": "good"}},
            "after": {"item": "a", "label": {"tone": "bad"}},
        }
    ]


@pytest.mark.parametrize(
    ("show", "more"),
    [(diff_text, "  … and 1 more record; --format json lists all"), (diff_markdown, "… and 1 more records")],
)
def test_records_beyond_the_most_are_counted_and_the_most_itself_is_whole(show, more):
    diff = diff_of("", lines(a="good", b="bad", c="good"))
    assert more in show(diff, most=2).splitlines()
    assert "…" not in show(diff, most=3)


def test_a_file_whose_faulty_lines_are_gone_is_fixed():
    assert diff_text(diff_of(lines(a="good") + "{broken\n", lines(a="good"))) == (
        "mood/r1/ada.jsonl: fixed\n\n1 label file: records 0 added, 0 changed, 0 removed"
    )


def test_a_new_answer_is_shown_with_what_was_written_and_not_with_its_stamp():
    stamp = {"guideline": "0.2.0", "at": "2026-01-01T00:00:00Z", "seconds": 3}
    new = json.dumps({"item": "a", "label": {"tone": "bad"}, "note": "n", **stamp}) + "\n"
    assert "  + a  tone: bad; note: n\n" in diff_text(diff_of("", new))
    later = new.replace("0.2.0", "0.3.0").replace('"n"', '"m"')
    assert "  ~ a  note: n → m; guideline: 0.2.0 → 0.3.0\n" in diff_text(diff_of(new, later))


def test_nothing_hidden_reaches_the_terminal():
    shown = diff_text(diff_of("", lines(a="\x1b[31m\u202e")))
    assert "\\u001b[31m\\u202e" in shown


HOSTILE = (
    "`",
    "``",
    "|",
    "\\",
    "\n",
    "<img src=x>",
    "](http://x.org)",
    "@ada",
    "*",
    "~~",
    "&lt;",
    "  ",
    "# ",
    "\u2028",
    "x",
)


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=12).map("".join))
def test_hostile_text_cannot_leave_its_code_span(text):
    before, after = lines(i="good", j=text), lines(i=text, k=text)
    later = after + json.dumps({"item": text, "label": {text: text}}) + "\n"
    diff = diff_of(before, later, {"i": text}, others=[f"labels/{text}"])
    for token in MARKDOWN.parse(diff_markdown(diff)):
        assert token.type not in {"html_block", "fence", "code_block", "heading_open", "blockquote_open"}
        kinds = {child.type for child in token.children or ()}
        assert kinds <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
    rows = [row for row in diff_markdown(diff).splitlines() if row.startswith("| ")]
    html = MARKDOWN.render(diff_markdown(diff))
    assert html.count("<tr>") == len(rows) == 5
    assert html.count("<td>") == 4 * (len(rows) - 1)
