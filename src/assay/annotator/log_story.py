"""The events of an item besides the changes of its records: batches closed and reopened, migrations, releases, returns settled."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assay.core import Json, JsonObject, canonical_text
from assay.errors import AssayError, ConfigError
from assay.files import load_yaml
from assay.git import Touch, file_at, states_at
from assay.labels import FileRole, LabelFile, Record, RecordChange, Return, answers_of, is_settled
from assay.project import Migration, Project, later_than, load_schema, migrate_label
from assay.release import ReleaseRecord, read_record, released_label

_BATCH = re.compile(r"labels/([^/]+)/([^/]+)/batch\.yaml")
_MIGRATION = re.compile(r"schemas/migrations/([^/]+)/[0-9]{4}-[^/]+\.yaml")
_RELEASE = re.compile(r"releases/([^/]+)/([^/]+)\.json")
ANSWERS = {FileRole.ANNOTATIONS, FileRole.GOLD, FileRole.ADJUDICATIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One change of one record: by which commit, in which file.

    `became` is the outcome of a return, or that an answer settles one; `today` how a current answer reads after later
    migrations, where that differs. Both may be empty.
    """

    touch: Touch
    file: LabelFile
    change: RecordChange
    became: str = ""
    today: str = ""


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """An event of an item: `event` is `batch`, `migration` or `release`; `said` has its lines of text."""

    touch: Touch
    path: str
    event: str
    task: str
    said: tuple[str, ...]
    facts: JsonObject = field(default_factory=dict)


def return_outcomes(entries: Sequence[LogEntry]) -> dict[int, str]:
    """By index in `entries` (newest first), the outcome of each return, and which answers settle one."""
    outcomes: dict[int, str] = {}
    waiting: dict[tuple[str, str, str], tuple[int, Return]] = {}
    first: dict[str, int] = {}  # entries of one commit have no order: they share the index of the first
    for place, entry in enumerate(entries):
        first.setdefault(entry.touch.commit, place)
    for place in sorted(
        range(len(entries)),
        key=lambda at: (-first[entries[at].touch.commit], entries[at].file.role is not FileRole.RETURNED),
    ):
        file, change = entries[place].file, entries[place].change
        if file.role is FileRole.RETURNED:
            key = (file.task, file.batch, change.key[-1])
            waiting.pop(key, None)
            if change.after is not None:
                said = {name: str(change.after.value.get(name, "")) for name in ("item", "why", "at")}
                waiting[key] = (place, Return(**said))
                outcomes[place] = "not settled"
        elif file.role is FileRole.ANNOTATIONS and (file.task, file.batch, file.who) in waiting:
            sent_at, sent = waiting[file.task, file.batch, file.who]
            if change.after is not None and is_settled(sent, change.after.value):
                kept = _kept(change)
                outcomes[sent_at] = f"settled: {file.who} {'kept the answer' if kept else 'changed the answer'}"
                outcomes[place] = f"{'kept' if kept else 'changed'} after it was sent back: {sent.why}"
                del waiting[file.task, file.batch, file.who]
        elif file.role is FileRole.ANNOTATIONS and change.after is not None:
            for task, batch, who in [key for key in waiting if (key[0], key[2]) == (file.task, file.who)]:
                outcomes[waiting.pop((task, batch, who))[0]] = f"not settled, and answered again in {file.batch}"
    return outcomes


def _kept(change: RecordChange) -> bool:
    """Whether the answer is the one that was sent back: the record before, or its `first`."""
    if change.after is None:
        return False
    after = change.after.value
    before = change.before.value if change.before else {"label": after.get("first", after.get("label"))}
    return canonical_text([before.get("label"), before.get("skip")]) == canonical_text(
        [after.get("label"), after.get("skip")]
    )


