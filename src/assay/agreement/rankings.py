"""Rankings: how far annotators put the same options in the same order.

Kendall, M. G. (1945). The treatment of ties in ranking problems. Biometrika 33: tau-b of two rankings is the number
of pairs of options in the same order less that in opposite order, over the root of the pairs that the one and the
other do not tie. The mean is over all pairs of annotators of all units, each on the options that both rank; two
rankings of which one ties everything say nothing of each other. Chance alone gives 0.

Kendall, M. G. & Babington Smith, B. (1939). The problem of m rankings: W is the variance of the sums of ranks over
the largest that m rankings could have, with ties 12 S / (m^2 (n^3 - n) - m sum T), T being the sum of t^3 - t over
the groups of t tied options. The mean is over units. Chance alone gives 1 / m; it is not defined where a rank is
missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.pairwise_similarity import Likeness, couples
from assay.model.rankings import standing
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints, Mask
from assay.table.tally import Tally

_CELLS = 2**22
_MOST_CELLS = 2**26


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The rank of each of N options in each of V values, (V, N); 0 where the value does not rank it."""

    ranks: Floats

    @property
    def named(self) -> Mask:
        """Which options a value ranks, (V, N)."""
        return np.asarray(self.ranks > 0)

    @property
    def ties(self) -> Floats:
        """The sum over a value's groups of t tied options of t^3 - t, (V,)."""
        at_one = (self.ranks[:, :, np.newaxis] == self.ranks[:, np.newaxis]) & self.named[:, np.newaxis]
        size = at_one.sum(axis=2, dtype=np.float64)
        return np.asarray(((size**2 - 1) * self.named).sum(axis=1))

    def pairs(self) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """Of every two options how each value orders them (1, -1; 0 tied), and whether it ranks both, (V, N(N-1)/2)."""
        one, other = np.triu_indices(self.ranks.shape[1], k=1)
        both = (self.named[:, one] & self.named[:, other]).astype(np.int8)
        return np.sign(self.ranks[:, other] - self.ranks[:, one]).astype(np.int8) * both, both


def tau_b(tally: Tally) -> Likeness | Undefined:
    """The mean tau-b of all pairs of annotators."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    patterns = tally.patterns
    orders, both = found.pairs()
    one, other, many = couples(patterns)
    same = np.arange(len(patterns.codes))
    left, right = np.concatenate([one, same]), np.concatenate([other, same])
    pairs = np.concatenate([many, patterns.counts * (patterns.counts - 1) // 2])
    codes = np.column_stack([patterns.codes[left], patterns.codes[right]])
    distinct, place = np.unique(codes, axis=0, return_inverse=True)
    tau = np.concatenate([np.zeros(0), *_tau(orders, both, distinct)])[place.ravel()]
    compared = np.where(np.isnan(tau), 0, pairs)
    rows = patterns.rows[left]
    alike = np.bincount(rows, weights=compared * np.nan_to_num(tau), minlength=len(patterns))
    number = np.bincount(rows, weights=compared, minlength=len(patterns))
    return Likeness(alike.astype(np.float64), number.astype(np.float64))


def kendall_w(tally: Tally) -> Likeness | Undefined:
    """The mean W of the units with two rankings or more."""
    found = _read(tally)
    if isinstance(found, Undefined):
        return found
    patterns = tally.patterns
    counts = patterns.counts[:, np.newaxis]
    named = np.add.reduceat(counts * found.named[patterns.codes], patterns.starts[:-1])
    sums = np.add.reduceat(counts * found.ranks[patterns.codes], patterns.starts[:-1])
    raters = patterns.sizes[:, np.newaxis]
    if ((named > 0) & (named < raters) & patterns.pairable[:, np.newaxis]).any():
        return Undefined.MISSING_RANKS
    options = (named > 0).sum(axis=1)
    mean = patterns.sizes * (options + 1) / 2
    spread = (np.where(named > 0, sums - mean[:, np.newaxis], 0.0) ** 2).sum(axis=1)
    ties = np.add.reduceat(patterns.counts * found.ties[patterns.codes], patterns.starts[:-1])
    largest = patterns.sizes**2 * (options**3 - options) - patterns.sizes * ties
    defined = patterns.pairable & (largest > 0)
    w = np.divide(12 * spread, largest, out=np.zeros(len(patterns)), where=defined)
    return Likeness(w, defined.astype(np.float64))


def _read(tally: Tally) -> _Ranks | Undefined:
    if tally.field.scale is not Scale.RANKING:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    stands = [standing(value) for value in tally.values]
    place = {text: code for code, text in enumerate(sorted({text for one in stands for text in one}))}
    if len(stands) * len(place) ** 2 > _MOST_CELLS:
        return Undefined.TOO_MANY_VALUES
    ranks = np.zeros((len(stands), len(place)))
    for row, one in enumerate(stands):
        for text, (_, rank) in one.items():
            ranks[row, place[text]] = rank
    return _Ranks(ranks)


def _tau(orders: NDArray[np.int8], both: NDArray[np.int8], codes: Ints) -> Iterator[Floats]:
    """Tau-b of values given by two codes, (K, 2); nan where it is undefined; some at a time."""
    step = max(1, _CELLS // max(orders.shape[1], 1))
    for start in range(0, len(codes), step):
        one, other = codes[start : start + step].T
        agree = (orders[one] * orders[other]).sum(axis=1, dtype=np.int64)
        first = (np.abs(orders[one]) * both[other]).sum(axis=1, dtype=np.int64)
        second = (np.abs(orders[other]) * both[one]).sum(axis=1, dtype=np.int64)
        scale = np.sqrt(first * second)
        yield np.divide(agree, scale, out=np.full(len(one), np.nan), where=scale > 0)
