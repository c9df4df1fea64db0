"""`releases/<name>/<version>.json`: records of releases under version control, and what can be read from them later.

The released label of an item is in the folder of that release, or in DVC's cache if that is available. Items with the same
content that were released in different splits stay so until the next major version, and are a finding.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import orjson
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from assay import files, labels
from assay.core import Finding, JsonObject, Location, Where, finding
from assay.errors import AssayError, ConfigError, LimitError, RefusedError
from assay.project import Project, ReleaseSpec, load_release_spec, located
from assay.release.manifest import Manifest
from assay.release.rows import is_version, major, splitter

FORMAT = 4


class CitingItems(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The released items whose votes cite exactly these guideline versions."""

    guidelines: tuple[str, ...]
    items: list[str]


class ReleaseRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released manifest, the SHA-256 of its file, and by task the items with the guidelines their votes cite.

    `commit` holds the sources that it was made from; `digest` is the SHA-256 of the record itself, written with an
    empty digest. A record of format 1 has neither. `elsewhere` are the items, by split, that are in another split than their
    own id gives them: with their group or a duplicate. Before format 4 it was absent, and only groups were kept together.
    """

    format: int = 1
    manifest: Manifest
    sha256: str
    commit: str = ""
    items: dict[str, list[CitingItems]]
    elsewhere: dict[str, list[str]] | UnsetType = UNSET
    digest: str = ""


def sealed_record(record: ReleaseRecord) -> ReleaseRecord:
    """The record with its own digest."""
    return replace(record, digest=files.digest_bytes(files.json_bytes(replace(record, digest=""))))


def record_path(name: str, version: str) -> str:
    """The path of the record of a release, below the project's root."""
    return f"releases/{name}/{version}.json"


def read_record(project: Project, name: str, version: str) -> ReleaseRecord:
    """A committed record.

    Raises:
        NewerError: a newer assay wrote it.
        ConfigError: it was not written by assay, or changed since.
    """
    path = record_path(name, version)
    try:
        data = project.snapshot.read(path)
        if files.is_newer(number := msgspec.json.decode(data, type=files.Numbered).format, FORMAT):
            raise files.newer(path, number, FORMAT)
        found = msgspec.json.decode(data, type=ReleaseRecord)
        whole = files.digest_bytes(files.json_bytes(found.manifest)) == found.sha256
        unsealed = found.format == 1 and not (found.commit or found.digest)
        whole = whole and (unsealed or sealed_record(found) == found)
    except (OSError, LimitError, msgspec.MsgspecError, orjson.JSONEncodeError, RecursionError) as error:
        raise _broken(path, f"is not a record of a release: {error}") from error
    if not whole:
        raise _broken(path, "was changed after it was written: its digest does not match")
    return found


def require_same_splits(project: Project, spec: ReleaseSpec) -> None:
    """Compares the splits with those recorded under the same major version.

    Raises:
        RefusedError: shares or seed differ, so that items would move from split to split.
        ConfigError: a record was changed.
    """
    shares = files.rounded(dict(spec.splits))
    for version in recorded_versions(project, spec):
        manifest = read_record(project, spec.name, version).manifest
        if (manifest.seed, manifest.splits) != (spec.seed, shares):
            raise RefusedError(
                f"releases/{spec.name}.yaml has other splits or another seed than version {manifest.version} had",
                fix="keep them within a major version, or raise the major version",
            )


def recorded_versions(project: Project, spec: ReleaseSpec) -> tuple[str, ...]:
    """The recorded versions of a release under its major version, in the order of their names."""
    names = project.snapshot.names(f"releases/{spec.name}")
    versions = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return tuple(one for one in versions if is_version(one) and major(one) == major(spec.version))


def released_before(project: Project, spec: ReleaseSpec, groups: Mapping[str, str]) -> Mapping[str, str]:
    """The split of each item that other versions of the same major version released; `groups` are those of items today, by id.

    Raises:
        ConfigError: a record was changed.
    """
    others = (version for version in recorded_versions(project, spec) if version != spec.version)
    return released_in(project, spec, others, groups)


