"""Selectors: which labels a change of the guideline affects."""

from collections.abc import Iterator
from dataclasses import dataclass

from assay.guidelines.front_matter import Change
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.model.values import canonical_text, canonical_value

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """`all` (neither field nor value), `field`, or `field=value`."""

    field: str | None = None
    value: str | None = None

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


def selectors_of(change: Change) -> tuple[Selector, ...]:
    """What a change affects in the names of today, each selector once."""
    return tuple(map(selector_of, dict.fromkeys(change.affects if change.today is None else change.today)))


def touches(selector: Selector, label: JsonObject) -> bool:
    """Whether a label carries what is selected: anything, the field, or the value in the field."""
    if selector.field is None:
        return True
    if selector.field not in label:
        return False
    return selector.value is None or selector.value in parts(label[selector.field])


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
