"""How any two annotators agree, as a picture."""

from collections import Counter
from collections.abc import Mapping, Sequence

from assay.model.agreement import BreakdownRow, pair_coefficient
from assay.report.heat_map import Cell, HeatMap, heat_maps_svg
from assay.report.plain import count, decimal

MOST_NAMES = 40

_BETWEEN = " \u00d7 "


def agreement_pairs(task: str, scales: Mapping[str, str], rows: Sequence[BreakdownRow]) -> str:
    """How any two annotators agree on each field, as SVG; the 40 who share most units with others, those first.

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
        first, _, second = row.key.partition(_BETWEEN)
        pairs.setdefault((first, second), {})[row.coefficient] = row
    shared: Counter[str] = Counter()
    coefficient = pair_coefficient(scale, rows)
    for names, found in pairs.items():
        shared.update(dict.fromkeys(names, found[coefficient].units))
    known = sorted(shared)
    shown = tuple(sorted(known, key=lambda name: -shared[name])[:MOST_NAMES])
    place = {name: position for position, name in enumerate(shown)}
    cells = {}
    for (first, second), found in pairs.items():
        if first in place and second in place:
            cell = _cell(first, second, found[coefficient], found["percent"])
            cells[place[first], place[second]] = cells[place[second], place[first]] = cell
    return HeatMap(
        title=f"{field}: {coefficient} of any two annotators", names=shown, cells=cells, note=_note(known, shown)
    )


def _cell(first: str, second: str, row: BreakdownRow, same: BreakdownRow) -> Cell:
    figures = (
        f"{row.coefficient} {decimal(row.value)}, percent {decimal(same.value)}, {count(row.units, 'shared unit')}"
    )
    return Cell(value=row.value, said=f"{first} and {second}: {figures}")


def _note(known: Sequence[str], names: Sequence[str]) -> str:
    if not known:
        return "no two annotators were measured as a pair"
    return f"{len(names)} of {len(known):,} annotators, those who share most units" if len(known) > len(names) else ""
