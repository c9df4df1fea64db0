"""`make bench`: what `assay review` costs on a change of 500 labels, whole process, against counting everything again.

On MASC word senses (1,084,551 annotations, the folder ASSAY_DATA) in git, on its first 100,000, and on the reference
project. `first`: nothing is remembered of the project yet. `then`: at another
pull request later, the median of three different ones. `full`: all labels
read and agreement measured once, as the pipeline does it. Where ASSAY_AGAINST
names the `src` folder of another version, its `then` is measured in turn with
ours, and the last column is the ratio.
"""

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASSAY = [sys.executable, "-m", "assay"]
LABELS = 500
BRANCHES = ("one", "two", "three", "four")
AGAINST = os.environ.get("ASSAY_AGAINST", "")
FILES = {
    "checks/project.yaml": "format: 1\nid: bench-project\ntasks: {wsd: {pool: words}}\n",
    "checks/wsd.yaml": "consensus: {method: majority}\nrules: {}\n",
    "schemas/wsd.yaml": "type: object\nrequired: [sense]\nadditionalProperties: false\n"
    "properties: {sense: {type: integer, minimum: 0, maximum: 99, x-scale: nominal}}\n",
    "guidelines/wsd.md": "---\ntask: wsd\nversion: 0.1.0\nchanges:\n"
    "  - {version: 0.1.0, date: 2026-01-01, summary: first}\n---\nChoose the sense.\n",
    "labels/annotators/ada.yaml": "{role: annotator, handle: ada, emails: [ada@example.org]}\n",
}
FULL = """
from pathlib import Path
from assay.agreement.corpus import measure_corpus
from assay.guidelines import load_guideline
from assay.labels import load_corpus
from assay.project import find_project, load_schema
project = find_project(Path.cwd())
for task in project.tasks:
    schema = load_schema(project, task)
    measure_corpus(load_corpus(project, schema, load_guideline(project, task)).corpus, schema.fields)
"""


def main() -> None:
    """Prints a line for each corpus."""
    other = f"{'then/other':>12}" if AGAINST else ""
    print(f"{'assay review':<34}{'first':>9}{'then':>9}{'full':>9}{'then/full':>11}{other}")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(os.environ.get("ASSAY_DATA", "")) / "masc_wsd.jsonl.gz"
        for lines in (100_000, None) if source.is_file() else ():
            root = Path(folder) / str(lines)
            many = _corpus(root, source, lines)
            _line(f"word senses, {many:,} annotations", root)
        if not source.is_file():
            print("word senses: set ASSAY_DATA to the folder that holds masc_wsd.jsonl.gz")
        root = Path(folder) / "reference"
        _git(Path(folder), "clone", "--quiet", str(ROOT), str(root))
        _change_reference(root)
        _line("the reference project", root, against="")  # another version need not know its files


def _line(name: str, root: Path, against: str = AGAINST) -> None:
    first = _seconds(root, _reviewed(BRANCHES[0]))
    then, other = _later(root, against)
    full = _seconds(root, [sys.executable, "-c", FULL])
    ratio = f"{then / other:>12.2f}" if other else ""
    print(f"{name:<34}{first:>8.2f}s{then:>8.2f}s{full:>8.2f}s{then / full:>11.3f}{ratio}")


def _later(root: Path, against: str) -> tuple[float, float]:
    """The median of later reviews, by this version and (0: there is none) by the other; each remembers for itself."""
    kept, ours, theirs = root.with_suffix(".kept"), list[float](), list[float]()
    for turn, branch in enumerate(BRANCHES[1:] * (3 if against else 1)):
        ours.append(_seconds(root, _reviewed(branch)))
        if against:
            _swap(root / ".git/assay", kept)
            if turn == 0:
                _seconds(root, _reviewed(BRANCHES[0]), against)
            theirs.append(_seconds(root, _reviewed(branch), against))
            _swap(root / ".git/assay", kept)
    return statistics.median(ours), statistics.median(theirs) if theirs else 0.0


def _swap(one: Path, other: Path) -> None:
    aside = other.with_suffix(".aside")
    for old, new in ((one, aside), (other, one), (aside, other)):
        if old.exists():
            old.rename(new)


def _reviewed(branch: str) -> Sequence[str]:
    return [*ASSAY, "review", "main", branch, "--actor", "ada", "--format", "json"]


def _corpus(root: Path, source: Path, lines: int | None) -> int:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    export = root.with_suffix(".jsonl")
    with gzip.open(source, "rb") as whole:
        export.write_bytes(b"".join(islice(whole, lines)))
    _run(root, [*ASSAY, "import", "long", str(export), "--task", "wsd", "--source", "masc"])
    shard = min((root / "labels/items/words").glob("*.jsonl"))
    items = sorted(json.loads(line)["id"] for line in shard.read_text().splitlines())[:LABELS]
    batch = root / "labels/wsd/again"
    batch.mkdir()
    (batch / "batch.yaml").write_text("purpose: label\nstatus: open\ncreated: 2026-06-01\nguideline: 0.1.0\n")
    (batch / "assignments.jsonl").write_text("".join(f'{{"item":"{item}","annotators":["ada"]}}\n' for item in items))
    _commit(root, "main")
    _git(root, "branch", "-M", "main")
    for sense, branch in enumerate(BRANCHES):
        _git(root, "switch", "--quiet", "--create", branch, "main")
        votes = (f'{{"item":"{item}","label":{{"sense":{sense}}}}}\n' for item in items)
        (batch / "ada.jsonl").write_text("".join(votes))
        _commit(root, branch)
    return sum(1 for _ in export.open("rb"))


def _change_reference(root: Path) -> None:
    _git(root, "branch", "-M", "main")
    votes = root / "labels/triage/2026-11-round-3/ada.jsonl"
    lines = votes.read_bytes().splitlines(keepends=True)
    for number, branch in enumerate(BRANCHES):
        _git(root, "switch", "--quiet", "--create", branch, "main")
        votes.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
        _commit(root, branch)


def _commit(root: Path, message: str) -> None:
    if not (root / ".git").exists():
        _git(root, "init", "--quiet", "--initial-branch=main")
    _git(root, "add", "--all")
    _git(root, "-c", "user.name=A", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", message)


def _git(root: Path, *arguments: str) -> None:
    _run(root, ["git", *arguments])


def _run(root: Path, command: Sequence[str], source: str = "") -> None:
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    usual |= {"PYTHONPATH": source} if source else {}
    done = subprocess.run(command, cwd=root, env=usual, capture_output=True, check=False)
    if done.returncode > 1 or b"Traceback" in done.stderr:
        raise SystemExit(done.stderr.decode())


def _seconds(root: Path, command: Sequence[str], source: str = "") -> float:
    start = time.perf_counter()
    _run(root, command, source)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
