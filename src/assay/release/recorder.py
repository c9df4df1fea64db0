"""Record what was released: the record of a release that verifies."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from assay.errors import AssayError, RefusedError
from assay.files import ABSENT, digest_bytes, json_bytes, note_unchanged, read_parquet, write_all
from assay.gate import changes
from assay.git import WorkTree, commit_of
from assay.project import Project, load_release_spec, project_at
from assay.release.builder import sources_in
from assay.release.manifest import Manifest, manifest_in, release_folder, same_dataset
from assay.release.records import FORMAT, CitingItems, ReleaseRecord, read_record, record_path, sealed_record
from assay.release.rows import citations, splitter
from assay.release.verifier import verify_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The path of a record below the project's root, its commit, and whether it was written just now."""

    path: str
    commit: str
    written: bool


def record(project: Project, name: str, *, today: str) -> Recorded:
    """Writes the record of the release in `release/<name>`, to be committed; `today` is an ISO date.

    It names the commit that holds the sources of the release: all of them must be committed. A record of the same
    dataset is left as it is.

    Raises:
        RefusedError: the release does not verify, another dataset is recorded under its version, or the commit that is
            checked out holds other sources than those it was made from.
        UsageError: the project has no such release.
        ConfigError: a record was changed, or policy is broken.
    """
    folder = release_folder(project, name)
    manifest = manifest_in(folder)
    path = record_path(name, manifest.version)
    there = (project.root / path).exists()
    if there and not same_dataset(read_record(project, name, manifest.version).manifest, manifest):
        fix = f"raise the version in releases/{name}.yaml, run `dvc repro`, then record it"
        raise RefusedError(f"{path} records another dataset as version {manifest.version}", fix=fix)
    if problems := verify_release(project, name, today=today).problems:
        raise RefusedError(
            f"release/{name} is not recorded\n" + "\n".join(f"  {problem}" for problem in problems),
            fix="build the release again with `dvc repro`; where that runs nothing, as when a record of an earlier version came in "
            f"since, with `dvc repro -f -s release@{name}`",
        )
    places = [project.root / "dvc.lock", *(project.root / "reports" / task for task in manifest.tasks)]
    evidence = (file for place in places for file in (place.rglob("*") if place.is_dir() else [place]))
    note_unchanged(path, *(file.relative_to(project.root).as_posix() for file in evidence if file.is_file()))
    if there:
        return Recorded(path=path, commit=read_record(project, name, manifest.version).commit, written=False)
    commit = _committed(project, name)
    write_all(project.root, {path: json_bytes(_record(project, folder, manifest, commit))}, was={path: ABSENT})
    return Recorded(path=path, commit=commit, written=True)


def _committed(project: Project, name: str) -> str:
    """The commit that is checked out; refused unless it holds all sources of the release."""
    root, snapshot = project.root, project.snapshot
    commit = commit_of(root, "HEAD") if isinstance(snapshot, WorkTree) and snapshot.in_git else None
    fix = "commit labels, guidelines, schemas, checks and releases, then record it"
    if commit is None:
        raise RefusedError(f"release/{name} is not recorded: no commit holds its sources", fix=fix)
    spec = load_release_spec(project, name)
    try:
        missing = tuple(
            changes(sources_in(project_at(root, commit), spec), sources_in(project, spec), since=commit[:12])
        )
    except AssayError as error:
        raise RefusedError(f"release/{name} is not recorded: {commit[:12]}: {error.message}", fix=fix) from error
    if missing:
        raise RefusedError(f"release/{name} is not recorded: {missing[0]}, and is not committed", fix=fix)
    return commit


def _record(project: Project, folder: Path, manifest: Manifest, commit: str) -> ReleaseRecord:
    deal = splitter(load_release_spec(project, manifest.name)).split
    tables = {
        split: sorted({item for task in manifest.tasks for item in _items(folder, task, split)})
        for split in manifest.splits
    }
    elsewhere = {split: [id_ for id_ in ids if deal(id_) != split] for split, ids in tables.items()}
    return sealed_record(
        ReleaseRecord(
            format=FORMAT,
            manifest=manifest,
            sha256=digest_bytes(json_bytes(manifest)),
            commit=commit,
            items={task: _citing_items(project, folder, manifest, task) for task in manifest.tasks},
            elsewhere={split: ids for split, ids in elsewhere.items() if ids},
        )
    )


def _items(folder: Path, task: str, split: str) -> list[str]:
    table = read_parquet(folder / task / f"{split}.parquet", columns=["item"], numbered=False)
    items: list[str] = table["item"].to_pylist()
    return items


def _citing_items(project: Project, folder: Path, manifest: Manifest, task: str) -> list[CitingItems]:
    cited = citations(project, task)
    released = ((cited.get(item, ()), item) for split in manifest.splits for item in _items(folder, task, split))
    return [
        CitingItems(guidelines=guidelines, items=[item for _, item in pairs])
        for guidelines, pairs in groupby(sorted(released), key=lambda pair: pair[0])
    ]
