"""`assay guideline impact`: what an edit of a guideline would make outdated, before it is merged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import PurePosixPath
from typing import TypeAlias

from assay.core import Corpus, DecisionKind, JsonObject, Mask, canonical_text, made_under
from assay.errors import UsageError
from assay.git import is_repository, start_of_work
from assay.guidelines import (
    Change,
    Example,
    ExamplePlace,
    Guideline,
    MigrationImpact,
    Revision,
    Since,
    TaskImpact,
    TouchedRelease,
    affects,
    body_in,
    carried_since,
    edited,
    examples_of,
    load_revision,
    new_changes,
    ordered_changes,
    states_revision,
)
from assay.labels import load_corpus
from assay.lead.migrate import Carried, batch_versions, carried_labels, rows_at, waiting_rows
from assay.project import Migration, Project, TaskSchema, field_names, project_at
from assay.quality import Impact, either, impact_of, look_again, people_by_item
from assay.release import is_version, read_record

_Read: TypeAlias = Callable[[TaskSchema, Guideline], Corpus]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The impact on one task, and the reach of everything that makes labels outdated or has them wait, earlier edits too."""

    impact: TaskImpact
    whole: Impact

    @property
    def plan(self) -> Mapping[str, tuple[str, ...]]:
        """Who has a current answer to each item that is to be labelled again."""
        return self.whole.plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """An edit: what it was made from (None: the task is new), what it is, and the versions that it adds."""

    task: str
    base: Revision | None
    head: Revision
    changes: tuple[Change, ...]

    @property
    def before(self) -> Revision:
        """What labels are read by that it may refuse."""
        return self.base or self.head

    @property
    def names(self) -> frozenset[str]:
        """The fields that a label may have after it."""
        return frozenset(field.name for field in self.head.schema.fields)

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """The migrations that it adds."""
        return tuple(one for one in self.head.schema.migrations if one not in self.before.schema.migrations)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    """The labels that an edit concerns: as the schema before it reads them, as the edited one does, and what waits.

    `current` are the current ones of the first; `newer` says by item who has one that the edited schema alone reads.
    """

    edit: _Edit
    corpus: Corpus
    after: Corpus
    carried: Carried
    current: Mask
    newer: Mapping[str, frozenset[str]]

    def reach(self, changes: Sequence[Change], migrations: Sequence[Migration]) -> Impact:
        """What some changes and some migrations concern, and which items are to be labelled again for them."""
        older = {now: name for name, now in field_names(self.edit.migrations).items()}
        waiting = waiting_rows(self.corpus, self.carried, migrations)
        return impact_of(
            self.corpus,
            changes,
            self.edit.before.schema.fields,
            self.edit.names,
            current=self.current,
            waiting={older.get(name, name): rows for name, rows in waiting.items()},
            since={
                version: either(waiting_rows(self.corpus, self.carried, some).values(), self.current)
                for version, some in _by_version(migrations).items()
            },
            newer=self.newer,
            migrations=self.edit.before.schema.migrations,
        )


def measure_impacts(project: Project, task: str | None, *, base: str | None) -> tuple[Measured, ...]:
    """What the edit in the work tree concerns, of one task or of all of them; nothing is written.

    The labels are read by the schema of the base, so that those which the edited schema refuses are counted too.

    Raises:
        UsageError: no such task, no repository, or `base` names no commit.
        ConfigError: guideline, schema or the record of a release cannot be used.
    """
    tasks = tuple(project.tasks) if task is None else (project.task(task).name,)
    if not is_repository(project.root):
        raise UsageError(
            f"{project.root} is no git repository, so there is nothing to compare with",
            fix="`git init`, and commit the guideline before you edit it",
        )
    start = start_of_work(project.root, base)
    before = project_at(project.root, start) if start else None
    return tuple(_measured(project, _edit(before, project, name), partial(_here, project)) for name in tasks)


