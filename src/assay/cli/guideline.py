"""`assay guideline`: lint, test, render, gaps, log, impact."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from assay import guidelines, lead
from assay.cli import context
from assay.cli.batch import tell_already, tell_asking, tell_losing
from assay.errors import ExitCode, UsageError
from assay.extras import resolve
from assay.render import as_json, count, findings_in, findings_text, some

if TYPE_CHECKING:
    from assay.core import ExamplesReport
    from assay.lead import Drafted

SUMMARIES = {
    "lint": "Check the guideline.",
    "test": "Run its examples.",
    "impact": "Show what an edit makes outdated.",
    "propose": "Propose a change as a new version.",
    "approve": "Approve a version with a signature.",
    "verify": "Check the approval of a version.",
    "keygen": "Create a key for approvals.",
    "record": "Record an approval given on the forge.",
    "log": "List its versions, newest first.",
    "gaps": "List items it does not cover, as example blocks.",
    "render": "Render it as an HTML page.",
}

ELSEWHERE = {"propose": "propose", **dict.fromkeys(("approve", "verify", "keygen", "record"), "approval")}


class GuidelineGroup(click.Group):
    """A group whose subcommand NAME is a function of that name, here or in the module that `ELSEWHERE` says."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, its module imported now."""
        if cmd_name not in SUMMARIES:
            return None
        command: click.Command = resolve(f"assay.cli.{ELSEWHERE.get(cmd_name, 'guideline')}:{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the table without importing a subcommand."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=GuidelineGroup)
def guideline_group() -> None:
    """Check, test, version and approve the guidelines of the tasks.

    \b
    Examples:
      assay guideline lint              every guideline of the project
      assay guideline test triage       the examples of one
    """


@click.command()
@click.argument("task", required=False)
@click.option(
    "--base",
    metavar="REV",
    help="Compare edits with REV: was the version raised enough?  [default: where HEAD left the default branch]",
)
@context.FINDINGS_FORMAT
def lint_command(*, task: str | None, base: str | None, style: str) -> int:
    """Checks the guideline of TASK, or every guideline.

    It checks front matter and versions, a heading and an example for every value, links, and the form of the examples; in
    a repository also whether the version was raised enough for the edit. `assay guideline test` checks the content of the
    examples. In version 0.x, missing parts are warnings. Exit code 1 if there is an error.

    \b
    Examples:
      assay guideline lint                          every guideline
      assay guideline lint triage                   one
      assay guideline lint triage --base v1         one, with what was edited since the tag v1
      assay guideline lint --format github          as annotations of a workflow
    """
    linted = lead.lint_guidelines(context.project_here(), task, base=base)
    said = f"looked at the guideline of {', '.join(linted.tasks) or 'no task'}"
    click.echo(findings_in(style, linted.findings, title="assay guideline lint", summary=said))
    if style == "text":
        context.talk(said)
    return ExitCode.FINDINGS if linted.errors else ExitCode.OK


@click.command()
@click.argument("task", required=False)
@context.FINDINGS_FORMAT
def test_command(*, task: str | None, style: str) -> int:
    """Runs the examples in the guideline of TASK, or of every task, and counts them.

    Each must be valid under the schema, and must not contradict another example, gold or an adjudication of the same
    content (white space and Unicode forms are ignored). Exit code 1 if there is an error.

    \b
    Examples:
      assay guideline test            every guideline
      assay guideline test triage     one
      assay guideline test --format markdown
    """
    tried = lead.try_examples(context.project_with_tasks(), task)
    if style == "json":
        run = {
            name: {key: getattr(one, key) for key in ("run", "wrong", "errors")} for name, one in tried.reports.items()
        }
        click.echo(as_json({"tasks": run, "findings": [finding.as_json() for finding in tried.findings]}))
    elif style != "text":
        said = "; ".join(_said(name, report) for name, report in tried.reports.items())
        click.echo(findings_in(style, tried.findings, title="assay guideline test", summary=said))
    else:
        if tried.findings:
            click.echo(findings_text(tried.findings))
        for name, report in tried.reports.items():
            click.echo(_said(name, report))
    return ExitCode.FINDINGS if tried.findings else ExitCode.OK


def _said(name: str, report: "ExamplesReport") -> str:
    return f"{name}: {count(report.run, 'example')} ran, {report.wrong:,} wrong"


@click.command()
@click.argument("task", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Output folder.  [default: build/guidelines]",
)
def render_command(*, task: str | None, out: Path | None) -> int:
    """Renders the guideline of TASK, or every guideline, as one HTML page that needs no network.

    It holds the version in the work tree, the earlier ones in git's history, and their differences; links at the top
    switch between them. The printout is the version shown.

    \b
    Examples:
      assay guideline render
      assay guideline render triage --out ~/public
    """
    project = context.project_with_tasks()
    for path in lead.render_guidelines(project, task, out or project.root / "build" / "guidelines"):
        click.echo(f"wrote {path if out else path.relative_to(project.root)}")
    return ExitCode.OK


