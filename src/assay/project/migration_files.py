"""`schemas/migrations/<task>/NNNN-name.yaml`: how older labels are migrated to the current schema."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assay.core import Field, Json, Scale, canonical_text
from assay.errors import ConfigError
from assay.files import Document
from assay.project.config import Project
from assay.project.migration import Migration, MigrationStep, Op, field_names
from assay.project.shape_check import checked
from assay.project.shapes import MIGRATION

_PLAIN = re.compile(r"true|false|-?(0|[1-9][0-9]{0,15})(\.[0-9]*[1-9])?")
_NAME = re.compile(r"([0-9]{4})-[a-z0-9][a-z0-9_-]*\.yaml")


def migrations_folder(task: str) -> str:
    """The folder of a task's migrations, below the project's root."""
    return f"schemas/migrations/{task}"


def load_migrations(project: Project, task: str) -> tuple[Migration, ...]:
    """The migrations of a task in their order; none where there is no folder.

    Raises:
        ConfigError: one is broken, wrongly named, or out of order.
    """
    folder = migrations_folder(task)
    shown = project.snapshot.names(folder)
    names = [name for name in shown if name != "README.md" and not name.startswith(".")]
    documents: list[Document] = []
    for number, name in enumerate(names, start=1):
        found = _NAME.fullmatch(name)
        if found is None or int(found[1]) != number:
            # A fault in an earlier file is reported before the name of a later one.
            migrations_of(documents)
            fix = "number them 0001, 0002, … without a gap; `assay migrate add` does it"
            raise ConfigError(f"{folder}/{name}: a migration's file name must be {number:04}-name.yaml", fix=fix)
        documents.append(project.document(f"{folder}/{name}"))
    return migrations_of(documents)


def migrations_of(documents: Iterable[Document]) -> tuple[Migration, ...]:
    """The migrations that documents hold, in the order of their names.

    Raises:
        ConfigError: one is broken, or comes with an earlier version than the one before it.
    """
    found: list[Migration] = []
    for document in documents:
        value: dict[str, Any] = checked(document, MIGRATION)
        steps = [_step(document, number, step) for number, step in enumerate(value["steps"])]
        migration = Migration(
            path=document.path, reason=value["reason"], guideline=value["guideline"], steps=tuple(steps)
        )
        if found and migration.order < found[-1].order:
            raise ConfigError(
                f"{document.at('/guideline')} {migration.guideline} is earlier than {found[-1].guideline} of {found[-1].path}",
                fix="number migrations in the order of the guideline versions that bring them",
            )
        found.append(migration)
    return tuple(found)


def with_repeats(migrations: Sequence[Migration], fields: Iterable[Field]) -> tuple[Migration, ...]:
    """Migrations that know which of their fields are, by the schema they lead to, sequences or paths: there a value may repeat."""
    repeating = {field.name for field in fields if field.scale in {Scale.SEQUENCE, Scale.TREE}}
    found: list[Migration] = []
    for place, migration in enumerate(migrations):
        later = field_names(migrations[place + 1 :])
        steps: list[MigrationStep] = []
        for number, step in enumerate(migration.steps):
            name = field_names([replace(migration, steps=migration.steps[number:])]).get(step.field, step.field)
            steps.append(replace(step, repeats=later.get(name, name) in repeating))
        found.append(replace(migration, steps=tuple(steps)))
    return tuple(found)


def _step(document: Document, number: int, stated: Mapping[str, dict[str, Any]]) -> MigrationStep:
    (name,) = stated
    op, parameters = Op(name), stated[name]
    turns: dict[str, Json] = {}
    gone: list[Json] = []
    into: list[Json] = []
    match op:
        case Op.RENAME_VALUES:
            turns = dict(_turns(parameters["values"]))
            if len(set(map(canonical_text, parameters["values"].values()))) < len(parameters["values"]):
                raise ConfigError(
                    f"{document.at(f'/steps/{number}')} two values get the same name", fix="write it as merge_values"
                )
        case Op.MERGE_VALUES:
            turns = {canonical_text(old): parameters["into"] for old in parameters["values"]}
        case Op.RETYPE_FIELD:
            turns = dict(_turns(parameters.get("values", {})))
        case Op.RETIRE_VALUES:
            gone = parameters["values"]
        case Op.SPLIT_VALUE:
            gone, into = [parameters["value"]], parameters["into"]
        case _:
            pass
    return MigrationStep(
        op=op,
        field=parameters["from"] if op is Op.RENAME_FIELD else parameters["field"],
        turns=turns,
        gone=frozenset(map(canonical_text, gone)),
        into=tuple(map(canonical_text, into)),
        to=parameters.get("to", ""),
        default=parameters.get("value") if op is Op.ADD_FIELD else None,
    )


def _turns(values: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """What values become, by their canonical text.

    The keys of a YAML mapping are texts: one that is written as JSON writes a number, `true` or `false` means that value,
    and the text as well.
    """
    for old, new in values.items():
        yield canonical_text(old), new
        if _PLAIN.fullmatch(old):
            yield old, new