def standing(project: Project, task: str) -> Impact:
    """What is to be labelled again in a task as it stands, whatever brought it; and who has a current answer to what.

    Raises:
        UsageError: no such task, or a file may not be read.
        ConfigError: guideline, schema or a migration cannot be used.
    """
    edit = _no_edit(project, task)
    return _whole(edit, _labels(project, edit, partial(_here, project)))


def survey(project: Project, task: str, *, strict: bool = True) -> tuple[MigrationImpact, ...]:
    """What each migration of a task does to the labels as they are read; nothing is written.

    Without `strict` a line that is no record is passed over.

    Raises:
        UsageError: there is no such task, a file may not be read, or, under `strict`, holds a line that is no record.
        ConfigError: schema, guideline, a migration or the record of a release cannot be used.
    """
    edit = _no_edit(project, task)
    return tuple(_migrations(project, edit, _labels(project, edit, partial(_here, project), strict=strict)))


def impact_between(project: Project, task: str, base: Revision | None, head: Revision, read: _Read) -> TaskImpact:
    """What the edit from one revision to another concerns, among the labels of a project that `read` gives by a schema."""
    changes = () if base is None else new_changes(base, head)
    return _measured(project, _Edit(task=task, base=base, head=head, changes=changes), read).impact


def _by_version(migrations: Sequence[Migration]) -> Mapping[str, list[Migration]]:
    """The migrations by the version that brings them."""
    found: dict[str, list[Migration]] = {}
    for one in migrations:
        found.setdefault(one.guideline, []).append(one)
    return found


def _here(project: Project, schema: TaskSchema, guideline: Guideline) -> Corpus:
    return load_corpus(project, schema, guideline).corpus


def _no_edit(project: Project, task: str) -> _Edit:
    head = load_revision(project, project.task(task).name)
    return _Edit(task=task, base=head, head=head, changes=())


def _edit(before: Project | None, project: Project, task: str) -> _Edit:
    head = load_revision(project, task)
    base = load_revision(before, task) if before is not None and states_revision(before, task) else None
    changes = () if base is None else new_changes(base, head)
    return _Edit(task=task, base=base, head=head, changes=changes)


def _measured(project: Project, edit: _Edit, read: _Read) -> Measured:
    labels = _labels(project, edit, read)
    reach = labels.reach(edit.changes, edit.migrations)
    whole = _whole(edit, labels)
    known = edit.before.schema.migrations
    since = carried_since(labels.corpus, made_under(labels.corpus), edit.names, known)
    waiting = labels.carried.places(edit.migrations)
    gold, adjudications = (
        look_again(labels.corpus, edit.changes, edit.names, kind, waiting, known)
        for kind in (DecisionKind.GOLD, DecisionKind.ADJUDICATION)
    )
    impact = TaskImpact(
        task=edit.task,
        base=edit.base.guideline.version if edit.base else "",
        version=edit.head.guideline.version,
        edited=edit.base is None or edited(edit.base, edit.head) or bool(edit.migrations),
        changes=reach.versions,
        annotations=reach.annotations,
        items=reach.items,
        values=reach.values,
        annotators=reach.annotators,
        batches=reach.batches,
        gold=gold,
        adjudications=adjudications,
        examples=tuple(_examples(edit, since)),
        releases=tuple(_releases(project, edit.task, reach.reached())),
        migrations=tuple(one for one in _migrations(project, edit, labels) if one.added or one.votes),
        redo=whole.redo,
        own=reach.redo,
        refused=_refused(edit, labels),
    )
    return Measured(impact=impact, whole=whole)


def _whole(edit: _Edit, labels: _Labels) -> Impact:
    return labels.reach(ordered_changes(edit.head.guideline), edit.head.schema.migrations)


