"""The best alignment of the spans of several annotators, and its disorder.

Mathet, Y., Widlöcher, A. & Métivier, J.-P. (2015). The unified and holistic method gamma for inter-annotator
agreement measure and alignment. Computational Linguistics 41, 437-479, ch. 4 and 5.1. A unitary alignment holds at
most one span of each annotator; its disorder is the mean over the pairs of annotators of how unlike their two spans
are, a span and none being `empty` unlike. An alignment holds every span once; its disorder is the sum of those of its
unitary alignments over the mean number of spans of an annotator. The best one is found by assignment, of more than
two annotators by integer programming; where several are, it is one of those with the fewest unitary alignments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from assay.errors import LimitError
from assay.extras import load
from assay.table.columns import Floats, Ints, Mask

Marked: TypeAlias = Sequence[Floats]
"""Of each annotator the spans: start, end and the code of the kind, (S, 3)."""

_MOST = 8_000_000
_APART = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissimilarity:
    """How unlike two spans are: `alpha` times by place, `beta` times by kind; `empty` where there is but one."""

    alpha: float = 1.0
    beta: float = 1.0
    empty: float = 1.0

    def places(self, one: Floats, other: Floats) -> Floats:
        """The squared distance of starts and ends, as a share of both lengths, of spans (S, 3) and (T, 3): (S, T)."""
        apart = np.abs(one[:, np.newaxis, :2] - other[np.newaxis, :, :2]).sum(axis=2)
        length = (one[:, 1] - one[:, 0])[:, np.newaxis] + (other[:, 1] - other[:, 0])
        return np.asarray((apart / length) ** 2 * self.empty)

    def kinds(self, one: Floats, other: Floats) -> Floats:
        """`empty` where the kinds differ, else 0, (S, T)."""
        return np.where(one[:, np.newaxis, 2] == other[np.newaxis, :, 2], 0.0, self.empty)

    def __call__(self, one: Floats, other: Floats) -> Floats:
        """(S + 1, T + 1): the last row and column are those of no span."""
        both = self.alpha * self.places(one, other) + self.beta * self.kinds(one, other)
        return np.pad(both, (0, 1), constant_values=self.empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """`chosen` (U, A) says which span of each annotator a unitary alignment holds, `real` where it holds one.

    `cost` is the sum of the disorders of its unitary alignments.
    """

    chosen: Ints
    real: Mask
    cost: float


def best_alignment(marked: Marked, unlike: Dissimilarity) -> Alignment:
    """The alignment of least disorder of the spans of two annotators or more.

    Raises:
        LimitError: there are more than eight million unitary alignments to look at.
        MissingExtraError: scipy is not installed.
    """
    numbers = np.array([len(spans) for spans in marked])
    if not numbers.sum():
        nothing = np.zeros((0, len(marked)), dtype=np.int64)
        return Alignment(chosen=nothing, real=nothing > 0, cost=0.0)
    return _of_two(marked, unlike) if len(marked) == 2 else _of_several(marked, unlike, numbers)


def _of_two(marked: Marked, unlike: Dissimilarity) -> Alignment:
    """By what each pair saves, which is less than two spans apart cost."""
    between = unlike(*marked)[:-1, :-1]
    saved = np.minimum(between - (2 + _APART) * unlike.empty, 0.0)
    one, other = load("scipy.optimize").linear_sum_assignment(saved)
    one, other = one[saved[one, other] < 0], other[saved[one, other] < 0]
    left, right = (len(spans) for spans in marked)
    first, second = np.setdiff1d(np.arange(left), one), np.setdiff1d(np.arange(right), other)
    chosen = np.column_stack(
        [
            np.concatenate([one, first, np.full(len(second), left)]),
            np.concatenate([other, np.full(len(first), right), second]),
        ]
    )
    cost = between[one, other].sum() + unlike.empty * (len(first) + len(second))
    return Alignment(chosen=chosen, real=chosen < [left, right], cost=float(cost))


def _of_several(marked: Marked, unlike: Dissimilarity, numbers: Ints) -> Alignment:
    chosen, cost = _candidates(marked, unlike)
    real = chosen < numbers
    which, who = np.nonzero(real)
    first = np.concatenate([[0], np.cumsum(numbers)])
    optimize, sparse = load("scipy.optimize"), load("scipy.sparse")
    holds = sparse.csr_array((np.ones(len(which)), (first[who] + chosen[which, who], which)), (first[-1], len(chosen)))
    found = optimize.milp(
        cost + _APART * unlike.empty,
        constraints=optimize.LinearConstraint(holds, 1, 1),
        integrality=np.ones(len(chosen)),
        bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    taken = found.x > 0.5
    return Alignment(chosen=chosen[taken], real=real[taken], cost=float(cost[taken].sum()))


def _candidates(marked: Marked, unlike: Dissimilarity) -> tuple[Ints, Floats]:
    """The unitary alignments that could be in the best one, (U, A), with their disorders, (U,).

    One that costs more than its spans cost apart is in none (ch. 5.1.1).
    """
    people = len(marked)
    pairs = people * (people - 1) / 2
    between = {(one, other): unlike(marked[one], marked[other]) for one, other in combinations(range(people), 2)}
    chosen, cost, real = np.zeros((1, 0), dtype=np.int64), np.zeros(1), np.zeros(1)
    for who, spans in enumerate(marked):
        many = len(spans) + 1
        if len(chosen) * many > _MOST:
            raise LimitError(
                f"{len(chosen) * many:,} ways to align the spans are too many", hint="measure it text by text"
            )
        last = np.tile(np.arange(many), len(chosen))
        chosen, cost, real = np.repeat(chosen, many, axis=0), np.repeat(cost, many), np.repeat(real, many)
        cost = cost + sum((between[one, who][chosen[:, one], last] for one in range(who)), np.zeros(len(last)))
        real = real + (last < len(spans))
        chosen = np.column_stack([chosen, last])
        kept = cost <= pairs * unlike.empty * (real + people - 1 - who) * (1 + _APART)
        chosen, cost, real = chosen[kept], cost[kept], real[kept]
    return chosen[real > 0], cost[real > 0] / pairs
