"""Conger's kappa: Cohen's for many annotators, who each have marginals of their own.

Conger, A. J. (1980). Integration and generalization of kappas for multiple raters. Psychological Bulletin 88, 322-328.
With missing values, weights and the linearised variance as Gwet, K. L. (2014), Handbook of Inter-Rater Reliability,
4th ed., ch. 2 and 5, has it. p_e is the sum over k, l of w_kl (p_k p_l - s_kl / r), with p_k the mean over the r
annotators of their shares of k, and s_kl the covariance of these shares between annotators.
"""

from dataclasses import dataclass

import numpy as np

from assay.agreement.weights import Weights
from assay.table.columns import Floats, Ints
from assay.table.ratings import Ratings

_MOST_CELLS = 2**24


@dataclass(frozen=True, slots=True)
class Conger:
    """The coefficient with its linearised standard error; nan where there is one unit."""

    value: float
    se: float


def conger(rated: Ratings, weights: Weights) -> Conger | None:
    """None where it is undefined: one annotator, one value, nothing shared, or too many of both for a table."""
    people, values = len(rated.annotators), len(rated.values)
    sizes = np.bincount(rated.unit)
    if people < 2 or values < 2 or (sizes < 2).all() or people * values > _MOST_CELLS:
        return None
    agreement, comparable = _agreement(rated, weights, sizes), sizes >= 2
    observed = agreement[comparable].mean()
    shares = _shares(rated)
    mean = shares.mean(axis=0)
    weighted = weights.times(shares)
    squares = (weighted * shares).sum()
    spread = (squares - people * weights.times(mean[np.newaxis])[0] @ mean) / (people - 1)
    expected = weights.times(mean[np.newaxis])[0] @ mean - spread / people
    if expected >= 1:
        return None
    value = (observed - expected) / (1 - expected)
    own = len(sizes) / comparable.sum() * (agreement - expected * comparable) / (1 - expected)
    linear = own - 2 * (1 - value) * (_by_chance(rated, weights, shares) - expected) / (1 - expected)
    units = len(sizes)
    error = np.sqrt(((linear - value) ** 2).sum() / (units * (units - 1))) if units > 1 else np.nan
    return Conger(float(value), float(error))


def _agreement(rated: Ratings, weights: Weights, sizes: Ints) -> Floats:
    """Of each unit the agreement of its ratings, 0 where there is one, (U,)."""
    values = len(rated.values)
    cells, counts = np.unique(rated.unit * values + rated.codes, return_counts=True)
    unit, code = np.divmod(cells, values)
    if weights.table is None:
        pairs = np.bincount(unit, weights=counts * (counts - 1), minlength=len(sizes))
    else:
        table = np.zeros((len(sizes), values))
        table[unit, code] = counts
        pairs = (table * (table @ weights.table - 1)).sum(axis=1)
    return np.asarray(pairs / np.maximum(sizes * (sizes - 1), 1))


def _shares(rated: Ratings) -> Floats:
    """Of each annotator the shares of the values, (A, V)."""
    people, values = len(rated.annotators), len(rated.values)
    cells = rated.annotator.astype(np.int64) * values + rated.codes
    given = np.bincount(cells, minlength=people * values).reshape(people, values)
    return np.asarray(given / given.sum(axis=1, keepdims=True))


def _by_chance(rated: Ratings, weights: Weights, shares: Floats) -> Floats:
    """What each unit adds to the agreement by chance, (U,)."""
    people = len(shares)
    units = int(rated.unit.max()) + 1
    given = np.bincount(rated.annotator, minlength=people)
    others = shares.sum(axis=0) - shares
    expected = (weights.times(shares) * others).sum(axis=1)
    seen = weights.times(others)[rated.annotator, rated.codes]
    scale = units / given[rated.annotator]
    changes = np.bincount(rated.unit, weights=scale * (seen - expected[rated.annotator]), minlength=units)
    return np.asarray((expected.sum() + changes) / (people * (people - 1)))
