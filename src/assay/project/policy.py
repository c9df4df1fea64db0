"""Read policy: `checks/<task>.yaml`, `checks/waivers.yaml`, `releases/<name>.yaml`."""

import math
from collections.abc import Mapping
from typing import Any, cast

from assay.errors import ConfigError
from assay.model.gate_rules import GATE_RULES
from assay.model.json import JsonObject, escape
from assay.model.release import ReleaseSpec
from assay.model.verdict import At, RuleSpec, TaskPolicy, Waiver
from assay.project.find import Project
from assay.project.shape_check import checked
from assay.project.shapes import RELEASE, TASK_CHECKS, WAIVERS
from assay.store.yaml import Document

CONSENSUS_DEFAULT: JsonObject = {"method": "majority"}
DUPLICATES_DEFAULT: JsonObject = {"near": 0.9}
WAIVERS_FILE = "checks/waivers.yaml"


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
            raise ConfigError(
                f"{document.at(f'/tasks/{index}')} there is no task {task!r}", hint=f"tasks here: {known}"
            )
    total = math.fsum(value["splits"].values())
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise ConfigError(f"{document.at('/splits')} the shares add up to {total:g}", hint="make them add up to 1")
    seed = value.get("seed", 0)
    if not isinstance(seed, int):
        raise ConfigError(
            f"{document.at('/seed')}: {seed!r} is no whole number as JSON keeps it",
            hint="write it without a point: `seed: 42`",
        )
    return ReleaseSpec(
        name=name,
        version=value["version"],
        tasks=tuple(value["tasks"]),
        license=value["license"],
        splits=tuple(value["splits"].items()),
        seed=seed,
    )
