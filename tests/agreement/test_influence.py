"""What a unit costs against alpha counted anew without it."""

import numpy as np
import pytest

from assay.agreement import alpha_explanation
from assay.agreement.alpha import alpha
from assay.agreement.alpha_explanation import MOST_COSTLY, by_weights, costliest, influences
from assay.agreement.boxes import alpha_boxes
from assay.agreement.interval import units_needed
from assay.agreement.spans import alpha_spans
from assay.core.agreement_result import Coefficient, Cost
from assay.core.rated_units import ratings
from assay.core.values import Scale
from corpora import corpus_of
from estimates import point, tally_of
from marking import marked, random_boxes, random_spans

SCALES = (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO, Scale.SET)


def random_votes(seed, scale):
    rng = np.random.default_rng(seed)
    sets = [[], ["p"], ["q"], ["p", "q"]]
    return {
        f"i{item:02}": {
            f"a{who}": sets[rng.integers(4)] if scale is Scale.SET else int(rng.integers(0, 5))
            for who in range(5)
            if rng.random() < 0.7
        }
        for item in range(30)
    }


def cost_of(votes, **how):
    corpus, field = corpus_of(votes, **how)
    return costliest(ratings(corpus, field, corpus.annotations.current))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("seed", range(10))
def test_the_influence_of_a_unit_is_alpha_counted_without_it(seed, scale):
    votes = random_votes(seed, scale)
    whole = point(alpha, tally_of(votes, scale=scale))
    brute = {
        item: round(point(alpha, tally_of({key: votes[key] for key in votes if key != item}, scale=scale)) - whole, 12)
        for item in votes
    }
    expected = sorted((item for item in brute if brute[item] > 1e-11), key=lambda item: (-round(brute[item], 9), item))
    found = cost_of(votes, scale=scale, groups={item: item[-1] for item in votes} if seed % 2 else None)
    assert [one.influence for one in found] == pytest.approx([brute[one.item] for one in found], abs=1e-11)
    assert {one.item for one in found} == set(expected[:MOST_COSTLY])


@pytest.mark.parametrize("scale", SCALES)
def test_sums_and_weights_give_the_same(scale):
    whole = tally_of(random_votes(3, scale), scale=scale)
    estimator = alpha(whole)
    units = whole.patterns.units.astype(np.float64)
    slow = np.concatenate(list(by_weights(estimator, units, np.arange(len(units))))) - estimator(units[np.newaxis])[0]
    assert influences(whole, estimator) == pytest.approx(slow, abs=1e-12)


def test_of_too_many_to_leave_each_out_the_derivative_chooses_which(monkeypatch):
    rng = np.random.default_rng(8)
    votes = {f"i{item:03}": {f"a{who}": random_boxes(rng) for who in range(3)} for item in range(300)}
    each = cost_of(votes, scale=Scale.BOXES)
    monkeypatch.setattr(alpha_explanation, "_MOST_PATTERNS", 100)
    assert (cost_of(votes, scale=Scale.BOXES), len(each)) == (each, MOST_COSTLY)

    whole = marked([{f"a{who}": random_spans(rng, 60) for who in range(3)} for _ in range(300)], [60] * 300)
    chosen = influences(whole, alpha_spans(whole))
    monkeypatch.setattr(alpha_explanation, "_MOST_PATTERNS", 300)
    every = influences(whole, alpha_spans(whole))
    known = ~np.isnan(chosen)
    assert known.sum() == 64
    assert np.array_equal(chosen[known], every[known])
    assert set(np.argsort(-every)[:MOST_COSTLY]) <= set(np.flatnonzero(known))


def test_a_picture_costs_what_alpha_over_its_objects_is_without_it():
    rng = np.random.default_rng(4)
    votes = {f"i{item:02}": {f"a{who}": random_boxes(rng) for who in range(3)} for item in range(12)}

    def without(*items):
        return point(alpha_boxes, tally_of({key: votes[key] for key in votes.keys() - items}, scale=Scale.BOXES))

    found = cost_of(votes, scale=Scale.BOXES)
    assert len(found) > 3
    for one in found:
        assert one.influence == pytest.approx(without(one.item) - without(), abs=1e-11)


def test_of_equal_units_those_whose_id_comes_first_and_what_they_were_given():
    votes = {f"i{n:02}": {"a": "x", "b": "x" if n % 2 else "y"} for n in range(40)}
    found = cost_of(votes)
    assert [one.item for one in found] == [f"i{n:02}" for n in range(0, 20, 2)]
    assert found[0] == Cost(item="i00", influence=found[0].influence, values={'"x"': 1, '"y"': 1})


def test_nothing_costs_where_alpha_is_undefined_or_perfect():
    assert cost_of({"i1": {"a": "x", "b": "x"}}) == ()
    assert cost_of({"i1": {"a": "x"}, "i2": {}}) == ()
    assert cost_of({"i1": {"a": "x", "b": "x"}, "i2": {"a": "y", "b": "y"}, "i3": {"a": "x", "b": "x"}}) == ()


def test_half_the_width_takes_four_times_the_units():
    wide = Coefficient(value=0.5, low=0.4, high=0.6)
    assert units_needed(wide, 100) == {"0.1": 400}
    assert units_needed(replace_ends(wide, 0.45, 0.55), 100) == {"0.1": 100}
    assert units_needed(Coefficient(value=None, reason="no-variation"), 100) is None
    assert units_needed(replace_ends(wide, 0.5, 0.5), 100) is None


def replace_ends(found, low, high):
    return Coefficient(value=found.value, low=low, high=high)
