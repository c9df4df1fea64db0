"""A change of a task's label set: what becomes of answers that were given before it. Pure values."""

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
class Step:
    """One operation on one field.

    `turns` says by canonical text what a value becomes, all at once, so that two values may change places. `gone` are
    the texts of values that only a person can answer anew. `to` is the new name of the field, or its new type. `given`
    is what an added field holds in every older label; None where a person must say. `repeats`: an array in the field may
    hold a value twice, as a sequence and a path do, and a set does not.
    """

    op: Op
    field: str
    turns: Mapping[str, Json]
    gone: frozenset[str] = frozenset()
    into: tuple[str, ...] = ()
    to: str = ""
    given: Json = None
    repeats: bool = False

    @property
    def words(self) -> str:
        """What it does, in words."""
        gone, into = (", ".join(map(_plain, texts)) for texts in (sorted(self.gone), self.into))
        told_of = dict.fromkeys(f"{_plain(old)} is {_plain(canonical_text(new))}" for old, new in self.turns.items())
        turns = ", ".join(told_of)
        held = "people say what it holds" if self.given is None else f"older labels hold {self.given}"
        told = {
            Op.RETIRE_VALUES: f": {gone} is no more",
            Op.SPLIT_VALUE: f": {gone} is split into {into}",
            Op.RENAME_FIELD: f" is called {self.to}",
            Op.ADD_FIELD: f" is new: {held}",
            Op.DROP_FIELD: " is no more",
            Op.RETYPE_FIELD: f" is of type {self.to}" if self.to else f": {turns}",
        }
        return f"{self.field}{told.get(self.op, f': {turns}')}"

    @property
    def takes(self) -> bool:
        """Whether it may leave a field that had a value without one, for a person to answer anew."""
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
    steps: tuple[Step, ...]

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
    """A label after migrations, and the fields that a person must answer anew."""

    label: JsonObject
    pending: frozenset[str]


def order_of(version: str) -> tuple[int, ...]:
    """A version as numbers, which order."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def later_than(migrations: Sequence[Migration], version: str) -> tuple[Migration, ...]:
    """The migrations that a version does not know yet."""
    made = order_of(version)
    return tuple(migration for migration in migrations if made < migration.order)


def migrate(label: JsonObject, migrations: Iterable[Migration]) -> Migrated:
    """A label carried through migrations, in their order; a label that none concerns comes back equal."""
    now = Migrated(label=dict(label), pending=frozenset())
    for migration in migrations:
        for step in migration.steps:
            now = _STEPS[step.op](now, step)
    return now


def stepped(label: JsonObject, step: Step) -> Migrated:
    """A label carried through one step."""
    return _STEPS[step.op](Migrated(label=dict(label), pending=frozenset()), step)


def left_open(label: JsonObject, migrations: Sequence[Migration]) -> Mapping[str, str]:
    """The fields that a person must answer anew, as they are called today, with the version of the last one to leave each."""
    found, now = dict.fromkeys(sorted(migrate(label, migrations).pending), ""), label
    for place, migration in enumerate(migrations):
        done, names = migrate(now, [migration]), field_names(migrations[place + 1 :])
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

    A value that was retired or split keeps its name: no answer of today is as probable as that.
    """
    result: dict[str, Json] = {}
    for text, stated in values.items():
        carried = migrate({name: text}, migrations).label
        for new in carried.values() or (text,):
            key = new if isinstance(new, str) else canonical_text(new)
            earlier = result.get(key, 0)
            both = isinstance(earlier, int | float) and isinstance(stated, int | float)
            result[key] = min(1.0, earlier + stated) if both and key in result else stated  # type: ignore[operator]
    return result


def _turn_values(now: Migrated, step: Step) -> Migrated:
    if step.field not in now.label:
        return now
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


def _turned(value: Json, step: Step) -> tuple[Json, bool]:
    """The new value, and whether there is one."""
    text = canonical_text(value)
    return (None, False) if text in step.gone else (step.turns.get(text, value), True)


def _turned_member(member: Json, step: Step) -> tuple[Json, bool]:
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


def _rename_field(now: Migrated, step: Step) -> Migrated:
    label = {step.to if name == step.field else name: value for name, value in now.label.items()}
    pending = frozenset(step.to if name == step.field else name for name in now.pending)
    return Migrated(label=label, pending=pending)


def _add_field(now: Migrated, step: Step) -> Migrated:
    if step.field in now.label:
        return now
    if step.given is None:
        return Migrated(label=now.label, pending=now.pending | {step.field})
    return Migrated(label={**now.label, step.field: step.given}, pending=now.pending)


def _drop_field(now: Migrated, step: Step) -> Migrated:
    label = {name: value for name, value in now.label.items() if name != step.field}
    return Migrated(label=label, pending=now.pending - {step.field})


def _retype_field(now: Migrated, step: Step) -> Migrated:
    if step.field not in now.label:
        return now
    value = now.label[step.field]
    text = canonical_text(value)
    if text in step.turns:
        return _set(now, step.field, step.turns[text], keep=True)
    return _set(now, step.field, *_CAST.get(step.to, _unchanged)(value))


def _unchanged(value: Json) -> tuple[Json, bool]:
    return value, True


def _as_number(value: Json) -> tuple[Json, bool]:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None, False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, False
    return (int(value) if float(value).is_integer() else value), True


def _as_integer(value: Json) -> tuple[Json, bool]:
    number, keep = _as_number(value)
    return (number, True) if keep and isinstance(number, int) else (None, False)


def _as_text(value: Json) -> tuple[Json, bool]:
    return value if isinstance(value, str) else canonical_text(value), True


def _plain(text: str) -> str:
    """The text of a value as selectors write it."""
    return text[1:-1] if text.startswith('"') else text


_CAST = {"number": _as_number, "integer": _as_integer, "string": _as_text}
_STEPS = {
    Op.RENAME_VALUES: _turn_values,
    Op.MERGE_VALUES: _turn_values,
    Op.RETIRE_VALUES: _turn_values,
    Op.SPLIT_VALUE: _turn_values,
    Op.RENAME_FIELD: _rename_field,
    Op.ADD_FIELD: _add_field,
    Op.DROP_FIELD: _drop_field,
    Op.RETYPE_FIELD: _retype_field,
}
