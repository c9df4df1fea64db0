"""The rule kinds: each judges one bound against the evidence."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from assay.gate.evidence import TaskEvidence
from assay.gate.rules import agreement, approved, coverage, examples, gold, guideline, outdated, schema, unresolved
from assay.model.verdict import RuleResult, RuleSpec

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
    "outdated": outdated.judge,
}
