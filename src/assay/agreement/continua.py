"""`assay.agreement.gamma` and `assay.agreement.u_alpha`: spans of texts of one's own, for notebooks."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from assay.agreement.alignment import Dissimilarity, Marked
from assay.agreement.corpus import SEED
from assay.agreement.disorder import Gamma, gamma_of
from assay.agreement.options import number_option, whole_option
from assay.agreement.unitizing_2016 import UAlpha, u_alphas
from assay.errors import UsageError

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
        UsageError: a text has no two annotators, a span is none, a weight is below 0 or nothing, or there is no sample.
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
        UsageError: a text has no two annotators, a span is none or lies outside its text, or a length is missing.
    """
    marked, kinds = _marked(texts)
    told = list(length) if isinstance(length, Iterable) else [length]
    lengths = [number_option("length", one) for one in told]
    if len(lengths) != len(marked):
        raise UsageError(f"{len(marked)} texts and {len(lengths)} lengths", hint="length= has one for each text")
    for number, (one, reach) in enumerate(zip(marked, lengths, strict=True), start=1):
        every = np.concatenate(list(one))
        if len(every) and (every[:, 0].min() < 0 or every[:, 1].max() > reach):
            raise UsageError(
                f"text {number}: a span lies from {every[:, 0].min():g} to {every[:, 1].max():g}, the text from 0 to {reach:g}",
                hint="length= counts as the spans count: characters, tokens or milliseconds",
            )
    return u_alphas(marked, lengths, len(kinds))


def _marked(texts: Text | Sequence[Text]) -> tuple[list[Marked], list[str]]:
    """The spans as numbers, and the kinds."""
    several = [texts] if isinstance(texts, Mapping) else list(texts)
    if not several:
        raise UsageError("there is no text", hint=_LIKE)
    read = [_text(number, text) for number, text in enumerate(several, start=1)]
    kinds = sorted({kind for text in read for spans in text for _, _, kind in spans})
    if not kinds:
        raise UsageError("no text has a span", hint="leave out what nobody marked anything in")
    return [
        [np.array([(start, end, kinds.index(kind)) for start, end, kind in spans]).reshape(-1, 3) for spans in text]
        for text in read
    ], kinds


def _text(number: int, text: Any) -> list[list[tuple[float, float, str]]]:
    if not isinstance(text, Mapping) or len(text) < 2:
        raise UsageError(f"text {number} is no mapping of two annotators or more to their spans", hint=_LIKE)
    return [[_span(number, str(who), span) for span in text[who]] for who in sorted(text, key=str)]


def _span(number: int, who: str, span: Any) -> tuple[float, float, str]:
    place = [span.get("start"), span.get("end")] if isinstance(span, Mapping) else []
    numbers = [float(one) for one in place if isinstance(one, int | float | np.integer) and not isinstance(one, bool)]
    if len(numbers) < 2 or not all(map(isfinite, numbers)) or not numbers[0] < numbers[1]:
        raise UsageError(f"text {number}, {who!r}: {span!r} is no span from start to a later end", hint=_LIKE)
    return numbers[0], numbers[1], str(span.get("label", ""))
