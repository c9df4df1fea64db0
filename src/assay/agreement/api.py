"""Agreement on a table of one's own, for notebooks: `measure`, its options and its answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.agreement.cells import (
    Cells,
    by_size,
    cells_of,
    declared_values,
    lengths_of,
    names_of,
    refused,
    row_name,
    short,
)
from assay.agreement.corpus import SEED, entry, measured
from assay.agreement.kappa import MIN_SHARED
from assay.agreement.orders import tags_of
from assay.agreement.part_alpha import elements_of
from assay.core import (
    COEFFICIENT_NAMES,
    Codes,
    Coefficient,
    Column,
    Field,
    FieldAgreement,
    Ints,
    Json,
    Ratings,
    Scale,
    canonical_text,
    ordered_values,
    tally_of,
)
from assay.errors import UsageError
from assay.extras import load

if TYPE_CHECKING:
    import pandas as pd


MOST = 2**53
"""Beyond it a number cannot be told from the next one."""


def whole_option(name: str, value: Any, least: int) -> int:
    """A whole number from `least` on.

    Raises:
        UsageError: it is another thing.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise UsageError(f"{name}={short(value)} cannot be used", fix=f"{name} is a whole number, {least} or more")
    return int(value)


def number_option(name: str, value: Any, *, above: bool = False) -> float:
    """A finite number from 0 on that floats tell from its neighbours; with `above`, one that is not 0.

    Raises:
        UsageError: it is another thing.
    """
    plain = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not plain or not isfinite(value) or not 0 <= value <= MOST or (above and value == 0):
        fix = f"{name} is a number, {'above 0' if above else '0 or more'}, and at most {MOST:,}"
        raise UsageError(f"{name}={short(value)} cannot be used", fix=fix)
    return float(value)


def hold_apart(columns: Iterable[tuple[str, str | None]]) -> None:
    """Refuses one column in two roles, given as the name of the role and of the column (None: none).

    Raises:
        UsageError: a column has two of these roles.
    """
    known: dict[str, str] = {}
    for role, column in columns:
        if column is not None and known.setdefault(column, role) != role:
            raise UsageError(
                f"{known[column]}= and {role}= both name the column {column!r}", fix="each names a column of its own"
            )


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
        """A row for each coefficient: value, the ends of its interval, standard error, pairs of annotators, reason."""
        pandas = load("pandas")

        parts = ("value", "low", "high", "se", "pairs", "reason")
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
    values: Iterable[Json] | None = None,
    group: str | None = None,
    length: str | None = None,
    members: str = "nominal",
    min_shared: int = MIN_SHARED,
    seed: int = SEED,
) -> Agreement:
    """Agreement on a long table: a row for each value that an annotator gave a unit.

    `unit`, `annotator` and `value` name its columns; rows without a value are left out. `scale` is one of a schema's:
    nominal, ordinal, interval, ratio, set, sequence, ranking, tree, spans, boxes or text. `values` are the values that could be
    chosen (of a set or a sequence, what it holds), used or not: their order means nothing but on an ordinal scale, where a list states it, lowest
    first. There it may be left out where values are numbers, which stand by size, or the column is an ordered
    `pandas.Categorical`, whose categories are then the values. `group` names a column of units that belong together
    and count as one draw, `length` one with the length of each unit's source, in characters or
    tokens, which spans need. `members="tree"` says of a set that its members are paths of a tree. `min_shared` is how many units two annotators must share for their kappa to count in the
    mean. The same table gives the same figures, in whatever order its rows stand.

    Raises:
        UsageError: no such column or scale, or one column for two things; a `min_shared` below 1; texts without an order on an ordinal scale, or one that it lacks; a cell
            that is no value of the scale, no name or no length, by its row; an annotator has two values on a unit, or
            a unit two groups or lengths; a span ends beyond its source; sequences of a unit are not of one length.
    """
    min_shared, seed = whole_option("min_shared", min_shared, 1), whole_option("seed", seed, 0)
    given = _given(frame, [unit, annotator, value, *(name for name in (group, length) if name is not None)])
    hold_apart([("unit", unit), ("annotator", annotator), ("value", value)])
    hold_apart([("value", value), ("group", group), ("length", length)])
    given = given[given[value].notna().to_numpy(dtype=np.bool_)]
    field, cells = _field(given[value], _scale(scale), values, members)
    rated = _ratings(given, field, cells, _Columns(unit, annotator, group, length))
    whole = tally_of(rated)
    return Agreement(entry(whole, measured(whole, rated, min_shared), seed))


