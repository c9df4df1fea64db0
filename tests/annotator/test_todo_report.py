"""What `assay todo` says of work, of what waits here, and of time."""

import pytest

from assay.annotator.todo_report import (
    BatchWork,
    GuidelineNews,
    NewestSuggestion,
    News,
    ReturnedInClosed,
    Todo,
    UnassignedWork,
    UnsentBranch,
    duration,
    fetched_text,
    todo_text,
    waiting_text,
)
from assay.labels.assignment import Return

NOW = "2026-06-03T12:00:00Z"
LATER = "`assay todo --fetch` fetches what is new"


@pytest.mark.parametrize(
    ("fetched", "said"),
    [
        ("2026-06-03T12:00:05Z", "fetched just now"),
        ("2026-06-03T11:59:01Z", "fetched just now"),
        ("2026-06-03T11:59:00Z", "fetched 1 minute ago"),
        ("2026-06-03T11:00:01Z", "fetched 59 minutes ago"),
        ("2026-06-03T11:00:00Z", f"fetched 1 hour ago: {LATER}"),
        ("2026-06-01T12:00:01Z", f"fetched 47 hours ago: {LATER}"),
        ("2026-06-01T12:00:00Z", f"fetched 2 days ago: {LATER}"),
        ("2026-05-31T12:00:01Z", f"fetched 2 days ago: {LATER}"),
        ("2026-05-31T12:00:00Z", f"fetched 3 days ago: {LATER}"),
        ("", f"this clone was never fetched, or the last fetch failed: {LATER}"),
    ],
)
def test_the_last_fetch_is_told_in_the_largest_unit_that_says_enough(fetched, said):
    assert fetched_text(fetched, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (39.6, "40 s"),
        (89, "89 s"),
        (90, "2 min"),
        (149, "2 min"),
        (151, "3 min"),
        (99 * 60, "99 min"),
        (100 * 60, "1 h 40 min"),
        (120 * 60, "2 h 0 min"),
        (125 * 60 + 20, "2 h 5 min"),
    ],
)
def test_a_duration_is_in_seconds_minutes_or_hours(seconds, said):
    assert duration(seconds) == said


def batch(name="r4", **of):
    nothing = {"skipped": 0, "returned": (), "median_seconds": None, "seconds_left": None, "unreadable": 0}
    known = {"purpose": "label", "guideline": "0.2.0", "created": "2026-04-02", "asked": 5, "done": 3, "unsent": False}
    return BatchWork(**{"task": "mood", "batch": name, **nothing, **known, **of})


def page(**of):
    return GuidelineNews(
        **{
            "task": "mood",
            "version": "0.2.0",
            "followed": "0.2.0",
            "changes": (),
            "suggestions": 0,
            "newest": None,
            **of,
        }
    )


def lines(batches=(), guidelines=(), **of):
    told = Todo(**{"who": "ada", "batches": batches, "guidelines": guidelines, "next": "", "behind": 0, **of})
    return todo_text(told).splitlines()


def sent(item="i1", why="why?", at="2026-04-04T08:00:00Z"):
    return Return(item=item, why=why, at=at)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({}, ["3 of 5 done, 2 left"]),
        ({"asked": 1_500, "done": 1_200, "skipped": 1_100}, ["1,200 of 1,500 done (1,100 skipped), 300 left"]),
        ({"unmerged": 1}, ["3 of 5 done, 2 left", "1 submitted, waiting for the merge"]),
        (
            {"elsewhere": {"ada/mood/r4-1": 1, "ada/mood/r4-2": 2}},
            [
                "3 of 5 done, 2 left",
                "1 of your answers is on branch ada/mood/r4-1, not in this folder",
                "2 of your answers are on branch ada/mood/r4-2, not in this folder",
            ],
        ),
        ({"notes": ("warning: one", "warning: two")}, ["3 of 5 done, 2 left", "warning: one", "warning: two"]),
        (
            {"median_seconds": 40.0, "seconds_left": 80.0},
            ["3 of 5 done, 2 left", "your pace: 40 s an item; about 80 s to go"],
        ),
        ({"median_seconds": 40.0, "seconds_left": 0.0}, ["3 of 5 done, 2 left", "your pace: 40 s an item"]),
        ({"median_seconds": 0.0}, ["3 of 5 done, 2 left", "your pace: 0 s an item"]),
        (
            {"unreadable": 2},
            ["3 of 5 done, 2 left", "2 lines of your file cannot be read: `assay check --mine` says which"],
        ),
        ({"unsent": True}, ["3 of 5 done, 2 left", "some of your answers are not submitted yet: `assay submit`"]),
        (
            {"returned": (sent(why=" not\n so "), sent("i2", at=""))},
            ["3 of 5 done, 2 left", "sent back to you: 2 items", "  i1: not so (2026-04-04)", "  i2: why?"],
        ),
    ],
)
def test_a_batch_says_what_holds_of_it_and_nothing_else(of, said):
    assert lines([batch(**of)])[2:-2] == ["mood/r4  (label, guideline 0.2.0)", *(f"  {line}" for line in said)]


@pytest.mark.parametrize("number", [20, 21])
def test_of_many_that_were_sent_back_the_first_are_listed_and_the_rest_counted(number):
    shown = lines([batch(returned=tuple(sent(f"i{place}", why="x" * 400) for place in range(number)))])
    listed = [line for line in shown if line.startswith("    i")]
    assert [line.split(":")[0].strip() for line in listed] == [f"i{place}" for place in range(20)]
    assert all(260 < len(line) < 330 for line in listed)
    assert ("    … and 1 more" in shown) is (number == 21)


