"""What an edit concerns, as text and as Markdown."""

import pytest
from msgspec.structs import replace

from assay.guidelines.impact import (
    AffectedExpert,
    AffectedRelease,
    AffectedShare,
    EditedVersion,
    ExamplePlace,
    MigrationImpact,
    Redo,
    TaskImpact,
    impact_markdown,
    impact_text,
    migration_lines,
)

NOTHING = Redo(items=0, annotations=0, seconds=None, timed=0, hours=None)
SOME = Redo(items=2, annotations=1200, seconds=4.5, timed=1, hours=1.5)
PLAIN = TaskImpact(
    task="mood", base="1.0.0", version="1.1.0", edited=True, changes=(),
    annotations=AffectedShare(annotations=3, of=6000, share=0.0005), items=2, values={}, annotators={}, batches={},
    gold=(), adjudications=(), examples=(), releases=(), migrations=(), redo=NOTHING, own=NOTHING, refused=0,
)  # fmt: skip
CHANGE = EditedVersion(version="1.1.0", affects=("tone=bad", "score"), policy="sample", annotations=1)
SPLIT = MigrationImpact(
    name="finer", path="schemas/migrations/mood/0001-finer.yaml", guideline="1.1.0", reason="two teams",
    steps=("split tone=bad",), added=True, carried=1, waiting=0, votes=0, items=0, redo=NOTHING, releases=(),
)  # fmt: skip
RELEASE = AffectedRelease(name="support", version="1.0.0", rows=1000, of=2000)


def headline(**more):
    first = impact_text(replace(PLAIN, **more)).splitlines()[0]
    assert impact_markdown(replace(PLAIN, **more)).startswith("### mood: ")
    return first.removeprefix("mood: ")


def lines(**more):
    return [line.removeprefix("  ") for line in impact_text(replace(PLAIN, **more)).splitlines()[1:]]


AHEAD = replace(SPLIT, guideline="1.10.0")
WAITED = "version 1.1.0, with a migration for version 1.10.0, which the guideline does not have yet"
UNKNOWN = "edited, and `changes` has no entry for version 1.1.0"
TOLD = "1.0.0 to 1.1.0, 3 of 6,000 current labels affected"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"base": ""}, "version 1.1.0, a new task: no label was made under an earlier version"),
        ({"base": "", "changes": (CHANGE,)}, "version 1.1.0, a new task: no label was made under an earlier version"),
        ({"edited": False}, "version 1.1.0, unchanged"),
        ({"edited": False, "migrations": (SPLIT,)}, "version 1.1.0, unchanged"),
        ({}, UNKNOWN),
        ({"migrations": (replace(SPLIT, added=False),)}, UNKNOWN),
        ({"migrations": (replace(SPLIT, added=False), SPLIT)}, TOLD),
        ({"changes": (CHANGE,)}, TOLD),
        (
            {"migrations": (replace(SPLIT, guideline="1.9.0"), AHEAD, SPLIT)},
            f"{WAITED}, 3 of 6,000 current labels affected",
        ),
        (
            {"migrations": (AHEAD,), "edited": False},
            WAITED,
        ),
    ],
)
def test_the_first_line_says_which_versions_and_how_much(more, says):
    assert headline(**more) == says


REDONE = "to label again: 1,200 answers to 2 items, hours: 1.5 (median of 1 timed record: 4.5 s an answer)"
NONE = "to label again: 0 answers to 0 items, hours: - (no record has a time)"
REVIEWED = "to review: gold 0; adjudications 0"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, []),
        (
            {"changes": (CHANGE, replace(CHANGE, version="1.0.1", affects=(), policy="relabel", annotations=2000))},
            [
                "1.1.0 affects tone=bad, score (sample): 1 label",
                "1.0.1 affects nothing (relabel): 2,000 labels",
                NONE,
                REVIEWED,
            ],
        ),
        ({"refused": 1}, ["1 current label would not be valid under the edited schema"]),
        ({"redo": SOME, "own": SOME}, [REDONE]),
        ({"redo": SOME, "own": replace(SOME, items=1)}, [REDONE, "  of these 1 item for earlier versions"]),
        ({"redo": SOME}, [REDONE, "  of these 2 items for earlier versions"]),
        ({"changes": (CHANGE,), "redo": SOME, "own": SOME},
         ["1.1.0 affects tone=bad, score (sample): 1 label", REDONE, REVIEWED]),
        ({"redo": replace(SOME, timed=2, seconds=30.0, hours=10.04), "own": SOME},
         ["to label again: 1,200 answers to 2 items, hours: 10.0 (median of 2 timed records: 30 s an answer)"]),
        ({"gold": (AffectedExpert(item="i1", who="ada"), AffectedExpert(item="i2", who="ben"))},
         ["to review: gold 2 (i1, i2); adjudications 0"]),
        ({"adjudications": (AffectedExpert(item="i1", who="ada", batch="b"),)},
         ["to review: gold 0; adjudications 1 (i1)"]),
        ({"examples": (ExamplePlace(path="a.md", line=3), ExamplePlace(path="a.md", line=9))},
         ["examples to review: a.md:3, a.md:9"]),
        ({"releases": (RELEASE, replace(RELEASE, version="2.0.0", rows=1, of=1))},
         ["release support 1.0.0: 1,000 of 2,000 rows affected", "release support 2.0.0: 1 of 1 row affected"]),
    ],
)  # fmt: skip
def test_what_follows_says_each_thing_that_there_is_and_nothing_else(more, says):
    assert lines(**more) == says


