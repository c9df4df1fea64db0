"""`assay guideline impact`: what an edit of a guideline would make outdated, before it is merged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TypeAlias

from assay.errors import UsageError
from assay.git.base import start_of_work
from assay.guidelines.body import body_in
from assay.guidelines.edits import edited, new_changes
from assay.guidelines.examples import Example, examples_of
from assay.guidelines.front_matter import Change
from assay.guidelines.revisions import Revision, load_revision, states_revision
from assay.guidelines.versions import Since, affects, ordered_changes
from assay.labels import load_corpus
from assay.model.impact import ExamplePlace, TaskImpact, TouchedRelease
from assay.model.json import JsonObject
from assay.model.values import canonical_text
from assay.project import Project
from assay.project.find import project_at
from assay.quality.blast import Blast, blast, look_again
from assay.quality.touched import carried_since
from assay.release.records import read_record
from assay.release.split import is_version
from assay.schemas import TaskSchema
from assay.store.git import is_repository
from assay.table import Corpus, DecisionKind
from assay.table.made_under import made_under

_Read: TypeAlias = Callable[[TaskSchema, frozenset[str]], Corpus]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The impact on one task, and who answered each item that is to be labelled again, for this edit or an earlier one."""

    impact: TaskImpact
    plan: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """An edit: what it was made from (None: the task is new), what it is, and the versions that it adds."""

    task: str
    base: Revision | None
    head: Revision
    changes: tuple[Change, ...]

    @property
    def names(self) -> frozenset[str]:
        """The fields that a label may have after it."""
        return frozenset(field.name for field in self.head.schema.fields)


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
            hint="`git init`, and commit the guideline before you edit it",
        )
    start = start_of_work(project.root, base)
    before = project_at(project.root, start) if start else None
    return tuple(_measured(project, _edit(before, project, name), partial(_here, project)) for name in tasks)


def impact_between(project: Project, task: str, base: Revision | None, head: Revision, read: _Read) -> TaskImpact:
    """What the edit from one revision to another concerns, among labels that `read` gives by a schema."""
    changes = () if base is None else new_changes(base, head)
    return _measured(project, _Edit(task=task, base=base, head=head, changes=changes), read).impact


def _here(project: Project, schema: TaskSchema, versions: frozenset[str]) -> Corpus:
    return load_corpus(project, schema, versions).corpus


def _edit(before: Project | None, project: Project, task: str) -> _Edit:
    head = load_revision(project, task)
    base = load_revision(before, task) if before is not None and states_revision(before, task) else None
    changes = () if base is None else new_changes(base, head)
    return _Edit(task=task, base=base, head=head, changes=changes)


def _measured(project: Project, edit: _Edit, read: _Read) -> Measured:
    before = edit.base or edit.head
    versions = before.guideline.versions | edit.head.guideline.versions
    corpus = read(before.schema, versions)
    reach = blast(corpus, edit.changes, before.schema.fields, edit.names)
    since = carried_since(corpus, made_under(corpus), edit.names)
    impact = TaskImpact(
        task=edit.task,
        base=edit.base.guideline.version if edit.base else "",
        version=edit.head.guideline.version,
        edited=edit.base is None or edited(edit.base, edit.head),
        changes=reach.versions,
        annotations=reach.annotations,
        items=reach.items,
        values=reach.values,
        annotators=reach.annotators,
        batches=reach.batches,
        gold=look_again(corpus, edit.changes, edit.names, DecisionKind.GOLD),
        adjudications=look_again(corpus, edit.changes, edit.names, DecisionKind.ADJUDICATION),
        examples=tuple(_examples(edit, since)),
        releases=tuple(_releases(project, edit.task, reach.reached())),
        redo=reach.redo,
        refused=_refused(edit, reach, versions, read),
    )
    whole = blast(corpus, ordered_changes(edit.head.guideline), before.schema.fields, edit.names)
    return Measured(impact=impact, plan=whole.plan)


def _refused(edit: _Edit, reach: Blast, versions: frozenset[str], read: _Read) -> int:
    """How many current annotations the edited schema does not allow."""
    if edit.base is None or edit.base.stated == edit.head.stated:
        return 0
    allowed = set(_places(read(edit.head.schema, versions)))
    places = zip(_places(reach.corpus), reach.current.tolist(), strict=True)
    return sum(current and place not in allowed for place, current in places)


def _places(corpus: Corpus) -> Iterator[tuple[str, int]]:
    rows = corpus.annotations
    for path, line in zip(rows.path.codes.tolist(), rows.line.tolist(), strict=True):
        yield rows.path.values[path], line


def _examples(edit: _Edit, since: Since) -> Iterator[ExamplePlace]:
    """The examples that stood in the base already and that the edit affects, where they stand now."""
    known = {_content(example) for example in _stated(edit.base)}
    for example in _stated(edit.head):
        labels = [label for label in (example.label, example.refused) if label is not None]
        if _content(example) in known and any(_affected(label, edit.changes, since) for label in labels):
            yield ExamplePlace(path=example.path, line=example.line)


def _stated(revision: Revision | None) -> Iterator[Example]:
    found = () if revision is None else examples_of(body_in(revision.source))
    yield from (one for one in found if isinstance(one, Example))


def _content(example: Example) -> str:
    return canonical_text([example.data, example.label, example.refused])


def _affected(label: JsonObject, changes: Sequence[Change], since: Since) -> bool:
    return any(affects(change, label, since) for change in changes)


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
