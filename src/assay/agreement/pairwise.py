"""Agreement of each pair of annotators, and the mean similarity of their values.

Free texts have a similarity, not an agreement, for there is no model of chance: Levenshtein, V. I. (1966), by the package
`rapidfuzz`: 1 - edits / length of the longer. Popović, M. (2015). chrF: character n-gram F-score for automatic MT
evaluation. WMT, by the package `sacrebleu` with its default settings, each of the two texts being the reference once.
Texts are compared in Unicode's form NFC.

Positive and negative specific agreement of a yes or no: Cicchetti, D. V. & Feinstein, A. R. (1990). High agreement but
low kappa: II. J Clin Epidemiol 43, 551-558. Over all pairs of values of a unit: of those with the answer at least once,
the share with it twice, each answer counted. With two annotators positive agreement is the F1 of one against the other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

import numpy as np

from assay.agreement.coefficient import not_whole, ratios, two_of_each, unmeasured
from assay.core import Codes, Floats, Ints, Json, Patterns, Ratings, Scale, Tally, Undefined, canonical_text
from assay.errors import MissingExtraError
from assay.extras import load

_MOST_PAIRINGS = 10**8
_MOST_ANSWERS = 2**11
_CELLS_A_PAIRING = 400
_CELLS = 2**20
_BATCH = 2**22
_DENSE = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """K pairs of annotators who share a unit, by code, the `first` before the `second`; C cells of their tables.

    `units` (K,) is how many units a pair shares. A cell says how often (`counts`) the annotators of `pair` gave
    values `a` and `b`; cells without a unit are left out. Values are codes into a vocabulary of `values`.
    """

    first: Codes
    second: Codes
    units: Ints | Floats
    pair: Ints
    a: Codes
    b: Codes
    counts: Ints | Floats
    values: int

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.units)

    def marginals(self) -> tuple[Floats, Floats]:
        """How the first and the second of each pair spread over the values, as shares: two of (K, V)."""
        return self._shares(self.a), self._shares(self.b)

    def sums(self, scores: Floats) -> Floats:
        """Of each pair, the sum of a score of its cells, each as often as it occurs: (C,) to (K,)."""
        return np.bincount(self.pair, weights=self.counts * scores, minlength=len(self)).astype(np.float64)

    def sharing(self, least: int) -> "Pairs":
        """The pairs that share at least so many units."""
        kept = self.units >= least
        cells = kept[self.pair]
        return Pairs(
            first=self.first[kept],
            second=self.second[kept],
            units=self.units[kept],
            pair=(np.cumsum(kept) - 1)[self.pair[cells]],
            a=self.a[cells],
            b=self.b[cells],
            counts=self.counts[cells],
            values=self.values,
        )

    def _shares(self, codes: Codes) -> Floats:
        cells = self.pair * self.values + codes
        found = np.bincount(cells, weights=self.counts, minlength=len(self) * self.values)
        return np.asarray(found.reshape(len(self), self.values) / self.units[:, np.newaxis])


@lru_cache(maxsize=1)
def pairs(rated: Ratings) -> Pairs | None:
    """The tables of all pairs; None where the values make more than a hundred million pairs.

    The last are kept, for kappa and the rows of pairs.
    """
    sizes = np.bincount(rated.unit)
    pairings = int((sizes * (sizes - 1) // 2).sum())
    if pairings > _MOST_PAIRINGS:
        return None
    people, many = len(rated.annotators), len(rated.values)
    width = people * many
    answers = rated.annotator.astype(np.int64) * many + rated.codes
    by_bits = 0 < width <= _MOST_ANSWERS and len(sizes) * width * width <= _CELLS_A_PAIRING * pairings
    keys, counts = (_by_bits if by_bits else _by_lags)(rated.unit, answers, width)
    # A key is two answers, an answer an annotator and a value.
    one, other = np.divmod(keys, width)
    (first, a), (second, b) = np.divmod(one, many), np.divmod(other, many)
    known, pair = np.unique(first * people + second, return_inverse=True)
    return Pairs(
        first=(known // people).astype(np.int32),
        second=(known % people).astype(np.int32),
        units=np.bincount(pair, weights=counts, minlength=len(known)).astype(np.int64),
        pair=pair,
        a=a.astype(np.int32),
        b=b.astype(np.int32),
        counts=counts,
        values=many,
    )


def _by_bits(unit: Ints, answers: Ints, width: int) -> tuple[Ints, Ints]:
    """Two answers as one number, and how many units hold both: a bit for each unit that holds an answer, some at a time."""
    step, units = _CELLS // width // 64 * 64 + 64, int(unit[-1]) + 1
    together = np.zeros((width, width), dtype=np.int64)
    for start in range(0, units, step):
        inside = slice(*np.searchsorted(unit, [start, start + step]))
        held = np.zeros((width, step), dtype=np.bool_)
        held[answers[inside], unit[inside] - start] = True
        bits = np.packbits(held, axis=1).view(np.uint64)
        # How many units hold both answers: the bits that two rows have in common.
        for answer in range(width):
            both = np.bitwise_count(bits[answer] & bits[answer + 1 :])
            together[answer, answer + 1 :] += both.sum(axis=1, dtype=np.int64)
    counts = together.ravel()
    keys = np.flatnonzero(counts)
    return keys, counts[keys]


def _by_lags(unit: Ints, answers: Ints, width: int) -> tuple[Ints, Ints]:
    """The same for many answers: a unit's answers are paired with those one, two, three … places on."""
    parts = []
    for batch in _batches(unit, answers, width):
        if width * width > _DENSE * len(batch):
            parts.append(np.unique(batch, return_counts=True))
        else:
            often = np.bincount(batch, minlength=width * width)
            parts.append((np.flatnonzero(often), often[often > 0]))
    keys, position = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    counts = np.bincount(position, weights=np.concatenate([many for _, many in parts]), minlength=len(keys))
    return keys, counts.astype(np.int64)


