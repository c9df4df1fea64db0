"""Projects to label in a browser, the real server of the page, and where a browser is: for tests, screenshots, the bench."""

import importlib.util
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from projects import write_files

REPOSITORY = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
USUAL = {"width": 1280, "height": 800}
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = (
    "playwright is not installed"
    if importlib.util.find_spec("playwright") is None
    else "no chromium, chromium-browser or google-chrome on this machine"
    if BROWSER is None
    else ""
)

SIDES = ", ".join(f"{side}: {{type: integer, minimum: 0}}" for side in ("x", "y", "width", "height"))
BOX = (
    "{type: object, additionalProperties: false, required: [x, y, width, height, kind], "
    f"properties: {{{SIDES}, kind: {{enum: [bird, leaf]}}}}}}"
)
SPAN = (
    "{type: object, additionalProperties: false, required: [start, end, kind], "
    "properties: {start: {type: integer}, end: {type: integer}, kind: {enum: [name, place]}}}"
)
GALLERY = f"""
title: Pictures of the garden
type: object
additionalProperties: false
required: [seen, count, clear]
x-item:
  type: object
  properties:
    picture: {{title: Picture, type: string, contentMediaType: image/png}}
    words: {{title: Words, type: array, items: {{type: string}}}}
properties:
  seen: {{title: What is seen, type: array, x-source: picture, items: {BOX}}}
  count: {{title: How many birds, type: integer, minimum: 0, maximum: 99}}
  weight: {{title: Weight in grams, type: number, minimum: 0}}
  clear: {{title: Clear enough, type: boolean}}
  caption: {{title: Caption, type: string, maxLength: 80}}
  named: {{title: Named birds, type: array, x-source: words, items: {SPAN}}}
  more: {{title: Anything else, type: object, x-scale: nominal}}
"""


def png(width: int, height: int) -> bytes:
    """A picture of that size: a garden wall with two birds on it, in plain shapes."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]
    sky = np.stack([205 - 30 * y, 224 - 20 * y, 236 - 40 * y], axis=-1)
    sky[y > 0.72] = (168, 132, 108)
    for left, top, colour in ((0.3, 0.62, (96, 82, 74)), (0.66, 0.6, (190, 96, 60))):
        sky[((x - left) / 0.085) ** 2 + ((y - top) / 0.1) ** 2 < 1] = colour
        sky[((x - left - 0.075) / 0.04) ** 2 + ((y - top + 0.09) / 0.06) ** 2 < 1] = colour
        sky[(abs(x - left) < 0.008) & (y > top) & (y < 0.72)] = (60, 50, 40)
    pixels = np.concatenate([np.zeros((height, 1), np.uint8), sky.astype(np.uint8).reshape(height, -1)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(pixels.tobytes(), 9)), (b"IEND", b""))
    )


def plain_png(width: int, height: int) -> bytes:
    """A grey picture of that size, made at once however large it is."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = (b"\0" + b"\x55" * -(-width // 8)) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data) for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jsonl(*records: Mapping[str, object]) -> str:
    """Records as lines of compact JSON."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in records)


def batch_files(task: str, name: str, items: list[str], who: str = "ada", **more: str) -> dict[str, str]:
    """An open batch that asks all items of one annotator."""
    stated = {"purpose": "label", "status": "open", "created": "2026-11-20", "guideline": "1.0.0", "seed": "7", **more}
    folder = f"labels/{task}/{name}"
    return {
        f"{folder}/batch.yaml": "".join(f"{key}: {value}\n" for key, value in stated.items()),
        f"{folder}/assignments.jsonl": jsonl(*({"item": item, "annotators": [who]} for item in sorted(items))),
    }


def task_files(
    task: str, schema: str, items: Mapping[str, Mapping[str, object]], *, body: str = "Look.\n", **more: str
) -> dict[str, str]:
    """A project of one task and one open batch, `round-1`, that asks everything of `ada`."""
    return {
        "checks/project.yaml": f"format: 1\nid: test-project\ntasks: {{{task}: {{pool: {task}}}}}\n",
        f"schemas/{task}.yaml": schema,
        f"guidelines/{task}.md": (
            f"---\ntask: {task}\nversion: 1.0.0\nowners: [noor]\nchanges:\n"
            f"  - {{version: 1.0.0, date: 2026-11-01, summary: first, affects: [all], policy: relabel}}\n---\n\n{body}"
        ),
        "labels/annotators/ada.yaml": "kind: person\n",
        "labels/annotators/noor.yaml": "kind: person\nrole: lead\n",
        "labels/annotators/bot.yaml": "kind: model\n",
        f"labels/items/{task}/one.jsonl": jsonl(*({"id": item, "data": data} for item, data in sorted(items.items()))),
        **batch_files(task, "round-1", list(items), **more),
    }


def reference_files() -> dict[str, bytes]:
    """The reference project's own files: labels, schemas, guidelines, checks."""
    folders = ("labels", "schemas", "guidelines", "checks")
    paths = (path for folder in folders for path in (REPOSITORY / folder).rglob("*") if path.is_file())
    return {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in paths if path.suffix != ".pyc"}


def make_project(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes a project and commits it, on a branch of the annotator's."""
    write_files(root, files)
    for command in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "--all"],
        ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "start"],
        ["switch", "--quiet", "--create", "ada/work"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@dataclass(frozen=True)
class Served:
    """A running page: its project, its address, and how to end it and wait until it has ended."""

    root: Path
    address: str
    stop: Callable[[], None]

    @property
    def port(self) -> str:
        """The port it listens on."""
        return self.address.split(":")[2].split("/")[0]

    @property
    def page(self) -> str:
        """The address of the page itself, for a browser that has entered."""
        return f"{self.address.partition('#')[0]}label"

    def records(self, path: str) -> dict[str, dict[str, object]]:
        """The records of a label file, by item; none where it is not there."""
        file = self.root / path
        lines = file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []
        return {record["item"]: record for record in map(json.loads, lines)}


@contextmanager
def serving(root: Path, *arguments: str) -> Iterator[Served]:
    """`assay annotate` on a project, stopped at the end."""
    command = [sys.executable, "-m", "assay", "annotate", *arguments, "--no-browser"]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout
        assert process.stderr
        address = process.stdout.readline().strip()

        def stop() -> None:
            process.terminate()
            process.wait()

        try:
            assert address, process.stderr.read()
            yield Served(root, address, stop)
        finally:
            stop()


@contextmanager
def forked(warm: Callable[[Mapping[str, object]], int], root: Path, *arguments: str) -> Iterator[Served]:
    """The same, from the process that starts servers at once."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        os.mkfifo(out)
        pid = warm({"root": str(root), "out": str(out), "err": str(err), "arguments": [*arguments, "--no-browser"]})
        with out.open(encoding="utf-8") as said:
            address = said.readline().strip()

            def stop() -> None:
                if not said.closed:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
                    said.read()
                    said.close()

            try:
                assert address, err.read_text(encoding="utf-8")
                yield Served(root, address, stop)
            finally:
                stop()
