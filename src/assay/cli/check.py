"""`assay check`: before a pull request."""

import click

from assay.actions.check import Checked, hold_staged
from assay.actions.check import check as run_check
from assay.actions.stuck.made import LOCK
from assay.actions.stuck.marks import marked_among
from assay.actions.stuck.pipeline import broken_pipeline
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, FINDINGS_FORMAT, now, project_here, talk
from assay.errors import ExitCode
from assay.report import count
from assay.report.styles import findings_in


@click.command()
@click.option("--all", "everything", is_flag=True, help="The whole corpus, not only what I changed.")
@click.option(
    "--base", metavar="REV", help="Judge what changed since REV.  [default: where my branch left the default branch]"
)
@click.option("--mine", is_flag=True, help="Only files of my own; --as says the same, and who I am.")
@click.option("--require-base", is_flag=True, help="Refuse where nothing says what changed; for CI.")
@click.option("--staged", is_flag=True, help="Refuse where a file is staged in another state than it has here.")
@AS
@FINDINGS_FORMAT
def check(  # noqa: PLR0913 - the options of a command
    *,
    everything: bool,
    base: str | None,
    mine: bool,
    require_base: bool,
    staged: bool,
    who: str | None,
    style: str,
) -> int:
    """Says what is wrong with the labels I changed, and what to do: in the work tree, and committed since my branch began.

    Exit code 1 if there is an error, 2 where a file cannot be used that others are judged by, or what changed cannot be known. Needs no DVC run. `assay explain RULE` says more of the rule in brackets.

    \b
    Examples:
      assay check               what I changed
      assay check --mine        what I changed in files of my own
      assay check --all         the whole corpus
      assay check --base v1.2   what changed since v1.2
      assay check --all --format sarif > findings.sarif
    """
    project = project_here()
    if staged:
        hold_staged(project)
    only_of = who_am_i(project, who).id if mine or who else None
    checked = run_check(
        project, base=base, everything=everything, only_of=only_of, require_base=require_base, now=now()
    )
    said = _looked_at(checked, "without --mine and --as, --all shows them" if only_of else "--all shows them")
    click.echo(findings_in(style, checked.findings, title="assay check", said=said))
    if style == "text":
        talk(said)
    if checked.changed is None or LOCK in checked.changed:
        for state in broken_pipeline(project.root):
            talk(f"warning: {state.said}: {state.remedy}")
    for state in marked_among(project.root, checked.changed):
        talk(f"warning: {state.said}: {state.remedy}")
    if checked.unusable:
        return ExitCode.USAGE
    return ExitCode.FINDINGS if checked.errors else ExitCode.OK


def _looked_at(checked: Checked, way: str) -> str:
    tasks = ", ".join(checked.tasks) or "no task"
    scope = "the whole corpus" if checked.changed is None else count(len(checked.changed), "changed file")
    rest = f"; {count(checked.elsewhere, 'finding')} elsewhere ({way})" if checked.elsewhere else ""
    base = "" if checked.compared else "; no base is known, so versions and closed batches are not compared"
    return f"looked at {scope}: {tasks}, {count(checked.records, 'record')}{rest}{base}"
