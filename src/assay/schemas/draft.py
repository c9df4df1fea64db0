"""Draft the schema of a task from labels that exist, for a person to review."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.errors import UsageError
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.schemas.observed import Extents, Observed
from assay.store.yaml_text import yaml_block

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SPAN = {"start", "end"}
_BOX = {"x", "y", "width", "height"}
_ARRAYS = {Scale.SET, Scale.RANKING, Scale.SPANS, Scale.BOXES}
_NUMBERS = ("integer", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted schema as YAML, and of each field its scale and (where they are few texts) its values.

    `sourced` are the fields of spans whose offsets are known to refer to a key of the items' data.
    """

    text: str
    scales: Mapping[str, Scale]
    values: Mapping[str, tuple[str, ...]]
    sourced: frozenset[str]


class Drafter:
    """Looks at labels, one at a time, and then drafts."""

    def __init__(self) -> None:
        self.labels = Observed()
        self.extents: dict[str, Extents] = {}

    def add(self, label: JsonObject, extents: Mapping[str, int]) -> None:
        """Takes in a label, and by key the lengths of the texts and lists in its item's data."""
        self.labels.add(label)
        for name, value in label.items():
            if isinstance(value, list) and value and isinstance(value[0], dict) and value[0].keys() >= _SPAN:
                self.extents.setdefault(name, Extents()).add(value, extents)

    def draft(self, *, title: str, origin: str, scales: Mapping[str, Scale]) -> Draft:
        """The schema. `origin` says in a few words what the labels are from.

        Raises:
            UsageError: there are no labels, or `scales` names no field, or a scale that does not fit one.
        """
        if not self.labels.properties:
            raise UsageError(f"{origin} holds no label with a field", hint="name a file of annotations, one a line")
        if unknown := sorted(set(scales) - set(self.labels.properties)):
            known = ", ".join(self.labels.properties)
            raise UsageError(f"there is no field {unknown[0]!r}", hint=f"the fields are {known}")
        drafted = {name: self._field(name, scales.get(name)) for name in self.labels.properties}
        notes = [note for one in drafted.values() for note in one.notes]
        text = _written(
            title=title,
            heading=[
                f"A draft, made from {self.labels.count:,} labels of {origin}: review it before labelling starts."
            ],
            notes=notes,
            required=list(self.labels.always),
            properties={name: one.schema for name, one in drafted.items()},
        )
        scale_of = {name: one.scale for name, one in drafted.items()}
        return Draft(
            text=text,
            scales=scale_of,
            values={name: _values(self.labels.properties[name]) for name in drafted},
            sourced=frozenset(name for name, one in drafted.items() if "x-source" in one.schema),
        )

    def _field(self, name: str, wanted: Scale | None) -> "_Drafted":
        seen = self.labels.properties[name]
        one = _drafted(name, seen, self.extents.get(name, Extents()).source)
        return one if wanted is None or wanted is one.scale else _rescaled(name, seen, one, wanted)


