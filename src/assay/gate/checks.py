"""Run the project's own checks, `checks/check_*.py`, with pytest in a child process."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.extras import load
from assay.gate.check_notes import Notes
from assay.gate.enforce import changes
from assay.gate.inputs import judged_inputs
from assay.model.verdict import CheckResult, Outcome
from assay.project import Project
from assay.store.process import Ended, run

SECONDS = 300.0
RUNNER = "checks"
_CLEAN_CODES = frozenset({0, 5})


def run_checks(project: Project, *, seconds: float = SECONDS) -> tuple[CheckResult, ...]:
    """The result of every check, sorted by id; none where the project has no checks.

    The child is isolated from the environment's Python and pytest settings and from the project's conftest, and
    nothing is written below the project. What is not known to hold fails: a check without a result, a file that
    cannot be collected or holds no check, a child that dies or takes longer than `seconds`, and all of them where one
    changes what is judged.

    Raises:
        MissingExtraError: pytest is not installed.
    """
    files = sorted(path.relative_to(project.root).as_posix() for path in (project.root / "checks").glob("check_*.py"))
    if not files:
        return ()
    load("pytest")
    judged = judged_inputs(project)
    with TemporaryDirectory(prefix="assay-checks-") as folder:
        notes = Notes(folder=Path(folder))
        ended = run(_command(project.root, files, notes), cwd=project.root, environment=_environment(), seconds=seconds)
        results = _results(notes, files, _ending(ended, seconds))
    if ended.code not in _CLEAN_CODES and not any(result.outcome is Outcome.FAIL for result in results):
        results = (*results, _failure(RUNNER, f"the run of the checks {_ending(ended, seconds)} after their results"))
    tampered = changes(judged, judged_inputs(project), since="the checks began, and a check may only read")
    results = (*results, *(_failure(RUNNER, change) for change in tampered))
    return tuple(sorted(results, key=lambda result: result.id))


def _command(root: Path, files: Sequence[str], notes: Notes) -> list[str]:
    isolated = [sys.executable, "-I", "-B", "-m", "pytest", "-c", os.devnull, f"--rootdir={root}", "--noconftest"]
    plugins = ["-p", "no:cacheprovider", "-p", "no:terminal", "-p", "assay.gate.check_plugin"]
    collection = ["--continue-on-collection-errors", "--import-mode=importlib"]
    names = ["-o", "python_functions=check_* test_*", "-o", "python_classes=Check* Test*"]
    strict = ["-o", "empty_parameter_set_mark=fail_at_collect", "-W", "error::pytest.PytestReturnNotNoneWarning"]
    words = ["-o", "verbosity_assertions=1"]
    return [*isolated, *plugins, *collection, *names, *strict, *words, f"--assay-notes={notes.folder}", "--", *files]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _results(notes: Notes, files: Sequence[str], ending: str) -> tuple[CheckResult, ...]:
    collected = notes.collected()
    if collected is None:
        return (*notes.results(), _failure(RUNNER, f"the run of the checks {ending} before it knew which there are"))
    results = notes.results()
    known = {result.id for result in results}
    missing = [
        _failure(check, f"the run of the checks {ending} before this one had a result")
        for check in collected
        if check not in known
    ]
    return (*results, *missing, *_empty_files(files, {*collected, *known}))


def _empty_files(files: Sequence[str], ids: set[str]) -> Iterator[CheckResult]:
    spoken_for = {check.partition("::")[0] for check in ids}
    for file in files:
        if file not in spoken_for:
            yield _failure(
                file, "no check was found in this file; a check is a function whose name starts with check_ or test_"
            )


def _failure(check: str, message: str) -> CheckResult:
    return CheckResult(id=check, outcome=Outcome.FAIL, message=message)


def _ending(ended: Ended, seconds: float) -> str:
    if ended.code is None:
        return f"was stopped after {seconds:g} s"
    if ended.code < 0:
        return f"was killed by signal {-ended.code}"
    return f"ended with code {ended.code}"