def _labels(project: Project, edit: _Edit, read: _Read, *, strict: bool = False) -> _Labels:
    before, after = edit.before, edit.head
    guideline = after.guideline.with_versions_of(before.guideline)
    corpus = read(before.schema, guideline)
    same = before.stated == after.stated and before.schema.migrations == after.schema.migrations
    newer = corpus if same else read(after.schema, guideline)
    carried = carried_labels(project, after.schema, batch_versions(corpus), strict=strict)
    current, people = _current(corpus, newer)
    return _Labels(edit=edit, corpus=corpus, after=newer, carried=carried, current=current, newer=people)


def _current(corpus: Corpus, after: Corpus) -> tuple[Mask, Mapping[str, frozenset[str]]]:
    """The current ones of the annotations that the schema before an edit reads; and who has one that the edited schema alone reads.

    Where both read an annotation the edited one says whether it is current, for an answer that only it reads may have
    replaced it.
    """
    mine, theirs = (one.annotations.counts & one.annotations.current for one in (corpus, after))
    if after is corpus:
        return mine, {}
    here, there = frozenset(_places(corpus)), tuple(_places(after))
    replaced = frozenset(there) - frozenset(compress(there, theirs.tolist()))
    return mine & ~rows_at(corpus, replaced), people_by_item(after, theirs & ~rows_at(after, here))


def _migrations(project: Project, edit: _Edit, labels: _Labels) -> Iterator[MigrationImpact]:
    for migration in edit.head.schema.migrations:
        reach = labels.reach((), (migration,))
        yield MigrationImpact(
            name=migration.name,
            path=migration.path,
            guideline=migration.guideline,
            reason=migration.reason,
            steps=tuple(step.words for step in migration.steps),
            added=migration in edit.migrations,
            carried=labels.carried.changed[migration.path],
            waiting=len(labels.carried.waiting[migration.path]),
            votes=reach.annotations.annotations,
            items=reach.items,
            redo=reach.redo,
            releases=tuple(_releases(project, edit.task, reach.reached())),
        )


def _refused(edit: _Edit, labels: _Labels) -> int:
    """How many current annotations the edited schema does not allow."""
    if edit.before.stated == edit.head.stated:
        return 0
    allowed = frozenset(_places(labels.after))
    return sum(place not in allowed for place in compress(_places(labels.corpus), labels.current.tolist()))


def _places(corpus: Corpus) -> Iterator[tuple[str, int]]:
    rows = corpus.annotations
    for path, line in zip(rows.path.codes.tolist(), rows.line.tolist(), strict=True):
        yield rows.path.values[path], line


def _examples(edit: _Edit, since: Since) -> Iterator[ExamplePlace]:
    """The examples that stood in the base already and that the edit affects, where they stand now."""
    known = {_content(example) for example in _stated(edit.base)}
    for example in _stated(edit.head):
        labels = [label for label in (example.label, example.refused) if label is not None]
        if _content(example) in known and any(_affected(label, edit, since) for label in labels):
            yield ExamplePlace(path=example.path, line=example.line)


def _stated(revision: Revision | None) -> Iterator[Example]:
    found = () if revision is None else examples_of(body_in(revision.source))
    yield from (one for one in found if isinstance(one, Example))


def _content(example: Example) -> str:
    return canonical_text([example.data, example.label, example.refused])


def _affected(label: JsonObject, edit: _Edit, since: Since) -> bool:
    return any(affects(change, label, since, edit.head.schema.migrations) for change in edit.changes)


def _releases(project: Project, task: str, reached: Mapping[str, frozenset[str]]) -> Iterator[TouchedRelease]:
    for path in project.snapshot.under("releases"):
        name, version = path.split("/")[1], PurePosixPath(path).stem
        if path.count("/") != 2 or not path.endswith(".json") or not is_version(version):
            continue
        citing = read_record(project, name, version).items.get(task, [])
        rows = sum(
            not reached.get(item, frozenset()).isdisjoint(group.guidelines) for group in citing for item in group.items
        )
        if rows:
            yield TouchedRelease(name=name, version=version, rows=rows, of=sum(len(group.items) for group in citing))
