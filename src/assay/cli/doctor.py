"""`assay doctor`: what is missing here, and how to mend it."""

from pathlib import Path

import click

from assay.actions.doctor import Examined, examine_at
from assay.actions.forge_files import CiForge
from assay.actions.let_go import let_go
from assay.actions.stuck import mend
from assay.actions.whoami import known_here
from assay.cli.context import FORMAT, project_here, root_here, talk
from assay.cli.forge import settings_said
from assay.errors import ExitCode
from assay.report import as_json, visible
from assay.store.files import set_aside


@click.command()
@click.option(
    "--forge", is_flag=False, flag_value="github", type=click.Choice([CiForge.GITHUB.value]),
    help="The settings that the forge needs instead.  [github]",
)  # fmt: skip
@click.option(
    "--settings", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.json",
    help="With --forge: what the forge says of the repository, to be held against the list.",
)  # fmt: skip
@click.option("--mend", "mending", is_flag=True, help="Put right what can be put right without deciding for anybody.")
@click.option(
    "--abort", is_flag=True, help="Drop a merge, rebase, … that git is in the middle of; keep what was changed."
)
@click.option("--drop-write", "drop", is_flag=True, help="Drop a write that was interrupted and cannot be finished.")
@FORMAT
def doctor(*, forge: str | None, settings: Path | None, mending: bool, abort: bool, drop: bool, style: str) -> int:
    """Says what this clone and this machine lack for the work with labels, and how to mend it.

    With --forge, which settings branch protection needs, and how to collect them; with --settings, which are missing.
    With --mend, locks of git that no git command holds any more are removed, and HEAD, branches, the index and dvc.lock
    that a crash left unreadable are put back; what is damaged or stands in the way is moved below .assay/aside, never
    deleted. With --abort, what git is in the middle of ends without its result, and every changed file is kept there first.

    With --drop-write, an interrupted write is given up: no file of the project is touched, what it was to write is kept.
    Exit code 1 if something that is needed is missing, or the settings do not say.

    \b
    Examples:
      assay doctor
      assay doctor --format json
      assay doctor --forge
      assay doctor --forge github --settings settings.json
      assay doctor --mend
      assay doctor --abort
      assay doctor --drop-write
    """
    if abort:
        return _let_go()
    if mending:
        return _mended()
    if drop:
        return _dropped()
    if settings is not None and forge is None:
        raise click.UsageError("--settings goes with --forge")
    if forge is not None:
        return ExitCode.OK if settings_said(project_here(), settings, style) else ExitCode.FINDINGS
    found = examine_at(Path.cwd())
    if style == "json":
        click.echo(as_json([_as_json(one) for one in found]))
    else:
        click.echo("\n".join(map(_line, found)))
    return ExitCode.OK if all(one.well or not one.needed for one in found) else ExitCode.FINDINGS


def _dropped() -> int:
    kept, found = set_aside(root_here())
    for name, state in found.items():
        click.echo(visible(f"{name}: {state}"))
    talk(f"the write is dropped; what it was to write is kept in {kept}, plan.json there says which file is which")
    return ExitCode.OK


def _mended() -> int:
    root = root_here()
    mended = mend(root, known_here(root))
    for line in mended.done:
        click.echo(visible(line))
    for line in mended.left:
        click.echo(visible(f"left: {line}"))
    if mended.kept:
        talk(f"what was put aside is kept in {mended.kept}")
    if not (mended.done or mended.left):
        talk("there was nothing to mend")
    return ExitCode.FINDINGS if mended.left else ExitCode.OK


def _let_go() -> int:
    dropped = let_go(root_here())
    click.echo(visible(f"the {dropped.what} is dropped"))
    if dropped.put_back:
        talk(visible(f"edited meanwhile, and in the work tree as before: {', '.join(dropped.put_back)}"))
    if dropped.branch:
        talk(f"commits made meanwhile are kept on branch {dropped.branch}")
    if dropped.kept:
        talk(f"every changed file is kept as it was in {dropped.kept}")
    return ExitCode.OK


def _line(one: Examined) -> str:
    mark = "ok" if one.well else "missing" if one.needed else "without"
    line = visible(f"{mark:8}{one.name}: {one.said}")
    return line if one.well else f"{line}\n        what to do: {visible(one.remedy)}"


def _as_json(one: Examined) -> dict[str, str | bool]:
    return {"name": one.name, "well": one.well, "said": one.said, "remedy": one.remedy, "needed": one.needed}
