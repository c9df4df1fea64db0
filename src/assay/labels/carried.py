"""Labels made under an earlier guideline version, carried through the task's migrations as they are read."""

from collections.abc import Iterable, Sequence

import orjson

from assay.labels.canonical import dump_value
from assay.model.migration import Op, field_names, later_than, migrate
from assay.schemas import TaskSchema

WAITING = b" "
"""What ends the bytes of a label that waits for a person: no label in a file ends so, and JSON reads it as nothing."""


class Carrier:
    """Carries raw labels to the schema of today; each distinct one of a version once. No migrations: no work."""

    def __init__(self, schema: TaskSchema) -> None:
        self._schema = schema
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
        return dump_value(migrated.label) + (WAITING if migrated.pending else b"")