def _batches(unit: Ints, answers: Ints, width: int) -> Iterator[Ints]:
    """All pairs of answers, some millions at a time."""
    held, many = [np.zeros(0, dtype=np.int64)], 0
    for lag in range(1, len(unit)):
        same = np.flatnonzero(unit[lag:] == unit[:-lag])
        if not len(same):
            break
        held.append(answers[same] * width + answers[same + lag])
        many += len(same)
        if many >= _BATCH:
            yield np.concatenate(held)
            held, many = [], 0
    if held:
        yield np.concatenate(held)


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
    one, other = two_of_each(patterns.rows)
    return one, other, patterns.counts[one] * patterns.counts[other]


def mean_likeness(patterns: Patterns, alike: Callable[[int, int], float]) -> Likeness:
    """The mean over all pairs of annotators of how `alike` their values are, by code; equal values are so by 1."""
    one, other, pairs = couples(patterns)
    codes = np.column_stack([patterns.codes[one], patterns.codes[other]])
    distinct, position = np.unique(codes, axis=0, return_inverse=True)
    found = np.array([alike(left, right) for left, right in distinct.tolist()], dtype=np.float64)
    summed = np.bincount(patterns.rows[one], weights=pairs * found[position.ravel()], minlength=len(patterns))
    # Pairs of equal values count 1 each; over all m (m - 1) / 2 pairs.
    equal: Floats = np.add.reduceat(patterns.counts * (patterns.counts - 1) / 2, patterns.starts[:-1])
    return Likeness(summed + equal, patterns.sizes * (patterns.sizes - 1) / 2)


def edit_similarity(tally: Tally) -> Likeness | Undefined:
    """1 - the normalised edit distance, the mean over all pairs of annotators."""

    def compare(texts: Sequence[str]) -> Callable[[int, int], float]:
        similarity = load("rapidfuzz.distance").Levenshtein.normalized_similarity
        return lambda one, other: float(similarity(texts[one], texts[other]))

    return _mean(tally, compare)


def chrf(tally: Tally) -> Likeness | Undefined:
    """ChrF as a share of 1, the mean over all pairs of annotators; of a pair the mean of both directions."""

    def compare(texts: Sequence[str]) -> Callable[[int, int], float]:
        metric = load("sacrebleu.metrics.chrf").CHRF()

        def score(one: int, other: int) -> float:
            there = metric.sentence_score(texts[one], [texts[other]])
            back = metric.sentence_score(texts[other], [texts[one]])
            return float(there.score + back.score) / 200

        return score

    return _mean(tally, compare)


def _mean(tally: Tally, compare: Callable[[Sequence[str]], Callable[[int, int], float]]) -> Likeness | Undefined:
    if reason := unmeasured(tally, Scale.TEXT):
        return reason
    texts = [value if isinstance(value, str) else canonical_text(value) for value in tally.values]
    try:
        return mean_likeness(tally.patterns, compare([normalize("NFC", text) for text in texts]))
    except MissingExtraError:
        return Undefined.NOT_INSTALLED


def specific(tally: Tally, answer: Json) -> Likeness | Undefined:
    """Agreement on yes, or on no."""
    if reason := not_whole(tally):
        return reason
    patterns = tally.patterns
    is_answer = np.array([value is answer for value in tally.values])
    answered = np.add.reduceat(patterns.counts * is_answer[patterns.codes], patterns.starts[:-1])
    # Of the values of a unit that are the answer: ordered pairs of two of them, and of one with any other value.
    both = (answered * (answered - 1)).astype(np.float64)
    either = (answered * (patterns.sizes - 1)).astype(np.float64)
    return Likeness(both, either)
