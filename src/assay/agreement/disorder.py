"""Gamma: the disorder of the best alignment, compared with that of random annotations, for spans that may overlap.

Mathet, Y., Widlöcher, A. & Métivier, J.-P. (2015). The unified and holistic method gamma for inter-annotator agreement
measure and alignment. Computational Linguistics 41, 437-479, ch. 4 and 5.1. A unitary alignment has at most one span of
each annotator; its disorder is the mean over the pairs of annotators of the dissimilarity of their two spans, `empty`
for a span and none. An alignment has every span once; its disorder is the sum of those of its unitary alignments over
the mean number of spans of an annotator. The best one is found by assignment, of more than two annotators by integer
programming; of several best, one with the fewest unitary alignments.

gamma = 1 - disorder of the best alignment / disorder expected of annotators who mark at random. Random ones take the
spans of a real annotator and shift them round the text, by amounts at least half a span's mean length apart (ch. 5.2).
gamma_cat and gamma_k: Mathet, Y. (2017). The agreement measure gamma_cat, a complement to gamma focused on
categorization of a continuum. Computational Linguistics 43: on the best alignment the kinds alone, a pair weighing more
the closer its places; gamma_k of one kind. Of several texts, sums over texts replace the figures of one text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from assay.agreement.coefficient import DECIMALS
from assay.core import Floats, Ints, Mask
from assay.errors import LimitError
from assay.extras import load

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
        # d_pos = ((|start - start'| + |end - end'|) / (length + length'))^2 times d_empty.
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

    def pairs(self, marked: Marked, unlike: Dissimilarity) -> Floats:
        """Every two annotators in every unitary alignment of which one has a span at least; see `_Aligned.pairs`."""
        several = 1 / np.maximum(self.real.sum(axis=1) - 1, 1)
        parts = [np.zeros((0, 4))]
        for one, other in combinations(range(len(marked)), 2):
            left, right = self.real[:, one], self.real[:, other]
            both, alone = np.flatnonzero(left & right), np.flatnonzero(left ^ right)
            first, second = marked[one][self.chosen[both, one]], marked[other][self.chosen[both, other]]
            here = np.arange(len(both))
            # Weight of a pair: max(0, 1 - alpha d_pos) / (n_v - 1), n_v the spans of its unitary alignment.
            close = np.maximum(1 - unlike.alpha * unlike.places(first, second)[here, here], 0.0)
            apart = unlike.kinds(first, second)[here, here]
            parts.append(np.column_stack([first[:, 2], second[:, 2], several[both] * close, apart]))
            kinds = [
                np.where(real[alone], np.append(spans[:, 2], -1)[np.where(real, self.chosen[:, who], -1)[alone]], -1)
                for who, real, spans in ((one, left, marked[one]), (other, right, marked[other]))
            ]
            price = np.full(len(alone), unlike.empty)
            parts.append(np.column_stack([*kinds, price, price]))
        return np.concatenate(parts)


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
    if len(marked) > 2:
        return _of_several(marked, unlike, numbers)
    # By what each pair saves, which is less than two spans apart cost.
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
    # Set partitioning: every span is in exactly one unitary alignment, at the least sum of disorders.
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

    One that costs more than its spans cost apart is never in it (ch. 5.1.1).
    """
    people = len(marked)
    pairs = people * (people - 1) / 2
    between = {(one, other): unlike(marked[one], marked[other]) for one, other in combinations(range(people), 2)}
    chosen, cost, real = np.zeros((1, 0), dtype=np.int64), np.zeros(1), np.zeros(1)
    for who, spans in enumerate(marked):
        many = len(spans) + 1
        if len(chosen) * many > _MOST:
            raise LimitError(
                f"{len(chosen) * many:,} ways to align the spans are too many", fix="measure it text by text"
            )
        # All alignments so far, each with every span of the next annotator and with none.
        last = np.tile(np.arange(many), len(chosen))
        chosen, cost, real = np.repeat(chosen, many, axis=0), np.repeat(cost, many), np.repeat(real, many)
        cost = cost + sum((between[one, who][chosen[:, one], last] for one in range(who)), np.zeros(len(last)))
        real = real + (last < len(spans))
        chosen = np.column_stack([chosen, last])
        # Those that may still cost no more than their spans apart.
        kept = cost <= pairs * unlike.empty * (real + people - 1 - who) * (1 + _APART)
        chosen, cost, real = chosen[kept], cost[kept], real[kept]
    return chosen[real > 0], cost[real > 0] / pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma:
    """The result of `gamma`: values, None where undefined, and their basis.

    `value` is gamma, `error` the standard error that sampling alone leaves it with, `cat` is gamma_cat and `of_kind` gamma_k
    by kind. `disorder` is that of the best alignment, of `aligned` unitary alignments, `expected` its mean over `samples`
    random annotations. The best alignment does not depend on the samples.
    """

    value: float | None
    error: float | None
    cat: float | None
    of_kind: Mapping[str, float | None]
    disorder: float
    expected: float
    aligned: int
    samples: int


