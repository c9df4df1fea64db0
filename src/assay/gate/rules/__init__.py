"""The rules of the gate: each kind compares the evidence with a bound of `checks/<task>.yaml`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from assay.core import (
    GATE_RULES,
    AgreementParameters,
    ApprovedParameters,
    CoverageParameters,
    ExamplesParameters,
    GoldParameters,
    GuidelineParameters,
    Outcome,
    OutdatedParameters,
    P,
    Rule,
    RuleResult,
    RuleSpec,
    SchemaParameters,
    SupportParameters,
    UnresolvedParameters,
)
from assay.gate.rules import labels
from assay.gate.rules.agreement import judge_agreement
from assay.gate.target import TaskEvidence, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleKind(Generic[P]):
    """One kind of rule: its parameters, its judge, and its page."""

    parameters: type[P]
    judge: Callable[[RuleSpec[P], TaskEvidence], RuleResult]
    page: Rule


def _kind(
    name: str, parameters: type[P], judge: Callable[[RuleSpec[P], TaskEvidence], RuleResult]
) -> tuple[str, RuleKind[Any]]:
    return name, RuleKind(parameters=parameters, judge=judge, page=GATE_RULES[name].page)


KINDS: Mapping[str, RuleKind[Any]] = dict(
    (
        _kind("schema", SchemaParameters, labels.judge_schema),
        _kind("guideline", GuidelineParameters, labels.judge_guideline),
        _kind("examples", ExamplesParameters, labels.judge_examples),
        _kind("approved", ApprovedParameters, labels.judge_approved),
        _kind("agreement", AgreementParameters, judge_agreement),
        _kind("coverage", CoverageParameters, labels.judge_coverage),
        _kind("gold", GoldParameters, labels.judge_gold),
        _kind("unresolved", UnresolvedParameters, labels.judge_unresolved),
        _kind("support", SupportParameters, labels.judge_support),
        _kind("outdated", OutdatedParameters, labels.judge_outdated),
    )
)
"""Every kind of rule, by its name in the checks file."""


def judge_rule(spec: RuleSpec[Any], evidence: TaskEvidence) -> RuleResult:
    """The result of a rule; it fails for a task of which nothing could be measured.

    Raises:
        ConfigError: the rule names an unknown field or breakdown.
    """
    if evidence.unusable:
        message = f"nothing of {spec.task} could be measured: {evidence.unusable}"
        return judged(spec, Outcome.FAIL, message, value=None, threshold=0)
    return KINDS[spec.kind].judge(spec, evidence)
