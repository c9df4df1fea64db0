"""Coefficients of small tables, for tests of agreement."""

from collections.abc import Callable, Sequence

import numpy as np

from assay.agreement.coefficient import Estimator
from assay.core.agreement_result import Undefined
from assay.core.rated_units import Ratings, ratings
from assay.core.tallies import Tally, tally
from assay.core.values import Json
from corpora import corpus_of

Votes = dict[str, dict[str, Json]]


def table(rows: Sequence[Sequence[Json]]) -> Votes:
    """Units by raters, as papers print them; None is a missing value."""
    return {
        f"u{unit:03}": {f"r{rater}": value for rater, value in enumerate(row) if value is not None}
        for unit, row in enumerate(rows)
    }


def contingency(counts: Sequence[Sequence[int]]) -> Votes:
    """Two raters' cross table: rows the first, columns the second."""
    cells = [(a, b, n) for a, row in enumerate(counts) for b, n in enumerate(row)]
    return table([[a, b] for a, b, n in cells for _ in range(n)])


def tally_of(votes: Votes, **how) -> Tally:
    """The tally of `corpus_of(votes, …)`."""
    corpus, field = corpus_of(votes, **how)
    return tally(corpus, field, np.ones(len(corpus.annotations), dtype=np.bool_))


def rated_of(votes: Votes, **how) -> Ratings:
    """The ratings of `corpus_of(votes, …)`."""
    corpus, field = corpus_of(votes, **how)
    return ratings(corpus, field, np.ones(len(corpus.annotations), dtype=np.bool_))


def point(make: Callable[[Tally], Estimator | Undefined], whole: Tally) -> float | None:
    """The coefficient of the tally itself; None where it is undefined."""
    estimator = make(whole)
    if isinstance(estimator, Undefined):
        return None
    value = float(estimator(whole.patterns.units[np.newaxis].astype(np.float64))[0])
    return None if np.isnan(value) else value
