"""Cells of a pandas table as label values, or an error that names the row and the cell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import numpy as np

from assay import core
from assay.core import BOX, EXTENTS, PLACED_BY, ROTATION, SPAN, Codes, Ints, Json, JsonObject, Scale
from assay.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
_SHOWN = 80
_LEAST, _BEYOND = -(2**63), 2**64
_NAME = "each row with a value needs a unit, an annotator and, where you name one, a group: texts, numbers or dates"


class UnfitError(ValueError):
    """Why a cell is not a valid value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The `distinct` values (D,) of a column in order of first occurrence, the rows of these (`firsts`, (D,)), and each row's code."""

    distinct: tuple[Json, ...]
    codes: Codes
    firsts: Ints

    def require_order(self, column: "pd.Series[Any]", declared: tuple[Json, ...] | None) -> None:
        """Refuses values that are not in the order of their ordinal scale.

        Raises:
            UsageError: a value is not declared, or none is and they have no natural order.
        """
        known = None if declared is None else set(map(core.canonical_text, declared))
        if known is None and not by_size(self.distinct):
            at = next(at for at, value in zip(self.firsts, self.distinct, strict=True) if not by_size([0, value]))
            refused(column, int(at), "without an order", "list the values, lowest first: values=['low', 'mid', 'high']")
        for at, value in zip(self.firsts.tolist(), self.distinct, strict=True):
            if known is not None and core.canonical_text(value) not in known:
                refused(column, at, "not listed in values=", "add it to values=, or remove the row")


def cells_of(column: "pd.Series[Any]", scale: Scale, *, paths: bool = False) -> Cells:
    """The values of a column without missing ones, on that scale; `paths`: the members of a set are paths of a tree.

    Raises:
        UsageError: a cell is not a value of the scale; it names the row and the cell.
    """
    fix = _PATHS if paths else HINTS[scale]
    values, codes, rows = _each(
        column, lambda cell: plain_value(cell, scale, paths=paths), f"value of scale {scale}", fix
    )
    place: dict[str, int] = {}
    found = np.array([place.setdefault(core.canonical_text(value), len(place)) for value in values], dtype=np.int32)
    firsts = np.unique(found, return_index=True)[1]
    distinct = tuple(values[number] for number in firsts.tolist())
    return Cells(distinct=distinct, codes=found[codes], firsts=rows[firsts])


def plain_value(value: Any, scale: Scale, *, paths: bool = False) -> Json:
    """A value as labels have it: no numpy number, no tuple or set, numbers and sets in canonical form.

    Raises:
        UnfitError: it is not a value of that scale.
    """
    return core.canonical_value(
        [_node(path) for path in _list(value, unordered=True)] if paths else _READ[scale](value), scale
    )


def refused(column: "pd.Series[Any]", at: int, why: str, fix: str) -> NoReturn:
    """Refuses a cell, naming its row, its column and its content.

    Raises:
        UsageError: always.
    """
    shown = short(column.iloc[at])
    raise UsageError(f"row {row_name(column.index, at)}, column {column.name!r}: {shown} is {why}", fix=fix)


def row_name(index: "pd.Index[Any]", at: int) -> str:
    """The label of a row in the table's index."""
    return repr(_of_python(index[at]))


def short(value: Any) -> str:
    """The content of a cell, cut where it is long."""
    return core.clip(" ".join(repr(_of_python(value)).split()), _SHOWN)


def names_of(column: "pd.Series[Any]") -> tuple[tuple[str, ...], Codes]:
    """Names as codes into their sorted texts; 1, 1.0 and "1" are one name.

    Raises:
        UsageError: a cell is missing, or is not a text, number or date.
    """
    if len(absent := np.flatnonzero(column.isna())):
        refused(column, int(absent[0]), "not a valid name: it is missing", _NAME)

    def name(cell: Any) -> str:
        return str(cell if hasattr(cell, "isoformat") else core.canonical_value(_single(cell), Scale.NOMINAL))

    texts, codes, _ = _each(column, name, "name", _NAME)
    names = tuple(sorted(set(texts)))
    place = {text: code for code, text in enumerate(names)}
    return names, np.array([place[text] for text in texts], dtype=np.int32)[codes]


def lengths_of(column: "pd.Series[Any]") -> Ints:
    """Lengths: whole numbers from 0 on.

    Raises:
        UsageError: a cell is not one.
    """
    lengths, codes, _ = _each(column, _whole, "length", "a length is a whole number of characters or tokens")
    return np.array(lengths, dtype=np.int64)[codes]


