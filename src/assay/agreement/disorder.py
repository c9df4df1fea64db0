"""Gamma: the disorder of the best alignment against that of chance, for spans that may overlap.

Mathet, Widlöcher & Métivier (2015), see `assay.agreement.alignment`; gamma is 1 - the disorder of the best alignment
over that expected of annotators who mark at random. Random ones take the spans of a real annotator and shift them
round the text, by places at least half a span's mean length from each other (ch. 5.2). gamma_cat and gamma_k are
those of Mathet (2017). The agreement measure gamma_cat, a complement to gamma focused on categorization of a
continuum. Computational Linguistics 43: on the best alignment the kinds alone, a pair weighing more the closer its
places; gamma_k with one kind.

Of several texts the sums over texts of disorders and of mean numbers of spans take the place of one text's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assay.agreement.alignment import Alignment, Dissimilarity, Marked, best_alignment
from assay.agreement.coefficient import DECIMALS
from assay.table.columns import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma:
    """What `gamma` found: values, None where undefined, and what they rest on.

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
    observed = _aligned(texts, unlike)
    drawn = [_aligned([_shuffled(marked, rng) for marked in texts], unlike) for _ in range(samples)]
    expected = np.array([one.disorder for one in drawn])
    mean = float(expected.mean())
    value = 1 - observed.disorder / mean if mean > 0 else None
    spread = float(expected.std(ddof=1) / np.sqrt(samples)) if samples > 1 else None
    return Gamma(
        value=None if value is None else round(value, DECIMALS),
        error=None if value is None or spread is None else round((1 - value) * spread / mean, DECIMALS),
        cat=_corrected(observed.by_kind(), [one.by_kind() for one in drawn]),
        of_kind={
            kind: _corrected(observed.by_kind(code), [one.by_kind(code) for one in drawn])
            for code, kind in enumerate(kinds)
        },
        disorder=round(observed.disorder, DECIMALS),
        expected=round(mean, DECIMALS),
        aligned=observed.aligned,
        samples=samples,
    )


def _corrected(observed: float, drawn: Sequence[float]) -> float | None:
    known = np.array([one for one in drawn if not np.isnan(one)])
    if np.isnan(observed) or not len(known) or known.mean() <= 0:
        return None
    return round(float(1 - observed / known.mean()), DECIMALS)


def _aligned(texts: Sequence[Marked], unlike: Dissimilarity) -> _Aligned:
    found = [best_alignment(marked, unlike) for marked in texts]
    numbers = sum(np.mean([len(spans) for spans in marked]) for marked in texts)
    pairs = [_pairs(marked, one, unlike) for marked, one in zip(texts, found, strict=True)]
    return _Aligned(
        sum(one.cost for one in found) / float(numbers),
        sum(len(one.chosen) for one in found),
        np.concatenate(pairs),
    )


def _pairs(marked: Marked, found: Alignment, unlike: Dissimilarity) -> Floats:
    """Every two annotators in every unitary alignment of which one has a span at least; see `_Aligned.pairs`."""
    several = 1 / np.maximum(found.real.sum(axis=1) - 1, 1)
    parts = [np.zeros((0, 4))]
    for one, other in combinations(range(len(marked)), 2):
        left, right = found.real[:, one], found.real[:, other]
        both, alone = np.flatnonzero(left & right), np.flatnonzero(left ^ right)
        first, second = marked[one][found.chosen[both, one]], marked[other][found.chosen[both, other]]
        here = np.arange(len(both))
        close = np.maximum(1 - unlike.alpha * unlike.places(first, second)[here, here], 0.0)
        apart = unlike.kinds(first, second)[here, here]
        parts.append(np.column_stack([first[:, 2], second[:, 2], several[both] * close, apart]))
        kinds = [
            np.where(real[alone], np.append(spans[:, 2], -1)[np.where(real, found.chosen[:, who], -1)[alone]], -1)
            for who, real, spans in ((one, left, marked[one]), (other, right, marked[other]))
        ]
        price = np.full(len(alone), unlike.empty)
        parts.append(np.column_stack([*kinds, price, price]))
    return np.concatenate(parts)


def _shuffled(marked: Marked, rng: np.random.Generator) -> Marked:
    """Annotators with spans of a real one each, shifted round the text."""
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
        cut = [
            part for start, end in free for part in ((start, min(end, shift - near)), (max(start, shift + near), end))
        ]
        free = [(start, end) for start, end in cut if start < end]
        spans = marked[int(rng.integers(len(marked)))].copy()
        beyond = spans[:, 0] + shift > high
        spans[:, :2] += np.where(beyond, shift - (high - low), shift)[:, np.newaxis]
        found.append(spans)
    return found
