"""`assay explain`: what a rule means."""

import difflib

import click

from assay.errors import ExitCode, UsageError
from assay.model.catalogue import CATALOGUE, page_of
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
        near = difflib.get_close_matches(rule, CATALOGUE, n=1)
        hint = f"did you mean {near[0]!r}? `assay explain` lists them" if near else "`assay explain` lists them"
        raise UsageError(f"there is no rule {rule!r}", hint=hint)
    click.echo(rule_text(found))
    return ExitCode.OK
