"""Check labels: each distinct one is parsed, checked against the schema and split into field values once.

Labels made under an earlier guideline version are migrated as they are read (`Migrator`).
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import orjson

from assay import core
from assay.core import BOX, EXTENTS, PLACED_BY, ROTATION, SPAN, Codes, Fault, Field, Json, Scale
from assay.labels.records import compact, dump_value
from assay.project import Op, TaskSchema, field_names, later_than, left_open, migrate_label

_END, _WAITS = b" ", b"\t"
_MARKS = _END + _WAITS


class Migrator:
    """Migrates raw labels to the current schema; each distinct one of a version once. No migrations: no work.

    The bytes of a label that waits for a person end with a space, then for each field another one, after as many tabs as
    the place of the migration that it waits by (none: it does not wait): no label in a file ends so, and JSON reads it as
    nothing.
    """

    def __init__(self, schema: TaskSchema) -> None:
        self._schema = schema
        self._fields = tuple(field.name for field in schema.fields)
        self._versions = tuple(migration.guideline for migration in schema.migrations)
        self._memo: dict[tuple[bytes, str], bytes] = {}
        self._names = field_names(schema.migrations)
        self.earlier_fields = frozenset(
            step.field
            for migration in schema.migrations
            for step in migration.steps
            if step.op in {Op.RENAME_FIELD, Op.DROP_FIELD}
        )

    def migrated(self, raws: Sequence[bytes], versions: Iterable[str]) -> Sequence[bytes]:
        """The labels in the current schema; `versions` are those they were made under.

        An answer that states no version is migrated only if it is not valid as it is.
        """
        if not self._schema.migrations:
            return raws
        return [self._one(raw, version) if raw else raw for raw, version in zip(raws, versions, strict=True)]

    def field(self, name: str) -> str:
        """The current name of a field."""
        return self._names.get(name, name)

    def waiting(self, migrated: bytes) -> Mapping[str, str] | None:
        """The fields of a migrated label that need a new answer, each with the guideline version since which it waits.

        None where the label does not wait.
        """
        marks = migrated[len(migrated.rstrip(_MARKS)) :].split(_END)[1:-1]
        if len(marks) < len(self._fields):
            return None
        places = {name: len(mark) for name, mark in zip(self._fields, marks, strict=True)}
        return {name: self._versions[place - 1] for name, place in places.items() if place}

    def _marks(self, pending: Mapping[str, str]) -> bytes:
        place = {name: self._versions.index(version) + 1 for name, version in pending.items()}
        return _END + b"".join(_WAITS * place.get(name, 0) + _END for name in self._fields)

    def _one(self, raw: bytes, version: str) -> bytes:
        known = self._memo.get((raw, version))
        if known is None:
            known = self._memo[raw, version] = self._convert(raw, version)
        return known

    def _convert(self, raw: bytes, version: str) -> bytes:
        later = later_than(self._schema.migrations, version)
        label = orjson.loads(raw)
        if not later or not isinstance(label, dict) or (not version and self._schema.admits(label)):
            return raw
        migrated = migrate_label(label, later)
        if migrated.label == label and not migrated.pending:
            return raw
        return dump_value(migrated.label) + (self._marks(left_open(label, later)) if migrated.pending else b"")


_DEGREES = "write degrees clockwise about its centre, or omit rotation"
_PATIENCE = 4096
_WORTH = 0.3
_FURTHEST = 2**31 - 1


class Vocabulary:
    """The values of one field in the order they were met, and one code a label (-1: the label lacks the field).

    `waiting` are the labels, by index, whose field needs a new answer after a migration, each with the version since which
    it waits.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.values: list[Json] = []
        self.codes = array("i")
        self.waiting: dict[int, str] = {}
        self._known: dict[str | bytes, int] = {}

    def add(self, label: dict[str, Json], since: str | None = None) -> None:
        """Notes the field's value in a label, or `since` which version the label waits for one."""
        name = self.field.name
        if since is not None:
            self.waiting[len(self.codes)] = since
        given = since is None and name in label and not core.is_missing(label[name])
        self.codes.append(self._code(label[name]) if given else -1)

    def of(self, labels: Codes) -> Codes:
        """The value codes of labels given by index; -1 stays -1."""
        return lookup(self.codes, labels)

    def ordered(self, used: Codes) -> tuple[tuple[Json, ...], Codes]:
        """The used values in canonical order, and the new code of every old one."""
        kept = [self.values[code] for code in used]
        ordered = core.ordered_values(kept, self.field)
        rank = {core.canonical_text(value): code for code, value in enumerate(ordered)}
        new = np.full(len(self.values), -1, dtype=np.int32)
        new[used] = [rank[core.canonical_text(value)] for value in kept]
        return ordered, new

    def _code(self, value: Json) -> int:
        key = (
            value
            if isinstance(value, str)
            else compact(orjson.dumps(value := core.canonical_value(value, self.field.scale)))
        )
        code = self._known.setdefault(key, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        return code


class Judge:
    """Turns raw labels into label indices.

    `faults` are the schema's faults and `span_faults` those of spans and boxes without a place, by label index.
    `reach` says by source key how far into the item's source a label's spans reach, `sizes` by the name of a sequence how
    many elements a label's has (-1: none). The cache of raw labels is dropped
    where most labels are distinct, as spans are: it would cost more than it saves.
    """

    def __init__(self, schema: TaskSchema) -> None:
        self.schema = schema
        self.vocabularies = tuple(Vocabulary(field) for field in schema.fields)
        self.faults: dict[int, tuple[Fault, ...]] = {}
        self.span_faults: dict[int, tuple[Fault, ...]] = {}
        self._placed = tuple(field for field in schema.fields if field.scale in EXTENTS)
        self._spans = tuple(field for field in self._placed if field.scale is Scale.SPANS)
        self.reach = {field.source: array("i") for field in self._spans if field.source is not None}
        self.sizes = {field.name: array("i") for field in schema.fields if field.scale is Scale.SEQUENCE}
        self.migrator = Migrator(schema)
        self._memo: dict[bytes, int] | None = {}
        self._seen = self._labels = 0

    @property
    def labels(self) -> int:
        """How many labels it knows."""
        return self._labels

    def indices(self, raws: Sequence[bytes]) -> Codes:
        """The label index of each raw label; -1 where there is none."""
        self._seen += len(raws)
        memo = self._memo
        if memo is None:
            return np.fromiter(map(self._judge, raws), dtype=np.int32, count=len(raws))
        for raw in set(raws).difference(memo):
            memo[raw] = self._judge(raw)
        if self._seen > _PATIENCE and len(memo) > _WORTH * self._seen:
            self._memo = None
        return np.fromiter(map(memo.__getitem__, raws), dtype=np.int32, count=len(raws))

    def _judge(self, raw: bytes) -> int:
        if not raw:
            return -1
        index, self._labels = self._labels, self._labels + 1
        label = orjson.loads(raw)
        waiting = self.migrator.waiting(raw)
        rules = self.schema.label if waiting is None or self.schema.waiting is None else self.schema.waiting
        admitted = rules.admits(label)
        for vocabulary in self.vocabularies:
            since = waiting.get(vocabulary.field.name) if waiting and admitted else None
            vocabulary.add(label if admitted else {}, since)
        if not admitted:
            self.faults[index] = rules.faults(label)
        self._measure(index, label if admitted else {})
        for name, sizes in self.sizes.items():
            value = label.get(name) if admitted and name not in (waiting or {}) else None
            sizes.append(min(len(value), _FURTHEST) if isinstance(value, list) else -1)
        return index

    def _measure(self, index: int, label: dict[str, Json]) -> None:
        reach = dict.fromkeys(self.reach, 0)
        faults: list[Fault] = []
        for field in self._placed:
            of_scale = self._span_faults if field.scale is Scale.SPANS else self._box_faults
            faults += of_scale(field, label.get(field.name))
        for field in () if faults else self._spans:
            spans = cast("list[dict[str, int]]", label.get(field.name) or [])
            if field.source is not None:
                furthest = max((span["end"] for span in spans), default=0)
                reach[field.source] = max(reach[field.source], min(furthest, _FURTHEST))
        for source, furthest in reach.items():
            self.reach[source].append(furthest)
        if faults:
            self.span_faults[index] = tuple(faults)

    def _span_faults(self, field: Field, spans: Json) -> Iterator[Fault]:
        known = core.stated_keys(field.scale, [attribute.name for attribute in field.attributes])
        for number, span in enumerate(spans if isinstance(spans, list) else ()):
            start, end = (span.get("start"), span.get("end")) if isinstance(span, dict) else (None, None)
            prefix = f"{field.name}: span {start} to {end}"
            pointer = f"/{core.escape(field.name)}/{number}"
            if type(start) is not int or type(end) is not int:
                yield Fault(pointer=pointer, message=f"{prefix} needs whole numbers", fix="")
            elif not 0 <= start < end:
                yield Fault(pointer=pointer, message=f"{prefix} is empty: start must be < end", fix="")
            elif (
                isinstance(span, dict)
                and len(span) > len(SPAN)
                and (name := core.other_place(span, Scale.SPANS, known)) is not None
            ):
                yield self._elsewhere(field, f"span {start} to {end}", f"{pointer}/{core.escape(name)}", name)

    def _box_faults(self, field: Field, boxes: Json) -> Iterator[Fault]:
        known = core.stated_keys(field.scale, [attribute.name for attribute in field.attributes])
        for number, box in enumerate(boxes if isinstance(boxes, list) else ()):
            *extent, turn = [box.get(key) if isinstance(box, dict) else None for key in (*BOX, ROTATION)]
            pointer = f"/{core.escape(field.name)}/{number}"
            if any(isinstance(one, bool) or not isinstance(one, int | float) for one in extent):
                message = f"{field.name}: box {number + 1} needs the numbers x, y, width and height"
                yield Fault(pointer=pointer, message=message, fix="draw the box again")
            elif min(cast("list[float]", extent[2:])) <= 0:
                message = f"{field.name}: box {number + 1} is empty: its sides must be > 0"
                yield Fault(pointer=pointer, message=message, fix="draw the box again")
            elif isinstance(turn, bool) or not isinstance(turn, int | float | None):
                message = f"{field.name}: box {number + 1} has the rotation {core.canonical_text(turn)[:40]}, which is not a number"
                yield Fault(pointer=f"{pointer}/{ROTATION}", message=message, fix=_DEGREES)
            elif isinstance(box, dict) and (name := core.other_place(box, Scale.BOXES, known)) is not None:
                yield self._elsewhere(field, f"box {number + 1}", f"{pointer}/{core.escape(name)}", name)

    @staticmethod
    def _elsewhere(field: Field, element: str, pointer: str, name: str) -> Fault:
        """An attribute that states a place and is not measured."""
        prefix = f"{field.name}: {element} has {name[:40]!r}, which is a place"
        fix = f"omit it, or give it a type and an x-scale in the schema; {field.name} with x-scale: text is kept and not measured"
        message = f"{prefix}, and overlap is measured by {PLACED_BY[field.scale]} alone"
        return Fault(pointer=pointer, message=message, fix=fix)


def lookup(table: "array[int]", index: Codes) -> Codes:
    """The numbers of labels given by index; -1 where there is no label."""
    found = np.full(len(index), -1, dtype=np.int32)
    present = index >= 0
    found[present] = np.array(table, dtype=np.int32)[index[present]]
    return found
