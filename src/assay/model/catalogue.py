"""The catalogue of rules that assay reports by, and findings made from it; `assay explain RULE` prints a page."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.model.claim_rules import CLAIM_RULES
from assay.model.finding import Finding, Location
from assay.model.gate_rules import GATE_RULES, VERDICT_PAGES
from assay.model.guideline_rules import GUIDELINE_RULES
from assay.model.identity_rules import IDENTITY_RULES
from assay.model.project_rules import PROJECT_RULES
from assay.model.review_rules import REVIEW_RULES
from assay.model.rules import RULES
from assay.model.rules import Rule as Rule
from assay.model.sheet_rules import SHEET_RULES

CATALOGUE: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        *RULES,
        *CLAIM_RULES,
        *IDENTITY_RULES,
        *SHEET_RULES,
        *GUIDELINE_RULES,
        *PROJECT_RULES,
        *REVIEW_RULES,
        *(rule.page for rule in GATE_RULES.values()),
        *VERDICT_PAGES,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a finding concerns besides its place; empty where it is not known."""

    task: str = ""
    batch: str = ""
    item: str = ""
    annotator: str = ""


def finding(rule: str, at: Location, message: str, *, hint: str = "", where: Where | None = None) -> Finding:
    """A finding with its rule's severity and, where no hint is given, its rule's remedy."""
    page = CATALOGUE[rule]
    about = where or Where()
    return Finding(
        rule=rule,
        severity=page.severity,
        message=message,
        hint=hint or page.remedy,
        at=at,
        task=about.task,
        batch=about.batch,
        item=about.item,
        annotator=about.annotator,
    )


def page_of(rule: str) -> Rule | None:
    """The page of a finding's rule, or of a gate rule by its path (`triage/agreement/intent`)."""
    kind = rule.split("/")[1] if "/" in rule else rule
    return CATALOGUE.get(rule) or CATALOGUE.get(f"gate/{kind}")
