"""Labels that were made before a migration, record by record: what becomes of each, and which wait for a person."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from assay.changes import Record, UnreadableError, read_records
from assay.errors import UsageError
from assay.labels.current import answered_since
from assay.labels.paths import LabelFile, Role, lay_out, read_label_file, record_kind
from assay.labels.reader import split
from assay.model.json import JsonObject
from assay.model.migration import Migration, field_names, later_than, migrate
from assay.project import Project
from assay.schemas import TaskSchema
from assay.table import Corpus
from assay.table.columns import Mask

_ROLES = (Role.ANNOTATIONS, Role.GOLD, Role.ADJUDICATIONS)

Place: TypeAlias = tuple[str, int]
"""The path of a label file below the root, and a line of it, counted from 1."""


@dataclass(frozen=True, kw_only=True)
class Aged:
    """A record that migrations concern: its file as it was read, the guideline version it was made under, and those that it does not know."""

    file: LabelFile
    data: bytes
    record: Record
    version: str
    later: tuple[Migration, ...]

    @property
    def label(self) -> JsonObject:
        """Its label as it stands in the file."""
        label = self.record.value.get("label")
        return label if isinstance(label, dict) else {}

    @cached_property
    def pending(self) -> frozenset[str]:
        """The fields that a person must answer anew, as they are called today."""
        return migrate(self.label, self.later).pending

    def concerned(self) -> Iterator[tuple[Migration, frozenset[str]]]:
        """The migrations that change the label on its way, and the fields that each leaves to people, as they are called today."""
        label = self.label
        for place, migration in enumerate(self.later):
            done = migrate(label, [migration])
            if done.label != label or done.pending:
                names = field_names(self.later[place + 1 :])
                yield migration, self.pending & {names.get(field, field) for field in done.pending}
            label = done.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What migrations do to the labels of a task, by the path of each migration.

    `changed` is how many labels it changes, `waiting` those that wait for a person because of it, with the fields that
    have no answer, as they are called today.
    """

    changed: Mapping[str, int]
    waiting: Mapping[str, Mapping[Place, frozenset[str]]]

    def places(self, migrations: Iterable[Migration]) -> frozenset[Place]:
        """The labels that wait because of any of the migrations."""
        return frozenset().union(*(self.waiting[one.path] for one in migrations))


def aged_labels(
    project: Project, schema: TaskSchema, versions: Mapping[str, str], *, strict: bool = True
) -> Iterator[Aged]:
    """The labels of a task that were made before one of the migrations of a schema; a skip is none.

    `versions` are those that the batches follow, by name. Without `strict` a line that is no record is passed over: what
    measures says elsewhere what is wrong with it.

    Raises:
        UsageError: a file may not be read, or, under `strict`, holds a line that is no record, or is of a batch that
            follows no version that could be read.
    """
    layout = lay_out(project.snapshot, schema.task, project.task(schema.task).pool)
    for file in (one for role in _ROLES for one in layout.of(role)) if schema.migrations else ():
        if strict and file.batch and file.batch not in versions:
            raise UsageError(
                f"{file.path}: which version the labels follow is not known, for what the batch {file.batch} states cannot be used",
                hint="`assay check --all` says what is wrong with its batch.yaml; correct that first",
            )
        data = read_label_file(project.snapshot, file)
        for record in _records(file, data, strict=strict):
            stated = record.value.get("guideline", versions.get(file.batch, ""))
            version = stated if isinstance(stated, str) else ""
            later = later_than(schema.migrations, version)
            label = record.value.get("label")
            if later and isinstance(label, dict) and (version or not schema.admits(label)):
                yield Aged(file=file, data=data, record=record, version=version, later=later)


def carried_labels(
    project: Project, schema: TaskSchema, versions: Mapping[str, str], *, strict: bool = False
) -> Carried:
    """What the migrations of a schema do to the labels of a project, which may be of an earlier state.

    Raises:
        UsageError: as `aged_labels`.
    """
    changed = dict.fromkeys((one.path for one in schema.migrations), 0)
    waiting: dict[str, dict[Place, frozenset[str]]] = {path: {} for path in changed}
    for aged in aged_labels(project, schema, versions, strict=strict):
        for migration, fields in aged.concerned():
            changed[migration.path] += 1
            if fields:
                waiting[migration.path][aged.file.path, aged.record.number] = fields
    return Carried(changed=changed, waiting=waiting)


def batch_versions(corpus: Corpus) -> Mapping[str, str]:
    """The guideline version that each batch follows."""
    return {batch.name: batch.guideline for batch in corpus.batches}


def rows_at(corpus: Corpus, places: Collection[Place]) -> Mask:
    """The annotations that stand at some places."""
    rows = corpus.annotations
    code = {path: number for number, path in enumerate(rows.path.values)}
    wanted = np.array([(code[path] << 32) + line for path, line in places if path in code], dtype=np.int64)
    return np.isin((rows.path.codes.astype(np.int64) << 32) + rows.line, wanted)


def waiting_rows(corpus: Corpus, carried: Carried, migrations: Iterable[Migration]) -> Mapping[str, Mask]:
    """The annotations that wait because of some of the migrations, by the field that has no answer, as it is called today.

    One that a closed counting batch has answered since, as `answered_since` says, waits no longer.
    """
    found: dict[str, Mask] = {}
    for migration in migrations:
        by_field: dict[str, list[Place]] = {}
        for place, fields in carried.waiting[migration.path].items():
            for field in fields:
                by_field.setdefault(field, []).append(place)
        if by_field:
            still = answered_since(corpus, migration.guideline) < 0
            for field, places in by_field.items():
                rows = rows_at(corpus, places) & still
                found[field] = found[field] | rows if field in found else rows
    return dict(sorted(found.items()))


def _records(file: LabelFile, data: bytes, *, strict: bool) -> Iterator[Record]:
    for one in read_records(record_kind(file), enumerate(split(data), start=1)):
        if not isinstance(one, UnreadableError):
            yield one
        elif strict:
            raise UsageError(f"{file.path}:{one.number} {one.why}", hint="`assay check` says how to mend the line")
