"""`assay check`, `todo`, `start`, `submit` and `whoami`."""

import sys

import click
import msgspec

from assay import annotator, clone, forge, render
from assay.cli.context import AS, FINDINGS_FORMAT, FORMAT, now, project_here, talk
from assay.errors import ExitCode
from assay.project import load_roster


@click.command()
@click.argument("task")
@click.argument("batch", required=False, default="")
@AS
@click.option("--blind/--no-blind", default=None, help="Keep others' answers out of sight.  [default: as it is]")
@click.option("--fresh", is_flag=True, help="A new branch, also where an earlier one has answers that wait.")
@click.option("--offline", is_flag=True, help="Fetch nothing; go by what was fetched last.")
def start_command(*, task: str, batch: str, who: str | None, blind: bool | None, fresh: bool, offline: bool) -> int:
    """Begins BATCH of TASK (by default my only open one): fetches, then makes a branch of mine from the default branch.

    Where an earlier branch of mine has answers that are not merged yet, it goes back to that one. Nothing is lost or
    carried along: with answers that are not handed in, it stops and says what to do. Where BATCH is closed, or nothing is
    open, it says so and brings the clone to the default branch as fetched, if nothing here is unsaved.

    --blind keeps the votes of others, gold and decisions of the task out of the folders until --no-blind. It is against
    looking by accident: git's history, the reports and the forge still hold them. A clone made with
    `git clone --filter=blob:none ADDRESS` holds less of the history.

    \b
    Examples:
      assay start triage
      assay start triage 2026-11-round-3
      assay start triage 2026-11-round-3 --blind
    """
    project = project_here()
    wish = annotator.StartWish(task=task, batch=batch, fresh=fresh, offline=offline, blind=blind)
    started = annotator.start(project, clone.who_am_i(project, who).id, wish)
    for remote in started.unreached:
        talk(f"warning: {remote} could not be reached; going by what was fetched last")
    click.echo(forge.started_text(started))
    return ExitCode.OK


@click.command()
@click.argument("task", required=False, default="")
@click.argument("batch", required=False, default="")
@click.option("-m", "--message", metavar="TEXT", default="", help="What the commit says.  [default: the counts]")
@click.option("--no-push", "kept", is_flag=True, help="Only keep it in a commit here.")
@AS
@FORMAT
def submit_command(*, task: str, batch: str, message: str, kept: bool, who: str | None, style: str) -> int:
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
    wish = annotator.SubmitWish(task=task, batch=batch, message=message, push=not kept, now=now(), ask=_asked)
    submitted = annotator.submit(project, clone.who_am_i(project, who).id, wish, talk)
    if submitted.others:
        talk(forge.others_text(submitted.others))
    if submitted.findings and not submitted.refused and style == "text":
        talk(render.findings_text(submitted.findings))
    click.echo(_json(submitted) if style == "json" else forge.submitted_text(submitted))
    return ExitCode.FINDINGS if submitted.refused else ExitCode.OK


def _asked(question: str) -> bool:
    """What somebody at a terminal says; in a pipe nobody is asked, and it goes on."""
    return not (sys.stdin.isatty() and sys.stderr.isatty()) or click.confirm(question, default=True, err=True)


def _json(submitted: "forge.Submitted") -> str:
    plain = msgspec.to_builtins(submitted)
    return render.as_json({**plain, "findings": [finding.as_json() for finding in submitted.findings]})


@click.command()
@AS
@click.option("--fetch", "fetches", is_flag=True, help="Fetch first, so that it says what is new.")
@FORMAT
def todo_command(*, who: str | None, fetches: bool, style: str) -> int:
    """Says what waits for me: my open batches, what came back and why, what is new in the guidelines.

    It reads the folder as it is, and says when this clone last fetched; --fetch and `assay start` fetch what is new.

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
            talk(f"warning: {remote} could not be reached; going by what was fetched last")
    roster = load_roster(project)
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
@click.option("--set", "chosen", metavar="ID", help="Keep in this clone's git configuration that I am ID.")
@click.option("--email", metavar="E-MAIL", help="With --set: the e-mail that my commits here carry.")
@AS
def whoami_command(*, chosen: str | None, email: str | None, who: str | None) -> int:
    """Says who I am here: from --as, else what this clone remembers, else git's e-mail or handle in the roster.

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
@click.option("--all", "everything", is_flag=True, help="The whole corpus, not only what I changed.")
@click.option(
    "--base", metavar="REV", help="Judge what changed since REV.  [default: where my branch left the default branch]"
)
@click.option("--mine", is_flag=True, help="Only files of my own; --as says the same, and who I am.")
@click.option("--require-base", is_flag=True, help="Refuse where nothing says what changed; for CI.")
@click.option("--staged", is_flag=True, help="Refuse where a file is staged in another state than it has here.")
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
) -> int:
    """Says what is wrong with the labels I changed, and how to fix it: in the work tree, and in commits of my branch.

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
        annotator.hold_staged(project)
    only_of = clone.who_am_i(project, who).id if mine or who else None
    checked = annotator.check(
        project, base=base, everything=everything, only_of=only_of, require_base=require_base, now=now()
    )
    said = _looked_at(checked, "without --mine and --as, --all shows them" if only_of else "--all shows them")
    click.echo(render.findings_in(style, checked.findings, title="assay check", said=said))
    if style == "text":
        talk(said)
    if checked.changed is None or clone.LOCK in checked.changed:
        for state in clone.broken_pipeline(project.root):
            talk(f"warning: {state.said}: {state.fix}")
    for state in clone.marked_among(project.root, checked.changed):
        talk(f"warning: {state.said}: {state.fix}")
    if checked.unusable:
        return ExitCode.USAGE
    return ExitCode.FINDINGS if checked.errors else ExitCode.OK


def _looked_at(checked: "annotator.Checked", way: str) -> str:
    tasks = ", ".join(checked.tasks) or "no task"
    scope = "the whole corpus" if checked.changed is None else render.count(len(checked.changed), "changed file")
    rest = f"; {render.count(checked.elsewhere, 'finding')} elsewhere ({way})" if checked.elsewhere else ""
    base = "" if checked.compared else "; no base is known, so versions and closed batches are not compared"
    return f"looked at {scope}: {tasks}, {render.count(checked.records, 'record')}{rest}{base}"
