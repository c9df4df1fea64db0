"""Everything that is wrong with a project at one state: what `assay check --all` says, and what a review compares.

The labels of a task are judged in parts: the pool, gold, each batch, the guideline, its examples. What is wrong with a
part depends on nothing but what its key names, so of a commit or merge result the parts that did not change are
remembered. In the work tree, where nothing has a name by content, all is read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from assay import gate, guidelines, release
from assay.core import Finding, Location, finding, fold_findings, legible
from assay.errors import LimitError, UsageError
from assay.extras import resolve
from assay.git import TreeSnapshot
from assay.guidelines import load_revision, unusable
from assay.labels import FileRole, LabelFile, Pool, label_file, load_corpus, read_batch
from assay.project import Project, Roster, load_roster, stated_schema

if TYPE_CHECKING:
    from assay.core import Corpus, ItemTable
    from assay.reviewer.cache import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFindings:
    """What is wrong, by place, and how many annotations were read for it (None: some were remembered)."""

    findings: tuple[Finding, ...]
    records: int | None


def project_findings(
    project: Project, memories: "Mapping[str, Memory] | None" = None, *, now: str | None = None
) -> ProjectFindings:
    """Everything wrong with the project; `memories` hold by task what is known of commits and merge results.

    `now` (RFC 3339, UTC) is what times are compared with; None, as wherever something is remembered: no clock.

    A file of the configuration that cannot be used is a finding; where it is the schema, guideline or migrations of a
    task, the labels of that task are judged no further.

    Raises:
        LimitError, UsageError: a file is larger than assay reads, or may not be read.
        SignatureError: an approval is signed, and ssh-keygen is absent.
    """
    roster, broken = load_roster(project), unusable(project, project.tasks)
    found = [*roster.findings, *of_project(project)]
    records: int | None = 0
    for task in project.tasks:
        if task not in broken:
            judged = (
                _task(project, task, roster, memories[task])
                if memories is not None
                else findings_of_task(project, task, now=now)
            )
            found += judged.findings
            records = None if records is None or judged.records is None else records + judged.records
    return ProjectFindings(findings=fold_findings(tuple(set(found))), records=records)


def _task(project: Project, task: str, roster: Roster, memory: "Memory") -> ProjectFindings:
    snapshot = project.snapshot
    if not isinstance(snapshot, TreeSnapshot):
        return findings_of_task(project, task)
    remembered: ProjectFindings = resolve("assay.reviewer.remembered_parts:remembered_findings")(
        project, task, roster, snapshot, memory
    )
    return remembered


class TaskPart(StrEnum):
    """The parts in which a task is judged."""

    LABELS = "labels"
    SCHEMA = "schema"
    GUIDELINE = "guideline"
    APPROVALS = "approvals"
    EXAMPLES = "examples"


def of_project(project: Project) -> Sequence[Finding]:
    """What is wrong with the project rather than with a task."""
    return gate.findings_of_project(project)


def findings_of_task(
    project: Project, task: str, *, now: str | None = None, parts: Collection[TaskPart] = frozenset(TaskPart)
) -> ProjectFindings:
    """Everything wrong with a task that can be judged, or with some parts of it.

    Raises:
        ConfigError: its schema, guideline or migrations are broken.
    """
    revision = load_revision(project, task)
    loaded = load_corpus(project, revision.schema, revision.guideline, now=now)
    judges: Mapping[TaskPart, Callable[[], Iterable[Finding]]] = {
        TaskPart.LABELS: lambda: (*loaded.findings, *apart_findings(project, task, loaded.corpus.items)),
        TaskPart.SCHEMA: lambda: schema_findings(project, task, loaded.corpus.items.data),
        TaskPart.GUIDELINE: lambda: guideline_findings(project, task),
        TaskPart.APPROVALS: lambda: approvals_findings(project, task),
        TaskPart.EXAMPLES: lambda: examples_findings(project, task, loaded.corpus),
    }
    found = (one for part, judge in judges.items() if part in parts for one in judge())
    return ProjectFindings(findings=tuple(found), records=loaded.report.records)


def schema_findings(project: Project, task: str, items: Iterable[bytes]) -> Iterator[Finding]:
    """What is wrong with the keywords of a task's schema."""
    yield from resolve("assay.project.schema_keywords:keyword_findings")(stated_schema(project, task), items)


def guideline_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with a task's guideline."""
    yield from guidelines.lint_findings(project, task)


def approvals_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the records of a task's approvals."""
    yield from gate.approval_findings(project, task)


def examples_findings(project: Project, task: str, corpus: "Corpus") -> Iterator[Finding]:
    """What is wrong with the examples of a task's guideline."""
    yield from gate.example_findings(project, task, corpus)


def apart_findings(project: Project, task: str, items: "ItemTable | Pool") -> Iterator[Finding]:
    """Items that belong together and were released in different splits."""
    named = zip(items.ids, items.group.codes.tolist(), strict=True)
    groups = {id_: items.group.values[code] for id_, code in named if code >= 0}
    yield from release.apart_findings(project, task, items.ids, items.content, groups)


_ANSWERS = frozenset({FileRole.ANNOTATIONS, FileRole.RETURNED})


def closed_findings(before: Project, paths: Iterable[str]) -> Iterator[Finding]:
    """The changed answers of people in a batch that is closed in the base. Decisions on a closed batch may follow."""
    known = (file for path in sorted(paths) if (file := label_file(path)) is not None)
    files = [file for file in known if file.role in _ANSWERS and not file.sourced]
    roster, closed = load_roster(before), set[tuple[str, str]]()
    for task, name in {(file.task, file.batch) for file in files}:
        stated = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
        if task in before.tasks:
            with suppress(LimitError, UsageError):
                batch, _ = read_batch(before.snapshot, stated, frozenset(), roster)
                if batch is not None and batch.closed:
                    closed.add((task, name))
    for file in files:
        if (file.task, file.batch) in closed:
            message = f"the batch {file.batch} of {file.task} is closed in the base, and its answers change"
            yield finding("batch/closed", Location(path=legible(file.path)), message, where=file.where)
