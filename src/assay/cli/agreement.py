"""`assay agreement`: the stage that measures agreement, and why a figure is what it is."""

import os

import click

from assay.actions.explain_agreement import explain_agreement
from assay.cli.context import FORMAT, project_for_stage, project_here, talk
from assay.cli.stages import say_unusable, spare_pandas
from assay.cli.words import Within
from assay.errors import ExitCode
from assay.report import as_json
from assay.report.agreement import agreement_text
from assay.report.explained import explained_text
from assay.stages.agreement import agreement as run_agreement


@click.command()
@click.argument("task")
@click.option("--explain", "field", metavar="FIELD", help="Only print how the alpha of this field comes about.")
@click.option(
    "--width",
    type=Within(0, 2, min_open=True),
    default=0.1,
    show_default=True,
    help="Say how many units an interval of alpha takes that is so wide.",
)
@FORMAT
def agreement(*, task: str, field: str | None, width: float, style: str) -> int:
    """Measures agreement between annotators on every field of TASK, and prints it as a table.

    A stage of the pipeline: `dvc repro` calls it, and then only the files speak: reports/TASK/agreement.json, all
    breakdowns in build/TASK/agreement.parquet, and plots. `assay schema TASK` must have run before.

    With --explain FIELD nothing is written: units, pairable values, observed and expected disagreement, the coincidence
    matrix, and the units that cost the most alpha, with who said what.

    \b
    Examples:
      assay agreement triage
      assay agreement triage --format json
      assay agreement triage --explain intent
      assay agreement triage --width 0.05
    """
    spare_pandas()
    if field is not None:
        found = explain_agreement(project_here(), task, field)
        click.echo(as_json(found) if style == "json" else explained_text(found))
        return ExitCode.OK
    project = project_for_stage()
    project.task(task)
    measured = run_agreement(project, task)
    if "DVC_STAGE" not in os.environ:
        told = agreement_text(task, measured.report, measured.rows, width=width)
        click.echo(as_json(measured.report) if style == "json" else told)
    say_unusable(project, task)
    talk(f"agreement {task}: written to reports/{task}/agreement.json")
    return ExitCode.OK
