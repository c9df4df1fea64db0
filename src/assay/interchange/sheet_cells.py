"""The cells of a sheet: a value as a person reads and types it, and back without loss.

Text stands as itself, numbers as JSON numbers, booleans as `true` and `false`, sets, sequences and rankings of words joined by
` | `, all else as JSON. An empty cell is a missing value. Whatever would not come back as it was stands as JSON.
"""

from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text
from assay.store.spreadsheet import guarded, unguarded
from assay.store.strict_json import JsonFault, parse_strict

_BAR = "|"
_JOINT = f" {_BAR} "
_JOINED = frozenset({Scale.SET, Scale.SEQUENCE, Scale.RANKING})
_NOT_IN_CELLS = frozenset("\r\0")
_TRUTH: dict[str, Json] = {"true": True, "false": False}


def text_cell(text: str) -> str:
    """The cell of a text: itself, or a JSON string where it is empty, begins with `"`, or holds a CR or NUL."""
    return guarded(text if _is_plain(text) else canonical_text(text))


def cell_text(cell: str) -> str:
    """The text of a cell; of an empty one the empty text."""
    text = unguarded(cell)
    value = _json(text) if text.startswith('"') else None
    return value if isinstance(value, str) else text


def data_cell(value: Json) -> str:
    """The cell that shows a value of an item's data."""
    return text_cell(value) if isinstance(value, str) else _spelled(value)


def value_cell(value: Json, field: Field) -> str:
    """The cell of a field's value."""
    plain = _plain(value, field)
    if _is_plain(plain) and _same(_value(plain, field), value):
        return guarded(plain)
    return _spelled(value)


def cell_value(cell: str, field: Field) -> Json:
    """The value of a cell that is not empty; the schema says whether it is one of the field."""
    return _value(unguarded(cell), field)


def words_cell(words: tuple[str, ...]) -> str:
    """The cell of some words without white space, such as flags."""
    return guarded(_JOINT.join(words))


def cell_words(cell: str) -> tuple[str, ...]:
    """The words of a cell, each once."""
    return tuple(dict.fromkeys(_parts(unguarded(cell))))


def joins(field: Field) -> bool:
    """Whether the members of the field's sets, sequences or rankings stand beside each other, joined by bars."""
    return field.scale in _JOINED and not any(_BAR in _member_text(value) for value in field.values or ())


def _is_plain(text: str) -> bool:
    return text != "" and not text.startswith('"') and _NOT_IN_CELLS.isdisjoint(text)


def _plain(value: Json, field: Field) -> str:
    """The value without JSON's quotation marks and brackets; empty where it cannot stand so."""
    if isinstance(value, list):
        return _JOINT.join(map(_member_text, value)) if joins(field) else ""
    return value if isinstance(value, str) else ""


def _spelled(value: Json) -> str:
    """The value as JSON; a number is no formula."""
    spelled = canonical_text(value)
    return spelled if isinstance(value, int | float) else guarded(spelled)


def _value(text: str, field: Field) -> Json:
    if field.textual:
        value = _json(text) if text.startswith('"') else None
        return value if isinstance(value, str) else text
    stripped = text.strip()
    value = _TRUTH.get(stripped.casefold(), _json(stripped))
    if stripped == "null" or isinstance(value, list):
        return value
    if joins(field):
        return _members(text, field)
    return text if value is None else value


def _members(text: str, field: Field) -> Json:
    known = {_member_text(value): value for value in field.values or ()}
    members: list[Json] = [known.get(part, part) for part in _parts(text)]
    return members


def _parts(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(_BAR)) if part]


def _member_text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_text(value)


def _json(text: str) -> Json:
    """The value of a JSON text; None where it is none."""
    try:
        return parse_strict(text.encode())
    except JsonFault:
        return None


def _same(one: Json, other: Json) -> bool:
    return canonical_text(one) == canonical_text(other)
