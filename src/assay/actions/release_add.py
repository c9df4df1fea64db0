"""`assay release add`: a dataset to be released."""

from collections.abc import Sequence

from assay.actions.project_file import checked_name, refuse_existing, write_with_release
from assay.errors import UsageError
from assay.model.json import JsonObject
from assay.model.names import is_name
from assay.project import Project
from assay.project.find import PROJECT_FILE
from assay.store.yaml_text import yaml_block

_SPLITS: JsonObject = {"train": 0.8, "validation": 0.1, "test": 0.1}


def add_release(project: Project, name: str, tasks: Sequence[str]) -> tuple[str, ...]:
    """Writes `releases/<name>.yaml` and lists it; the paths written.

    Raises:
        UsageError: the name cannot be used or is taken, or there is no such task, or none is named.
    """
    checked_name(name, "release", is_name)
    held = [project.task(task).name for task in dict.fromkeys(tasks)]
    if not held:
        raise UsageError("a release holds at least one task", hint=f"assay release add {name} --task TASK")
    if name in project.releases:
        raise UsageError(f"there is a release {name!r} already", hint=f"edit releases/{name}.yaml")
    spec = f"releases/{name}.yaml"
    refuse_existing(project, [spec])
    text = yaml_block({"version": "0.1.0", "tasks": [*held], "license": "UNLICENSED", "splits": _SPLITS})
    heading = "# Ratios and seed of the splits are fixed for a major version. License: an SPDX identifier.\n"
    write_with_release(project, name, {spec: f"{heading}{text}".encode()})
    return (spec, PROJECT_FILE)