@pytest.mark.parametrize(
    ("asked", "done", "returned", "left", "waiting"),
    [(5, 3, (), 2, 2), (5, 3, (sent(),), 2, 3), (5, 5, (sent(),), 0, 1), (5, 5, (), 0, 0)],
)
def test_an_item_waits_without_an_answer_or_sent_back(asked, done, returned, left, waiting):
    one = batch(asked=asked, done=done, returned=returned)
    assert (one.left, one.open) == (left, waiting)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({}, ["guideline of mood: 0.2.0, the one you last labelled under"]),
        (
            {"followed": ""},
            ["guideline of mood: 0.2.0. You have not labelled under it yet: read guidelines/mood.md first."],
        ),
        (
            {"followed": "0.1.0", "changes": (News(version="0.2.0", date="2026-02-01", summary="second"),)},
            ["guideline of mood: 0.2.0. Since you last labelled (0.1.0):", "  0.2.0 (2026-02-01): second"],
        ),
        (
            {
                "suggestions": 1,
                "newest": NewestSuggestion(at="2026-04-02T10:00:00Z", section="s", item="i1", text="be\n clear"),
            },
            [
                "guideline of mood: 0.2.0, the one you last labelled under",
                "  1 suggestion of yours kept in this clone; the newest: be clear (2026-04-02)",
            ],
        ),
    ],
)
def test_a_guideline_says_what_is_new_since_it_was_followed(of, said):
    assert lines([batch()], [page(**of)])[5:-2] == said


def work(**of):
    return UnassignedWork(
        **{"task": "mood", "votes": 0, "items": 2, "answers": 3, "hours": None, "command": "do it", **of}
    )


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (
            {"votes": 1, "items": 1, "answers": 1},
            (
                "mood: 1 current answer waits for people after a migration, and no open batch asks for it; "
                "to ask again: 1 answer to 1 item: `do it`"
            ),
        ),
        (
            {"votes": 2, "hours": 0.25},
            (
                "mood: 2 current answers wait for people after a migration, and no open batch asks for them; "
                "to ask again: 3 answers to 2 items, hours: 0.2: `do it`"
            ),
        ),
        (
            {"outdated": 1, "hours": 0.0},
            (
                "mood: 1 current answer is outdated, and no open batch asks for it; "
                "to ask again: 3 answers to 2 items, hours: 0.0: `do it`"
            ),
        ),
        (
            {"votes": 1, "outdated": 2, "first": "mend this"},
            (
                "mood: 1 current answer waits for people after a migration and 2 current answers are outdated, "
                "and no open batch asks for them; to ask again: 3 answers to 2 items: mend this; then `do it`"
            ),
        ),
    ],
)
def test_work_that_nobody_is_asked_for_says_what_it_costs(of, said):
    assert waiting_text(work(**of)) == said


def test_what_waits_here_comes_before_the_batches():
    stuck = [ReturnedInClosed(task="mood", batch=f"r{n}", items=tuple(f"i{k}" for k in range(n))) for n in (20, 21)]
    kept = [
        UnsentBranch(branch="ada/mood/r4-1", commands=("assay start mood r4", "assay submit")),
        UnsentBranch(branch="ada/x", commands=("assay x",), committed=False),
    ]
    shown = lines([batch()], next="assay submit", unfinished="merge", stuck=stuck, unread=("warning: y",), kept=kept)
    named = ", ".join(f"i{k}" for k in range(20))
    again = "which is closed: {}; ask a lead to open it again: `assay batch reopen mood r{}`"
    assert shown == [
        "ada: 1 open batch",
        "",
        (
            "git is in the middle of a merge here: finish it, or drop it with `assay doctor --abort`, "
            "which keeps every changed file; `assay doctor` says more"
        ),
        f"sent back to you in mood/r20, {again.format(named, 20)}",
        f"sent back to you in mood/r21, {again.format(f'{named} and 1 more', 21)}",
        "warning: y",
        "committed on branch ada/mood/r4-1 and not sent; to send it: `assay start mood r4`, then `assay submit`",
        "written, not committed, for branch ada/x and not sent; to send it: `assay x`",
        "",
        "mood/r4  (label, guideline 0.2.0)",
        "  3 of 5 done, 2 left",
        "",
        "next: assay submit",
    ]


@pytest.mark.parametrize(
    ("of", "first", "last"),
    [
        ({}, "ada: nothing is open for you. Thank you!", "ada: nothing is open for you. Thank you!"),
        ({"unread": ("warning: y",)}, "ada: nothing is open for you. Thank you!", "warning: y"),
        (
            {"waiting": (work(votes=1),)},
            "ada: nothing is assigned to you; this waits to be assigned or sent",
            waiting_text(work(votes=1)),
        ),
        (
            {"batches": (batch(), batch("r5"))},
            "ada: 2 open batches",
            "All of it is answered: nothing to do until it is reviewed or closed.",
        ),
        (
            {"batches": (batch(),), "next": "assay annotate mood r4"},
            "ada: 1 open batch",
            "next: assay annotate mood r4",
        ),
    ],
)
def test_the_first_line_says_how_much_is_open_and_the_last_what_to_do(of, first, last):
    shown = lines(**of)
    assert (shown[0], shown[-1]) == (first, last)
