"""`assay release add|build|verify|record`."""

from pathlib import Path

import click

from assay import lead, pipeline, release
from assay.cli.context import FORMAT, next_step, project_for_stage, project_here, project_to_write, submits, today
from assay.errors import ExitCode
from assay.render import as_json, visible


@click.group()
def release_group() -> None:
    """Add, build, verify and record released datasets."""


@release_group.command("add")
@click.argument("name")
@click.option("--task", "tasks", multiple=True, required=True, help="A task to release; repeatable.")
@submits("release-{name}", "release {name} added")
def add_release_command(name: str, tasks: tuple[str, ...]) -> int:
    """Writes releases/NAME.yaml and lists NAME in checks/project.yaml.

    \b
    Example:
      assay release add support --task triage --task preference --submit
    """
    with project_to_write() as project:
        written = lead.add_release(project, name, tasks)
    for path in written:
        click.echo(f"wrote {path}")
    return ExitCode.OK


@release_group.command("build")
@click.argument("name")
def build_release_command(name: str) -> int:
    """Writes release/NAME/ if the verdict passes, is current and unexpired; else refuses (exit 1) and writes nothing.

    Rules and checks are judged again and must give the same verdict.

    A stage of the pipeline: `dvc repro` calls it.
    """
    project = project_for_stage()
    manifest = release.build(project, name, today=today())
    click.echo(f"release/{name}: version {manifest.version}, {manifest.rows:,} rows")
    for task, released in manifest.tasks.items():
        left_out = ", ".join(f"{len(ids):,} {why}" for why, ids in released.left_out.items())
        told = (
            pipeline.rests_on(released.votes),
            f"left out: {left_out}" if left_out else "",
            pipeline.not_in(released.open),
            f"duplicates in different splits: {len(released.apart):,} (`apart` in its manifest)"
            if released.apart
            else "",
        )
        click.echo(f"  {task}: {' · '.join(filter(None, told))}")
    return ExitCode.OK


@release_group.command("verify")
@click.argument("name", metavar="NAME|DIR")
@FORMAT
def verify_release_command(name: str, style: str) -> int:
    """Verifies release/NAME/ against its manifest, its specification, the evidence and their sources.

    It is built again in a temporary folder, and rules, checks and approvals are judged again. With a folder (an argument
    with a `/`, or a folder that holds manifest.json) a copy is checked against its own manifest, anywhere and without a
    project. Each line says what was proved, what was not, or what is broken; exit code 1 if something is broken.

    \b
    Examples:
      assay release verify support
      assay release verify ~/Downloads/support-1.2.0/
    """
    if "/" in name or (Path(name) / release.MANIFEST).is_file():
        verified = release.verify_copy(Path(name), today=today())
    else:
        verified = release.verify_release(project_here(), name, today=today())
    told = {
        "release": verified.release,
        "proved": verified.proved,
        "not_proved": verified.not_proved,
        "problems": verified.problems,
    }
    lines = [
        *(f"proved      {one}" for one in verified.proved),
        *(f"not proved  {one}" for one in verified.not_proved),
        *(f"broken      {one}" for one in verified.problems),
    ]
    click.echo(as_json(told) if style == "json" else "\n".join(map(visible, lines)))
    return ExitCode.FINDINGS if verified.problems else ExitCode.OK


@release_group.command("record")
@click.argument("name")
@submits("record-{name}", "release {name} recorded")
def record_release_command(name: str) -> int:
    """Records release/NAME/ under releases/: its manifest, item ids with guideline versions, and the commit.

    The release must verify, and the commit that is checked out must hold its sources. With --submit, dvc.lock and the
    reports of its tasks are included.

    \b
    Example:
      assay release record support --submit
    """
    with project_to_write() as project:
        recorded = release.record(project, name, today=today())
    of = f" (made from commit {recorded.commit[:12]})" if recorded.commit else ""
    click.echo(f"wrote {recorded.path}{of}" if recorded.written else f"already recorded in {recorded.path}{of}")
    if recorded.written:
        next_step("commit it, with dvc.lock and reports/")
    return ExitCode.OK
