"""What pytest is given in the child that runs a check file: fixtures, the tables as pandas frames, and notes of every result."""

import os
import re
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cache
from glob import escape
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from assay.core import CheckResult, JsonObject, Outcome
from assay.extras import load
from assay.files import plain, read_json, read_parquet
from assay.gate.check_child import BrokenCheck, CollectedChecks, JudgedCheck, Notes
from assay.gate.check_trouble import Surroundings
from assay.project import STAGES, Project, find_project

if TYPE_CHECKING:
    import pandas as pd

MESSAGE_LIMIT = 1_000
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_ERROR_LINE = re.compile(r"^E\s+(.*)$", re.MULTILINE)


def run_file(root: Path, file: str, notes: Notes, memory_mib: int) -> int:
    """Runs the checks of one file below `root`; pytest's exit code.

    A compiled version of the file is not run in its place.
    """
    path = root / file
    if any(path.parent.glob(f"__pycache__/{escape(path.stem)}.*.pyc")):
        sys.pycache_prefix = gettempdir()
    surroundings = Surroundings(root=root, memory_mib=memory_mib)
    isolated = ["-c", os.devnull, f"--rootdir={root}", "--noconftest", "--capture=no"]
    plugins = ["-p", "no:cacheprovider", "-p", "no:terminal"]
    collection = ["--continue-on-collection-errors", "--import-mode=importlib"]
    names = ["-o", "python_functions=check_* test_*", "-o", "python_classes=Check* Test*"]
    # What pytest would only warn of would otherwise pass unseen: a check that it passes over, one that returns its answer.
    errors = ["-W", "error::pytest.PytestCollectionWarning", "-W", "error::pytest.PytestReturnNotNoneWarning"]
    strict = ["-o", "empty_parameter_set_mark=fail_at_collect", *errors]
    words = ["-o", "verbosity_assertions=1"]
    return pytest.main(
        [*isolated, *plugins, *collection, *names, *strict, *words, "--", file],
        plugins=[sys.modules[__name__], Recorder(notes, surroundings)],
    )


class Frames(Mapping[str, "pd.DataFrame"]):
    """One table of every task, by task: read on first use, returned as a new copy.

    `decoded` are the columns of JSON text to return as objects.
    """

    def __init__(self, project: Project, table: str, *, decoded: Sequence[str] = ()) -> None:
        self._project = project
        self._table = table
        self._decoded = decoded

    def __getitem__(self, task: str) -> "pd.DataFrame":
        """The frame of a task.

        Raises:
            KeyError: the project has no such task.
            UsageError: the table has not been made yet.
        """
        if task not in self._project.tasks:
            raise KeyError(f"unknown task {task!r}; tasks: {', '.join(self)}")
        frame = _frame(self._project.root / "build" / task / f"{self._table}.parquet").copy()
        for column in self._decoded:
            frame[column] = [orjson.loads(text) for text in frame[column].astype(object)]
        return frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._project.tasks)

    def __len__(self) -> int:
        return len(self._project.tasks)


@cache
def _frame(path: Path) -> "pd.DataFrame":
    """A Parquet table with plain texts where the file keeps codes."""
    load("pandas")
    return cast("pd.DataFrame", plain(read_parquet(path)).to_pandas())


@pytest.fixture
def project(pytestconfig: pytest.Config) -> Project:
    """The project whose checks these are."""
    return find_project(pytestconfig.rootpath)


@pytest.fixture(name="annotations")
def annotation_tables(project: Project) -> Frames:
    """By task: a row per annotation and field."""
    return Frames(project, "annotations")


@pytest.fixture(name="items")
def item_tables(project: Project) -> Frames:
    """By task: a row per item; `data` and `meta` are dicts."""
    return Frames(project, "items", decoded=("data", "meta"))


@pytest.fixture(name="consensus")
def consensus_tables(project: Project) -> Frames:
    """By task: a row per item and field."""
    return Frames(project, "consensus")


@pytest.fixture
def reports(project: Project) -> Mapping[str, Mapping[str, JsonObject]]:
    """By task and stage: the stage's report."""
    return {
        task: {stage: read_json(project.root / "reports" / task / f"{stage}.json", dict) for stage in STAGES}
        for task in project.tasks
    }


class Recorder:
    """Notes the ids of the collected checks, then the result of each as soon as it is known.

    A check that lacked something outside the checks and the labels is also noted as broken.
    """

    def __init__(self, notes: Notes, surroundings: Surroundings) -> None:
        self._notes = notes
        self._surroundings = surroundings
        self._trouble: dict[str, CheckResult] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """A file may lack what it imports."""
        report = yield
        self._look(collector.nodeid, report.call)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """So may a check, or a fixture that it asks for; what ended a `unittest` check is known after pytest has looked."""
        report = yield
        self._look(item.nodeid, call)
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected is a failure; one that skips itself is a warning."""
        if not report.passed:
            self._note(_trouble(report, self._surroundings.root))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Every check that will run is noted before the first one starts."""
        self._notes.write(CollectedChecks(ids=tuple(item.nodeid for item in session.items)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A check has its result when its teardown is over; the worst of its phases counts, the first of equals."""
        known = self._trouble.get(report.nodeid)
        if report.failed or (report.skipped and known is None):
            trouble = _trouble(report, self._surroundings.root)
            if known is None or known.outcome is Outcome.WARN:
                self._trouble[report.nodeid] = trouble
        if report.when == "teardown":
            passed = CheckResult(id=report.nodeid, outcome=Outcome.PASS, message="holds")
            self._note(self._trouble.pop(report.nodeid, passed))

    def _look(self, node: str, call: pytest.CallInfo[Any]) -> None:
        lacking = None if call.excinfo is None else self._surroundings.lacking(call.excinfo.value)
        if lacking is not None:
            self._notes.write(BrokenCheck(id=node, why=lacking.why[:MESSAGE_LIMIT], fix=lacking.fix))

    def _note(self, result: CheckResult) -> None:
        self._notes.write(JudgedCheck(result=result))


def _trouble(report: pytest.CollectReport | pytest.TestReport, root: Path) -> CheckResult:
    expected: str | None = getattr(report, "wasxfail", None)
    if report.failed:
        outcome, message = Outcome.FAIL, _why(report, root)
    elif expected is not None:
        outcome, message = Outcome.WARN, f"expected to fail: {expected.removeprefix('reason: ')}".removesuffix(": ")
    else:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        outcome, message = Outcome.WARN, f"skipped: {reason.removeprefix('Skipped: ')}"
    return CheckResult(id=report.nodeid, outcome=outcome, message=_ADDRESS.sub("0x…", message)[:MESSAGE_LIMIT])


def _why(report: pytest.CollectReport | pytest.TestReport, root: Path) -> str:
    """What failed and, below the project, where: the same text on every machine."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        text = str(report.longrepr).replace(f"{root}/", "")
        return "; ".join(_ERROR_LINE.findall(text)) or text.strip().rpartition("\n")[2]
    path = Path(crash.path)
    place = f"{path.relative_to(root).as_posix()}:{crash.lineno} " if path.is_relative_to(root) else ""
    return (
        f"{place}{'; '.join(line.removeprefix(' + ').strip() for line in crash.message.splitlines() if line.strip())}"
    )
