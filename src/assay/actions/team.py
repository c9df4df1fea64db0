"""`assay team`: who did how much, how well, and what is still open; read from the label files as they are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from assay.errors import ConfigError
from assay.guidelines import load_guideline
from assay.labels import load_corpus
from assay.labels.annotator_file import OwnFile, own_path, read_own
from assay.labels.assignment import returns_to, workload
from assay.labels.paths import Layout, Role, lay_out
from assay.model.team import TeamReport
from assay.project import Project
from assay.quality.team import measure_team
from assay.schemas import load_schema
from assay.table import Corpus


def team(project: Project, task: str | None = None) -> tuple[TeamReport, ...]:
    """The team of a task, or of every task in the project's order; nothing is written.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema or guideline is broken.
    """
    names = project.tasks if task is None else (project.task(task).name,)
    return tuple(_team(project, name) for name in names)


def _team(project: Project, task: str) -> TeamReport:
    schema = load_schema(project, task)
    loaded = load_corpus(project, schema, load_guideline(project, task))
    layout = lay_out(project.snapshot, task, project.task(task).pool)
    returned = dict(_returned(project, layout, loaded.corpus))
    return measure_team(loaded.corpus, schema.fields, returned, loaded.report.errors)


def _returned(project: Project, layout: Layout, corpus: Corpus) -> Iterator[tuple[str, Mapping[str, int]]]:
    """By batch, how many answers of each annotator were sent back and not answered since."""
    for batch in dict.fromkeys(file.batch for file in layout.of(Role.RETURNED)):
        sent = {
            name: returns_to(project.snapshot, layout, batch, name)
            for name in corpus.annotators
            if not name.startswith("@")
        }
        waiting = {
            name: len(workload((), _own(project.root, own_path(corpus.task, batch, name)), those).returned)
            for name, those in sent.items()
            if those
        }
        yield batch, {name: many for name, many in waiting.items() if many}


def _own(root: Path, path: str) -> OwnFile:
    """The annotator's file; one that cannot be read has answered nothing (`assay check` says what is wrong with it)."""
    try:
        return read_own(root, path)
    except ConfigError:
        return OwnFile(path=path, lines={}, digest="")
