"""`assay.agreement.measure`: agreement of a long table of one's own, for notebooks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from assay.agreement.corpus import SEED, entry
from assay.agreement.elements import SPAN, elements_of
from assay.errors import UsageError
from assay.extras import load
from assay.model.agreement import COEFFICIENT_NAMES, Coefficient, FieldAgreement
from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, canonical_value, ordered_values
from assay.table.columns import Codes, Column, Ints
from assay.table.ratings import Ratings
from assay.table.tally import tally_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Agreement:
    """What `measure` found. `found["alpha"]` is a coefficient: its `value`, `low` and `high`, or a `reason`."""

    found: FieldAgreement

    def __getitem__(self, name: str) -> Coefficient:
        """The coefficient of that name.

        Raises:
            KeyError: the scale has none of that name.
        """
        one = self.found.coefficient(name)
        if one is None:
            raise KeyError(name)
        return one

    def __iter__(self) -> Iterator[str]:
        """The names of the coefficients of the scale."""
        return (name for name in COEFFICIENT_NAMES if self.found.coefficient(name) is not None)

    def to_frame(self) -> "pd.DataFrame":
        """A row for each coefficient: value, the ends of its interval, standard error, reason."""
        pandas = load("pandas")

        parts = ("value", "low", "high", "se", "reason")
        rows = {name: [getattr(self[name], part) for part in parts] for name in self}
        table: pd.DataFrame = pandas.DataFrame.from_dict(rows, orient="index", columns=list(parts))
        return table

    def __str__(self) -> str:
        found = self.found
        head = f"{found.scale}: {found.units:,} units, {found.pairable:,} values, {found.annotators:,} annotators"
        return "\n".join([head, *(f"  {name:<18}{_told(self[name])}" for name in self)])

    __repr__ = __str__


def measure(  # noqa: PLR0913 - each names a column or a choice
    frame: "pd.DataFrame",
    scale: str = "nominal",
    *,
    unit: str = "unit",
    annotator: str = "annotator",
    value: str = "value",
    values: Sequence[Json] | None = None,
    group: str | None = None,
    length: str | None = None,
    seed: int = SEED,
) -> Agreement:
    """Agreement on a long table: a row for each value that an annotator gave a unit.

    `unit`, `annotator` and `value` name its columns; rows without a value are left out. `scale` is one of a schema's:
    nominal, ordinal, interval, ratio, set, tree, spans, boxes or text. `values` are the values that could be chosen, in
    their order; without them those that were, numbers by size and texts by code point. `group` names a column of units
    that belong together and are drawn together by the bootstrap, `length` one with the length of each unit's source, in
    characters or tokens, which spans need. The same table gives the same figures, in whatever order its rows stand.

    Raises:
        UsageError: no such column or scale, an annotator has two values on a unit, or a span ends beyond its source.
    """
    given = _given(frame, [unit, annotator, value, *(name for name in (group, length) if name)])
    given = given[given[value].notna() & given[unit].notna() & given[annotator].notna()]
    field = Field(name=value, scale=_scale(scale), values=None if values is None else tuple(values))
    units, unit_codes = _coded(given[unit])
    annotators, annotator_codes = _coded(given[annotator])
    vocabulary, codes = _values(given[value], field)
    order = np.lexsort((annotator_codes, unit_codes))
    rated = Ratings(
        field=_textual(field, vocabulary),
        values=vocabulary,
        units=units,
        annotators=annotators,
        unit=unit_codes[order].astype(np.int64),
        annotator=annotator_codes[order],
        codes=codes[order],
    )
    _hold_single(rated, unit, annotator)
    groups = _groups(given, group, unit_codes, len(units))
    lengths = _lengths(given, length, unit_codes, len(units))
    _hold_inside(rated, lengths)
    whole = tally_of(rated, groups, lengths)
    return Agreement(entry(whole, rated, seed))


def _given(frame: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise UsageError(
            f"the table has no column {', '.join(map(repr, absent))}",
            hint=f"it has: {', '.join(map(str, frame.columns))}; say which with unit=, annotator=, value=",
        )
    return frame


def _scale(name: str) -> Scale:
    try:
        return Scale(name)
    except ValueError:
        raise UsageError(f"there is no scale {name!r}", hint=f"there are: {', '.join(Scale)}") from None


def _coded(series: "pd.Series[Any]") -> tuple[tuple[str, ...], Codes]:
    """Names as codes into their sorted texts; 1 and "1" are one name."""
    codes, distinct = (series.map(str) if series.dtype == object else series).factorize()
    texts = [str(one) for one in distinct]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), dtype=np.int32)
    rank[order] = np.arange(len(texts), dtype=np.int32)
    return tuple(texts[position] for position in order), rank[codes]


def _values(series: "pd.Series[Any]", field: Field) -> tuple[tuple[Json, ...], Codes]:
    """Values as codes into the distinct ones, in canonical order."""
    plain = series if series.dtype != object else series.map(lambda one: canonical_text(_json(one, field.scale)))
    codes, _ = plain.factorize()
    found = [_json(one, field.scale) for one in series.iloc[np.unique(codes, return_index=True)[1]]]
    vocabulary = ordered_values(found, field)
    position = {canonical_text(one): code for code, one in enumerate(vocabulary)}
    ranks = np.array([position[canonical_text(one)] for one in found], dtype=np.int32)
    return vocabulary, ranks[codes]


def _json(value: Any, scale: Scale) -> Json:
    """A value of a table as labels have it: no numpy number, no tuple or set, numbers and sets in their one spelling."""
    return canonical_value(_plain(value), scale)


def _plain(value: Any) -> Json:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, float) and not isfinite(value):
        raise UsageError(f"{value} is no value", hint="leave the row out, or make it missing")
    return cast("Json", value)


def _textual(field: Field, vocabulary: Sequence[Json]) -> Field:
    return Field(
        name=field.name,
        scale=field.scale,
        values=field.values,
        textual=all(isinstance(value, str) for value in vocabulary),
    )


def _hold_single(rated: Ratings, unit: str, annotator: str) -> None:
    same = (rated.unit[1:] == rated.unit[:-1]) & (rated.annotator[1:] == rated.annotator[:-1])
    if same.any():
        at = int(np.flatnonzero(same)[0])
        raise UsageError(
            f"{rated.annotators[rated.annotator[at]]!r} has two values on {rated.units[rated.unit[at]]!r}",
            hint=f"keep one of them: frame.drop_duplicates([{unit!r}, {annotator!r}], keep='last')",
        )


def _hold_inside(rated: Ratings, lengths: Ints) -> None:
    """Refuses spans that end beyond their source, where its length is told."""
    if rated.field.scale is not Scale.SPANS or not lengths.any():
        return
    spans = elements_of(rated.values, SPAN)
    reach = np.zeros(len(rated.values))
    np.maximum.at(reach, np.repeat(np.arange(len(reach)), spans.numbers), spans.place[:, 1])
    beyond = np.flatnonzero(reach[rated.codes] > lengths[rated.unit])
    if len(beyond):
        unit, ends = rated.unit[beyond[0]], reach[rated.codes[beyond[0]]]
        raise UsageError(
            f"a span of {rated.units[unit]!r} ends at {ends:g}, and the length told is {lengths[unit]}",
            hint="length= names the column with the length of each unit's source, counted as the spans count",
        )


def _groups(given: "pd.DataFrame", name: str | None, unit: Codes, many: int) -> Column:
    codes = np.full(many, -1, dtype=np.int32)
    if name is None:
        return Column(values=(), codes=codes)
    values, of_rows = _coded(given[name])
    codes[unit] = of_rows
    return Column(values=values, codes=codes)


def _lengths(given: "pd.DataFrame", name: str | None, unit: Codes, many: int) -> Ints:
    found = np.zeros(many, dtype=np.int64)
    if name is not None:
        found[unit] = given[name].to_numpy(dtype=np.int64)
    return found


def _told(one: Coefficient) -> str:
    if one.value is None:
        return f"- ({one.reason})"
    interval = "" if one.low is None or one.high is None else f"  {one.low:.4f} to {one.high:.4f}"
    return f"{one.value:.4f}{interval}"
