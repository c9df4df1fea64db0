"""The stage `gate`: policy and evidence → a verdict. It judges and exits 0; `release` is what refuses."""

from collections.abc import Callable, Iterator

from assay.errors import UsageError
from assay.gate import VERDICT, judge, require_measured, run_checks
from assay.gate.findings import FINDINGS, findings_of_project
from assay.guidelines.configuration import require_policy
from assay.model.finding import Finding
from assay.model.verdict import Verdict
from assay.project import Project
from assay.release import clear_blocked
from assay.release.records import apart_findings
from assay.release.rows import read_item_table
from assay.store.artifacts import write_json
from assay.store.findings import write_findings


def gate(project: Project, *, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verdict:
    """Judges every rule of every task, runs the project's own checks, writes `gate/verdict.json`.

    An older verdict goes first, as DVC removes it: one that stays was made by a run that came to its end. A release
    that the verdict blocks is taken away at once. What is wrong with the project itself is listed in
    `gate/findings.jsonl` before anything is judged: also where policy is broken and there is no verdict. `progress`
    hears how many of how many check files are done.

    Raises:
        ChecksError: the project's checks could not be run to their end.
        ConfigError: policy is broken.
        UsageError: the evidence is not of the labels, policy and tables that are here.
    """
    (project.root / VERDICT).unlink(missing_ok=True)
    write_findings(project.root / FINDINGS, (*findings_of_project(project), *_apart(project)))
    require_policy(project)
    checks = run_checks(project, progress=progress)
    require_measured(project)
    verdict = judge(project, checks)
    clear_blocked(project, verdict)
    write_json(project.root / VERDICT, verdict)
    return verdict


def _apart(project: Project) -> Iterator[Finding]:
    """What shows the same and was released in different splits; of a task that is not measured, which is told later, nothing."""
    folders = (f"releases/{name}" for name in project.releases)
    if not any(file.endswith(".json") for folder in folders for file in project.snapshot.names(folder)):
        return
    for task in project.tasks:
        try:
            items = read_item_table(project, task).values()
        except UsageError:
            continue
        groups = {one.id: one.group for one in items if one.group is not None}
        yield from apart_findings(project, task, [one.id for one in items], [one.content for one in items], groups)
