"""The scale and schema of a field, inferred from its values, with the observations and assumptions."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from assay.core import (
    BOX,
    EXTENTS,
    PLACED_BY,
    QUOTE,
    ROTATION,
    SPAN,
    Field,
    Json,
    JsonObject,
    Scale,
    lists_places,
    names_measure,
    names_shape,
)
from assay.errors import UsageError
from assay.lead.schema_observed import FEW, MOST, Observed, Sources, seen_words
from assay.project import order_line


def are(elements: Observed, keys: tuple[str, ...], kinds: Collection[str]) -> bool:
    """Whether nearly all elements have these keys, with values of these types."""
    most = MOST * elements.present
    seen = [elements.properties.get(key, Observed()) for key in keys]
    return all(part.present >= most and sum(part.types[kind] for kind in kinds) >= most for part in seen)


def element(elements: Observed, stated: Mapping[str, str], quote: str = "") -> JsonObject:
    """The schema of an element of spans or boxes.

    `stated` are the required types of some keys. The text under `quote` follows from the extent, so it has no list of
    values. A rotation is optional.
    """
    required = [key for key in elements.properties if key in {*elements.always, *stated} and key != ROTATION]

    def of(key: str, seen: Observed) -> JsonObject:
        if key in stated:
            return {"type": stated[key]}
        part: JsonObject = {"type": "string"} if key == quote and seen.kind == "string" else _texts(seen) or leaf(seen)
        return with_null(part) if seen.types["null"] else part

    properties: JsonObject = {key: of(key, seen) for key, seen in elements.properties.items()}
    return {"type": "object", "additionalProperties": False, "required": [*required], "properties": properties}


def _texts(seen: Observed) -> JsonObject:
    """The schema of a set of texts: lists with nearly no duplicates; empty for all other values."""
    elements = seen.elements
    if seen.kind != "array" or elements is None or elements.kind != "string":
        return {}
    if seen.several - seen.repeated < MOST * seen.several:
        return {}
    items = member(elements)
    scale: JsonObject = {} if "enum" in items else {"x-scale": Scale.SET.value}
    return {"type": "array", "items": items, **({} if seen.repeated else {"uniqueItems": True}), **scale}


def leaf(seen: Observed) -> JsonObject:
    """The schema of a plain value: its type, and its texts if they are few."""
    few = seen.few if seen.kind == "string" else None
    return {"type": seen.kind or one_or_all([*seen.kinds]), **({"enum": [*few]} if few else {})}


def member(elements: Observed) -> JsonObject:
    """The schema of the members of a set or sequence; a null among them is an error."""
    few = elements.few_numbers if elements.kind == "integer" else None
    return {"type": "integer", "enum": [*few]} if few else leaf(elements)


def whole_numbers(seen: Observed) -> JsonObject:
    """The schema of whole numbers: the range if it has no gaps, else the numbers that were seen."""
    few = seen.few_numbers
    if not few:
        return {"type": "integer"}
    low, high = few[0], few[-1]
    if high - low == len(few) - 1:
        return {"type": "integer", "minimum": low, "maximum": high}
    return {"type": "integer", "enum": [*few], "x-scale": Scale.ORDINAL.value}


def one_or_all(kinds: list[Json]) -> Json:
    """A type, or a list of several; string if no value was seen."""
    return kinds[0] if len(kinds) == 1 else kinds or "string"


def with_null(schema: JsonObject) -> JsonObject:
    """The same schema, with null allowed."""
    kinds, listed = schema["type"], schema.get("enum")
    types: list[Json] = [*kinds] if isinstance(kinds, list) else [kinds]
    with_null: JsonObject = {**schema, "type": [*types, "null"]}
    return {**with_null, "enum": [*listed, None]} if isinstance(listed, list) else with_null


_SCALARS = frozenset({"string", "integer", "boolean"})
_NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDraft:
    """One drafted field: what was seen of it, and how to change it.

    `lacks` is why it has no alpha and what to add; empty if it has one, or is free text. `attributes` are the further
    properties of its spans or boxes, as read from its schema.
    """

    name: str
    scale: Scale
    schema: JsonObject
    saw: str
    change: str = ""
    lacks: str = ""
    attributes: tuple[Field, ...] = ()

    @property
    def source(self) -> str | None:
        """The key of the items' data that it refers to."""
        source = self.schema.get("x-source")
        return source if isinstance(source, str) else None


