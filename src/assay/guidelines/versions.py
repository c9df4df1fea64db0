"""The versions of a guideline: its text at each, what each changed, and what an edit affects."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from assay.core import (
    Finding,
    JsonObject,
    Scale,
    Where,
    did_you_mean,
    finding,
)
from assay.files import Document, load_yaml
from assay.guidelines.examples import Selector, parts, selector_of, selectors_of, selects
from assay.guidelines.front_matter import (
    Change,
    Guideline,
    GuidelineSource,
    guideline_in,
    read_guideline_bytes,
    source_of,
)
from assay.project import (
    Migration,
    Op,
    Project,
    TaskSchema,
    configuration_bytes,
    field_names,
    kinds_of,
    load_migrations,
    order_of,
    schema_of,
)


def declared_texts(schema: TaskSchema, name: str) -> frozenset[str] | None:
    """The values that a field declares, as selectors write them; None where it declares none or there is no such field."""
    field = schema.field(name)
    if field is None:
        return None
    values = kinds_of(schema.label.schema, field.name) if field.scale in {Scale.SPANS, Scale.BOXES} else field.values
    if values is not None and field.paths:
        return parts(list(values))
    return None if values is None else frozenset(text for value in values for text in parts(value))


def selector_findings(guideline: Guideline, document: Document, schema: TaskSchema) -> Iterator[Finding]:
    """The selectors for what neither the schema nor a migration has: no label ever had it."""
    for number, change in enumerate(guideline.changes):
        for index, text in enumerate(change.affects):
            if problem := _unknown(selector_of(text), schema):
                message, fix = problem
                at = document.at(f"/changes/{number}/affects/{index}")
                where = Where(task=guideline.task)
                yield finding("guideline/unknown-selector", at, f"{text!r}: {message}", fix=fix, where=where)


def _unknown(selector: Selector, schema: TaskSchema) -> tuple[str, str] | None:
    if selector.field is None:
        return None
    steps = [step for migration in schema.migrations for step in migration.steps]
    here = {field.name for field in schema.fields}
    gone = {step.field for step in steps} | {step.to for step in steps if step.op is Op.RENAME_FIELD}
    if selector.field not in here | gone:
        return f"labels have no field {selector.field!r}", _meant(selector.field, here)
    values = declared_texts(schema, selector.field)
    if selector.value is None or values is None or selector.value in values:
        return None
    once = {name for name, now in field_names(schema.migrations).items() if now == selector.field}
    of_values = (step for step in steps if step.field == selector.field or step.op is not Op.RENAME_FIELD)
    if any(step.explains(name, selector.value) for step in of_values for name in (selector.field, *once)):
        return None
    return f"{selector.field} has no value {selector.value!r}", _meant(selector.value, values)


def _meant(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known, f"there are: {', '.join(sorted(known)[:20])}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A guideline, its bytes, its front matter with lines, and the schema it speaks of."""

    guideline: Guideline
    source: GuidelineSource
    front: Document
    schema: TaskSchema

    @property
    def stated(self) -> JsonObject:
        """The schema as it is written."""
        return self.schema.label.schema

    def declared(self, name: str) -> frozenset[str] | None:
        """The values that a field declares, as selectors write them; None where it declares none or there is no such field."""
        return declared_texts(self.schema, name)


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
    guideline = read_guideline_bytes(project, task)
    schema = configuration_bytes(project.snapshot, f"schemas/{task}.yaml")
    migrations = load_migrations(project, task)
    return (
        parse_revision(task, guideline, schema, migrations) if migrations else _parsed_before(task, guideline, schema)
    )


def states_revision(project: Project, task: str) -> bool:
    """Whether the project has a guideline and a schema of that task at all; whether they can be used is another question."""
    return all(project.snapshot.entry(path) is not None for path in (f"guidelines/{task}.md", f"schemas/{task}.yaml"))


class Level(IntEnum):
    """How much a version changes; a higher one includes the lower."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Version(NamedTuple):
    """A semantic version; versions order by their numbers."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def next(self, level: Level) -> "Version":
        """The version after this one that changes so much."""
        if level is Level.MAJOR:
            return Version(self.major + 1, 0, 0)
        return Version(self.major, self.minor + 1, 0) if level is Level.MINOR else self._replace(patch=self.patch + 1)


Since: TypeAlias = Mapping[str, Version | None]
"""The fields that a label may have, with the earliest version under which labels have each; None where none does."""


def version_of(text: str) -> Version:
    """The version that `1.2.3` states."""
    return Version(*order_of(text))


def level_between(before: Version, after: Version) -> Level:
    """How much a later version says that it changes."""
    if after.major > before.major:
        return Level.MAJOR
    return Level.MINOR if after.minor > before.minor else Level.PATCH


def ordered_changes(guideline: Guideline) -> tuple[Change, ...]:
    """The changes of a guideline by version, the oldest first."""
    return tuple(sorted(guideline.changes, key=lambda change: version_of(change.version)))


def outdated_by(
    guideline: Guideline, guideline_versions: str, label: JsonObject, since: Since, migrations: Sequence[Migration] = ()
) -> tuple[Change, ...]:
    """The changes after `guideline_versions` that affect a label after `migrations`, the oldest first.

    A change affects a label that has what it selects, and one that lacks a field which the change adds.
    """
    made = version_of(guideline_versions)
    later = (change for change in ordered_changes(guideline) if made < version_of(change.version))
    return tuple(change for change in later if affects(change, label, since, migrations))


def affects(change: Change, label: JsonObject, since: Since, migrations: Sequence[Migration] = ()) -> bool:
    """Whether a change affects a label that was made before it, as it reads after `migrations`."""
    return any(
        selects(selector, label) or (adds(change, selector, since) and selector.field not in label)
        for selector in selectors_of(change, migrations)
    )


def adds(change: Change, selector: Selector, since: Since) -> bool:
    """Whether a change that selects a whole field adds it: no label made under an earlier version has it."""
    if selector.field is None or selector.field not in since or selector.value is not None:
        return False
    first = since[selector.field]
    return first is None or first >= version_of(change.version)