def released_in(
    project: Project, spec: ReleaseSpec, versions: Iterable[str], groups: Mapping[str, str]
) -> Mapping[str, str]:
    """The same of the versions that are named.

    Raises:
        ConfigError: a record was changed.
    """
    deal = splitter(spec).split
    found: dict[str, str] = {}
    records = [read_record(project, spec.name, version) for version in versions]
    for record in sorted(records, key=lambda one: one.format):
        ids = [id_ for citing in record.items.values() for one in citing for id_ in one.items]
        if isinstance(record.elsewhere, UnsetType):
            found |= {id_: deal(groups.get(id_, id_)) for id_ in ids}
        else:
            moved = {id_: split for split, several in record.elsewhere.items() for id_ in several}
            found |= {id_: moved.get(id_) or deal(id_) for id_ in ids}
    return found


def _broken(path: str, problem: str) -> ConfigError:
    return ConfigError(f"{path}:1 {problem}", fix="restore it from the commit that released it")


def apart_findings(
    project: Project, task: str, ids: Sequence[str], content: Sequence[str], groups: Mapping[str, str]
) -> Iterator[Finding]:
    """A finding for each item with the content of an item of a smaller id, if the two were released in different splits.

    `content` are the digests of the items' content, `groups` their groups by id. A record that cannot be read is a finding
    of the first task of its release; a specification that cannot be read is reported elsewhere.
    """
    for name in project.releases:
        try:
            spec = load_release_spec(project, name)
        except ConfigError:
            continue
        versions = recorded_versions(project, spec)
        try:
            released = released_in(project, spec, versions, groups) if task in spec.tasks else {}
        except ConfigError as error:
            for at, said in located(error) if task == spec.tasks[0] else ():
                yield finding("project/configuration", at, said, fix=error.fix)
            continue
        same: dict[str, list[str]] = defaultdict(list)
        for id_, digest in zip(ids, content, strict=True):
            if digest and id_ in released:
                same[digest].append(id_)
        for first, *others in same.values():
            for other in others:
                if released[first] != released[other]:
                    yield finding(
                        "item/duplicate-apart",
                        Location(path=record_path(name, versions[-1])),
                        f"item {other!r} was released in {released[other]!r}, and has the same content as item {first!r} in {released[first]!r}",
                        where=Where(task=task, item=other),
                    )


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


def released_label(project: Project, record: ReleaseRecord, task: str, item: str, lock: bytes) -> "JsonObject | None":
    """The label that a recorded release gave an item; None where the files of that release are not available.

    `lock` is `dvc.lock` as committed with the record (empty: none). A file counts only with the digest that the record
    lists.
    """
    name = record.manifest.name
    listed = {file.path: file.sha256 for file in record.manifest.files}
    cached = _cached(project.root, name, lock)
    for split in record.manifest.tasks[task].rows:
        path = f"{task}/{split}.jsonl"
        places = (project.root / "release" / name / path, *([cached[path]] if path in cached else []))
        there = (place for place in places if place.is_file() and not place.is_symlink())
        found = (_label(file, item) for file in there if files.digest_file(file) == listed.get(path))
        if (label := next(found, None)) is not None:
            return label
    return None


def _cached(root: Path, name: str, lock: bytes) -> Mapping[str, Path]:
    """Where DVC's cache keeps the files of a release, by their path below it, as far as the lock and the cache say."""
    try:
        stages = msgspec.convert(files.load_yaml(lock, "dvc.lock").value, _Lock).stages.values() if lock else ()
        folders = [out.md5 for stage in stages for out in stage.outs if out.path == f"release/{name}" and out.md5]
        data = files.read_bytes(_kept(root, folders[0])) if folders else b"[]"
        return {file.relpath: _kept(root, file.md5) for file in msgspec.json.decode(data, type=tuple[_Cached, ...])}
    except (AssayError, OSError, msgspec.MsgspecError):
        return {}


def _kept(root: Path, md5: str) -> Path:
    return root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def _label(place: Path, item: str) -> "JsonObject | None":
    wanted = b'"item":' + orjson.dumps(item)
    lines: Iterator[bytes] = (line.data for line in files.stream_lines(place) if line.data is not None)
    row = next((line for line in lines if wanted in line and labels.identity_of(line) == item), b"{}")
    label = orjson.loads(row).get("label")
    return label if isinstance(label, dict) else None