@dataclass(frozen=True, slots=True)
class _Aligned:
    """Alignments of some texts: their disorder, how many unitary ones there are, and the pairs of spans in them.

    `pairs` (K, 4): the two kinds, -1 where one has no span; the weight; what the kinds disagree by.
    """

    disorder: float
    aligned: int
    pairs: Floats

    @classmethod
    def of(cls, texts: Sequence[Marked], unlike: Dissimilarity) -> "_Aligned":
        found = [best_alignment(marked, unlike) for marked in texts]
        numbers = sum(np.mean([len(spans) for spans in marked]) for marked in texts)
        pairs = [alignment.pairs(marked, unlike) for marked, alignment in zip(texts, found, strict=True)]
        # Of all texts the disorder of a unitary alignment, over the mean number of spans of an annotator.
        return cls(
            sum(alignment.cost for alignment in found) / float(numbers),
            sum(len(alignment.chosen) for alignment in found),
            np.concatenate(pairs),
        )

    def by_kind(self, kind: int | None = None) -> float:
        """The disorder of kinds, of all pairs or of those that have a span of one kind; nan where there is none to weigh."""
        one, other, weight, apart = self.pairs.T
        chosen = np.ones(len(one), dtype=np.bool_) if kind is None else (one == kind) | (other == kind)
        total = weight[chosen].sum()
        return float((weight * apart)[chosen].sum() / total) if total > 0 else float("nan")


def gamma_of(
    texts: Sequence[Marked], kinds: Sequence[str], unlike: Dissimilarity, samples: int, rng: np.random.Generator
) -> Gamma:
    """Gamma of texts, each marked by two annotators or more."""
    observed = _Aligned.of(texts, unlike)
    drawn = [_Aligned.of([_shuffled(marked, rng) for marked in texts], unlike) for _ in range(samples)]
    expected = np.array([sample.disorder for sample in drawn])
    mean = float(expected.mean())
    # gamma = 1 - observed disorder / expected disorder; its error by that of the mean of the samples.
    value = 1 - observed.disorder / mean if mean > 0 else None
    spread = float(expected.std(ddof=1) / np.sqrt(samples)) if samples > 1 else None
    return Gamma(
        value=None if value is None else round(value, DECIMALS),
        error=None if value is None or spread is None else round((1 - value) * spread / mean, DECIMALS),
        cat=_corrected(observed.by_kind(), [sample.by_kind() for sample in drawn]),
        of_kind={
            kind: _corrected(observed.by_kind(code), [sample.by_kind(code) for sample in drawn])
            for code, kind in enumerate(kinds)
        },
        disorder=round(observed.disorder, DECIMALS),
        expected=round(mean, DECIMALS),
        aligned=observed.aligned,
        samples=samples,
    )


def _corrected(observed: float, drawn: Sequence[float]) -> float | None:
    known = np.array([number for number in drawn if not np.isnan(number)])
    if np.isnan(observed) or not len(known) or known.mean() <= 0:
        return None
    return round(float(1 - observed / known.mean()), DECIMALS)


def _shuffled(marked: Marked, rng: np.random.Generator) -> Marked:
    """As many annotators, each with the spans of a real one, shifted by a random amount and wrapped at the end."""
    every = np.concatenate(list(marked))
    if not len(every):
        return marked
    low, high = every[:, 0].min(), every[:, 1].max()
    near = (every[:, 1] - every[:, 0]).mean() / 2
    free = [(0.0, float(high - low))]
    found = []
    for _ in marked:
        room = np.array([end - start for start, end in free])
        place = free[int(rng.choice(len(free), p=room / room.sum()))] if free else (0.0, float(high - low))
        shift = rng.uniform(*place)
        # No other shift within half a mean length of this one.
        cut = [
            part for start, end in free for part in ((start, min(end, shift - near)), (max(start, shift + near), end))
        ]
        free = [(start, end) for start, end in cut if start < end]
        spans = marked[int(rng.integers(len(marked)))].copy()
        # What starts beyond the end goes on at the beginning.
        beyond = spans[:, 0] + shift > high
        spans[:, :2] += np.where(beyond, shift - (high - low), shift)[:, np.newaxis]
        found.append(spans)
    return found
