"""A sheet: an annotator's part of a batch as a spreadsheet, a row an item.

The columns are `item`, the item's data (never its meta), a column for each field, `skip`, `flags`, `note`, `tag`; where
an item of the sheet came back, before the tag also `sent back`, the reviewer's words, and `keep`, to stand by the answer. A tag
names the item and the state of its annotation when the sheet was written, so that rows that were moved, and answers
that have changed since, are noticed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson

from assay.guidelines import Guideline
from assay.interchange.sheet_cells import data_cell, text_cell, value_cell, words_cell
from assay.labels.media import Gallery
from assay.labels.own import OwnFile
from assay.labels.seat import Seat
from assay.model.json import Json, JsonObject
from assay.model.schema import Field
from assay.project.roster import Roster
from assay.schemas import TaskSchema
from assay.store.digest import digest_bytes
from assay.store.spreadsheet import dump_csv, overlong

ITEM, SKIP, FLAGS, NOTE, TAG = "item", "skip", "flags", "note", "tag"
_SENT_BACK, _KEEP = "sent back", "keep"
NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work that a sheet holds: a seat, what its answers are held against, and the annotator's file."""

    seat: Seat
    schema: TaskSchema
    guideline: Guideline
    roster: Roster
    gallery: Gallery
    own: OwnFile

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The fields by the heading of their column: their name, `label.` before it where all sheets have that column."""
        taken = {ITEM, SKIP, FLAGS, NOTE, TAG}
        prefix = _prefix("label.", (field.name for field in self.schema.fields), taken)
        return {prefix + field.name: field for field in self.schema.fields}

    @cached_property
    def data(self) -> Mapping[str, str]:
        """The keys of the items' data by heading: `data.` stands before all of them where one is another column's."""
        keys = sorted({key for item in self.seat.items for key in self.data_of(item)})
        prefix = _prefix("data.", keys, {ITEM, *self.fields, SKIP, FLAGS, NOTE, TAG})
        return {prefix + key: key for key in keys}

    @cached_property
    def sent_back(self) -> str:
        """The heading of the reviewer's words: `sent back`, `sheet.` before it where a field or the data is called so."""
        return self._own_heading(_SENT_BACK)

    @cached_property
    def keep(self) -> str:
        """The heading of the column in which an answer that came back is stood by, named likewise."""
        return self._own_heading(_KEEP)

    def _own_heading(self, name: str) -> str:
        return _prefix("sheet.", [name], {ITEM, *self.data, *self.answers, TAG}) + name

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """The headings of the columns that an annotator fills in."""
        return (*self.fields, SKIP, FLAGS, NOTE)

    def data_of(self, item: str) -> JsonObject:
        """What an annotator sees of an item."""
        return dict(orjson.loads(self.seat.data[item]))

    def cells(self, item: str) -> Mapping[str, str]:
        """The cells of `answers` as the annotator's file has them, by heading; all empty where there is no annotation."""
        record = self.own.record(item) or {}
        label = label_of(record)
        flags, note, skip = record.get("flags"), record.get("note"), record.get("skip")
        return {
            **{
                heading: value_cell(label[field.name], field) if field.name in label else ""
                for heading, field in self.fields.items()
            },
            SKIP: text_cell(skip) if isinstance(skip, str) else "",
            FLAGS: words_cell(tuple(map(str, flags))) if isinstance(flags, list) else "",
            NOTE: text_cell(note) if isinstance(note, str) else "",
        }

    def came_back(self, item: str) -> bool:
        """Whether an answer of the annotator to the item was sent back and not settled since."""
        return item in self.seat.returned and item in self.own.lines

    def tag(self, item: str) -> str:
        """The tag of an item's row: which item, and which state of its annotation."""
        return f"{item_tag(item)}-{self.own.tag(item) or NEW}"


def item_tag(item: str) -> str:
    """The part of a tag that names the item; begins with a letter, so that no spreadsheet takes it for a number."""
    return f"t{digest_bytes(item.encode())[:8]}"


def label_of(record: Mapping[str, Json]) -> JsonObject:
    """The label of a record; empty where it has none."""
    label = record.get("label")
    return label if isinstance(label, dict) else {}


def open_items(work: Work) -> tuple[str, ...]:
    """The items that wait for an answer: not annotated yet, or sent back; in the seat's order."""
    return tuple(item for item in work.seat.items if item not in work.own.lines or item in work.seat.returned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A sheet's bytes, and how many cells with an answer are longer than spreadsheets keep."""

    data: bytes
    overlong: int


def dump_sheet(work: Work, items: Iterable[str]) -> Written:
    """The sheet of some items of the seat, in the order given."""
    cut, named = 0, tuple(items)
    back = (work.sent_back, work.keep) if work.seat.returned.keys() & set(named) else ()
    rows = [[text_cell(heading) for heading in (ITEM, *work.data, *work.answers, *back, TAG)]]
    for item in named:
        data, answers = work.data_of(item), work.cells(item)
        shown = [data_cell(data[key]) if key in data else "" for key in work.data.values()]
        sent = work.seat.returned.get(item)
        why = [text_cell(sent.why) if sent else "", ""][: len(back)]
        rows.append([text_cell(item), *shown, *answers.values(), *why, work.tag(item)])
        cut += sum(map(overlong, answers.values()))
    return Written(data=dump_csv(rows), overlong=cut)


def _prefix(prefix: str, names: Iterable[str], taken: set[str]) -> str:
    """As often `prefix` as it takes that no name is taken: the same before every name, so that none become one."""
    needed, known = "", tuple(names)
    while any(needed + name in taken for name in known):
        needed += prefix
    return needed
