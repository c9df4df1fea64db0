"""The stage `gate`: policy and evidence → a verdict. It judges and exits 0; `release` is what refuses."""

from assay.gate import VERDICT, judge, run_checks
from assay.model.verdict import Verdict
from assay.project import Project
from assay.release import clear_blocked
from assay.store.artifacts import write_json


def gate(project: Project) -> Verdict:
    """Judges every rule of every task, runs the project's own checks, writes `gate/verdict.json`.

    A release that the verdict blocks is taken away at once.
    """
    verdict = judge(project, run_checks(project))
    clear_blocked(project, verdict)
    write_json(project.root / VERDICT, verdict)
    return verdict
