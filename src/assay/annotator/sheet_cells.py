"""A sheet: an annotator's part of a batch as a spreadsheet, a row for each item, written and read without loss.

Text stands as itself, numbers as JSON numbers, booleans as `true` and `false`, sets, sequences and rankings of words
joined by ` | `, all else as JSON. An empty cell is a missing value. Whatever would not come back as it was stands as
JSON.

The columns are `item`, the item's data (never its meta), a column for each field, `skip`, `flags`, `note`, `tag`;
where an item of the sheet came back, before the tag also `sent back`, the reviewer's words, and `keep`, to stand by
the answer. A tag names the item and the state of its annotation when the sheet was written, so that rows that were
moved, and answers that have changed since, are noticed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import orjson

from assay.core import Field, Json, JsonObject, Scale, canonical_text
from assay.files import JsonFault, digest_bytes, dump_csv, guarded, overlong, parse_strict, unguarded
from assay.guidelines import Guideline
from assay.labels import BatchAssignment, Gallery, OwnFile, Workload
from assay.project import Roster, TaskSchema

_BAR = "|"
_JOINT = f" {_BAR} "
_JOINED = frozenset({Scale.SET, Scale.SEQUENCE, Scale.RANKING})
_NOT_IN_CELLS = frozenset("\r\0")
_TRUTH: dict[str, Json] = {"true": True, "false": False}


def text_cell(text: str) -> str:
    """The cell of a text: itself, or a JSON string where it is empty, begins with `"`, or holds a CR or NUL."""
    return guarded(text if _is_plain(text) else canonical_text(text))


def cell_text(cell: str) -> str:
    """The text of a cell; of an empty one the empty text."""
    text = unguarded(cell)
    value = _json(text) if text.startswith('"') else None
    return value if isinstance(value, str) else text


def data_cell(value: Json) -> str:
    """The cell that shows a value of an item's data."""
    return text_cell(value) if isinstance(value, str) else _spelled(value)


def value_cell(value: Json, field: Field) -> str:
    """The cell of a field's value."""
    plain = value if isinstance(value, str) else ""
    if isinstance(value, list) and joins(field):
        plain = _JOINT.join(map(_member_text, value))
    if _is_plain(plain) and canonical_text(_value(plain, field)) == canonical_text(value):
        return guarded(plain)
    return _spelled(value)


def cell_value(cell: str, field: Field) -> Json:
    """The value of a cell that is not empty; the schema says whether it is one of the field."""
    return _value(unguarded(cell), field)


def words_cell(words: tuple[str, ...]) -> str:
    """The cell of some words without white space, such as flags."""
    return guarded(_JOINT.join(words))


def cell_words(cell: str) -> tuple[str, ...]:
    """The words of a cell, each once."""
    return tuple(dict.fromkeys(_parts(unguarded(cell))))


def joins(field: Field) -> bool:
    """Whether the members of the field's sets, sequences or rankings are joined by bars."""
    return field.scale in _JOINED and not any(_BAR in _member_text(value) for value in field.values or ())


def _is_plain(text: str) -> bool:
    return text != "" and not text.startswith('"') and _NOT_IN_CELLS.isdisjoint(text)


def _spelled(value: Json) -> str:
    """The value as JSON; a number is no formula."""
    spelled = canonical_text(value)
    return spelled if isinstance(value, int | float) else guarded(spelled)


def _value(text: str, field: Field) -> Json:
    if field.textual:
        value = _json(text) if text.startswith('"') else None
        return value if isinstance(value, str) else text
    stripped = text.strip()
    value = _TRUTH.get(stripped.casefold(), _json(stripped))
    if stripped == "null" or isinstance(value, list):
        return value
    if joins(field):
        known = {_member_text(member): member for member in field.values or ()}
        return [known.get(part, part) for part in _parts(text)]
    return text if value is None else value


def _parts(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(_BAR)) if part]


def _member_text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_text(value)


def _json(text: str) -> Json:
    """The value of a JSON text; None where it is none."""
    try:
        return parse_strict(text.encode())
    except JsonFault:
        return None


ITEM, SKIP, FLAGS, NOTE, TAG = "item", "skip", "flags", "note", "tag"
_SENT_BACK, _KEEP = "sent back", "keep"
NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work in a sheet: the assignment, what its answers are checked against, and the annotator's file."""

    assignment: BatchAssignment
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
        """The keys of the items' data by heading: all with the prefix `data.` where one is another column's."""
        keys = sorted({key for item in self.assignment.items for key in self.data_of(item)})
        prefix = _prefix("data.", keys, {ITEM, *self.fields, SKIP, FLAGS, NOTE, TAG})
        return {prefix + key: key for key in keys}

    @cached_property
    def sent_back(self) -> str:
        """The heading of the reviewer's comment: `sent back`, with the prefix `sheet.` where a field or the data has that name."""
        return self._own_heading(_SENT_BACK)

    @cached_property
    def keep(self) -> str:
        """The heading of the column that keeps a returned answer, named likewise."""
        return self._own_heading(_KEEP)

    def _own_heading(self, name: str) -> str:
        return _prefix("sheet.", [name], {ITEM, *self.data, *self.answers, TAG}) + name

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """The headings of the columns that an annotator fills in."""
        return (*self.fields, SKIP, FLAGS, NOTE)

    def data_of(self, item: str) -> JsonObject:
        """What an annotator sees of an item."""
        return dict(orjson.loads(self.assignment.data[item]))

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

    @cached_property
    def load(self) -> Workload:
        """The annotator's progress."""
        return self.assignment.workload(self.own)

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


def dump_sheet(work: Work, items: Sequence[str]) -> tuple[bytes, int]:
    """The sheet of some assigned items, in that order, and how many answers are longer than spreadsheets keep."""
    cut = 0
    back = (work.sent_back, work.keep) if work.assignment.returned.keys() & set(items) else ()
    rows = [[text_cell(heading) for heading in (ITEM, *work.data, *work.answers, *back, TAG)]]
    for item in items:
        data, answers = work.data_of(item), work.cells(item)
        shown = [data_cell(data[key]) if key in data else "" for key in work.data.values()]
        sent = work.assignment.returned.get(item)
        why = [text_cell(sent.why) if sent else "", ""][: len(back)]
        rows.append([text_cell(item), *shown, *answers.values(), *why, work.tag(item)])
        cut += sum(map(overlong, answers.values()))
    return dump_csv(rows), cut


def _prefix(prefix: str, names: Iterable[str], taken: set[str]) -> str:
    """The prefix repeated until no name with it is taken: the same for every name, so that they stay distinct."""
    needed, known = "", tuple(names)
    while any(needed + name in taken for name in known):
        needed += prefix
    return needed
