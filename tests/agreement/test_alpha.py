from fractions import Fraction
from itertools import permutations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.agreement import alpha as alphas
from assay.agreement import disagreement
from assay.agreement.alpha import alpha
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from estimates import contingency, point, table, tally_of
from fresh import examples

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, examples A, B and C
A = table([[0, 1], [1, 1], [0, 1], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0], [1, 0], [0, 0]])
B = table([list(pair) for pair in ("ab", "aa", "bb", "bb", "db", "cc", "cc", "cc", "ee", "dd", "dd", "ad")])
C = table(
    [
        [1, 1, None, 1],
        [2, 2, 3, 2],
        [3, 3, 3, 3],
        [3, 3, 3, 3],
        [2, 2, 2, 2],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [1, 1, 2, 1],
        [2, 2, 2, 2],
        [None, 5, 5, 5],
        [None, None, 1, 1],
        [None, 3, None, None],
    ]
)
# Krippendorff (2004), Content Analysis, p. 227, and (1980) p. 139
K2004 = table([list(pair) for pair in ("aa", "ab", "bb", "bb", "bb", "bb", "bc", "cc", "cc", "cc", "cc", "cc")])
K1980 = table([[int(d) for d in row] for row in ("111", "122", "222", "444", "144", "222", "123", "333", "222")])
# Hayes & Krippendorff (2007), Answering the Call for a Standard Reliability Measure, p. 84
HAYES = table(
    [
        [None if digit == "." else int(digit) for digit in row]
        for row in [
            "112.2",
            "1101.",
            "2333.",
            ".00.0",
            "000.0",
            "000.0",
            "102.1",
            "1.20.",
            "222.2",
            "2111.",
            ".100.",
            "0000.",
            "1222.",
            "33223",
            "111.1",
            "111.1",
            "212.2",
            "1233.",
            "1101.",
            "000.0",
            "0011.",
            "00.00",
            "2333.",
            "0000.",
            "12.22",
            "0111.",
            "00010",
            "1212.",
            "1122.",
            "112.2",
            "110.0",
            "2121.",
            "22.22",
            "3222.",
            "222.2",
            "223.2",
            "222.2",
            "22.12",
            "2222.",
            "111.1",
        ]
    ]
)
# The nine units of DKPro Statistics' SetAnnotationsTest
SETS = table(
    [
        [list(one), list(other)]
        for one, _, other in (
            pair.partition("/") for pair in ["/", "A/", "A/A", "A/B", "AB/A", "AB/AC", "ABC/ABC", "C/AC", "C/AC"]
        )
    ]
)


@pytest.mark.parametrize(
    ("votes", "scale", "published", "digits"),
    [
        pytest.param(A, Scale.NOMINAL, 0.095, 3, id="2011 A"),
        pytest.param(B, Scale.NOMINAL, 0.692, 3, id="2011 B"),
        pytest.param(C, Scale.NOMINAL, 0.743, 3, id="2011 C"),
        pytest.param(C, Scale.ORDINAL, 0.815, 3, id="2011 C ordinal"),
        pytest.param(C, Scale.INTERVAL, 0.849, 3, id="2011 C interval"),
        pytest.param(C, Scale.RATIO, 0.797, 3, id="2011 C ratio"),
        pytest.param(K2004, Scale.NOMINAL, 0.734, 3, id="2004 p. 227"),
        pytest.param(K1980, Scale.NOMINAL, 0.642, 3, id="1980 p. 139"),
        pytest.param(K1980, Scale.INTERVAL, 0.547, 3, id="1980 p. 139 interval"),
        pytest.param(K1980, Scale.RATIO, 0.483, 3, id="1980 p. 139 ratio"),
        pytest.param(HAYES, Scale.ORDINAL, 0.7598, 4, id="2007 ordinal"),
        pytest.param(HAYES, Scale.NOMINAL, 0.477, 3, id="2007 nominal"),
        pytest.param(HAYES, Scale.INTERVAL, 0.757, 3, id="2007 interval"),
    ],
)
def test_alpha_is_as_published(votes, scale, published, digits):
    assert round(point(alpha, tally_of(votes, scale=scale)), digits) == published


