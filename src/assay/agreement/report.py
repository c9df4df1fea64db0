"""Agreement as text and as heat maps, and the explanation of one alpha."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assay import core
from assay.agreement.alpha_explanation import Coincidences, Explanation
from assay.agreement.interval import FEWEST_GROUPS, units_needed
from assay.agreement.kappa import MIN_SHARED
from assay.agreement.pair_rows import BETWEEN
from assay.core import COEFFICIENT_NAMES, UNDEFINED, AgreementReport, BreakdownRow, Coefficient, FieldAgreement, Scale
from assay.render import WIDTH, Cell, HeatMap, count, decimal, heat_maps_svg, indented, table_text, visible

_OF_ELEMENTS = frozenset({"spans", "boxes"})
_WEAKEST = 3
_WIDTH = 60
_COLUMNS = ("field", "scale", "units", "annotators", "alpha", "95% interval", "AC1", "q", "percent")
_HEADLINES = frozenset({"alpha", "ac1", "percent"})


def agreement_text(task: str, report: AgreementReport, rows: Sequence[BreakdownRow], *, width: float = 0.1) -> str:
    """The table of a task, then each field's further coefficients, weakest parts and reasons; attributes follow their field.

    Where an interval of alpha is wider than `width`, also how many units an interval of that width takes.
    """
    lines: list[tuple[str, ...]] = [
        (
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
        for name, field in report.measured.items()
    ]
    parts = [f"{task}: {count(len(report.fields), 'field')}", indented(table_text(_COLUMNS, lines))]
    for name, field in report.measured.items():
        text = "\n".join(_field_lines(field, [row for row in rows if row.field == name], width))
        parts.append(f"  {visible(name)}\n{indented(text, 4)}" if text else f"  {visible(name)}")
    parts += _left_out(report)
    if report.open:
        waiting = ", ".join(f"{visible(name)} {count(field.units, 'unit')}" for name, field in report.open.items())
        parts.append(f"  open batches, measured apart: {waiting}")
    return "\n".join(parts)


def reason_words(reason: str | None) -> str:
    """Why something is undefined, in words."""
    known = UNDEFINED.get(reason or "")
    return known.sentence if known else reason or "no reason given"


def interval_text(found: Coefficient) -> str:
    """`0.410 to 0.660`, or a dash."""
    return "-" if found.low is None or found.high is None else f"{found.low:.3f} to {found.high:.3f}"


def _field_lines(field: FieldAgreement, rows: Sequence[BreakdownRow], width: float) -> Iterator[str]:
    yield from _coefficients(field)
    if field.groups is not None:
        few = f"no interval of fewer than {FEWEST_GROUPS} groups"
        note = few if field.groups < FEWEST_GROUPS else "the interval is over groups, not units"
        yield f"the items are in {count(field.groups, 'group')}: {note}"
    many, noun = (field.units, "unit") if field.groups is None else (field.groups, "group")
    for wanted, needed in (units_needed(field.alpha, many, width) or {}).items():
        if needed > many:
            yield f"about {count(needed, noun)} for an interval {wanted} wide"
    values = _by_value(rows, "value", "alpha")
    if len(values) > 1:
        some = ", ".join(f"{_key(row)} {decimal(row.value)}" for row in values[:_WEAKEST])
        what = "kinds (alpha of each alone)" if field.scale in _OF_ELEMENTS else "values (alpha against the rest)"
        yield f"weakest {what}: {some}"
    yield from _weakest_pair(field.scale, rows)
    without = _by_value(rows, "annotator", "alpha")
    if field.alpha.value is not None and without and (highest := without[-1]).value is not None:
        if highest.value > field.alpha.value:
            yield f"without {_key(highest)} alpha rises most: {decimal(field.alpha.value)} to {decimal(highest.value)}"
        else:
            yield "alpha is lower without any one annotator"


def _coefficients(field: FieldAgreement) -> Iterator[str]:
    """The reasons of those without a value, each reason once; then those that the table does not show."""
    reasons: dict[str, list[str]] = {}
    further = []
    for name in COEFFICIENT_NAMES:
        if (found := field.coefficient(name)) is None:
            continue
        if found.value is None:
            reasons.setdefault(reason_words(found.reason), []).append(name)
        elif name not in _HEADLINES:
            pairs = "" if found.pairs is None else f" ({count(found.pairs, 'pair')})"
            # No line is broken within a figure.
            further.append(f"{name} {decimal(found.value)}{pairs}".replace(" ", "\xa0"))
    yield from (f"no {', '.join(names)}: {reason}" for reason, names in reasons.items())
    if further:
        lines = textwrap.wrap(f"also: {', '.join(further)}", WIDTH - 4, subsequent_indent="  ")
        yield from (line.replace("\xa0", " ") for line in lines)


def _weakest_pair(scale: str, rows: Sequence[BreakdownRow]) -> Iterator[str]:
    name = core.pair_coefficient(scale, [row for row in rows if row.breakdown == "pair"])
    known = [row for row in _by_value(rows, "pair", name) if row.units >= MIN_SHARED]
    if known:
        low = known[0]
        same = next(row.value for row in rows if (row.key, row.coefficient) == (low.key, "percent"))
        figures = f"{name} {decimal(low.value)}, percent {decimal(same)}"
        yield f"weakest pair: {_key(low)}, {figures} on {low.units:,} shared units"
    elif any(row.breakdown == "pair" for row in rows):
        yield f"{name} is undefined for every pair of annotators that shares {MIN_SHARED} units"


def _by_value(rows: Iterable[BreakdownRow], breakdown: str, coefficient: str) -> list[BreakdownRow]:
    """The rows that have a value, the lowest first; equal ones in their given order."""
    known = [row for row in rows if (row.breakdown, row.coefficient) == (breakdown, coefficient)]
    return sorted((row for row in known if row.value is not None), key=lambda row: row.value or 0.0)


def _left_out(report: AgreementReport) -> Iterator[str]:
    """What was not broken down, once for all fields that it applies to."""
    fields: dict[tuple[str, int, int], list[str]] = {}
    for part in report.left_out:
        fields.setdefault((part.breakdown, part.keys, part.limit), []).append(part.field)
    for (breakdown, keys, limit), names in fields.items():
        of = "" if len(names) == len(report.measured) else f" ({visible(', '.join(names))})"
        yield f"  not broken down by {visible(breakdown)}{of}: {keys:,} keys, the limit is {limit:,}"


def _key(row: BreakdownRow) -> str:
    return core.clip(visible(row.key), _WIDTH)


MOST_NAMES = 40


def agreement_pairs(task: str, scales: Mapping[str, str], rows: Sequence[BreakdownRow]) -> str:
    """How any two annotators agree on each field, as SVG; at most 40 annotators, those who share most units first.

    `scales` are the fields and the scale of each. Nominal values by Cohen's kappa, others by alpha on their scale, rankings
    by tau-b; spans whose texts have no known length by their strict F1, boxes by the mean IoU, texts by the similarity of edits.
    """
    of_pairs = [row for row in rows if row.breakdown == "pair"]
    maps = [_map(field, scale, [row for row in of_pairs if row.field == field]) for field, scale in scales.items()]
    return heat_maps_svg(
        f"Agreement between annotators of {task}",
        "How every two annotators agree on the units that both rated, a heat map for each field; its title names the "
        "coefficient. Blue is agreement, of alpha and kappa above chance, and red is below; a dash: undefined.",
        maps,
    )


def _map(field: str, scale: str, rows: Sequence[BreakdownRow]) -> HeatMap:
    pairs: dict[tuple[str, str], dict[str, BreakdownRow]] = {}
    for row in rows:
        first, _, second = row.key.partition(BETWEEN)
        pairs.setdefault((first, second), {})[row.coefficient] = row
    shared: Counter[str] = Counter()
    name = core.pair_coefficient(scale, rows)
    for both, found in pairs.items():
        shared.update(dict.fromkeys(both, found[name].units))
    known = sorted(shared)
    shown = tuple(sorted(known, key=lambda name: -shared[name])[:MOST_NAMES])
    place = {name: position for position, name in enumerate(shown)}
    cells = {}
    for (first, second), found in pairs.items():
        if first in place and second in place:
            row, same = found[name], decimal(found["percent"].value)
            figures = f"{name} {decimal(row.value)}, percent {same}, {count(row.units, 'shared unit')}"
            cell = Cell(value=row.value, tooltip=f"{first} and {second}: {figures}")
            cells[place[first], place[second]] = cells[place[second], place[first]] = cell
    note = "" if known else "no pair of annotators was measured"
    if len(known) > len(shown):
        note = f"{len(shown)} of {len(known):,} annotators, those who share most units"
    return HeatMap(title=f"{field}: {name} of any two annotators", names=shown, cells=cells, note=note)


_WIDTH_EXPLAINED = 14
_TEXT = 100
_VOTES = 12
_LARGE = 1000


def explained_text(found: Explanation) -> str:
    """The parts of alpha, the coincidence matrix, and the costliest units with their text and votes."""
    lines = [
        f"{visible(found.field)} ({found.scale}): {count(found.units, 'unit')}, n = {count(found.pairable, 'pairable value')}",
        *_alpha(found),
    ]
    if found.ac1.value is None:
        lines.append(f"  AC1 is undefined: {reason_words(found.ac1.reason)}")
    else:
        of = "for each member" if found.scale == Scale.SET else "values to choose from"
        choices = "" if found.categories is None else f" with q = {found.categories:,.6g} {of}"
        lines.append(f"  AC1 = {found.ac1.value:.6f}{choices}")
    if found.coincidences is not None and found.coincidences.values:
        lines += ["", *_matrix(found.coincidences, "values of elements" if found.scale == Scale.SEQUENCE else "values")]
    if found.costliest:
        lines += ["", "the units that lower alpha most, and how much it rises without each"]
        for unit in found.costliest:
            votes = ", ".join(f"{visible(vote.annotator)} {_clipped(vote.value, 40)}" for vote in unit.said[:_VOTES])
            more = f", and {len(unit.said) - _VOTES:,} more" if len(unit.said) > _VOTES else ""
            lines.append(f"  {_clipped(unit.item, 40)}  +{decimal(unit.influence, 6)}  {votes}{more}")
            lines += [f"    {_clipped(unit.text, _TEXT)}"] if unit.text else []
    return "\n".join(lines)


def _alpha(found: Explanation) -> Iterator[str]:
    if found.observed is not None and found.expected is not None:
        yield f"  Do  {_figure_explained(found.observed)}  observed disagreement, within units"
        by_element = found.coincidences is None or found.scale == Scale.SEQUENCE
        two = "elements of all units" if by_element else "of the n values"
        yield f"  De  {_figure_explained(found.expected)}  expected disagreement, between any two {two}"
    if found.alpha.value is None:
        yield f"  alpha is undefined: {reason_words(found.alpha.reason)}"
    else:
        yield (
            f"  alpha = 1 - Do / De = {found.alpha.value:.6f}" if found.expected else f"  alpha {found.alpha.value:.6f}"
        )


def _matrix(found: Coincidences, what: str) -> Iterator[str]:
    some = f", the {len(found.values)} given most of {found.distinct:,}" if found.distinct > len(found.values) else ""
    yield f"coincidences of {what}{some}"
    names = [_clipped(value, _WIDTH_EXPLAINED) for value in found.values]
    rows = [
        (name, *(f"{cell:,.6g}" for cell in row), f"{total:,}")
        for name, row, total in zip(names, found.matrix, found.totals, strict=True)
    ]
    width = max(sum(len(cell) for cell in row) for row in [("", *names, "n"), *rows]) + 20 * len(rows) + 40
    yield indented(table_text(("", *names, "n"), rows, width=width))


def _figure_explained(number: float) -> str:
    return f"{number:.6f}" if number < _LARGE else f"{number:,.1f}"


def _clipped(text: str, width: int) -> str:
    return core.clip(visible(text), width)
