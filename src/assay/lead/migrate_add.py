"""`assay migrate add`: the file of a migration, migrated examples, and the values that schema versions declare."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.clone import Written, found
from assay.core import Json, JsonObject, Scale, canonical_text, is_name
from assay.errors import ConfigError, UsageError
from assay.files import ABSENT, inside, load_yaml, read_bytes, write_all, yaml_flow, yaml_scalar
from assay.git import commit_of, commits_touching, files_at, is_repository
from assay.guidelines import LABEL, NOT, Example, body_of, examples_of, load_guideline
from assay.project import (
    Project,
    TaskSchema,
    listed_values,
    load_migrations,
    migrate,
    migrations_folder,
    migrations_of,
    resolved,
    schema_of,
)


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
        raise UsageError(f"{name!r} cannot name a migration", fix="lower-case letters, digits, - and _")
    if not steps:
        raise UsageError(
            "a migration without a step changes nothing",
            fix="say what becomes of what: --rename, --merge or another step that `assay migrate add --help` shows",
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
