"""`make bench`: what assay costs against the size of what it reads, as ratios of one run, whole processes.

`memory`: the most memory that a command held, interpreter and libraries included, over the size of its file. `people`:
the time of `batch create` for 3,000 people over that for 300, with items in proportion, start-up taken off both.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

MIB = 2**20
SIZE = 55 * MIB
ASSAY = [sys.executable, "-m", "assay"]
VOTES = "labels/t/b/ada.jsonl"
FILES = {
    "checks/project.yaml": "format: 1\nid: bench-project\ntasks: {t: {pool: t}}\n",
    "checks/t.yaml": "consensus: {method: majority}\nrules: {}\n",
    "schemas/t.yaml": "type: object\nproperties: {a: {type: string, enum: [x, y]}}\n",
    "guidelines/t.md": "---\ntask: t\nversion: 1.0.0\nchanges:\n"
    "  - {version: 1.0.0, date: 2026-01-01, summary: first}\n---\nChoose.\n",
    "labels/annotators/ada.yaml": "{role: lead, handle: ada, emails: [ada@example.org]}\n",
    "labels/t/b/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-01-01\nguideline: 1.0.0\n",
}
# A process's own figure, from a child of its own: the largest of its children and itself.
MEASURE = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def main() -> None:
    """Prints a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        _formatting(Path(folder) / "fmt")
        _reviewing(Path(folder) / "review")
        _people(Path(folder))


def _formatting(root: Path) -> None:
    _write(root, FILES)
    for name, length in (("small records", 20), ("large records", 500_000)):
        lines = _lines(SIZE, length)
        for form, data in (("canonical", lines), ("not canonical", [b" " + line for line in reversed(lines)])):
            (root / VOTES).write_bytes(b"".join(data))
            size, peak = (root / VOTES).stat().st_size, _peak(root, [*ASSAY, "fmt", "--check"])
            print(f"fmt --check, {name}, {form}: {size / MIB:.0f} MiB, memory {peak / size:.1f} times that")


def _reviewing(root: Path) -> None:
    _write(root, FILES)
    _git(root, "init", "--quiet", "--initial-branch=main")
    _commit(root)
    _git(root, "switch", "--quiet", "--create", "head")
    data = b"".join(_lines(int(4.7 * MIB), 20))
    for number in range(200):
        _write(root, {f"labels/t/b{number}/batch.yaml": FILES["labels/t/b/batch.yaml"]})
        (root / f"labels/t/b{number}/ada.jsonl").write_bytes(data)
    _commit(root)
    asked = [*ASSAY, "review", "main", "head", "--actor", "ada"]
    began, peak = time.perf_counter(), _peak(root, asked)
    size = 200 * len(data)
    seconds = time.perf_counter() - began
    print(
        f"review, 200 files: {size / MIB:.0f} MiB, memory {peak / size:.3f} times that ({peak / MIB:.0f} MiB, {seconds:.1f} s)"
    )


def _people(folder: Path) -> None:
    seconds = {}
    for many in (300, 3_000):
        root = folder / str(many)
        people = [f"p{number:04}" for number in range(many)]
        _write(root, {path: text for path, text in FILES.items() if path != "labels/t/b/batch.yaml"})
        _write(root, {f"labels/annotators/{who}.yaml": "role: annotator\n" for who in people})
        items = "".join(f'{{"id":"item-{number:06}","data":{{}}}}\n' for number in range(5 * many))
        _write(root, {"labels/items/t/all.jsonl": items})
        command = [*ASSAY, "batch", "create", "t", "one", "--dry-run", "--annotators", ",".join(people)]
        bare = min(_seconds(root, [*ASSAY, "batch", "--help"]) for _ in range(3))
        seconds[many] = min(_seconds(root, command) for _ in range(3)) - bare
    print(f"batch create: {seconds[3_000] / seconds[300]:.1f} times as long for 3,000 people as for 300")


def _lines(size: int, length: int) -> list[bytes]:
    line = b'{"item":"item-%08d","label":{"a":"x"},"note":"' + b"n" * length + b'"}\n'
    return [line % number for number in range(size // len(line % 0))]


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def _commit(root: Path) -> None:
    _git(root, "-c", "core.compression=1", "add", "--all")
    _git(root, "-c", "user.name=A", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message=bench")


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


def _peak(root: Path, command: Sequence[str]) -> int:
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], cwd=root, capture_output=True, text=True, check=True
    )
    return int(told.stdout) * 1024


def _seconds(root: Path, command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=root, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
