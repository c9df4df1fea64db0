"""What a verdict rests on: policy, sources, tables and reports, and whether the evidence is of what is here."""

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from assay.errors import UsageError
from assay.gate.evidence import TaskEvidence
from assay.model.agreement import AgreementReport
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport
from assay.project import Project
from assay.project.made_from import STAGES as STAGES
from assay.project.made_from import digests, read_by, report_of, written_by
from assay.store.artifacts import read_json

_NAMED = 5


class Stale(NamedTuple):
    """A file or folder that is not what it was when a report was written."""

    report: str
    path: str


def load_evidence(project: Project, task: str) -> TaskEvidence:
    """The reports of a task.

    Raises:
        UsageError: a stage has not written its report yet, or another assay wrote it.
    """
    folder = project.root / "reports" / task
    return TaskEvidence(
        schema=read_json(folder / "schema.json", SchemaReport),
        agreement=read_json(folder / "agreement.json", AgreementReport),
        consensus=read_json(folder / "consensus.json", ConsensusReport),
        quality=read_json(folder / "quality.json", QualityReport),
    )


def judged_inputs(project: Project, tasks: Collection[str] | None = None) -> dict[str, str]:
    """The digest of everything a verdict rests on, by its name; what is absent has the empty digest.

    These are everything below `checks/` but caches and hidden files, the release specifications, and of each task (or
    of those named) what its stages read, the tables and the reports.

    Raises:
        ConfigError: the policy of a task cannot be read.
    """
    measured = (name for task in (project.tasks if tasks is None else tasks) for name in _measured(project, task))
    return digests(project, [*_policy(project), *measured])


def stale_evidence(project: Project, inputs: Mapping[str, str], tasks: Collection[str]) -> tuple[Stale, ...]:
    """What is not what the reports of the tasks were made from, or written with; `inputs` are the digests of what is here.

    Raises:
        UsageError: a stage has not written its report yet, or another assay wrote it.
    """
    return tuple(one for task in tasks for one in _stale(project, task, inputs))


def told(stale: Collection[Stale]) -> tuple[str, ...]:
    """In a sentence a report."""
    return tuple(
        f"changed since {report} was measured: {_some([one.path for one in group])}"
        for report, group in groupby(sorted(stale), key=attrgetter("report"))
    )


def require_measured(project: Project) -> None:
    """Refuses evidence that is of other labels, policy or tables than those that are here.

    Raises:
        UsageError: it is, or a stage has not run; the message names what changed.
    """
    if problems := told(stale_evidence(project, judged_inputs(project), tuple(project.tasks))):
        raise UsageError("\n".join(problems), hint=MEASURE_AGAIN)


MEASURE_AGAIN = "run `dvc repro`; where it finds nothing to do, `dvc repro -f` measures everything again"


def changes(then: Mapping[str, str], now: Mapping[str, str], *, since: str) -> Iterator[str]:
    """In one sentence, the files and folders that are not what they were."""
    if changed := _changed(then, now):
        yield f"changed since {since}: {_some(changed)}"


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))


def _some(paths: Collection[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(sorted(paths)[:_NAMED])}{more}"


def _stale(project: Project, task: str, inputs: Mapping[str, str]) -> Iterator[Stale]:
    evidence = load_evidence(project, task)
    for stage in STAGES:
        report = getattr(evidence, stage)
        here = {name: inputs[name] for name in (*read_by(project, task, stage), *written_by(task, stage))}
        for path in _changed({**report.made_from, **report.tables}, here):
            yield Stale(report_of(task, stage), path)


def _policy(project: Project) -> Iterator[str]:
    snapshot = project.snapshot
    yield from (path for path in snapshot.under("checks") if _is_source(path))
    yield from (f"releases/{name}" for name in snapshot.names("releases") if name.endswith(".yaml"))


def _is_source(path: str) -> bool:
    return not any(part.startswith(".") or part == "__pycache__" for part in path.split("/")) and path[-4:] != ".pyc"


def _measured(project: Project, task: str) -> Iterator[str]:
    for stage in STAGES:
        yield report_of(task, stage)
        yield from read_by(project, task, stage)
        yield from written_by(task, stage)
