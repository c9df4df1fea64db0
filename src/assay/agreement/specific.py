"""Positive and negative specific agreement of a yes or no.

Cicchetti, D. V. & Feinstein, A. R. (1990). High agreement but low kappa: II. J Clin Epidemiol 43, 551-558. Over all
pairs of values of a unit: of those that hold the answer once at least, the share that hold it twice, each answer
counted. With two annotators positive agreement is the F1 of one against the other.
"""

import numpy as np

from assay.agreement.coefficient import Undefined, not_whole
from assay.agreement.likeness import Likeness
from assay.model.json import Json
from assay.table.tally import Tally


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
