"""A task's guideline and schema together, as a project states them."""

from dataclasses import dataclass

from assay.guidelines.front_matter import Guideline, Source, guideline_in, guideline_of, read_guideline, source_of
from assay.guidelines.selectors import parts
from assay.model.json import JsonObject
from assay.model.migration import Migration
from assay.model.schema import Scale
from assay.project.find import Project
from assay.schemas import TaskSchema, load_schema, schema_of
from assay.schemas.fields import kinds_of
from assay.store.yaml import Document, load_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A guideline, its bytes, its front matter with lines, and the schema it speaks of."""

    guideline: Guideline
    source: Source
    front: Document
    schema: TaskSchema

    @property
    def stated(self) -> JsonObject:
        """The schema as it is written."""
        return self.schema.label.schema

    def declared(self, name: str) -> frozenset[str] | None:
        """The values that a field declares, as selectors write them; None where it declares none or there is no such field."""
        field = self.schema.field(name)
        if field is None:
            return None
        values = kinds_of(self.stated, field.name) if field.scale in {Scale.SPANS, Scale.BOXES} else field.values
        return None if values is None else frozenset(text for value in values for text in parts(value))


def parse_revision(task: str, guideline: bytes, schema: bytes, migrations: tuple[Migration, ...] = ()) -> Revision:
    """What the bytes of a guideline and a schema say that are not written yet, with the migrations that lead to the schema.

    Raises:
        ConfigError: one of them cannot be used.
    """
    source = source_of(guideline, f"guidelines/{task}.md")
    return Revision(
        guideline=guideline_of(guideline, source.path),
        source=source,
        front=source.document(),
        schema=schema_of(load_yaml(schema, f"schemas/{task}.yaml"), task, migrations),
    )


def load_revision(project: Project, task: str) -> Revision:
    """Guideline and schema of a task.

    Raises:
        ConfigError: one of them is absent or cannot be used.
    """
    source = read_guideline(project, task)
    return Revision(
        guideline=guideline_in(source), source=source, front=source.document(), schema=load_schema(project, task)
    )


def states_revision(project: Project, task: str) -> bool:
    """Whether the project has a guideline and a schema of that task at all; whether they can be used is another question."""
    return all(project.snapshot.entry(path) is not None for path in (f"guidelines/{task}.md", f"schemas/{task}.yaml"))
