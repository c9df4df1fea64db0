"""`manifest.json`: the files of a release, what it was made from, and the folder that holds them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import replace

from assay import gate
from assay.core import ReleaseVerdict
from assay.errors import LimitError, RefusedError
from assay.files import Numbered, digest_bytes, digest_file, is_newer, json_bytes, newer, read_bytes, write_bytes
from assay.project import Project

MANIFEST = "manifest.json"
FORMAT = 5
"""5: has `apart`. 4: a row may list open attributes of elements. 3: has `votes`, `left_out` and `open`."""
WITH_APART = 5
WITH_VOTES = 3
_OLDEST_WITH_ORIGIN = 2
_LIMIT = 16 * 2**20


class ReleasedField(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of a released task."""

    scale: str


class ReleasedTask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A task of a release.

    `rows` counts items by split, `votes` by their number of votes: the current votes on the required field that has the
    fewest. `left_out` lists the items without a row, by reason; `unlabelled` counts those of them without a label. `open` are the open counting batches, whose answers are in no row. `guidelines` counts the
    current counting annotations by the guideline version they cite. `grandfathered` counts those of them
    that a later version affects and that were kept as they are, by the version they were made under. `apart` are items that belong
    into one split, as they are of one group or show the same or nearly the same, and were released in several.

    Before format 3 there was no `votes`, `left_out` and `open`, before format 5 no `apart`.
    """

    rows: dict[str, int]
    unlabelled: int
    fields: dict[str, ReleasedField]
    guidelines: dict[str, int]
    grandfathered: dict[str, int] = {}
    votes: dict[str, int] = {}
    left_out: dict[str, list[str]] = {}
    open: list[str] = []
    apart: list[list[str]] = []

    def as_before(self, number: int) -> "ReleasedTask":
        """The task as a manifest of an older format would have it."""
        if number < WITH_VOTES:
            return replace(self, votes={}, left_out={}, open=[], apart=[])
        return self if number >= WITH_APART else replace(self, apart=[])


class ReleasedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a release: its path below the release, its size and its SHA-256."""

    path: str
    bytes: int
    sha256: str


class MadeFrom(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a release was made from: its sources, tables and reports by digest, and the verdict that allowed it.

    Other tasks may change without changing it. Of the roster it includes what the tables hold; of reports, the figures.
    """

    sources: dict[str, str]
    tables: dict[str, str]
    reports: dict[str, str]
    verdict: ReleaseVerdict


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`manifest.json`. `digest` is the SHA-256 of the manifest itself, written with an empty digest.

    `made_from` is a `MadeFrom`; of format 1 it holds the digests of everything judged, and of the verdict.
    """

    format: int
    name: str
    version: str
    project: str
    license: str
    seed: int
    splits: dict[str, float]
    tasks: dict[str, ReleasedTask]
    files: list[ReleasedFile]
    made_from: dict[str, Any]
    assay: str
    digest: str = ""

    @property
    def rows(self) -> int:
        """How many rows it has, of all tasks and splits."""
        return sum(sum(task.rows.values()) for task in self.tasks.values())


def sealed(manifest: Manifest) -> Manifest:
    """The manifest with its own digest."""
    return replace(manifest, digest=digest_bytes(json_bytes(replace(manifest, digest=""))))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes a sealed manifest into the folder of its release."""
    write_bytes(folder / MANIFEST, json_bytes(manifest))


def manifest_in(folder: Path) -> Manifest:
    """The manifest of the release in a folder, which is byte for byte what `write_manifest` writes.

    Raises:
        RefusedError: it is absent, or was changed since it was written.
        NewerError: a newer assay wrote it.
    """
    try:
        data = read_bytes(folder / MANIFEST, limit=_LIMIT)
        if is_newer(number := msgspec.json.decode(data, type=Numbered).format, FORMAT):
            raise newer(str(folder / MANIFEST), number, FORMAT)
        manifest = msgspec.json.decode(data, type=Manifest)
        unchanged = json_bytes(manifest) == data and sealed(manifest) == manifest
    except LimitError as error:
        raise _refused(f"{MANIFEST} is larger than any manifest: {error.message}") from error
    except OSError as error:
        raise _refused(f"{folder.name}/{MANIFEST} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, orjson.JSONEncodeError, RecursionError, ValueError) as error:
        raise _refused(f"{MANIFEST} is not a manifest: {error}") from error
    if not unchanged:
        raise _refused(f"{MANIFEST} was changed after it was written: its digest does not match")
    return manifest


def origin(manifest: Manifest) -> MadeFrom | None:
    """What a release was made from; None where an older version wrote the manifest, in another form.

    Raises:
        RefusedError: it has another form than a manifest's.
    """
    if manifest.format < _OLDEST_WITH_ORIGIN:
        return None
    try:
        return msgspec.convert(manifest.made_from, MadeFrom)
    except msgspec.ValidationError as error:
        raise _refused(f"{MANIFEST} is not a manifest: {error}") from error


def same_dataset(one: Manifest, other: Manifest) -> bool:
    """Whether two manifests describe the same dataset, as far as both have the fields; origin and version of assay may differ."""
    oldest = min(one.format, other.format)
    return _dataset(one, oldest) == _dataset(other, oldest)


def _dataset(manifest: Manifest, number: int) -> Manifest:
    tasks = {name: task.as_before(number) for name, task in manifest.tasks.items()}
    return replace(manifest, format=0, tasks=tasks, made_from={}, assay="", digest="")


def _refused(message: str) -> RefusedError:
    return RefusedError(message, fix="build the release again with `dvc repro`")


def release_folder(project: Project, name: str) -> Path:
    """`release/<name>` of the project, whether it is there or not.

    Raises:
        UsageError: the project has no such release.
    """
    gate.require_release(project, name)
    return project.root / "release" / name


def read_manifest(project: Project, name: str) -> Manifest:
    """The manifest of `release/<name>`.

    Raises:
        UsageError: the project has no such release.
        RefusedError: the manifest is absent, or was changed since it was written.
    """
    return manifest_in(release_folder(project, name))


def listed_files(folder: Path) -> list[ReleasedFile]:
    """Every file of a release but its manifest, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return [
        ReleasedFile(path=path.relative_to(folder).as_posix(), bytes=path.stat().st_size, sha256=digest_file(path))
        for path in paths
    ]


def damage(folder: Path, manifest: Manifest) -> Iterator[str]:
    """In a sentence each, how the folder differs from its manifest: changed, missing, extra or linked files."""
    if folder.is_symlink():
        yield f"{folder.name} is a symbolic link"
    listed = {file.path: file for file in manifest.files}
    expected = {MANIFEST, *listed}
    folders = {parent.as_posix() for name in expected for parent in Path(name).parents}
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    for name in sorted(expected - present.keys()):
        yield f"{name} is missing"
    for name, path in sorted(present.items()):
        known = folders if path.is_dir() and not path.is_symlink() else expected
        entries = listed.get(name)
        if path.is_symlink():
            yield f"{name} is a symbolic link"
        elif name not in known:
            yield f"{name} does not belong to the release"
        elif entries is not None and not path.is_file():
            yield f"{name} is not a regular file"
        elif entries is not None and (path.stat().st_size, digest_file(path)) != (entries.bytes, entries.sha256):
            yield f"{name} was changed: its size or SHA-256 is not the manifest's"