@dataclass(frozen=True, slots=True)
class _Columns:
    """The names of the columns that say what a value is of; None where the table has no such column."""

    unit: str
    annotator: str
    group: str | None
    length: str | None


def _field(column: "pd.Series[Any]", scale: Scale, values: Iterable[Json] | None, members: str) -> tuple[Field, Cells]:
    """The column as a field of its own, and its cells."""
    paths = _are_paths(scale, members)
    declared = _declared(column, values, scale, paths=paths)
    cells = cells_of(column, scale, paths=paths)
    if scale is Scale.ORDINAL:
        _hold_ordered(column, cells, declared)
    textual = all(isinstance(one, str) for one in (*cells.distinct, *(declared or ())))
    return Field(name=str(column.name), scale=scale, values=declared, textual=textual, paths=paths), cells


def _ratings(given: "pd.DataFrame", field: Field, cells: Cells, columns: _Columns) -> Ratings:
    """Who gave which unit which value."""
    units, unit = names_of(given[columns.unit])
    annotators, annotator = names_of(given[columns.annotator])
    order = np.lexsort((annotator, unit))
    rows = given.index[order]
    vocabulary = ordered_values(cells.distinct, field)
    rank = {canonical_text(one): code for code, one in enumerate(vocabulary)}
    codes = np.array([rank[canonical_text(one)] for one in cells.distinct], dtype=np.int32)[cells.codes]
    rated = Ratings(
        field=field,
        values=vocabulary,
        units=units,
        annotators=annotators,
        unit=unit[order].astype(np.int64),
        annotator=annotator[order],
        codes=codes[order],
        item=np.arange(len(units)),
        groups=Column(values=(), codes=np.full(len(units), -1, dtype=np.int32)),
        extent=np.zeros(len(units), dtype=np.int64),
    )
    _hold_single(rated, rows, columns)
    if columns.group is not None:
        names, group = names_of(given[columns.group])
        told = _one_each(given[columns.group], group, rated, unit).astype(np.int32)
        rated = replace(rated, groups=Column(values=names, codes=told))
    if columns.length is not None:
        column = given[columns.length]
        rated = replace(rated, extent=_one_each(column, lengths_of(column), rated, unit))
        _hold_inside(rated, rows)
    if field.scale is Scale.SEQUENCE:
        _hold_as_long(rated, rows, rated.extent if columns.length is not None else None)
    return rated


def _given(frame: Any, names: Sequence[str]) -> "pd.DataFrame":
    if not isinstance(frame, load("pandas").DataFrame):
        raise UsageError(f"{short(frame)} is no pandas.DataFrame", fix="pandas.DataFrame(…), or .to_pandas()")
    table: pd.DataFrame = frame
    columns = table.columns.tolist()
    absent = [name for name in names if name not in columns]
    if absent:
        raise UsageError(
            f"the table has no column {', '.join(map(repr, absent))}",
            fix=f"it has: {', '.join(map(str, columns))}; say which with unit=, annotator=, value=",
        )
    if twice := [name for name in names if columns.count(name) > 1]:
        raise UsageError(f"the table has two columns {twice[0]!r}", fix="rename one of them")
    return table


def _scale(name: str) -> Scale:
    try:
        return Scale(name)
    except ValueError:
        raise UsageError(f"there is no scale {name!r}", fix=f"there are: {', '.join(Scale)}") from None


def _are_paths(scale: Scale, members: str) -> bool:
    if members not in {"nominal", "tree"}:
        raise UsageError(f"members={members!r} is not known", fix="members='tree' where a set holds paths of a tree")
    if members == "tree" and scale is not Scale.SET:
        raise UsageError(
            f"a value of scale {scale} has no paths as members", fix="measure(frame, 'set', members='tree')"
        )
    return members == "tree"


def _declared(
    column: "pd.Series[Any]", values: Iterable[Json] | None, scale: Scale, *, paths: bool
) -> tuple[Json, ...] | None:
    if values is not None:
        return declared_values(values, scale, paths=paths)
    ordered = scale is Scale.ORDINAL and column.dtype.name == "category" and column.cat.ordered
    return declared_values(column.cat.categories.tolist(), scale) if ordered else None


