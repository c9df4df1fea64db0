"""Labels that a later version made outdated, under each policy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.table import Waits, guideline_versions
from assay.core.values import Field, Scale
from assay.guidelines.affected import affected_rows, present_since
from assay.guidelines.front_matter import Change, Guideline
from assay.guidelines.versions import outdated_by, version_of
from assay.labels.current import with_current
from assay.project.migration import Migration, MigrationStep, Op
from assay.quality.outdated import ABSENT, EMPTY, drawn_items, measure_outdated
from corpora import Vote, column, corpus_from

TONE = Field(name="tone", scale=Scale.NOMINAL, values=("good", "bad"))
TOPICS = Field(name="topics", scale=Scale.SET, values=("a", "b", "c"))
FIELDS = (TONE, TOPICS)


def guideline(*changes):
    first = Change(version="1.0.0", date="2026-01-01", summary="first", affects=("all",))
    entries = (first, *(Change(date="2026-02-01", summary="s", **change) for change in changes))
    return Guideline(task="t", version=entries[-1].version, owners=(), changes=entries)


def corpus(votes, *, versions=None, **more):
    """Votes made under 1.0.0, or under the version of their batch in `versions`."""
    made = versions or {}
    read = corpus_from(votes, FIELDS, **more)
    batches = tuple(replace(batch, guideline=made.get(batch.name, "1.0.0")) for batch in read.batches)
    cited = column(batches[code].guideline for code in read.annotations.batch.tolist())
    return replace(read, batches=batches, annotations=replace(read.annotations, guideline=cited))


def votes(number, *, tone="good", batch="b1", annotators=("ada", "ben")):
    return [Vote(f"i{item:03}", who, {"tone": tone}, batch) for item in range(number) for who in annotators]


def measured(read, *changes):
    states = guideline(*changes)
    return measure_outdated(with_current(read, states), FIELDS, states)


def test_what_a_later_version_affects_is_outdated_and_counted_in_every_way():
    read = corpus(
        [
            Vote("i1", "ada", {"tone": "bad", "topics": ["a", "b"]}),
            Vote("i1", "ben", {"tone": "good"}),
            Vote("i2", "ada", {"tone": "good", "topics": []}, "b2"),
            Vote("i3", "ben", {"tone": "bad"}, "b2"),
        ]
    )
    found = measured(read, {"version": "1.1.0", "affects": ("tone=bad",)}, {"version": "1.2.0", "affects": ("topics",)})
    report = found.report

    assert (report.annotations, report.outdated, report.value) == (4, 3, 0.75)
    assert report.versions == {"1.0.0": 3}
    assert report.changes == {"1.1.0": 2, "1.2.0": 2}
    assert report.values == {"tone": {"bad": 2}, "topics": {"a": 1, "b": 1, EMPTY: 1}}
    assert report.annotators == {"ada": 2, "ben": 1}
    assert report.batches == {"b1": 1, "b2": 2}
    assert [(row.item, row.annotator, row.changes) for row in found.rows] == [
        ("i1", "ada", ("1.1.0", "1.2.0")),
        ("i2", "ada", ("1.2.0",)),
        ("i3", "ben", ("1.1.0",)),
    ]


def test_a_label_is_judged_by_its_own_version_and_else_by_that_of_its_batch():
    read = corpus([Vote("i1", "ada", {"tone": "bad"}), Vote("i1", "ben", {"tone": "bad"})], versions={"b1": "1.1.0"})
    own = replace(read, annotations=replace(read.annotations, guideline=column(["1.0.0", None])))
    found = measured(own, {"version": "1.1.0", "affects": ("tone",)})

    assert [row.annotator for row in found.rows] == ["ada"]


def test_a_newer_closed_round_replaces_outdated_labels_and_an_open_one_does_not():
    rows = [*votes(2), *votes(2, batch="b2")]
    change = {"version": "1.1.0", "affects": ("all",)}
    versions = {"b2": "1.1.0"}

    assert measured(corpus(rows, versions=versions), change).report.outdated == 0
    assert measured(corpus(rows, versions=versions, open_batches={"b2"}), change).report.outdated == 4


def test_skips_and_votes_that_do_not_count_are_no_outdated_labels():
    read = corpus(votes(1), excluded={"ben"})
    skipped = replace(read, annotations=replace(read.annotations, skip=column(["language", None])))
    found = measured(skipped, {"version": "1.1.0", "affects": ("all",)})

    assert found.report.outdated == 0


def test_a_label_without_a_field_is_outdated_by_the_version_that_adds_it():
    rows = [*votes(1), Vote("i9", "ada", {"tone": "good", "topics": ["a"]}, "b2")]
    found = measured(corpus(rows, versions={"b2": "1.1.0"}), {"version": "1.1.0", "affects": ("topics",)})

    assert [row.item for row in found.rows] == ["i000", "i000"]
    assert found.report.values == {"topics": {ABSENT: 2}}


def test_without_current_labels_there_is_no_share():
    assert measured(corpus([], items=["i1"]), {"version": "1.1.0", "affects": ("all",)}).report.value is None


def test_grandfathered_labels_are_kept_and_said_by_version():
    report = measured(corpus(votes(3)), {"version": "1.1.0", "affects": ("tone",), "policy": "grandfather"}).report

    assert (report.outdated, report.grandfathered) == (0, {"1.0.0": 6})


def test_what_one_change_keeps_another_may_still_make_outdated():
    changes = (
        {"version": "1.1.0", "affects": ("tone",), "policy": "grandfather"},
        {"version": "1.2.0", "affects": ("tone=good",)},
    )
    report = measured(corpus(votes(3)), *changes).report

    assert (report.outdated, report.grandfathered) == (6, {})


SAMPLE = {"version": "1.1.0", "affects": ("tone",), "policy": "sample"}


def relabelled(items, *, repeated, annotators=("ada", "ben")):
    """A second round over items, of whose answers the first so many are as before."""
    pairs = [(item, who) for item in items for who in annotators]
    return [
        Vote(item, who, {"tone": "good" if number < repeated else "bad"}, "b2")
        for number, (item, who) in enumerate(pairs)
    ]


def drawn(number, share=0.1):
    return sorted(drawn_items("t", "1.1.0", share, [f"i{item:03}" for item in range(number)]))


def test_until_its_sample_is_labelled_again_only_the_sample_is_outdated():
    found = measured(corpus(votes(40)), SAMPLE)

    assert sorted({row.item for row in found.rows}) == drawn(40)
    assert (found.report.outdated, found.report.sampled) == (8, {"1.0.0": 72})
    sample = found.report.samples["1.1.0"]
    assert (sample.items, sample.drawn, sample.relabelled, sample.agreement) == (40, 4, 0, None)


def test_a_sample_that_agrees_keeps_the_rest():
    read = corpus([*votes(40), *relabelled(drawn(40), repeated=8)], versions={"b2": "1.1.0"})
    report = measured(read, SAMPLE).report

    assert (report.outdated, report.sampled) == (0, {"1.0.0": 72})
    assert (report.samples["1.1.0"].relabelled, report.samples["1.1.0"].agreement) == (4, 1.0)


def test_a_sample_half_labelled_again_leaves_the_other_half_outdated():
    done, rest = drawn(40)[:2], drawn(40)[2:]
    found = measured(corpus([*votes(40), *relabelled(done, repeated=4)], versions={"b2": "1.1.0"}), SAMPLE)

    assert sorted({row.item for row in found.rows}) == rest


@pytest.mark.parametrize(("bound", "kept"), [(0.75, True), (0.76, False)])
def test_a_sample_keeps_the_rest_as_long_as_its_agreement_is_not_below_the_bound(bound, kept):
    read = corpus([*votes(40), *relabelled(drawn(40), repeated=6)], versions={"b2": "1.1.0"})
    report = measured(read, {**SAMPLE, "bound": bound}).report

    assert report.samples["1.1.0"].agreement == 0.75
    assert report.samples["1.1.0"].kept is kept
    assert report.outdated == (0 if kept else 72)


def test_an_answer_is_compared_with_the_same_annotators_and_else_with_all_of_the_new_round():
    rows = [
        Vote("i1", "ada", {"tone": "good"}),
        Vote("i1", "ben", {"tone": "bad"}),
        Vote("i1", "ada", {"tone": "good"}, "b2"),
        Vote("i1", "eli", {"tone": "bad"}, "b2"),
    ]
    report = measured(corpus(rows, versions={"b2": "1.1.0"}), {**SAMPLE, "share": 1.0}).report

    assert (report.samples["1.1.0"].compared, report.samples["1.1.0"].agreement) == (2, 0.75)


def test_the_sample_does_not_move_when_a_part_of_it_is_labelled_again():
    before = measured(corpus(votes(40)), SAMPLE).report.samples["1.1.0"]
    again = corpus([*votes(40), *relabelled(drawn(40)[:1], repeated=2)], versions={"b2": "1.1.0"})
    after = measured(again, SAMPLE).report.samples["1.1.0"]

    assert (before.items, before.drawn) == (after.items, after.drawn)
    assert after.relabelled == 1


ANOTHER = {"version": "2.0.0", "affects": ("topics",), "policy": "grandfather"}


def test_what_is_said_after_the_samples_batch_changes_no_verdict():
    first = drawn(40)
    sample = relabelled(first, repeated=0)
    older = [Vote(item, "ada", {"tone": "bad"}, "b1-late") for item in first]
    later = [Vote(item, who, {"tone": "good"}, "b3") for item in first for who in ("ada", "ben", "eli")]
    rows = [*votes(40), *sample, *later]
    versions = {"b2": "1.1.0", "b3": "2.0.0"}

    def verdict(some, **more):
        return measured(corpus(some, versions=versions, **more), SAMPLE, ANOTHER).report.samples["1.1.0"]

    failed = verdict([*votes(40), *sample])
    assert (failed.agreement, failed.kept, failed.relabelled) == (0.0, False, 4)
    assert verdict(rows) == verdict(rows, open_batches={"b3"}) == failed
    assert verdict([*votes(40), *sample[:4], *later]).agreement == 0.5  # what it does not hold
    assert verdict(rows, open_batches={"b2"}).agreement == 1.0
    assert verdict([*rows, *older]).agreement == 0.5  # the last word before it


def test_a_sample_that_nobody_answered_keeps_nothing():
    silent = [Vote(item, "ada", {"tone": "good"}, "b2") for item in drawn(40)]
    read = corpus([*votes(40), *silent], versions={"b2": "1.1.0"})
    skips = [
        None if name == "b1" else "language" for name in (read.batches[code].name for code in read.annotations.batch)
    ]
    none = replace(read.annotations, skip=column(skips), counts=read.annotations.counts & (read.annotations.batch == 0))
    report = measured(replace(read, annotations=none), SAMPLE).report

    assert (report.samples["1.1.0"].compared, report.samples["1.1.0"].kept) == (0, False)
    assert report.outdated == 72


@given(st.permutations([f"i{number}" for number in range(25)]), st.sampled_from([0.04, 0.1, 0.12, 0.5, 1.0]))
def test_the_sample_is_the_share_rounded_up_and_the_same_in_every_order(items, share):
    chosen = drawn_items("t", "1.1.0", share, items)

    assert chosen == drawn_items("t", "1.1.0", share, sorted(items))
    assert len(chosen) == {0.04: 1, 0.1: 3, 0.12: 3, 0.5: 13, 1.0: 25}[share]


def test_another_version_draws_another_sample():
    items = [f"i{number}" for number in range(50)]
    assert drawn_items("t", "1.1.0", 0.2, items) != drawn_items("t", "1.2.0", 0.2, items)


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "tone": st.sampled_from(["good", "bad"]),
        "topics": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    },
)
SELECTORS = st.sampled_from(["all", "tone", "tone=bad", "topics", "topics=a", "other"])


@given(
    st.lists(st.tuples(LABELS, st.sampled_from(["b1", "b2", "b3"])), min_size=1, max_size=8),
    st.lists(st.lists(SELECTORS, max_size=2).map(tuple), min_size=2, max_size=2),
)
def test_columns_are_judged_as_single_labels_are(labels, affects):
    rows = [Vote(f"i{number}", "ada", label, batch) for number, (label, batch) in enumerate(labels)]
    read = corpus(rows, versions={"b1": "1.0.0", "b2": "1.1.0", "b3": "1.2.0"})
    stated = guideline(*({"version": f"1.{n}.0", "affects": one} for n, one in enumerate(affects, start=1)))
    names = [field.name for field in FIELDS]
    made = guideline_versions(read)
    since = present_since(read, made, names)
    by_columns = {touch.change.version: touch.rows for touch in affected_rows(read, stated.changes, names)}

    by_item = {vote.item: vote.label for vote in rows}
    for row in range(len(read.annotations)):
        label = by_item[read.items.ids[read.annotations.item[row]]]
        version = made.values[made.codes[row]]
        expected = {change.version for change in outdated_by(stated, version, label, since)}
        assert {name for name, mask in by_columns.items() if mask[row]} == expected


def test_since_is_the_earliest_version_that_carries_a_field():
    read = corpus([*votes(1), Vote("i9", "ada", {"topics": ["a"]}, "b2")], versions={"b2": "1.1.0"})
    since = present_since(read, guideline_versions(read), ["tone", "topics", "new"])

    assert since == {"tone": version_of("1.0.0"), "topics": version_of("1.1.0"), "new": None}


def test_a_field_that_a_migration_added_was_in_no_label_that_is_older():
    read = corpus([*votes(1), *votes(2, batch="b2")], versions={"b2": "2.0.0"})
    count = len(read.annotations)
    waits = Waits(rows=np.arange(count), since=column(["2.0.0"] * count), answered=np.full(count, -1, dtype=np.int32))
    topics = replace(read.annotations.fields["topics"], waiting=waits)
    read = replace(read, annotations=replace(read.annotations, fields={**read.annotations.fields, "topics": topics}))
    made, add = guideline_versions(read), MigrationStep(op=Op.ADD_FIELD, field="topics", turns={})
    added, taken = (Migration(path="m", reason="r", guideline="2.0.0", steps=steps) for steps in ((add,), ()))
    assert present_since(read, made, ["topics"], [taken]) == {"topics": version_of("1.0.0")}
    assert present_since(read, made, ["topics"], [added]) == {"topics": version_of("2.0.0")}


@pytest.mark.parametrize(
    ("share", "many", "number"),
    [(0.07, 100, 7), (0.29, 100, 29), (0.1, 30, 3), (0.1, 31, 4), (0.001, 5, 1), (1.0, 5, 5), (0.5, 3, 2), (0.5, 0, 0)],
)
def test_a_sample_is_the_stated_share_rounded_up_whatever_the_order_of_the_items(share, many, number):
    items = [f"i{place}" for place in range(many)]
    drawn = drawn_items("mood", "2.0.0", share, items)
    assert len(drawn) == number
    assert drawn == drawn_items("mood", "2.0.0", share, items[::-1])
    assert drawn <= drawn_items("mood", "2.0.0", 1.0, items) == set(items)
    if number == 29:
        others = (drawn_items("calm", "2.0.0", share, items), drawn_items("mood", "3.0.0", share, items))
        assert drawn not in others


def test_a_sample_of_a_change_that_affects_nothing_is_kept_and_values_stand_as_they_are_declared():
    read = corpus([Vote("i1", "ada", {"tone": "good"}), Vote("i2", "ada", {"tone": "bad"})])
    sample = {"policy": "sample", "share": 0.5, "bound": 0.9}
    report = measured(read, {"version": "1.1.0", "affects": ("topics=c",), **sample}).report
    assert (report.samples["1.1.0"].items, report.samples["1.1.0"].kept) == (0, True)
    report = measured(read, {"version": "1.1.0", "affects": ("tone",)}).report
    assert list(report.values["tone"].items()) == [("good", 1), ("bad", 1)]
