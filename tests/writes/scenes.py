"""Projects on which a command writes, and what somebody else writes there meanwhile."""

import csv
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import approving
from clones import PART, answer, clone, git, shared_project, vote
from gated import measured_project
from projects import FILES, GUIDELINE, SCHEMA, write_files
from writes.shim import command

NEWER = "newer work"
_TIME = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)")
_SIGNED = re.compile(rb"(?s)-BEGIN SSH SIGNATURE-.*-END SSH SIGNATURE-")
_TODAY = re.compile(rb"created: 20\d\d-\d\d-\d\d\b")
_KEPT = frozenset({"lock", "turn", "migrated", "proposals", "suggestions"})
_ADA, _BEN, _CROWD = "labels/mood/r1/ada.jsonl", "labels/mood/r1/ben.jsonl", "labels/mood/r2/@crowd.jsonl"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A command, how its project is made in a folder, and the newer work of somebody else by path.

    `told` is of a command that may be refused when it is run again, with words: git holds what it did.
    """

    name: str
    arguments: tuple[str, ...]
    make: Callable[[Path], Path]
    newer: Mapping[str, str]
    told: bool = False
    ends: frozenset[int] = field(default=frozenset({0}))


def state(root: Path) -> dict[str, bytes]:
    """Every file of a project but for git's and this clone's own, without the moments of now."""
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", ".assay", "__pycache__"}]
        for name in names:
            path = Path(folder, name)
            data = _SIGNED.sub(b"SIGNED", _TIME.sub(b"NOW", path.read_bytes()))
            found[path.relative_to(root).as_posix()] = _TODAY.sub(b"created: NOW", data)
    return found


def leftovers(root: Path) -> list[str]:
    """What no command that ended may leave behind."""
    scratch = [path for path in root.rglob(".*.tmp*") if ".git" not in path.parts]
    work = root / ".assay"
    own = [path for path in work.iterdir() if path.name not in _KEPT] if work.exists() else []
    return [path.relative_to(root).as_posix() for path in (*scratch, *own) if not path.name.startswith("dropped-")]


def committed(files: Mapping[str, str]) -> Callable[[Path], Path]:
    """Makes the small project, with some files changed, committed in a repository."""

    def make(place: Path) -> Path:
        root = place / "project"
        write_files(root, {**FILES, ".gitignore": "/.assay/\n", **files})
        git(place, "init", "-q", "-b", "main", str(root))
        for key, value in (("user.name", "ada"), ("user.email", "ada@example.org")):
            git(root, "config", key, value)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "the project")
        return root

    return make


def with_file(make: Callable[[Path], Path], name: str, text: str) -> Callable[[Path], Path]:
    """The same, with a file beside it."""

    def _make(place: Path) -> Path:
        root = make(place)
        (place / name).write_text(text)
        return root

    return _make


def with_sheet(place: Path) -> Path:
    """The small project, with a sheet of ben's beside it in which two more answers are filled in."""
    root = committed({})(place)
    ended = command(root, "sheet", "out", "mood", "r3", "../mine.csv", "--as", "ben", "--all")
    assert ended.code == 0, ended.said
    sheet = place / "mine.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **({"tone": "bad"} if row["item"] in {"i1", "i2"} else {})} for row in rows)
    return root


def _clone(place: Path) -> Path:
    root = clone(shared_project(place), place / "project", "ada")
    answer(root, vote("i2"), vote("i1").replace(",", ", "), vote("i3", "bad"))
    return root


def _to_propose(place: Path) -> Path:
    root = clone(shared_project(place), place / "project", "ada")
    (place / "new.md").write_text(GUIDELINE.replace("Read it.", "Read it twice."))
    return root


def _to_approve(place: Path) -> Path:
    made = approving.build(place / "made")
    shutil.copytree(made.root, place / "project", symlinks=True)
    shutil.copytree(made.keys, place / "keys")
    root = place / "project"
    git(root, "config", "user.email", "chen@example.org")
    git(root, "config", "user.name", "Chen")
    return root


def _measured(place: Path) -> Path:
    root = place / "project"
    measured_project(root)
    ended = command(root, "gate")
    assert ended.code == 0, ended.said
    return root


