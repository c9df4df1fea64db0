"""Who did how much and how well."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.people import Annotator, Kind, Purpose, Status
from assay.core.table import AssignmentTable, Decision, DecisionKind
from assay.core.values import Field, Scale
from assay.labels.current import with_current
from assay.lead.team_parts import team_of, team_part
from corpora import GUIDELINE, Vote, column, corpus_from

FIELD = Field(name="f", scale=Scale.NOMINAL)


def corpus_with(rows, *, gold=None, people=(), asked=(), **how):
    corpus = corpus_from(rows, [FIELD], **how)
    names = [batch.name for batch in corpus.batches]
    whole = replace(
        corpus,
        annotators={**corpus.annotators, **{one.id: one for one in people}},
        decisions=tuple(
            Decision(kind=DecisionKind.GOLD, item=item, label={"f": value}, who="lead")
            for item, value in (gold or {}).items()
        ),
        assignments=AssignmentTable(
            batch=np.array([names.index(batch) for batch, _, _ in asked], dtype=np.int32),
            item=np.array([corpus.items.ids.index(item) for _, item, _ in asked], dtype=np.int32),
            annotator=column([who for _, _, who in asked]),
        ),
    )
    return with_current(whole, GUIDELINE)


def measured(corpus, returned=None, errors=0):
    return team_of(corpus.task, [team_part(corpus, [FIELD])], corpus.annotators, returned or {}, errors)


def members(corpus):
    return {one.annotator: one for one in measured(corpus).annotators}


def batches(corpus, returned=None):
    return {one.batch: one for one in measured(corpus, returned).batches}


def test_records_and_the_share_of_the_work_of_persons():
    rows = [Vote("i", "a", {"f": "x"}), Vote("j", "a", {"f": "x"}), Vote("i", "b", {}), Vote("i", "m", {"f": "y"})]
    found = members(corpus_with(rows, people=[Annotator(id="m", kind=Kind.MODEL)]))
    assert {name: (one.kind, one.records) for name, one in found.items()} == {
        "a": ("person", 2),
        "b": ("person", 1),
        "m": ("model", 1),
    }
    assert [found[name].share for name in "abm"] == [pytest.approx(2 / 3), pytest.approx(1 / 3), None]


def test_seconds_are_told_by_their_middle_and_the_last_day_by_the_newest_time():
    corpus = corpus_with([Vote(item, "a", {"f": "x"}) for item in "ijklm"] + [Vote("i", "b", {"f": "x"})])
    table = corpus.annotations
    mine = table.annotator.codes == 0
    seconds, at = table.seconds.copy(), table.at.copy()
    seconds[mine] = [10, 20, 30, 40, np.nan]
    at[np.flatnonzero(mine)[1]] = np.datetime64("2026-03-14T09:26:53", "us")
    found = members(replace(corpus, annotations=replace(table, seconds=seconds, at=at)))
    spread = found["a"].seconds
    assert (spread.count, spread.median, spread.low, spread.high) == (4, 25, 17.5, 32.5)
    assert found["a"].last == "2026-03-14T09:26:53Z"
    assert (found["b"].seconds.count, found["b"].seconds.median, found["b"].last) == (0, None, None)


def test_skips_and_flags_are_counted_by_kind():
    rows = [
        Vote("i", "a", {}, flags=("unsure", "bad-item")),
        Vote("j", "a", {"f": "x"}, flags=("unsure",)),
        Vote("i", "b", {"f": "x"}),
    ]
    corpus = corpus_with(rows)
    skips = column(["unreadable" if row == 0 else None for row in range(3)])
    found = members(replace(corpus, annotations=replace(corpus.annotations, skip=skips)))
    assert (found["a"].skips, found["a"].flags) == (1, {"bad-item": 1, "unsure": 2})
    assert (found["b"].skips, found["b"].flags) == (0, {})


def test_gold_has_an_interval_however_few_answers_there_are():
    found = members(corpus_with([Vote("i", "a", {"f": "x"}), Vote("j", "a", {"f": "y"})], gold={"i": "x"}))
    gold = found["a"].gold
    assert (gold.hits, gold.of, gold.value) == (1, 1, 1)
    assert (gold.low, gold.high) == (pytest.approx(0.2065, abs=1e-4), 1)


def test_trainees_are_measured_in_batches_that_do_not_count():
    rows = [Vote("i", "t", {"f": "x"}), Vote("i", "a", {"f": "x"})]
    corpus = corpus_with(rows, gold={"i": "x"}, people=[Annotator(id="t", status=Status.TRAINEE)], excluded=["t"])
    qualify = tuple(replace(batch, purpose=Purpose.QUALIFY) for batch in corpus.batches)
    nowhere = np.full(len(corpus.items), -1, dtype=np.int32)
    corpus = replace(corpus, batches=qualify, items=replace(corpus.items, current_batch=nowhere))
    trainee = members(corpus)["t"]
    assert (trainee.status, trainee.gold.of, trainee.agreement.of) == ("trainee", 1, 1)


def test_a_round_that_was_replaced_counts_as_work_and_not_as_accuracy():
    rows = [Vote("i", "a", {"f": "y"}, "b1"), Vote("i", "a", {"f": "x"}, "b2"), Vote("i", "a", {"f": "x"}, "b3")]
    found = members(corpus_with(rows, gold={"i": "x"}, open_batches=["b3"]))["a"]
    assert (found.records, found.gold.hits, found.gold.of) == (3, 2, 2)


def test_who_is_asked_is_listed_and_who_is_in_no_roster_is_said_to_be_unknown():
    corpus = corpus_with([Vote("i", "a", {"f": "x"})], asked=[("b1", "i", "c")])
    corpus = replace(corpus, annotators={})
    found = members(corpus)
    assert {name: (one.status, one.records, one.share) for name, one in found.items()} == {
        "a": ("unknown", 1, 1),
        "c": ("unknown", 0, 0),
    }


def test_a_batch_says_what_is_done_and_whose_slots_are_open():
    rows = [Vote("i", "a", {"f": "x"}), Vote("j", "b", {}), Vote("i", "z", {"f": "x"})]
    asked = [("b1", "i", "a"), ("b1", "i", "b"), ("b1", "j", "b")]
    found = batches(corpus_with(rows, asked=asked, open_batches=["b1"]), {"b1": {"b": 2}})["b1"]
    assert (found.status, found.records, found.asked, found.done, found.value) == ("open", 3, 3, 2, 2 / 3)
    assert (found.missing, found.returned) == ({"b": 1}, {"b": 2})


def test_a_batch_without_a_plan_has_no_share():
    found = batches(corpus_with([Vote("i", "a", {"f": "x"})]))["b1"]
    assert (found.asked, found.done, found.value, found.missing) == (0, 0, None, {})


def test_nothing_labelled_is_an_empty_team():
    report = measured(corpus_with([]), errors=3)
    assert (report.records, report.errors, report.annotators, report.batches) == (0, 3, [], [])
