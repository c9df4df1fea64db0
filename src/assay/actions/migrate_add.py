"""`assay migrate add`: the file of a migration."""

from collections.abc import Sequence

from assay.actions.written import Written, found
from assay.errors import UsageError
from assay.guidelines import load_guideline
from assay.model.json import Json, JsonObject
from assay.model.names import is_name
from assay.project import Project
from assay.schemas.migrations import load_migrations, migrations_folder, migrations_of
from assay.store.files import write_all
from assay.store.pending import ABSENT
from assay.store.yaml import load_yaml
from assay.store.yaml_text import yaml_flow, yaml_scalar


def add_migration(
    project: Project, task: str, name: str, reason: str, steps: Sequence[JsonObject], *, guideline: str = ""
) -> Written:
    """Writes the next migration of a task. Where the last one has that name and says just that, it stays as it is.

    `guideline` is the version that brings it; without it, the one that the guideline has now.

    Raises:
        UsageError: no such task, no step, or a name that files may not have.
        ConfigError: an earlier migration is broken, or this one would be.
    """
    version = guideline or load_guideline(project, project.task(task).name).version
    if not is_name(name):
        raise UsageError(f"{name!r} cannot name a migration", hint="lower-case letters, digits, - and _")
    if not steps:
        raise UsageError(
            "a migration without a step changes nothing",
            hint="say what becomes of what: --rename, --merge or another step that `assay migrate add --help` shows",
        )
    earlier = load_migrations(project, task)
    text = "".join(
        [
            f"reason: {yaml_scalar(reason)}\n",
            f"guideline: {version}\n",
            "steps:\n",
            *(f"  - {yaml_flow(step)}\n" for step in steps),
        ]
    )
    last = _path(task, len(earlier), name)
    if earlier and earlier[-1].path == last and project.snapshot.read(last) == text.encode():
        return found(last)
    path = _path(task, len(earlier) + 1, name)
    migrations_of([load_yaml(text.encode(), path)])
    write_all(project.root, {path: text.encode()}, was={path: ABSENT})
    return Written(path=path)


def _path(task: str, number: int, name: str) -> str:
    return f"{migrations_folder(task)}/{number:04}-{name}.yaml"


def step(op: str, **told: Json) -> JsonObject:
    """One step as a migration's file states it."""
    return {op: told}
