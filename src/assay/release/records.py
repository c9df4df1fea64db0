"""`releases/<name>/<version>.json`: records of what was released, kept under version control."""

from collections.abc import Iterator

import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import replace

from assay.errors import ConfigError, LimitError, RefusedError
from assay.model.release import ReleaseSpec
from assay.project import Project
from assay.release.manifest import Manifest
from assay.release.split import is_version, major
from assay.store.artifacts import Numbered, json_bytes, rounded
from assay.store.digest import digest_bytes
from assay.store.files import read_bytes
from assay.store.formats import is_newer, newer

FORMAT = 3


class CitingItems(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The released items whose votes cite exactly these guideline versions."""

    guidelines: tuple[str, ...]
    items: list[str]


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released manifest, the SHA-256 of its file, and by task the items with the guidelines their votes cite.

    `commit` holds the sources that it was made from; `digest` is the SHA-256 of the record itself, written with an
    empty digest. A record of format 1 has neither.
    """

    format: int = 1
    manifest: Manifest
    sha256: str
    commit: str = ""
    items: dict[str, list[CitingItems]]
    digest: str = ""


def sealed_record(record: Record) -> Record:
    """The record with its own digest."""
    return replace(record, digest=digest_bytes(json_bytes(replace(record, digest=""))))


def record_path(name: str, version: str) -> str:
    """Where the record of a release stands, below the project's root."""
    return f"releases/{name}/{version}.json"


def read_record(project: Project, name: str, version: str) -> Record:
    """A committed record.

    Raises:
        NewerError: a newer assay wrote it.
        ConfigError: it was not written by assay, or changed since.
    """
    path = record_path(name, version)
    try:
        data = read_bytes(project.root / path)
        if is_newer(number := msgspec.json.decode(data, type=Numbered).format, FORMAT):
            raise newer(path, number, FORMAT)
        found = msgspec.json.decode(data, type=Record)
        whole = digest_bytes(json_bytes(found.manifest)) == found.sha256
        unsealed = found.format == 1 and not (found.commit or found.digest)
        whole = whole and (unsealed or sealed_record(found) == found)
    except (OSError, LimitError, msgspec.MsgspecError, orjson.JSONEncodeError, RecursionError) as error:
        raise _broken(path, f"is no record of a release: {error}") from error
    if not whole:
        raise _broken(path, "was changed after it was written: its digest does not match")
    return found


def require_same_splits(project: Project, spec: ReleaseSpec) -> None:
    """Holds the splits against those recorded under the same major version.

    Raises:
        RefusedError: ratios or seed are others, so that items would move from split to split.
        ConfigError: a record was changed.
    """
    shares = rounded(dict(spec.splits))
    for manifest in _recorded(project, spec):
        if (manifest.seed, manifest.splits) != (spec.seed, shares):
            raise RefusedError(
                f"releases/{spec.name}.yaml has other splits or another seed than version {manifest.version} had",
                hint="keep them within a major version, or raise the major version",
            )


def _recorded(project: Project, spec: ReleaseSpec) -> Iterator[Manifest]:
    stems = sorted(path.stem for path in (project.root / "releases" / spec.name).glob("*.json"))
    for version in filter(is_version, stems):
        if major(version) == major(spec.version):
            yield read_record(project, spec.name, version).manifest


def _broken(path: str, problem: str) -> ConfigError:
    return ConfigError(f"{path}:1 {problem}", hint="restore it from the commit that released it")