UNTIDY = '{"label":{"tone":"bad"},"item":"i2"}\n{"item": "i1", "skip": "no"}\n'
_NEWER_VOTE = '{"item":"i3","skip":"x","note":"newer work"}\n'
_MIGRATION = "reason: clearer\nguideline: 1.0.0\nsteps:\n  - {rename_values: {field: tone, values: {bad: poor}}}\n"
_MOVED = GUIDELINE.replace("version: 0.2.0\nc", "version: 1.0.0\nc").replace(
    "---\nRead", "  - {version: 1.0.0, date: 2026-03-01, summary: third}\n---\nRead"
)
_ROWS = "".join(
    f'{{"item":"i{item}","annotator":"{who}","label":{{"tone":"good"}},"gold":{{"tone":"good"}}}}\n'
    for item in (1, 2, 5)
    for who in ("W 1", "w3")
)
_MORE = "".join(f'{{"id":"n{number}","data":{{"text":"more"}}}}\n' for number in range(3))
_OPEN = FILES["labels/mood/r3/batch.yaml"]

SCENES = (
    Scene(
        name="fmt", arguments=("fmt",), make=committed({_ADA: UNTIDY, _BEN: UNTIDY}), newer={_BEN: UNTIDY + _NEWER_VOTE}
    ),
    Scene(
        name="migrate --write", arguments=("migrate", "--write"),
        make=committed({"guidelines/mood.md": _MOVED, "schemas/mood.yaml": SCHEMA.replace("good, bad", "good, poor"),
                         "schemas/migrations/mood/0001-clearer.yaml": _MIGRATION}),
        newer={_BEN: _NEWER_VOTE, _CROWD: '{"annotator":"W 1","item":"i2","skip":"newer work"}\n'},
    ),
    Scene(
        name="import long", make=with_file(committed({}), "fresh.jsonl", _ROWS),
        arguments=("import", "long", "../fresh.jsonl", "--task", "mood"),
        newer={"labels/sources/fresh.jsonl": '{"annotator":"W 1","groups":{"of":"newer work"}}\n'},
    ),
    Scene(
        name="import long --update", make=with_file(committed({}), "crowd.jsonl", _ROWS),
        arguments=("import", "long", "../crowd.jsonl", "--task", "mood", "--update"),
        newer={_CROWD: FILES[_CROWD] + '{"annotator":"w9","item":"i1","skip":"newer work"}\n'},
    ),
    Scene(
        name="import items", make=with_file(committed({}), "more.jsonl", _MORE),
        arguments=("import", "items", "../more.jsonl", "--pool", "texts", "--shard", "one"),
        newer={"labels/items/texts/one.jsonl": FILES["labels/items/texts/one.jsonl"]
               + '{"id":"i9","data":{"text":"newer work"}}\n'},
    ),
    Scene(
        name="batch create", make=committed({}),
        arguments=("batch", "create", "mood", "r9", "--annotators", "ada,ben", "--items", "3", "--purpose", "audit"),
        newer={"labels/mood/r9/batch.yaml": f"{_OPEN}# newer work\n"},
    ),
    Scene(
        name="batch close", make=committed({}), arguments=("batch", "close", "mood", "r3", "--anyway"),
        newer={"labels/mood/r3/batch.yaml": f"{_OPEN}# newer work\n"},
    ),
    Scene(
        name="sheet in", make=with_sheet, arguments=("sheet", "in", "mood", "r3", "../mine.csv", "--as", "ben"),
        newer={"labels/mood/r3/ben.jsonl": FILES["labels/mood/r3/ben.jsonl"].replace('i5"', 'i5"', 1)
               + '{"item":"i4","skip":"newer work"}\n'},
    ),
    Scene(
        name="guideline propose", make=_to_propose, told=True,
        arguments=("guideline", "propose", "mood", "--file", "../new.md", "--summary", "Twice.", "--as", "ada"),
        newer={_BEN: FILES[_BEN] + '{"item":"i4","skip":"newer work"}\n'},
    ),
    Scene(
        name="guideline approve", make=_to_approve, told=True,
        arguments=("guideline", "approve", "mood", "--key", "../keys/chen", "--as", "chen"),
        newer={"guidelines/mood.md": approving.guideline("0.2.0", approving.FIRST + approving.SECOND, "newer work\n")},
    ),
    Scene(
        name="submit", make=_clone, told=True, arguments=("submit", "--as", "ada"),
        newer={PART: f"{vote('i1')}\n{vote('i2', note='newer work')}\n"},
    ),
    Scene(
        name="release build", make=_measured, arguments=("release", "build", "support"),
        newer={"releases/support.yaml": "# newer work\n"},
    ),
)  # fmt: skip