def test_sets_are_compared_by_masi():
    assert point(alpha, tally_of(SETS, scale=Scale.SET)) == pytest.approx(0.273081, abs=1e-6)


def test_high_agreement_on_a_rare_value_can_be_worse_than_chance():
    assert point(alpha, tally_of(contingency([[118, 5], [2, 0]]))) == pytest.approx(-0.024691, abs=1e-6)


def test_perfect_agreement_is_exactly_one_on_every_scale():
    numbers = table([[v, v, v] for v in (1, 2, 2, 5, 7.3)])
    for scale in (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO):
        assert point(alpha, tally_of(numbers, scale=scale)) == pytest.approx(1, abs=1e-15)
    assert point(alpha, tally_of(table([[["p"], ["p"]], [[], []]]), scale=Scale.SET)) == 1


@pytest.mark.parametrize(
    ("votes", "scale", "reason"),
    [
        (table([[0.1, 0.1, 0.1], [0.1, 0.1]]), Scale.INTERVAL, None),
        (table([["a", "a"], ["b", None]]), Scale.NOMINAL, None),
        (table([["a", None], [None, "b"]]), Scale.NOMINAL, Undefined.NO_PAIRABLE_UNITS),
        (table([[None, None]]), Scale.ORDINAL, Undefined.NO_PAIRABLE_UNITS),
        (table([["free", "text"]]), Scale.TEXT, Undefined.SCALE_NOT_MEASURED),
        (table([[1, "many"], [2, 2]]), Scale.INTERVAL, Undefined.NON_NUMERIC_VALUE),
        (table([[1, -1]]), Scale.RATIO, Undefined.NEGATIVE_RATIO_VALUE),
    ],
)
def test_alpha_is_undefined_rather_than_a_number(votes, scale, reason):
    whole = tally_of(votes, scale=scale)
    assert point(alpha, whole) is None
    if reason:
        assert alpha(whole) is reason


def test_a_negative_number_that_nobody_can_be_compared_with_does_no_harm_on_a_ratio_scale():
    assert point(alpha, tally_of(table([[1, 2], [3, 3], [-1, None]]), scale=Scale.RATIO)) is not None


@pytest.mark.parametrize("scale", [Scale.INTERVAL, Scale.RATIO])
def test_alpha_does_not_depend_on_the_unit_of_measurement(scale):
    rows = [[1, 2], [3, 3], [5, 4]]
    small, huge = (tally_of(table([[v * unit for v in row] for row in rows]), scale=scale) for unit in (1.0, 2.0**1000))
    assert point(alpha, small) == point(alpha, huge)


def test_two_zeros_agree_on_a_ratio_scale():
    assert point(alpha, tally_of(table([[0, 0], [0, 0], [4, 4]]), scale=Scale.RATIO)) == 1


@pytest.mark.parametrize("seed", range(300))
def test_alpha_is_that_of_the_krippendorff_package(seed):
    rng = np.random.default_rng(seed)
    units, raters, levels = rng.integers(2, 30), rng.integers(2, 8), rng.integers(2, 9)
    data = rng.integers(0, levels, (units, raters)).astype(float)
    data[rng.random(data.shape) < rng.choice([0, 0.2, 0.6])] = np.nan
    votes = table([[None if np.isnan(value) else int(value) for value in row] for row in data])
    for scale in (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO):
        ours = point(alpha, tally_of(votes, scale=scale))
        if ours is not None:
            assert ours == pytest.approx(krippendorff.alpha(data.T, level_of_measurement=scale), abs=1e-12)


