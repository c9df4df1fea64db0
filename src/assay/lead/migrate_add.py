"""`assay migrate add`: the file of a migration, migrated examples, and the values that schema versions declare."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay import project as projects
from assay.clone import WrittenFile, existing_file
from assay.core import Json, JsonObject, Scale, canonical_text, is_name
from assay.errors import ConfigError, UsageError
from assay.files import ABSENT, inside, load_yaml, read_bytes, write_all, yaml_flow, yaml_scalar
from assay.git import commit_of, commits_touching, files_at, is_repository
from assay.guidelines import LABEL, NOT, Example, body_of, examples_of, load_guideline


def add_migration(
    project: projects.Project, task: str, name: str, reason: str, steps: Sequence[JsonObject], *, guideline: str = ""
) -> WrittenFile:
    """Writes the next migration of a task. A last migration of that name with the same content stays as it is.

    `guideline` is the version that the migration belongs to; by default the guideline's present one.

    Raises:
        UsageError: unknown task, no step, or a name that is not valid.
        ConfigError: an earlier migration is broken, or this one would be.
    """
    version = guideline or load_guideline(project, project.task(task).name).version
    if not is_name(name):
        raise UsageError(f"{name!r} is not a valid name of a migration", fix="lower-case letters, digits, - and _")
    if not steps:
        raise UsageError(
            "a migration without a step changes nothing",
            fix="add a step: --rename, --merge or another option of `assay migrate add --help`",
        )
    earlier = projects.load_migrations(project, task)
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
        return existing_file(last)
    path = _path(task, len(earlier) + 1, name)
    projects.migrations_of([load_yaml(text.encode(), path)])
    write_all(project.root, {path: text.encode()}, was={path: ABSENT})
    return WrittenFile(path=path)


def _path(task: str, number: int, name: str) -> str:
    return f"{projects.migrations_folder(task)}/{number:04}-{name}.yaml"


def step(op: str, **parameters: Json) -> JsonObject:
    """One step as in a migration's file."""
    return {op: parameters}


def migrated_guideline(project: projects.Project, schema: projects.TaskSchema) -> tuple[bytes, bytes, int]:
    """The guideline, the same with migrated labels in its examples, and how many were changed.

    A label stays as it is if it is valid, spans several lines or waits for a person.
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


def _rewrite(
    lines: list[bytes], example: Example, key: str, label: "JsonObject | None", schema: projects.TaskSchema
) -> bool:
    place = example.at(f"/{key}").line - 1
    whole = (
        label is not None and lines[place].startswith(f"{key}: {{".encode()) and lines[place].rstrip().endswith(b"}")
    )
    if label is None or not whole or schema.admits(label):
        return False
    done = projects.migrate_label(label, schema.migrations)
    if done.pending or done.label == label:
        return False
    lines[place] = f"{key}: {yaml_flow(done.label)}".encode()
    return True


_PLACED = frozenset({Scale.SPANS, Scale.BOXES})


@dataclass(frozen=True, slots=True)
class KnownValues:
    """All values that a field had in any version; `free`: some version did not list its values."""

    values: tuple[Json, ...]
    free: bool

    def named(self, text: str) -> tuple[Json, ...]:
        """The values with that typed form; of a free field the text itself."""
        known = tuple(value for value in self.values if typed_form(value) == text)
        return known or ((self.fresh(text),) if self.free and text else ())

    def fresh(self, text: str) -> Json:
        """A value that may be new: a number if all values of the field are numbers and the text is one, else the text."""
        numbers = [value for value in self.values if isinstance(value, int | float) and not isinstance(value, bool)]
        known = next((value for value in self.values if typed_form(value) == text), None)
        if known is not None or not numbers or len(numbers) < len(self.values):
            return text if known is None else known
        return int(text) if text.removeprefix("-").isdecimal() and str(int(text)) == text else text


def typed_form(value: Json) -> str:
    """A value as it is typed: a text as it is, any other value as JSON."""
    return value if isinstance(value, str) else canonical_text(value)


def declared_once(project: projects.Project, task: str) -> Mapping[str, KnownValues]:
    """The fields of all sound versions of a task's schema in this clone with their values, the work tree's first.

    Raises:
        ConfigError: the schema of the work tree is broken.
        GitError: a commit has a version that this clone lacks.
    """
    found: dict[str, dict[str, Json]] = {}
    free: set[str] = set()
    for schema in (projects.schema_of(project.document(f"schemas/{task}.yaml"), task), *_earlier(project, task)):
        for field in schema.fields:
            listed = field.values if field.values is not None else _kinds(schema, field.name)
            found.setdefault(field.name, {}).update((canonical_text(value), value) for value in listed or ())
            if listed is None and field.scale not in _PLACED:
                free.add(field.name)
    return {name: KnownValues(tuple(values.values()), name in free) for name, values in found.items()}


def _earlier(project: projects.Project, task: str) -> Iterator[projects.TaskSchema]:
    root, path = project.root, f"schemas/{task}.yaml"
    if not is_repository(root) or commit_of(root, "HEAD") is None:
        return
    for data in dict.fromkeys(files_at(root, commits_touching(root, path, None, "HEAD"), path).values()):
        try:
            if data is not None:
                yield projects.schema_of(load_yaml(data, path), task)
        except ConfigError:
            continue


def _kinds(schema: projects.TaskSchema, name: str) -> tuple[Json, ...] | None:
    """The listed values of all properties of a span or box, which a step may change; None for any other field."""
    field = schema.field(name)
    if field is None or field.scale not in _PLACED:
        return None
    top = schema.label.schema
    properties = top.get("properties")
    part = projects.resolved(top, properties.get(name) if isinstance(properties, dict) else None)
    below = projects.resolved(top, part.get("items")).get("properties")
    listed = (
        (projects.listed_values(projects.resolved(top, one)) for one in below.values())
        if isinstance(below, dict)
        else ()
    )
    return tuple(value for values in listed for value in values or ())