class Story:
    """The events of one item in a project."""

    def __init__(self, project: Project, item: str) -> None:
        self.project = project
        self.item = item

    def of(
        self, touch: Touch, path: str, batches: frozenset[tuple[str, str]], current_entries: Iterable[LogEntry]
    ) -> Iterator[ItemEvent]:
        """The events of the item in a changed file without answers; `batches` are those that have the item."""
        if (found := _BATCH.fullmatch(path)) and found.groups() in batches:
            yield from self._batch(touch, path, *found.groups())
        elif found := _MIGRATION.fullmatch(path):
            yield from self._migration(touch, path, found[1], current_entries)
        elif found := _RELEASE.fullmatch(path):
            yield from self._release(touch, path, *found.groups())

    def today(self, entry: LogEntry) -> str:
        """How an answer reads after later migrations; empty where they do not change it."""
        label, later = self._carried(entry)
        now = migrate_label(label, later)
        if now.label == label and not now.pending:
            return ""
        by = ", ".join(PurePosixPath(one.path).stem for one in later)
        return f"now reads: {_words(now.label) or 'nothing'}{_waiting(sorted(now.pending))} (by {by})"

    def _batch(self, touch: Touch, path: str, task: str, batch: str) -> Iterator[ItemEvent]:
        ((_, found),) = states_at(self.project.root, touch, [path])
        after, *before = (_stated(found[commit], "status") for commit in (touch.commit, *touch.parents))
        if before and after and all(before) and after not in before:
            said = f"{task}/{batch} is {'closed' if after == 'closed' else 'open again: its votes do not count until it is closed'}"
            yield ItemEvent(touch, path, "batch", task, (said,), {"batch": batch, "status": after})

    def _migration(self, touch: Touch, path: str, task: str, entries: Iterable[LogEntry]) -> Iterator[ItemEvent]:
        migrations, problem = self._migrations(task)
        this = next((one for one in migrations if one.path == path), None)
        added = all(file_at(self.project.root, parent, path) is None for parent in touch.parents)
        if this is None or not added:
            if problem and added:
                yield ItemEvent(touch, path, "migration", task, (f"its effect is unknown: {problem}",))
            return
        said: list[str] = []
        effects: list[Json] = []
        for entry in entries:
            label, later = self._carried(entry) if entry.file.task == task else ({}, ())
            if this in later:
                place = later.index(this)
                old, new = migrate_label(label, later[:place]), migrate_label(label, later[: place + 1])
                if old != new:
                    gone = sorted(new.pending - old.pending)
                    turns = f"{_words(old.label)} → {_words(new.label) or 'nothing'}"
                    whose = f"{_whose(entry)}{f' in {entry.file.batch}' if entry.file.batch else ''}"
                    said.append(f"{whose}: {turns}{_waiting(gone)}")
                    told: JsonObject = {"who": _whose(entry), "path": entry.file.path, "label": new.label}
                    effects.append({**told, "waits": [*gone]})
        if said:
            head = f"migration to guideline {this.guideline}: {this.reason}"
            facts: JsonObject = {"guideline": this.guideline, "reason": this.reason, "answers": effects}
            yield ItemEvent(touch, path, "migration", task, (head, *said), facts)

    def _release(self, touch: Touch, path: str, name: str, version: str) -> Iterator[ItemEvent]:
        if any(file_at(self.project.root, parent, path) is not None for parent in touch.parents):
            return
        try:
            record = read_record(self.project, name, version)
        except AssayError as error:
            said = f"may be released in {name} {version}: its record cannot be read ({error.message})"
            yield ItemEvent(touch, path, "release", "", (said,), {"release": name, "version": version})
            return
        lock = file_at(self.project.root, touch.commit, "dvc.lock") or b""
        for task, groups in record.items.items():
            cited = next((one.guidelines for one in groups if self.item in one.items), None)
            if cited is not None:
                yield self._released(touch, path, record, task, cited, lock)

    def _released(
        self, touch: Touch, path: str, record: ReleaseRecord, task: str, cited: Sequence[str], lock: bytes
    ) -> ItemEvent:
        name, version = record.manifest.name, record.manifest.version
        label = released_label(self.project, record, task, self.item, lock)
        outcomes = (
            f"released as {_words(label)} in {name} {version}"
            if label is not None
            else f"released in {name} {version}; its label is unknown: the files of that release are not in this clone"
        )
        under = f"under guideline {', '.join(cited)}" if cited else ""
        facts: JsonObject = {"release": name, "version": version, "guidelines": [*cited], "label": label}
        said = tuple(filter(None, (f"{task}: {outcomes}", under)))
        return ItemEvent(touch, path, "release", task, said, facts)

    def _migrations(self, task: str) -> tuple[tuple[Migration, ...], str]:
        """The task's migrations, or why they cannot be read."""
        try:
            return (load_schema(self.project, task).migrations if task in self.project.tasks else ()), ""
        except ConfigError as error:
            return (), error.message

    def _carried(self, entry: LogEntry) -> tuple[JsonObject, tuple[Migration, ...]]:
        """The label of an answer and the migrations that apply to it: none for a valid label without a version."""
        record = entry.change.after.value if entry.change.after else {}
        label = record.get("label")
        migrations, _ = self._migrations(entry.file.task)
        if not isinstance(label, dict) or not migrations:
            return {}, ()
        version = str(record.get("guideline", "")) or self._version(entry.file)
        if not version and load_schema(self.project, entry.file.task).admits(label):
            return label, ()
        return label, later_than(migrations, version)

    def _version(self, file: LabelFile) -> str:
        """The guideline of a batch; empty where that cannot be read."""
        try:
            data = self.project.snapshot.read(f"labels/{file.task}/{file.batch}/batch.yaml") if file.batch else b""
        except (AssayError, OSError):
            return ""
        return _stated(data, "guideline")


def current_entries(entries: Iterable[LogEntry]) -> tuple[int, ...]:
    """The indexes of the entries (newest first) that made an answer what it is now."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    places = []
    for place, entry in enumerate(entries):
        key = (entry.file.path, entry.change.key)
        if key not in seen and entry.file.role in ANSWERS:
            seen.add(key)
            places += [place] if entry.change.after is not None else []
    return tuple(places)


def _stated(data: bytes, key: str) -> str:
    """A value of a `batch.yaml`; empty where that cannot be read."""
    try:
        value = load_yaml(data, "batch.yaml").value
    except ConfigError:
        return ""
    return str(value.get(key, "")) if isinstance(value, dict) else ""


def _whose(entry: LogEntry) -> str:
    return "/".join((entry.file.who, *entry.change.key[1:]))


def _waiting(fields: Sequence[str]) -> str:
    return f"; waits for an answer: {', '.join(fields)}" if fields else ""


def _words(label: Mapping[str, Json]) -> str:
    said = answers_of(Record(key=(), value={"label": dict(label)}, line=b"", number=0))
    return ", ".join(f"{name}={value}" for name, value in said.items())
