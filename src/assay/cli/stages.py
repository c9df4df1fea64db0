"""`assay schema|agreement|policy|consensus|quality|gate|report`: the stages of the pipeline, and its last run."""

import os
from typing import TYPE_CHECKING

import click

from assay import agreement, core, gate, pipeline, reviewer
from assay.cli.context import (
    FINDINGS_FORMAT,
    FORMAT,
    Within,
    progress,
    project_for_stage,
    project_here,
    spreads,
    talk,
    today,
)
from assay.errors import ExitCode, UsageError
from assay.extras import resolve
from assay.render import as_json, findings_in, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.labels import Engine
    from assay.project import Project


def _stage(name: str, described: str, written: str = "") -> click.Command:
    @click.command(name, help=f"{described}\n\nA stage of the pipeline: `dvc repro` calls it.")
    @click.argument("task")
    def command(task: str) -> int:
        project = _begun(task)
        resolve(f"assay.pipeline:{name}")(project, task)
        return _ended(project, task, name, written)

    return command


def _begun(task: str) -> "Project":
    project = project_for_stage()
    project.task(task)
    return project


def _ended(project: "Project", task: str, name: str, written: str = "") -> int:
    say_unusable(project, task)
    talk(f"{name} {task}: written to {(written or 'reports/{task}/{name}.json').format(task=task, name=name)}")
    return ExitCode.OK


def say_unusable(project: "Project", task: str) -> None:
    """Prints why a task cannot be measured: its schema, guideline or migrations are broken."""
    for broken in resolve("assay.pipeline.stage_report:why_unusable")(project, task):
        talk(f"{task} cannot be measured: {broken.at} {broken.message} (fix: {broken.fix})")


@click.command()
@click.argument("task")
@spreads()
def schema_command(*, task: str, engine: "Callable[[Project], Engine]") -> int:
    """Validates every label of TASK; errors become findings, never a failure.

    A stage of the pipeline: `dvc repro` calls it. With --scheduler, workers read the batches and send their results here:
    see docs/scale.md. They must be trusted like this machine, and have the same assay. The next `dvc repro` finds what they made.

    \b
    Examples:
      assay schema triage
      assay schema triage --jobs 8
      assay schema triage --scheduler tcp://10.0.0.5:8786
      assay schema triage --scheduler tcp://10.0.0.5:8786 --read-from git:/srv/labels.git
    """
    project = _begun(task)
    pipeline.schema(project, task, engine=engine(project))
    return _ended(project, task, "schema")


policy_command = _stage(
    "policy",
    "Reads checks/TASK.yaml: how votes become values, and the bounds in the plot of alpha.",
    written="build/{task}/policy.json",
)
consensus_command = _stage("consensus", "Decides the value of every item of TASK.")
quality_command = _stage("quality", "Compares the votes of TASK with gold; measures coverage of the assignments.")


@click.command()
@click.argument("task")
@click.option("--explain", "field", metavar="FIELD", help="Only print how the alpha of this field is computed.")
@click.option(
    "--width",
    type=Within(0, 2, min_open=True),
    default=0.1,
    show_default=True,
    help="Estimate the units needed for an interval of alpha of this width.",
)
@FORMAT
def agreement_command(*, task: str, field: str | None, width: float, style: str) -> int:
    """Measures agreement between annotators on every field of TASK, and prints it as a table.

    A stage of the pipeline: `dvc repro` calls it, and then nothing is printed. It writes reports/TASK/agreement.json, all
    breakdowns in build/TASK/agreement.parquet, and plots. `assay schema TASK` must have run before.

    With --explain FIELD nothing is written. It prints units, pairable values, observed and expected disagreement, the
    coincidence matrix, and the units that lower alpha most, with their answers.

    \b
    Examples:
      assay agreement triage
      assay agreement triage --format json
      assay agreement triage --explain intent
      assay agreement triage --width 0.05
    """
    if field is not None:
        found = reviewer.explain_agreement(project_here(), task, field)
        click.echo(as_json(found) if style == "json" else agreement.explained_text(found))
        return ExitCode.OK
    project = project_for_stage()
    project.task(task)
    measured = pipeline.agreement(project, task)
    if "DVC_STAGE" not in os.environ:
        told = agreement.agreement_text(task, measured.report, measured.rows, width=width)
        click.echo(as_json(measured.report) if style == "json" else told)
    say_unusable(project, task)
    talk(f"agreement {task}: written to reports/{task}/agreement.json")
    return ExitCode.OK


