"""`releases/<name>/<version>.json`: what was released, kept under version control."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from assay.errors import ConfigError, RefusedError
from assay.gate import judged_inputs
from assay.gate.enforce import changes
from assay.model.release import ReleaseSpec
from assay.project import Project
from assay.release.folder import damage, release_folder
from assay.release.manifest import Manifest, manifest_in, same_dataset
from assay.release.split import is_version, major
from assay.release.tables import citations
from assay.store.artifacts import json_bytes, read_parquet, rounded
from assay.store.digest import digest_bytes
from assay.store.files import read_bytes, write_bytes


class CitingItems(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The released items whose votes cite exactly these guideline versions."""

    guidelines: tuple[str, ...]
    items: list[str]


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A released manifest, the SHA-256 of its file, and by task the items with the guidelines their votes cite."""

    manifest: Manifest
    sha256: str
    items: dict[str, list[CitingItems]]


def record(project: Project, name: str) -> Path:
    """Writes the record of the release in `release/<name>`, to be committed, and says where.

    A record of the same dataset is left as it is.

    Raises:
        RefusedError: the release is damaged or older than what it was made from, or another dataset is recorded under
            its version.
        UsageError: the project has no such release.
    """
    folder = release_folder(project, name)
    manifest = manifest_in(folder)
    stale = changes(manifest.made_from.inputs, judged_inputs(project), since="the release")
    if problems := (*damage(folder, manifest), *stale):
        raise RefusedError(
            f"release/{name} is not recorded: {'; '.join(problems)}", hint="build the release again with `dvc repro`"
        )
    path = project.root / record_path(name, manifest.version)
    if not path.exists():
        write_bytes(path, json_bytes(_record(project, folder, manifest)))
    elif not same_dataset(read_record(project, name, manifest.version).manifest, manifest):
        raise RefusedError(
            f"{record_path(name, manifest.version)} records another dataset as version {manifest.version}",
            hint=f"raise the version in releases/{name}.yaml, run `dvc repro`, then record it",
        )
    return path


def record_path(name: str, version: str) -> str:
    """Where the record of a release stands, below the project's root."""
    return f"releases/{name}/{version}.json"


def read_record(project: Project, name: str, version: str) -> Record:
    """A committed record.

    Raises:
        ConfigError: it was not written by assay, or changed since.
    """
    path = record_path(name, version)
    try:
        found = msgspec.json.decode(read_bytes(project.root / path), type=Record)
    except (OSError, msgspec.MsgspecError) as error:
        raise _broken(path, f"is no record of a release: {error}") from error
    if digest_bytes(json_bytes(found.manifest)) != found.sha256:
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


def _record(project: Project, folder: Path, manifest: Manifest) -> Record:
    return Record(
        manifest=manifest,
        sha256=digest_bytes(json_bytes(manifest)),
        items={task: _citing_items(project, folder, manifest, task) for task in manifest.tasks},
    )


def _citing_items(project: Project, folder: Path, manifest: Manifest, task: str) -> list[CitingItems]:
    cited = citations(project, task)
    tables = (read_parquet(folder / task / f"{split}.parquet", columns=["item"]) for split in manifest.splits)
    released = ((cited.get(item, ()), item) for table in tables for item in table["item"].to_pylist())
    return [
        CitingItems(guidelines=guidelines, items=[item for _, item in pairs])
        for guidelines, pairs in groupby(sorted(released), key=lambda pair: pair[0])
    ]


def _broken(path: str, problem: str) -> ConfigError:
    return ConfigError(f"{path}:1 {problem}", hint="restore it from the commit that released it")
