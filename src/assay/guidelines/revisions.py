"""A task's guideline and schema together, as a project states them."""

from dataclasses import dataclass
from functools import lru_cache

from assay.guidelines.affects import declared_values
from assay.guidelines.front_matter import Guideline, Source, guideline_in, read_guideline_bytes, source_of
from assay.model.json import JsonObject
from assay.model.migration import Migration
from assay.project.find import Project, configuration_bytes
from assay.schemas import TaskSchema, schema_of
from assay.schemas.migrations import load_migrations
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
        return declared_values(self.schema, name)


def parse_revision(task: str, guideline: bytes, schema: bytes, migrations: tuple[Migration, ...] = ()) -> Revision:
    """What the bytes of the two files say, with the migrations that lead to the schema.

    Raises:
        ConfigError: one of them cannot be used.
    """
    source = source_of(guideline, f"guidelines/{task}.md")
    return Revision(
        guideline=guideline_in(source),
        source=source,
        front=source.document(),
        schema=schema_of(load_yaml(schema, f"schemas/{task}.yaml"), task, migrations),
    )


_parsed_before = lru_cache(maxsize=16)(parse_revision)
"""A review meets the same two files in base and merge result, and several times each."""


def load_revision(project: Project, task: str) -> Revision:
    """Guideline and schema of a task.

    Raises:
        ConfigError: one of them is absent or cannot be used.
    """
    guideline, schema = (
        read_guideline_bytes(project, task),
        configuration_bytes(project.snapshot, f"schemas/{task}.yaml"),
    )
    migrations = load_migrations(project, task)
    return (
        parse_revision(task, guideline, schema, migrations) if migrations else _parsed_before(task, guideline, schema)
    )


def states_revision(project: Project, task: str) -> bool:
    """Whether the project has a guideline and a schema of that task at all; whether they can be used is another question."""
    return all(project.snapshot.entry(path) is not None for path in (f"guidelines/{task}.md", f"schemas/{task}.yaml"))
