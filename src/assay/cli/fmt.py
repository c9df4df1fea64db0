"""`assay fmt`: label files in canonical form."""

from pathlib import Path

import click

from assay.actions.fmt import Formatted, format_labels
from assay.cli.context import project_to_write, talk
from assay.cli.submitting import submits
from assay.errors import ExitCode
from assay.report import count, visible


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file is not canonical.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@submits("fmt", "label files in canonical form")
def fmt(*, only_check: bool, paths: tuple[Path, ...]) -> int:
    """Writes label files in the one canonical form: a record a line, sorted, keys in order. Every record is kept.

    A file with a line that cannot be read is left as it is, and the line is named (exit 1).

    \b
    Examples:
      assay fmt                       every label file of the project
      assay fmt labels/triage         those of one task
      assay fmt --submit              and sends what was written
      assay fmt --check               is everything canonical? writes nothing
    """
    with project_to_write(dry=only_check) as project:
        done = format_labels(project, paths, write=not only_check)
    for path in done.changed:
        click.echo(visible(f"{path}: {'is not canonical' if only_check else 'written'}"))
    for file in done.refused:
        for fault in file.faults[:_SHOWN]:
            click.echo(visible(f"{file.path}:{fault.number} {fault.why}"))
        if more := len(file.faults[_SHOWN:]) + file.more:
            click.echo(visible(f"{file.path}: and {more:,} more lines"))
    talk(_summary(done, only_check=only_check))
    return ExitCode.FINDINGS if done.refused or (only_check and done.changed) else ExitCode.OK


_SHOWN = 20


def _summary(done: Formatted, *, only_check: bool) -> str:
    rest = "to be written; `assay fmt` writes them" if only_check else "written"
    said = f"{count(done.files, 'file')} looked at, {len(done.changed):,} {rest if done.changed else 'changed'}"
    left = f"; {count(len(done.refused), 'file')} left as they are: mend the lines named above, `assay check` says how"
    return said + (left if done.refused else "")
