"""`assay git`: what git calls, as `assay install` tells it to."""

from pathlib import Path

import click

from assay.errors import ExitCode
from assay.extras import resolve

_CONFLICT = 10


@click.group(name="git", help="What git itself calls; `assay install` sets it up.")
def git_() -> None:
    """What git itself calls."""


@git_.command()
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("marker", type=click.IntRange(1, 200))
@click.argument("path")
def merge(*, base: Path, ours: Path, theirs: Path, marker: int, path: str) -> int:
    """Merges three states of a label file by record into OURS. Exit code 10: records are in conflict, between markers.

    In a project of a newer assay it merges nothing, and git merges line by line.
    """
    resolve("assay.project.find:refuse_newer")((Path.cwd() / path).parent)
    clash = resolve("assay.changes:Clash")(marker=marker)
    conflicts: int = resolve("assay.gitdriver:merge_files")(base, ours, theirs, path, clash)
    return _CONFLICT if conflicts else ExitCode.OK


@git_.command()
@click.argument("file", type=click.Path(path_type=Path))
def textconv(*, file: Path) -> int:
    """Prints a label file as text that a person can compare."""
    click.echo(resolve("assay.gitdriver:readable")(resolve("assay.store.files:read_bytes")(file)), nl=False)
    return ExitCode.OK
