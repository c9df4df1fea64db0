"""`assay guideline impact`: the labels that an edit of a guideline would make outdated, before it is merged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import PurePosixPath
from typing import TypeAlias

from assay import guidelines
from assay.core import Corpus, DecisionKind, Mask, canonical_text, guideline_versions
from assay.errors import UsageError
from assay.git import is_repository, start_of_work
from assay.labels import load_corpus
from assay.lead.migrate import MigrationEffects, batch_versions, migration_effects, rows_at, waiting_rows
from assay.project import Migration, Project, TaskSchema, field_names, project_at
from assay.quality import Impact, either, impact_of, look_again, people_by_item
from assay.release import is_version, read_record

_Read: TypeAlias = Callable[[TaskSchema, guidelines.Guideline], Corpus]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredImpact:
    """The impact of an edit on one task, and (`whole`) of all edits and migrations so far."""

    impact: guidelines.TaskImpact
    whole: Impact

    @property
    def plan(self) -> Mapping[str, tuple[str, ...]]:
        """The annotators with a current answer to each item that is to be labelled again."""
        return self.whole.plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """An edit: the revision before (None: the task is new), the revision after, and the added versions."""

    task: str
    base: guidelines.Revision | None
    head: guidelines.Revision
    changes: tuple[guidelines.Change, ...]

    @property
    def before(self) -> guidelines.Revision:
        """The revision before, by which labels are read that the edited schema may refuse."""
        return self.base or self.head

    @property
    def names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.head.schema.fields)

    @property
    def migrations(self) -> tuple[Migration, ...]:
        known = self.before.schema.migrations
        return tuple(migration for migration in self.head.schema.migrations if migration not in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labels:
    """The labels of a task as the schema before an edit reads them (`corpus`), and as the edited one does (`after`).

    `current` are the current ones of `corpus`; `newer` are by item the annotators with one that only `after` has.
    """

    edit: _Edit
    corpus: Corpus
    after: Corpus
    effects: MigrationEffects
    current: Mask
    newer: Mapping[str, frozenset[str]]

    def reach(self, changes: Sequence[guidelines.Change], migrations: Sequence[Migration]) -> Impact:
        """The labels that some changes and migrations affect, and the items to label again."""
        older = {now: name for name, now in field_names(self.edit.migrations).items()}
        waiting = waiting_rows(self.corpus, self.effects, migrations)
        versions = dict.fromkeys(migration.guideline for migration in migrations)
        by_version = {version: [one for one in migrations if one.guideline == version] for version in versions}
        return impact_of(
            self.corpus,
            changes,
            self.edit.before.schema.fields,
            self.edit.names,
            current=self.current,
            waiting={older.get(name, name): rows for name, rows in waiting.items()},
            since={
                version: either(waiting_rows(self.corpus, self.effects, several).values(), self.current)
                for version, several in by_version.items()
            },
            newer=self.newer,
            migrations=self.edit.before.schema.migrations,
        )


def measure_impacts(project: Project, task: str | None, *, base: str | None) -> tuple[MeasuredImpact, ...]:
    """The impact of the edit in the work tree, for one task or all; nothing is written.

    The labels are read by the schema of the base, so those that the edited schema refuses count too.

    Raises:
        UsageError: unknown task, no repository, or `base` is an unknown revision.
        ConfigError: guideline, schema or the record of a release cannot be used.
    """
    tasks = tuple(project.tasks) if task is None else (project.task(task).name,)
    if not is_repository(project.root):
        raise UsageError(
            f"{project.root} is not a git repository, so there is nothing to compare with",
            fix="`git init`, and commit the guideline before you edit it",
        )
    start = start_of_work(project.root, base)
    before = project_at(project.root, start) if start else None
    measured = []
    for name in tasks:
        head = guidelines.load_revision(project, name)
        is_new = before is None or not guidelines.states_revision(before, name)
        old = None if before is None or is_new else guidelines.load_revision(before, name)
        measured.append(_measured(project, _edit(name, old, head), partial(_here, project)))
    return tuple(measured)


def current_impact(project: Project, task: str) -> Impact:
    """What is to be labelled again in a task now, whatever the cause; and the current answers by item.

    Raises:
        UsageError: unknown task, or a file is not readable.
        ConfigError: guideline, schema or a migration cannot be used.
    """
    edit = _no_edit(project, task)
    return _whole(edit, _labels(project, edit, partial(_here, project)))


def survey(project: Project, task: str, *, strict: bool = True) -> tuple[guidelines.MigrationImpact, ...]:
    """The effect of each migration of a task on its labels. Without `strict` a line that is not a record is skipped.

    Raises:
        UsageError: unknown task, a file is not readable, or, with `strict`, has a line that is not a record.
        ConfigError: schema, guideline, a migration or the record of a release cannot be used.
    """
    edit = _no_edit(project, task)
    return tuple(_migrations(project, edit, _labels(project, edit, partial(_here, project), strict=strict)))


def impact_between(
    project: Project, task: str, base: guidelines.Revision | None, head: guidelines.Revision, read: _Read
) -> guidelines.TaskImpact:
    """The impact of an edit between two revisions on the labels that `read` returns for a schema."""
    return _measured(project, _edit(task, base, head), read).impact


def _here(project: Project, schema: TaskSchema, guideline: guidelines.Guideline) -> Corpus:
    return load_corpus(project, schema, guideline).corpus


def _no_edit(project: Project, task: str) -> _Edit:
    head = guidelines.load_revision(project, project.task(task).name)
    return _Edit(task=task, base=head, head=head, changes=())


def _edit(task: str, base: guidelines.Revision | None, head: guidelines.Revision) -> _Edit:
    changes = () if base is None else guidelines.new_changes(base, head)
    return _Edit(task=task, base=base, head=head, changes=changes)


def _measured(project: Project, edit: _Edit, read: _Read) -> MeasuredImpact:
    labels = _labels(project, edit, read)
    reach = labels.reach(edit.changes, edit.migrations)
    whole = _whole(edit, labels)
    known = edit.before.schema.migrations
    since = guidelines.present_since(labels.corpus, guideline_versions(labels.corpus), edit.names, known)
    waiting = labels.effects.places(edit.migrations)
    gold, adjudications = (
        look_again(labels.corpus, edit.changes, edit.names, kind, waiting, known)
        for kind in (DecisionKind.GOLD, DecisionKind.ADJUDICATION)
    )
    allowed = frozenset(_places(labels.after))
    places = compress(_places(labels.corpus), labels.current.tolist())
    same = edit.before.stated == edit.head.stated
    impact = guidelines.TaskImpact(
        task=edit.task,
        base=edit.base.guideline.version if edit.base else "",
        version=edit.head.guideline.version,
        edited=edit.base is None or guidelines.edited(edit.base, edit.head) or bool(edit.migrations),
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
        refused=0 if same else sum(place not in allowed for place in places),
    )
    return MeasuredImpact(impact=impact, whole=whole)


def _whole(edit: _Edit, labels: _Labels) -> Impact:
    return labels.reach(guidelines.ordered_changes(edit.head.guideline), edit.head.schema.migrations)


def _labels(project: Project, edit: _Edit, read: _Read, *, strict: bool = False) -> _Labels:
    before, after = edit.before, edit.head
    guideline = after.guideline.with_versions_of(before.guideline)
    corpus = read(before.schema, guideline)
    same = before.stated == after.stated and before.schema.migrations == after.schema.migrations
    newer = corpus if same else read(after.schema, guideline)
    effects = migration_effects(project, after.schema, batch_versions(corpus), strict=strict)
    current, people = _current(corpus, newer)
    return _Labels(edit=edit, corpus=corpus, after=newer, effects=effects, current=current, newer=people)


def _current(corpus: Corpus, after: Corpus) -> tuple[Mask, Mapping[str, frozenset[str]]]:
    """The current annotations of the schema before an edit; and by item the annotators whose current one only `after` has.

    If both schemas read an annotation, `after` decides whether it is current: an answer that only it reads may have
    replaced it.
    """
    mine, theirs = (one.annotations.counts & one.annotations.current for one in (corpus, after))
    if after is corpus:
        return mine, {}
    here, there = frozenset(_places(corpus)), tuple(_places(after))
    replaced = frozenset(there) - frozenset(compress(there, theirs.tolist()))
    return mine & ~rows_at(corpus, replaced), people_by_item(after, theirs & ~rows_at(after, here))


def _migrations(project: Project, edit: _Edit, labels: _Labels) -> Iterator[guidelines.MigrationImpact]:
    for migration in edit.head.schema.migrations:
        reach = labels.reach((), (migration,))
        yield guidelines.MigrationImpact(
            name=migration.name,
            path=migration.path,
            guideline=migration.guideline,
            reason=migration.reason,
            steps=tuple(step.words for step in migration.steps),
            added=migration in edit.migrations,
            carried=labels.effects.changed[migration.path],
            waiting=len(labels.effects.waiting[migration.path]),
            votes=reach.annotations.annotations,
            items=reach.items,
            redo=reach.redo,
            releases=tuple(_releases(project, edit.task, reach.reached())),
        )


def _places(corpus: Corpus) -> Iterator[tuple[str, int]]:
    rows = corpus.annotations
    for path, line in zip(rows.path.codes.tolist(), rows.line.tolist(), strict=True):
        yield rows.path.values[path], line


def _examples(edit: _Edit, since: guidelines.Since) -> Iterator[guidelines.ExamplePlace]:
    """The present places of examples that the base has too and that the edit affects."""
    known = {_content(example) for example in _stated(edit.base)}
    for example in _stated(edit.head):
        labels = [label for label in (example.label, example.refused) if label is not None]
        if _content(example) in known and any(
            any(guidelines.affects(change, label, since, edit.head.schema.migrations) for change in edit.changes)
            for label in labels
        ):
            yield guidelines.ExamplePlace(path=example.path, line=example.line)


def _stated(revision: guidelines.Revision | None) -> Iterator[guidelines.Example]:
    found = () if revision is None else guidelines.examples_of(guidelines.body_in(revision.source))
    yield from (one for one in found if isinstance(one, guidelines.Example))


def _content(example: guidelines.Example) -> str:
    return canonical_text([example.data, example.label, example.refused])


def _releases(
    project: Project, task: str, reached: Mapping[str, frozenset[str]]
) -> Iterator[guidelines.AffectedRelease]:
    for path in project.snapshot.under("releases"):
        name, version = path.split("/")[1], PurePosixPath(path).stem
        if path.count("/") != 2 or not path.endswith(".json") or not is_version(version):
            continue
        citing = read_record(project, name, version).items.get(task, [])
        rows = sum(
            not reached.get(item, frozenset()).isdisjoint(group.guidelines) for group in citing for item in group.items
        )
        if rows:
            yield guidelines.AffectedRelease(
                name=name, version=version, rows=rows, of=sum(len(group.items) for group in citing)
            )
