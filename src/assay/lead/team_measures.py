"""The team of a task, from what is kept of each part of it that did not change."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from assay.core import Severity, number_of
from assay.errors import ConfigError
from assay.labels import (
    BatchGroup,
    FileRole,
    Layout,
    OwnFile,
    label_findings,
    lay_out,
    own_path,
    read_own,
    results_of_task,
    returns_to,
    workload,
)
from assay.lead.team_overview import TeamReport
from assay.lead.team_parts import TeamPart, team_of, team_part
from assay.project import Project


def measure_teams(project: Project, task: str | None = None) -> tuple[TeamReport, ...]:
    """The team of a task, or of every task in the project's order; nothing is written.

    Raises:
        UsageError: unknown task.
        ConfigError: a schema or guideline is broken.
        LimitError: a file is larger than assay reads.
    """
    names = project.tasks if task is None else (project.task(task).name,)
    return tuple(_measured(project, name) for name in names)


def _measured(project: Project, task: str) -> TeamReport:
    results = results_of_task(project, task)
    fields, people = results.rules.schema.fields, results.rules.roster.annotators
    layout = lay_out(project.snapshot, task, results.rules.pool)
    findings = label_findings(results, layout)
    parts = [
        BatchGroup(results, group, gold=()).value("team", TeamPart, lambda corpus: team_part(corpus, fields))
        for group in results.groups
    ]
    named = {name for part in parts for name in part.members if name in people}
    returned = dict(_returned(project, task, layout, named))
    errors = number_of(found for found in findings if found.severity is Severity.ERROR)
    report = team_of(task, parts, people, returned, errors)
    results.store.save()
    return report


def _returned(
    project: Project, task: str, layout: Layout, people: Collection[str]
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """By batch and annotator, how many answers were sent back and not answered since."""
    for batch in dict.fromkeys(file.batch for file in layout.of(FileRole.RETURNED)):
        sent = {name: returns_to(project.snapshot, layout, batch, name) for name in people if not name.startswith("@")}
        waiting = {
            name: len(workload((), _own(project.root, own_path(task, batch, name)), those).returned)
            for name, those in sent.items()
            if those
        }
        yield batch, {name: many for name, many in waiting.items() if many}


def _own(root: Path, path: str) -> OwnFile:
    """The annotator's file; empty if it cannot be read, which `assay check` reports."""
    try:
        return read_own(root, path)
    except ConfigError:
        return OwnFile(path=path, lines={}, digest="")
