"""`assay check`, `todo`, `start`, `submit` and `whoami`."""

import sys
from typing import TYPE_CHECKING

import click
import msgspec

from assay import annotator, clone, forge, render
from assay import project as projects
from assay.cli.context import AS, FINDINGS_FORMAT, FORMAT, now, project_here, spreads, talk
from assay.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay import labels


@click.command()
@click.argument("task")
@click.argument("batch", required=False, default="")
@AS
@click.option("--blind/--no-blind", default=None, help="Hide the answers of others.  [default: unchanged]")
@click.option("--fresh", is_flag=True, help="Create a new branch even if an earlier one has unmerged answers.")
@click.option("--offline", is_flag=True, help="Do not fetch; use what was fetched last.")
def start_command(*, task: str, batch: str, who: str | None, blind: bool | None, fresh: bool, offline: bool) -> int:
    """Begins BATCH of TASK (default: my only open one): fetches, then creates a branch from the default branch.

    If an earlier branch of mine has unmerged answers, it switches to that one. With answers that are not submitted, it
    stops and shows the next command; nothing is lost. If BATCH is closed, or nothing is open, it says so and updates the
    clone to the fetched default branch, unless there are unsaved changes.

    --blind keeps the votes of others, gold and decisions of the task out of the folders until --no-blind. It prevents
    looking by accident: git's history, the reports and the forge still hold them. A clone made with
    `git clone --filter=blob:none ADDRESS` holds less of the history.

    \b
    Examples:
      assay start triage
      assay start triage 2026-11-round-3
      assay start triage 2026-11-round-3 --blind
    """
    project = project_here()
    wish = annotator.StartOptions(task=task, batch=batch, fresh=fresh, offline=offline, blind=blind)
    started = annotator.start(project, clone.who_am_i(project, who).id, wish)
    for remote in started.unreached:
        talk(f"warning: {remote} could not be reached; using what was fetched last")
    click.echo(forge.started_text(started))
    return ExitCode.OK


@click.command()
@click.argument("task", required=False, default="")
@click.argument("batch", required=False, default="")
@click.option("-m", "--message", metavar="TEXT", default="", help="The commit message.  [default: the counts]")
@click.option("--no-push", "kept", is_flag=True, help="Only commit; do not push.")
@AS
@FORMAT
def submit_command(*, task: str, batch: str, message: str, kept: bool, who: str | None, style: str) -> int:
    """Submits my answers: checks them, commits only my files, pushes my branch, opens the pull request.

    Partial work is welcome; a later submit adds to the same pull request. With an error in my files nothing is committed,
    and the exit code is 1. If the branch has several batches, it lists them, and asks in a terminal. If neither gh
    (GitHub) nor glab (GitLab) can open the pull request, its address is printed. Nothing is ever pushed by force.

    \b
    Examples:
      assay submit
      assay submit triage 2026-11-round-3
      assay submit -m "Batch 3, first half"
      assay submit --no-push
    """
    project = project_here()
    wish = annotator.SubmitOptions(task=task, batch=batch, message=message, push=not kept, now=now(), ask=_asked)
    submitted = annotator.submit(project, clone.who_am_i(project, who).id, wish, talk)
    if submitted.others:
        talk(forge.others_text(submitted.others))
    if submitted.findings and not submitted.refused and style == "text":
        talk(render.findings_text(submitted.findings))
    click.echo(_json(submitted) if style == "json" else forge.submitted_text(submitted))
    return ExitCode.FINDINGS if submitted.refused else ExitCode.OK


def _asked(question: str) -> bool:
    """The answer given in a terminal; without one, yes."""
    return not (sys.stdin.isatty() and sys.stderr.isatty()) or click.confirm(question, default=True, err=True)


def _json(submitted: "forge.Submitted") -> str:
    plain = msgspec.to_builtins(submitted)
    return render.as_json({**plain, "findings": [finding.as_json() for finding in submitted.findings]})


