"""A team, word for word."""

import csv
import io

import pytest
from msgspec.structs import replace

from assay.core.evidence import Share
from assay.lead.team_overview import BatchProgress, Member, Spread, TeamReport, team_csv, team_text

NONE = Share(hits=0, of=0, value=None)


def member(name, **how):
    plain = {"kind": "person", "role": "annotator", "status": "active", "records": 0, "share": 0.0, "skips": 0}
    measured = {"seconds": Spread(count=0), "flags": {}, "gold": NONE, "agreement": NONE, "last": None}
    return Member(annotator=name, **{**plain, **measured, **how})


ADA = member(
    "ada",
    records=1200,
    share=0.666,
    seconds=Spread(count=1200, median=14.4, low=12, high=18.25),
    skips=3,
    flags={"unsure": 2},
    gold=Share(hits=2, of=3, value=2 / 3, low=0.2077, high=0.9385),
    agreement=Share(hits=3, of=4, value=0.75),
    last="2026-03-14T09:26:53Z",
)
BOT = member("bot", kind="model", share=None, records=5)
TAMARA = member("tamara-with-a-very-long-name", status="trainee")
BATCH = BatchProgress(
    batch="r1",
    purpose="label",
    status="open",
    guideline="1.0.0",
    records=999,
    asked=1000,
    done=999,
    value=0.999,
    missing={"a": 1, "b": 3, "c": 2, "d": 1, "e": 1, "f": 1, "tamara-with-a": 9},
    returned={"ada": 2},
)
IMPORTED = BatchProgress(
    batch="crowd-001",
    purpose="label",
    status="closed",
    guideline="1.0.0",
    records=80,
    asked=0,
    done=0,
    value=None,
    missing={},
    returned={},
)
REPORT = TeamReport(task="mood", records=1205, errors=2, annotators=[ADA, BOT, TAMARA], batches=[IMPORTED, BATCH])


def test_the_whole_screen_is_this_text():
    assert (
        team_text([REPORT])
        == """\
mood: 3 annotators, 1,205 records; 2 errors (assay check --all)
  annotator            status  records  share     seconds  skips                   gold      agree        last
  ada                  active    1,200    67%  14 (12-18)      3  0.67 (0.21-0.94) of 3  0.75 of 4  2026-03-14
  bot                   model        5      -           -      0                      -          -           -
  tamara-with-a-ver…  trainee        0     0%           -      0                      -          -           -
  flags  unsure
  ada         2
  batch      purpose  status  guide  done     of       sent back
  crowd-001    label  closed  1.0.0    80      -    -          0
  r1           label    open  1.0.0   999  1,000  99%          2
  open in r1: tamara-wi… 9, b 3, c 2, a 1, and 3 more
  sent back in r1: ada 2

seconds: median (middle half) · gold: right (95% interval) of n · agree: same as peers, of n · small n, weak evidence"""
    )


def test_no_line_is_wider_than_a_screen():
    wide = member(
        "w" * 60,
        status="excluded",
        records=123_456,
        share=1.0,
        seconds=Spread(count=1, median=100, low=100, high=100),
        skips=1000,
        gold=Share(hits=1, of=1234, value=1.0, low=0.99, high=1.0),
        agreement=Share(hits=1, of=123_456, value=1.0),
        last="2026-03-14T09:26:53Z",
    )
    report = TeamReport(
        task="t",
        records=1,
        errors=0,
        annotators=[wide],
        batches=[replace(BATCH, missing={"n" * 40 + str(number): 12_000 for number in range(9)})],
    )
    assert max(map(len, team_text([report]).splitlines())) <= 118


def test_many_annotators_are_cut_off_and_that_is_said():
    report = TeamReport(
        task="t", records=0, errors=0, annotators=[member(f"w{number:03}") for number in range(203)], batches=[]
    )
    text = team_text([report])
    assert "  … and 3 more; --format csv lists all" in text
    assert "w199" in text
    assert "w200" not in text


@pytest.mark.threat(19)
def test_csv_has_a_row_an_annotator_and_task_and_no_cell_is_a_formula():
    crowd = member("@crowd/=1+1", flags={"-x": 1, "unsure": 2})
    odd = TeamReport(task="odd", records=0, errors=0, annotators=[crowd], batches=[])
    rows = list(csv.DictReader(io.StringIO(team_csv([REPORT, odd]), newline="")))
    assert [(row["task"], row["annotator"]) for row in rows] == [
        ("mood", "ada"),
        ("mood", "bot"),
        ("mood", "tamara-with-a-very-long-name"),
        ("odd", "'@crowd/=1+1"),
    ]
    assert (rows[0]["gold_accuracy"], rows[0]["gold_pairs"], rows[0]["share"]) == ("0.666666666667", "3", "0.666")
    assert (rows[1]["share"], rows[1]["gold_accuracy"], rows[1]["gold_pairs"]) == ("", "", "0")
    assert (rows[3]["flags"], rows[3]["flags_by_kind"]) == ("3", "'-x:1 unsure:2")


def test_what_somebody_is_called_does_not_act_on_a_terminal():
    report = TeamReport(task="t", records=0, errors=0, annotators=[member("@c/\u202ebad")], batches=[])
    assert "\u202e" not in team_text([report])
