"""The stage `policy`: what `checks/<task>.yaml` asks of a task, for the stage and the plot that follow it.

DVC cannot follow a part of a file that may be missing, and a stage that follows all of `checks/<task>.yaml` runs again
for every changed bound. This one does, and is quick; of what it writes, `consensus` depends on how votes become values, and `quality` on what is a near duplicate.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from assay.errors import ConfigError
from assay.gate.evidence import load_alphas
from assay.gate.rules.target import VALUE, key_among, target_of
from assay.model.gate_rules import AgreementParameters
from assay.model.verdict import RuleSpec
from assay.project import Project, load_policy
from assay.report.agreement_values import agreement_values
from assay.store.artifacts import write_json
from assay.store.files import write_bytes

_HEADLINE = frozenset({"alpha", "alpha_token"})


def policy(project: Project, task: str) -> None:
    """Writes `build/<task>/policy.json`, and the plot of alpha of each field and value with its interval and bound.

    Raises:
        ConfigError: the policy is broken.
        UsageError: the stage `agreement` has not run.
    """
    here = load_policy(project, task)
    rows = load_alphas(project, task)
    keys = {field: {row.key for row in rows if row.field == field} for field in {row.field for row in rows}}
    bounds = dict(_bounds(here.rules, keys))
    plot = agreement_values(rows, bounds)
    write_bytes(project.root / "reports" / task / "plots/agreement_values.csv", plot.encode())
    write_json(
        project.root / "build" / task / "policy.json",
        {"consensus": here.consensus, "spread": dict(here.spread), "near": here.near},
    )


def _bounds(
    rules: Iterable[RuleSpec[Any]], keys: Mapping[str, Collection[str]]
) -> Iterator[tuple[tuple[str, str | None], float]]:
    """The bounds on alpha: by field and value, with no value those on all of a field, or with `None` on each of its values.

    `keys` are those of each field's values.
    """
    for spec in rules:
        stated = spec.parameters
        if (
            not isinstance(stated, AgreementParameters)
            or stated.at_least is None
            or stated.coefficient not in _HEADLINE
        ):
            continue
        try:
            target = target_of(spec, keys)
        except ConfigError:
            continue  # nothing of it is measured, or nothing could be: the gate says which
        if target.breakdown == VALUE or not target.sliced:
            key = key_among(target.key or "", keys[target.field])
            yield (target.field, None if target.sliced else key), stated.at_least
