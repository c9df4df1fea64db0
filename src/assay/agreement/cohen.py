"""Cohen's kappa of every pair of annotators, at once.

Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20, 37-46;
(1968) Weighted kappa. Psychological Bulletin 70, 213-220. Standard errors: Fleiss, J. L., Cohen, J. & Everitt, B. S.
(1969). Large sample standard errors of kappa and weighted kappa. Psychological Bulletin 72, 323-327. Only units that
both rated count.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined, ratios
from assay.agreement.pairs import Pairs
from assay.agreement.weights import Weights
from assay.table.columns import Floats

MIN_SHARED = 20
"""What two annotators say of fewer units is not held against each other."""


@dataclass(frozen=True, slots=True)
class Kappas:
    """Of each pair (K,): observed and expected agreement, and kappa, nan where chance alone explains everything."""

    observed: Floats
    expected: Floats
    kappa: Floats


@dataclass(frozen=True, slots=True)
class MeanKappa:
    """The mean kappa, and how many pairs it rests on."""

    value: float
    pairs: int


def cohen(pairs: Pairs, weights: Weights) -> Kappas:
    """Kappa of each pair, weighted where `weights` have a table."""
    first, second = pairs.marginals()
    observed = pairs.sums(_cells(pairs, weights)) / np.maximum(pairs.units, 1)
    expected = (weights.times(first) * second).sum(axis=1)
    return Kappas(observed, expected, _corrected(observed, expected))


def kappa_max(pairs: Pairs) -> Floats:
    """The largest kappa that the two marginals of each pair allow, (K,): Cohen (1960)."""
    first, second = pairs.marginals()
    return _corrected(np.minimum(first, second).sum(axis=1), (first * second).sum(axis=1))


def standard_errors(pairs: Pairs, weights: Weights) -> Floats:
    """The large-sample standard error of each pair's kappa, (K,)."""
    found = cohen(pairs, weights)
    first, second = pairs.marginals()
    of_rows, of_columns = weights.times(second), weights.times(first)
    mean = of_rows[pairs.pair, pairs.a] + of_columns[pairs.pair, pairs.b]
    left, missed = 1 - found.expected, 1 - found.observed
    squares = (_cells(pairs, weights) * left[pairs.pair] - mean * missed[pairs.pair]) ** 2
    spread = pairs.sums(squares) / pairs.units
    centre = (found.observed * found.expected - 2 * found.expected + found.observed) ** 2
    variance = ratios(spread - centre, left**4) / pairs.units
    return np.asarray(np.sqrt(np.maximum(variance, 0)))


def mean_kappa(pairs: Pairs, weights: Weights, min_shared: int = MIN_SHARED) -> MeanKappa | Undefined:
    """The mean of the kappas of all pairs that share `min_shared` units, each weighing as many units as the pair shares.

    Light, R. J. (1971). Measures of response agreement for qualitative data. Psychological Bulletin 76, 365-377: where
    everybody rated everything, the plain mean over pairs. A kappa rests on the two marginals of its pair. On the few
    units that two of a crowd share these are noise, and where the two agree on all of them kappa is mostly undefined,
    so that a mean over such pairs would be of those who disagree.
    """
    enough = pairs.sharing(min_shared)
    if not len(enough):
        return Undefined.FEW_SHARED_UNITS
    kappa = cohen(enough, weights).kappa
    defined = ~np.isnan(kappa)
    if not defined.any():
        return Undefined.NO_VARIATION
    return MeanKappa(float(np.average(kappa[defined], weights=enough.units[defined])), int(defined.sum()))


def _cells(pairs: Pairs, weights: Weights) -> Floats:
    if weights.table is None:
        return np.equal(pairs.a, pairs.b).astype(np.float64)
    return np.asarray(weights.table[pairs.a, pairs.b])


def _corrected(observed: Floats, expected: Floats) -> Floats:
    return ratios(observed - expected, 1 - expected)
