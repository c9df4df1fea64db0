"""What any version of a task's schema declares: its fields, and the values that each may have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.errors import ConfigError
from assay.model.json import Json
from assay.model.schema import Scale
from assay.model.values import canonical_text
from assay.project import Project
from assay.schemas import TaskSchema
from assay.schemas.fields import listed_values, resolved
from assay.schemas.task import schema_of
from assay.store.git import commit_of, commits_touching, is_repository
from assay.store.history import files_at
from assay.store.yaml import load_yaml

_PLACED = frozenset({Scale.SPANS, Scale.BOXES})


@dataclass(frozen=True, slots=True)
class Held:
    """The values that a field may ever have had; `free` says that some version did not list them."""

    values: tuple[Json, ...]
    free: bool

    def named(self, text: str) -> tuple[Json, ...]:
        """The values that are written so: a text as itself, any other as JSON writes it; of a free field the text."""
        known = tuple(value for value in self.values if spelled(value) == text)
        return known or ((self.fresh(text),) if self.free and text else ())

    def fresh(self, text: str) -> Json:
        """A value that may be new: a number where the field has numbers alone and the text is one, else the text."""
        numbers = [value for value in self.values if isinstance(value, int | float) and not isinstance(value, bool)]
        known = next((value for value in self.values if spelled(value) == text), None)
        if known is not None or not numbers or len(numbers) < len(self.values):
            return text if known is None else known
        return int(text) if text.removeprefix("-").isdecimal() and str(int(text)) == text else text


def spelled(value: Json) -> str:
    """A value as it is typed: a text as itself, any other as JSON writes it."""
    return value if isinstance(value, str) else canonical_text(value)


def declared_once(project: Project, task: str) -> Mapping[str, Held]:
    """The fields of all versions of a task's schema that this clone knows, each with its values.

    Those of the work tree come first; a version that is broken declares nothing.

    Raises:
        ConfigError: the schema of the work tree is broken.
        GitError: a commit has a version that this clone lacks.
    """
    found: dict[str, dict[str, Json]] = {}
    free: set[str] = set()
    for schema in (schema_of(project.document(f"schemas/{task}.yaml"), task), *_earlier(project, task)):
        for field in schema.fields:
            listed = field.values if field.values is not None else _kinds(schema, field.name)
            found.setdefault(field.name, {}).update((canonical_text(value), value) for value in listed or ())
            if listed is None and field.scale not in _PLACED:
                free.add(field.name)
    return {name: Held(tuple(values.values()), name in free) for name, values in found.items()}


def _earlier(project: Project, task: str) -> Iterator[TaskSchema]:
    root, path = project.root, f"schemas/{task}.yaml"
    if not is_repository(root) or commit_of(root, "HEAD") is None:
        return
    for data in dict.fromkeys(files_at(root, commits_touching(root, path, None, "HEAD"), path).values()):
        try:
            if data is not None:
                yield schema_of(load_yaml(data, path), task)
        except ConfigError:
            continue


def _kinds(schema: TaskSchema, name: str) -> tuple[Json, ...] | None:
    """The listed values of the properties of a span or box, all of which a step turns; None of any other field."""
    field = schema.field(name)
    if field is None or field.scale not in _PLACED:
        return None
    top = schema.label.schema
    properties = top.get("properties")
    part = resolved(top, properties.get(name) if isinstance(properties, dict) else None)
    below = resolved(top, part.get("items")).get("properties")
    listed = (listed_values(resolved(top, one)) for one in below.values()) if isinstance(below, dict) else ()
    return tuple(value for values in listed for value in values or ())
