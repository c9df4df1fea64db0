"""`assay batch`: batches of work."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import lead
from assay.cli.context import FORMAT, Names, Word, next_step, now, project_here, project_to_write, submits, talk
from assay.core import Purpose
from assay.errors import ExitCode
from assay.render import as_json, count, some, visible

if TYPE_CHECKING:
    from assay.lead import Asking, Losses, SlotChange

_NAMED = 20
_PEOPLE = "Comma-separated ids of the roster."
_FOLLOWED = ("guidelines/", "schemas/")
_SEED = click.option("--seed", default=42, show_default=True, type=int, help="Seed of the random choices.")


def tell_lost(losses: "Losses") -> None:
    """Prints which items lose a vote when a batch is closed, why, and whose."""
    for why, lost in (
        ("that was asked again and is not answered", losses.silent),
        ("that is outdated and was not asked again", losses.outdated),
        ("that waits after a migration and was not asked again", losses.waiting),
    ):
        if lost:
            talk(f"{_losing(lost, why)}: {_named([*lost])}")


def tell_already(already: Mapping[str, int]) -> None:
    """Prints how many answers a drafted batch leaves out, as open batches ask for them already."""
    if already:
        batches = visible(", ".join(f"{name} {number:,}" for name, number in sorted(already.items())))
        talk(f"{count(sum(already.values()), 'answer')} left out, as open batches ask for them already: {batches}")


def tell_asking(asking: "Asking") -> None:
    """Prints how many answers a relabelling batch asks for; if fewer than the items have, how many and why."""
    told = f"asks for {count(asking.answers, 'answer')}"
    if (fewer := asking.had - asking.answers) <= 0:
        talk(told)
        return
    told = f"{told}, {fewer:,} fewer than the {asking.had:,} that these items have"
    if not asking.away:
        talk(f"{told}: --overlap is smaller than the number of answers")
        return
    gone = visible(", ".join(some([f"{who} {number:,}" for who, number in asking.away.items()])))
    who = count(len(asking.away), "annotator")
    instead = f"--annotators names {asking.named:,}" if asking.named else "no replacement is named"
    needed = f"an item needs up to {asking.needed:,} to keep as many"
    talk(f"{told}: {who} cannot be asked again ({gone}), {instead}, and {needed}")


def tell_losing(left_out: Sequence[str], losing: Mapping[str, Sequence[str]]) -> None:
    """Prints which items have nobody left to ask, and which lose a vote that nobody is asked for."""
    if left_out:
        said = count(len(left_out), "item is left out", "items are left out")
        talk(f"{said}, as none of their annotators can be asked: {_named(left_out)}")
    if losing:
        why = "that is outdated or waits, as its annotator is not asked again"
        talk(f"{_losing(losing, why)}: {_named([*losing])}")
    if left_out or losing:
        talk("next: name replacements with --annotators")


def _losing(lost: Mapping[str, Sequence[str]], why: str) -> str:
    votes = Counter(who for people in lost.values() for who in people)
    named = visible(", ".join(some([f"{who} {number:,}" for who, number in sorted(votes.items())])))
    return f"{count(len(lost), 'item loses', 'items lose')} a vote {why} ({named})"


def _named(items: Sequence[str]) -> str:
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return visible(f"{', '.join(items[:_NAMED])}{more}")


class HowMany(click.ParamType[int | Path]):
    """A number of items, or a file of ids."""

    name = "N|FILE"

    def convert(self, value: str | int | Path, param: click.Parameter | None, ctx: click.Context | None) -> int | Path:
        """Digits are a number, anything else is a file."""
        if not isinstance(value, str):
            return value
        return int(value) if value.isdecimal() else Path(value)


@click.group()
def batch_group() -> None:
    """Create, reassign, close and reopen batches of work."""


@batch_group.command("create", short_help="Create a batch: its items and annotators.")
@click.argument("task")
@click.argument("name")
@click.option("--annotators", type=Names(), default=(), help=f"{_PEOPLE}  [to relabel: replacements]")
@click.option("--items", type=HowMany(), help="Their number, or a file of ids.  [default: all that match and are due]")
@click.option(
    "--where", multiple=True, metavar="KEY=A|B", help="id, group, meta.K or data.K; repeatable: all must match."
)
@click.option(
    "--overlap", metavar="K|P%xK", help="Annotators per item.  [default: 2; to qualify: all; to relabel: see below]"
)
@click.option("--stratify", metavar="KEY", help="Keep the shares of this key's values in the sample.")
@click.option("--gold-share", type=float, metavar="SHARE", help="Share of the items that have gold, not shown as such.")
@click.option("--purpose", type=Word(Purpose), default=Purpose.LABEL.value, show_default=True)
@click.option("--prelabels", metavar="MODEL", help="Show the labels of this model as suggestions.")
@_SEED
@click.option("--dry-run", is_flag=True, help="Show the batch; write nothing.")
@FORMAT
@submits(
    "batch-{task}-{name}",
    "{task}/{name}: batch created",
    then="each annotator runs `assay start {task} {name}`",
    settled=_FOLLOWED,
)
def create_command(*, task: str, name: str, dry_run: bool, style: str, **stated: object) -> int:
    """Creates the batch NAME of TASK: labels/TASK/NAME/batch.yaml and the assignments, assignments.jsonl.

    Each item is assigned to --overlap annotators. Loads differ by at most one, and nobody gets an item that they had in
    another batch (except to relabel or audit). To label, items of no counting batch are due; to qualify, items with gold.
    The same seed gives the same batch.

    To relabel, each item goes to every annotator with a current answer who can still be asked, so that no valid vote is
    lost; a replacement from --annotators is asked for each who cannot. With --overlap it goes to that many of
    --annotators instead. Once the batch is closed, each new answer replaces the annotator's old one, and who was asked
    and did not answer has no vote on the item. Answers of others stay, unless the guideline made them outdated.

    \b
    Examples:
      assay batch create triage 2026-12-r4 --annotators ada,ben,chen --items 200
      assay batch create triage fr-r1 --annotators ada,ben --where "meta.lang=fr|fr-CA" --overlap 10%x2
      assay batch create triage r5 --annotators ada,ben --items 100 --stratify meta.channel --gold-share .05
      assay batch create triage exam-1 --annotators dana --purpose qualify --dry-run
      assay batch create triage again-1 --purpose relabel --items items.txt
      assay batch create triage 2026-12-r4 --annotators ada,ben --items 200 --submit
    """
    with project_to_write(dry=dry_run) as project:
        planned = lead.plan_batch(project, lead.BatchOrder(task=task, name=name, **stated), now=now())  # type: ignore[arg-type]  # click made them
        if not dry_run:
            lead.write_batch(project, planned)
    click.echo(as_json(planned.as_json()) if style == "json" else lead.planned_text(planned))
    if planned.asking is not None:
        tell_asking(planned.asking)
    tell_losing((), planned.losing)
    if planned.there:
        talk(f"{planned.task}/{planned.name} already exists with this content: nothing was written")
    if dry_run:
        talk("dry run: nothing was written")
    else:
        next_step(f"commit labels/{task}/{name}, then each annotator runs `assay start {task} {name}`")
    return ExitCode.OK


@batch_group.command("reassign", short_help="Move open slots to other annotators.")
@click.argument("task")
@click.argument("name")
@click.option(
    "--from", "leaver", metavar="ID", help="Whose open slots move.  [default: all who left, are paused or excluded]"
)
@click.option("--to", type=Names(), default=(), help=f"{_PEOPLE}  [default: the others of the batch]")
@_SEED
@submits("reassign-{task}-{name}-{leaver}", "{task}/{name}: open slots moved {leaver}")
def reassign_command(*, task: str, name: str, leaver: str | None, to: tuple[str, ...], seed: int) -> int:
    """Moves an annotator's open slots in a batch to others, in equal parts.

    Without --from, the open slots of all who left, are paused or excluded. Answers stay where they are, and nobody else's
    slots move. Exit code 1 if a slot could not be moved.

    \b
    Examples:
      assay batch reassign triage 2026-12-r4
      assay batch reassign triage 2026-12-r4 --from ada
      assay batch reassign triage 2026-12-r4 --from ada --to ben,dana --submit
    """
    with project_to_write() as project:
        handed = lead.reassign_batch(project, task, name, leaver=leaver, to=to, seed=seed)
    if not handed.leavers:
        click.echo(f"{task}/{name}: no annotator who left has open slots; nothing to move")
        return ExitCode.OK
    return _told(handed, f"moved from {', '.join(handed.leavers)}")


@batch_group.command("escalate", short_help="Add annotators where the votes disagree.")
@click.argument("task")
@click.argument("name")
@click.option("--to", required=True, type=click.IntRange(min=2), metavar="K", help="Annotators per item afterwards.")
@click.option("--annotators", type=Names(), default=(), help=f"{_PEOPLE}  [default: those of the batch]")
@_SEED
@submits("escalate-{task}-{name}-{to}", "{task}/{name}: escalated to {to} annotators")
def escalate_command(*, task: str, name: str, to: int, annotators: tuple[str, ...], seed: int) -> int:
    """Asks further annotators, K in all, for each item on which the votes so far disagree.

    Exit code 1 if nobody is left to ask for an item.

    \b
    Examples:
      assay batch escalate triage 2026-12-r4 --to 3
      assay batch escalate triage 2026-12-r4 --to 3 --annotators dana,eli --submit
    """
    with project_to_write() as project:
        handed = lead.escalate_batch(project, task, name, to=to, annotators=annotators, seed=seed)
    return _told(handed, f"escalated to {to} annotators")


@batch_group.command("close", short_help="Close a batch; list what is missing.")
@click.argument("task")
@click.argument("name")
@click.option("--anyway", is_flag=True, help="Close it although answers are missing.")
@FORMAT
@submits("close-{task}-{name}", "{task}/{name}: batch closed")
def close_command(*, task: str, name: str, anyway: bool, style: str) -> int:
    """Closes a complete batch, so that its votes become the current ones.

    Missing answers are listed by annotator, with the items and the next command; then nothing is written, and the exit
    code is 1. It also lists items that lose a vote: of an annotator who was asked again and has not answered, or an
    outdated vote of one who was not asked.

    \b
    Examples:
      assay batch close triage 2026-12-r4 --submit
      assay batch close triage 2026-12-r4 --anyway
    """
    with project_to_write() as project:
        losses = lead.losses_at_close(project, task, name)
        lacking = lead.close_batch(project, task, name, anyway=anyway)
    tell_lost(losses)
    stays = bool(lacking) and not anyway
    if style == "json":
        listed = lead.lacking_json(lacking, task, name)
        click.echo(as_json({"task": task, "batch": name, "status": "open" if stays else "closed", "lacking": listed}))
    elif lacking:
        click.echo(lead.lacking_text(lacking, task, name))
    if stays:
        talk(f"{task}/{name} stays open\nnext: get the missing answers, or close it as it is with --anyway")
        return ExitCode.FINDINGS
    if style == "text":
        click.echo(f"{task}/{name} is closed")
    next_step(f"commit labels/{task}/{name}/batch.yaml")
    return ExitCode.OK


@batch_group.command("reopen", short_help="Reopen a closed batch.")
@click.argument("task")
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="The reason, for the commit message.")
@FORMAT
@submits("reopen-{task}-{name}", "{task}/{name}: batch reopened. {why}")
def reopen_command(*, task: str, name: str, why: str, style: str) -> int:
    """Reopens a closed batch, so that answers in it can be changed or reassigned.

    Until it is closed again its votes do not count: they are measured as those of any open batch, and no release holds
    them. Only a lead may do it; `assay review` shows what changes in the figures.

    \b
    Examples:
      assay batch reopen triage 2026-12-r4
      assay batch reopen triage 2026-12-r4 --why "ada's answers on refunds came back" --submit
    """
    with project_to_write() as project:
        turned = lead.reopen_batch(project, task, name)
    click.echo(as_json(turned) if style == "json" else visible(lead.turned_text(turned)))
    if turned.there:
        return ExitCode.OK
    told = " ".join(why.split())
    message = shlex.quote(f"{task}/{name}: batch reopened{f': {told}' if told else ''}")
    path = f"labels/{task}/{name}/batch.yaml"
    next_step(visible(f"commit {path}: git commit -m {message} {path}"))
    talk(f"then `assay start {task} {name}`, and `assay batch close {task} {name}` when it is complete")
    return ExitCode.OK


@batch_group.command("list", short_help="List batches and their progress.")
@click.argument("task", required=False)
@FORMAT
def list_command(*, task: str | None, style: str) -> int:
    """Lists batches: purpose, status, guideline, and how many of their slots are answered.

    \b
    Examples:
      assay batch list
      assay batch list triage --format json
    """
    batches = lead.list_batches(project_here(), task)
    click.echo(as_json(batches) if style == "json" else lead.batches_text(batches))
    return ExitCode.OK


def _told(handed: "SlotChange", verb: str) -> int:
    click.echo(lead.slot_change_text(handed, verb))
    if handed.items:
        next_step(f"commit labels/{handed.task}/{handed.batch}")
    return ExitCode.FINDINGS if handed.stuck else ExitCode.OK
