"""`assay upgrade`: takes a project to this assay."""

import click

from assay import __version__
from assay.actions.upgrade import Upgrade, plan_upgrade, write_upgrade
from assay.cli.context import FORMAT, project_here
from assay.cli.submitting import submits
from assay.errors import ExitCode
from assay.report import as_json, count, visible


@click.command()
@click.option("--write", is_flag=True, help="Write it: all files, or none.")
@FORMAT
@submits("upgrade", f"the project goes to assay {__version__}")
def upgrade(*, write: bool, style: str) -> int:
    """Takes the project to this assay: says which files it would write, what changes in each, and why.

    Only what assay itself wrote is changed, and YAML keeps its comments. Exit code 1 if something is left for a person
    to write, as in a dvc.yaml with lines of your own. A project of a later assay is refused (2).

    \b
    Examples:
      assay upgrade                   what would be written; writes nothing
      assay upgrade --write --submit  and sends it
      assay upgrade --write           all of it, or nothing; then `dvc repro`
    """
    project = project_here()
    plan = plan_upgrade(project)
    if write:
        write_upgrade(project, plan)
    text = "\n".join(map(visible, _text(plan, written=write).split("\n")))
    click.echo(as_json(_as_json(plan, written=write)) if style == "json" else text)
    return ExitCode.FINDINGS if plan.by_hand else ExitCode.OK


def _text(plan: Upgrade, *, written: bool) -> str:
    lines = [
        f"{'wrote ' if written else ''}{change.path}: {change.what}\n  why: {change.why}" for change in plan.changes
    ]
    lines += [f"left to you: {left}" for left in plan.by_hand]
    if plan.changes and not written:
        lines.append(f"\nnext: assay upgrade --write ({count(len(plan.changes), 'file')}; nothing is written yet)")
    elif plan.changes:
        lines += ["", *(f"next: {command}" for command in plan.after)]
    return "\n".join(lines) or f"nothing to do: assay {__version__} measures this project already"


def _as_json(plan: Upgrade, *, written: bool) -> dict[str, object]:
    return {
        "assay": __version__,
        "written": written and bool(plan.changes),
        "changes": [{"path": change.path, "what": change.what, "why": change.why} for change in plan.changes],
        "by_hand": list(plan.by_hand),
        "next": list(plan.after) if written else [],
    }
