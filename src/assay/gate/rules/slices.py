"""Bounds on slices of the data: each slice, the gap between them, and the correction for testing many.

A slice of fewer than `min_units` units cannot be judged, nor one whose coefficient is undefined or in which every value
is the same: they are named, and with one of them the rule is `insufficient` at best, for a slice of which nothing is
known does not reach a bound. Each of the others claims to reach the bound (see `assay.gate.rules.multiple_testing`): the
upper end of its interval refutes the claim at the level at which it comes down to the bound, the lower end carries it,
and where there is no interval nothing does either.

Each ordered pair of slices claims that the first is not further than the bound above the second (see
`assay.gate.rules.multiple_testing`). The limits of a difference are those of the two, squared and added (MOVER; Zou, G. Y. & Donner,
A. 2008, Statistics in Medicine 27, 1693-1702): the lower one lies sqrt((a - low of a)^2 + (high of b - b)^2) below
a - b. All pairs are tested and not only the best slice against the others: the best was chosen for being high, and of many
equal slices it would seem to be ahead. Slices that share units or annotators (values, pairs, groups, `without` an
annotator) mostly vary together, so that the error is rather too large for them: fewer rules fail, and fewer pass.

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
from math import isnan
from typing import TypeAlias

import numpy as np

from assay import quality
from assay.agreement import DECIMALS, Ends
from assay.core import (
    ENDS,
    SHARES,
    AgreementParameters,
    BreakdownRow,
    FieldAgreement,
    Floats,
    Ints,
    Mask,
    Outcome,
    RuleResult,
    RuleSpec,
)
from assay.gate import target

HOW = {"low": "significantly (Benjamini-Hochberg, 5%) ", "value": ""}

Limits: TypeAlias = tuple[Floats, Floats]

_TIMES = np.geomspace(1, 1_000, 300)
_MOST_COMPARED = 100
_HALVINGS = 40
_OPEN = "undecided, as the interval includes it"
_WORSE = (Outcome.PASS, Outcome.INSUFFICIENT, Outcome.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundResult:
    """The result of one bound on slices: its figures, and a sentence about them."""

    outcome: Outcome
    threshold: float
    message: str
    value: float | None = None
    interval: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The margin of each claim, (n,), its p-value (nan: not known), and whether its interval confirms it.

    `more` is the number of claims that are not listed, as they cannot be refuted.
    """

    margin: Floats
    p_value: Floats
    confirmed: Mask
    more: int = 0


def judge_claims(claims: Claims, *, test: str) -> tuple[Outcome, Mask]:
    """The outcome of one or more claims, and the claims, (n,), that decide it."""
    if test == "value":
        negative = claims.margin < 0
        return (Outcome.FAIL, negative) if negative.any() else (Outcome.PASS, ~negative)
    refuted = np.zeros(len(claims.margin), dtype=np.bool_)
    known = np.flatnonzero(~np.isnan(claims.p_value))
    refuted[known] = quality.rejected(np.append(claims.p_value[known], np.ones(claims.more)))[: len(known)]
    if refuted.any():
        return Outcome.FAIL, refuted
    return (Outcome.PASS, claims.confirmed) if claims.confirmed.all() else (Outcome.INSUFFICIENT, ~claims.confirmed)


def slice_columns(rows: Sequence[BreakdownRow]) -> tuple[Floats, Floats, Floats]:
    """Value, low and high of each slice, (n,) each; nan where there is none."""
    table = [(row.value, row.low, row.high) for row in rows]
    value, low, high = np.array(table, dtype=np.float64).reshape(-1, 3).T
    return value, low, high


def slice_ends(rows: Sequence[BreakdownRow]) -> Ends:
    """Where the ends of the intervals of one or more slices come from, (n,) each; nan where there is none."""
    table = np.array([[getattr(row, name) for name in ENDS] for row in rows], dtype=np.float64)
    return Ends(*table.T, share=rows[0].coefficient in SHARES)


def would_decide(rows: Sequence[BreakdownRow], decided: Callable[[Sequence[Limits]], Mask], where: str = "") -> str:
    """About how many units, or groups, of slices would decide, `where`; nothing where one has no interval, or there is none.

    `decided` says, of the limits (n,) of each slice for n numbers of units, which of them would.
    """
    if not rows or not all(row.value is not None and target.defined(row.low_at) for row in rows):
        return ""
    limits = [slice_ends([row]).of_times(row.value or 0.0, _TIMES).limits(row.value or 0.0) for row in rows]
    enough = np.flatnonzero(decided(limits))
    groups = [row.groups for row in rows if row.groups is not None]
    number, noun = (sum(groups), "group") if groups else (sum(row.units for row in rows), "unit")
    return target.deciding(number, noun, float(_TIMES[enough[0]]) if len(enough) else None, where=where)


