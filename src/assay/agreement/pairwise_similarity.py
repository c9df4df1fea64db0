"""How alike two values of a unit are on average: a share of each pattern, for values that no chance model fits.

Free texts are similar, which is not agreement, for there is no model of chance: Levenshtein, V. I. (1966), by the
package `rapidfuzz`: 1 - edits / length of the longer. Popović, M. (2015). chrF: character n-gram F-score for
automatic MT evaluation. WMT, by the package `sacrebleu` with its usual settings, each of the two texts being the
reference once. Texts are compared in Unicode's form NFC.

Positive and negative specific agreement of a yes or no: Cicchetti, D. V. & Feinstein, A. R. (1990). High agreement
but low kappa: II. J Clin Epidemiol 43, 551-558. Over all pairs of values of a unit: of those that hold the answer
once at least, the share that hold it twice, each answer counted. With two annotators positive agreement is the F1 of
one against the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np

from assay.agreement.coefficient import Undefined, not_whole, obstacle, ratios
from assay.errors import MissingExtraError
from assay.extras import load
from assay.model.json import Json
from assay.model.schema import Scale
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints
from assay.table.tally import Patterns, Tally


@dataclass(frozen=True, slots=True)
class Likeness:
    """An estimator: the sum of `alike` over the sum of `compared`, each (P,), over the units drawn."""

    alike: Floats
    compared: Floats

    def __call__(self, weights: Floats) -> Floats:
        """(R, P) to (R,); nan where nothing is compared."""
        return ratios(weights @ self.alike, weights @ self.compared)

    def slope(self, weights: Floats) -> Floats:
        """How much the mean of units (P,) grows with one unit more of each pattern, (P,)."""
        (mean,) = self(weights[np.newaxis])
        return np.asarray((self.alike - mean * self.compared) / (weights @ self.compared))


def couples(patterns: Patterns) -> tuple[Ints, Ints, Ints]:
    """Of each unit the pairs of different values: two entries, and how many pairs of annotators gave them, (K,) each."""
    lengths = patterns.lengths
    first: list[Ints] = []
    second: list[Ints] = []
    for lag in range(1, int(lengths.max(initial=0))):
        left = np.flatnonzero(patterns.rows[lag:] == patterns.rows[:-lag])
        first.append(left)
        second.append(left + lag)
    nothing = np.zeros(0, dtype=np.int64)
    one, other = np.concatenate([nothing, *first]), np.concatenate([nothing, *second])
    return one, other, patterns.counts[one] * patterns.counts[other]


def equals(patterns: Patterns) -> Floats:
    """Of a unit of each pattern, the pairs of annotators who gave one value, (P,)."""
    return np.add.reduceat(patterns.counts * (patterns.counts - 1) / 2, patterns.starts[:-1])


def mean_likeness(patterns: Patterns, alike: Callable[[int, int], float]) -> Likeness:
    """The mean over all pairs of annotators of how `alike` their values are, by code; equal values are so by 1."""
    one, other, pairs = couples(patterns)
    codes = np.column_stack([patterns.codes[one], patterns.codes[other]])
    distinct, position = np.unique(codes, axis=0, return_inverse=True)
    found = np.array([alike(left, right) for left, right in distinct.tolist()], dtype=np.float64)
    summed = np.bincount(patterns.rows[one], weights=pairs * found[position.ravel()], minlength=len(patterns))
    return Likeness(summed + equals(patterns), patterns.sizes * (patterns.sizes - 1) / 2)


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


def positive(tally: Tally) -> Likeness | Undefined:
    """Agreement on yes."""
    return _specific(tally, answer=True)


def negative(tally: Tally) -> Likeness | Undefined:
    """Agreement on no."""
    return _specific(tally, answer=False)


def _specific(tally: Tally, answer: Json) -> Likeness | Undefined:
    reason = not_whole(tally)
    if reason:
        return reason
    patterns = tally.patterns
    is_answer = np.array([value is answer for value in tally.values])
    given = np.add.reduceat(patterns.counts * is_answer[patterns.codes], patterns.starts[:-1])
    both = (given * (given - 1)).astype(np.float64)
    either = (given * (patterns.sizes - 1)).astype(np.float64)
    return Likeness(both, either)
