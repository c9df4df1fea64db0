"""A rule's page."""

from assay.model.catalogue import Rule


def rule_text(rule: Rule) -> str:
    """What the rule means, why it exists, what to do."""
    return f"{rule.id} ({rule.severity})\n{rule.title}\n\nWhy: {rule.why}\n\nWhat to do: {rule.remedy}"
