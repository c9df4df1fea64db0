"""What was released of an item, long after: its row in the folder of that release, or in DVC's cache where that is here."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import orjson
from msgspec import Meta, Struct

from assay.errors import AssayError
from assay.labels.lines import identity_of
from assay.model.json import JsonObject
from assay.project import Project
from assay.release.records import Record
from assay.store.digest import digest_file
from assay.store.files import read_bytes
from assay.store.lines import read_lines
from assay.store.yaml import load_yaml


class _Out(Struct, frozen=True):
    path: str
    md5: Annotated[str, Meta(pattern=r"^([0-9a-f]{32}(\.dir)?)?$")] = ""


class _Stage(Struct, frozen=True):
    outs: tuple[_Out, ...] = ()


class _Lock(Struct, frozen=True):
    stages: dict[str, _Stage] = {}


class _Cached(Struct, frozen=True):
    relpath: str
    md5: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


def released_label(project: Project, record: Record, task: str, item: str, lock: bytes) -> "JsonObject | None":
    """The label that a recorded release gave an item; None where the files of that release are not here.

    `lock` is `dvc.lock` as it was committed with the record (empty: none was). A file speaks only where its digest is
    the one that the record lists.
    """
    name = record.manifest.name
    listed = {file.path: file.sha256 for file in record.manifest.files}
    cached = _cached(project.root, name, lock)
    for split in record.manifest.tasks[task].rows:
        path = f"{task}/{split}.jsonl"
        places = (project.root / "release" / name / path, *([cached[path]] if path in cached else []))
        found = (_label(place, item) for place in places if _is(place, listed.get(path, "")))
        if (label := next(found, None)) is not None:
            return label
    return None


def _cached(root: Path, name: str, lock: bytes) -> Mapping[str, Path]:
    """Where DVC's cache keeps the files of a release, by their path below it, as far as the lock and the cache say."""
    try:
        stages = msgspec.convert(load_yaml(lock, "dvc.lock").value, _Lock).stages.values() if lock else ()
        folders = [out.md5 for stage in stages for out in stage.outs if out.path == f"release/{name}" and out.md5]
        data = read_bytes(_kept(root, folders[0])) if folders else b"[]"
        return {file.relpath: _kept(root, file.md5) for file in msgspec.json.decode(data, type=tuple[_Cached, ...])}
    except (AssayError, OSError, msgspec.MsgspecError):
        return {}


def _kept(root: Path, md5: str) -> Path:
    return root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def _is(place: Path, sha256: str) -> bool:
    return place.is_file() and not place.is_symlink() and digest_file(place) == sha256


def _label(place: Path, item: str) -> "JsonObject | None":
    wanted = b'"item":' + orjson.dumps(item)
    lines: Iterator[bytes] = (line.data for line in read_lines(place) if line.data is not None)
    row = next((line for line in lines if wanted in line and identity_of(line) == item), b"{}")
    label = orjson.loads(row).get("label")
    return label if isinstance(label, dict) else None
