"""Consensus and items → the rows of a dataset."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import orjson

from assay.consensus import Source, Standings, Told, given_values
from assay.labels.canonical import fitted
from assay.model.json import Json
from assay.model.schema import Field
from assay.model.values import value_of
from assay.release.together import Places
from assay.schemas.validator import Validator
from assay.store.artifacts import rounded

CONSENSUS_COLUMNS = ("item", "field", "value", "confidence", "votes", "distribution", "source", "waiting", "undecided")
ITEM_COLUMNS = ("id", "data", "meta", "group", "content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What consensus says of one item and field; `value` is a value's text, None where it is tied or was not given.

    `waiting`: it waits for a person after a migration. `undecided`: the attributes of elements that are open, as `Consensus` has
    them.
    """

    item: str
    field: str
    value: str | None
    confidence: float | None
    votes: int
    distribution: str
    source: str
    waiting: bool = False
    undecided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the pool; `data` and `meta` are JSON texts, `content` is the digest of what it shows."""

    id: str
    data: str
    meta: str | None
    group: str | None
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item with its split, its label and, by field, how each value was found; `votes` is what it rests on."""

    item: Item
    split: str
    label: Mapping[str, Json]
    cells: Mapping[str, Cell]
    votes: int = 0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A task's rows, by item id, and the items that are none: by why (`Undecided`), and how many nobody answered."""

    rows: tuple[Row, ...]
    left_out: Mapping[str, list[str]]
    unlabelled: int


def sort_out(
    cells: Iterable[Cell], items: Mapping[str, Item], fields: Sequence[Field], rules: Validator, splits: Places
) -> Sorted:
    """A row of every item that stands as a release holds it; `rules` are those of a label.

    A tied field that a label can be without is absent from it, and its source says so; of a tied attribute that an element can be
    without, `undecided` does.
    """
    known = {field.name: field for field in fields}
    judge = Standings(rules)
    found: list[Row] = []
    left_out: dict[str, list[str]] = defaultdict(list)
    unlabelled = 0
    for id_, own in groupby(sorted(cells, key=attrgetter("item", "field")), key=attrgetter("item")):
        answers = {cell.field: cell for cell in own}
        stands = judge.of({name: _told(cell, known[name]) for name, cell in answers.items()})
        unlabelled += all(cell.source == Source.NONE for cell in answers.values())
        if stands.complete:
            item = items[id_]
            found.append(Row(item=item, split=splits.split(id_), label=stands.label, cells=answers, votes=stands.votes))
        elif stands.why is not None:
            left_out[stands.why.value].append(id_)
    return Sorted(rows=tuple(found), left_out=dict(sorted(left_out.items())), unlabelled=unlabelled)


def jsonl(selected: Iterable[Row]) -> bytes:
    """Rows as JSON Lines."""
    return b"".join(fitted(orjson.dumps(row.as_json(), option=orjson.OPT_APPEND_NEWLINE)) for row in selected)


def _told(cell: Cell, field: Field) -> Told:
    value = None if cell.value is None else value_of(cell.value, field)
    source = Source(cell.source)
    given = given_values(cell.distribution, field, source)
    return Told(
        value=value, source=source, votes=cell.votes, waiting=cell.waiting, given=given, undecided=bool(cell.undecided)
    )


def _evidence(cell: Cell) -> dict[str, object]:
    told: dict[str, object] = {
        "confidence": rounded(cell.confidence),
        "votes": cell.votes,
        "source": cell.source,
        "distribution": orjson.Fragment(cell.distribution),
    }
    return told | ({"undecided": orjson.Fragment(cell.undecided)} if cell.undecided else {})
