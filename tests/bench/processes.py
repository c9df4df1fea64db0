"""`make bench`: what whole commands cost on made projects, beside what people would write; medians, spread, growth, ratios.

`python tests/bench/processes.py --sizes 100k,1m --json FILE` measures, prints a table and writes every run beside it;
`--page FILE` makes the page of the documents from what is in the JSON file, and measures nothing. Each project is cloned from
a bare repository, which is its remote. Before a run of a warm case, 100 other labels are written, so that no two are alike.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import measured
from bench.measured import MILLION, Cost, Figure, Goal, Run
from bench.performance_page import page, table

HERE = Path(__file__).parent
TASK, LABELS = "aspects", 100
NAIVE, NAIVE_ALPHA = "json + jsonschema (validator reused)", "pandas pivot + krippendorff"
ASSAY = (sys.executable, "-m", "assay")
REPRO = (str(Path(sys.executable).with_name("dvc")), "repro", "--quiet")
STAGES = {
    f"schema {TASK}": f"build/{TASK}/annotations.parquet",
    f"agreement {TASK}": f"build/{TASK}/agreement.parquet",
    f"policy {TASK}": f"build/{TASK}/policy.json",
    f"consensus {TASK}": f"build/{TASK}/consensus.parquet",
    f"quality {TASK}": f"build/{TASK}/queue.parquet",
    "gate": "gate/verdict.json",
}
LIGHT = Goal(cpu={0: 0.18})
DAILY = Goal(wall={MILLION: 1.0})
GOALS = {
    "check, 100 new labels": Goal(cpu={0: 0.6}, mib={0: 100}, exponent=0.05),
    "check --all, cold": Goal(cpu={MILLION: measured.NAIVE_SECONDS / 20}, mib={0: 150}),
    "check --all, nothing changed": Goal(cpu={MILLION: 0.8}),
    "review, first": Goal(cpu={MILLION: 6}),
    "review, again": Goal(cpu={0: 0.7}),
    "review, after a new pool item": Goal(cpu={0: 0.7}),
    "schema": Goal(cpu={MILLION: 5}, mib={MILLION: 250, 5 * MILLION: 600}),
    "agreement": Goal(cpu={100_000: 1.2, MILLION: 4, 5 * MILLION: 12}),
    "consensus": Goal(cpu={MILLION: 3}, mib={5 * MILLION: 600}, exponent=1.0),
    "quality": Goal(cpu={MILLION: 2.5}, mib={5 * MILLION: 600}, exponent=1.0),
    "dvc repro, one file changed": Goal(wall={100_000: 4, MILLION: 8}),
    **dict.fromkeys(("submit", "team", "batch list", "page start", "guideline test"), DAILY),
    **dict.fromkeys(("--help", "check --help", "whoami", "report"), LIGHT),
}
COMPARED = (
    (NAIVE, "check --all, cold"),
    (NAIVE, "check --all, nothing changed"),
    (NAIVE, "check, 100 new labels"),
    (NAIVE, "schema"),
    (NAIVE_ALPHA, "agreement"),
)


@dataclass(frozen=True)
class Case:
    """A command, and what is done before each run; a `warm` one is run once before it is measured."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], object] = lambda: None
    warm: bool = False
    measure: Callable[..., Cost] = measured.measure


