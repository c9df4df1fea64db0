"""A spreadsheet out and in: nothing lost, nothing guessed."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.annotator.sheet import SheetLocation, sheet_in, sheet_out
from assay.annotator.sheet_take import RowOutcome, SheetOptions
from assay.core.catalogue import CATALOGUE
from assay.errors import UsageError
from fresh import examples
from projects import FILES, write_files
from projects import small_project as closed_project

AT = "2026-06-01T10:00:00Z"
BEN = "labels/mood/r1/ben.jsonl"
RETURNED = "labels/mood/r1/ada.returned.jsonl"
SENT_BACK = '{"item":"i2","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
NOBODY = {RETURNED: ""}
BATCH = "labels/mood/r1/batch.yaml"
OPEN = {BATCH: FILES[BATCH].replace("closed", "open")}


def small_project(root, changed=None):
    return closed_project(root, {**OPEN, **(changed or {})})


class Sheet:
    """A sheet as a person has it open: rows of cells by heading."""

    def __init__(self, project, who="ben", batch="r1"):
        self.project = project
        self.at = SheetLocation(task="mood", batch=batch, who=who, file=project.root / "mine.csv")

    def out(self, *, everything=True):
        return sheet_out(self.project, self.at, print, everything=everything, overwrite=True)

    @property
    def heading(self):
        return next(csv.reader(io.StringIO(self.at.file.read_text(encoding="utf-8-sig"), newline="")))

    def rows(self):
        with open(self.at.file, encoding="utf-8-sig", newline="") as file:
            return {row["item"]: row for row in csv.DictReader(file)}

    def save(self, rows, heading=None, encoding="utf-8-sig", **form):
        heading = heading or self.heading
        with open(self.at.file, "w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, heading, **form)
            writer.writeheader()
            writer.writerows(rows)

    def edit(self, item, **cells):
        rows, heading = self.rows(), self.heading
        rows[item].update(cells)
        self.save(rows.values(), heading)

    def take(self, *, dry_run=False, **terms):
        return sheet_in(self.project, self.at, SheetOptions(at=AT, **terms), print, dry_run=dry_run)

    def records(self):
        path = self.project.root / f"labels/mood/{self.at.batch}/{self.at.who}.jsonl"
        lines = path.read_text().removesuffix("\n").split("\n") if path.exists() else []
        return {record["item"]: record for record in map(json.loads, lines)}


@pytest.fixture
def sheet(tmp_path):
    mine = Sheet(small_project(tmp_path, NOBODY))
    mine.out()
    return mine


def counted(taken):
    return {outcome.name.lower(): taken.count(outcome) for outcome in RowOutcome if taken.count(outcome)}


def told(taken):
    return [(found.rule, found.at.line, found.at.pointer, found.item) for found in taken.findings]


def test_a_sheet_holds_items_data_answers_and_a_tag_and_no_meta(sheet):
    assert sheet.heading == [
        "item",
        "text",
        "tone",
        "score",
        "share",
        "topics",
        "names",
        "skip",
        "flags",
        "note",
        "tag",
    ]
    row = sheet.rows()["i3"]
    shown = {name: cell for name, cell in row.items() if name != "tag"}
    assert shown == {
        "item": "i3",
        "text": "third",
        "tone": "good",
        "flags": "rude | unsure",
        "note": "hm",
        **dict.fromkeys(("score", "share", "topics", "names", "skip"), ""),
    }
    assert b'"lang"' not in sheet.at.file.read_bytes()


def test_only_what_is_open_or_sent_back_is_written_unless_all_is_asked_for(tmp_path):
    third = FILES[BEN].splitlines(keepends=True)[2]
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK, BEN: FILES[BEN].replace(third, "")}))
    assert (mine.out(everything=False).rows, set(mine.rows())) == (2, {"i2", "i3"})
    assert (mine.out().rows, mine.out().items) == (3, 3)


def test_nothing_open_is_said_and_a_sheet_that_is_there_is_not_written_over(sheet):
    with pytest.raises(UsageError, match="nothing is open"):
        sheet.out(everything=False)
    before = sheet.at.file.read_bytes()
    with pytest.raises(UsageError, match="already exists"):
        sheet_out(sheet.project, sheet.at, print, everything=True, overwrite=False)
    assert sheet.at.file.read_bytes() == before


@pytest.mark.parametrize("who", ["ada", "ben"])
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"delimiter": ";"},
        {"delimiter": "\t", "encoding": "utf-16"},
        {"quoting": csv.QUOTE_ALL, "encoding": "utf-8"},
    ],
)
def test_a_round_trip_without_an_edit_changes_no_byte(tmp_path, who, form):
    mine = Sheet(small_project(tmp_path), who=who)
    path = tmp_path / f"labels/mood/r1/{who}.jsonl"
    before = path.read_bytes()
    mine.out()
    rows = list(mine.rows().values())
    mine.save(rows[::-1], mine.heading[::-1], **form)
    taken = mine.take()
    assert (taken.findings, counted(taken)) == ((), {"unchanged": len(rows)})
    assert path.read_bytes() == before


def test_a_spreadsheets_own_spelling_is_no_change(sheet):
    sheet.edit("i2", share="1")
    sheet.edit("i3", flags="unsure|rude")
    before = (sheet.project.root / BEN).read_bytes()
    assert counted(sheet.take()) == {"unchanged": 3}
    assert (sheet.project.root / BEN).read_bytes() == before


def test_new_answers_are_stamped_and_those_beside_them_keep_their_bytes(tmp_path):
    lines = FILES[BEN].splitlines(keepends=True)
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: lines[0]}))
    mine.out(everything=False)
    mine.edit("i2", tone="bad", topics="a | c", share="-0.5", names='[{"start":0,"end":5}]', note="=sum")
    mine.edit("i3", skip="cut off", flags="bad-item")
    taken = mine.take()
    assert (counted(taken), taken.skips) == ({"added": 2}, 1)
    assert (tmp_path / BEN).read_text().splitlines(keepends=True)[0] == lines[0]
    records = mine.records()
    stamp = {"guideline": "0.2.0", "at": AT}
    label = {"tone": "bad", "topics": ["a", "c"], "share": -0.5, "names": [{"start": 0, "end": 5}]}
    assert records["i2"] == {"item": "i2", "label": label, **stamp, "note": "=sum"}
    assert records["i3"] == {"item": "i3", "skip": "cut off", **stamp, "flags": ["bad-item"]}


def test_a_changed_answer_keeps_what_else_its_record_says(sheet):
    sheet.edit("i1", tone="good", note="on reflection")
    assert counted(sheet.take()) == {"changed": 1, "unchanged": 2}
    record = sheet.records()["i1"]
    assert record["label"] == {"score": 3, "tone": "good"}
    assert (record["confidence"], record["first"]) == ({"tone": 0.5}, {"score": 2, "tone": "good"})
    assert (record["at"], record["note"], record["guideline"]) == (AT, "on reflection", "0.2.0")


def test_an_answer_that_was_sent_back_keeps_its_first_label(tmp_path):
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK}))
    mine.out(everything=False)
    mine.edit("i2", tone="bad")
    assert counted(mine.take()) == {"changed": 1}
    assert mine.records()["i2"]["first"] == {"share": 1.0, "tone": "good"}
    with pytest.raises(UsageError, match="nothing is open"):
        mine.out(everything=False)


def test_an_answer_that_came_back_is_stood_by_in_the_sheet_as_on_the_page(tmp_path):
    undated = '{"item":"i3","annotator":"ben","why":"=sure?"}\n'
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK + undated}))
    mine.out()
    assert mine.heading[-3:] == ["sent back", "keep", "tag"]
    assert [mine.rows()[item]["sent back"] for item in ("i1", "i2", "i3")] == ["", "look again", "'=sure?"]
    taken = mine.take()
    assert (counted(taken), taken.unsettled, taken.writes) == ({"unchanged": 3}, ("i2", "i3"), False)
    before = mine.records()
    rows = mine.rows()
    mine.save([rows["i1"], {**rows["i2"], "keep": "x"}, {**rows["i3"], "keep": "Yes"}])
    assert [found.rule for found in mine.take().findings] == []
    kept = {"guideline": "0.2.0", "at": AT}
    assert mine.records() == {
        "i1": before["i1"],
        "i2": {**before["i2"], **kept},
        "i3": {**before["i3"], **kept, "first": before["i3"]["label"]},
    }
    again = mine.take()
    assert (counted(again), again.unsettled) == ({"unchanged": 3}, ())
    with pytest.raises(UsageError, match="nothing is open"):
        mine.out(everything=False)


def test_an_answer_to_a_return_without_a_time_or_of_its_second_settles_it_in_the_sheet_too(tmp_path):
    sent = [{"item": item, "annotator": "ben", "why": "?"} for item in ("i1", "i2", "i3")]
    sent[1]["at"] = AT
    returned = "".join(f"{json.dumps(one)}\n" for one in sent)
    answers = FILES[BEN].replace('"confidence":1}', f'"at":"{AT}","confidence":1}}')
    mine = Sheet(small_project(tmp_path, {RETURNED: returned, BEN: answers}))
    mine.out(everything=False)
    assert set(mine.rows()) == {"i2", "i3"}
    mine.out()
    for item, tone in (("i1", "good"), ("i2", "bad"), ("i3", "bad")):
        mine.edit(item, tone=tone)
    assert counted(mine.take()) == {"changed": 3}
    records = mine.records()
    firsts = [records[item]["first"] for item in ("i1", "i2", "i3")]
    assert firsts == [{"score": 2, "tone": "good"}, {"share": 1.0, "tone": "good"}, {"tone": "good"}]
    assert records["i2"]["at"] > AT
    with pytest.raises(UsageError, match="nothing is open"):
        mine.out(everything=False)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"keep": "maybe"}, "keep: 'maybe' is not a valid mark"),
        ({"keep": "x", "tone": "bad"}, "both keeps and changes the answer"),
        ({"keep": "x", "tone": "", "share": ""}, "the row no longer has the answer"),
    ],
)
def test_a_mark_that_says_two_things_is_told(tmp_path, cells, words):
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK}))
    mine.out()
    mine.edit("i2", **cells)
    before = (tmp_path / BEN).read_bytes()
    (found,) = mine.take().findings
    assert (found.rule in {"sheet/keep", "sheet/cleared"}, found.item) == (True, "i2")
    assert words in found.message
    assert (tmp_path / BEN).read_bytes() == before


def test_nothing_is_kept_where_nothing_was_answered_and_an_older_sheet_has_no_such_column(tmp_path):
    second = FILES[BEN].splitlines(keepends=True)[1]
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK, BEN: FILES[BEN].replace(second, "")}))
    mine.out()
    mine.edit("i2", keep="x")
    assert [(found.rule, found.message) for found in mine.take().findings] == [
        ("sheet/keep", "keep: there is no answer to keep")
    ]
    mine.edit("i2", keep="", tone="bad")
    older = [name for name in mine.heading if name not in {"sent back", "keep"}]
    mine.save(mine.rows().values(), older, extrasaction="ignore")
    assert counted(mine.take()) == {"added": 1, "unchanged": 2}


def test_a_field_called_keep_is_still_the_field_and_the_mark_has_another_name(tmp_path):
    schema = FILES["schemas/mood.yaml"].replace("  score:", "  keep: {type: string}\n  score:")
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK, "schemas/mood.yaml": schema}))
    mine.out()
    assert [name for name in mine.heading if "keep" in name] == ["keep", "sheet.keep"]
    mine.edit("i2", **{"sheet.keep": "x"})
    assert counted(mine.take()) == {"kept": 1, "unchanged": 2}
    assert "keep" not in mine.records()["i2"]["label"]


def test_a_clock_behind_the_reviewers_settles_it_all_the_same(tmp_path):
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK.replace("2026-05-01T10:00:00Z", AT)}))
    mine.out()
    mine.edit("i2", keep="x")
    assert counted(mine.take()) == {"kept": 1, "unchanged": 2}
    assert mine.records()["i2"]["at"] == "2026-06-01T10:00:01Z"
    assert mine.take().unsettled == ()


def test_a_closed_batch_gives_no_sheet_and_takes_none_and_the_way_is_said(sheet):
    write_files(sheet.project.root, {BATCH: FILES[BATCH]})
    for command in (sheet.out, sheet.take):
        with pytest.raises(UsageError, match="mood/r1 is closed") as refused:
            command()
        assert "`assay batch reopen mood r1`" in refused.value.fix


def test_a_dry_run_says_the_same_and_writes_nothing(sheet):
    sheet.edit("i1", tone="good")
    before = (sheet.project.root / BEN).read_bytes()
    assert counted(sheet.take(dry_run=True)) == {"changed": 1, "unchanged": 2}
    assert (sheet.project.root / BEN).read_bytes() == before


def test_rows_that_are_not_there_are_left_alone(sheet):
    sheet.save([sheet.rows()["i3"]])
    assert counted(sheet.take()) == {"unchanged": 1}
    assert set(sheet.records()) == {"i1", "i2", "i3"}


def test_an_emptied_row_takes_its_answer_out_only_where_that_is_said(sheet):
    sheet.edit("i1", tone="", score="")
    sheet.edit("i3", tone="")
    refused = sheet.take(clear=True)
    assert [(rule, item) for rule, _, _, item in told(refused)] == [("label/label-or-skip", "i3")]
    sheet.edit("i3", flags="", note="")
    assert {found.rule for found in sheet.take().findings} == {"sheet/cleared"}
    assert counted(sheet.take(clear=True)) == {"cleared": 2, "unchanged": 1}
    assert set(sheet.records()) == {"i2"}


def test_a_file_without_answers_is_gone(tmp_path):
    mine = Sheet(small_project(tmp_path, NOBODY))
    mine.out()
    for item in ("i1", "i2", "i3"):
        mine.edit(item, **dict.fromkeys(("tone", "score", "share", "flags", "note"), ""))
    mine.take(clear=True)
    assert not (tmp_path / BEN).exists()


@pytest.mark.parametrize(
    ("cells", "rule", "column", "words"),
    [
        ({"tone": "goood"}, "label/schema", "/tone", "did you mean 'good'?"),
        ({"score": "9"}, "label/schema", "/score", ""),
        ({"score": "01.Mai"}, "label/schema", "/score", "turned it into a date"),
        ({"score": "2026-05-01"}, "label/schema", "/score", "turned it into a date"),
        ({"share": "0,5"}, "label/schema", "/share", "use a decimal point: 0.5"),
        ({"topics": "a, b"}, "label/schema", "/topics", "separate several values by |"),
        ({"names": '[{"start":0,"end":99}]'}, "label/span", "/names", ""),
        ({"names": "[{"}, "label/schema", "/names", ""),
        ({"skip": "no"}, "label/label-or-skip", "/skip", "empty the answer's cells"),
        ({"flags": "unsur"}, "label/record", "/flags", "rude, unsure"),
        ({"tone": ""}, "label/schema", "", ""),
        ({"tag": "t00000000-new"}, "sheet/moved", "/tag", "sort"),
        ({"item": "1"}, "label/unknown-item", "/item", "not to be edited"),
        ({"item": ""}, "label/unknown-item", "/item", ""),
        ({"item": "i3"}, "label/duplicate-item", "/item", ""),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column_and_nothing_is_written(tmp_path, cells, rule, column, words):
    mine = Sheet(small_project(tmp_path, NOBODY))
    mine.out()
    rows = mine.rows()
    mine.save([rows["i3"], {**rows["i2"], "score": "1", **cells}, {**rows["i1"], "tone": "good"}])
    before = (tmp_path / BEN).read_bytes()
    taken = mine.take()
    found = taken.findings[0]
    assert [(one.rule, one.at.line, one.at.pointer) for one in taken.findings] == [(rule, 3, column)]
    assert found.at.path == mine.at.file.as_posix()
    assert words in found.fix
    assert found.message.startswith(column.removeprefix("/"))
    assert (tmp_path / BEN).read_bytes() == before


def test_every_fault_is_told_at_once_in_the_order_of_the_rows(sheet):
    rows = sheet.rows()
    sheet.save([{**rows["i1"], "tone": "x", "flags": "y"}, {**rows["i2"], "skip": "z"}, {**rows["i3"], "tone": "w"}])
    assert [place for _, place, *_ in told(sheet.take())] == [2, 2, 3, 4]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tone", "tune", "did you mean 'tone'?"),
        ("tag", "Spalte1", "delete the column"),
        ("text", "item", "restore the headings"),
        ("note", "", "restore the headings"),
    ],
)
def test_columns_that_are_not_the_sheets_own_are_told(sheet, old, new, words):
    text = sheet.at.file.read_text(encoding="utf-8-sig")
    head, _, rest = text.partition("\n")
    head = ",".join(new if name == old else name for name in head.strip().split(","))
    sheet.at.file.write_text(f"{head}\n{rest}", encoding="utf-8", newline="")
    found = sheet.take().findings
    assert {(one.rule, one.at.line) for one in found} == {("sheet/column", 1)}
    assert any(words in one.fix for one in found)
    absent = [one.message for one in found if one.message.startswith("missing: ")]
    assert len(absent) == (old != "text")
    assert all("; found: 'item', " in message for message in absent)


def test_of_columns_that_are_unknown_each_is_told_once_and_none_that_is_there_is_supposed(sheet):
    text = sheet.at.file.read_text(encoding="utf-8-sig")
    head, _, rest = text.partition("\n")
    sheet.at.file.write_text(f"{head.strip()},tune,mine,mine,note,\n{rest}", encoding="utf-8", newline="")
    assert [(one.message, one.fix) for one in sheet.take().findings] == [
        ("duplicate column 'note' (2 times)", CATALOGUE["sheet/column"].fix),
        ("there is no column 'mine'", "delete the column, or restore its heading"),
        ("there is no column 'tune'", "delete the column, or restore its heading"),
    ]


def test_the_headings_that_were_found_are_told_not_longer_than_one_reads(sheet):
    sheet.at.file.write_text(f"{'x' * 61},,{'y' * 60}\n")
    message = next(one.message for one in sheet.take().findings if one.message.startswith("missing: "))
    assert message.endswith(f"'note', 'tag'; found: '{'x' * 60}', '{'y' * 60}'")
    sheet.at.file.write_text(",\nx,y\n")
    assert [one.message.rpartition("; ")[2] for one in sheet.take().findings] == ["found: none"]


def test_columns_and_rows_without_a_word_are_no_fault_and_rows_keep_their_number(sheet):
    rows = sheet.rows()
    sheet.save([rows["i1"], {}, {**rows["i2"], "tone": "odd"}])
    path = sheet.at.file
    path.write_bytes(path.read_bytes().replace(b"\r\n", b",,\r\n"))
    assert told(sheet.take()) == [("label/schema", 4, "/tone", "i2")]


@pytest.mark.parametrize(("head", "added"), [("", ",x"), (",", ",x"), (",,", ",,x"), (",", ",,x")])
def test_a_value_in_no_column_is_told_with_its_row(sheet, head, added):
    first, second, *rest = sheet.at.file.read_bytes().splitlines()
    lines = (first + head.encode(), second, rest[0] + added.encode(), *rest[1:])
    sheet.at.file.write_bytes(b"".join(line + b"\r\n" for line in lines))
    (found,) = sheet.take().findings
    assert (found.rule, found.at.line, found.message) == ("sheet/column", 3, "a value is in a column without a heading")


LONG = "i" * 100


@pytest.mark.parametrize(
    ("items", "messages"),
    [
        (["i9"], ["item 'i9' is not assigned to ben in mood/r1"]),
        (["i9", "i1"], ["item 'i9' is not assigned to ben in mood/r1"]),
        (["i9", LONG], ["none of the 2 items is assigned to ben in mood/r1, for example 'i9'"]),
        ([LONG, "i9"], [f"none of the 2 items is assigned to ben in mood/r1, for example {LONG[:80]!r}"]),
        ([LONG], [f"item {LONG[:80]!r} is not assigned to ben in mood/r1"]),
        (["", LONG], ["item: the row has no item id", f"item {LONG[:80]!r} is not assigned to ben in mood/r1"]),
        (["i2", "i1", "i2", "i2"], ["item: duplicate item 'i2', already in row 2"] * 2),
    ],
)
def test_rows_of_items_that_are_not_asked_for_or_are_there_before_are_told(sheet, items, messages):
    row = sheet.rows()["i2"]
    of = sheet.rows()
    sheet.save([of.get(item, {**row, "item": item}) for item in items])
    assert sorted(one.message for one in sheet.take().findings) == sorted(messages)


def test_data_columns_may_go_and_a_column_of_ones_own_may_not_have_cells(sheet):
    rows = list(sheet.rows().values())
    sheet.save(rows, [name for name in sheet.heading if name != "text"], extrasaction="ignore")
    assert counted(sheet.take()) == {"unchanged": 3}
    path = sheet.at.file
    path.write_bytes(path.read_bytes().replace(b"\r\n", b",x\r\n"))
    assert {one.rule for one in sheet.take().findings} == {"sheet/column"}


@pytest.mark.parametrize("data", [b"", "item\ntöne\n".encode("latin-1"), b'item\n"a'])
def test_a_file_that_is_no_sheet_is_told(sheet, data):
    sheet.at.file.write_bytes(data)
    assert [one.rule for one in sheet.take().findings] == ["sheet/unreadable"]


def test_an_answer_that_changed_since_the_sheet_was_written_is_not_undone(sheet):
    path = sheet.project.root / BEN
    path.write_text(FILES[BEN].replace('"share":1.0,', '"share":2,'))
    assert told(sheet.take())[0][0] == "sheet/stale"
    assert '"share":2,' in path.read_text()
    assert counted(sheet.take(overwrite=True)) == {"changed": 1, "unchanged": 2}
    assert sheet.records()["i2"]["label"]["share"] == 1


GOOD, BAD = (f'{{"item":"i1","label":{{"tone":"{tone}"}}}}\n' for tone in ("good", "bad"))


@pytest.mark.parametrize(
    ("written", "tag", "now", "stale"),
    [
        (GOOD, "kept", GOOD, False),
        (GOOD, "spaced", GOOD, False),
        (GOOD, "kept", BAD, True),
        (GOOD, "kept", "", True),
        ("", "kept", "", False),
        ("", "kept", GOOD, True),
        (GOOD, "gone", GOOD, True),
        (GOOD, "gone", BAD, True),
        (GOOD, "gone", "", False),
    ],
)
def test_a_row_is_stale_where_the_file_no_longer_has_what_the_sheet_was_written_from(
    tmp_path, written, tag, now, stale
):
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: written}))
    mine.out()
    tags = {"kept": "{}", "spaced": " {} ", "gone": ""}
    mine.edit("i1", tone="bad", score="5", tag=tags[tag].format(mine.rows()["i1"]["tag"]))
    (tmp_path / BEN).write_text(now)
    taken = mine.take()
    assert told(taken) == ([("sheet/stale", 2, "", "i1")] if stale else [])
    assert (tmp_path / BEN).read_text() == now or not stale
    done = counted(mine.take(overwrite=True)) if stale else counted(taken)
    assert done == {"changed" if now else "added": 1, "open": 2}
    assert mine.records()["i1"]["label"] == {"score": 5, "tone": "bad"}


def test_an_empty_row_of_an_item_answered_elsewhere_meanwhile_is_left_alone(tmp_path):
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: ""}))
    mine.out()
    (tmp_path / BEN).write_text(FILES[BEN])
    for terms in ({}, {"overwrite": True, "clear": True}):
        assert counted(mine.take(**terms)) == {"unchanged": 3}
    assert (tmp_path / BEN).read_text() == FILES[BEN]


def test_the_same_sheet_may_be_taken_again(tmp_path):
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: ""}))
    mine.out()
    mine.edit("i1", tone="good")
    assert counted(mine.take()) == {"added": 1, "open": 2}
    mine.edit("i2", tone="bad")
    assert counted(mine.take()) == {"added": 1, "unchanged": 1, "open": 1}


def test_an_answer_of_a_qualification_stands(tmp_path):
    qualify = OPEN[BATCH].replace("purpose: label", "purpose: qualify")
    mine = Sheet(small_project(tmp_path, {**NOBODY, BATCH: qualify}))
    mine.out()
    mine.edit("i2", tone="bad")
    assert [rule for rule, *_ in told(mine.take())] == ["sheet/locked"]


def test_a_skip_in_a_qualification_is_no_answer_and_may_become_one(tmp_path):
    qualify = OPEN[BATCH].replace("purpose: label", "purpose: qualify")
    mine = Sheet(small_project(tmp_path, {**NOBODY, BATCH: qualify, BEN: '{"item":"i2","skip":"blurred"}\n'}))
    mine.out()
    mine.edit("i2", skip="", tone="bad")
    assert counted(mine.take()) == {"changed": 1, "open": 2}


@pytest.mark.parametrize("cells", [{"note": "hm"}, {"flags": "unsure"}])
def test_a_note_or_flag_alone_is_no_answer(tmp_path, cells):
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: ""}))
    mine.out()
    mine.edit("i1", **cells)
    assert [rule for rule, *_ in told(mine.take())] == ["label/label-or-skip"]


@pytest.mark.parametrize("cells", [{"skip": ""}, {"skip": "", "note": "other"}, {"skip": "", "flags": "unsure"}])
def test_a_reason_to_skip_that_is_taken_out_leaves_no_note_alone(tmp_path, cells):
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: '{"item":"i1","skip":"blurred","note":"hm"}\n'}))
    mine.out()
    mine.edit("i1", **cells)
    (found,) = mine.take(clear=True).findings
    assert (found.rule, found.message) == ("label/label-or-skip", "the answer was removed, but not its note or flags")
    assert found.fix == "answer in the row, write a reason to skip, or empty the whole row"


def test_an_answer_without_a_value_is_one_where_the_schema_allows_it_and_keeps_what_no_column_shows(tmp_path):
    schema = "type: object\nproperties:\n  said: {type: string}\n  level: {type: integer}\n"
    lines = '{"item":"i1","label":{}}\n{"item":"i2","label":{"old":[1],"said":"a"}}\n'
    files = {"schemas/mood.yaml": schema, BEN: lines, "labels/mood/r1/ada.jsonl": "", "labels/mood/gold/ada.jsonl": ""}
    mine = Sheet(small_project(tmp_path, {**NOBODY, **files}))
    mine.out()
    mine.edit("i1", note="nothing to say")
    mine.edit("i2", said=" ", level=" ")
    taken = mine.take()
    assert (told(taken), counted(taken)) == ([], {"changed": 2, "open": 1})
    assert mine.records()["i1"] == {"item": "i1", "label": {}, "guideline": "0.2.0", "at": AT, "note": "nothing to say"}
    assert mine.records()["i2"]["label"] == {"old": [1], "said": " "}


def test_what_a_cell_cannot_hold_as_it_is_comes_back_unchanged_and_new_words_are_trimmed(tmp_path):
    spaced = '{"item":"i1","skip":" far  off "}\n'
    mine = Sheet(small_project(tmp_path, {**NOBODY, BEN: spaced}))
    mine.out()
    mine.edit("i2", skip=" cut off\t")
    assert counted(mine.take()) == {"added": 1, "unchanged": 1, "open": 1}
    assert (tmp_path / BEN).read_text().startswith(spaced)
    assert mine.records()["i2"]["skip"] == "cut off"


@pytest.mark.parametrize("mark", ["x", "X", " yes ", "Y", "TRUE", "1", "keep", "\u2713", "\u2714"])
def test_a_mark_keeps_the_answer_that_came_back(tmp_path, mark):
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK}))
    mine.out()
    mine.edit("i2", keep=mark)
    assert counted(mine.take(dry_run=True)) == {"kept": 1, "unchanged": 2}


@pytest.mark.parametrize("mark", ["", " ", "no", "N", "False", "0", "-", "'-"])
def test_a_mark_that_says_no_keeps_nothing(tmp_path, mark):
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK}))
    mine.out()
    mine.edit("i2", keep=mark)
    taken = mine.take()
    assert (told(taken), taken.unsettled, counted(taken)) == ([], ("i2",), {"unchanged": 3})


def test_the_columns_of_returns_are_there_only_where_an_item_of_the_sheet_came_back(tmp_path):
    asked = "".join(f'{{"item":"i{n}","annotators":["ben"]}}\n' for n in (1, 3))
    mine = Sheet(small_project(tmp_path, {RETURNED: SENT_BACK, "labels/mood/r1/assignments.jsonl": asked}))
    mine.out()
    assert (set(mine.rows()), "keep" in mine.heading) == ({"i1", "i3"}, False)


def test_every_cell_that_a_spreadsheet_would_cut_is_counted(tmp_path):
    long = "x" * 40_000
    lines = "".join(f'{{"item":"i{n}","skip":"{long}","note":"{long}"}}\n' for n in (1, 2))
    assert Sheet(small_project(tmp_path, {**NOBODY, BEN: lines})).out().overlong == 4


DATES = ["1/2", "01.05.2026", "2026-05-01", "1 May", "1. Mai", "1-May-26", "01.M\u00e4r.", "May-26", "May 2026"]


@pytest.mark.parametrize(
    ("cells", "fix"),
    [
        *(({"score": f" {date} "}, "format the column as text, then type the value again") for date in DATES),
        ({"tone": "1-2"}, "format the column as text"),
        ({"share": "-0,5"}, "use a decimal point: -0.5"),
        ({"share": " +12,25 "}, "use a decimal point: +12.25"),
        ({"topics": "a; b"}, "separate several values by |"),
        ({"topics": "a\nb"}, "separate several values by |"),
    ],
)
def test_how_a_value_was_mistyped_is_told(sheet, cells, fix):
    sheet.edit("i2", **cells)
    (found,) = sheet.take().findings
    assert fix in found.fix


@pytest.mark.parametrize(
    "cells",
    [
        {"score": "12345-1"}, {"score": "1-2/3"}, {"score": "1.2.3.4"}, {"score": "1 of 2"}, {"tone": "0,5"},
        {"share": "0,5,1"}, {"share": "0,x"}, {"topics": "a b"}, {"names": "a;b"},
    ],
)  # fmt: skip
def test_of_what_looks_like_no_slip_none_is_supposed(sheet, cells):
    sheet.edit("i2", **cells)
    (found,) = sheet.take().findings
    assert not re.search("column as text|decimal point|by [|]", found.fix)


@pytest.mark.parametrize("name", ["item", "skip", "flags", "note", "tag"])
def test_a_field_or_a_key_of_the_data_that_is_called_like_a_column_gets_another_heading(tmp_path, name):
    schema = f"type: object\nproperties:\n  {name}: {{enum: [x, y]}}\n"
    items = json.dumps({"id": "i1", "data": {name: "t", "sent back": "u"}}) + "\n"
    files = {
        "schemas/mood.yaml": schema,
        "labels/items/texts/one.jsonl": items,
        "labels/items/texts/two.jsonl": "",
        "labels/mood/r4/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\n",
        "labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n',
        "labels/mood/r4/ben.jsonl": json.dumps({"item": "i1", "label": {name: "x"}}) + "\n",
        "labels/mood/r4/ada.returned.jsonl": SENT_BACK.replace("i2", "i1"),
    }
    mine = Sheet(small_project(tmp_path, files), batch="r4")
    mine.out()
    data = sorted([f"data.{name}", "data.sent back"])
    assert mine.heading == ["item", *data, f"label.{name}", "skip", "flags", "note", "sent back", "keep", "tag"]
    mine.edit("i1", **{f"label.{name}": "y"})
    assert counted(mine.take()) == {"changed": 1}
    assert mine.records()["i1"]["label"] == {name: "y"}


def test_columns_of_fields_and_data_never_meet(tmp_path):
    schema = "type: object\nproperties:\n  note: {enum: [x]}\n  text: {enum: [y]}\n"
    items = '{"id":"i1","data":{"text":"t","label.text":"u","tag":[1]}}\n'
    files = {
        "schemas/mood.yaml": schema,
        "labels/items/texts/one.jsonl": items,
        "labels/items/texts/two.jsonl": "",
        "labels/mood/r4/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\n",
        "labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n',
    }
    mine = Sheet(small_project(tmp_path, files), batch="r4")
    mine.out()
    answers = ["label.note", "label.text", "skip", "flags", "note", "tag"]
    assert mine.heading == ["item", "data.label.text", "data.tag", "data.text", *answers]
    mine.edit("i1", **{"label.note": "x", "label.text": "y", "note": "z"})
    mine.take()
    assert mine.records()["i1"]["label"] == {"note": "x", "text": "y"}
    assert mine.records()["i1"]["note"] == "z"


def test_a_pair_is_recorded_as_it_is_shown(tmp_path):
    schema = "type: object\nx-swap: [a, b]\nproperties:\n  better: {enum: [a, b]}\n"
    items = '{"id":"i1","data":{"a":"one","b":"two"}}\n'
    files = {
        "schemas/mood.yaml": schema,
        "labels/items/texts/one.jsonl": items,
        "labels/items/texts/two.jsonl": "",
        "labels/mood/r4/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\n",
        "labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n',
    }
    mine = Sheet(small_project(tmp_path, files), batch="r4")
    mine.out()
    mine.edit("i1", better="b")
    mine.take()
    assert mine.records()["i1"]["shown"] == {"swap": False}
    path = mine.project.root / "labels/mood/r4/ben.jsonl"
    path.write_text(path.read_text().replace("false", "true"))
    mine.at.file.unlink()
    mine.out()
    mine.edit("i1", better="a")
    mine.take()
    assert mine.records()["i1"]["label"] == {"better": "a"}
    assert mine.records()["i1"]["shown"] == {"swap": True}, "it was shown so on the page"


def test_every_rule_of_sheets_is_raised_and_has_a_case_here():
    raised = {rule for rule in CATALOGUE if rule.startswith("sheet/")}
    assert set(re.findall(r'"(sheet/[a-z]+)"', Path(__file__).read_text())) == raised


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    """A project with a field of free text."""
    root = tmp_path_factory.mktemp("free")
    schema = "type: object\nproperties:\n  said: {type: string}\n  tags: {type: array, x-scale: set, items: {type: string}}\n"
    return small_project(root, {"schemas/mood.yaml": schema, **NOBODY, "labels/mood/gold/ada.jsonl": ""})


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(TEXT, st.lists(TEXT, max_size=3), TEXT), min_size=3, max_size=3))
def test_whatever_the_file_says_comes_back_from_a_sheet(free, said):
    records = [
        {"item": f"i{number}", "label": {"said": text, "tags": tags}, "guideline": "0.1.0", "note": note}
        for number, (text, tags, note) in enumerate(said, start=1)
    ]
    lines = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in records)
    write_files(free.root, {BEN: lines})
    mine = Sheet(free)
    mine.out()
    assert counted(mine.take()) == {"unchanged": 3}
    (free.root / BEN).write_bytes(b"")
    taken = mine.take(overwrite=True)
    assert (taken.findings, counted(taken)) == ((), {"added": 3})
    for one in records:
        back = mine.records()[one["item"]]
        assert (back["label"], back.get("note", "")) == (one["label"], one["note"])


def test_a_sheet_of_another_batch_is_one_finding(tmp_path):
    sheet = Sheet(small_project(tmp_path))
    sheet.out()
    heading, rows = sheet.heading, list(sheet.rows().values())
    for row in rows:
        row["item"] = f"other-{row['item']}"
    sheet.save(rows, heading)
    (found,) = sheet.take().findings
    assert found.message.startswith(f"none of the {len(rows)} items is assigned to ben in mood/r1")


@pytest.mark.threat(19)
def test_a_sheet_is_safe_and_comes_back_whatever_separates_its_cells(sheet):
    """Of a sheet that a spreadsheet opens, cut up or whole, no cell is a formula; saved with another separator, it says the same."""
    formulas = ("=1+1", "-x", "@SUM(1)", "+cmd|' /C calc'!A0", "\uff1d1")
    texts = [f"good{sign}{space}{formula}" for sign in ",;|\t\n" for space in ("", " ") for formula in formulas]
    items = "".join(json.dumps({"id": f"i{n}", "data": {"text": f"{n};=1+1\n@x"}}) + "\n" for n in range(1, 4))
    write_files(sheet.project.root, {"labels/items/texts/one.jsonl": items})
    for number, text in enumerate(texts):
        record = {"item": "i1", "label": {"tone": "good"}, "note": text}
        write_files(sheet.project.root, {BEN: json.dumps(record) + "\n"})
        sheet.out()
        whole = sheet.at.file.read_text(encoding="utf-8-sig")
        for separator in ",;|\t":
            cells = [cell for row in csv.reader(io.StringIO(whole, newline=""), delimiter=separator) for cell in row]
            assert not [cell for cell in cells if cell.strip().strip('"')[:1] in tuple("=+-@\uff1d")]
        sheet.save(sheet.rows().values(), delimiter=",;\t"[number % 3])
        taken = sheet.take()
        assert (told(taken), counted(taken)) == ([], {"unchanged": 1, "open": 2}), text
