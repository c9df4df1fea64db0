"""`assay submit`: hand in what is mine."""

import sys

import click
import msgspec

from assay.actions.day import SubmitWish
from assay.actions.day import submit as run_submit
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, FORMAT, now, project_here, talk
from assay.errors import ExitCode
from assay.model.sent import Submitted
from assay.report import as_json, findings_text, others_text, submitted_text


@click.command()
@click.argument("task", required=False, default="")
@click.argument("batch", required=False, default="")
@click.option("-m", "--message", metavar="TEXT", default="", help="What the commit says.  [default: the counts]")
@click.option("--no-push", "kept", is_flag=True, help="Only keep it in a commit here.")
@AS
@FORMAT
def submit(*, task: str, batch: str, message: str, kept: bool, who: str | None, style: str) -> int:
    """Hands in my answers: checks them, commits only my files, pushes my branch, opens the pull request.

    Partial work is welcome, and a later submit adds to the same pull request. With an error in my files nothing is
    committed, and the exit code is 1. Where several batches are on the branch it says so first, each with its answers, and at
    a terminal it asks. Where neither gh (GitHub) nor glab (GitLab) can open the pull request, its
    address is printed. Nothing is ever pushed by force.

    \b
    Examples:
      assay submit
      assay submit triage 2026-11-round-3
      assay submit -m "Round 3, first half"
      assay submit --no-push
    """
    project = project_here()
    wish = SubmitWish(task=task, batch=batch, message=message, push=not kept, now=now(), ask=_asked)
    submitted = run_submit(project, who_am_i(project, who).id, wish, talk)
    if submitted.others:
        talk(others_text(submitted.others))
    if submitted.findings and not submitted.refused and style == "text":
        talk(findings_text(submitted.findings))
    click.echo(_json(submitted) if style == "json" else submitted_text(submitted))
    return ExitCode.FINDINGS if submitted.refused else ExitCode.OK


def _asked(question: str) -> bool:
    """What somebody at a terminal says; in a pipe nobody is asked, and it goes on."""
    return not (sys.stdin.isatty() and sys.stderr.isatty()) or click.confirm(question, default=True, err=True)


def _json(submitted: Submitted) -> str:
    plain = msgspec.to_builtins(submitted)
    return as_json({**plain, "findings": [finding.as_json() for finding in submitted.findings]})
