"""Which work waits for an annotator, in which order, and what they do next."""

import pytest

from assay.annotator.todo_list import todo
from assay.project.roster import load_roster
from clones import vote
from projects import FILES, GUIDELINE, small_project

OPEN = "purpose: label\nstatus: open\ncreated: {}\nguideline: 0.2.0\n"
NOT_OPEN = {"labels/mood/r3/batch.yaml": FILES["labels/mood/r3/batch.yaml"].replace("open", "closed")}
NO_RETURN = {"labels/mood/r1/ada.returned.jsonl": ""}


def batch(name, items="12", *, created="2026-04-02", who="ben", status="open", purpose="label", **files):
    plan = "".join(f'{{"item":"i{item}","annotators":["{who}"]}}\n' for item in items)
    stated = OPEN.format(created).replace("open", status).replace("label", purpose)
    folder = f"labels/mood/{name}"
    more = {f"{folder}/{of.replace('__', '.')}.jsonl": text for of, text in files.items()}
    return {f"{folder}/batch.yaml": stated, f"{folder}/assignments.jsonl": plan, **more}


def lines(*records):
    return "".join(f"{record}\n" for record in records)


def sent(*items, at=""):
    stated = f',"at":"{at}"' if at else ""
    return lines(*(f'{{"item":"{item}","annotator":"ben","why":"?"{stated}}}' for item in items))


def of_ben(root, files):
    project = small_project(root, {**NOT_OPEN, **NO_RETURN, **files})
    return todo(project, "ben", roster=load_roster(project))


DONE = lines(vote("i1"), vote("i2"))


@pytest.mark.parametrize(
    ("files", "names", "following"),
    [
        ({}, [], ""),
        (batch("r4", who="ada"), [], ""),
        (batch("r4", status="closed"), [], ""),
        (batch("r4"), ["r4"], "assay annotate mood r4"),
        (batch("r4", ben=DONE), ["r4"], ""),
        (batch("r4", ben=DONE, ada__returned=sent("i1")), ["r4"], "assay annotate mood r4"),
        (batch("r5") | batch("r4"), ["r4", "r5"], "assay annotate mood r4"),
        (batch("r5", created="2026-04-01") | batch("r4"), ["r5", "r4"], "assay annotate mood r5"),
        (batch("r5", created="2026-04-01", ben=DONE) | batch("r4"), ["r5", "r4"], "assay annotate mood r4"),
        (
            batch("r4") | batch("r5", created="2026-04-01") | batch("r6", ben=DONE, ada__returned=sent("i2")),
            ["r6", "r5", "r4"],
            "assay annotate mood r6",
        ),
        (batch("r4") | batch("r5", ben=lines(vote("i1"), "{cut")), ["r4", "r5"], "assay check --mine"),
    ],
)
def test_what_came_back_is_first_then_the_older_batch_and_the_first_open_one_is_next(tmp_path, files, names, following):
    found = of_ben(tmp_path, files)
    assert ([one.batch for one in found.batches], found.next) == (names, following)
    assert [one.task for one in found.guidelines] == ["mood"] * bool(names)
    assert (found.kept, found.behind, found.unfinished, found.fetched) == ((), 0, "", None)


@pytest.mark.parametrize(
    ("own", "back", "counts"),
    [
        ("", "", (0, 0, 0, None, None)),
        (lines(vote("i1", seconds=10)), "", (1, 0, 0, 10.0, 20.0)),
        (lines(vote("i1", seconds=10), '{"item":"i2","skip":"odd","seconds":21}'), "", (2, 1, 0, 15.5, 15.5)),
        (lines(vote("i1", seconds=10), vote("i2")), sent("i2"), (2, 0, 1, 10.0, 20.0)),
        (lines(vote("i1", seconds=10), vote("i9", seconds=30), '{"item":"i8","skip":"x"}'), "", (1, 0, 0, 20.0, 40.0)),
        (lines(vote("i1"), vote("i2"), vote("i3")), sent("i1", "i2"), (3, 0, 2, None, None)),
        (lines(vote("i1", seconds=0.05)), "", (1, 0, 0, 0.05, 0.1)),
    ],
)
def test_a_batch_counts_the_answers_to_its_items_and_the_pace_of_all(tmp_path, own, back, counts):
    (one,) = of_ben(tmp_path, batch("r4", "123", ben=own, ada__returned=back)).batches
    found = (one.done, one.skipped, len(one.returned), one.median_seconds, one.seconds_left)
    assert (one.asked, *found) == (3, *counts)
    assert (one.purpose, one.guideline, one.created, one.unsent, one.unmerged) == (
        "label", "0.2.0", "2026-04-02", False, 0,
    )  # fmt: skip