def example_draft(*, title: str, scales: Mapping[str, Scale]) -> Draft:
    """A small schema to edit, for a task that has no labels yet.

    Raises:
        UsageError: `scales` names a field other than `label`, or a scale that does not fit it.
    """
    drafter = Drafter()
    for value in ("maybe", "no", "yes") * 2:
        drafter.add({"label": value}, {})
    one = drafter.draft(title=title, origin="an example", scales=scales)
    _, _, rest = one.text.partition("\n")
    return replace(one, text=f"# An example: write the fields and values of your own task here.\n{rest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drafted:
    """The schema of one field, its scale, and what its reviewer should know."""

    schema: JsonObject
    scale: Scale
    notes: tuple[str, ...] = ()


def _values(seen: Observed) -> tuple[str, ...]:
    return seen.few or (seen.elements.few if seen.elements else None) or ()


def _drafted(name: str, seen: Observed, source: str | None) -> _Drafted:
    kinds = seen.kinds
    if kinds == ("array",):
        return _drafted_array(name, seen.elements or Observed(), source)
    if kinds == ("string",):
        return _Drafted(schema=_leaf(seen), scale=Scale.NOMINAL if seen.few else Scale.TEXT)
    if len(kinds) == 1 and kinds[0] in {"boolean", *_NUMBERS}:
        scale = {"boolean": Scale.NOMINAL, "integer": Scale.ORDINAL}.get(kinds[0], Scale.INTERVAL)
        return _Drafted(schema=_leaf(seen), scale=scale)
    note = f"{name}: its values are {' or '.join(kinds)}, which no scale measures; x-scale text keeps them unmeasured."
    return _Drafted(schema={**_leaf(seen), "x-scale": Scale.TEXT.value}, scale=Scale.TEXT, notes=(note,))


def _drafted_array(name: str, elements: Observed, source: str | None) -> _Drafted:
    keys = set(elements.properties)
    whole = elements.kinds == ("object",)
    if whole and keys >= _SPAN:
        refers: JsonObject = {"x-source": source} if source else {}
        doubt = f"{name}: which key of an item's data its offsets refer to is not clear; write it as x-source."
        schema: JsonObject = {"type": "array", "items": _element(elements), **refers}
        return _Drafted(schema=schema, scale=Scale.SPANS, notes=() if source else (doubt,))
    if whole and keys >= _BOX:
        return _Drafted(schema={"type": "array", "items": _element(elements)}, scale=Scale.BOXES)
    if elements.kinds in {(), ("string",)}:
        items: JsonObject = _leaf(elements) if elements.count else {"type": "string"}
        said: JsonObject = {} if elements.few else {"x-scale": Scale.SET.value}
        return _Drafted(schema={"type": "array", "items": items, "uniqueItems": True, **said}, scale=Scale.SET)
    note = f"{name}: its elements are {' or '.join(elements.kinds)}; x-scale text keeps them unmeasured."
    schema = {"type": "array", "items": _leaf(elements), "x-scale": Scale.TEXT.value}
    return _Drafted(schema=schema, scale=Scale.TEXT, notes=(note,))


def _element(elements: Observed) -> JsonObject:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(elements.always),
        "properties": {key: _leaf(seen) for key, seen in elements.properties.items()},
    }


def _leaf(seen: Observed) -> JsonObject:
    kinds: list[Json] = [*seen.kinds]
    few = seen.few if kinds == ["string"] else None
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **({"enum": [*few]} if few else {})}


def _rescaled(name: str, seen: Observed, one: _Drafted, wanted: Scale) -> _Drafted:
    array = seen.kinds == ("array",)
    numbers = len(seen.kinds) == 1 and seen.kinds[0] in _NUMBERS
    options = (seen.elements.few if array and seen.elements else None) or ()
    misfit = (wanted in _ARRAYS) != array or (wanted.numeric and not numbers)
    misfit = misfit or (wanted is Scale.RANKING and len(options) < 2)
    if wanted is not Scale.TEXT and (misfit or (wanted is Scale.ORDINAL and not numbers and not seen.few)):
        raise UsageError(
            f"field {name!r} holds {' or '.join(seen.kinds)}, which the scale {wanted.value} does not measure",
            hint=f"leave --scale for {name} away: {one.scale.value} fits",
        )
    whole: JsonObject = {"minItems": len(options)} if wanted is Scale.RANKING else {}
    schema: JsonObject = {**one.schema, **whole, "x-scale": wanted.value}
    if wanted is not Scale.ORDINAL or numbers:
        return _Drafted(schema=schema, scale=wanted)
    schema["x-order"] = [*(seen.few or ())]
    return _Drafted(schema=schema, scale=wanted, notes=(f"{name}: x-order is by letter; write the lowest first.",))


def _written(*, title: str, heading: list[str], notes: list[str], required: list[str], properties: JsonObject) -> str:
    comment = "".join(f"# {' '.join(line.split())}\n" for line in (*heading, *notes))
    return comment + yaml_block(
        {
            "$schema": _DIALECT,
            "title": title,
            "type": "object",
            "additionalProperties": False,
            "required": [*required],
            "properties": properties,
        }
    )
