"""`assay sheet`: what it says, and how it ends."""

import csv

import pytest

from projects import FILES

BEN = "labels/mood/r1/ben.jsonl"


@pytest.fixture
def mood(mood):
    """The project, its first batch open."""
    path = mood / "labels/mood/r1/batch.yaml"
    path.write_text(path.read_text().replace("closed", "open"))
    return mood


def fill(path, cells):
    """Fills cells in by item and heading."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **cells.get(row["item"], {})} for row in rows)


def test_a_sheet_goes_out_and_its_answers_come_in(assay, mood):
    (mood / BEN).unlink()
    said = assay("sheet", "out", "mood", "r1", "mine.csv", "--as", "ben")
    assert (said.code, said.out) == (0, "mine.csv: 3 of 3 items of ben\n")
    assert said.err == "next: fill it in, save it as CSV, then `assay sheet in mood r1 mine.csv`\n"

    fill("mine.csv", {"i1": {"tone": "good"}, "i3": {"skip": "cut off"}})
    counts = "2 added, 0 changed, 0 kept, 0 cleared, 0 unchanged, 1 open; 1 skip among the added and changed\n"
    said = assay("sheet", "in", "mood", "r1", "mine.csv", "--as", "ben", "--dry-run")
    assert (said.code, said.out, said.err) == (0, counts, "nothing was written (--dry-run)\n")
    assert not (mood / BEN).exists()

    said = assay("sheet", "in", "mood", "r1", "mine.csv", "--as", "ben")
    assert (said.code, said.out, said.err) == (0, counts, "next: `assay check`, then `assay submit`\n")
    assert len((mood / BEN).read_text().splitlines()) == 2
    assert assay("check", "--all").code == 0


def test_what_cannot_be_taken_is_listed_and_nothing_is_written(assay, mood):
    assert assay("sheet", "out", "mood", "r1", "mine.csv", "--as", "ben", "--all").code == 0
    fill("mine.csv", {"i1": {"tone": "goood"}, "i2": {"flags": "what"}})
    said = assay("sheet", "in", "mood", "r1", "mine.csv", "--as", "ben")
    assert said.code == 1
    assert "mine.csv:2" in said.out
    assert "tone: 'goood' is not one of: good, bad" in said.out
    assert "flags: 'what' is not a flag of this task" in said.out
    assert said.out.endswith("2 errors, 0 warnings in 1 file\n")
    assert said.err == "nothing was written\nnext: fix the sheet, then read it again\n"
    assert (mood / BEN).read_text() == FILES[BEN]


def test_answers_longer_than_a_cell_are_warned_about(assay, mood):
    (mood / BEN).write_text(FILES[BEN].replace('"note":"hm"', f'"note":"{"x" * 40_000}"'))
    said = assay("sheet", "out", "mood", "r1", "mine.csv", "--as", "ben", "--all")
    assert "warning: 1 answer longer than a spreadsheet cell" in said.err


def test_what_cannot_be_served_ends_with_two(assay, mood):
    assert mood.is_dir()
    for arguments in (
        ("out", "mood", "r1", "mine.csv", "--as", "ben"),
        ("out", "mood", "r9", "mine.csv", "--as", "ben"),
        ("out", "mod", "r1", "mine.csv", "--as", "ben"),
        ("out", "mood", "r1", "mine.csv", "--as", "bot"),
        ("in", "mood", "r1", "nothing.csv", "--as", "ben"),
    ):
        said = assay("sheet", *arguments)
        assert (said.code, said.out) == (2, "")
        assert "fix: " in said.err


def test_a_rule_of_sheets_is_explained(assay):
    said = assay("explain", "sheet/moved")
    assert said.code == 0
    assert "Fix: undo the sorting" in said.out
