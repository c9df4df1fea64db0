"""Free texts: how similar, which is not agreement, for there is no model of chance.

Levenshtein, V. I. (1966), by the package `rapidfuzz`: 1 - edits / length of the longer. Popović, M. (2015). chrF:
character n-gram F-score for automatic MT evaluation. WMT, by the package `sacrebleu` with its usual settings, each of
the two texts being the reference once. Texts are compared in Unicode's form NFC.
"""

from collections.abc import Callable, Sequence
from unicodedata import normalize

from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.likeness import Likeness, mean_likeness
from assay.errors import MissingExtraError
from assay.extras import load
from assay.model.json import Json
from assay.model.schema import Scale
from assay.model.values import canonical_text
from assay.table.tally import Tally


def edit_similarity(tally: Tally) -> Likeness | Undefined:
    """1 - the normalised edit distance, the mean over all pairs of annotators."""
    return _mean(tally, _edits)


def chrf(tally: Tally) -> Likeness | Undefined:
    """ChrF as a share of 1, the mean over all pairs of annotators."""
    return _mean(tally, _ngrams)


def _mean(tally: Tally, of: Callable[[Sequence[str]], Callable[[int, int], float]]) -> Likeness | Undefined:
    if tally.field.scale is not Scale.TEXT:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    try:
        return mean_likeness(tally.patterns, of([_text(value) for value in tally.values]))
    except MissingExtraError:
        return Undefined.NOT_INSTALLED


def _edits(texts: Sequence[str]) -> Callable[[int, int], float]:
    similarity = load("rapidfuzz.distance").Levenshtein.normalized_similarity
    return lambda one, other: float(similarity(texts[one], texts[other]))


def _ngrams(texts: Sequence[str]) -> Callable[[int, int], float]:
    metric = load("sacrebleu.metrics.chrf").CHRF()

    def score(one: int, other: int) -> float:
        there = metric.sentence_score(texts[one], [texts[other]])
        back = metric.sentence_score(texts[other], [texts[one]])
        return float(there.score + back.score) / 200

    return score


def _text(value: Json) -> str:
    return normalize("NFC", value if isinstance(value, str) else canonical_text(value))
