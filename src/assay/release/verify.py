"""Is a release still exactly what was released, and still allowed? Reads, never writes."""

from collections.abc import Iterator

from assay.errors import ConfigError, RefusedError
from assay.gate import judged_inputs, read_verdict
from assay.gate.enforce import VERDICT, changes, objections
from assay.project import Project
from assay.release.folder import damage, release_folder
from assay.release.manifest import Manifest, manifest_in, same_dataset
from assay.release.record import read_record, record_path
from assay.store.digest import digest_file


def verify(project: Project, name: str, *, today: str) -> tuple[str, ...]:
    """What is wrong with `release/<name>`, in a sentence each; nothing where all is well.

    Its files are held against its manifest, the manifest against its own digest, what it was made from against the
    present tree, the verdict against `today` (an ISO date), and the whole against the committed record of its version.

    Raises:
        UsageError: the project has no such release.
        ConfigError: the release's specification is broken.
    """
    folder = release_folder(project, name)
    if not folder.exists():
        return (f"release/{name} does not exist; `dvc repro` builds it where the verdict lets it",)
    try:
        manifest = manifest_in(folder)
    except RefusedError as error:
        return (error.message,)
    return (
        *damage(folder, manifest),
        *_origin(project, name, manifest),
        *_permission(project, name, manifest, today),
        *_record(project, name, manifest),
    )


def _origin(project: Project, name: str, manifest: Manifest) -> Iterator[str]:
    if (manifest.name, manifest.project) != (name, project.id):
        yield f"it is release {manifest.name} of project {manifest.project}, not {name} of {project.id}"
    yield from changes(manifest.made_from.inputs, judged_inputs(project), since="the release")


def _permission(project: Project, name: str, manifest: Manifest, today: str) -> Iterator[str]:
    try:
        verdict = read_verdict(project)
    except RefusedError as error:
        yield error.message
        return
    if digest_file(project.root / VERDICT) != manifest.made_from.verdict:
        yield f"{VERDICT} is not the verdict it was released under"
    yield from objections(project, verdict, what="release", name=name, today=today)


def _record(project: Project, name: str, manifest: Manifest) -> Iterator[str]:
    path = record_path(name, manifest.version)
    if not (project.root / path).exists():
        return
    try:
        recorded = read_record(project, name, manifest.version)
    except ConfigError as error:
        yield error.message
        return
    if not same_dataset(recorded.manifest, manifest):
        yield f"it is not the dataset that {path} records"