def _each(
    column: "pd.Series[Any]", read: Callable[[Any], T], what: str, fix: str
) -> tuple[list[T], Codes | Ints, Ints]:
    """Reads each distinct cell once: what it is, the code of each row, the first row of each code.

    Cells of a type that pandas may wrongly equate are read each.
    """
    codes = firsts = np.arange(len(column))
    if column.dtype.kind in "biufc" or column.dtype.name in {"str", "string", "category"}:
        codes = column.factorize(use_na_sentinel=False)[0].astype(np.int64)
        firsts = np.unique(codes, return_index=True)[1]
    values = []
    for at, cell in zip(firsts.tolist(), column.iloc[firsts].astype(object), strict=True):
        try:
            values.append(read(cell))
        except UnfitError as error:
            refused(column, at, f"not a valid {what}: {error}", fix)
    return values, codes, firsts


def _kind(value: Any) -> str:
    kind = type(value).__name__
    return {"str": "a text", "NoneType": "missing"}.get(kind, f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}")


def _of_python(value: Any) -> Any:
    """A numpy scalar as a Python value; its times stay, for they would turn into numbers."""
    plain = isinstance(value, np.bool_ | np.number | np.str_) and not isinstance(value, np.timedelta64)
    return value.item() if plain else value


def _single(value: Any) -> Json:
    value = _of_python(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return _number(value)
    raise UnfitError(f"{_kind(value)} is neither a text nor a number")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UnfitError(f"{_kind(value)} is not a text")
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnfitError("it holds half of a surrogate pair") from None
    return text


def _number(value: Any, *, ratio: bool = False) -> int | float:
    value = _of_python(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitError(f"{_kind(value)} is not a number")
    if isinstance(value, float) and not isfinite(value):
        raise UnfitError(f"{value} is not a finite number")
    if isinstance(value, int) and not _LEAST <= value < _BEYOND:
        raise UnfitError("it needs more than 64 bits")
    if ratio and value < 0:
        raise UnfitError(f"{value} is below 0, where a ratio scale starts")
    return float(value) if isinstance(value, float) else int(value)


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise UnfitError(f"{number} is not a whole number")
    if not 0 <= number < 2**53:
        raise UnfitError(f"{number} is {'below 0' if number < 0 else 'too large'}")
    return int(number)


def _list(value: Any, *, unordered: bool = False) -> list[Any]:
    if isinstance(value, list | tuple) or (unordered and isinstance(value, set | frozenset)):
        return list(value)
    raise UnfitError(f"{_kind(value)} is not a list")


def _ranking(value: Any) -> Json:
    found: list[Json] = [
        [_single(option) for option in place] if isinstance(place, list | tuple) else _single(place)
        for place in _list(value)
    ]
    if found and not core.ranks_of(found):
        raise UnfitError("an option is in it twice")
    return found


def _node(value: Any) -> Json:
    if isinstance(value, list | tuple):
        return [_step(step) for step in value]
    return _step(value)


def _step(value: Any) -> Json:
    if isinstance(value, bool | np.bool_):
        raise UnfitError(f"{_kind(value)} cannot be a step of a path")
    return _single(value)


def _elements(value: Any, scale: Scale) -> Json:
    found: list[Json] = []
    for element in _list(value):
        try:
            found.append(_element(element, scale))
        except UnfitError as error:
            raise UnfitError(f"{short(element)} in it: {error}") from None
    return found


def _element(element: Any, scale: Scale) -> JsonObject:
    """A span or a box: a mapping with its numbers, a kind, and whatever else JSON holds."""
    if not isinstance(element, Mapping):
        raise UnfitError(f"{_kind(element)} is not a mapping")
    if absent := [key for key in EXTENTS[scale] if key not in element]:
        raise UnfitError(f"it has no {', '.join(absent)}")
    plain = {_text(key): _json(part) for key, part in element.items()}
    if scale is Scale.SPANS:
        start, end = (_whole(plain[key]) for key in SPAN)
        if start >= end:
            raise UnfitError(f"empty span from {start} to {end}: start must be < end")
    else:
        x, y, width, height = (_number(plain[key]) for key in BOX)
        if min(width, height) <= 0:
            raise UnfitError(f"{width} wide and {height} high, it has no area")
        if not all(map(isfinite, (x + width, y + height, float(width) * height))):
            raise UnfitError("it is too large to have an area")
        if (turn := plain.get(ROTATION)) is not None:
            _number(turn)
    if (name := core.other_place(plain, scale, core.stated_keys(scale))) is not None:
        raise UnfitError(f"{name} is not measured, only {PLACED_BY[scale]} are: remove it")
    if isinstance(plain.get("label"), list | dict):
        raise UnfitError("its label is neither a text nor a number")
    return plain


def _json(value: Any) -> Json:
    if isinstance(value, Mapping):
        return {_text(key): _json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json(element) for element in value]
    return None if value is None else core.canonical_value(_single(value), Scale.NOMINAL)


_READ: Mapping[Scale, Callable[[Any], Json]] = {
    Scale.NOMINAL: _single,
    Scale.ORDINAL: _single,
    Scale.INTERVAL: _number,
    Scale.RATIO: lambda value: _number(value, ratio=True),
    Scale.SET: lambda value: [_single(member) for member in _list(value, unordered=True)],
    Scale.SEQUENCE: lambda value: [_single(element) for element in _list(value)],
    Scale.RANKING: _ranking,
    Scale.TREE: _node,
    Scale.SPANS: lambda value: _elements(value, Scale.SPANS),
    Scale.BOXES: lambda value: _elements(value, Scale.BOXES),
    Scale.TEXT: _text,
}

_WHOLE = (
    "write texts, numbers, or true and false: frame['value'].map(str); lists have scales of their own, such as 'set'"
)
HINTS: Mapping[Scale, str] = {
    Scale.NOMINAL: _WHOLE,
    Scale.ORDINAL: _WHOLE,
    Scale.INTERVAL: "write finite numbers: frame['value'].astype(float); drop the row, or make it missing",
    Scale.RATIO: "write finite numbers from 0 on: frame['value'].astype(float); drop the row, or make it missing",
    Scale.SET: "write a list of the members, [] for none: frame['value'].str.split(','), or .map(list)",
    Scale.SEQUENCE: "write a list with a value for each element, in their order: ['DET', 'NOUN']",
    Scale.RANKING: "write a list of the options, the best first, each once; tied ones in a list of their own: ['a', ['b', 'c']]",
    Scale.TREE: "write the path from the root: 'animal/dog', or ['animal', 'dog']",
    Scale.SPANS: "write a list of spans, [] for none: [{'start': 0, 'end': 5, 'label': 'person'}], 0 <= start < end",
    Scale.BOXES: "write a list of boxes, [] for none: [{'x': 0, 'y': 0, 'width': 9, 'height': 9, 'label': 'car'}]",
    Scale.TEXT: "write texts: frame['value'].map(str)",
}
"""How to write a value of each scale."""
_PATHS = "write a list of the paths, [] for none, each from the root: ['animal/dog', 'plant'], or [['animal', 'dog'], ['plant']]"
_OF_MEMBERS = frozenset({Scale.SET, Scale.SEQUENCE, Scale.RANKING})


def values_option(values: Any, scale: Scale, *, paths: bool = False) -> tuple[Json, ...]:
    """The values to choose from, each once: on an ordinal scale in their order, on others in canonical order.

    Raises:
        UsageError: they are not values of the scale, or have no order on an ordinal scale.
    """
    if scale in {Scale.SPANS, Scale.BOXES, Scale.TEXT}:
        raise UsageError(f"scale {scale} has no values to choose from", fix="omit values=")
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise UsageError(f"values={short(values)} is {_kind(values)}", fix="write values=['low', 'mid', 'high']")
    distinct: dict[str, Json] = {}
    listed = list(values)
    for value in listed:
        try:
            plain = plain_value(value, Scale.TREE if paths else Scale.NOMINAL if scale in _OF_MEMBERS else scale)
        except UnfitError as error:
            raise UsageError(f"values= has {short(value)}, not a valid value: {error}", fix=HINTS[scale]) from None
        distinct[core.canonical_text(plain)] = plain
    if scale is not Scale.ORDINAL:
        return tuple(distinct[text] for text in sorted(distinct))
    found = tuple(distinct.values())
    if not isinstance(values, set | frozenset):
        if len(listed) > len(found):
            raise UsageError(
                "duplicate value in values=: its rank is unknown", fix="list each value once, lowest first"
            )
        return found
    if not by_size(found):
        fix = "list the values, lowest first: values=['low', 'high']"
        raise UsageError("values= is a set, which has no order", fix=fix)
    return tuple(sorted(found, key=lambda value: float(cast("float", value))))


def by_size(values: Iterable[Json]) -> bool:
    """Whether these values have a natural order: all numbers, or all true or false."""
    kinds = {bool if isinstance(value, bool) else float if isinstance(value, int | float) else str for value in values}
    return kinds <= {float} or kinds == {bool}
