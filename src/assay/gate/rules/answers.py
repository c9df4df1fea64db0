"""Numbers and names in the sentences of the agreement rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TypeAlias

import numpy as np

from assay.agreement.interval import Ends
from assay.gate.rules.figures import counted, deciding, interval, shown
from assay.gate.rules.result import bound as number_of
from assay.gate.rules.subject import ANNOTATOR
from assay.model.agreement import ENDS, SHARES, BreakdownRow, FieldAgreement
from assay.model.verdict import Outcome, RuleSpec
from assay.table.columns import Floats, Mask

FEWEST_UNITS = 3
"""What a rule needs at least, whatever it says of `min_units`: one or two units have no spread that could be drawn."""

REASONS = {
    "no-variation": "every value given is the same",
    "no-pairable-units": "no item has two counting values",
    "scale-not-measured": "agreement on this scale is not measured",
    "non-numeric-value": "a value is no number",
    "negative-ratio-value": "a value is below the zero at which a ratio scale starts",
    "too-many-values": "there are too many distinct values",
    "too-many-pairs": "there are too many pairs of annotators to compare each",
    "few-shared-units": "no two annotators share enough units",
    "no-values": "nobody gave it a value that counts",
    "one-annotator": "one annotator alone gave it a value",
    "not-crossed": "not every annotator rated every item",
    "no-order": "nothing says in which order its values stand: write x-order under the field in the schema, the lowest first",
    "no-source": "it is not known how long the texts are that the spans mark",
    "missing-ranks": "a ranking leaves out options that another of the same item has",
    "not-installed": "the package that measures it is not installed: pip install 'assay-labels[similarity,pipeline]'",
}
NO_VARIATION, NO_PAIRABLE_UNITS = "no-variation", "no-pairable-units"
HOW = {"low": "significantly (Benjamini-Hochberg, 5%) ", "value": ""}

Limits: TypeAlias = tuple[Floats, Floats]

_TIMES = np.geomspace(1, 1_000, 300)
_NAMED = 5
_WIDTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one bound on slices came to: its numbers, and a sentence about them."""

    outcome: Outcome
    threshold: float
    said: str
    value: float | None = None
    interval: tuple[float | None, float | None] = (None, None)


def needed(spec: RuleSpec) -> int:
    """How many units an answer must rest on."""
    return max(int(number_of(spec, "min_units", FEWEST_UNITS)), FEWEST_UNITS)


def defined(number: float | None) -> bool:
    """Whether there is a number."""
    return number is not None and not isnan(number)


def bounded(row: BreakdownRow) -> bool:
    """Whether there is an interval."""
    return defined(row.low) and defined(row.high)


def flat(field: FieldAgreement) -> bool:
    """Whether every value given to the field is the same, so that no coefficient shows that values were told apart."""
    return field.alpha.value is None and field.alpha.reason == NO_VARIATION


def named(row: BreakdownRow) -> str:
    """A slice's name, which anybody may have written: quoted, clipped, every character that could act spelled out."""
    clipped = row.key if len(row.key) <= _WIDTH else f"{row.key[: _WIDTH - 1]}…"
    return f"without {clipped!r}" if row.breakdown == ANNOTATOR else repr(clipped)


def columns(rows: Sequence[BreakdownRow]) -> tuple[Floats, Floats, Floats]:
    """Value, low and high of each slice, (n,) each; nan where there is none."""
    table = [(row.value, row.low, row.high) for row in rows]
    value, low, high = np.array(table, dtype=np.float64).reshape(-1, 3).T
    return value, low, high


def ends_of(rows: Sequence[BreakdownRow]) -> Ends:
    """Where the ends of the slices' intervals come from, (n,) each; nan where there is none."""
    table = np.array([[getattr(row, name) for name in ENDS] for row in rows], dtype=np.float64).reshape(-1, len(ENDS))
    return Ends(*table.T, share=bool(rows) and rows[0].coefficient in SHARES)


def measured(row: BreakdownRow, *, bound: float) -> str:
    """`'de' 0.55 (95% interval 0.41 to 0.66)`."""
    ends = interval(row.low, row.high, bound=bound) if bounded(row) else " (no interval)"
    value = "no value" if row.value is None else shown(row.value, bound=bound)
    return f"{named(row)} {value}{ends}"


def would_decide(rows: Sequence[BreakdownRow], decided: Callable[[Sequence[Limits]], Mask], where: str = "") -> str:
    """About how many units, or groups, of slices would decide, `where`; nothing where one has no interval, or there is none.

    `decided` says, of the limits (n,) of each slice for n numbers of units, which of them would.
    """
    if not rows or not all(row.value is not None and defined(row.low_at) for row in rows):
        return ""
    limits = [ends_of([row]).of_times(row.value or 0.0, _TIMES).limits(row.value or 0.0) for row in rows]
    enough = np.flatnonzero(decided(limits))
    groups = [row.groups for row in rows if row.groups is not None]
    number, noun = (sum(groups), "group") if groups else (sum(row.units for row in rows), "unit")
    return deciding(number, noun, float(_TIMES[enough[0]]) if len(enough) else None, where=where)


def reaching(value: float, least: float) -> Callable[[Sequence[Limits]], Mask]:
    """Decided is whether one figure reaches a bound: by its lower end where its value does, else by the upper one."""
    return lambda limits: limits[0][0] >= least if value >= least else limits[0][1] < least


def told(noun: str, how: str, names: Sequence[str], *, known: int = 1) -> str:
    """`3 slices are thin: 'a', 'b', 'c'`: the first names, and how many more; none where no more than `known`."""
    head = f"{counted(len(names), noun)} {'is' if len(names) == 1 else 'are'} {how}"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return head if len(names) <= known else f"{head}: {', '.join(names[:_NAMED])}{more}"
