"""Votes that are too far apart for one value, by scale."""

import numpy as np
import pytest

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.consensus.status import CellResult, StatusRules, Undecided
from assay.core.values import Scale
from assay.project.validator import Validator
from corpora import corpus_of

LEVELS = ("low", "mid", "high", "top")


def of(votes, scale, values=None, **spread):
    corpus, field = corpus_of({"i": {f"a{n}": vote for n, vote in enumerate(votes)}}, scale=scale, values=values)
    return compute_consensus(corpus, [field], spread=spread)


def span(start, end, label="x"):
    return {"start": start, "end": end, "label": label}


@pytest.mark.parametrize(
    ("votes", "values", "value"),
    [
        (["low", "high"], LEVELS, None),
        (["low", "mid"], LEVELS, "low"),
        (["low", "low", "high", "top"], LEVELS, None),
        (["low", "mid", "high", "top"], LEVELS, "mid"),
        (["low", "top", "top"], LEVELS, "top"),
        (["top", "low"], LEVELS, None),
        (["top"], LEVELS, "top"),
        ([1, 3], (1, 3, 5), 1),
        ([1, 5], (1, 3, 5), None),
        ([1, 3], None, None),
        ([1, 2], None, 1),
        ([4, 4], None, 4),
    ],
)
def test_ordinal_votes_have_no_value_where_the_two_in_the_middle_are_two_steps_apart(votes, values, value):
    found = of(votes, Scale.ORDINAL, values)

    assert found.value == (value,)
    assert (found.source == (Source.APART,)) is (value is None)


@pytest.mark.parametrize("scale", [Scale.INTERVAL, Scale.RATIO])
@pytest.mark.parametrize(
    ("votes", "spread", "value"),
    [([10, 30], {}, 20), ([10, 30], {"label": 20}, 20), ([10, 30.5], {"label": 20}, None), ([1, 1, 9], {"label": 7}, None),
     ([10, 30], {"other": 1}, 20), ([9], {"label": 0}, 9), ([2, 2], {"label": 0}, 2), ([10.1, 10.3], {"label": 0.2}, 10.2)],
)  # fmt: skip
def test_numbers_are_apart_only_by_more_than_the_project_lets_them(scale, votes, spread, value):
    assert of(votes, scale, **spread).value == (value,)


@pytest.mark.parametrize(
    ("votes", "value"),
    [
        ([[span(0, 5)], [span(0, 5)]], [span(0, 5)]),
        ([[span(0, 5)], []], None),
        ([[span(0, 5)], [span(0, 6)]], None),
        ([[span(0, 5)], [span(0, 5, "y")]], None),
        ([[span(0, 5)], [span(0, 5, "y")], [span(0, 5, "z")]], None),
        ([[span(0, 5)], [span(0, 5)], [span(0, 5, "y")]], [span(0, 5)]),
        ([[span(0, 5)], [], []], []),
        ([[span(0, 5)], [span(0, 5)], [], []], None),
        ([[span(0, 5), span(0, 5, "y")], [span(0, 5)], [span(0, 5, "y")]], [span(0, 5), span(0, 5, "y")]),
        ([[span(3, 9)]], [span(3, 9)]),
        ([[], []], []),
    ],
)
def test_spans_are_open_where_half_mark_what_no_majority_gives_a_kind(votes, value):
    found = of(votes, Scale.SPANS)

    assert found.value == (value,)
    assert (found.source == (Source.APART,)) is (value is None)


def test_items_are_judged_each_by_itself():
    votes = {"i": {"a": 1, "b": 4}, "j": {"a": 4, "b": 4, "c": 1}, "k": {"a": 1}, "l": {"a": 2, "b": 3}}
    corpus, field = corpus_of(votes, scale=Scale.ORDINAL, values=(1, 2, 3, 4))
    found = compute_consensus(corpus, [field])

    assert found.source == (Source.APART, Source.VOTED, Source.SINGLE, Source.VOTED)
    assert found.value == (None, 4, 1, 2)
    assert found.confidence.tolist() == pytest.approx([1 / 2, 2 / 3, np.nan, 1 / 2], nan_ok=True)


def test_an_item_whose_votes_are_apart_is_unresolved_for_that():
    told = {
        "mood": CellResult(None, Source.APART, 2, waiting=False),
        "tone": CellResult("good", Source.VOTED, 3, waiting=False),
    }
    for required in ([], ["mood"]):
        rules = Validator({"type": "object", "required": required, "properties": {"mood": {}, "tone": {}}})
        standing = StatusRules(rules).of(told)
        assert (standing.why, standing.fields) == (Undecided.APART, {"mood"})
        assert standing.complete is (not required)


def test_a_field_that_is_apart_stays_open_where_an_expert_decided_another():
    rules = Validator({"type": "object", "properties": {"mood": {}, "tone": {}}})
    decided = CellResult("good", Source.ADJUDICATED, 2, waiting=False)
    for given in ((1, 4), ()):
        told = {"mood": CellResult(None, Source.APART, 2, waiting=False, given=given), "tone": decided}
        assert StatusRules(rules).of(told).why is Undecided.APART
