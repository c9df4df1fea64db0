"""Ratings: who gave which unit which value, for what depends on who it was."""

from dataclasses import dataclass

import numpy as np

from assay.model.json import Json
from assay.model.schema import Field
from assay.table.columns import Codes, Corpus, Ints, Mask, present


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ratings:
    """N values that count, a row each, sorted by unit, then annotator; an annotator rates a unit once.

    `unit` and `annotator` (N,) are codes into `units` (item ids) and `annotators` (names), both sorted; `codes` (N,)
    are codes into `values`, which are the values given, in canonical order.
    """

    field: Field
    values: tuple[Json, ...]
    units: tuple[str, ...]
    annotators: tuple[str, ...]
    unit: Ints
    annotator: Codes
    codes: Codes

    def __len__(self) -> int:
        """How many values."""
        return len(self.codes)


def ratings(corpus: Corpus, field: Field, rows: Mask) -> Ratings:
    """The values first given to `field` in those of `rows` that count; of two by one annotator, the first in order."""
    table = corpus.annotations
    column = table.fields[field.name]
    chosen = np.flatnonzero(rows & table.counts & (column.first >= 0))
    keys = table.item[chosen].astype(np.int64) * max(len(table.annotator.values), 1) + table.annotator.codes[chosen]
    _, first = np.unique(keys, return_index=True)
    chosen = chosen[first]
    values, codes = present(column.values, column.first[chosen])
    annotators, annotator = present(table.annotator.values, table.annotator.codes[chosen])
    items, unit = np.unique(table.item[chosen], return_inverse=True)
    return Ratings(
        field=field,
        values=values,
        units=tuple(corpus.items.ids[item] for item in items.tolist()),
        annotators=annotators,
        unit=unit,
        annotator=annotator,
        codes=codes,
    )
