"""A task's guideline and schema as they stand together: in the work tree, or in a commit."""

from dataclasses import dataclass

from assay.errors import ConfigError
from assay.guidelines.front_matter import Guideline, Source, guideline_of, source_of
from assay.guidelines.selectors import parts
from assay.model.json import JsonObject
from assay.model.migration import Migration
from assay.model.schema import Scale
from assay.project.find import Project
from assay.schemas import TaskSchema, schema_of
from assay.schemas.fields import kinds_of
from assay.schemas.migrations import load_migrations, migrations_folder, migrations_of
from assay.store.files import inside, read_bytes
from assay.store.git import file_at
from assay.store.history import folder_at
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


def revision_of(task: str, guideline: bytes, schema: bytes, migrations: tuple[Migration, ...] = ()) -> Revision:
    """What the bytes of the two files say, with the migrations that lead to the schema.

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


def revision_here(project: Project, task: str) -> Revision:
    """Guideline and schema of the work tree.

    Raises:
        ConfigError: one of them is absent or cannot be used.
    """
    guideline, schema = (_bytes(project, name) for name in _names(task))
    return revision_of(task, guideline, schema, load_migrations(project, task))


def revision_at(project: Project, task: str, commit: str) -> Revision | None:
    """Guideline and schema as a commit has them; None where it lacks one, or they cannot be used there."""
    guideline, schema = (file_at(project.root, commit, name) for name in _names(task))
    if guideline is None or schema is None:
        return None
    try:
        return revision_of(task, guideline, schema, _migrations_at(project, task, commit))
    except ConfigError:
        return None


def _migrations_at(project: Project, task: str, commit: str) -> tuple[Migration, ...]:
    files = folder_at(project.root, commit, migrations_folder(task))
    named = sorted(path for path in files if path.endswith(".yaml"))
    return migrations_of(load_yaml(files[path], path) for path in named)


def _names(task: str) -> tuple[str, str]:
    return f"guidelines/{task}.md", f"schemas/{task}.yaml"


def _bytes(project: Project, name: str) -> bytes:
    try:
        return read_bytes(inside(project.root, name))
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}", hint="`assay task add` writes it for a new task") from error
