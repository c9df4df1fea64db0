"""`assay guideline propose`: propose a change of a guideline as a new version."""

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from assay import annotator, clone, forge, git, guidelines
from assay.cli.approval import given_file
from assay.cli.context import AS, FORMAT, OTHERS, SUBMITS, now, project_here, talk, today
from assay.cli.guideline import tell_drafted
from assay.errors import ExitCode, UsageError
from assay.render import as_json, count, findings_text

if TYPE_CHECKING:
    from assay.annotator import ProposalStart, Suggestion
    from assay.forge import ProposedVersion
    from assay.project import Project

_POLICIES = click.Choice(["relabel", "sample", "grandfather"])


@click.command()
@click.argument("task")
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The edited guideline.  [default: open it in $VISUAL or $EDITOR]",
)  # fmt: skip
@click.option("--summary", metavar="TEXT", default="", help="Summary of the change, in a sentence.")
@click.option(
    "--affects", metavar="SEL", multiple=True, help="Labels affected: `all`, FIELD or FIELD=VALUE; repeatable."
)
@click.option(
    "--bump",
    type=click.Choice(["patch", "minor", "major"]),
    help="Raise the version by more than required.",
)
@click.option("--policy", type=_POLICIES, help="Policy for the affected labels.  [default: relabel]")
@click.option("--no-branch", "stay", is_flag=True, help="Commit on the current branch.")
@click.option("--batch", metavar="NAME", default="", help="Also draft the batch that relabels what it affects.")
@OTHERS
@click.option(
    "--push", "--submit", "push", is_flag=True, help="Push it and open the pull request; also for an earlier proposal."
)
@click.option(
    "--clear-suggestions", "clear", is_flag=True, help="Delete the suggestions from the page once it is committed."
)
@AS
@FORMAT
def propose_command(  # noqa: PLR0913 - an option each
    *,
    task: str,
    path: Path | None,
    who: str | None,
    push: bool,
    stay: bool,
    batch: str,
    others: tuple[str, ...],
    style: str,
    **said: Any,
) -> int:
    """Proposes a change of TASK's guideline as a new version.

    Opens a copy of the guideline in the editor, below the suggestions from the page; asks for a summary and the labels
    affected; writes version and entry, checks and tests the result, and commits it on a new branch from the default
    branch. An edited schema in the work tree, new migrations and a batch drafted for the version are included. Without
    --affects no label is affected (a patch). On an error nothing is committed, the exit code is 1 and the text is kept.

    \b
    Examples:
      assay guideline propose triage
      assay guideline propose triage --submit
      assay guideline propose triage --batch 2026-12-relabel --submit
      assay guideline propose triage --file new.md --summary "Says when money leads." --affects intent=refund
    """
    if push:
        click.get_current_context().meta[SUBMITS] = True
    project = project_here()
    me = clone.who_am_i(project, who).id
    standing = annotator.committed_proposal(project, me, task) if (push or batch) and path is None else None
    if standing is None:
        proposed = _propose_edit(project, me, annotator.start_proposal(project, task, fresh=not stay), path, **said)
    else:
        proposed = _propose_again(project, me, standing) if annotator.is_superseded(project, standing) else standing
    if proposed is None:
        talk("nothing to propose: the text is unchanged")
        return ExitCode.OK
    if proposed.refused:
        further = {"--batch": batch, "--annotators": ",".join(others), "--as": who}
        words = [word for option, value in further.items() if value for word in (option, value)]
        flags = [flag for flag, given in (("--clear-suggestions", said["clear"]), ("--submit", push)) if given]
        proposed = replace(proposed, again=shlex.join([*shlex.split(proposed.again), *words, *flags]))
    else:
        proposed, drafted = annotator.with_batch(project, proposed, batch, now=now(), others=others)
        if drafted is not None:
            tell_drafted(drafted)
    if push and not proposed.refused:
        proposed = annotator.send(project, proposed, talk)
    if not proposed.refused:
        proposed = replace(proposed, left_behind=annotator.superseded_branches(git.GitState(project.root), me, task))
    return _tell(proposed, style)


def _propose_again(project: "Project", me: str, standing: "ProposedVersion") -> "ProposedVersion | None":
    """A committed proposal whose version is taken meanwhile, as the next version."""
    begun = annotator.start_proposal(project, standing.task, fresh=True)
    text = annotator.rebased_proposal(project.root, begun, standing)
    if not begun.changes(text):
        return None
    talk(f"{standing.version} is taken meanwhile; proposing the same change as the next version")
    said = annotator.ProposeOptions(
        text=text, summary=standing.summary, affects=standing.affects, policy=standing.policy
    )
    return annotator.propose(project, me, begun, said, today=today())


def _propose_edit(  # noqa: PLR0913 - what the options say
    project: "Project",
    me: str,
    begun: "ProposalStart",
    path: Path | None,
    *,
    clear: bool,
    summary: str,
    affects: tuple[str, ...],
    policy: str | None,
    bump: str | None,
) -> "ProposedVersion | None":
    for remote in begun.unreached:
        talk(f"warning: {remote} could not be reached; going by what was fetched last")
    suggestions = annotator.read_suggestions(project.root, begun.task)
    text = given_file(path) if path else _edited(project, begun, suggestions)
    if text is None or not begun.changes(text := annotator.rebased_draft(project.root, begun, text)):
        return None
    if _asks() and not begun.states_version(text):
        summary = summary or click.prompt("What changes, in a sentence", err=True)
        if not affects:
            fields = ", ".join(field.name for field in begun.base.schema.fields)
            talk(f"Which labels does it affect? `all`, FIELD or FIELD=VALUE, separated by commas; fields: {fields}")
            answer = click.prompt("Affects (empty: none)", default="", show_default=False, err=True)
            affects = tuple(part.strip() for part in answer.split(",") if part.strip())
    level = guidelines.Level[bump.upper()] if bump else None
    wish = annotator.ProposeOptions(text=text, summary=summary, affects=affects, policy=policy or "", bump=level)
    proposed = annotator.propose(project, me, begun, wish, today=today())
    if clear and not proposed.refused:
        annotator.remove_suggestions(project.root, begun.task, suggestions)
    return proposed


def _edited(project: "Project", begun: "ProposalStart", suggestions: "tuple[Suggestion, ...]") -> bytes | None:
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR") or _asks()):
        raise UsageError("no terminal and no $EDITOR", fix="give the edited guideline: --file FILE")
    draft, place = annotator.read_draft(project.root, begun.task), annotator.draft_path(begun.task)
    if draft is not None:
        talk(f"continuing with the text kept in {place}; remove that file to start again")
    if suggestions:
        talk(
            f"{count(len(suggestions), 'suggestion')} from the page are above the text; --clear-suggestions deletes them"
        )
    start = begun.text if draft is None else draft
    edited = click.edit(
        annotator.with_head(start, begun.task, begun.base.guideline.version, suggestions).decode(), extension=".md"
    )
    text = b"" if edited is None else annotator.without_head(edited.encode())
    if not text.strip() or not begun.changes(text):
        return None
    annotator.save_edited(project.root, begun.task, text, draft)
    talk(f"the text is kept in {place} until it is committed")
    return text


def _asks() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _tell(proposed: "ProposedVersion", style: str) -> int:
    if style == "json":
        findings = [finding.as_json() for finding in proposed.findings]
        click.echo(as_json({**msgspec.to_builtins(proposed), "findings": findings}))
    else:
        if proposed.findings and not proposed.refused:
            talk(findings_text(proposed.findings))
        click.echo(forge.proposed_text(proposed))
    return ExitCode.FINDINGS if proposed.refused else ExitCode.OK
