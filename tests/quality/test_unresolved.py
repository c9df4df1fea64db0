from dataclasses import replace

import numpy as np

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Coded
from assay.consensus.status import item_statuses
from assay.core.people import Purpose, Status
from assay.core.table import Column, Decision, DecisionKind, Waits
from assay.core.values import Field, Scale
from assay.guidelines.front_matter import Change, Guideline
from assay.project.validator import Validator
from assay.quality.measures import measure_support, measure_unresolved, votes_taken
from corpora import Vote, corpus_from, corpus_of, decided

ONE, TWO, WHY = (Field(name=name, scale=Scale.NOMINAL) for name in ("one", "two", "why"))
FIELDS = (ONE, TWO, WHY)
RULES = {
    "required": ["one"],
    "anyOf": [
        {"properties": {"one": {"const": "bad"}}, "required": ["one", "why"]},
        {"properties": {"one": {"enum": ["x", "y", "g"]}}},
    ],
    "properties": {"two": {"enum": ["x", "y"]}},
}
SAID = {
    "alike": ({"one": "x", "two": "x"}, {"one": "x", "two": "x"}),
    "alone": ({"one": "x"},),
    "tied": ({"one": "x"}, {"one": "y"}),
    "tied-optional": ({"one": "x", "two": "x"}, {"one": "x", "two": "y"}),
    "no-why": ({"one": "bad"}, {"one": "bad"}),
    "why": ({"one": "bad", "why": "r"}, {"one": "bad"}),
    "no-one": ({"two": "x"}, {"two": "x"}),
    "odd": ({"one": "x", "two": "z"}, {"one": "x"}),
    "silent": ({}, {}),
    "by-gold": ({"one": "x"}, {"one": "y"}),
    "gold-lacks": (),
    "overruled": ({"one": "x"},),
}


def stand():
    rows = [Vote(item, who, label) for item, given in SAID.items() for who, label in zip("ab", given, strict=False)]
    corpus = corpus_from(rows, FIELDS, items=SAID)
    decisions = (
        Decision(kind=DecisionKind.GOLD, item="by-gold", label={"one": "g"}, who="lead"),
        Decision(kind=DecisionKind.GOLD, item="gold-lacks", label={"two": "x"}, who="lead"),
        Decision(kind=DecisionKind.ADJUDICATION, item="overruled", label={"one": "bad"}, who="lead", batch="b1"),
    )
    corpus = decided(corpus, decisions)
    return corpus, item_statuses(compute_consensus(corpus, FIELDS), Validator(RULES))


def test_an_item_is_unresolved_once_and_says_why():
    corpus, items = stand()
    report = measure_unresolved(items, FIELDS)

    whys = dict(zip(corpus.items.ids, [item.why and item.why.value for item in items], strict=True))
    assert whys == {
        "alike": None, "alone": None, "tied": "tie", "tied-optional": "tie", "no-why": "required", "why": None,
        "no-one": "required", "odd": "refused", "silent": "skipped", "by-gold": None, "gold-lacks": "required",
        "overruled": "required",
    }  # fmt: skip
    assert (report.items, report.unresolved, report.value) == (12, 8, 8 / 12)
    assert report.reasons == {"tie": 2, "skipped": 1, "required": 4, "refused": 1}
    assert report.fields == {"one": 4, "two": 1, "why": 2}


def test_support_counts_the_votes_on_the_field_that_has_the_fewest():
    corpus, items = stand()
    report = measure_support(corpus, items)

    # `why` has one vote on why it is bad, gold's item two votes that gold overrules, the tied optional field is no part.
    assert (report.rows, report.votes, report.voted) == (5, {"1": 2, "2": 3}, {"1": 2, "2": 2})
    assert report.open == []


def test_what_waits_after_a_migration_is_unresolved_until_somebody_says_it():
    rows = [Vote(item, who, {"two": "x"}) for item in ("i", "j") for who in "ab"]
    corpus = corpus_from([*rows, Vote("k", "a", {"one": "x"})], FIELDS)
    table = corpus.annotations
    rows = np.flatnonzero(table.item < 2)
    nothing = np.full(len(rows), -1, dtype=np.int32)
    since = Column(values=("0.2.0",), codes=np.zeros(len(rows), dtype=np.int32))
    waiting = Waits(rows=rows, since=since, answered=nothing)
    fields = {**table.fields, "one": replace(table.fields["one"], waiting=waiting)}
    answered = Decision(kind=DecisionKind.GOLD, item="j", label={"one": "y"}, who="lead")
    corpus = decided(replace(corpus, annotations=replace(table, fields=fields)), (answered,))

    items = item_statuses(compute_consensus(corpus, FIELDS), Validator({}))
    assert [(item.why and item.why.value, item.complete) for item in items] == [
        ("waiting", False), (None, True), (None, True),
    ]  # fmt: skip
    assert measure_unresolved(items, FIELDS).fields == {"one": 1, "two": 0, "why": 0}


