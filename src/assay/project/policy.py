"""Read policy, the pinned assay version, and what evidence is made from."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson

from assay import __version__
from assay.core import GATE_RULES, At, Json, JsonObject, RuleSpec, TaskPolicy, Waiver, escape, legible
from assay.errors import ConfigError, UsageError
from assay.files import Document, digest_bytes, digest_file
from assay.git import Snapshot, WorkTree
from assay.project.config import PROJECT_FILE, Project
from assay.project.migration import order_of
from assay.project.shape_check import checked
from assay.project.shapes import RELEASE, TASK_CHECKS, WAIVERS

CONSENSUS_DEFAULT: JsonObject = {"method": "majority"}
DUPLICATES_DEFAULT: JsonObject = {"near": 0.9}
WAIVERS_FILE = "checks/waivers.yaml"
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


def require_same_assay(project: Project) -> None:
    """Holds this assay against the one that the project is measured with: old results never pass as another's.

    Raises:
        UsageError: it is another one, or the project names none.
    """
    if problem := other_assay(project):
        raise UsageError(problem, fix=version_fix(project))


def other_assay(project: Project) -> str:
    """Why a stage may not run with this assay, in a sentence; empty where it may."""
    if project.assay == __version__ or (not project.assay and holds_assay(project.root)):
        return ""
    if not project.assay:
        return f"{PROJECT_FILE} does not state the version of assay, and this is assay {__version__}"
    return f"this is assay {__version__}, and {PROJECT_FILE} states assay {project.assay}"


def version_fix(project: Project) -> str:
    """What to do where another assay measures the project."""
    if not project.assay:
        return f"`assay upgrade` shows what it would write, `assay upgrade --write` writes it: assay {__version__}"
    installed = f"pip install 'assay-labels[audit,pipeline]=={project.assay}'"
    if is_later(project):
        return f"install that version: {installed}"
    return f"install that version ({installed}), or upgrade the project to {__version__}: `assay upgrade`"


def is_later(project: Project) -> bool:
    """Whether the project is measured by a later assay than this one."""
    return bool(project.assay) and order_of(project.assay) > order_of(__version__)


def holds_assay(root: Path) -> bool:
    """Whether the project's repository is the one that assay itself is made in."""
    return (root / "src/assay/__init__.py").is_file() and (root / "action.yml").is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSpec:
    """`releases/<name>.yaml`. `splits` are names with their shares, which add up to 1."""

    name: str
    version: str
    tasks: tuple[str, ...]
    license: str
    splits: tuple[tuple[str, float], ...]
    seed: int = 0


def load_policy(project: Project, task: str) -> TaskPolicy:
    """`checks/<task>.yaml` with its defaults filled in.

    Raises:
        ConfigError: naming every fault by line; a rule or method that is not built yet is one.
    """
    document = project.document(f"checks/{task}.yaml")
    value: dict[str, Any] = checked(document, TASK_CHECKS)
    stated: dict[str, Any] = value["rules"]
    rules: list[RuleSpec[Any]] = []
    for kind, parameters in stated.items():
        if kind == "agreement":
            rules += [_rule(document, task, kind, bound, subject) for subject, bound in parameters.items()]
        else:
            own = {"way": project.approval} if kind == "approved" else {}
            rules.append(_rule(document, task, kind, own | parameters))
    return TaskPolicy(
        task=task,
        consensus=value.get("consensus", CONSENSUS_DEFAULT)["method"],
        rules=tuple(rules),
        spread=stated.get("unresolved", {}).get("spread", {}),
        near=value.get("duplicates", DUPLICATES_DEFAULT)["near"] or None,
    )


def _rule(document: Document, task: str, kind: str, stated: Mapping[str, Any], subject: str = "") -> RuleSpec[Any]:
    rule = GATE_RULES[kind]
    return RuleSpec(
        task=task,
        kind=kind,
        subject=subject,
        at=At(stated.get("at", rule.at)),
        severity=stated.get("severity", "error"),
        parameters=rule.parameters(**{key: one for key, one in stated.items() if key not in {"at", "severity"}}),
        source=document.at(f"/rules/{kind}/{escape(subject)}" if subject else f"/rules/{kind}"),
    )


def load_waivers(project: Project) -> tuple[Waiver, ...]:
    """`checks/waivers.yaml`; none where the file is absent or empty.

    Raises:
        ConfigError: naming every fault by line.
    """
    if project.snapshot.entry(WAIVERS_FILE) is None:
        return ()
    document = project.document(WAIVERS_FILE)
    if document.value is None:
        return ()
    entries = cast("list[dict[str, str]]", checked(document, WAIVERS))
    return tuple(Waiver(**entry, source=document.at(f"/{index}")) for index, entry in enumerate(entries))


def load_release_spec(project: Project, name: str) -> ReleaseSpec:
    """`releases/<name>.yaml`.

    Raises:
        ConfigError: naming every fault by line, or a task that the project does not have, or shares that do not add up to 1.
    """
    document = project.document(f"releases/{name}.yaml")
    value: dict[str, Any] = checked(document, RELEASE)
    for index, task in enumerate(value["tasks"]):
        if task not in project.tasks:
            known = ", ".join(project.tasks)
            raise ConfigError(f"{document.at(f'/tasks/{index}')} there is no task {task!r}", fix=f"tasks here: {known}")
    total = math.fsum(value["splits"].values())
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise ConfigError(f"{document.at('/splits')} the shares add up to {total:g}", fix="make them add up to 1")
    seed = value.get("seed", 0)
    if not isinstance(seed, int):
        fix = "write it without a decimal point: `seed: 42`"
        raise ConfigError(f"{document.at('/seed')}: {seed!r} is not a whole number", fix=fix)
    return ReleaseSpec(
        name=name,
        version=value["version"],
        tasks=tuple(value["tasks"]),
        license=value["license"],
        splits=tuple(value["splits"].items()),
        seed=seed,
    )


def read_by(project: Project, task: str, stage: str) -> tuple[str, ...]:
    """The names of everything that a stage reads of a task: the dependencies that its stage of `dvc.yaml` has."""
    schema, guideline = f"schemas/{task}.yaml", f"guidelines/{task}.md"
    tables = tuple(f"build/{task}/{name}.parquet" for name in _READ)
    if stage == "schema":
        folders = ("labels/annotators", "labels/sources", f"schemas/migrations/{task}")
        pool = f"labels/items/{project.task(task).pool}"
        names = filter(_is_source, project.snapshot.names(f"labels/{task}"))
        gold_and_batches = (f"labels/{task}/{legible(name)}" for name in names)
        return (*gold_and_batches, pool, *folders, schema, guideline)
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
    left_out = _MEDIA if name.startswith("labels/items/") else None
    below = ((path, path.removeprefix(f"{name}/").split("/")) for path in snapshot.under(name))
    paths = [path for path, parts in below if parts[0] != left_out and all(map(_is_source, parts))]
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
