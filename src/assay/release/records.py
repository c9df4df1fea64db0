"""`releases/<name>/<version>.json`: records of what was released, kept under version control."""

from collections.abc import Iterable, Mapping

import msgspec
import orjson
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from assay.errors import ConfigError, LimitError, RefusedError
from assay.model.release import ReleaseSpec
from assay.project import Project
from assay.release.manifest import Manifest
from assay.release.split import is_version, major, splitter
from assay.store.artifacts import Numbered, json_bytes, rounded
from assay.store.digest import digest_bytes
from assay.store.formats import is_newer, newer

FORMAT = 4


class CitingItems(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The released items whose votes cite exactly these guideline versions."""

    guidelines: tuple[str, ...]
    items: list[str]


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released manifest, the SHA-256 of its file, and by task the items with the guidelines their votes cite.

    `commit` holds the sources that it was made from; `digest` is the SHA-256 of the record itself, written with an
    empty digest. A record of format 1 has neither. `elsewhere` are the items, by split, that stand in another split than their
    own id gives them: with their group or a duplicate. Before format 4 it was not said, and only groups stood together.
    """

    format: int = 1
    manifest: Manifest
    sha256: str
    commit: str = ""
    items: dict[str, list[CitingItems]]
    elsewhere: dict[str, list[str]] | UnsetType = UNSET
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
        data = project.snapshot.read(path)
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
    for version in recorded_versions(project, spec):
        manifest = read_record(project, spec.name, version).manifest
        if (manifest.seed, manifest.splits) != (spec.seed, shares):
            raise RefusedError(
                f"releases/{spec.name}.yaml has other splits or another seed than version {manifest.version} had",
                hint="keep them within a major version, or raise the major version",
            )


def recorded_versions(project: Project, spec: ReleaseSpec) -> tuple[str, ...]:
    """The recorded versions of a release under its major version, in the order of their names."""
    names = project.snapshot.names(f"releases/{spec.name}")
    versions = sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))
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
    return ConfigError(f"{path}:1 {problem}", hint="restore it from the commit that released it")
