"""Agreement on each value as CSV, for `dvc plots`."""

import csv
import io
from collections.abc import Iterable

from assay.model.agreement import BreakdownRow
from assay.report.plain import visible
from assay.store.spreadsheet import guarded

_HEADINGS = ("part", "subject", "value", "alpha", "low", "high", "units")


def agreement_values(rows: Iterable[BreakdownRow]) -> str:
    """A row for alpha of each field, in all and by value against the rest; what is undefined is left out."""
    sink = io.StringIO()
    table = csv.writer(sink, lineterminator="\n")
    table.writerow(_HEADINGS)
    for row in rows:
        if row.breakdown in {"overall", "value"} and row.coefficient == "alpha" and row.value is not None:
            field, value = _cell(row.field), _cell(row.key)
            part = f"{field}: {value}" if row.breakdown == "value" else field
            ends = ("" if end is None else f"{end:.12g}" for end in (row.low, row.high))
            table.writerow((part, field, value, f"{row.value:.12g}", *ends, row.units))
    return sink.getvalue()


def _cell(text: str) -> str:
    """A text that no spreadsheet runs; a number stands as it is."""
    shown = visible(text)
    return shown if shown.removeprefix("-").replace(".", "", 1).isdecimal() else guarded(shown)
