"""The later family of alphas for unitizing: of places and kinds, of places alone, of kinds alone.

Krippendorff, K., Mathet, Y., Bouvry, S. & Widlöcher, A. (2016). On the reliability of unitizing textual continua: further
developments. Quality & Quantity 50, 2347-2364. Each annotator cuts a text into spans and the gaps that no span covers.
The observed coincidence of two kinds is the length on which annotators' sections of these kinds meet, a pair weighing
1 / (m - 1); the expected one is in proportion to the product of their lengths, less what a section makes with itself:
the square of a span's length, the length of a gap. A gap is a kind as others are, so the coefficients do not depend on
how long a span is but on how much is marked: one text of m annotators is like m texts of as many positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from assay.agreement.alignment import Marked
from assay.agreement.coefficient import DECIMALS
from assay.table.columns import Floats

_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class UAlpha:
    """What `u_alpha` found; None where nothing shows that kinds, or marked and not marked, are told apart.

    `nominal` (u-alpha) takes kinds and gaps apart, `binary` (|u-alpha) marked from not marked, `cu` (cu-alpha) the kinds
    where both marked: there a high value says nothing of the places.
    """

    nominal: float | None
    binary: float | None
    cu: float | None


def u_alphas(texts: Sequence[Marked], lengths: Sequence[float], kinds: int) -> UAlpha:
    """The three alphas of texts, each marked by two annotators or more, with the length of each."""
    met, alone = np.zeros((kinds + 1, kinds + 1)), np.zeros(kinds + 1)
    for marked, length in zip(texts, lengths, strict=True):
        sections = [_sections(spans, length, kinds) for spans in marked]
        for one, other in permutations(sections, 2):
            met += _meeting(one, other, kinds + 1) / (len(marked) - 1)
        for own in sections:
            size = own[:, 1] - own[:, 0]
            weights = np.where(own[:, 2] == kinds, size, size**2)
            alone += np.bincount(own[:, 2].astype(np.int64), weights=weights, minlength=kinds + 1)
    marks = _merged(met)
    return UAlpha(
        nominal=_alpha(met, met.sum(axis=1), alone),
        binary=_alpha(marks, marks.sum(axis=1), np.array([alone[:kinds].sum(), alone[kinds]])),
        cu=_alpha(met[:kinds, :kinds], met.sum(axis=1)[:kinds], alone[:kinds]),
    )


def _alpha(met: Floats, lengths: Floats, alone: Floats) -> float | None:
    """1 - the share of different kinds where sections meet over that of chance."""
    total, chance = met.sum(), lengths.sum() ** 2 - alone.sum()
    differ = lengths.sum() ** 2 - (lengths**2).sum()
    if total <= _NOTHING or chance <= _NOTHING or differ <= _NOTHING:
        return None
    return round(float(1 - (total - np.trace(met)) / total / (differ / chance)), DECIMALS)


def _merged(met: Floats) -> Floats:
    """All kinds taken as one: marked, not marked."""
    return np.array([[met[:-1, :-1].sum(), met[:-1, -1].sum()], [met[-1, :-1].sum(), met[-1, -1]]])


def _sections(spans: Floats, length: float, gap: int) -> Floats:
    """The spans, and the gaps as another kind, (S, 3)."""
    order = spans[np.argsort(spans[:, 0], kind="stable")]
    covered = np.maximum.accumulate(np.concatenate([[0.0], order[:, 1]]))
    gaps = np.column_stack([covered, np.append(order[:, 0], length), np.full(len(covered), gap)])
    return np.concatenate([spans, gaps[gaps[:, 0] < gaps[:, 1]]])


def _meeting(one: Floats, other: Floats, kinds: int) -> Floats:
    """On what length sections of one annotator meet those of another, by their kinds, (K, K)."""
    start = np.maximum(one[:, np.newaxis, 0], other[np.newaxis, :, 0])
    end = np.minimum(one[:, np.newaxis, 1], other[np.newaxis, :, 1])
    cells = (one[:, np.newaxis, 2] * kinds + other[np.newaxis, :, 2]).astype(np.int64)
    met = np.bincount(cells.ravel(), weights=np.maximum(end - start, 0.0).ravel(), minlength=kinds * kinds)
    return np.asarray(met.reshape(kinds, kinds), dtype=np.float64)
