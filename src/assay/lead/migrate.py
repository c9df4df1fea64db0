"""`assay migrate`: what migrations do to the labels of a task, written into the files or taken back."""

import base64
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import msgspec
import numpy as np

from assay.core import Corpus, Json, JsonObject, Mask
from assay.errors import UsageError
from assay.files import WORK, digest_bytes, inside, read_bytes, write_all
from assay.guidelines import Guideline, load_guideline, outdated_by
from assay.labels import (
    AnyKind,
    FileRole,
    LabelFile,
    Record,
    UnreadableError,
    answered_since,
    dump_record,
    lay_out,
    load_corpus,
    read_label_file,
    read_records,
    record_kind,
    split,
)
from assay.lead.migrate_add import migrated_guideline
from assay.project import (
    Migration,
    Project,
    TaskSchema,
    field_names,
    later_than,
    load_schema,
    migrate,
    order_of,
    values_migrated,
)

_ROLES = (FileRole.ANNOTATIONS, FileRole.GOLD, FileRole.ADJUDICATIONS)

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
                fix="`assay check --all` says what is wrong with its batch.yaml; correct that first",
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
            raise UsageError(f"{file.path}:{one.number} {one.why}", fix="`assay check` says how to mend the line")


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationWrite:
    """What `--write` does: records by file; records left as they are, for a person must answer, or they are outdated."""

    files: Mapping[str, int]
    waiting: int
    outdated: int

    @property
    def records(self) -> int:
        """How many records, and examples of the guideline, are written anew."""
        return sum(self.files.values())


class _Saved(msgspec.Struct, frozen=True):
    """What `--undo` puts back: by path the bytes before, compressed, and the digest of what was written."""

    before: dict[str, str]
    after: dict[str, str]


def write_migrated(project: Project, task: str, *, dry: bool) -> MigrationWrite:
    """Writes migrated labels into their files, all or none, each with the guideline version that it now follows.

    A record that waits for a person stays as it is, and so does one that a version on the way makes outdated: they are
    carried as they are read, until somebody answers anew. What is needed to take it back is kept beside.

    Raises:
        UsageError: there is no such task, a file may not be read or written, or holds a line that is no record.
        ConfigError: schema, guideline or a migration cannot be used.
    """
    schema, guideline = load_schema(project, project.task(task).name), load_guideline(project, task)
    changed: dict[str, dict[int, bytes]] = {}
    before: dict[str, bytes] = {}
    waiting = outdated = 0
    for aged in aged_labels(project, schema, _versions(project, schema, guideline)):
        new = _rewritten(aged)
        if new is None:
            continue
        if aged.pending:
            waiting += 1
        elif _is_outdated(aged, guideline):
            outdated += 1
        else:
            changed.setdefault(aged.file.path, {})[aged.record.number] = new
            before[aged.file.path] = aged.data
    files: dict[str, bytes | None] = {path: _replaced(before[path], lines) for path, lines in changed.items()}
    counts = {path: len(lines) for path, lines in changed.items()}
    old, page, examples = migrated_guideline(project, schema)
    if examples:
        path = f"guidelines/{task}.md"
        before[path], files[path], counts[path] = old, page, examples
    if files and not dry:
        was = {path: digest_bytes(data) for path, data in before.items()}
        write_all(project.root, {**files, _undo_path(task): _saved(before, files)}, was=was)
    return MigrationWrite(files=counts, waiting=waiting, outdated=outdated)


def undo_write(project: Project, task: str) -> tuple[str, ...]:
    """Puts back, byte for byte, the files that the last `--write` in this clone changed; answers which.

    Raises:
        UsageError: nothing was written here, or a file has changed since.
    """
    place = _undo_path(project.task(task).name)
    try:
        saved = msgspec.json.decode(read_bytes(project.root / place), type=_Saved)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"there is nothing to take back for {task} in this clone",
            fix="what was committed, `git revert` takes back",
        ) from error
    for path, digest in saved.after.items():
        if digest_bytes(read_bytes(inside(project.root, path))) != digest:
            raise UsageError(
                f"{path} has changed since it was written, so nothing is put back",
                fix="take the later change back first, or `git revert` the commit",
            )
    before: dict[str, bytes | None] = {
        path: zlib.decompress(base64.b85decode(data)) for path, data in saved.before.items()
    }
    write_all(project.root, {**before, place: None}, was=saved.after)
    return tuple(before)


def was_written(project: Project, task: str) -> bool:
    """Whether something was written in this clone that can be taken back."""
    return (project.root / _undo_path(task)).exists()


def _versions(project: Project, schema: TaskSchema, guideline: Guideline) -> Mapping[str, str]:
    return batch_versions(load_corpus(project, schema, guideline, only=frozenset()).corpus)


def _rewritten(aged: Aged) -> bytes | None:
    """The record after its migrations, as a canonical line; None where they do not concern it."""
    value = aged.record.value
    parts = {
        "label": _label(value.get("label"), aged.later),
        "first": _label(value.get("first"), aged.later),
        "probs": _probabilities(value.get("probs"), aged.later),
        "confidence": _confidences(value.get("confidence"), aged.later),
    }
    changed = {name: part for name, part in parts.items() if part is not None and part != value.get(name)}
    if not changed and not aged.pending:
        return None
    kind: AnyKind = record_kind(aged.file)
    return dump_record(kind, {**value, **changed, "guideline": aged.later[-1].guideline})


def _label(label: Json, later: Sequence[Migration]) -> Json:
    return migrate(label, later).label if isinstance(label, dict) else None


def _probabilities(probs: Json, later: Sequence[Migration]) -> Json:
    if not isinstance(probs, dict):
        return None
    names = field_names(later)
    return {
        names.get(name, name): values_migrated(name, stated, later) if isinstance(stated, dict) else stated
        for name, stated in probs.items()
    }


def _confidences(confidence: Json, later: Sequence[Migration]) -> Json:
    if not isinstance(confidence, dict):
        return None
    names = field_names(later)
    return {names.get(name, name): stated for name, stated in confidence.items()}


def _is_outdated(aged: Aged, guideline: Guideline) -> bool:
    """Whether a version up to that of the last migration affects the label."""
    label = migrate(aged.label, aged.later).label
    later = outdated_by(guideline, aged.version, label, {}, aged.later) if aged.version else ()
    return any(order_of(change.version) <= aged.later[-1].order for change in later)


def _replaced(before: bytes, lines: Mapping[int, bytes]) -> bytes:
    return b"".join(b"%s\n" % lines.get(number, line) for number, line in enumerate(split(before), start=1))


def _undo_path(task: str) -> str:
    return f"{WORK}/migrated/{task}.json"


def _saved(before: Mapping[str, bytes], files: Mapping[str, bytes | None]) -> bytes:
    kept = {path: base64.b85encode(zlib.compress(data)).decode() for path, data in before.items()}
    after = {path: digest_bytes(data or b"") for path, data in files.items()}
    return msgspec.json.encode(_Saved(before=kept, after=after))
