"""`assay.agreement.gamma` and `assay.agreement.u_alpha`: agreement on spans of texts, for notebooks.

`u_alpha` is the later family of alphas for unitizing, of places and kinds, of places alone, of kinds alone:
Krippendorff, K., Mathet, Y., Bouvry, S. & Widlöcher, A. (2016). On the reliability of unitizing textual continua:
further developments. Quality & Quantity 50, 2347-2364. Each annotator cuts a text into spans and the gaps that no
span covers. The observed coincidence of two kinds is the length on which annotators' sections of these kinds meet, a
pair weighing 1 / (m - 1); the expected one is in proportion to the product of their lengths, less what a section
makes with itself: the square of a span's length, the length of a gap. A gap is a kind as others are, so the
coefficients do not depend on how long a span is but on how much is marked: one text of m annotators is like m texts
of as many positions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from assay.agreement.api import number_option, whole_option
from assay.agreement.coefficient import DECIMALS
from assay.agreement.corpus import SEED
from assay.agreement.disorder import Dissimilarity, Gamma, Marked, gamma_of
from assay.core import Floats
from assay.errors import UsageError

_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class UAlpha:
    """The result of `u_alpha`; None where all that was marked is of one kind, or nothing is unmarked.

    `nominal` (u-alpha) takes kinds and gaps apart, `binary` (|u-alpha) marked from not marked, `cu` (cu-alpha) the kinds
    where both marked, whatever the places.
    """

    nominal: float | None
    binary: float | None
    cu: float | None


def u_alphas(texts: Sequence[Marked], lengths: Sequence[float], kinds: int) -> UAlpha:
    """The three alphas of texts, each marked by two annotators or more, with the length of each."""
    width = kinds + 1
    met, alone = np.zeros((width, width)), np.zeros(width)
    for marked, length in zip(texts, lengths, strict=True):
        sections = []
        for spans in marked:
            # The spans, and the gaps as another kind, (S, 3).
            order = spans[np.argsort(spans[:, 0], kind="stable")]
            covered = np.maximum.accumulate(np.concatenate([[0.0], order[:, 1]]))
            gaps = np.column_stack([covered, np.append(order[:, 0], length), np.full(len(covered), kinds)])
            sections.append(np.concatenate([spans, gaps[gaps[:, 0] < gaps[:, 1]]]))
        for one, other in permutations(sections, 2):
            # l_ck, the observed coincidences: the length on which sections meet, a pair weighing 1 / (m - 1).
            start = np.maximum(one[:, np.newaxis, 0], other[np.newaxis, :, 0])
            end = np.minimum(one[:, np.newaxis, 1], other[np.newaxis, :, 1])
            cells = (one[:, np.newaxis, 2] * width + other[np.newaxis, :, 2]).astype(np.int64)
            both = np.maximum(end - start, 0.0).ravel()
            found = np.bincount(cells.ravel(), weights=both, minlength=width * width).reshape(width, width)
            met += np.asarray(found, dtype=np.float64) / (len(marked) - 1)
        for own in sections:
            size = own[:, 1] - own[:, 0]
            # What a section makes with itself: l^2 of a span, l of a gap; taken from the product of lengths.
            weights = np.where(own[:, 2] == kinds, size, size**2)
            alone += np.bincount(own[:, 2].astype(np.int64), weights=weights, minlength=width)
    marks = np.array([[met[:-1, :-1].sum(), met[:-1, -1].sum()], [met[-1, :-1].sum(), met[-1, -1]]])
    return UAlpha(
        nominal=_alpha(met, met.sum(axis=1), alone),
        binary=_alpha(marks, marks.sum(axis=1), np.array([alone[:kinds].sum(), alone[kinds]])),
        cu=_alpha(met[:kinds, :kinds], met.sum(axis=1)[:kinds], alone[:kinds]),
    )


def _alpha(met: Floats, lengths: Floats, alone: Floats) -> float | None:
    """1 - the share of different kinds where sections meet over that of chance."""
    total, chance = met.sum(), lengths.sum() ** 2 - alone.sum()
    differ = lengths.sum() ** 2 - (lengths**2).sum()
    # D_o, the share of the met length on which kinds differ; D_e, that of the product of lengths, less the own sections.
    if total <= _NOTHING or chance <= _NOTHING or differ <= _NOTHING:
        return None
    return round(float(1 - (total - np.trace(met)) / total / (differ / chance)), DECIMALS)


Text: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""Of each annotator of a text the spans, `{"start": 0, "end": 5, "label": "person"}`."""

