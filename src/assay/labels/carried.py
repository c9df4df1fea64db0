"""Labels made under an earlier guideline version, carried through the task's migrations as they are read."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from assay.labels.canonical import dump_value
from assay.model.migration import Op, field_names, later_than, left_open, migrate
from assay.schemas import TaskSchema

_STANDS, _WAITS = b" ", b"\t"
_MARKS = _STANDS + _WAITS


class Carrier:
    """Carries raw labels to the schema of today; each distinct one of a version once. No migrations: no work.

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

    def carried(self, raws: Sequence[bytes], versions: Iterable[str]) -> Sequence[bytes]:
        """The labels as they read today; `versions` are those they were made under.

        An answer that states no version is carried only if it is not valid as it stands.
        """
        if not self._schema.migrations:
            return raws
        return [self._one(raw, version) if raw else raw for raw, version in zip(raws, versions, strict=True)]

    def field(self, name: str) -> str:
        """What a field is called today."""
        return self._names.get(name, name)

    def waiting(self, carried: bytes) -> Mapping[str, str] | None:
        """The fields of a carried label that a person must answer anew, each with the guideline version since which it waits.

        None where the label waits for nobody.
        """
        marks = carried[len(carried.rstrip(_MARKS)) :].split(_STANDS)[1:-1]
        if len(marks) < len(self._fields):
            return None
        places = {name: len(mark) for name, mark in zip(self._fields, marks, strict=True)}
        return {name: self._versions[place - 1] for name, place in places.items() if place}

    def _marks(self, pending: Mapping[str, str]) -> bytes:
        place = {name: self._versions.index(version) + 1 for name, version in pending.items()}
        return _STANDS + b"".join(_WAITS * place.get(name, 0) + _STANDS for name in self._fields)

    def _one(self, raw: bytes, version: str) -> bytes:
        known = self._memo.get((raw, version))
        if known is None:
            known = self._memo[raw, version] = self._migrated(raw, version)
        return known

    def _migrated(self, raw: bytes, version: str) -> bytes:
        later = later_than(self._schema.migrations, version)
        label = orjson.loads(raw)
        if not later or not isinstance(label, dict) or (not version and self._schema.admits(label)):
            return raw
        migrated = migrate(label, later)
        if migrated.label == label and not migrated.pending:
            return raw
        return dump_value(migrated.label) + (self._marks(left_open(label, later)) if migrated.pending else b"")
