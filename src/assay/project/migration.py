"""Migrations of a task's label set: how earlier answers change. Pure values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.core import Json, JsonObject, canonical_text


class Op(StrEnum):
    """What a step does."""

    RENAME_VALUES = "rename_values"
    MERGE_VALUES = "merge_values"
    RETIRE_VALUES = "retire_values"
    SPLIT_VALUE = "split_value"
    RENAME_FIELD = "rename_field"
    ADD_FIELD = "add_field"
    DROP_FIELD = "drop_field"
    RETYPE_FIELD = "retype_field"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStep:
    """One operation on one field.

    `turns` says by canonical text what a value becomes, all at once, so that two values may change places. `gone` are
    the texts of values that need a new answer. `to` is the new name of the field, or its new type. `default`
    is what an added field holds in every older label; None where a person must say. `repeats`: an array in the field may
    hold a value twice, as a sequence and a path do, and a set does not.
    """

    op: Op
    field: str
    turns: Mapping[str, Json]
    gone: frozenset[str] = frozenset()
    into: tuple[str, ...] = ()
    to: str = ""
    default: Json = None
    repeats: bool = False

    @property
    def words(self) -> str:
        """What it does, in words."""
        gone, into = (", ".join(map(_plain, texts)) for texts in (sorted(self.gone), self.into))
        changes = dict.fromkeys(f"{_plain(old)} is {_plain(canonical_text(new))}" for old, new in self.turns.items())
        turns = ", ".join(changes)
        held = "annotators answer it" if self.default is None else f"older labels hold {self.default}"
        texts = {
            Op.RETIRE_VALUES: f": {gone} is removed",
            Op.SPLIT_VALUE: f": {gone} is split into {into}",
            Op.RENAME_FIELD: f" is renamed to {self.to}",
            Op.ADD_FIELD: f" is new: {held}",
            Op.DROP_FIELD: " is removed",
            Op.RETYPE_FIELD: f" is of type {self.to}" if self.to else f": {turns}",
        }
        return f"{self.field}{texts.get(self.op, f': {turns}')}"

    @property
    def takes(self) -> bool:
        """Whether it may remove the value of a field, so that the label needs a new answer."""
        return bool(self.gone) or (self.op is Op.RETYPE_FIELD and self.to in {"number", "integer"})

    def explains(self, name: str, value: str | None) -> bool:
        """Whether the step says what becomes of a field (no `value`), or of a value, given by the text of its selector."""
        if name != self.field:
            return False
        if value is None:
            return self.op in {Op.RENAME_FIELD, Op.DROP_FIELD}
        known = {_plain(text) for text in (*self.turns, *self.gone)}
        return value in known or self.op in {Op.RENAME_FIELD, Op.DROP_FIELD, Op.RETYPE_FIELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of `schemas/migrations/<task>/`: its steps, why, and the guideline version that brings it."""

    path: str
    reason: str
    guideline: str
    steps: tuple[MigrationStep, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, which order."""
        return order_of(self.guideline)

    @property
    def name(self) -> str:
        """Its number and name, as its file is called."""
        return self.path.rpartition("/")[2].removesuffix(".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """A label after migrations, and the fields that need a new answer."""

    label: JsonObject
    pending: frozenset[str]


def order_of(version: str) -> tuple[int, ...]:
    """A version as numbers, which order."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def later_than(migrations: Sequence[Migration], version: str) -> tuple[Migration, ...]:
    """The migrations that a version does not know yet."""
    made = order_of(version)
    return tuple(migration for migration in migrations if made < migration.order)


def migrate_label(label: JsonObject, migrations: Iterable[Migration]) -> Migrated:
    """A label after migrations, in their order; equal where none affects it."""
    now = Migrated(label=dict(label), pending=frozenset())
    for migration in migrations:
        for step in migration.steps:
            now = _stepped(now, step)
    return now


def apply_step(label: JsonObject, step: MigrationStep) -> Migrated:
    """A label after one step."""
    return _stepped(Migrated(label=dict(label), pending=frozenset()), step)


def left_open(label: JsonObject, migrations: Sequence[Migration]) -> Mapping[str, str]:
    """The fields that need a new answer, by their current names, with the version of the migration that removed each value."""
    found, now = dict.fromkeys(sorted(migrate_label(label, migrations).pending), ""), label
    for place, migration in enumerate(migrations):
        done, names = migrate_label(now, [migration]), field_names(migrations[place + 1 :])
        found.update((name, migration.guideline) for old in done.pending if (name := names.get(old, old)) in found)
        now = done.label
    return found


def field_names(migrations: Iterable[Migration]) -> Mapping[str, str]:
    """The fields that were renamed, with what they are called now."""
    names: dict[str, str] = {}
    for migration in migrations:
        for step in migration.steps:
            if step.op is Op.RENAME_FIELD:
                names = {old: step.to if new == step.field else new for old, new in names.items()}
                names[step.field] = step.to
    return names


def fields_added(migrations: Iterable[Migration]) -> Mapping[str, str]:
    """The fields that were added, as they are called today, each with the version that brought it."""
    added: dict[str, str] = {}
    for migration in migrations:
        for step in migration.steps:
            brought = added.pop(step.field, None) if step.op in {Op.RENAME_FIELD, Op.DROP_FIELD} else None
            if step.op is Op.ADD_FIELD:
                added[step.field] = migration.guideline
            elif step.op is Op.RENAME_FIELD and brought is not None:
                added[step.to] = brought
    return added


def values_migrated(name: str, values: JsonObject, migrations: Iterable[Migration]) -> JsonObject:
    """What was stated by value of a field (probabilities, say), by what the values are now; of merged ones the sum.

    A value that was retired or split keeps its name: no current answer is as probable as that.
    """
    result: dict[str, Json] = {}
    for text, stated in values.items():
        carried = migrate_label({name: text}, migrations).label
        for new in carried.values() or (text,):
            key = new if isinstance(new, str) else canonical_text(new)
            earlier = result.get(key, 0)
            both = isinstance(earlier, int | float) and isinstance(stated, int | float)
            result[key] = min(1.0, earlier + stated) if both and key in result else stated  # type: ignore[operator]
    return result


def _stepped(now: Migrated, step: MigrationStep) -> Migrated:
    label, field = now.label, step.field
    if step.op is Op.RENAME_FIELD:
        renamed = {step.to if name == field else name: value for name, value in label.items()}
        return Migrated(label=renamed, pending=frozenset(step.to if name == field else name for name in now.pending))
    if step.op is Op.DROP_FIELD:
        rest = {name: value for name, value in label.items() if name != field}
        return Migrated(label=rest, pending=now.pending - {field})
    # Only a field that is missing can be added, and only one that is there can change.
    if (field in label) == (step.op is Op.ADD_FIELD):
        return now
    if step.op is Op.ADD_FIELD:
        return _set(now, field, step.default, keep=step.default is not None)
    if step.op is Op.RETYPE_FIELD:
        text = canonical_text(label[field])
        return _set(now, field, *((step.turns[text], True) if text in step.turns else _cast(label[field], step.to)))
    return _turn_values(now, step)


def _turn_values(now: Migrated, step: MigrationStep) -> Migrated:
    value = now.label[step.field]
    if not isinstance(value, list):
        return _set(now, step.field, *_turned(value, step))
    turned = [_turned_member(member, step) for member in value]
    kept = [new for new, keep in turned if keep]
    distinct = {canonical_text(new): new for new in kept}
    members = kept if step.repeats or any(isinstance(new, dict) for new in kept) else list(distinct.values())
    label = {**now.label, step.field: members}
    lost = len(kept) < len(turned)
    return Migrated(label=label, pending=now.pending | ({step.field} if lost else frozenset()))


def _turned(value: Json, step: MigrationStep) -> tuple[Json, bool]:
    """The new value, and whether there is one."""
    text = canonical_text(value)
    return (None, False) if text in step.gone else (step.turns.get(text, value), True)


def _turned_member(member: Json, step: MigrationStep) -> tuple[Json, bool]:
    """An element of a list: a value, or a span or box whose kind is one of its texts."""
    if not isinstance(member, dict):
        return _turned(member, step)
    parts = {key: _turned(part, step) if isinstance(part, str) else (part, True) for key, part in member.items()}
    return {key: part for key, (part, _) in parts.items()}, all(keep for _, keep in parts.values())


def _set(now: Migrated, name: str, value: Json, keep: bool) -> Migrated:  # noqa: FBT001 - the pair that `_turned` gives
    rest = {key: part for key, part in now.label.items() if key != name}
    if keep:
        return Migrated(label={**now.label, name: value}, pending=now.pending)
    return Migrated(label=rest, pending=now.pending | {name})


def _cast(value: Json, to: str) -> tuple[Json, bool]:
    """The value as a type, and whether there is one."""
    if to not in {"number", "integer"}:
        return value if to != "string" or isinstance(value, str) else canonical_text(value), True
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None, False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, False
    number = int(value) if float(value).is_integer() else value
    return (number, True) if to == "number" or isinstance(number, int) else (None, False)


def _plain(text: str) -> str:
    return text[1:-1] if text.startswith('"') else text
