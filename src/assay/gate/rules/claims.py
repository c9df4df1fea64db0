"""Whether several bounds hold at once, each estimated with an error.

A claim says that its margin is not negative. Under `test: low` two different questions are put, so that there are three
answers:

- Is a claim refuted? One-sided p-value Phi(margin / error) of a margin of at least 0, and of all claims those that
  Benjamini & Hochberg (1995) reject at 5%. One is enough for `fail`.
- Are all claims carried? Each by its own 95% interval: where all must hold, no interval needs widening for their number
  (intersection-union test; Berger 1982, Technometrics 24, 295-300). Only then `pass`.
- Neither: `insufficient`. More units would tell.

Under `test: value` the estimates are taken as they are: `fail` where a margin is negative, else `pass`.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from assay.model.verdict import Outcome
from assay.quality.benjamini import rejected
from assay.quality.wilson import Z95
from assay.table.columns import Floats, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The margin of each claim, (n,), its standard error (nan: not known), and whether its interval carries it."""

    margin: Floats
    error: Floats
    carried: Mask


def weighed(claims: Claims, *, test: str) -> tuple[Outcome, Mask]:
    """What at least one claim comes to, and the claims, (n,), that decide it."""
    if test == "value":
        negative = claims.margin < 0
        return (Outcome.FAIL, negative) if negative.any() else (Outcome.PASS, ~negative)
    refuted = np.zeros(len(claims.margin), dtype=np.bool_)
    known = ~np.isnan(claims.error)
    refuted[known] = rejected(p_values(claims.margin[known], claims.error[known]))
    if refuted.any():
        return Outcome.FAIL, refuted
    return (Outcome.PASS, claims.carried) if claims.carried.all() else (Outcome.INSUFFICIENT, ~claims.carried)


def p_values(margin: Floats, error: Floats) -> Floats:
    """How probable an estimate this low is where the margin is 0: Phi(margin / error), (n,); 0 or 1 without error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(error > 0, margin / error, np.where(margin < 0, -np.inf, np.inf))
    return np.array([erfc(-one / sqrt(2)) / 2 for one in scaled.tolist()], dtype=np.float64)


def standard_error(low: Floats, high: Floats) -> Floats:
    """The error that a normal estimate with this 95% interval has: its width over 2 * 1.96."""
    return np.asarray((high - low) / (2 * Z95))
