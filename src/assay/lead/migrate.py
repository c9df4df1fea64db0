"""`assay migrate`: the effect of migrations on the labels of a task, written into the files or undone."""

import base64
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import msgspec
import numpy as np

from assay import labels
from assay import project as projects
from assay.core import Corpus, Json, JsonObject, Mask
from assay.errors import UsageError
from assay.files import WORK, digest_bytes, inside, read_bytes, write_all
from assay.guidelines import load_guideline, outdated_by
from assay.lead.migrate_add import migrated_guideline

_ROLES = (labels.FileRole.ANNOTATIONS, labels.FileRole.GOLD, labels.FileRole.ADJUDICATIONS)

Place: TypeAlias = tuple[str, int]
"""The path of a label file below the root, and a line of it, counted from 1."""


@dataclass(frozen=True, kw_only=True)
class OldRecord:
    """A record made before some migrations: its file as read, its guideline version, and the later migrations."""

    file: labels.LabelFile
    data: bytes
    record: labels.Record
    version: str
    later: tuple[projects.Migration, ...]

    @property
    def label(self) -> JsonObject:
        """Its label as in the file."""
        label = self.record.value.get("label")
        return label if isinstance(label, dict) else {}

    @cached_property
    def pending(self) -> frozenset[str]:
        """The fields that a person must answer again, by their current names."""
        return projects.migrate_label(self.label, self.later).pending

    def concerned(self) -> Iterator[tuple[projects.Migration, frozenset[str]]]:
        """The migrations that change the label, each with the fields that it leaves to people, by their current names."""
        label = self.label
        for place, migration in enumerate(self.later):
            done = projects.migrate_label(label, [migration])
            if done.label != label or done.pending:
                names = projects.field_names(self.later[place + 1 :])
                yield migration, self.pending & {names.get(field, field) for field in done.pending}
            label = done.label


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationEffects:
    """The effect of migrations on the labels of a task, by the path of each migration.

    `changed` is how many labels it changes; `waiting` are the labels that wait for a person because of it, with the fields
    that have no answer, by their current names.
    """

    changed: Mapping[str, int]
    waiting: Mapping[str, Mapping[Place, frozenset[str]]]

    def places(self, migrations: Iterable[projects.Migration]) -> frozenset[Place]:
        """The labels that wait because of any of the migrations."""
        return frozenset().union(*(self.waiting[migration.path] for migration in migrations))


def old_records(
    project: projects.Project, schema: projects.TaskSchema, versions: Mapping[str, str], *, strict: bool = True
) -> Iterator[OldRecord]:
    """The labels of a task that were made before one of the migrations of a schema; a skip has no label.

    `versions` are the guideline versions of the batches, by name. Without `strict` a line that is not a record is skipped.

    Raises:
        UsageError: a file is not readable, or, with `strict`, has a line that is not a record, or is of a batch whose
            version could not be read.
    """
    layout = labels.lay_out(project.snapshot, schema.task, project.task(schema.task).pool)
    for file in (one for role in _ROLES for one in layout.of(role)) if schema.migrations else ():
        if strict and file.batch and file.batch not in versions:
            raise UsageError(
                f"{file.path}: unknown guideline version, because the batch.yaml of {file.batch} is not valid",
                fix="`assay check --all` lists what is wrong with it; fix that first",
            )
        data = labels.read_label_file(project.snapshot, file)
        for record in labels.read_records(labels.record_kind(file), enumerate(labels.split(data), start=1)):
            if isinstance(record, labels.UnreadableLineError):
                if strict:
                    fix = "`assay check` says how to fix the line"
                    raise UsageError(f"{file.path}:{record.number} {record.why}", fix=fix)
                continue
            stated = record.value.get("guideline", versions.get(file.batch, ""))
            version = stated if isinstance(stated, str) else ""
            later = projects.later_than(schema.migrations, version)
            label = record.value.get("label")
            if later and isinstance(label, dict) and (version or not schema.admits(label)):
                yield OldRecord(file=file, data=data, record=record, version=version, later=later)


def migration_effects(
    project: projects.Project, schema: projects.TaskSchema, versions: Mapping[str, str], *, strict: bool = False
) -> MigrationEffects:
    """The effect of a schema's migrations on the labels of a project, which may be of an earlier state.

    Raises:
        UsageError: as `old_records`.
    """
    changed = dict.fromkeys((one.path for one in schema.migrations), 0)
    waiting: dict[str, dict[Place, frozenset[str]]] = {path: {} for path in changed}
    for old in old_records(project, schema, versions, strict=strict):
        for migration, fields in old.concerned():
            changed[migration.path] += 1
            if fields:
                waiting[migration.path][old.file.path, old.record.number] = fields
    return MigrationEffects(changed=changed, waiting=waiting)


def batch_versions(corpus: Corpus) -> Mapping[str, str]:
    """The guideline version that each batch follows."""
    return {batch.name: batch.guideline for batch in corpus.batches}


def rows_at(corpus: Corpus, places: Collection[Place]) -> Mask:
    """The annotations at some places."""
    rows = corpus.annotations
    code = {path: number for number, path in enumerate(rows.path.values)}
    wanted = np.array([(code[path] << 32) + line for path, line in places if path in code], dtype=np.int64)
    return np.isin((rows.path.codes.astype(np.int64) << 32) + rows.line, wanted)


