"""`make servers`: a cluster of two workers against two processes, on made projects: equal results, and what it costs.

`python tests/bench/cluster.py 100k,1m` makes projects of these sizes with faults of many kinds. `check --all` and `schema`
run with `--jobs 2` and with `--scheduler`, and once more while a worker is killed in the middle; what they find and write must
be equal to the last byte, or this ends with exit code 1. Scheduler and workers are processes that listen on the loopback.
Seconds are of the processor: of the command with all that it started, and of scheduler and workers meanwhile.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import measured
from bench.made_project import make_project
from clusters import cluster

ASSAY = (sys.executable, "-m", "assay")
TASK, WORKERS = "aspects", 2
KILLED = Path(__file__).parents[1] / "labels/killed_worker.py"
WRITTEN = (f"build/{TASK}", f"reports/{TASK}")


def main() -> int:
    """Measures each size; 1 where a result is not equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="?", default="100k")
    sizes = parser.parse_args().sizes
    print(f"{'':<34}{'2 processes':>12}{'2 workers':>12}{'overhead':>10}{'wall s':>16}  result")
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        kills = Path(folder) / "kills"
        os.environ["ASSAY_TEST_KILLS"] = str(kills)
        for size in sizes.split(","):
            root = Path(folder) / size
            make_project(root, measured.size_of(size), faults=True)
            with cluster(Path(folder) / f"cluster-{size}", "--preload", KILLED, workers=WORKERS) as address:
                equal &= _compare(f"check --all, {size}", root, address, kills, ("check", "--all", "--format", "json"))
                equal &= _compare(f"schema, {size}", root, address, kills, ("schema", TASK))
            shutil.rmtree(root)
    return 0 if equal else 1


def _compare(case: str, root: Path, address: str, kills: Path, command: tuple[str, ...]) -> bool:
    """Prints a line; whether all results are equal."""
    one, other = (*command, "--jobs", str(WORKERS)), (*command, "--scheduler", address)
    cost, there, here = _run(root, one, lambda: 0.0)
    costs, more, elsewhere = _run(root, other, _others)
    kills.write_text("2", encoding="utf-8")
    *_, after = _run(root, other, lambda: 0.0)
    died = not kills.exists()
    said = "equal" if here == elsewhere else "DIFFERENT"
    said += f", with one killed {'equal' if after == here else 'DIFFERENT'}" if died else ", NONE KILLED"
    total = costs.cpu + more
    walls = f"{cost.wall:.1f} / {costs.wall:.1f}"
    print(
        f"{case:<34}{cost.cpu + there:>12.2f}{total:>12.2f}{total / cost.cpu - 1:>10.0%}{walls:>16}  {said}", flush=True
    )
    return died and here == elsewhere == after


def _run(root: Path, command: tuple[str, ...], others: Callable[[], float]) -> tuple[measured.Cost, float, str]:
    """What a command costs with nothing kept of an earlier one, what others cost meanwhile, and a digest of its results."""
    shutil.rmtree(root / ".git/assay", ignore_errors=True)
    before = others()
    out = root.with_suffix(".out")
    shell = ("sh", "-c", 'out=$1; shift; "$@" > "$out"; test $? -le 1', "sh", str(out), *ASSAY, *command)
    cost = measured.measure(shell, root, os.environ)
    after = others()
    whole = hashlib.sha256(out.read_bytes())
    for path in sorted(path for folder in WRITTEN for path in (root / folder).rglob("*") if path.is_file()):
        whole.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return cost, after - before, whole.hexdigest()


def _others() -> float:
    """The seconds of processor of all running processes that this one has started, and they in turn."""
    return sum(sum(one.cpu_times()[:2]) for one in psutil.Process().children(recursive=True))


if __name__ == "__main__":
    sys.exit(main())
