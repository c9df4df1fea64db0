"""Bounds on several slices at once, each estimated with an error: whether all hold, and how many units would decide.

Under `test: low` two different questions are put, so that there are three answers:

- Is a claim refuted? By its one-sided p-value, and of all claims those that Benjamini & Hochberg (1995) reject at 5%:
  where all are just true, one is refuted in 5% of cases. One is enough for `fail`.
- Are all claims carried? Each by its own 95% interval: where all must hold, no interval needs widening for their number
  (intersection-union test; Berger 1982, Technometrics 24, 295-300). Only then `pass`.
- Neither: `insufficient`. More units would tell.

Under `test: value` the estimates are taken as they are: `fail` where a margin is negative, else `pass`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from assay.agreement.interval import Ends
from assay.gate.rules.wording import deciding, defined
from assay.model.agreement import ENDS, SHARES, BreakdownRow
from assay.model.verdict import Outcome
from assay.quality.statistics import rejected
from assay.table.columns import Floats, Mask

HOW = {"low": "significantly (Benjamini-Hochberg, 5%) ", "value": ""}

Limits: TypeAlias = tuple[Floats, Floats]

_TIMES = np.geomspace(1, 1_000, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundResult:
    """What one bound on slices came to: its numbers, and a sentence about them."""

    outcome: Outcome
    threshold: float
    said: str
    value: float | None = None
    interval: tuple[float | None, float | None] = (None, None)


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


def slice_columns(rows: Sequence[BreakdownRow]) -> tuple[Floats, Floats, Floats]:
    """Value, low and high of each slice, (n,) each; nan where there is none."""
    table = [(row.value, row.low, row.high) for row in rows]
    value, low, high = np.array(table, dtype=np.float64).reshape(-1, 3).T
    return value, low, high


def slice_ends(rows: Sequence[BreakdownRow]) -> Ends:
    """Where the ends of the slices' intervals come from, (n,) each; nan where there is none."""
    table = np.array([[getattr(row, name) for name in ENDS] for row in rows], dtype=np.float64).reshape(-1, len(ENDS))
    return Ends(*table.T, share=bool(rows) and rows[0].coefficient in SHARES)


def would_decide(rows: Sequence[BreakdownRow], decided: Callable[[Sequence[Limits]], Mask], where: str = "") -> str:
    """About how many units, or groups, of slices would decide, `where`; nothing where one has no interval, or there is none.

    `decided` says, of the limits (n,) of each slice for n numbers of units, which of them would.
    """
    if not rows or not all(row.value is not None and defined(row.low_at) for row in rows):
        return ""
    limits = [slice_ends([row]).of_times(row.value or 0.0, _TIMES).limits(row.value or 0.0) for row in rows]
    enough = np.flatnonzero(decided(limits))
    groups = [row.groups for row in rows if row.groups is not None]
    number, noun = (sum(groups), "group") if groups else (sum(row.units for row in rows), "unit")
    return deciding(number, noun, float(_TIMES[enough[0]]) if len(enough) else None, where=where)


def reaching(value: float, least: float) -> Callable[[Sequence[Limits]], Mask]:
    """Decided is whether one figure reaches a bound: by its lower end where its value does, else by the upper one."""
    return lambda limits: limits[0][0] >= least if value >= least else limits[0][1] < least
