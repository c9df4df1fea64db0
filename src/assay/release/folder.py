"""The folder of a release: where it is, which files it holds, whether they are the ones its manifest lists."""

from collections.abc import Iterator
from pathlib import Path

from assay.gate.enforce import require_release
from assay.project import Project
from assay.release.manifest import MANIFEST, Manifest, ReleasedFile, manifest_in
from assay.store.digest import digest_file


def release_folder(project: Project, name: str) -> Path:
    """`release/<name>` of the project, whether it is there or not.

    Raises:
        UsageError: the project has no such release.
    """
    require_release(project, name)
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
        yield from _fault(path, name, listed.get(name), expected=name in (folders if _is_folder(path) else expected))


def _fault(path: Path, name: str, listed: ReleasedFile | None, *, expected: bool) -> Iterator[str]:
    if path.is_symlink():
        yield f"{name} is a symbolic link"
    elif not expected:
        yield f"{name} does not belong to the release"
    elif listed is not None and not path.is_file():
        yield f"{name} is no regular file"
    elif listed is not None and (path.stat().st_size, digest_file(path)) != (listed.bytes, listed.sha256):
        yield f"{name} was changed: its size or SHA-256 is not the manifest's"


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
