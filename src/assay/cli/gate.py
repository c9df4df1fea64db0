"""`assay gate`: judge, or hold a caller to the verdict."""

import click

from assay.cli.context import FORMAT, interactive, project_for_stage, today
from assay.errors import ExitCode, UsageError
from assay.gate import enforced, read_verdict, require_release
from assay.report import as_json, verdict_text, visible
from assay.stages.gate import gate as gate_stage


@click.command()
@click.option(
    "--enforce",
    metavar="merge|release[:NAME]",
    help="Do not judge: exit 1 unless the present verdict lets this happen.",
)
@FORMAT
def gate(enforce: str | None, style: str) -> int:
    """Judges every rule and runs the project's checks; writes gate/verdict.json and exits 0.

    \b
    Examples:
      assay gate                          judge (a stage of the pipeline)
      assay gate --enforce merge          exit 1 unless the verdict allows a merge
      assay gate --enforce release:faq    … a release of faq
    """
    project = project_for_stage()
    if enforce is None:
        verdict = gate_stage(project, progress=_show if interactive() else _be_quiet)
        click.echo(as_json(verdict) if style == "json" else verdict_text(verdict))
        return ExitCode.OK
    what, colon, name = enforce.partition(":")
    if what not in {"merge", "release"} or (colon and (what == "merge" or not name)):
        raise UsageError(f"--enforce {enforce} is not understood", hint="merge, release, or release:NAME")
    if name:
        require_release(project, name)
    problems = enforced(project, read_verdict(project), what=what, name=name, today=today())
    click.echo(
        as_json({"problems": list(problems)})
        if style == "json"
        else "\n".join(map(visible, problems)) or f"{enforce}: passes"
    )
    return ExitCode.FINDINGS if problems else ExitCode.OK


def _show(done: int, total: int) -> None:
    click.echo(f"\rchecks: {done} of {total} files", err=True, nl=done == total)


def _be_quiet(_done: int, _total: int) -> None:
    pass
