"""Everything that is wrong with a project at one state: what `assay check --all` says, and what a review compares."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from assay import gate
from assay.core import Finding, Location, finding, fold_findings, legible
from assay.errors import LimitError, UsageError
from assay.files import Store
from assay.guidelines import unusable
from assay.labels import BatchResults, Engine, FileRole, LabelFile, Processes, label_file, read_batch, rules_of
from assay.project import Project, Roster, load_roster
from assay.reviewer.task_parts import TaskPart, TaskParts


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFindings:
    """What is wrong, by place, and how many annotations there are."""

    findings: tuple[Finding, ...]
    records: int


def project_findings(
    project: Project, store: Store | None = None, *, now: str | None = None, engine: Engine | None = None
) -> ProjectFindings:
    """Everything wrong with the project; what is known of its parts is in a store, by default that of its clone.

    `now` (RFC 3339, UTC) is what times are compared with; None: no clock. `engine` judges many batches; by default two
    processes do.

    A file of the configuration that cannot be used is a finding; where it is the schema, guideline or migrations of a
    task, the labels of that task are judged no further.

    Raises:
        LimitError, UsageError: a file is larger than assay reads, or may not be read.
        SignatureError: an approval is signed, and ssh-keygen is absent.
    """
    roster, broken = load_roster(project), unusable(project, project.tasks)
    found = [*roster.findings, *of_project(project)]
    records = 0
    for task in project.tasks:
        if task not in broken:
            judged = findings_of_task(project, task, store=store, now=now, engine=engine)
            found += judged.findings
            records += judged.records
    return ProjectFindings(findings=fold_findings(tuple(set(found))), records=records)


def of_project(project: Project) -> Sequence[Finding]:
    """What is wrong with the project rather than with a task."""
    return gate.findings_of_project(project)


def findings_of_task(
    project: Project,
    task: str,
    *,
    store: Store | None = None,
    now: str | None = None,
    parts: Collection[TaskPart] = frozenset(TaskPart),
    engine: Engine | None = None,
) -> ProjectFindings:
    """Everything wrong with a task that can be judged, or with some parts of it.

    Raises:
        ConfigError: its schema, guideline or migrations are broken.
    """
    results = results_at(project, task, load_roster(project), store=store, now=now, engine=engine)
    of = TaskParts(project, results)
    found = ProjectFindings(findings=tuple(of.findings(parts)), records=of.records)
    if store is None:
        results.store.save()
    return found


def results_at(
    project: Project,
    task: str,
    roster: Roster,
    *,
    store: Store | None = None,
    now: str | None = None,
    engine: Engine | None = None,
) -> BatchResults:
    """The results of a task's batches, kept in a store, by default that of the project's snapshot.

    Raises:
        ConfigError: the task's schema, guideline or migrations are broken.
    """
    kept, rules = store or project.snapshot.results, rules_of(project, task, roster)
    return BatchResults(project.snapshot, rules, kept, now, engine or Processes())


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