@click.command()
@click.argument("task", required=False)
@context.FORMAT
def gaps_command(*, task: str | None, style: str) -> int:
    """Prints the items that the guideline of TASK, or every guideline, does not cover, as example blocks to paste.

    These are items adjudicated with the reason `guideline-gap`, with the decision as the label; and items that an
    annotator flagged `guideline-gap`, with the votes as comments. Items that are examples already are left out.

    \b
    Examples:
      assay guideline gaps triage
      assay guideline gaps --format json
    """
    found = lead.find_gaps(context.project_with_tasks(), task)
    if style == "json":
        click.echo(as_json({one.task: msgspec.to_builtins(one.gaps) for one in found}))
        return ExitCode.OK
    if blocks := [lead.gap_block(gap) for one in found for gap in one.gaps]:
        click.echo("\n\n".join(blocks))
    for one in found:
        answered = f", and {one.answered:,} more are examples already" if one.answered else ""
        context.talk(f"{one.task}: {count(len(one.gaps), 'gap')}{answered}")
    return ExitCode.OK


@click.command()
@click.argument("task")
@context.FORMAT
def log_command(*, task: str, style: str) -> int:
    """Lists the versions of TASK's guideline, newest first.

    For each: date, authors (of its commits) and approvers, the labels it affected and their policy, the number of labels
    made under it, and alpha over the items whose current votes were all made under it.

    \b
    Examples:
      assay guideline log triage
      assay guideline log triage --format json
    """
    versions = lead.guideline_log(context.project_here(), task)
    click.echo(as_json(msgspec.to_builtins(versions)) if style == "json" else lead.guideline_log_text(task, versions))
    return ExitCode.OK


@click.command()
@click.argument("task", required=False)
@click.option("--base", metavar="REV", help="Compare with REV.  [default: where my branch left the default branch]")
@click.option("--batch", "name", metavar="NAME", help="Draft the batch that relabels what is outdated or waiting.")
@context.OTHERS
@context.MARKDOWN_FORMAT
@context.submits(
    "batch-{task}-{name}",
    "{task}/{name}: batch drafted of what the guideline makes outdated",
    then="each annotator relabels it: `assay start`",
    settled=("guidelines/", "schemas/"),
)
def impact_command(*, task: str | None, base: str | None, name: str | None, others: tuple[str, ...], style: str) -> int:
    """Shows what the edit of a guideline in my work tree would make outdated, before it is merged.

    Counts, by value, annotator and batch, the current labels that new entries of `changes` affect, or that need
    re-annotation after a new migration (a value split or retired, a field added without a value). Lists the gold,
    adjudications and examples to review, and the published releases affected. Estimates the hours of relabelling, from
    the median seconds of people. What earlier versions left to relabel is counted as well. Outdated labels stay in all
    figures, counted as outdated, until a batch that relabels their items is closed; waiting ones have no value.

    With --batch each of these items is assigned to every annotator with a current answer who can still be asked; a
    replacement from --annotators is asked for each who cannot. What open batches ask for already is left out.

    \b
    Examples:
      assay guideline impact
      assay guideline impact triage --base v1.2 --format markdown
      assay guideline impact triage --batch 2026-12-relabel
      assay guideline impact triage --batch 2026-12-relabel --annotators ada,ben --submit
    """
    if name is None:
        measured, drafted = lead.measure_impacts(context.project_with_tasks(), task, base=base), None
    else:
        with context.project_to_write() as project:
            measured = lead.measure_impacts(project, task, base=base)
            concerned = [one for one in measured if one.plan] if len(measured) > 1 else list(measured)
            if len(concerned) != 1:
                tasks = ", ".join(one.impact.task for one in measured)
                raise UsageError("--batch drafts a batch of one task", fix=f"name the task: {tasks}")
            drafted = lead.draft_relabel(project, concerned[0], name, now=context.now(), others=others)
    impacts = [one.impact for one in measured]
    if style == "json":
        click.echo(as_json(impacts[0] if task else impacts))
    elif impacts:
        said = guidelines.impact_markdown if style == "markdown" else guidelines.impact_text
        click.echo("\n\n".join(map(said, impacts)))
    if drafted is not None:
        tell_drafted(drafted)
    return ExitCode.OK


def tell_drafted(drafted: "Drafted") -> None:
    """Prints what a drafted batch holds."""
    loads = ", ".join(some([f"{who} {number:,}" for who, number in drafted.loads.items()]))
    context.talk(f"drafted {drafted.folder}: {count(drafted.items, 'item')} ({loads})")
    tell_already(drafted.already)
    tell_asking(drafted.asking)
    tell_losing(drafted.left_out, drafted.losing)
    context.next_step(f"commit {drafted.folder} with the guideline; then each annotator relabels it")