def _hold_ordered(column: "pd.Series[Any]", seen: Cells, declared: tuple[Json, ...] | None) -> None:
    """Refuses values of an ordinal scale that have no place in its order."""
    known = None if declared is None else set(map(canonical_text, declared))
    if known is None and not by_size(seen.distinct):
        at = next(at for at, one in zip(seen.firsts, seen.distinct, strict=True) if not by_size([0, one]))
        refused(column, int(at), "without an order", "state it, lowest first: values=['low', 'mid', 'high']")
    for at, one in zip(seen.firsts.tolist(), seen.distinct, strict=True):
        if known is not None and canonical_text(one) not in known:
            refused(column, at, "not among the values in their order", "list it in values=, or leave the row out")


def _hold_single(rated: Ratings, rows: "pd.Index[Any]", columns: _Columns) -> None:
    same = (rated.unit[1:] == rated.unit[:-1]) & (rated.annotator[1:] == rated.annotator[:-1])
    if same.any():
        at = int(np.flatnonzero(same)[0])
        who, what = rated.annotators[rated.annotator[at]], rated.units[rated.unit[at]]
        raise UsageError(
            f"rows {row_name(rows, at)} and {row_name(rows, at + 1)}: {who!r} has two values on {what!r}",
            fix=f"keep one of them: frame.drop_duplicates([{columns.unit!r}, {columns.annotator!r}], keep='last')",
        )


def _hold_inside(rated: Ratings, rows: "pd.Index[Any]") -> None:
    """Refuses spans that end beyond their source."""
    if rated.field.scale is not Scale.SPANS:
        return
    spans = elements_of(rated.values, Scale.SPANS)
    reach = np.zeros(len(rated.values))
    np.maximum.at(reach, np.repeat(np.arange(len(reach)), spans.numbers), spans.place[:, 1])
    beyond = np.flatnonzero(reach[rated.codes] > rated.extent[rated.unit])
    if len(beyond):
        at = int(beyond[0])
        unit, ends = rated.unit[at], reach[rated.codes[at]]
        raise UsageError(
            f"row {row_name(rows, at)}: a span of {rated.units[unit]!r} ends at {ends:g}, and the length told is {rated.extent[unit]}",
            fix="length= names the column with the length of each unit's source, counted as the spans count",
        )


def _hold_as_long(rated: Ratings, rows: "pd.Index[Any]", lengths: Ints | None) -> None:
    """Refuses sequences of a unit that are not as long as its source, or as each other."""
    given = tags_of(rated.values, rated.field).lengths[rated.codes]
    if lengths is None:
        lengths = np.zeros(len(rated.units), dtype=np.int64)
        lengths[rated.unit[::-1]] = given[::-1]
    if len(other := np.flatnonzero(given != lengths[rated.unit])):
        at = int(other[0])
        unit = rated.unit[at]
        raise UsageError(
            f"row {row_name(rows, at)}: a sequence of {rated.units[unit]!r} has {given[at]} values, and {lengths[unit]} are right",
            fix="a sequence has one value for each element of its unit, in their order",
        )


def _one_each(column: "pd.Series[Any]", told: Codes | Ints, rated: Ratings, unit: Codes) -> Ints:
    """What the rows of each unit tell of it, (U,): one thing."""
    first = np.zeros(len(rated.units), dtype=np.int64)
    first[unit[::-1]] = told[::-1]
    differs = np.flatnonzero(first[unit] != told)
    if len(differs):
        at = int(differs[0])
        before = short(column.iloc[int(np.flatnonzero(unit == unit[at])[0])])
        whose = f"not what an earlier row says of {rated.units[unit[at]]!r}: {before}"
        refused(column, at, whose, f"a unit has one {column.name}; name the unit more closely, or mend the column")
    return first


def _told(one: Coefficient) -> str:
    if one.value is None:
        return f"- ({one.reason})"
    interval = "" if one.low is None or one.high is None else f"  {one.low:.4f} to {one.high:.4f}"
    pairs = "" if one.pairs is None else f"  over {one.pairs:,} pair{'' if one.pairs == 1 else 's'}"
    return f"{one.value:.4f}{interval}{pairs}"
