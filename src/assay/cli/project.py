"""`assay init`, `task add`, `team` and `upgrade`."""

import uuid
from pathlib import Path

import click

from assay import __version__, clone, lead
from assay import project as projects
from assay.cli.clone import CI_FORGES, install_for
from assay.cli.context import FORMAT, project_here, project_to_write, project_with_tasks, submits, talk, today
from assay.core import Scale, Status
from assay.errors import ExitCode, UsageError
from assay.render import as_json, count, visible

_GONE = frozenset({Status.PAUSED, Status.LEFT, Status.EXCLUDED})


@click.group()
def task_group() -> None:
    """Add labelling tasks."""


@task_group.command("add", short_help="Draft schema, guideline and checks of a task.")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Draft the schema from these labels (long format, .jsonl or .jsonl.gz).",
)
@click.option(
    "--scale", "scales", multiple=True, metavar="FIELD=SCALE", help="Measure FIELD on this scale; repeatable."
)
@click.option("--pool", help="The pool its items come from.  [default: NAME]")
@submits("task-{name}", "{name}: task added")
def add_task_command(name: str, source: Path | None, scales: tuple[str, ...], pool: str | None) -> int:
    """Drafts schema, guideline and checks of the task NAME, and lists it in checks/project.yaml.

    If only checks/NAME.yaml is missing, it is drafted again from the schema.

    With --from it reports each field: what it found, what it decided and what would change that; and lists the lines that
    the draft refuses.

    \b
    Examples:
      assay task add sentiment
      assay task add rte --from rte.jsonl.gz --submit
      assay task add nodules --from lidc.jsonl.gz --scale calcification=nominal
    """
    stated: dict[str, Scale] = {}
    for text in scales:
        field, _, scale = text.partition("=")
        if scale not in set(Scale):
            raise UsageError(f"--scale {text}: {scale!r} is not a scale", fix=f"FIELD=one of {', '.join(Scale)}")
        stated[field] = Scale(scale)
    with project_to_write() as project:
        added = lead.add_task(project, name, pool=pool, source=source, scales=stated, today=today())
    if source:
        click.echo(lead.drafted_text(name, added.fields, added.findings))
    for path in added.written:
        click.echo(f"wrote {path}")
    if added.fields:
        click.echo(f"\nnext: read schemas/{name}.yaml and guidelines/{name}.md, which are drafts; then import labels")
    return ExitCode.OK


@click.command()
@click.argument("task", required=False)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Output format.",
)
def team_command(*, task: str | None, style: str) -> int:
    """For leads: shows progress and quality of TASK (or of every task) by annotator, and what is still open.

    Per annotator, including models and trainees: records and share of the work, median and quartiles of seconds, skips,
    flags, accuracy against gold, agreement with peers. Per batch: slots assigned and done, answers sent back, annotators
    with open slots. Batches that a newer one replaced do not count for gold and agreement.

    Use it to see who needs help, or where a guideline is unclear. Small numbers are weak evidence: look at n, the interval
    and the answers themselves before you judge a person. It reads label files, needs no pipeline run, and publishes
    nothing.

    \b
    Examples:
      assay team
      assay team triage
      assay team --format csv > team.csv
    """
    reports = lead.measure_teams(project_with_tasks(), task)
    if style == "json":
        click.echo(as_json(reports))
    elif reports:
        click.echo(lead.team_csv(reports) if style == "csv" else lead.team_text(reports), nl=style == "text")
    for report in reports:
        gone = {one.annotator for one in report.annotators if one.status in _GONE}
        for batch in report.batches:
            for who in sorted(gone & batch.missing.keys()) if batch.status == "open" else ():
                talk(f"next: {who} left open slots: assay batch reassign {report.task} {batch.batch}")
    return ExitCode.OK


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--forge", type=click.Choice(CI_FORGES), help="Write the workflows of this forge as well.")
def init_command(folder: Path, forge: str | None) -> int:
    """Creates a labelling project in FOLDER (default: here), with git and DVC set up; overwrites nothing.

    \b
    Examples:
      assay init demo && cd demo
      assay init demo --forge github
      assay task add sentiment --from answers.jsonl.gz
      dvc repro
    """
    made = clone.init_project(folder, project_id=str(uuid.uuid4()))
    for path in made.created:
        click.echo(f"wrote {path}")
    for path in made.kept:
        click.echo(f"kept  {path} (exists)")
    if forge is not None:
        install_for(projects.find_project(folder.resolve()), clone.CiForge(forge))
    step = f"cd {folder}; assay task add NAME --from FILE" if folder != Path() else "assay task add NAME"
    click.echo(f"\nnext: {step}")
    return ExitCode.OK


@click.command()
@click.option("--write", is_flag=True, help="Write the changes: all files, or none.")
@FORMAT
@submits("upgrade", f"project upgraded to assay {__version__}")
def upgrade_command(*, write: bool, style: str) -> int:
    """Upgrades the project to this version of assay: lists the files to write, with the changes and their reasons.

    Only what assay wrote is changed, and YAML keeps its comments. Exit code 1 if something is left to edit by hand, such
    as a dvc.yaml with lines of your own. A project of a later version is refused (2).

    \b
    Examples:
      assay upgrade                   show the changes; writes nothing
      assay upgrade --write --submit  and submits it
      assay upgrade --write           write them; then `dvc repro`
    """
    project = project_here()
    plan = clone.plan_upgrade(project)
    if write:
        clone.write_upgrade(project, plan)
    lines = [f"{'wrote ' if write else ''}{change.path}: {change.what}\n  why: {change.why}" for change in plan.changes]
    lines += [f"edit by hand: {left}" for left in plan.by_hand]
    if plan.changes and not write:
        lines.append(f"\nnext: assay upgrade --write ({count(len(plan.changes), 'file')}; nothing was written yet)")
    elif plan.changes:
        lines += ["", *(f"next: {command}" for command in plan.after)]
    lines = lines or [f"nothing to do: the project is at assay {__version__} already"]
    if style == "json":
        facts = {
            "assay": __version__,
            "written": write and bool(plan.changes),
            "changes": [{"path": change.path, "what": change.what, "why": change.why} for change in plan.changes],
            "by_hand": list(plan.by_hand),
            "next": list(plan.after) if write else [],
        }
        click.echo(as_json(facts))
    else:
        click.echo("\n".join(map(visible, "\n".join(lines).split("\n"))))
    return ExitCode.FINDINGS if plan.by_hand else ExitCode.OK