NEWER = GUIDELINE.replace("version: 0.2.0\nch", "version: 0.10.0\nch").replace(
    "summary: second}\n",
    "summary: second}\n  - {version: 0.10.0, date: 2026-03-05, summary: last}\n"
    "  - {version: 0.9.0, date: 2026-03-01, summary: between}\n",
)
EARLY, LATE = "2026-03-10T10:00:00Z", "2026-03-11T10:00:00Z"


@pytest.mark.parametrize(
    ("records", "followed", "changes"),
    [
        ([], "0.2.0", ["0.9.0", "0.10.0"]),
        ([{"guideline": "0.9.0"}], "0.9.0", ["0.10.0"]),
        ([{"guideline": "0.10.0"}, {"guideline": "0.9.0"}], "0.10.0", []),
        ([{"guideline": "0.10.0", "at": EARLY}, {"guideline": "0.9.0", "at": LATE}], "0.9.0", ["0.10.0"]),
        ([{"guideline": "0.10.0", "at": LATE}, {"guideline": "0.9.0", "at": EARLY}], "0.10.0", []),
        ([{"guideline": "0.9.0", "at": EARLY}, {"guideline": "0.10.0"}], "0.9.0", ["0.10.0"]),
        ([{"guideline": "0.10.0", "at": EARLY}, {"guideline": "0.9.0", "at": EARLY}], "0.10.0", []),
        ([{"guideline": "7.0.0", "at": LATE}], "0.2.0", ["0.9.0", "0.10.0"]),
    ],
)
def test_the_guideline_last_followed_is_that_of_the_latest_record_else_the_highest(
    tmp_path, records, followed, changes
):
    own = lines(*(vote(f"i{place}", **of) for place, of in enumerate(records, start=1)))
    (news,) = of_ben(tmp_path, {"guidelines/mood.md": NEWER, **batch("r4", "123", ben=own)}).guidelines
    assert (news.version, news.followed) == ("0.10.0", followed)
    assert [one.version for one in news.changes] == changes


@pytest.mark.parametrize(
    ("files", "stuck"),
    [
        ({}, []),
        (batch("r0", "12", created="2025-01-01", status="closed", ben=DONE, ada__returned=sent("i1")), []),
        (batch("r4", "12", status="closed", ben=DONE, ada__returned=sent("i2", "i1")), [("r4", ("i1", "i2"))]),
        (batch("r4", "12", status="closed", ben=DONE, ada__returned=sent("i3")), []),
        (batch("r4", "12", purpose="qualify", status="closed", ben=DONE, ada__returned=sent("i1")), []),
        (
            batch("r4", "12", status="closed", ben=DONE, ada__returned=sent("i1", "i2"))
            | batch("r5", "2", created="2026-05-01", who="ben"),
            [("r4", ("i1",))],
        ),
        (
            batch("r4", "12", status="closed", ben=DONE, ada__returned=sent("i1", "i2"))
            | batch("r5", "2", created="2026-05-01", who="ada"),
            [("r4", ("i1", "i2"))],
        ),
        (
            batch("r4", "12", status="closed", ben=DONE, ada__returned=sent("i1", "i2"))
            | batch("r5", "2", created="2026-05-01", purpose="qualify"),
            [("r4", ("i1", "i2"))],
        ),
        (
            batch("r4", "12", status="closed", ben=DONE, ada__returned=sent("i1"))
            | batch("r6", "12", created="2026-05-01", status="closed", ben=DONE, ada__returned=sent("i2")),
            [("r6", ("i2",))],
        ),
    ],
)
def test_what_came_back_in_a_closed_batch_is_stuck_unless_a_later_one_asks_for_the_item(tmp_path, files, stuck):
    assert [(one.batch, one.items) for one in of_ben(tmp_path, files).stuck] == stuck
