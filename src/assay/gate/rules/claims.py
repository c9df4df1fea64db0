"""Whether several bounds hold at once, each estimated with an error.

Under `test: low` two different questions are put, so that there are three answers:

- Is a claim refuted? By its one-sided p-value, and of all claims those that Benjamini & Hochberg (1995) reject at 5%:
  where all are just true, one is refuted in 5% of cases. One is enough for `fail`.
- Are all claims carried? Each by its own 95% interval: where all must hold, no interval needs widening for their number
  (intersection-union test; Berger 1982, Technometrics 24, 295-300). Only then `pass`.
- Neither: `insufficient`. More units would tell.

Under `test: value` the estimates are taken as they are: `fail` where a margin is negative, else `pass`.
"""

from dataclasses import dataclass

import numpy as np

from assay.model.verdict import Outcome
from assay.quality.benjamini import rejected
from assay.table.columns import Floats, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The margin of each claim, (n,), its p-value (nan: not known), and whether its interval carries it.

    `more` claims are not listed, for they cannot be among those that are refuted.
    """

    margin: Floats
    p_value: Floats
    carried: Mask
    more: int = 0


def weighed(claims: Claims, *, test: str) -> tuple[Outcome, Mask]:
    """What at least one claim comes to, and the claims, (n,), that decide it."""
    if test == "value":
        negative = claims.margin < 0
        return (Outcome.FAIL, negative) if negative.any() else (Outcome.PASS, ~negative)
    refuted = np.zeros(len(claims.margin), dtype=np.bool_)
    known = np.flatnonzero(~np.isnan(claims.p_value))
    refuted[known] = rejected(np.append(claims.p_value[known], np.ones(claims.more)))[: len(known)]
    if refuted.any():
        return Outcome.FAIL, refuted
    return (Outcome.PASS, claims.carried) if claims.carried.all() else (Outcome.INSUFFICIENT, ~claims.carried)
