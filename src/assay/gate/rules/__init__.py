"""The rule kinds: each judges one bound against the evidence."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from assay.gate.evidence import TaskEvidence
from assay.gate.rules import (
    agreement,
    approved,
    coverage,
    examples,
    gold,
    guideline,
    outdated,
    schema,
    support,
    unresolved,
)
from assay.gate.rules.result import judged
from assay.model.verdict import Outcome, RuleResult, RuleSpec

Judge: TypeAlias = Callable[[RuleSpec, TaskEvidence], RuleResult]

KINDS: Mapping[str, Judge] = {
    "schema": schema.judge,
    "guideline": guideline.judge,
    "examples": examples.judge,
    "approved": approved.judge,
    "agreement": agreement.judge,
    "coverage": coverage.judge,
    "gold": gold.judge,
    "unresolved": unresolved.judge,
    "support": support.judge,
    "outdated": outdated.judge,
}


def judge_rule(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """What a rule comes to; of a task of which nothing could be measured, none passes.

    Raises:
        ConfigError: the rule speaks of a field or breakdown that there is not.
    """
    if evidence.unusable:
        message = f"nothing of {spec.task} could be measured: {evidence.unusable}"
        return judged(spec, Outcome.FAIL, message, value=None, threshold=0)
    return KINDS[spec.kind](spec, evidence)
