"""`assay migrate`: what migrations do to the labels of a task; written into the files where that is wanted, and taken back."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from assay.actions.aged import Aged, aged_labels, batch_versions
from assay.actions.migrate_examples import migrated_guideline
from assay.errors import UsageError
from assay.guidelines import load_guideline
from assay.guidelines.front_matter import Guideline
from assay.guidelines.versions import outdated_by
from assay.labels import load_corpus
from assay.labels.paths import record_kind
from assay.labels.reader import split
from assay.labels.records import AnyKind, dump_record
from assay.model.json import Json
from assay.model.migration import Migration, field_names, migrate, order_of, values_migrated
from assay.project import Project
from assay.schemas import TaskSchema, load_schema
from assay.store.digest import digest_bytes
from assay.store.files import WORK, inside, read_bytes, write_all


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
            hint="what was committed, `git revert` takes back",
        ) from error
    for path, digest in saved.after.items():
        if digest_bytes(read_bytes(inside(project.root, path))) != digest:
            raise UsageError(
                f"{path} has changed since it was written, so nothing is put back",
                hint="take the later change back first, or `git revert` the commit",
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
