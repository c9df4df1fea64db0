"""The examples of a guideline, carried to the schema of today."""

from assay.guidelines.body import body_of
from assay.guidelines.examples import LABEL, NOT, Example, examples_of
from assay.model.json import JsonObject
from assay.model.migration import migrate
from assay.project import Project
from assay.schemas import TaskSchema
from assay.store.files import inside, read_bytes
from assay.store.yaml_text import yaml_flow


def migrated_guideline(project: Project, schema: TaskSchema) -> tuple[bytes, bytes, int]:
    """The guideline, the same with the labels of its examples as they read today, and how many were changed.

    A label that is valid as it stands is left, and so is one that spreads over several lines or waits for a person.
    """
    path = f"guidelines/{schema.task}.md"
    data = read_bytes(inside(project.root, path))
    lines = data.split(b"\n")
    changed = 0
    for example in examples_of(body_of(data, path)) if schema.migrations else ():
        if isinstance(example, Example):
            changed += _rewrite(lines, example, LABEL, example.label, schema)
            changed += _rewrite(lines, example, NOT, example.refused, schema)
    return data, b"\n".join(lines), changed


def _rewrite(lines: list[bytes], example: Example, key: str, label: "JsonObject | None", schema: TaskSchema) -> bool:
    place = example.at(f"/{key}").line - 1
    whole = (
        label is not None and lines[place].startswith(f"{key}: {{".encode()) and lines[place].rstrip().endswith(b"}")
    )
    if label is None or not whole or schema.admits(label):
        return False
    done = migrate(label, schema.migrations)
    if done.pending or done.label == label:
        return False
    lines[place] = f"{key}: {yaml_flow(done.label)}".encode()
    return True