def draft_field(name: str, seen: Observed, sources: Sources, labels: int, wanted: Scale | None) -> FieldDraft:
    """The draft of a field of so many labels, on the `wanted` scale or the one that fits its values.

    Raises:
        UsageError: the wanted scale does not fit its values.
    """
    field = _Field(name, seen, sources)
    found = field.found() if wanted is None else field.as_wanted(wanted)
    nullable = replace(found, schema=with_null(found.schema)) if seen.types["null"] else found
    return replace(nullable, saw=seen_words(seen, labels, sources, found.scale))


def values_of(seen: Observed) -> tuple[str, ...]:
    """The values that a guideline should explain, as texts, if they are few."""
    members = seen.elements if seen.kind == "array" and seen.elements else seen
    return members.few or tuple(map(str, members.few_numbers or ()))


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    seen: Observed
    sources: Sources

    def found(self) -> FieldDraft:
        kind, seen = self.seen.kind, self.seen
        if kind == "array":
            return self._array()
        if kind == "string":
            return self._texts()
        if kind == "boolean":
            return self._made(Scale.NOMINAL, leaf(seen), f"--scale {self.name}=text, which is not measured")
        if kind == "integer" or (kind == "number" and seen.few_numbers):
            schema = whole_numbers(seen)
            others = "; its enum, if there are further values" if "enum" in schema else ""
            change = f"--scale {self.name}=nominal if the numbers are codes, =interval if their steps are equal{others}"
            return self._made(Scale.ORDINAL, schema, change)
        if kind == "number":
            change = f"--scale {self.name}=ratio if 0 means none, =ordinal if only the order counts"
            return self._made(Scale.INTERVAL, leaf(seen), change)
        return self._unmeasured(self._mixture())

    def _texts(self) -> FieldDraft:
        if self.seen.few:
            change = f"--scale {self.name}=ordinal if its values have an order, =text if it is free text"
            return self._made(Scale.NOMINAL, leaf(self.seen), change)
        why = f"there are more than {FEW}, or most were seen once, or one is long"
        return self._made(Scale.TEXT, leaf(self.seen), f"--scale {self.name}=nominal if these are categories: {why}")

    def as_wanted(self, wanted: Scale) -> FieldDraft:
        one = self.found()
        if wanted is Scale.TEXT:
            return replace(self._unmeasured(""), lacks="", change=f"no --scale {self.name}")
        if wanted is one.scale:
            return one
        make = self._makers().get(wanted)
        made = make() if make else None
        if made is None:
            raise UsageError(
                f"field {self.name!r} holds {' or '.join(self.seen.kinds) or 'nothing'}, which the scale {wanted.value} does not measure",
                fix=f"omit --scale for {self.name}: {one.scale.value} fits",
            )
        return made

    def _makers(self) -> Mapping[Scale, Callable[[], FieldDraft | None]]:
        return {
            Scale.NOMINAL: self._nominal,
            Scale.ORDINAL: self._ordinal,
            Scale.INTERVAL: lambda: self._numbers(Scale.INTERVAL),
            Scale.RATIO: lambda: self._numbers(Scale.RATIO),
            Scale.SET: self._set,
            Scale.SEQUENCE: self._sequence,
            Scale.RANKING: self._ranking,
            Scale.TREE: self._tree,
        }

    def _nominal(self) -> FieldDraft | None:
        if self.seen.kind not in _SCALARS | _NUMBERS:
            return None
        few = self.seen.few_numbers
        listed: JsonObject = {"type": "integer", "enum": [*few]} if few else leaf(self.seen)
        return self._made(Scale.NOMINAL, {**listed, "x-scale": Scale.NOMINAL.value}, f"no --scale {self.name}")

    def _ordinal(self) -> FieldDraft | None:
        seen = self.seen
        if seen.kind == "number":
            return self._numbers(Scale.ORDINAL, {"type": "number"})
        if seen.kind != "string" or not seen.few:
            return None
        line = order_line(seen.few)
        lacks = f"the order of its values is not known; write below `{self.name}`, the lowest first: {line}"
        made = self._made(Scale.ORDINAL, {**leaf(seen), "x-scale": Scale.ORDINAL.value}, "x-order; or no --scale")
        return replace(made, lacks=lacks)

    def _numbers(self, scale: Scale, schema: "JsonObject | None" = None) -> FieldDraft | None:
        if self.seen.kind not in _NUMBERS:
            return None
        return self._made(scale, {**(schema or leaf(self.seen)), "x-scale": scale.value}, f"no --scale {self.name}")

    def _array(self) -> FieldDraft:
        elements = self.seen.elements or Observed()
        if elements.kind == "object":
            placed = self._placed(elements)
            return placed or self._unmeasured(
                "its elements are neither spans (whole start and end) nor boxes (x, y, width, height)"
            )
        if elements.present and elements.kind not in _SCALARS:
            paths = f"; --scale {self.name}=tree takes each as a path from the root" if elements.kind == "array" else ""
            return self._unmeasured(f"its elements are {' or '.join(elements.kinds)}{paths}")
        if self._is_sequence() and (found := self._sequence()):
            return found
        if self.seen.several - self.seen.repeated < MOST * self.seen.several:
            return self._unmeasured(self._repeats())
        return self._set() or self._unmeasured(self._mixture())

    def _repeats(self) -> str:
        reason = f"{self.seen.repeated:,} of {self.seen.several:,} lists have duplicates, so they are not sets"
        way = f"--scale {self.name}=set if neither order nor repeats count"
        if clear := [key for key in self.sources.likely if self.sources.share(key) >= MOST]:
            lines = " or ".join(f"x-source: {key}" for key in clear)
            return f"{reason}, and as long as several lists of the items' data; write x-scale: sequence and {lines}; or {way}"
        return f"{reason}, and no list of the items' data is as long, so they are not sequences; {way}"

    def _is_sequence(self) -> bool:
        """Whether the lists are as long as a list of their items, and not by chance: values repeat, or lengths differ."""
        return self.sources.source is not None and bool(self.seen.repeated or len(self.sources.lengths) > 1)

    def _sequence(self) -> FieldDraft | None:
        elements, source = self.seen.elements, self.sources.source
        if source is None or elements is None or elements.kind not in _SCALARS:
            return None
        schema: JsonObject = {
            "type": "array",
            "items": member(elements),
            "x-scale": Scale.SEQUENCE.value,
            "x-source": source,
        }
        change = f"--scale {self.name}=set if neither order nor repeats count"
        return self._made(Scale.SEQUENCE, schema, change)

    def _set(self) -> FieldDraft | None:
        elements = self.seen.elements
        if self.seen.kind != "array" or (elements and elements.present and elements.kind not in _SCALARS):
            return None
        items: JsonObject = member(elements) if elements and elements.present else {"type": "string"}
        schema: JsonObject = {"type": "array", "items": items, **({} if self.seen.repeated else {"uniqueItems": True})}
        scale: JsonObject = {} if "enum" in items else {"x-scale": Scale.SET.value}
        change = f"--scale {self.name}=ranking if each orders all its options, =tree if each is a path from the root"
        return self._made(Scale.SET, {**schema, **scale}, change)

    def _ranking(self) -> FieldDraft | None:
        options = (self.seen.elements.few if self.seen.kind == "array" and self.seen.elements else None) or ()
        if len(options) < 2:
            return None
        schema: JsonObject = {
            "type": "array", "items": {"type": "string", "enum": [*options]}, "uniqueItems": True,
            "minItems": len(options), "x-scale": Scale.RANKING.value,
        }  # fmt: skip
        return self._made(Scale.RANKING, schema, f"no --scale {self.name}")

    def _tree(self) -> FieldDraft | None:
        seen, elements = self.seen, self.seen.elements
        scale: JsonObject = {"x-scale": Scale.TREE.value}
        if seen.kind == "string":
            return self._made(Scale.TREE, {**leaf(seen), **scale}, f"no --scale {self.name}")
        if seen.kind != "array" or elements is None:
            return None
        path: JsonObject = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        if elements.kind == "string":
            change = (
                f"x-scale: tree below `items` if a value is several paths; --scale {self.name}=set if it is not a path"
            )
            return self._made(Scale.TREE, {**path, **scale}, change)
        if elements.kind == "array" and elements.elements and elements.elements.kind == "string":
            schema: JsonObject = {"type": "array", "items": {**path, **scale}, "x-scale": Scale.SET.value}
            return self._made(Scale.SET, schema, f"no --scale {self.name}; each value is a set of paths from the root")
        return None

    def _placed(self, elements: Observed) -> FieldDraft | None:
        spans = are(elements, SPAN, {"integer"})
        if not spans and not are(elements, BOX, _NUMBERS):
            return None
        scale = Scale.SPANS if spans else Scale.BOXES
        if name := next((name for name, one in elements.properties.items() if _places(name, one, scale)), None):
            alone = f"the overlap of two elements is measured by {PLACED_BY[scale]} alone"
            return self._unmeasured(f"its elements have {name}, which is a place, but {alone}")
        if spans:
            items = element(elements, dict.fromkeys(SPAN, "integer"), QUOTE)
            source = self.sources.source
            refers: JsonObject = {"x-source": source} if source else {}
            schema: JsonObject = {"type": "array", "items": items, **refers}
            made = self._made(Scale.SPANS, schema, "x-source, if they refer to another key of the items' data")
            return made if source else replace(made, lacks=self._which_source())
        schema = {"type": "array", "items": element(elements, {})}
        return self._made(Scale.BOXES, schema, f"--scale {self.name}=text, which is not measured")

    def _which_source(self) -> str:
        keys = self.sources.likely
        if not keys:
            return "the items' data have no text for its offsets; write x-source: KEY once they have"
        shares = ", ".join(f"{self.sources.share(key):.1%} fit into {key}" for key in keys)
        lines = " or ".join(f"x-source: {key}" for key in keys)
        return f"its offsets may refer to several keys ({shares}); write below `{self.name}`: {lines}"

    def _mixture(self) -> str:
        kinds = self.seen.kinds
        return f"its values are {' or '.join(kinds)}, which no scale measures" if kinds else "no value was seen"

    def _unmeasured(self, why: str) -> FieldDraft:
        schema: JsonObject = {"type": one_or_all([*self.seen.kinds])}
        if self.seen.kinds == ("array",) and self.seen.elements and self.seen.elements.types:
            nulls = ["null"] if self.seen.elements.types["null"] else []
            schema["items"] = {"type": one_or_all([*self.seen.elements.kinds, *nulls])}
        made = self._made(
            Scale.TEXT, {**schema, "x-scale": Scale.TEXT.value}, f"another --scale {self.name}, or its schema"
        )
        return replace(made, lacks=why)

    def _made(self, scale: Scale, schema: JsonObject, change: str) -> FieldDraft:
        return FieldDraft(name=self.name, scale=scale, schema=schema, saw="", change=change)


def _places(name: str, seen: Observed, scale: Scale) -> bool:
    """Whether the values of this key are places outside of the elements' extent."""
    if name in {*EXTENTS[scale], ROTATION}:
        return False
    return (
        names_shape(name)
        or any(lists_places(value) for value in seen.lists.values())
        or (seen.kind in _NUMBERS and names_measure(name, scale))
    )
