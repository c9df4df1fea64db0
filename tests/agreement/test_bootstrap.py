import numpy as np
import pytest

from assay.agreement.ac import ac1
from assay.agreement.alpha import alpha
from assay.agreement.bootstrap import intervals, resamples
from assay.agreement.percent import percent
from assay.model.schema import Scale
from estimates import table, tally_of


def votes_like(units: int, seed: int = 0, raters: int = 3, levels: int = 3):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, levels, (units, 1))
    data = np.where(rng.random((units, raters)) < 0.7, truth, rng.integers(0, levels, (units, raters)))
    return table(data.tolist())


def interval_of(make, whole, samples=1000, seed=1):
    (ends,) = intervals(whole, [make(whole)], np.random.default_rng(seed), samples)
    return ends


@pytest.mark.parametrize("levels", [2, 40])
def test_every_sample_holds_as_many_units_as_the_data(levels):
    whole = tally_of(votes_like(90, levels=levels) | table([[1]]))
    for weights in resamples(whole, 50, np.random.default_rng(0)):
        assert (weights @ whole.patterns.pairable == 90 - 1).all()
        assert (weights.sum(axis=1) == 90).all()


@pytest.mark.parametrize("scale", [Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL])
@pytest.mark.parametrize("levels", [2, 6])
def test_drawing_patterns_is_drawing_units(scale, levels):
    votes = votes_like(60, seed=3, levels=levels)
    whole = tally_of(votes, scale=scale)
    low, high = interval_of(alpha, whole, samples=4000)
    rng = np.random.default_rng(9)
    estimate, units = alpha(whole), list(votes)
    patterns = np.repeat(np.arange(len(whole.patterns)), whole.patterns.units)
    draws = [np.bincount(rng.choice(patterns, len(units)), minlength=len(whole.patterns)) for _ in range(4000)]
    slow = np.quantile(estimate(np.array(draws, dtype=np.float64)), [0.025, 0.975])
    assert [low, high] == pytest.approx(slow, abs=0.02)


def test_few_and_many_copies_are_drawn_from_the_same_distribution():
    whole = tally_of(votes_like(100, levels=2))
    assert whole.patterns.units.sum() > 8 * len(whole.patterns)
    one_by_one = tally_of(votes_like(100, levels=2), groups={f"u{n:03}": f"g{n}" for n in range(100)})
    many, few = interval_of(alpha, whole, 4000), interval_of(alpha, one_by_one, 4000)
    assert many == pytest.approx(few, abs=0.02)


def test_groups_are_drawn_whole_and_widen_the_interval():
    votes = {
        f"u{group:02}{unit}": {"a": group % 2, "b": (group % 2) ^ (group % 5 == 0)}
        for group in range(20)
        for unit in range(10)
    }
    units, groups = tally_of(votes), tally_of(votes, groups={item: item[:3] for item in votes})
    for weights in resamples(groups, 20, np.random.default_rng(0)):
        assert (weights.sum(axis=1) == 200).all()
        assert (weights % 10 == 0).all()
    narrow, wide = interval_of(alpha, units), interval_of(alpha, groups)
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_undefined_samples_are_left_out_and_no_interval_stands_on_a_minority():
    rare = tally_of(table([["a", "a"]] * 9 + [["a", "b"]]))
    assert interval_of(alpha, rare) is not None
    constant = tally_of(table([["a", "a"]] * 5), values=("a", "b"))
    assert interval_of(alpha, constant) is None
    assert interval_of(percent, constant) == (1, 1)


def test_the_seed_decides_and_the_order_of_the_data_does_not():
    votes = votes_like(80, levels=8)
    backwards = {item: dict(reversed(row.items())) for item, row in reversed(votes.items())}
    whole, again = tally_of(votes), tally_of(backwards)
    for make in (alpha, ac1, percent):
        assert interval_of(make, whole) == interval_of(make, again)
        assert interval_of(make, whole) != interval_of(make, whole, seed=2)


def test_samples_made_in_chunks_are_as_many_as_asked_for(monkeypatch):
    whole = tally_of(votes_like(30))
    monkeypatch.setattr("assay.agreement.bootstrap._CELLS", 7 * len(whole.patterns))
    assert [len(weights) for weights in resamples(whole, 25, np.random.default_rng(0))] == [7, 7, 7, 4]


@pytest.mark.parametrize("units", [120, 1])
def test_one_group_or_one_unit_has_no_spread_that_could_be_drawn(units):
    votes = votes_like(units, levels=2)
    in_one = tally_of(votes, groups=dict.fromkeys(votes, "g"))
    in_two = tally_of(votes, groups={unit: "gh"[number % 2] for number, unit in enumerate(votes)})
    assert interval_of(percent, in_one) is None
    assert (interval_of(percent, in_two) is None) == (units == 1)