def test_what_the_schema_refuses_beside_an_experts_label_is_left_out_of_it():
    rules = {
        "required": ["one"],
        "properties": {"two": {"enum": ["x"]}},
        "if": {"properties": {"one": {"const": "bad"}}},
        "else": {"properties": {"why": False}},
    }
    said = ({"one": "bad", "why": "r", "two": "x"}, {"one": "x", "two": "x"}, {"one": "x", "two": "x"})
    rows = [
        Vote(item, who, label) for item in ("votes", "expert", "odd") for who, label in zip("abc", said, strict=True)
    ]
    decisions = [
        Decision(kind=DecisionKind.ADJUDICATION, item=item, label=label, who="lead", batch="b1")
        for item, label in (("expert", {"one": "x"}), ("odd", {"two": "z"}))
    ]
    corpus = decided(corpus_from(rows, FIELDS), tuple(decisions))
    items = item_statuses(compute_consensus(corpus, FIELDS), Validator(rules))

    stands = {
        name: (item.why and item.why.value, item.label) for name, item in zip(corpus.items.ids, items, strict=True)
    }
    assert stands == {
        "votes": ("refused", {"one": "x", "two": "x", "why": "r"}),
        "expert": (None, {"one": "x", "two": "x"}),
        "odd": ("refused", {"one": "x", "two": "z", "why": "r"}),
    }


def test_a_tie_on_a_field_that_an_experts_label_cannot_hold_is_settled():
    rules = {"if": {"properties": {"one": {"const": "bad"}}}, "else": {"properties": {"why": False}}}
    said = ({"one": "bad", "why": "r"}, {"one": "bad", "why": "s"}, {"one": "x"}, {"one": "x"})
    rows = [Vote(item, who, label) for item in ("x", "bad", "votes") for who, label in zip("abcd", said, strict=True)]
    decisions = [
        Decision(kind=DecisionKind.ADJUDICATION, item=item, label={"one": item}, who="lead", batch="b1")
        for item in ("x", "bad")
    ]
    corpus = decided(corpus_from(rows, FIELDS), tuple(decisions))
    items = item_statuses(compute_consensus(corpus, FIELDS), Validator(rules))

    whys = {name: item.why and item.why.value for name, item in zip(corpus.items.ids, items, strict=True)}
    assert whys == {"x": None, "bad": "tie", "votes": "tie"}


def test_without_items_there_is_no_value():
    corpus = corpus_from([], FIELDS)

    assert measure_unresolved(item_statuses(compute_consensus(corpus, FIELDS), Validator({})), FIELDS).value is None


def test_the_open_batches_of_a_release_are_those_whose_answers_will_count():
    votes = {item: {"a": "x"} for item in "ijk"}
    corpus, _ = corpus_of(votes, batches={"i": "b1", "j": "b2", "k": "b3"}, open_batches=["b2", "b3"])
    batches = tuple(replace(one, purpose=Purpose.QUALIFY) if one.name == "b3" else one for one in corpus.batches)
    none = Coded(values=(), codes=np.zeros(0, dtype=np.int32))
    assert measure_support(corpus, none).open == ["b2", "b3"]
    assert measure_support(replace(corpus, batches=batches), none).open == ["b2"]


def test_only_a_current_vote_that_counts_keeps_an_item_waiting():
    rows = [Vote("i", "a", {}, "b1"), Vote("i", "a", {}, "b2"), Vote("j", "x", {}, "b1"), Vote("k", "a", {}, "b1")]
    corpus = corpus_from(rows, FIELDS, excluded=["x"])
    table = corpus.annotations
    waits = np.flatnonzero(~((table.item == 0) & table.current))
    nothing, since = np.full(len(waits), -1, dtype=np.int32), np.zeros(len(waits), dtype=np.int32)
    waiting = Waits(rows=waits, since=Column(values=("0.2.0",), codes=since), answered=nothing)
    fields = {**table.fields, "one": replace(table.fields["one"], waiting=waiting)}
    corpus = replace(corpus, annotations=replace(table, fields=fields))
    assert table.current.tolist().count(False) == 1

    found = compute_consensus(corpus, FIELDS)
    assert [one for one, field in zip(found.waiting.tolist(), found.field.tolist(), strict=True) if field == 0] == [
        False, False, True,
    ]  # fmt: skip


def test_whoever_is_excluded_takes_votes_and_leaves_items_with_at_most_one():
    votes = {"i": "a", "j": "ab", "k": "abc", "l": "abcd", "m": "bc", "n": "a"}
    corpus, _ = corpus_of(
        {item: dict.fromkeys(who, "x") for item, who in votes.items()}, batches={"n": "b2"}, open_batches=["b2"]
    )
    change = Change(version="1.0.0", date="2026-01-01", summary="first", affects=("all",))
    guideline = Guideline(task="t", version="1.0.0", owners=(), changes=(change,))
    people = {name: replace(entry, status=Status.EXCLUDED) for name, entry in corpus.annotators.items() if name == "a"}
    (taken,) = votes_taken(corpus, {**corpus.annotators, **people}, guideline, ())
    assert (taken.who, taken.status, taken.votes, taken.items) == ("a", "excluded", 5, 5)
    assert (taken.few, taken.back, taken.back_items) == (2, 0, 0)
    assert list(votes_taken(corpus, corpus.annotators, guideline, ())) == []