@pytest.mark.parametrize(("number", "more"), [(20, ""), (21, " and 1 more")])
def test_of_many_items_to_review_the_first_twenty_are_named(number, more):
    gold = tuple(AffectedExpert(item=f"i{place}", who="ada") for place in range(number))
    named = ", ".join(f"i{place}" for place in range(20))
    assert lines(gold=gold) == [f"to review: gold {number} ({named}{more}); adjudications 0"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, ["  1 label migrated"]),
        (
            {"carried": 2000, "waiting": 1500},
            [
                "  2,000 labels migrated, 1,500 for annotators to answer",
                "  none of those is a current answer: no new answers needed",
            ],
        ),
        (
            {"carried": 2, "waiting": 2, "votes": 1, "items": 1, "redo": SOME},
            [
                "  2 labels migrated, 2 for annotators to answer",
                f"  1 current answer pending, of 1 item; {REDONE}",
            ],
        ),
        ({"releases": (RELEASE,)}, ["  1 label migrated", "  release support 1.0.0: 1,000 of 2,000 rows affected"]),
    ],
)
def test_a_migration_says_its_reason_its_steps_and_what_it_leaves_to_people(more, says):
    first = ["schemas/migrations/mood/0001-finer.yaml (1.1.0): two teams", "  split tone=bad"]
    assert list(migration_lines(replace(SPLIT, **more))) == [*first, *says]
    assert lines(migrations=(replace(SPLIT, **more),)) == [*first, *says]


def share(annotations, of=10):
    return AffectedShare(annotations=annotations, of=of, share=annotations / of if of else None)


def test_the_tables_are_by_value_by_annotator_and_by_batch():
    impact = replace(
        PLAIN,
        values={"tone": {"good": share(1), "bad": share(2)}, "score": {"1": share(0, 0)}},
        annotators={"ada": share(1000, 2000)},
        batches={"b|1": share(1), "b2": share(5)},
    )
    assert [line.split() for line in impact_text(impact).splitlines()[1:]] == [
        ["value", "outdated", "of", "share"],
        ["tone=good", "1", "10", "0.100"],
        ["tone=bad", "2", "10", "0.200"],
        ["score=1", "0", "0", "-"],
        ["annotator", "outdated", "of", "share"],
        ["ada", "1,000", "2,000", "0.500"],
        ["batch", "outdated", "of", "share"],
        ["b|1", "1", "10", "0.100"],
        ["b2", "5", "10", "0.500"],
    ]
    assert impact_markdown(impact).split("\n\n")[1].strip().splitlines() == [
        "| value | outdated | of | share |",
        "|---|---:|---:|---:|",
        "| tone=good | 1 | 10 | 0.100 |",
        "| tone=bad | 2 | 10 | 0.200 |",
        "| score=1 | 0 | 0 | - |",
    ]
    assert r"| b\|1 | 1 | 10 | 0.100 |" in impact_markdown(impact).splitlines()


@pytest.mark.parametrize(("number", "first", "more"), [(20, "a0", 0), (21, "a20", 1)])
def test_up_to_twenty_rows_stay_in_their_order_and_of_more_the_most_outdated_come_first(number, first, more):
    impact = replace(PLAIN, annotators={f"a{place}": share(place, 100) for place in range(number)})
    said = [line.split() for line in impact_text(impact).splitlines()[2:]]
    assert (len(said), said[0][0]) == (20 + more, first)
    assert (" ".join(said[-1]) == f"and {more} more; --format json lists all") is (more > 0)
    assert ("and 1 more; --format json lists all" in impact_markdown(impact)) is (more > 0)


def test_in_markdown_every_line_is_an_entry_and_no_sign_of_a_name_is_markup():
    impact = replace(PLAIN, task="mood_2", changes=(replace(CHANGE, affects=("tone=<b>",)),), redo=SOME, own=NOTHING)
    assert impact_markdown(impact).splitlines() == [
        r"### mood\_2: 1.0.0 to 1.1.0, 3 of 6,000 current labels affected",
        "",
        r"- 1.1.0 affects tone=\<b\> (sample): 1 label",
        f"- {REDONE}",
        "  - of these 2 items for earlier versions",
        f"- {REVIEWED}",
    ]
    hidden = replace(CHANGE, affects=("a\x1b[31m",))
    for said in (impact_text(replace(impact, changes=(hidden,))), impact_markdown(replace(impact, changes=(hidden,)))):
        assert "\x1b" not in said
