"""What `assay agreement` ends in: every field on a line, then where agreement is weakest."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from assay.agreement.interval import FEWEST_GROUPS, units_needed
from assay.agreement.kappa import MIN_SHARED
from assay.model.agreement import (
    COEFFICIENT_NAMES,
    UNDEFINED,
    AgreementReport,
    BreakdownRow,
    Coefficient,
    FieldAgreement,
    pair_coefficient,
)
from assay.model.names import clip
from assay.report.plain import WIDTH, count, decimal, indented, table_text, visible

_OF_ELEMENTS = frozenset({"spans", "boxes"})
_WEAKEST = 3
_WIDTH = 60
_COLUMNS = ("field", "scale", "units", "annotators", "alpha", "95% interval", "AC1", "q", "percent")
_HEADLINES = frozenset({"alpha", "ac1", "percent"})


def agreement_text(task: str, report: AgreementReport, rows: Sequence[BreakdownRow], *, width: float = 0.1) -> str:
    """The table of a task, attributes of elements behind their field, and under it each field's further coefficients, weakest parts and reasons in words.

    Where an interval of alpha is wider than `width`, how many units one so wide takes.
    """
    table = table_text(_COLUMNS, [_line(name, field) for name, field in report.measured.items()])
    parts = [f"{task}: {count(len(report.fields), 'field')}", indented(table)]
    for name, field in report.measured.items():
        told = "\n".join(_told(field, [row for row in rows if row.field == name], width))
        parts.append(f"  {visible(name)}\n{indented(told, 4)}" if told else f"  {visible(name)}")
    parts += _left_out(report)
    if report.open:
        waiting = ", ".join(f"{visible(name)} {count(field.units, 'unit')}" for name, field in report.open.items())
        parts.append(f"  open rounds, measured apart: {waiting}")
    return "\n".join(parts)


def reason_words(reason: str | None) -> str:
    """Why something is undefined, in words."""
    known = UNDEFINED.get(reason or "")
    return known.said if known else reason or "no reason was given"


def interval_text(found: Coefficient) -> str:
    """`0.410 to 0.660`, or a dash."""
    return "-" if found.low is None or found.high is None else f"{found.low:.3f} to {found.high:.3f}"


def _line(name: str, field: FieldAgreement) -> tuple[str, ...]:
    return (
        name,
        field.scale,
        f"{field.units:,}",
        f"{field.annotators:,}",
        decimal(field.alpha.value),
        interval_text(field.alpha),
        decimal(field.ac1.value),
        "-" if field.categories is None else f"{field.categories:,.6g}",
        decimal(field.percent.value),
    )


def _told(field: FieldAgreement, rows: Sequence[BreakdownRow], wanted: float) -> Iterator[str]:
    yield from _undefined(field)
    if further := [_figure(name, one) for name, one in _further(field) if one.value is not None]:
        lines = textwrap.wrap(f"also: {', '.join(further)}", WIDTH - 4, subsequent_indent="  ")
        yield from (line.replace("\xa0", " ") for line in lines)
    if field.groups is not None:
        few = f"there is no interval of fewer than {FEWEST_GROUPS}"
        told = few if field.groups < FEWEST_GROUPS else "the interval counts them, not units"
        yield f"the items stand in {count(field.groups, 'group')}: {told}"
    many, noun = (field.units, "unit") if field.groups is None else (field.groups, "group")
    for width, needed in (units_needed(field.alpha, many, wanted) or {}).items():
        if needed > many:
            yield f"about {count(needed, noun)} for an interval {width} wide"
    yield from _weakest_values(field, rows)
    yield from _weakest_pair(field.scale, rows)
    yield from _without(field, rows)


def _figure(name: str, one: Coefficient) -> str:
    """A coefficient that no line is broken in; a mean over pairs says over how many."""
    pairs = "" if one.pairs is None else f" ({count(one.pairs, 'pair')})"
    return f"{name} {decimal(one.value)}{pairs}".replace(" ", "\xa0")


def _undefined(field: FieldAgreement) -> Iterator[str]:
    """The reasons, each once, with the coefficients that have it."""
    reasons: dict[str, list[str]] = {}
    for name, one in _named(field):
        if one.value is None:
            reasons.setdefault(reason_words(one.reason), []).append(name)
    yield from (f"no {', '.join(names)}: {why}" for why, names in reasons.items())


def _named(field: FieldAgreement) -> Iterator[tuple[str, Coefficient]]:
    for name in COEFFICIENT_NAMES:
        if (one := field.coefficient(name)) is not None:
            yield name, one


def _further(field: FieldAgreement) -> Iterator[tuple[str, Coefficient]]:
    return ((name, one) for name, one in _named(field) if name not in _HEADLINES)


def _weakest_values(field: FieldAgreement, rows: Iterable[BreakdownRow]) -> Iterator[str]:
    known = _by_value(rows, "value", "alpha")
    if len(known) > 1:
        some = ", ".join(f"{_key(row)} {decimal(row.value)}" for row in known[:_WEAKEST])
        what = "kinds (alpha of each alone)" if field.scale in _OF_ELEMENTS else "values (alpha against the rest)"
        yield f"weakest {what}: {some}"


def _weakest_pair(scale: str, rows: Sequence[BreakdownRow]) -> Iterator[str]:
    name = pair_coefficient(scale, [row for row in rows if row.breakdown == "pair"])
    known = [row for row in _by_value(rows, "pair", name) if row.units >= MIN_SHARED]
    if known:
        low = known[0]
        same = next(row.value for row in rows if (row.key, row.coefficient) == (low.key, "percent"))
        figures = f"{name} {decimal(low.value)}, percent {decimal(same)}"
        yield f"weakest pair: {_key(low)}, {figures} on {low.units:,} shared units"
    elif any(row.breakdown == "pair" for row in rows):
        yield f"no pair of annotators that shares {MIN_SHARED} units has {name}"


def _without(field: FieldAgreement, rows: Iterable[BreakdownRow]) -> Iterator[str]:
    known = _by_value(rows, "annotator", "alpha")
    if field.alpha.value is not None and known and (highest := known[-1]).value is not None:
        if highest.value > field.alpha.value:
            yield f"without {_key(highest)} alpha rises most: {decimal(field.alpha.value)} to {decimal(highest.value)}"
        else:
            yield "alpha rises without no annotator"


def _by_value(rows: Iterable[BreakdownRow], breakdown: str, coefficient: str) -> list[BreakdownRow]:
    """The rows that have a value, the lowest first; equal ones as they stand."""
    known = [row for row in rows if (row.breakdown, row.coefficient) == (breakdown, coefficient)]
    return sorted((row for row in known if row.value is not None), key=lambda row: row.value or 0.0)


def _left_out(report: AgreementReport) -> Iterator[str]:
    """What was not broken down, once for all fields of which that is true."""
    fields: dict[tuple[str, int, int], list[str]] = {}
    for one in report.left_out:
        fields.setdefault((one.breakdown, one.keys, one.limit), []).append(one.field)
    for (breakdown, keys, limit), names in fields.items():
        of = "" if len(names) == len(report.measured) else f" ({visible(', '.join(names))})"
        yield f"  not broken down by {visible(breakdown)}{of}: {keys:,} keys, the limit is {limit:,}"


def _key(row: BreakdownRow) -> str:
    return clip(visible(row.key), _WIDTH)