def reaches_bound(value: float, least: float) -> Callable[[Sequence[Limits]], Mask]:
    """Decides whether a figure reaches a bound: by its lower end where its value does, else by the upper one."""
    return lambda limits: limits[0][0] >= least if value >= least else limits[0][1] < least


def gap(rows: Sequence[BreakdownRow], most: float, test: str) -> BoundResult:
    """Compares the gaps between slices with the bound; `value` is the widest gap of those that decide."""
    asked = f"{'the upper end' if test == 'low' else 'it'} must be at most {most:g} between any two slices"
    if len(rows) < 2:
        message = f"{target.format_count(len(rows), 'slice')} can be judged, and a gap needs 2; {asked}"
        return BoundResult(outcome=Outcome.INSUFFICIENT, threshold=most, message=message)
    # Compared are the highest and the lowest of those with an interval (where one is asked for), and of the others.
    ordered = sorted(rows, key=lambda row: row.value or 0)
    sure = [row for row in ordered if test == "low" and target.bounded(row)]
    others = [row for row in ordered if test != "low" or not target.bounded(row)]
    compared = [
        *(sure if len(sure) <= _MOST_COMPARED else (*sure[: _MOST_COMPARED // 2], *sure[-_MOST_COMPARED // 2 :])),
        *(others if len(others) < 2 else (others[0], others[-1])),
    ]
    value, low, high = slice_columns(compared)
    first, second = np.nonzero(~np.eye(len(compared), dtype=np.bool_))
    apart = np.round(value[first] - value[second], DECIMALS)
    least = apart - np.hypot(value[first] - low[first], high[second] - value[second])
    greatest = apart + np.hypot(high[first] - value[first], value[second] - low[second])
    claims = Claims(
        margin=most - apart,
        p_value=p_values(value, slice_ends(compared), (first, second), most)
        if test == "low"
        else np.full_like(apart, np.nan),
        confirmed=greatest <= most,
        more=len(rows) * (len(rows) - 1) - len(first),
    )
    outcome, mask = judge_claims(claims, test=test)
    upward = (apart > 0) | ((apart == 0) & (first < second))
    order = [place for place in np.argsort(-apart, kind="stable") if mask[place] and upward[place]]
    pairs = [(compared[first[place]], compared[second[place]]) for place in order]
    widest, *limits = (float(side[order[0]]) for side in (apart, least, greatest))
    ends = (None, None) if any(map(isnan, limits)) else (limits[0], limits[1])
    upper, lower = (target.format_measured(row, bound=most) for row in pairs[0])
    figure = f"{target.format_number(widest, bound=most)}{target.format_interval(*ends, bound=most)}"
    head = f"{upper} and {lower} are {figure} apart, of {target.format_count(len(rows), 'slice')}"
    parts = [head, asked]
    names = [f"{target.format_slice(better)} and {target.format_slice(worse)}" for better, worse in pairs]
    if outcome is Outcome.FAIL:
        parts.append(target.format_list("pair", f"{HOW[test]}further apart", names))
    if outcome is Outcome.INSUFFICIENT:
        parts += [target.format_list("pair", _OPEN, names), _more(pairs[0], widest, most)]
    return BoundResult(
        outcome=outcome, threshold=most, message="; ".join(filter(None, parts)), value=widest, interval=ends
    )


def p_values(value: Floats, ends: Ends, pairs: tuple[Ints, Ints], most: float) -> Floats:
    """Of each pair the level at which the lower limit of its difference comes down to the bound, by bisection."""
    first, second = pairs
    inside, outside = np.zeros(len(first)), np.ones(len(first))
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        low = ends.some(first).limits(value[first], middle)[0]
        high = ends.some(second).limits(value[second], middle)[1]
        beyond = value[first] - value[second] - np.hypot(value[first] - low, high - value[second]) > most
        inside, outside = np.where(beyond, middle, inside), np.where(beyond, outside, middle)
    p_value = np.where(value[first] - value[second] > most, (1 - inside) / 2, 1.0)
    return np.where(np.isnan(np.asarray(ends.low)[first] + np.asarray(ends.low)[second]), np.nan, p_value)


def _more(pair: tuple[BreakdownRow, BreakdownRow], apart: float, most: float) -> str:
    """About how many units of two slices together would show that their gap is within the bound, or beyond it."""
    better, worse = (float(row.value or 0.0) for row in pair)

    def decided(limits: Sequence[Limits]) -> Mask:
        (low, high), (below, above) = limits
        within = apart + np.hypot(high - better, worse - below) <= most
        beyond = apart - np.hypot(better - low, above - worse) > most
        return np.asarray(within if apart <= most else beyond)

    return would_decide(
        pair, decided, f" in {target.format_slice(pair[0])} and {target.format_slice(pair[1])} together"
    )


def judge_slices(
    spec: RuleSpec[AgreementParameters], about: target.Target, field: FieldAgreement, rows: Sequence[BreakdownRow]
) -> RuleResult:
    """Compares every slice with the bounds of the rule; the worst result counts.

    `rows` are those of the rule's coefficient and of alpha. `value` is the slice, or the gap, that decides.
    """
    stated, needed = spec.parameters, max(spec.parameters.min_units, target.FEWEST_UNITS)
    own = [row for row in rows if row.coefficient == stated.coefficient]
    small = [row for row in own if row.units < needed]
    large = [row for row in own if row.units >= needed]
    flat = flat_keys(field, rows)
    fit = [row for row in large if target.defined(row.value) and row.key not in flat]
    undefined = [row for row in large if not target.defined(row.value) or row.key in flat]
    parts = [] if stated.at_least is None else [at_least(fit, stated.at_least, stated.test)]
    parts += [] if stated.gap_at_most is None else [gap(fit, stated.gap_at_most, stated.test)]
    decisive = max(parts, key=lambda part: _WORSE.index(part.outcome))
    outcome = (
        max((decisive.outcome, Outcome.INSUFFICIENT), key=_WORSE.index) if small or undefined else decisive.outcome
    )
    messages = [part.message for part in parts]
    omitted = {
        f"too small to judge (fewer than {needed:,} units)": small,
        "undefined, or with one value only": undefined,
    }
    messages += [
        target.format_list("slice", how, [*map(target.format_slice, left)], known=0)
        for how, left in omitted.items()
        if left
    ]
    if not own:
        messages.append(f"0 slices of {about.field} were measured by {about.breakdown}")
    return target.judged(
        spec,
        outcome,
        f"{stated.coefficient} of {spec.subject}: {'; '.join(messages)}",
        value=decisive.value,
        threshold=decisive.threshold,
        interval=decisive.interval,
    )


def flat_keys(field: FieldAgreement, rows: Sequence[BreakdownRow]) -> frozenset[str]:
    """The slices in which every value is the same: alpha, which the field's scale has, is undefined on their units."""
    if field.alpha.value is None and field.alpha.reason != target.NO_VARIATION:
        return frozenset()
    return frozenset(
        row.key for row in rows if row.coefficient == "alpha" and row.units and not target.defined(row.value)
    )


def at_least(rows: Sequence[BreakdownRow], least: float, test: str) -> BoundResult:
    """Compares slices with the bound; `value` is the worst of those that decide."""
    asked = f"{'the lower end' if test == 'low' else 'it'} must be at least {least:g} in every slice"
    if not rows:
        return BoundResult(outcome=Outcome.INSUFFICIENT, threshold=least, message=f"0 slices can be judged; {asked}")
    value, low, _ = slice_columns(rows)
    # At no level is the upper end below the value itself, so what reaches the bound is never refuted.
    p_value = np.where(np.isnan(low) | (value < least), slice_ends(rows).below(least), 1.0)
    claims = Claims(margin=value - least, p_value=p_value, confirmed=low >= least)
    outcome, mask = judge_claims(claims, test=test)
    tested = low if test == "low" and outcome is not Outcome.FAIL else value
    decisive = [rows[place] for place in np.lexsort((value, tested)) if mask[place]]
    worst = decisive[0]
    head = f"{target.format_measured(worst, bound=least)} on {target.basis(worst.units, worst.groups)} is the worst of {target.format_count(len(rows), 'slice')}"
    parts, names = [head, asked], [target.format_measured(row, bound=least) for row in decisive]
    if outcome is Outcome.FAIL:
        parts.append(target.format_list("slice", f"{HOW[test]}below it", names))
    if outcome is Outcome.INSUFFICIENT:
        more = would_decide([worst], reaches_bound(worst.value or 0.0, least), f" in {target.format_slice(worst)}")
        parts += [target.format_list("slice", _OPEN, names), more]
    return BoundResult(
        outcome=outcome,
        threshold=least,
        message="; ".join(filter(None, parts)),
        value=worst.value,
        interval=(worst.low, worst.high),
    )
