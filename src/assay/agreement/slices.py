"""What objects can be told apart by: the keys that have a few plain values."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from assay.model.json import JsonObject
from assay.model.values import canonical_text
from assay.table.columns import Column

MOST_SLICES = 50
"""A key with more distinct values makes no slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """A key with two values or more, and which each object has: a text itself, another value as JSON; -1 without one."""

    key: str
    column: Column

    @property
    def fits(self) -> bool:
        """Whether the values are few enough."""
        return len(self.column.values) <= MOST_SLICES


def slices(objects: Iterable[JsonObject]) -> tuple[Slices, ...]:
    """The keys of objects, by name; lists, objects and null are no value."""
    given: dict[str, dict[int, str]] = {}
    rows = 0
    for row, found in enumerate(objects):
        rows = row + 1
        for key, value in found.items():
            if isinstance(value, str | int | float):
                given.setdefault(key, {})[row] = value if isinstance(value, str) else canonical_text(value)
    columns = ((key, _column(given[key], rows)) for key in sorted(given))
    return tuple(Slices(key=key, column=column) for key, column in columns if len(column.values) >= 2)


def _column(texts: dict[int, str], rows: int) -> Column:
    values = sorted(set(texts.values()))
    place = {text: code for code, text in enumerate(values)}
    codes = np.full(rows, -1, dtype=np.int32)
    codes[list(texts)] = [place[text] for text in texts.values()]
    return Column(values=tuple(values), codes=codes)
