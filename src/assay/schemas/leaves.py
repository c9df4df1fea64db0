"""The JSON Schema of values that were seen, and the line that states their order: asked for, never guessed."""

from collections.abc import Collection, Mapping

from assay.model.elements import ROTATION
from assay.model.json import Json, JsonObject
from assay.model.schema import Scale
from assay.schemas.observed import MOST, Observed


def are(elements: Observed, keys: tuple[str, ...], kinds: Collection[str]) -> bool:
    """Whether nearly all elements have these keys with values of one of these types."""
    most = MOST * elements.given
    told = [elements.properties.get(key, Observed()) for key in keys]
    return all(one.given >= most and sum(one.types[kind] for kind in kinds) >= most for one in told)


def element(elements: Observed, stated: Mapping[str, str], quote: str = "") -> JsonObject:
    """The schema of an element of spans or boxes.

    `stated` are the types that some of its keys must have; what stands under `quote` follows from the extent, so its texts
    are none to choose from. A rotation may be left out, which is none.
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
    """The schema of lists of texts that nearly never hold one twice: a set, as it is of a field; empty for all others."""
    elements = seen.elements
    if seen.kind != "array" or elements is None or elements.kind != "string":
        return {}
    if seen.several - seen.repeated < MOST * seen.several:
        return {}
    items = member(elements)
    told: JsonObject = {} if "enum" in items else {"x-scale": Scale.SET.value}
    return {"type": "array", "items": items, **({} if seen.repeated else {"uniqueItems": True}), **told}


def leaf(seen: Observed) -> JsonObject:
    """The schema of a plain value: its type, and its texts where they are few."""
    few = seen.few if seen.kind == "string" else None
    return {"type": seen.kind or one_or_all([*seen.kinds]), **({"enum": [*few]} if few else {})}


def member(elements: Observed) -> JsonObject:
    """The schema of what a set or a sequence is made of; a null among them says nothing, and is a mistake."""
    few = elements.few_numbers if elements.kind == "integer" else None
    return {"type": "integer", "enum": [*few]} if few else leaf(elements)


def whole_numbers(seen: Observed) -> JsonObject:
    """The schema of whole numbers: from the lowest to the highest where there are no gaps, else those that were seen."""
    few = seen.few_numbers
    if not few:
        return {"type": "integer"}
    low, high = few[0], few[-1]
    if high - low == len(few) - 1:
        return {"type": "integer", "minimum": low, "maximum": high}
    return {"type": "integer", "enum": [*few], "x-scale": Scale.ORDINAL.value}


def one_or_all(kinds: list[Json]) -> Json:
    """A type, or a list of several; text where nothing was seen."""
    return kinds[0] if len(kinds) == 1 else kinds or "string"


def with_null(schema: JsonObject) -> JsonObject:
    """The same where a value may be missing by being null."""
    kinds, listed = schema["type"], schema.get("enum")
    types: list[Json] = [*kinds] if isinstance(kinds, list) else [kinds]
    with_null: JsonObject = {**schema, "type": [*types, "null"]}
    return {**with_null, "enum": [*listed, None]} if isinstance(listed, list) else with_null
