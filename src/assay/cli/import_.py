"""`assay import`: labels made elsewhere, and items to be labelled."""

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from assay import lead
from assay.cli.context import FORMAT, Within, by_hand, interactive, project_to_write, submits, talk, today
from assay.core import Finding, Severity
from assay.errors import ExitCode, UsageError
from assay.files import Bounds
from assay.render import as_json, count, findings_text, visible

_GIB = click.option(
    "--max-gib",
    default=4.0,
    show_default=True,
    type=Within(min=0, min_open=True),
    help="How much is read of FILE, unpacked.",
)
_RATIO = click.option(
    "--max-ratio", default=100.0, show_default=True, type=Within(min=1),
    help="How many times its size a .gz may unpack to.",
)  # fmt: skip


def _bounds(gib: float, ratio: float) -> Bounds:
    return Bounds(
        total=int(gib * 2**30),
        ratio=ratio,
        fix="import it in parts; or raise --max-gib or --max-ratio, if you trust it",
    )


@click.group("import")
def import_group() -> None:
    """Labels and items made elsewhere."""


@import_group.command("long", short_help="One annotation a line, as JSON.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--task", required=True, help="The task the labels answer.")
@click.option("--source", help="What to call where they come from.  [default: FILE's name up to its first dot]")
@click.option("--batch-size", default=500, show_default=True, type=click.IntRange(min=1), help="Items in a batch.")
@click.option("--update", is_flag=True, help="FILE is a newer, cumulative export of the same source.")
@click.option("--prune", is_flag=True, help="With --update: remove annotations that are gone from FILE.")
@_GIB
@_RATIO
@FORMAT
@submits("import-{task}-{source}", "{task}: labels imported from {file}")
def long_command(  # noqa: PLR0913 - the options of a command
    *,
    file: Path,
    task: str,
    source: str | None,
    batch_size: int,
    update: bool,
    prune: bool,
    max_gib: float,
    max_ratio: float,
    style: str,
) -> int:
    """Imports FILE (.jsonl or .jsonl.gz), one annotation a line: {"item", "annotator", "label", …}.

    Everything goes to @SOURCE files, all or nothing; what cannot be taken is listed with its line. Ids are text, and a whole
    number stands for its digits; times may carry any offset and are stored in UTC.

    \b
    Examples:
      assay import long rte.jsonl.gz --task rte
      assay import long rte-may.jsonl.gz --task rte --source rte --update --submit
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} lines"))
    shown = Progress(*columns, console=Console(stderr=True), transient=True) if interactive() else nullcontext()
    with project_to_write() as project, shown as bar:
        row = bar.add_task(f"reading {file.name}", total=None) if bar else None
        imported = lead.import_long(
            project,
            file,
            task=task,
            source=source,
            batch_size=batch_size,
            update=update,
            prune=prune,
            today=today(),
            bounds=_bounds(max_gib, max_ratio),
            progress=lambda done: bar.update(row, completed=done) if bar and row is not None else None,
        )
    click.echo(as_json(imported.as_json()) if style == "json" else lead.import_text(imported))
    if imported.written:
        by_hand("Next: `assay check --all` holds what came in against the schema; then commit it")
    return ExitCode.FINDINGS if imported.refused or _broken(imported.media) else ExitCode.OK


@import_group.command("items", short_help="What is to be labelled: JSON lines or CSV.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pool", required=True, help="The pool they come into.")
@click.option("--id", "key", metavar="KEY", help="What holds an item's id.  [default: id]")
@click.option("--id-by-row", "by_row", is_flag=True, help="There is no id: number the rows, SHARD-1, SHARD-2, …")
@click.option("--shard", help="The file of the pool they go to.  [default: FILE's name up to its first dot]")
@_GIB
@_RATIO
@submits("items-{pool}-{shard}", "{pool}: items imported from {file}", then="`assay batch create` hands them out")
def items_command(  # noqa: PLR0913 - the options of a command
    *, file: Path, pool: str, key: str | None, by_row: bool, shard: str | None, max_gib: float, max_ratio: float
) -> int:
    """Brings unlabelled items into a pool, all of FILE (.jsonl, .jsonl.gz, .csv or .tsv) or nothing.

    A line is an item, {"id", "data": {…}, "meta"?, "group"?}, or a plain object or row: then KEY is the id, `group` the
    group, `meta.KEY` what annotators are not shown, and the rest is what they see. An empty cell states nothing. Cells
    stand between commas, semicolons, tabs or bars, in UTF-8 or UTF-16; which it is, is found and told. An id is text, and a
    whole number stands for its digits (7 is "7", which is not "007").

    \b
    Examples:
      assay import items messages.jsonl --pool triage --submit
      assay import items export.csv --pool triage --id ticket --shard 2026-12
      assay import items lines.tsv --pool triage --id-by-row
    """
    if key is not None and by_row:
        raise UsageError("--id names what holds the id, --id-by-row says that nothing does", fix="give one of them")
    with project_to_write() as project:
        imported = lead.import_items(
            project,
            file,
            pool=pool,
            key=None if by_row else key or "id",
            shard=shard,
            bounds=_bounds(max_gib, max_ratio),
            told=lambda said: talk(visible(f"{file.name}: {said}")),
        )
    click.echo(f"{pool}: {count(imported.added, 'item')} added, {imported.there:,} already there")
    if imported.added:
        click.echo(f"wrote {imported.path}")
    if not imported.tasks:
        talk(f"no task uses the pool {pool} yet; `assay task add NAME --pool {pool}` makes one")
    for found in filter(None, (imported.media, imported.alike)):
        click.echo(findings_text(found))
    return ExitCode.FINDINGS if _broken(imported.media) else ExitCode.OK


def _broken(media: Iterable[Finding]) -> bool:
    return any(one.severity is Severity.ERROR for one in media)