@click.command()
@AS
@click.option("--fetch", "fetches", is_flag=True, help="Fetch first.")
@FORMAT
def todo_command(*, who: str | None, fetches: bool, style: str) -> int:
    """Lists my open work: batches, returned answers with the reason, changes of the guidelines.

    It reads the folder as it is, and shows when this clone last fetched; --fetch and `assay start` fetch.

    \b
    Examples:
      assay todo
      assay todo --fetch
      assay todo --as ada
      assay todo --format json
    """
    project = project_here()
    if fetches:
        for remote in annotator.fetch_now(project):
            talk(f"warning: {remote} could not be reached; using what was fetched last")
    roster = projects.load_roster(project)
    mine = annotator.todo(project, clone.who_am_i(project, who, roster=roster).id, roster=roster)
    if mine.behind:
        talk(
            f"the default branch has {render.count(mine.behind, 'commit')} that this folder lacks: `assay start TASK` brings it in, "
            "and where answers wait on this branch `assay submit` does"
        )
    if mine.fetched is not None:
        talk(annotator.fetched_text(mine.fetched, now()))
    click.echo(render.as_json(mine) if style == "json" else annotator.todo_text(mine))
    return ExitCode.OK


@click.command()
@click.option("--set", "chosen", metavar="ID", help="Store my id in this clone's git configuration.")
@click.option("--email", metavar="E-MAIL", help="With --set: the e-mail of my commits in this clone.")
@AS
def whoami_command(*, chosen: str | None, email: str | None, who: str | None) -> int:
    """Shows who I am in this clone: by --as, else the stored id, else git's e-mail or handle in the roster.

    \b
    Examples:
      assay whoami
      assay whoami --set ada
      assay whoami --set ada --email ada@example.org
    """
    project = project_here()
    me = clone.remember(project, chosen, email=email) if chosen else clone.who_am_i(project, who)
    tasks = "every task" if me.qualified is None else ", ".join(me.qualified) or "no task yet"
    click.echo(render.visible(f"{me.id}: {me.role}, {me.status}; qualified for {tasks}"))
    return ExitCode.OK


@click.command()
@click.option("--all", "everything", is_flag=True, help="Check the whole corpus, not only what I changed.")
@click.option(
    "--base", metavar="REV", help="Check what changed since REV.  [default: where my branch left the default branch]"
)
@click.option("--mine", is_flag=True, help="Check only my own files; implied by --as.")
@click.option("--require-base", is_flag=True, help="Fail if it is unknown what changed; for CI.")
@click.option("--staged", is_flag=True, help="Fail if a file differs from its staged state.")
@spreads(only="everything")
@AS
@FINDINGS_FORMAT
def check_command(  # noqa: PLR0913 - the options of a command
    *,
    everything: bool,
    base: str | None,
    mine: bool,
    require_base: bool,
    staged: bool,
    who: str | None,
    style: str,
    engine: "Callable[[projects.Project], labels.Engine]",
) -> int:
    """Checks the labels I changed, in the work tree and since my branch began, and shows how to fix each error.

    Exit code 1 if there is an error, 2 if a file that the check needs cannot be used, or if it is unknown what changed.
    Needs no DVC run. `assay explain RULE` explains the rule in brackets.

    \b
    Examples:
      assay check               what I changed
      assay check --mine        what I changed in files of my own
      assay check --all         the whole corpus
      assay check --all --jobs 8
      assay check --all --scheduler tcp://10.0.0.5:8786
      assay check --base v1.2   what changed since v1.2
      assay check --all --format sarif > findings.sarif
    """
    project = project_here()
    if staged:
        annotator.require_same_staged(project)
    only_of = clone.who_am_i(project, who).id if mine or who else None
    checked = annotator.check(
        project,
        base=base,
        everything=everything,
        only_of=only_of,
        require_base=require_base,
        now=now(),
        engine=engine(project) if everything else None,
    )
    said = _looked_at(checked, "without --mine and --as, --all shows them" if only_of else "--all shows them")
    click.echo(render.findings_in(style, checked.findings, title="assay check", summary=said))
    if style == "text":
        talk(said)
    if checked.changed is None or clone.LOCK in checked.changed:
        for state in clone.broken_pipeline(project.root):
            talk(f"warning: {state.message}: {state.fix}")
    for state in clone.marked_among(project.root, checked.changed):
        talk(f"warning: {state.message}: {state.fix}")
    if checked.unusable:
        return ExitCode.USAGE
    return ExitCode.FINDINGS if checked.errors else ExitCode.OK


def _looked_at(checked: "annotator.Checked", way: str) -> str:
    tasks = ", ".join(checked.tasks) or "no task"
    scope = "the whole corpus" if checked.changed is None else render.count(len(checked.changed), "changed file")
    rest = f"; {render.count(checked.elsewhere, 'finding')} elsewhere ({way})" if checked.elsewhere else ""
    base = "" if checked.compared else "; no base is known, so versions and closed batches are not compared"
    return f"checked {scope}: {tasks}, {render.count(checked.records, 'record')}{rest}{base}"
