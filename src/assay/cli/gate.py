"""`assay gate`: judge, or hold a caller to the verdict."""

from collections.abc import Callable, Mapping, Sequence

import click

from assay.cli.context import FINDINGS_FORMAT, interactive, project_for_stage, today
from assay.errors import ExitCode, UsageError
from assay.gate import VERDICT, enforced, read_verdict, require_release
from assay.gate.findings import findings_of_project
from assay.model.catalogue import CATALOGUE, finding, page_of
from assay.model.finding import Location
from assay.model.verdict import Verdict
from assay.project import Project
from assay.report import as_json, verdict_text, visible
from assay.report.styles import findings_in
from assay.report.verdict import verdict_findings, verdict_line
from assay.stages.gate import gate as gate_stage


@click.command()
@click.option(
    "--enforce",
    metavar="merge|release[:NAME]",
    help="Do not judge: exit 1 unless the present verdict lets this happen.",
)
@FINDINGS_FORMAT
def gate(enforce: str | None, style: str) -> int:
    """Judges every rule and runs the project's checks; writes gate/verdict.json and exits 0.

    What is wrong with the project itself (its configuration, stray files, waivers of nothing) is listed in
    gate/findings.jsonl; with build/TASK/findings.jsonl and build/TASK/guideline.jsonl that is all that check --all says.

    \b
    Examples:
      assay gate                          judge (a stage of the pipeline)
      assay gate --enforce merge          exit 1 unless the verdict allows a merge
      assay gate --enforce release:faq    … a release of faq
      assay gate --format sarif           every rule that does not pass, for a forge's scanning page
    """
    project = project_for_stage()
    if enforce is None:
        verdict = gate_stage(project, progress=_show if interactive() else _be_quiet)
        click.echo(_STYLES[style](verdict) if style in _STYLES else _listed(project, verdict, style))
        return ExitCode.OK
    what, colon, name = enforce.partition(":")
    if what not in {"merge", "release"} or (colon and (what == "merge" or not name)):
        raise UsageError(f"--enforce {enforce} is not understood", hint="merge, release, or release:NAME")
    if name:
        require_release(project, name)
    problems = enforced(project, read_verdict(project), what=what, name=name, today=today())
    click.echo(_enforced(enforce, problems, style))
    return ExitCode.FINDINGS if problems else ExitCode.OK


def _show(done: int, total: int) -> None:
    click.echo(f"\rchecks: {done} of {total} files", err=True, nl=done == total)


def _be_quiet(_done: int, _total: int) -> None:
    pass


_STYLES: Mapping[str, Callable[[Verdict], str]] = {"text": verdict_text, "json": as_json}


def _listed(project: Project, verdict: Verdict, style: str) -> str:
    """What does not pass, and below the project's own rules what is wrong with the project."""
    rules = (one for one in verdict_findings(verdict) if page_of(one.rule) is not CATALOGUE["gate/project"])
    found = sorted({*rules, *findings_of_project(project)}, key=lambda one: one.sort_key)
    return findings_in(style, found, title="assay gate", said=verdict_line(verdict))


def _enforced(enforce: str, problems: Sequence[str], style: str) -> str:
    if style == "json":
        return as_json({"problems": list(problems)})
    if style == "text":
        return "\n".join(map(visible, problems)) or f"{enforce}: passes"
    found = [finding("gate/refused", Location(path=VERDICT), problem) for problem in problems]
    said = f"{enforce}: {'refused' if found else 'passes'}"
    return findings_in(style, found, title="assay gate --enforce", said=said)