_LIKE = "write {'ada': [{'start': 0, 'end': 5, 'label': 'person'}], 'ben': []}, or a list of such texts"


def gamma(
    texts: Text | Sequence[Text],
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    empty: float = 1.0,
    samples: int = 100,
    seed: int = SEED,
) -> Gamma:
    """Gamma of one text or several: agreement on spans that may overlap; see `assay.agreement.disorder`.

    `alpha` weighs the distance of places, `beta` that of kinds, `empty` is the price of a span that has no partner.
    The chance it corrects by is sampled, so gamma has an `error`; one seed gives one result.

    Raises:
        UsageError: a text has fewer than two annotators, a span or a weight is not valid, or `samples` is below 1.
        LimitError: a text has too many spans to align.
        MissingExtraError: scipy is not installed.
    """
    unlike = Dissimilarity(
        alpha=number_option("alpha", alpha),
        beta=number_option("beta", beta),
        empty=number_option("empty", empty, above=True),
    )
    samples, seed = whole_option("samples", samples, 1), whole_option("seed", seed, 0)
    marked, kinds = _marked(texts)
    return gamma_of(marked, kinds, unlike, samples, np.random.default_rng(seed))


def u_alpha(texts: Text | Sequence[Text], length: float | Sequence[float]) -> UAlpha:
    """The later alphas for unitizing of one text or several; `length` is how long each is, counted as its spans count.

    Raises:
        UsageError: a text has fewer than two annotators, a span is not valid or outside its text, or a length is missing.
    """
    marked, kinds = _marked(texts)
    several = length if isinstance(length, Iterable) else [length]
    lengths = [number_option("length", number) for number in several]
    if len(lengths) != len(marked):
        raise UsageError(f"{len(marked)} texts and {len(lengths)} lengths", fix="give length= one number for each text")
    for number, (text, reach) in enumerate(zip(marked, lengths, strict=True), start=1):
        every = np.concatenate(list(text))
        if len(every) and (every[:, 0].min() < 0 or every[:, 1].max() > reach):
            raise UsageError(
                f"text {number}: a span lies from {every[:, 0].min():g} to {every[:, 1].max():g}, the text from 0 to {reach:g}",
                fix="give length= in the unit of the spans: characters, tokens or milliseconds",
            )
    return u_alphas(marked, lengths, len(kinds))


def _marked(texts: Text | Sequence[Text]) -> tuple[list[Marked], list[str]]:
    several = [texts] if isinstance(texts, Mapping) else list(texts)
    if not several:
        raise UsageError("no texts", fix=_LIKE)
    read = [_text(number, text) for number, text in enumerate(several, start=1)]
    kinds = sorted({kind for text in read for spans in text for _, _, kind in spans})
    if not kinds:
        raise UsageError("no text has a span", fix="pass texts in which at least one annotator marked a span")
    return [
        [np.array([(start, end, kinds.index(kind)) for start, end, kind in spans]).reshape(-1, 3) for spans in text]
        for text in read
    ], kinds


def _text(number: int, text: Any) -> list[list[tuple[float, float, str]]]:
    if not isinstance(text, Mapping) or len(text) < 2:
        raise UsageError(f"text {number} does not map two annotators or more to their spans", fix=_LIKE)
    found = []
    for who in sorted(text, key=str):
        spans = []
        for span in text[who]:
            ends = [span.get("start"), span.get("end")] if isinstance(span, Mapping) else []
            place = [float(at) for at in ends if isinstance(at, int | float | np.integer) and not isinstance(at, bool)]
            if len(place) < 2 or not all(map(isfinite, place)) or not place[0] < place[1]:
                raise UsageError(f"text {number}, {str(who)!r}: {span!r} is not a span with start < end", fix=_LIKE)
            spans.append((place[0], place[1], str(span.get("label", ""))))
        found.append(spans)
    return found
