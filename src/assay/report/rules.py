"""A rule's page."""

from assay.model.agreement import Undefined
from assay.model.catalogue import Rule


def rule_text(rule: Rule) -> str:
    """What the rule means, why it exists, what to do; of a rule of the checks file also how it is stated.

    Of `agreement` also why a coefficient may have no value.
    """
    page = f"{rule.id} ({rule.severity})\n{rule.title}\n\nWhy: {rule.why}\n\nWhat to do: {rule.remedy}"
    if rule.example:
        page += f"\n\nIn checks/<task>.yaml, under `rules`:\n  {rule.example}"
    if rule.id == "gate/agreement":
        reasons = "\n".join(f"  {one:<20}  {one.said}" for one in Undefined)
        page += f"\n\nWhy a coefficient may have no value:\n{reasons}"
    return page
