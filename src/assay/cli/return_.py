"""`assay return`: send answers back."""

import click

from assay.actions.send_back import Back
from assay.actions.send_back import send_back as run_send_back
from assay.actions.whoami import who_am_i
from assay.cli.context import AS, FORMAT, by_hand, now, project_to_write
from assay.cli.submitting import submits
from assay.cli.words import Names
from assay.errors import ExitCode
from assay.report import as_json, count, visible


@click.command("return")
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--why", required=True, metavar="TEXT", help="What to look at again; the annotator reads it.")
@click.option(
    "--annotator", "annotators", type=Names(), default=(), help="Only theirs.  [default: everybody's answers]"
)
@click.option("--task", default="", metavar="NAME", help="Where an item stands in several tasks.")
@click.option("--batch", default="", metavar="NAME", help="Where an item was answered in several rounds.")
@AS
@FORMAT
@submits("return-{items}", "{items}: answers sent back", then="`assay todo` shows it to whoever answered")
def return_(  # noqa: PLR0913 - the options of a command
    *, items: tuple[str, ...], why: str, annotators: tuple[str, ...], task: str, batch: str, who: str | None, style: str
) -> int:
    """Sends answers back to whoever gave them: `assay todo` and the page show the item again, with the reason.

    Writes <me>.returned.jsonl beside the answers; commit it and open a pull request. The old answer is kept as `first`
    when the annotator gives another one, so agreement does not change by it.

    \b
    Examples:
      assay return m-0017 --why "the parcel was late, see Urgency" --annotator ada
      assay return m-0017 m-0020 --batch 2026-11-round-3 --why "version 1.2 says otherwise" --submit
    """
    back = Back(items=items, why=why, task=task, batch=batch, annotators=annotators)
    with project_to_write() as project:
        files = run_send_back(project, who_am_i(project, who), back, now=now())
    if style == "json":
        click.echo(as_json(files))
    for file in () if style == "json" else files:
        people = sorted({name for _, name in file.sent})
        click.echo(visible(f"{file.path}: {count(len(file.sent), 'answer')} sent back to {', '.join(people)}"))
    by_hand(f"Next: commit {', '.join(file.path for file in files)} and open a pull request")
    return ExitCode.OK