def exact(rows: list[list[int]], scale: Scale) -> Fraction | None:
    """Alpha by its definition: every pair, in fractions."""
    rows = [row for row in rows if len(row) > 1]
    pool = [value for row in rows for value in row]
    count = {value: pool.count(value) for value in pool}
    rank = {v: sum(count[w] for w in count if w < v) + Fraction(count[v], 2) for v in count}
    distance = {
        Scale.NOMINAL: lambda a, b: Fraction(a != b),
        Scale.ORDINAL: lambda a, b: (rank[a] - rank[b]) ** 2,
        Scale.INTERVAL: lambda a, b: Fraction(a - b) ** 2,
        Scale.RATIO: lambda a, b: Fraction(a - b, a + b) ** 2 if a + b else Fraction(0),
    }[scale]
    observed = sum(sum(distance(*pair) for pair in permutations(row, 2)) / (len(row) - 1) for row in rows)
    expected = sum(distance(*pair) for pair in permutations(pool, 2))
    return 1 - observed * (len(pool) - 1) / expected if len(count) > 1 else None


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=1, max_size=7),
    st.sampled_from([Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO]),
)
@settings(max_examples=examples(150), deadline=None)
def test_alpha_is_its_definition_in_fractions(rows, scale):
    ours, definition = point(alpha, tally_of(table(rows), scale=scale)), exact(rows, scale)
    assert (ours is None) == (definition is None)
    if definition is not None:
        assert ours == pytest.approx(float(definition), abs=1e-12)


@pytest.mark.slow
def test_more_values_than_units_take_the_sparse_way_to_the_same_number():
    rng = np.random.default_rng(4)
    data = (rng.random((120, 1)) + rng.random((120, 3)) / 4).round(3)
    for scale in (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO):
        ours = point(alpha, tally_of(table(data.tolist()), scale=scale))
        assert ours == pytest.approx(krippendorff.alpha(data.T, level_of_measurement=scale), abs=1e-12)


@pytest.mark.parametrize("scale", [Scale.RATIO, Scale.SET])
def test_of_many_values_alpha_is_exact_and_samples_of_it_nearly_so(scale, monkeypatch):
    rng = np.random.default_rng(8)
    numbers = rng.integers(0, 400, (300, 1)) + rng.integers(0, 60, (300, 2))
    rows = [
        [[bit for bit in range(9) if n >> bit & 1] if scale is Scale.SET else n for n in row]
        for row in numbers.tolist()
    ]
    whole = tally_of(table(rows), scale=scale)
    samples = np.stack([rng.multinomial(300, whole.patterns.units / 300) for _ in range(40)]).astype(np.float64)
    exact = point(alpha, whole), alpha(whole)(samples)
    monkeypatch.setattr(disagreement, "_MOST_EXACT", 1)
    assert point(alpha, whole) == pytest.approx(exact[0], abs=1e-12)
    assert alpha(whole)(samples) == pytest.approx(exact[1], abs=0.01)


@pytest.mark.parametrize("scale", [Scale.RATIO, Scale.SET])
def test_more_values_than_can_be_compared_pair_by_pair_are_a_reason(scale, monkeypatch):
    monkeypatch.setattr(alphas, "_MOST_VALUES", 1)
    assert alpha(tally_of(table([[1, 2]]), scale=scale)) is Undefined.TOO_MANY_VALUES
    assert point(alpha, tally_of(table([[1, 2], [1, 1]]), scale=Scale.INTERVAL)) == 0.0


def test_numbers_that_are_close_for_their_size_are_told_apart():
    far = table([[1e9, 1e9 + 2**-23 * (n % 2)] for n in range(9)])
    near = table([[0, n % 2] for n in range(9)])
    assert point(alpha, tally_of(far, scale=Scale.INTERVAL)) == point(alpha, tally_of(near, scale=Scale.INTERVAL))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [Scale.INTERVAL, Scale.RATIO])
def test_numbers_too_close_to_tell_apart_do_not_vary(scale):
    rows = [[2**53, 2**53 + 1], [2**53, 2**53]]
    assert point(alpha, tally_of(table(rows), scale=scale)) is None
