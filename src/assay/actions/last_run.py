"""What the last run of the pipeline left, read back."""

from collections.abc import Callable
from functools import cache, partial

from assay.errors import AssayError, NewerError
from assay.gate import judged_inputs, load_evidence, read_verdict, run_checks
from assay.gate.evidence import changes
from assay.model.verdict import CheckResult, Verdict
from assay.project import Project, load_release_spec
from assay.release import read_manifest, verify
from assay.report import ReleaseLine, RunSummary, TaskSummary


def last_run(project: Project, *, today: str) -> RunSummary:
    """Reports, verdict and releases of the last `dvc repro`.

    Raises:
        UsageError: a stage has not run yet.
    """
    tasks = tuple(_task(project, task) for task in project.tasks)
    verdict = read_verdict(project)
    checks = cache(partial(run_checks, project))
    return RunSummary(
        tasks=tasks,
        verdict=verdict,
        stale=tuple(changes(verdict.inputs, judged_inputs(project), since="the verdict")),
        releases=tuple(_release(project, name, verdict, today, checks) for name in project.releases),
    )


def _task(project: Project, task: str) -> TaskSummary:
    evidence = load_evidence(project, task)
    return TaskSummary(
        name=task,
        schema=evidence.schema,
        agreement=evidence.agreement,
        consensus=evidence.consensus,
        quality=evidence.quality,
    )


def _release(
    project: Project, name: str, verdict: Verdict, today: str, checks: Callable[[], tuple[CheckResult, ...]]
) -> ReleaseLine:
    path, version = f"release/{name}", load_release_spec(project, name).version
    if not (project.root / path).exists():
        refused = name in verdict.release and verdict.release[name].blocks
        absent = "not built: the verdict does not pass" if refused else "not built yet"
        return ReleaseLine(name=name, path=path, version=version, rows=None, problems=(absent,))
    try:
        problems = verify(project, name, today=today, checks=checks()).problems
    except NewerError:
        raise
    except AssayError as error:
        problems = (error.message,)
    try:
        rows: int | None = read_manifest(project, name).rows
    except AssayError:
        rows = None
    return ReleaseLine(name=name, path=path, version=version, rows=rows, problems=problems)
