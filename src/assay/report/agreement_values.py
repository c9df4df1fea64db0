"""Agreement on each value as CSV, for `dvc plots`."""

import csv
import io
from collections.abc import Iterable, Mapping

from assay.model.agreement import BreakdownRow
from assay.report.plain import visible
from assay.store.spreadsheet import guarded

_HEADINGS = ("part", "subject", "value", "alpha", "low", "high", "units", "bound", "bound_of")


def agreement_values(rows: Iterable[BreakdownRow], bounds: Mapping[tuple[str, str | None], float]) -> str:
    """A row for alpha of each field, in all and by value against the rest; what is undefined is left out.

    `bounds` are those that rules set, by field and value: of no value ("") on all of the field, of `None` on each value.
    A value without one of its own is shown beside the bound of its field; `bound_of` says which it is.
    """
    sink = io.StringIO()
    table = csv.writer(sink, lineterminator="\n")
    table.writerow(_HEADINGS)
    for row in rows:
        if row.breakdown in {"overall", "value"} and row.coefficient == "alpha" and row.value is not None:
            field, value = _cell(row.field), _cell(row.key)
            part = f"{field}: {value}" if row.breakdown == "value" else field
            ends = ("" if end is None else f"{end:.12g}" for end in (row.low, row.high))
            table.writerow((part, field, value, f"{row.value:.12g}", *ends, row.units, *_bound(row, bounds)))
    return sink.getvalue()


def _bound(row: BreakdownRow, bounds: Mapping[tuple[str, str | None], float]) -> tuple[str, str]:
    own = (row.key, None) if row.breakdown == "value" else ("",)
    if set_here := [bounds[row.field, key] for key in own if (row.field, key) in bounds]:
        return f"{max(set_here):.12g}", "value" if row.breakdown == "value" else "field"
    field = bounds.get((row.field, ""))
    return ("", "") if field is None else (f"{field:.12g}", "field")


def _cell(text: str) -> str:
    """A text that no spreadsheet runs; a number stands as it is."""
    shown = visible(text)
    return shown if shown.removeprefix("-").replace(".", "", 1).isdecimal() else guarded(shown)
