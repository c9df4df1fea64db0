"""The bootstrap over units, or over groups of units, done on patterns.

Efron, B. & Tibshirani, R. (1993). An Introduction to the Bootstrap: percentile intervals. Units with the same pattern
contribute the same, so how often each pattern is drawn when N units are drawn with replacement is exactly a
multinomial: (N; units of the pattern / N). A group is drawn whole. Units that can be compared and units that cannot
(one value) are drawn apart, so that every sample has as many of both as the data.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from assay.agreement.coefficient import Estimator
from assay.table.columns import Floats, Ints, Mask
from assay.table.tally import Patterns, Tally

SAMPLES = 1000
CONFIDENCE = 0.95

_CELLS = 2**20
_FEW_COPIES = 8


def intervals(
    tally: Tally, estimators: Sequence[Estimator], rng: np.random.Generator, samples: int = SAMPLES
) -> tuple[tuple[float, float] | None, ...]:
    """The 95% percentile interval of each estimator, from the same samples.

    Samples in which a coefficient is undefined are left out; None where these are more than half, and where there is
    but one unit or group to draw, for then every sample is the data themselves.
    """
    if _draws(tally.patterns) < 2:
        return (None,) * len(estimators)
    chunks = [[estimate(weights) for estimate in estimators] for weights in resamples(tally, samples, rng)]
    return tuple(_percentiles(np.concatenate(estimates)) for estimates in zip(*chunks, strict=True))


def resamples(tally: Tally, samples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """How many units of each pattern each sample holds, (r, P), in chunks of r that keep memory bounded."""
    patterns = tally.patterns
    draw, copies = _clusters(patterns)
    per_draw = np.where(patterns.cluster < 0, 1, patterns.units)
    comparable = np.bincount(draw, weights=patterns.pairable) > 0
    chunk = max(1, _CELLS // max(len(patterns), len(tally.values)))
    for start in range(0, samples, chunk):
        drawn = np.zeros((min(chunk, samples - start), len(copies)), dtype=np.int64)
        for stratum in (comparable, ~comparable):
            drawn[:, stratum] = _draw(copies[stratum], len(drawn), rng)
        yield (drawn[:, draw] * per_draw).astype(np.float64)


def _draws(patterns: Patterns) -> int:
    """How many clusters with something to compare there are to draw from."""
    draw, copies = _clusters(patterns)
    return int(copies[np.bincount(draw, weights=patterns.pairable, minlength=len(copies)) > 0].sum())


def _clusters(patterns: Patterns) -> tuple[Ints, Ints]:
    """Which kind of cluster each pattern is drawn with, (P,), and how many clusters are of that kind, (D,)."""
    alone = patterns.cluster < 0
    kind = np.where(alone, -1 - np.arange(len(patterns)), patterns.cluster)
    _, first, draw = np.unique(kind, return_index=True, return_inverse=True)
    return draw, np.where(alone, patterns.units, 1)[first]


def _draw(copies: Ints, samples: int, rng: np.random.Generator) -> Ints:
    """As many draws as there are clusters, counted by kind, (samples, D).

    One by one where kinds have few copies, else by the conditional binomials of the multinomial: whichever is faster.
    """
    kinds, total = len(copies), int(copies.sum())
    if total > _FEW_COPIES * kinds:
        return rng.multinomial(total, copies / total, size=samples)
    kind = np.repeat(np.arange(kinds), copies)
    drawn = kind[rng.integers(0, max(total, 1), size=(samples, total), dtype=np.int32)]
    offset = np.arange(samples)[:, np.newaxis] * kinds
    return np.bincount((drawn + offset).ravel(), minlength=samples * kinds).reshape(samples, kinds)


def _percentiles(estimates: Floats) -> tuple[float, float] | None:
    defined: Mask = ~np.isnan(estimates)
    if 2 * defined.sum() < len(estimates):
        return None
    low, high = np.quantile(estimates[defined], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
