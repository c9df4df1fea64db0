"""`assay explain`: what a rule means."""

import click

from assay.errors import ExitCode, UsageError
from assay.model.catalogue import CATALOGUE, page_of
from assay.model.names import did_you_mean
from assay.report import rule_text


@click.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> int:
    """Prints what RULE means, why it exists and what to do; without RULE, the list.

    \b
    Examples:
      assay explain label/schema
      assay explain triage/agreement/intent
    """
    if rule is None:
        for known in CATALOGUE.values():
            click.echo(f"{known.id:<30} {known.title}")
        return ExitCode.OK
    found = page_of(rule)
    if found is None:
        hint = f"{did_you_mean(rule, CATALOGUE)} `assay explain` lists them".strip()
        raise UsageError(f"there is no rule {rule!r}", hint=hint)
    click.echo(rule_text(found))
    return ExitCode.OK
