"""What a process costs, and what is made of many such figures: medians, growth from size to size, ratios, a table, a page.

This module and those that use it import little: a process inherits the peak memory of the one that starts it.
"""

import json
import math
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("assay-labels", "numpy", "pyarrow", "msgspec", "orjson", "jsonschema", "pandas", "krippendorff", "dvc")
NAIVE_SECONDS = 89.0
"""What naive validation of 1,000,000 annotations took on the machine for which the goals are stated."""
MILLION = 1_000_000


@dataclass(frozen=True)
class Cost:
    """What a process and those that it started cost: seconds of processor, seconds on the clock, most memory in MiB."""

    cpu: float
    wall: float
    mib: float


@dataclass(frozen=True)
class Goal:
    """Bounds, by the size from which on they hold (0: any); seconds are of the processor, but for `wall`."""

    cpu: Mapping[int, float] = field(default_factory=dict)
    wall: Mapping[int, float] = field(default_factory=dict)
    mib: Mapping[int, float] = field(default_factory=dict)
    exponent: float | None = None


NO_GOAL = Goal()


@dataclass(frozen=True)
class Figure:
    """The runs of one case at one size; `command` is what was typed."""

    case: str
    command: str
    annotations: int
    runs: tuple[Cost, ...]

    @property
    def cpu(self) -> float:
        """The median of the seconds of processor."""
        return statistics.median(one.cpu for one in self.runs)

    @property
    def wall(self) -> float:
        """The median of the seconds on the clock."""
        return statistics.median(one.wall for one in self.runs)

    @property
    def mib(self) -> float:
        """The most memory of any run."""
        return max(one.mib for one in self.runs)

    @property
    def spread(self) -> str:
        """The least and the most seconds of processor."""
        least, most = min(one.cpu for one in self.runs), max(one.cpu for one in self.runs)
        return f"{least:.2f}-{most:.2f}" if len(self.runs) > 1 else ""


@dataclass(frozen=True)
class Run:
    """Every figure of one run, and where it was made."""

    command: str
    machine: str
    versions: Mapping[str, str]
    figures: tuple[Figure, ...]

    def find(self, case: str, annotations: int) -> Figure | None:
        """The figure of that case at that size."""
        return next((one for one in self.figures if (one.case, one.annotations) == (case, annotations)), None)


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Runs a command to its end and gives what it cost.

    Raises:
        SystemExit: it could not do its work: its exit code is neither 0 nor 1, or it failed with a traceback.
    """
    with Path(os.devnull).open("r+b") as null, (folder / ".git/bench-errors").open("w+b") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=null, stdout=null, stderr=errors)
        cost = _ended(process, began)
        errors.seek(0)
        said = errors.read()
    if process.returncode not in {0, 1} or b"Traceback" in said:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}\n{said.decode(errors='replace')}")
    return cost


def measure_page(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Starts a command that serves a page and prints its address; `wall` is the time until the address answers."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    with process.stdout, urllib.request.urlopen(process.stdout.readline().strip()) as answer:
        answer.read()
        answered = time.perf_counter() - began
        process.send_signal(signal.SIGINT)
        cost = _ended(process, began)
    return Cost(cost.cpu, answered, cost.mib)


def _ended(process: subprocess.Popen[bytes] | subprocess.Popen[str], began: float) -> Cost:
    """Waits for a process; the usage that the system gives includes the processes that it waited for."""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / unit)


def machine() -> str:
    """Processor, cores and memory."""
    info = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
    )


def versions() -> dict[str, str]:
    """What ran, by name."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    found = {"Python": platform.python_version(), "git": git}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def exponent(smaller: Figure, larger: Figure) -> float:
    """How processor time grows with size: 0 not at all, 1 in proportion."""
    return math.log(larger.cpu / smaller.cpu) / math.log(larger.annotations / smaller.annotations)


def to_json(run: Run) -> str:
    """A run as a file."""
    return json.dumps(asdict(run), indent=1) + "\n"


def from_json(text: str) -> Run:
    """The run of a file."""
    read = json.loads(text)
    figures = tuple(Figure(**{**one, "runs": tuple(Cost(**cost) for cost in one["runs"])}) for one in read["figures"])
    return Run(**{**read, "figures": figures})


HEADS = ("case", "size", "CPU s", "spread", "wall s", "MiB", "exponent", "goal", "reached")


def rows(run: Run, goals: Mapping[str, Goal], naive: str) -> Iterator[tuple[str, ...]]:
    """A row of `HEADS` for each figure, by case, small sizes first; seconds of goals are scaled to this machine."""
    validation = run.find(naive, MILLION)
    scale = validation.cpu / NAIVE_SECONDS if validation else 1.0
    for case in dict.fromkeys(one.case for one in run.figures):
        figures = sorted((one for one in run.figures if one.case == case), key=lambda one: one.annotations)
        for before, one in zip([None, *figures], figures, strict=False):
            growth = exponent(before, one) if before else None
            wanted = [*_wanted(goals.get(case, NO_GOAL), one, growth, scale)]
            yield (
                case,
                size_text(one.annotations),
                f"{one.cpu:.2f}",
                one.spread,
                f"{one.wall:.2f}",
                f"{one.mib:.0f}",
                "" if growth is None else f"{growth:.2f}",
                ", ".join(text for text, _ in wanted),
                ("yes" if all(reached for _, reached in wanted) else "no") if wanted else "",
            )


def _wanted(goal: Goal, one: Figure, growth: float | None, scale: float) -> Iterator[tuple[str, bool]]:
    """Each bound on a figure, as stated and for this machine, and whether it is kept."""
    for bounds, value, unit, factor in (
        (goal.cpu, one.cpu, "s", scale),
        (goal.wall, one.wall, "s wall", scale),
        (goal.mib, one.mib, "MiB", 1.0),
    ):
        if held := [size for size in bounds if size in {0, one.annotations}]:
            bound = bounds[max(held)]
            here = "" if factor == 1 else f" (here {bound * factor:.2f})"
            yield f"{bound:.3g} {unit}{here}", value <= bound * factor
    if goal.exponent is not None and growth is not None:
        yield f"exponent {goal.exponent:g}", growth <= goal.exponent


def ratios(run: Run, compared: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for each pair of a naive program and a case, at each size that has both."""
    for naive, case in compared:
        for size, theirs, ours in _both(run, naive, case):
            yield f"{size}: {naive} takes {theirs.cpu / ours.cpu:.1f} times the processor time of `{case}`"
    for name in dict.fromkeys(one.case for one in run.figures):
        for size, alone, together in (
            _both(run, name.replace("--jobs 2", "--jobs 1"), name) if "--jobs 2" in name else ()
        ):
            yield f"{size}: `{name}` takes {together.wall / alone.wall:.2f} of the time on the clock of one job"


def _both(run: Run, one: str, other: str) -> Iterator[tuple[str, Figure, Figure]]:
    for size in sorted({figure.annotations for figure in run.figures}):
        first, second = run.find(one, size), run.find(other, size)
        if first and second:
            yield size_text(size), first, second


def size_text(annotations: int) -> str:
    """A size in short, as 100k or 1m."""
    for unit, letter in ((MILLION, "m"), (1_000, "k")):
        if annotations % unit == 0:
            return f"{annotations // unit}{letter}"
    return str(annotations)


def size_of(text: str) -> int:
    """The number of annotations that a size says."""
    unit = {"k": 1_000, "m": MILLION}.get(text[-1].lower(), 1)
    return int(float(text.rstrip("kKmM")) * unit)