@dataclass
class Subject:
    """A clone of a made project, in which commands are measured."""

    root: Path
    environment: dict[str, str]
    changes: Iterator[int] = field(default_factory=lambda: count(1))

    def git(self, *arguments: str) -> str:
        """What git prints; as the annotator w00, or the lead where it commits for them."""
        return subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True).stdout

    def run(self, *command: str) -> None:
        """Runs a command of assay unmeasured."""
        measured.measure([*ASSAY, *command], self.root, self.environment)

    @property
    def open_batch(self) -> Path:
        """The folder of the last batch, which nobody has labelled."""
        return max((self.root / f"labels/{TASK}").glob("batch-*"))

    def forget(self) -> None:
        """Removes what earlier commands have kept."""
        shutil.rmtree(self.root / ".git/assay", ignore_errors=True)

    def answer(self, who: str = "w00") -> None:
        """Writes an annotator's answers to the open batch, others than before."""
        change, batch = next(self.changes), self.open_batch
        plan = (batch / "assignments.jsonl").read_text(encoding="utf-8").splitlines()
        items = [line.split('"')[3] for line in plan if f'"{who}"' in line][:LABELS]
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        lines = (
            f'{{"item":"{item}","label":{{"aspects":["price"],"feeling":"{("anger", "joy")[(place + change) % 2]}",'
            f'"strength":{1 + (place + change) % 5}}},"guideline":"1.1.0","at":"{at}","seconds":{change}}}\n'
            for place, item in enumerate(items)
        )
        (batch / f"{who}.jsonl").write_text("".join(lines), encoding="utf-8")

    def change_closed(self) -> None:
        """Changes one answer in one file of the first batch, after a run of the pipeline."""
        if not (self.root / "dvc.lock").exists():
            measured.measure(REPRO, self.root, self.environment)
        path = min((self.root / f"labels/{TASK}/batch-0000").glob("w*.jsonl"))
        first, rest = path.read_text(encoding="utf-8").split("\n", 1)
        other = re.sub('"seconds":[0-9]+', f'"seconds":{1000 + next(self.changes)}', first)
        path.write_text(f"{other}\n{rest}", encoding="utf-8")

    def pull_request(self) -> None:
        """Makes the branch `change` with answers of w01 from `main`."""
        self.git("switch", "--quiet", "--force", "main")
        self.git("switch", "--quiet", "--force-create", "change", "main")
        self.answer("w01")
        self._commit("w01")
        self.git("switch", "--quiet", "main")

    def first_pull_request(self) -> None:
        """The same for a clone that has kept nothing."""
        self.pull_request()
        self.forget()

    def later_pull_request(self) -> None:
        """The same after `main` has got one more item."""
        self.git("switch", "--quiet", "--force", "main")
        shard = max((self.root / f"labels/items/{TASK}").glob("*.jsonl"))
        number = next(self.changes)
        with shard.open("a", encoding="utf-8") as lines:
            lines.write(f'{{"id":"later-{number:08}","data":{{"text":"a later text, number {number}"}}}}\n')
        self._commit("lead")
        self.pull_request()

    def _commit(self, who: str) -> None:
        self.git("add", "--all")
        self.git("-c", f"user.name={who}", "-c", f"user.email={who}@example.org", "commit", "--quiet", "-m", "Labels")

    def ready(self, stage: str) -> None:
        """Runs the stages before a stage whose outputs are missing, and forgets what they have kept."""
        for before, output in STAGES.items():
            if before == stage:
                break
            if not (self.root / output).exists():
                self.run(*before.split())
        self.forget()

    def clear_pipeline(self) -> None:
        """Removes every output of the pipeline."""
        self.forget()
        for path in (f"build/{TASK}", f"reports/{TASK}", "gate", ".dvc/cache", ".dvc/tmp"):
            shutil.rmtree(self.root / path, ignore_errors=True)
        (self.root / "dvc.lock").unlink(missing_ok=True)


def cases(subject: Subject, *, dvc: bool, jobs: Sequence[str]) -> Iterator[Case]:
    """Every case on a project, in an order in which each finds what it needs."""
    for name in ("--help", "check --help", "whoami"):
        yield Case(name, (*ASSAY, *name.split()), warm=True)
    yield Case(NAIVE, (sys.executable, str(HERE / "naive_validation.py"), "."))
    yield Case(NAIVE_ALPHA, (sys.executable, str(HERE / "naive_alpha.py"), "."))
    check_all = (*ASSAY, "check", "--all")
    yield Case("check --all, cold", check_all, subject.forget)
    for number in jobs:
        yield Case(f"check --all --jobs {number}, cold", (*check_all, "--jobs", number), subject.forget)
    yield Case("check --all, nothing changed", check_all, warm=True)
    subject.run("start", TASK, subject.open_batch.name)
    yield Case("check, 100 new labels", (*ASSAY, "check"), subject.answer, warm=True)
    for name in ("todo", f"team {TASK}", f"batch list {TASK}", f"guideline test {TASK}"):
        yield Case(name.removesuffix(f" {TASK}"), (*ASSAY, *name.split()), subject.answer, warm=True)
    serve = (*ASSAY, "annotate", TASK, subject.open_batch.name, "--no-browser")
    yield Case("page start", serve, subject.answer, warm=True, measure=measured.measure_page)
    yield Case("submit", (*ASSAY, "submit"), subject.answer, warm=True)
    review = (*ASSAY, "review", "main", "change", "--actor", "w01", "--format", "json")
    yield Case("review, first", review, subject.first_pull_request)
    yield Case("review, again", review, subject.pull_request, warm=True)
    yield Case("review, after a new pool item", review, subject.later_pull_request)
    for stage in STAGES:
        yield Case(stage.split()[0], (*ASSAY, *stage.split()), partial(subject.ready, stage))
    yield Case("report", (*ASSAY, "report"), partial(subject.ready, "report"))
    if dvc:
        yield Case("dvc repro, cold", REPRO, subject.clear_pipeline)
        yield Case("dvc repro, nothing changed", REPRO, warm=True)
        yield Case("dvc repro, one file changed", REPRO, subject.change_closed)


