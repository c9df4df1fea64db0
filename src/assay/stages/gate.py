"""The stage `gate`: policy and evidence → a verdict. It judges and exits 0; `release` is what refuses."""

from collections.abc import Callable

from assay.gate import VERDICT, judge, run_checks
from assay.model.verdict import Verdict
from assay.project import Project
from assay.release import clear_blocked
from assay.store.artifacts import write_json


def gate(project: Project, *, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verdict:
    """Judges every rule of every task, runs the project's own checks, writes `gate/verdict.json`.

    An older verdict goes first, as DVC removes it: one that stays was made by a run that came to its end. A release
    that the verdict blocks is taken away at once. `progress` hears how many of how many check files are done.

    Raises:
        ChecksError: the project's checks could not be run to their end.
    """
    (project.root / VERDICT).unlink(missing_ok=True)
    verdict = judge(project, run_checks(project, progress=progress))
    clear_blocked(project, verdict)
    write_json(project.root / VERDICT, verdict)
    return verdict
