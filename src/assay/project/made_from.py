"""What evidence is made from: what each measuring stage reads, and the digest of it in any state of the project.

A stage writes these digests into its report before it reads anything, so evidence can be held against the project that
is here, and against the tables and reports of the stages before it. A name is a file or folder below the root, or
`FILE:KEY`, one part of a YAML file (`KEY.KEY`, a part of a part). An absent file and a folder with nothing in it have the empty digest.
"""

from collections.abc import Iterable, Mapping

import orjson

from assay.git.snapshot import Snapshot, WorkTree
from assay.model.json import Json
from assay.model.names import legible
from assay.project.find import PROJECT_FILE, Project
from assay.project.policy import CONSENSUS_DEFAULT, DUPLICATES_DEFAULT
from assay.store.digest import digest_bytes, digest_file

STAGES = ("schema", "agreement", "consensus", "quality")
_READ = ("annotations", "items", "decisions", "assignments", "batches", "annotators")
_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "schema": (*(f"{name}.parquet" for name in _READ), "findings.jsonl"),
    "agreement": ("agreement.parquet",),
    "consensus": ("consensus.parquet",),
    "quality": ("queue.parquet", "duplicates.parquet", "outdated.parquet", "guideline.jsonl"),
}
_MADE = ("build/", "reports/")
_MEDIA = "media"
_CONSENSUS = "consensus"
_DUPLICATES = "duplicates"
_DEFAULTS: Mapping[str, Json] = {_CONSENSUS: CONSENSUS_DEFAULT, _DUPLICATES: DUPLICATES_DEFAULT}
_SPREAD = "rules.unresolved.spread"
_LINK = "a link"
_LEFT = ("~", ".swp", ".pyc")


def read_by(project: Project, task: str, stage: str) -> tuple[str, ...]:
    """The names of everything that a stage reads of a task: the dependencies that its stage of `dvc.yaml` has."""
    schema, guideline = f"schemas/{task}.yaml", f"guidelines/{task}.md"
    tables = tuple(f"build/{task}/{name}.parquet" for name in _READ)
    if stage == "schema":
        folders = ("labels/annotators", "labels/sources", f"schemas/migrations/{task}")
        pool = f"labels/items/{project.task(task).pool}"
        return (*_rounds(project.snapshot, task), pool, *folders, schema, guideline)
    if stage == "agreement":
        return (*tables, schema)
    if stage == "consensus":
        checks = f"checks/{task}.yaml"
        spread = project.snapshot.has(checks) and _part(project, f"{checks}:{_SPREAD}")
        return (*tables, schema, f"{checks}:{_CONSENSUS}", *([f"{checks}:{_SPREAD}"] if spread else ()))
    earlier = (f"build/{task}/consensus.parquet", f"reports/{task}/schema.json", f"reports/{task}/agreement.json")
    approvals = (f"guidelines/approvals/{task}", "guidelines/allowed_signers")
    people, migrations = "labels/annotators", f"schemas/migrations/{task}"
    near = f"checks/{task}.yaml:{_DUPLICATES}"
    return (*tables, *earlier, schema, guideline, people, migrations, *approvals, f"{PROJECT_FILE}:id", near)


def written_by(task: str, stage: str) -> tuple[str, ...]:
    """The names of the tables that a stage writes beside its report."""
    return tuple(f"build/{task}/{name}" for name in _WRITTEN[stage])


def report_of(task: str, stage: str) -> str:
    """The name of a stage's report."""
    return f"reports/{task}/{stage}.json"


def is_made(name: str) -> bool:
    """Whether the pipeline makes it; all else is a source, which people write."""
    return name.startswith(_MADE)


def digests(project: Project, names: Iterable[str]) -> dict[str, str]:
    """The digest of each, by name in sorted order.

    What counts in a folder is what labels are read from: no README, nothing hidden or left by an editor, and none of
    the files that items name (`media` of a pool).

    Raises:
        ConfigError: a YAML file of which a part is asked for cannot be read.
    """
    return {name: _digest(project, name) for name in sorted(set(names))}


def _digest(project: Project, name: str) -> str:
    path, colon, _ = name.rpartition(":") if name.startswith("checks/") else (name, "", "")
    if colon and path.endswith(".yaml"):
        return digest_bytes(orjson.dumps(_part(project, name), option=orjson.OPT_SORT_KEYS))
    snapshot = project.snapshot
    if snapshot.link(name):
        return digest_bytes(_LINK.encode())
    if not snapshot.is_folder(name):
        return _of_files(snapshot, [name]).get(name, "")
    paths = [path for path in snapshot.under(name) if _counts(name, path)]
    found = _of_files(snapshot, paths)
    listing = [[legible(path.removeprefix(f"{name}/")), found.get(path, _LINK)] for path in paths]
    return digest_bytes(orjson.dumps(listing)) if listing else ""


def _part(project: Project, name: str) -> Json:
    """What `FILE:KEY` names; where there is nothing its default, which is as if it were written there, or None."""
    path, _, keys = name.rpartition(":")
    value = project.document(path).value
    for key in keys.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return _DEFAULTS.get(keys) if value is None else value


def _counts(folder: str, path: str) -> bool:
    parts = path.removeprefix(f"{folder}/").split("/")
    media = folder.startswith("labels/items/") and parts[0] == _MEDIA
    return not media and all(map(_is_source, parts))


def _is_source(name: str) -> bool:
    """Whether a name is neither a page for readers nor what editors leave and DVC does not look at."""
    return not name.startswith(".") and name != "README.md" and not name.endswith(_LEFT)


def _of_files(snapshot: Snapshot, paths: Iterable[str]) -> Mapping[str, str]:
    """The digests of those of the paths that are plain files."""
    if not isinstance(snapshot, WorkTree):
        return {path: digest_bytes(data) for path, data in snapshot.read_all(paths).items()}
    here = (path for path in paths if snapshot.has(path))
    return {
        path: digest_bytes(snapshot.read(path)) if path in snapshot.kept_out else digest_file(snapshot.root / path)
        for path in here
    }


def _rounds(snapshot: Snapshot, task: str) -> tuple[str, ...]:
    """Everything that stands directly in a task's folder: gold, and a folder a batch."""
    return tuple(f"labels/{task}/{legible(name)}" for name in snapshot.names(f"labels/{task}") if _is_source(name))