def make_subject(folder: Path, annotations: int, made: Path | None) -> Subject:
    """Clones the project of that size; it is generated first where the folder `made` has none."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    usual |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    source = made / measured.size_text(annotations) if made else folder / "made"
    if not source.is_dir():
        maker = (sys.executable, str(HERE / "made_project.py"), str(source), str(annotations))
        subprocess.run(maker, check=True, env=usual)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(source), str(folder / "remote.git")], check=True)
    subprocess.run(["git", "clone", "--quiet", str(folder / "remote.git"), str(folder / "clone")], check=True)
    subject = Subject(folder / "clone", usual)
    subject.git("config", "user.name", "w00")
    subject.git("config", "user.email", "w00@example.org")
    return subject


def measure_case(case: Case, subject: Subject, annotations: int, runs: int) -> Figure:
    """The runs of a case."""
    if case.warm:
        case.prepare()
        case.measure(case.command, subject.root, subject.environment)
    costs = []
    for _ in range(runs):
        case.prepare()
        costs.append(case.measure(case.command, subject.root, subject.environment))
    words = (
        ("assay", *case.command[3:])
        if case.command[:3] == ASSAY
        else [Path(word).name or word for word in case.command]
    )
    return Figure(case.name, " ".join(words), annotations, tuple(costs))


def main() -> None:
    """Measures what is asked for, or makes the page of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100k,1m", help="numbers of annotations")
    parser.add_argument("--runs", type=int, default=3, help="runs of each case; naive validation of 1m and more: one")
    parser.add_argument("--dvc", action="store_true", help="also `dvc repro`, which takes long")
    parser.add_argument("--jobs", default="", help="also `check --all` with these numbers of jobs, such as 1,2")
    parser.add_argument("--only", default="", help="only cases whose names this regular expression finds")
    parser.add_argument("--made", type=Path, help="a folder of made projects, each named by its size")
    parser.add_argument("--work", type=Path, help="where clones are made  [default: a temporary folder]")
    parser.add_argument("--json", type=Path, help="where the runs are written")
    parser.add_argument("--page", type=Path, help="make this page from the JSON file")
    asked = parser.parse_args()
    if asked.page:
        run = measured.from_json(asked.json.read_text(encoding="utf-8"))
        asked.page.write_text(page(run, GOALS, NAIVE, COMPARED), encoding="utf-8")
        return
    figures: list[Figure] = []
    if asked.work:
        asked.work.mkdir(parents=True, exist_ok=True)
    chosen = {"--sizes": asked.sizes, "--runs": asked.runs, "--jobs": asked.jobs, "--only": asked.only}
    typed = " ".join(
        ["python tests/bench/processes.py", *(f"{name} {value}" for name, value in chosen.items() if value)]
        + ["--dvc"] * asked.dvc
    )
    for size in map(measured.size_of, asked.sizes.split(",")):
        with tempfile.TemporaryDirectory(dir=asked.work) as folder:
            subject = make_subject(Path(folder), size, asked.made)
            for case in cases(subject, dvc=asked.dvc, jobs=[one for one in asked.jobs.split(",") if one]):
                if re.search(asked.only, case.name):
                    once = case.name == NAIVE and size >= MILLION
                    figures.append(measure_case(case, subject, size, 1 if once else asked.runs))
                    last = figures[-1]
                    print(
                        f"{measured.size_text(size)} {case.name}: {last.cpu:.2f} s, {last.mib:.0f} MiB", file=sys.stderr
                    )
                    run = Run(typed, measured.machine(), measured.versions(), tuple(figures))
                    if asked.json:
                        asked.json.write_text(measured.to_json(run), encoding="utf-8")
    print(table(run, GOALS, NAIVE, COMPARED))


if __name__ == "__main__":
    main()
