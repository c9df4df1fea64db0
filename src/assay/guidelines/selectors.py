"""Selectors: which labels a change of the guideline affects, as these read today."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import orjson

from assay.guidelines.front_matter import Change
from assay.model.json import Json, JsonObject
from assay.model.migration import Migration, Op, Step, later_than, order_of, stepped
from assay.model.schema import Scale
from assay.model.values import canonical_text, canonical_value

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """`all` (neither field nor value), `field`, or `field=value`.

    `waits`: a migration since may have left a label that carried it without a value, for a person to answer anew; `gone`:
    no label reads so any more, for the migration took that very value.
    """

    field: str | None = None
    value: str | None = None
    waits: bool = False
    gone: bool = False

    def __str__(self) -> str:
        """As it is written under `affects`."""
        if self.field is None:
            return ALL
        return self.field if self.value is None else f"{self.field}={self.value}"


def selector_of(text: str) -> Selector:
    """The selector that a text states; what follows the first `=` is the value."""
    if text == ALL:
        return Selector()
    field, equals, value = text.partition("=")
    return Selector(field=field, value=value if equals else None)


def selectors_of(change: Change, migrations: Sequence[Migration] = ()) -> tuple[Selector, ...]:
    """What a change affects, each selector once, in the words of labels that were carried through the migrations of a task.

    Migrations of later versions turn a selector as they turn labels: a new name of a field or a value is selected in its
    place, what is dropped is selected no more. A selector of a value that was merged means all that was merged, and one of
    a value that was taken all labels that wait in the field: more than it meant, since labels do not say any more which it
    was. A change that comes with a migration may speak of a field or value by the old name or by the new: both are meant.
    """
    stated = tuple(map(selector_of, dict.fromkeys(change.affects)))
    beside = [one for one in migrations if one.order == order_of(change.version)]
    turned = [one for one in _carried(stated, beside) if not (one.waits or one.gone)]
    return tuple(dict.fromkeys(_carried((*stated, *turned), later_than(migrations, change.version))))


def _carried(selectors: Iterable[Selector], migrations: Iterable[Migration]) -> list[Selector]:
    found = [*selectors]
    for step in (step for migration in migrations for step in migration.steps):
        found = [new for one in found for new in _through(one, step)]
    return found


def _through(one: Selector, step: Step) -> Iterator[Selector]:
    if one.field is None or one.field != step.field or step.op is Op.ADD_FIELD:
        yield one
    elif step.op is Op.RENAME_FIELD:
        yield replace(one, field=step.to)
    elif step.op is not Op.DROP_FIELD:
        waits = one.waits or step.takes
        if one.value is None or one.gone:
            yield replace(one, waits=waits)
        else:
            for meant in _meant(one.value):
                label = stepped({one.field: meant}, step).label
                yield replace(one, waits=waits, gone=not label, value=_text(label.get(one.field, meant)))


def _meant(text: str) -> Iterator[Json]:
    """The values that are written so: a text, or a number, `true` or `false`."""
    yield text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if isinstance(value, bool | int | float):
        yield value


def touches(selector: Selector, label: JsonObject, lost: Iterable[str] = ()) -> bool:
    """Whether a label carries what is selected: anything, the field, or the value in the field.

    `lost` are fields whose value a migration took: what is selected may have been it.
    """
    if selector.field is None:
        return True
    if selector.field in label:
        return not selector.gone and (selector.value is None or selector.value in parts(label[selector.field]))
    return selector.waits and (selector.value is None or selector.gone) and selector.field in lost


def parts(value: Json) -> frozenset[str]:
    """The values that a field's value is made of, as texts: the members of a set, the kinds of spans or boxes, else itself."""
    return frozenset(_parts(value))


def _parts(value: Json) -> Iterator[str]:
    if not isinstance(value, list):
        yield _text(value)
        return
    for member in value:
        if not isinstance(member, dict):
            yield _text(member)
        elif "label" in member:
            yield _text(member["label"])


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_text(canonical_value(value, Scale.NOMINAL))
