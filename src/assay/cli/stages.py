"""`assay schema|policy|consensus|quality TASK`: stages of the pipeline, one command each."""

import sys
from importlib.abc import MetaPathFinder

import click

from assay.cli.context import project_for_stage, talk
from assay.errors import ExitCode
from assay.extras import load, resolve
from assay.project import Project


def _stage(name: str, described: str, written: str = "") -> click.Command:
    @click.command(name, help=f"{described}\n\nA stage of the pipeline: `dvc repro` calls it.")
    @click.argument("task")
    def command(task: str) -> int:
        project = project_for_stage()
        project.task(task)
        spare_pandas()
        resolve(f"assay.stages.{name}:{name}")(project, task)
        say_unusable(project, task)
        talk(f"{name} {task}: written to {(written or 'reports/{task}/{name}.json').format(task=task, name=name)}")
        return ExitCode.OK

    return command


def say_unusable(project: Project, task: str) -> None:
    """Says why nothing of a task is measured, where its schema, guideline or migrations are broken."""
    for broken in resolve("assay.stages.report:why_unusable")(project, task):
        talk(f"{task} cannot be measured: {broken.at} {broken.message} (what to do: {broken.hint})")


class _Spared(MetaPathFinder):
    """Finds no pandas."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Stops an import of pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def spare_pandas() -> None:
    """Keeps pyarrow from importing pandas with its first array, only to ask whether it was handed one: a fifth of a stage.

    Where pandas is really asked for, as by `to_pandas`, pyarrow imports it then.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, spared := _Spared())
        try:
            load("pyarrow").scalar(0)
        finally:
            sys.meta_path.remove(spared)


schema = _stage("schema", "Reads every label of TASK; faults become findings, never a failure.")
policy = _stage(
    "policy",
    "Reads what checks/TASK.yaml asks: how votes become values, and the bounds that the plot of alpha shows.",
    written="build/{task}/policy.json",
)
consensus = _stage("consensus", "Decides what the dataset says about every item of TASK.")
quality = _stage("quality", "Holds TASK's votes against gold, its work against the plan.")