@click.command()
@click.option(
    "--enforce", metavar="merge|release[:NAME]", help="Do not judge: exit 1 unless the current verdict allows this."
)
@FINDINGS_FORMAT
def gate_command(enforce: str | None, style: str) -> int:
    """Judges every rule and runs the project's checks; writes gate/verdict.json and exits 0.

    Findings of the project itself (its configuration, stray files, waivers of unknown rules) are written to
    gate/findings.jsonl; with build/TASK/findings.jsonl and build/TASK/guideline.jsonl these are all findings of check --all.

    \b
    Examples:
      assay gate                          judge (a stage of the pipeline)
      assay gate --enforce merge          exit 1 unless the verdict allows a merge
      assay gate --enforce release:faq    … a release of faq
      assay gate --format sarif           every rule that does not pass, for code scanning
    """
    project = project_for_stage()
    if enforce is None:
        verdict = pipeline.gate(project, progress=progress("checks: {} of {} files"))
        if style in {"text", "json"}:
            click.echo(gate.verdict_text(verdict) if style == "text" else as_json(verdict))
            return ExitCode.OK
        # The rules of the project itself are left out: their findings are listed one by one.
        rules = (
            found
            for found in gate.verdict_findings(verdict)
            if core.rule_page(found.rule) is not core.CATALOGUE["gate/project"]
        )
        listed = sorted({*rules, *gate.findings_of_project(project)}, key=lambda found: found.sort_key)
        click.echo(findings_in(style, listed, title="assay gate", summary=gate.verdict_line(verdict)))
        return ExitCode.OK
    what, colon, name = enforce.partition(":")
    if what not in {"merge", "release"} or (colon and (what == "merge" or not name)):
        raise UsageError(f"--enforce {enforce} is invalid", fix="use merge, release, or release:NAME")
    if name:
        gate.require_release(project, name)
    problems = gate.enforced(project, gate.read_verdict(project), what=what, name=name, today=today())
    if style == "json":
        click.echo(as_json({"problems": list(problems)}))
    elif style == "text":
        click.echo("\n".join(map(visible, problems)) or f"{enforce}: passes")
    else:
        found = [core.finding("gate/refused", core.Location(path=gate.VERDICT), problem) for problem in problems]
        said = f"{enforce}: {'refused' if found else 'passes'}"
        click.echo(findings_in(style, found, title="assay gate --enforce", summary=said))
    return ExitCode.FINDINGS if problems else ExitCode.OK


@click.command()
@FINDINGS_FORMAT
def report_command(style: str) -> int:
    """Prints the results of the last `dvc repro`: records, agreement, consensus, verdict, releases.

    Exit code 1 if the verdict does not pass or a release is not valid. The formats github and sarif list these problems.

    \b
    Examples:
      assay report
      assay report --format markdown >> $GITHUB_STEP_SUMMARY
    """
    summary = pipeline.last_run(project_here(), today=today())
    if style in {"text", "markdown"}:
        click.echo(pipeline.summary_text(summary) if style == "text" else pipeline.summary_markdown(summary))
    elif style == "json":
        click.echo(as_json(summary))
    else:
        said = gate.verdict_line(summary.verdict)
        click.echo(findings_in(style, tuple(pipeline.summary_findings(summary)), title="assay report", summary=said))
    return ExitCode.OK if summary.stands else ExitCode.FINDINGS
