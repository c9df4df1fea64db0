"""Consensus and items → the rows of a dataset."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import orjson

from assay.labels.canonical import fitted
from assay.model.json import Json, JsonObject
from assay.model.schema import Field
from assay.model.values import value_of
from assay.release.split import Splitter
from assay.store.artifacts import rounded

CONSENSUS_COLUMNS = ("item", "field", "value", "confidence", "votes", "distribution", "source")
ITEM_COLUMNS = ("id", "data", "meta", "group")
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What consensus says of one item and field; `value` is a value's text, None where it is tied or was not given."""

    item: str
    field: str
    value: str | None
    confidence: float | None
    votes: int
    distribution: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the pool; `data` and `meta` are JSON texts."""

    id: str
    data: str
    meta: str | None
    group: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item with its split, its label and, by field, how each value was found."""

    item: Item
    split: str
    label: Mapping[str, Json]
    cells: Mapping[str, Cell]

    def as_json(self) -> dict[str, object]:
        """The record of `<split>.jsonl`; `meta` and `group` are left out where the item has none."""
        record: dict[str, object] = {
            "item": self.item.id,
            "split": self.split,
            "data": orjson.Fragment(self.item.data),
            "label": self.label,
        }
        if self.item.meta is not None and self.item.meta != "{}":
            record["meta"] = orjson.Fragment(self.item.meta)
        if self.item.group is not None:
            record["group"] = self.item.group
        return record | {"consensus": {name: _evidence(cell) for name, cell in self.cells.items()}}


def rows(cells: Iterable[Cell], items: Mapping[str, Item], fields: Sequence[Field], splits: Splitter) -> Iterator[Row]:
    """The row of every item that somebody labelled, by item id.

    A tied field is absent from the label, and its source says so. An item whose every field was left out by everybody
    is no row.
    """
    known = {field.name: field for field in fields}
    for id_, own in groupby(sorted(cells, key=attrgetter("item", "field")), key=attrgetter("item")):
        answers = {cell.field: cell for cell in own}
        if any(cell.source != NONE for cell in answers.values()):
            item = items[id_]
            yield Row(item=item, split=splits.split(item.group or id_), label=_label(answers, known), cells=answers)


def jsonl(selected: Iterable[Row]) -> bytes:
    """Rows as JSON Lines."""
    return b"".join(fitted(orjson.dumps(row.as_json(), option=orjson.OPT_APPEND_NEWLINE)) for row in selected)


def _label(answers: Mapping[str, Cell], fields: Mapping[str, Field]) -> JsonObject:
    return {name: value_of(cell.value, fields[name]) for name, cell in answers.items() if cell.value is not None}


def _evidence(cell: Cell) -> dict[str, object]:
    return {
        "confidence": rounded(cell.confidence),
        "votes": cell.votes,
        "source": cell.source,
        "distribution": orjson.Fragment(cell.distribution),
    }
