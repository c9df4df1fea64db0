"""`assay batch`: rounds of work."""

from pathlib import Path

import click

from assay.actions.rounds import (
    RoundOrder,
    close_round,
    escalate_round,
    list_rounds,
    plan_round,
    reassign_round,
    write_round,
)
from assay.cli.context import FORMAT, now, project_here, project_to_write, talk
from assay.cli.words import Names, Word
from assay.errors import ExitCode
from assay.model.project import Purpose
from assay.model.rounds import Handed
from assay.report import as_json
from assay.report.rounds import batches_text, handed_text, lacking_text, planned_text

_PEOPLE = "Comma-separated ids of the roster."
_SEED = click.option("--seed", default=42, show_default=True, type=int, help="Decides all chance.")


class HowMany(click.ParamType[int | Path]):
    """A number of items, or a file that lists them."""

    name = "N|FILE"

    def convert(self, value: str | int | Path, param: click.Parameter | None, ctx: click.Context | None) -> int | Path:
        """Digits are a number, anything else is a file."""
        if not isinstance(value, str):
            return value
        return int(value) if value.isdecimal() else Path(value)


@click.group()
def batch() -> None:
    """Hand out, move and close rounds of work."""


@batch.command("create", short_help="A new round: which items, who labels them.")
@click.argument("task")
@click.argument("name")
@click.option("--annotators", required=True, type=Names(), help=_PEOPLE)
@click.option("--items", type=HowMany(), help="How many, or a file of ids.  [default: all that match and are due]")
@click.option("--where", multiple=True, metavar="KEY=A|B", help="id, group, meta.K or data.K; repeated: all must hold.")
@click.option("--overlap", metavar="K|P%xK", help="Annotators an item.  [default: 2; to qualify: all of them]")
@click.option("--stratify", metavar="KEY", help="Keep the shares of this key's values in the sample.")
@click.option("--gold-share", type=float, metavar="SHARE", help="This share of the items has gold, unmarked.")
@click.option("--purpose", type=Word(Purpose), default=Purpose.LABEL.value, show_default=True)
@click.option("--prelabels", metavar="MODEL", help="Show this model's labels as suggestions.")
@_SEED
@click.option("--dry-run", is_flag=True, help="Show the round, write nothing.")
@FORMAT
def create(*, dry_run: bool, style: str, **stated: object) -> int:
    """Makes the round NAME of TASK: labels/TASK/NAME/batch.yaml and the plan of who is asked what, assignments.jsonl.

    Every item goes to so many different annotators, loads are within one of each other, and nobody is asked for what
    they had in another round (to relabel and to audit they may be). To label, only items that no counting round holds
    are due; to qualify, items with gold. The same seed makes the same round.

    \b
    Examples:
      assay batch create triage 2026-12-r4 --annotators ada,ben,chen --items 200
      assay batch create triage fr-r1 --annotators ada,ben --where "meta.lang=fr|fr-CA" --overlap 10%x2
      assay batch create triage r5 --annotators ada,ben --items 100 --stratify meta.channel --gold-share .05
      assay batch create triage exam-1 --annotators dana --purpose qualify --dry-run
    """
    with project_to_write(dry=dry_run) as project:
        planned = plan_round(project, RoundOrder(**stated), now=now())  # type: ignore[arg-type]  # click made them
        if not dry_run:
            write_round(project, planned)
    click.echo(as_json(planned.as_json()) if style == "json" else planned_text(planned))
    if planned.there:
        talk(f"{planned.task}/{planned.name} stands there already, just so: nothing was written")
    talk("dry run: nothing was written" if dry_run else _next_step(planned.task, planned.name))
    return ExitCode.OK


@batch.command("reassign", short_help="Somebody leaves: their open slots go to others.")
@click.argument("task")
@click.argument("name")
@click.option("--from", "leaver", required=True, metavar="ID", help="Whose open slots move.")
@click.option("--to", type=Names(), default=(), help=f"{_PEOPLE}  [default: the others of the batch]")
@_SEED
def reassign(*, task: str, name: str, leaver: str, to: tuple[str, ...], seed: int) -> int:
    """Moves what somebody has not answered in a round to others, evenly over what is still open.

    Their answers stay theirs, and nobody else's slots move. Exit code 1 where a slot could not be moved.

    \b
    Examples:
      assay batch reassign triage 2026-12-r4 --from ada
      assay batch reassign triage 2026-12-r4 --from ada --to ben,dana
    """
    with project_to_write() as project:
        handed = reassign_round(project, task, name, leaver=leaver, to=to, seed=seed)
    return _told(handed, f"moved from {leaver}")


@batch.command("escalate", short_help="A further annotator where the votes disagree.")
@click.argument("task")
@click.argument("name")
@click.option("--to", required=True, type=click.IntRange(min=2), metavar="K", help="Annotators an item then has.")
@click.option("--annotators", type=Names(), default=(), help=f"{_PEOPLE}  [default: those of the batch]")
@_SEED
def escalate(*, task: str, name: str, to: int, annotators: tuple[str, ...], seed: int) -> int:
    """Asks further annotators, K in all, for each item on which the votes so far disagree.

    Exit code 1 where nobody is left to ask for an item.

    \b
    Examples:
      assay batch escalate triage 2026-12-r4 --to 3
      assay batch escalate triage 2026-12-r4 --to 3 --annotators dana,eli
    """
    with project_to_write() as project:
        handed = escalate_round(project, task, name, to=to, annotators=annotators, seed=seed)
    return _told(handed, f"escalated to {to} annotators")


@batch.command("close", short_help="Say what is missing; close the round.")
@click.argument("task")
@click.argument("name")
@click.option("--anyway", is_flag=True, help="Close it although something is missing.")
def close(*, task: str, name: str, anyway: bool) -> int:
    """Closes a round that is complete, so that its votes are its items' current ones.

    Where something is missing it is listed by annotator, nothing is written, and the exit code is 1.

    \b
    Examples:
      assay batch close triage 2026-12-r4
      assay batch close triage 2026-12-r4 --anyway
    """
    with project_to_write() as project:
        lacking = close_round(project, task, name, anyway=anyway)
    if lacking:
        click.echo(lacking_text(lacking))
    if lacking and not anyway:
        talk(f"{task}/{name} stays open; `assay batch reassign` moves what is open, --anyway closes it as it is")
        return ExitCode.FINDINGS
    click.echo(f"{task}/{name} is closed")
    talk(f"Next: commit labels/{task}/{name}/batch.yaml")
    return ExitCode.OK


@batch.command("list", short_help="Rounds, and how far they are.")
@click.argument("task", required=False)
@FORMAT
def list_(*, task: str | None, style: str) -> int:
    """Lists rounds: purpose, status, guideline, and how many of their slots are answered.

    \b
    Examples:
      assay batch list
      assay batch list triage --format json
    """
    batches = list_rounds(project_here(), task)
    click.echo(as_json(batches) if style == "json" else batches_text(batches))
    return ExitCode.OK


def _told(handed: Handed, verb: str) -> int:
    click.echo(handed_text(handed, verb))
    if handed.items:
        talk(f"Next: commit labels/{handed.task}/{handed.batch}")
    return ExitCode.FINDINGS if handed.stuck else ExitCode.OK


def _next_step(task: str, name: str) -> str:
    return f"Next: commit labels/{task}/{name}, then each annotator runs `assay start {task} {name}`"