def waiting_rows(
    corpus: Corpus, effects: MigrationEffects, migrations: Iterable[projects.Migration]
) -> Mapping[str, Mask]:
    """The annotations that wait because of some migrations, by the current name of the field without an answer.

    An annotation that a closed counting batch has answered since (`answered_since`) no longer waits.
    """
    found: dict[str, Mask] = {}
    for migration in migrations:
        by_field: dict[str, list[Place]] = {}
        for place, fields in effects.waiting[migration.path].items():
            for field in fields:
                by_field.setdefault(field, []).append(place)
        if by_field:
            still = labels.answered_since(corpus, migration.guideline) < 0
            for field, places in by_field.items():
                rows = rows_at(corpus, places) & still
                found[field] = found[field] | rows if field in found else rows
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationWrite:
    """The result of `--write`: migrated records by file; records that wait for a person, and outdated ones, stay."""

    files: Mapping[str, int]
    waiting: int
    outdated: int

    @property
    def records(self) -> int:
        """How many records, and examples of the guideline, are rewritten."""
        return sum(self.files.values())


class _Saved(msgspec.Struct, frozen=True):
    """What `--undo` restores: by path the content before, compressed, and the digest of what was written."""

    before: dict[str, str]
    after: dict[str, str]


def write_migrated(project: projects.Project, task: str, *, dry: bool) -> MigrationWrite:
    """Writes migrated labels into their files, all or none, each with its new guideline version.

    A record that waits for a person stays as it is, and so does one that a later version makes outdated: they are
    migrated when they are read, until an annotator answers again. The content before is kept for `undo_write`.

    Raises:
        UsageError: unknown task, a file is not readable or writable, or has a line that is not a record.
        ConfigError: schema, guideline or a migration cannot be used.
    """
    schema, guideline = projects.load_schema(project, project.task(task).name), load_guideline(project, task)
    changed: dict[str, dict[int, bytes]] = {}
    before: dict[str, bytes] = {}
    waiting = outdated = 0
    for old in old_records(
        project, schema, batch_versions(labels.load_corpus(project, schema, guideline, only=frozenset()).corpus)
    ):
        new = _rewritten(old)
        if new is None:
            continue
        label = projects.migrate_label(old.label, old.later).label
        later = outdated_by(guideline, old.version, label, {}, old.later) if old.version else ()
        if old.pending:
            waiting += 1
        elif any(projects.order_of(change.version) <= old.later[-1].order for change in later):
            outdated += 1
        else:
            changed.setdefault(old.file.path, {})[old.record.number] = new
            before[old.file.path] = old.data
    files: dict[str, bytes | None] = {
        path: b"".join(
            b"%s\n" % lines.get(number, line) for number, line in enumerate(labels.split(before[path]), start=1)
        )
        for path, lines in changed.items()
    }
    counts = {path: len(lines) for path, lines in changed.items()}
    stated, page, examples = migrated_guideline(project, schema)
    if examples:
        path = f"guidelines/{task}.md"
        before[path], files[path], counts[path] = stated, page, examples
    if files and not dry:
        was = {path: digest_bytes(data) for path, data in before.items()}
        kept = {name: base64.b85encode(zlib.compress(content)).decode() for name, content in before.items()}
        after = {name: digest_bytes(content or b"") for name, content in files.items()}
        write_all(
            project.root, {**files, _undo_path(task): msgspec.json.encode(_Saved(before=kept, after=after))}, was=was
        )
    return MigrationWrite(files=counts, waiting=waiting, outdated=outdated)


def undo_write(project: projects.Project, task: str) -> tuple[str, ...]:
    """Restores, byte for byte, the files that the last `--write` in this clone changed; returns their paths.

    Raises:
        UsageError: nothing was written in this clone, or a file has changed since.
    """
    place = _undo_path(project.task(task).name)
    try:
        saved = msgspec.json.decode(read_bytes(project.root / place), type=_Saved)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"there is nothing to undo for {task} in this clone", fix="`git revert` undoes what was committed"
        ) from error
    for path, digest in saved.after.items():
        if digest_bytes(read_bytes(inside(project.root, path))) != digest:
            raise UsageError(
                f"{path} has changed since it was written, so nothing is restored",
                fix="undo the later change first, or `git revert` the commit",
            )
    before: dict[str, bytes | None] = {
        path: zlib.decompress(base64.b85decode(data)) for path, data in saved.before.items()
    }
    write_all(project.root, {**before, place: None}, was=saved.after)
    return tuple(before)


def was_written(project: projects.Project, task: str) -> bool:
    """Whether this clone has a write that can be undone."""
    return (project.root / _undo_path(task)).exists()


def _rewritten(old: OldRecord) -> bytes | None:
    """The record after its migrations, as a canonical line; None if they do not affect it."""
    value, names = old.record.value, projects.field_names(old.later)
    probs, confidence = value.get("probs"), value.get("confidence")
    parts: dict[str, Json] = {
        "label": _label(value.get("label"), old.later),
        "first": _label(value.get("first"), old.later),
    }
    if isinstance(probs, dict):
        parts["probs"] = {
            names.get(name, name): projects.values_migrated(name, part, old.later) if isinstance(part, dict) else part
            for name, part in probs.items()
        }
    if isinstance(confidence, dict):
        parts["confidence"] = {names.get(name, name): part for name, part in confidence.items()}
    changed = {name: part for name, part in parts.items() if part is not None and part != value.get(name)}
    if not changed and not old.pending:
        return None
    kind: labels.AnyKind = labels.record_kind(old.file)
    return labels.dump_record(kind, {**value, **changed, "guideline": old.later[-1].guideline})


def _label(label: Json, later: Sequence[projects.Migration]) -> Json:
    return projects.migrate_label(label, later).label if isinstance(label, dict) else None


def _undo_path(task: str) -> str:
    return f"{WORK}/migrated/{task}.json"
