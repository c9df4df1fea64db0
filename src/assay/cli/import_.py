"""`assay import`: labels made elsewhere, and items to label."""

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay import files, lead
from assay.cli.context import FORMAT, Within, interactive, next_step, project_to_write, submits, talk, today
from assay.core import Severity
from assay.errors import ExitCode, UsageError
from assay.extras import load, resolve
from assay.render import as_json, count, findings_text, visible

if TYPE_CHECKING:
    from rich.progress import Progress

    from assay.core import Finding
    from assay.files import Bounds

_GIB = click.option(
    "--max-gib", default=4.0, show_default=True, type=Within(min=0, min_open=True),
    help="Limit on the unpacked size of FILE.",
)  # fmt: skip
_RATIO = click.option(
    "--max-ratio", default=100.0, show_default=True, type=Within(min=1),
    help="Limit on the compression ratio of a .gz.",
)  # fmt: skip


def _bounds(gib: float, ratio: float) -> "Bounds":
    fix = "import it in parts; or raise --max-gib or --max-ratio, if you trust it"
    return files.Bounds(total=int(gib * 2**30), ratio=ratio, fix=fix)


def _line_count() -> "Progress":
    """The lines read so far, on the terminal."""
    rich = load("rich.progress")
    columns = (rich.SpinnerColumn(), rich.TextColumn("{task.description}"), rich.TextColumn("{task.completed:,} lines"))
    shown: Progress = rich.Progress(*columns, console=resolve("rich.console:Console")(stderr=True), transient=True)
    return shown


@click.group("import")
def import_group() -> None:
    """Import items, or labels made elsewhere."""


@import_group.command("long", short_help="Import labels: one annotation a line, as JSON.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--task", required=True, help="The task the labels answer.")
@click.option("--source", help="The name of their source.  [default: FILE's name up to its first dot]")
@click.option("--batch-size", default=500, show_default=True, type=click.IntRange(min=1), help="Items per batch.")
@click.option("--update", is_flag=True, help="FILE is a newer, cumulative export of the same source.")
@click.option("--prune", is_flag=True, help="With --update: remove annotations that FILE no longer has.")
@_GIB
@_RATIO
@FORMAT
@submits("import-{task}-{source}", "{task}: labels imported from {file}")
def long_command(*, file: Path, max_gib: float, max_ratio: float, style: str, **stated: object) -> int:
    """Imports FILE (.jsonl or .jsonl.gz), one annotation a line: {"item", "annotator", "label", …}.

    Everything is written to @SOURCE files, all or nothing; errors are listed with their lines. Ids are text, and a whole
    number is read as its digits; times may have any offset and are stored in UTC.

    \b
    Examples:
      assay import long rte.jsonl.gz --task rte
      assay import long rte-may.jsonl.gz --task rte --source rte --update --submit
    """
    shown = _line_count() if interactive() else nullcontext()
    with project_to_write() as project, shown as bar:
        row = bar.add_task(f"reading {file.name}", total=None) if bar else None
        imported = lead.import_long(
            project,
            file,
            today=today(),
            bounds=_bounds(max_gib, max_ratio),
            progress=lambda done: bar.update(row, completed=done) if bar and row is not None else None,
            **stated,  # type: ignore[arg-type]  # click made them
        )
    click.echo(as_json(imported.as_json()) if style == "json" else lead.import_text(imported))
    if imported.written:
        next_step("assay check --all, then commit it")
    return ExitCode.FINDINGS if imported.refused or _broken(imported.media) else ExitCode.OK


@import_group.command("items", short_help="Import items to label: JSON Lines or CSV.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pool", required=True, help="The pool to add them to.")
@click.option("--id", "key", metavar="KEY", help="The key or column of the id.  [default: id]")
@click.option("--id-by-row", "by_row", is_flag=True, help="Number the rows instead: SHARD-1, SHARD-2, …")
@click.option("--shard", help="The file within the pool.  [default: FILE's name up to its first dot]")
@_GIB
@_RATIO
@submits("items-{pool}-{shard}", "{pool}: items imported from {file}", then="`assay batch create` assigns them")
def items_command(  # noqa: PLR0913 - the options of a command
    *, file: Path, pool: str, key: str | None, by_row: bool, shard: str | None, max_gib: float, max_ratio: float
) -> int:
    """Imports unlabelled items into a pool, all of FILE (.jsonl, .jsonl.gz, .csv or .tsv) or nothing.

    A line is an item, {"id", "data": {…}, "meta"?, "group"?}, or a plain object or row: then KEY is the id, `group` the
    group, `meta.KEY` hidden from annotators, and the rest is shown to them. An empty cell is no value. The separator
    (comma, semicolon, tab or bar) and the encoding (UTF-8 or UTF-16) are detected and printed. An id is text, and a whole
    number is read as its digits (7 is "7", not "007").

    \b
    Examples:
      assay import items messages.jsonl --pool triage --submit
      assay import items export.csv --pool triage --id ticket --shard 2026-12
      assay import items lines.tsv --pool triage --id-by-row
    """
    if key is not None and by_row:
        raise UsageError("--id and --id-by-row exclude each other", fix="give one of them")
    with project_to_write() as project:
        imported = lead.import_items(
            project, file, pool=pool, key=None if by_row else key or "id", shard=shard,
            bounds=_bounds(max_gib, max_ratio), notify=lambda said: talk(visible(f"{file.name}: {said}")),
        )  # fmt: skip
    click.echo(f"{pool}: {count(imported.added, 'item')} added, {imported.there:,} already there")
    if imported.added:
        click.echo(f"wrote {imported.path}")
    if not imported.tasks:
        talk(f"no task uses the pool {pool} yet\nnext: assay task add NAME --pool {pool}")
    for found in filter(None, (imported.media, imported.alike)):
        click.echo(findings_text(found))
    return ExitCode.FINDINGS if _broken(imported.media) else ExitCode.OK


def _broken(media: "Iterable[Finding]") -> bool:
    return any(one.severity is Severity.ERROR for one in media)
