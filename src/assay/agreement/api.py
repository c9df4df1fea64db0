"""Agreement on a pandas table, for notebooks: `measure`, its options and its result."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from assay import core
from assay.agreement import cells
from assay.agreement.corpus import SEED, entry, measured
from assay.agreement.kappa import MIN_SHARED
from assay.agreement.orders import tags_of
from assay.agreement.part_alpha import elements_of
from assay.core import COEFFICIENT_NAMES, Codes, Coefficient, Column, Field, FieldAgreement, Ints, Json, Ratings, Scale
from assay.errors import UsageError
from assay.extras import load

if TYPE_CHECKING:
    import pandas as pd


MOST = 2**53
"""Beyond it floats do not distinguish neighbouring whole numbers."""


def whole_option(name: str, value: Any, least: int) -> int:
    """A whole number of at least `least`.

    Raises:
        UsageError: it is not one.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise UsageError(f"{name}={cells.short(value)} is not valid", fix=f"{name} is a whole number, {least} or more")
    return int(value)


def number_option(name: str, value: Any, *, above: bool = False) -> float:
    """A finite number from 0 to `MOST`; with `above`, one that is not 0.

    Raises:
        UsageError: it is not one.
    """
    plain = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not plain or not isfinite(value) or not 0 <= value <= MOST or (above and value == 0):
        fix = f"{name} is a number, {'above 0' if above else '0 or more'}, and at most {MOST:,}"
        raise UsageError(f"{name}={cells.short(value)} is not valid", fix=fix)
    return float(value)


def require_distinct(columns: Iterable[tuple[str, str | None]]) -> None:
    """Refuses one column in two roles; each pair is the name of the role and of the column (None: no column).

    Raises:
        UsageError: a column has two of these roles.
    """
    known: dict[str, str] = {}
    for role, column in columns:
        if column is not None and known.setdefault(column, role) != role:
            raise UsageError(
                f"{known[column]}= and {role}= both name the column {column!r}", fix="name a different column for each"
            )


@dataclass(frozen=True, slots=True)
class Agreement:
    """The result of `measure`. `result["alpha"]` is a coefficient: its `value`, `low` and `high`, or a `reason`."""

    found: FieldAgreement

    def __getitem__(self, name: str) -> Coefficient:
        """The coefficient of that name.

        Raises:
            KeyError: the scale has none of that name.
        """
        coefficient = self.found.coefficient(name)
        if coefficient is None:
            raise KeyError(name)
        return coefficient

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
        whole = self.found
        lines = [f"{whole.scale}: {whole.units:,} units, {whole.pairable:,} values, {whole.annotators:,} annotators"]
        for name in self:
            found = self[name]
            text = f"- ({found.reason})" if found.value is None else f"{found.value:.4f}"
            if found.low is not None and found.high is not None:
                text += f"  {found.low:.4f} to {found.high:.4f}"
            if found.pairs is not None:
                text += f"  over {found.pairs:,} pair{'' if found.pairs == 1 else 's'}"
            lines.append(f"  {name:<18}{text}")
        return "\n".join(lines)

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
    nominal, ordinal, interval, ratio, set, sequence, ranking, tree, spans, boxes or text. `values` are the values to
    choose from (of a set or a sequence, its elements), used or not; only on an ordinal scale their order matters, lowest
    first. There they may be omitted where values are numbers, which are ordered by size, or the column is an ordered
    `pandas.Categorical`. `group` names a column of units that are drawn together, `length` one with the length of each
    unit's source, in characters or tokens, which spans need. `members="tree"`: the members of a set are paths of a tree.
    `min_shared` is how many units two annotators must share for their kappa to count in the mean. The order of the rows
    does not change any figure.

    Raises:
        UsageError: a column or scale does not exist, or one column has two roles; `min_shared` is below 1; an ordinal
            scale has texts without an order, or a value that is not in it; a cell is not a valid value, name or length;
            an annotator has two values on a unit, or a unit two groups or lengths; a span ends beyond its source; the
            sequences of a unit differ in length.
    """
    min_shared, seed = whole_option("min_shared", min_shared, 1), whole_option("seed", seed, 0)
    table = _Table.of(frame, unit=unit, annotator=annotator, value=value, group=group, length=length)
    rated = table.ratings(*_field(table.frame[value], scale, values, members))
    whole = core.tally_of(rated)
    return Agreement(entry(whole, measured(whole, rated, min_shared), seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The rows of a table that have a value, and the names of its columns; None for a column that is not there."""

    frame: "pd.DataFrame"
    unit: str
    annotator: str
    group: str | None
    length: str | None

    @classmethod
    def of(
        cls, frame: Any, *, unit: str, annotator: str, value: str, group: str | None, length: str | None
    ) -> "_Table":
        """The rows with a value.

        Raises:
            UsageError: it is not a table, a column does not exist or exists twice, or has two of these roles.
        """
        if not isinstance(frame, load("pandas").DataFrame):
            raise UsageError(
                f"{cells.short(frame)} is not a pandas.DataFrame", fix="pandas.DataFrame(…), or .to_pandas()"
            )
        columns = frame.columns.tolist()
        names = [unit, annotator, value, *(name for name in (group, length) if name is not None)]
        if absent := [name for name in names if name not in columns]:
            raise UsageError(
                f"the table has no column {', '.join(map(repr, absent))}",
                fix=f"its columns: {', '.join(map(str, columns))}; choose them with unit=, annotator=, value=",
            )
        if twice := [name for name in names if columns.count(name) > 1]:
            raise UsageError(f"the table has two columns {twice[0]!r}", fix="rename one of them")
        require_distinct([("unit", unit), ("annotator", annotator), ("value", value)])
        require_distinct([("value", value), ("group", group), ("length", length)])
        rows = frame[frame[value].notna().to_numpy(dtype=np.bool_)]
        return cls(frame=rows, unit=unit, annotator=annotator, group=group, length=length)

    def ratings(self, field: Field, given: cells.Cells) -> Ratings:
        """Who gave which unit which value.

        Raises:
            UsageError: as `measure` says, of names, groups, lengths and repeated values.
        """
        units, unit = cells.names_of(self.frame[self.unit])
        annotators, annotator = cells.names_of(self.frame[self.annotator])
        order = np.lexsort((annotator, unit))
        rows = self.frame.index[order]
        vocabulary = core.ordered_values(given.distinct, field)
        rank = {core.canonical_text(value): code for code, value in enumerate(vocabulary)}
        codes = np.array([rank[core.canonical_text(value)] for value in given.distinct], dtype=np.int32)[given.codes]
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
        self._require_one_value(rated, rows)
        if self.group is not None:
            names, group = cells.names_of(self.frame[self.group])
            of_units = self._per_unit(self.frame[self.group], group, rated, unit).astype(np.int32)
            rated = replace(rated, groups=Column(values=names, codes=of_units))
        if self.length is not None:
            column = self.frame[self.length]
            rated = replace(rated, extent=self._per_unit(column, cells.lengths_of(column), rated, unit))
            self._require_inside(rated, rows)
        if field.scale is Scale.SEQUENCE:
            self._require_length(rated, rows, rated.extent if self.length is not None else None)
        return rated

    def _require_one_value(self, rated: Ratings, rows: "pd.Index[Any]") -> None:
        same = (rated.unit[1:] == rated.unit[:-1]) & (rated.annotator[1:] == rated.annotator[:-1])
        if same.any():
            at = int(np.flatnonzero(same)[0])
            who, what = rated.annotators[rated.annotator[at]], rated.units[rated.unit[at]]
            raise UsageError(
                f"rows {cells.row_name(rows, at)} and {cells.row_name(rows, at + 1)}: {who!r} has two values on {what!r}",
                fix=f"keep one: frame.drop_duplicates([{self.unit!r}, {self.annotator!r}], keep='last')",
            )

    @staticmethod
    def _require_inside(rated: Ratings, rows: "pd.Index[Any]") -> None:
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
                f"row {cells.row_name(rows, at)}: a span of {rated.units[unit]!r} ends at {ends:g}, and its length is {rated.extent[unit]}",
                fix="name the column with the length of each unit's source, in the unit of the spans: length=",
            )

    @staticmethod
    def _require_length(rated: Ratings, rows: "pd.Index[Any]", lengths: Ints | None) -> None:
        lengths_given = tags_of(rated.values, rated.field).lengths[rated.codes]
        if lengths is None:
            lengths = np.zeros(len(rated.units), dtype=np.int64)
            lengths[rated.unit[::-1]] = lengths_given[::-1]
        if len(other := np.flatnonzero(lengths_given != lengths[rated.unit])):
            at = int(other[0])
            unit = rated.unit[at]
            raise UsageError(
                f"row {cells.row_name(rows, at)}: a sequence of {rated.units[unit]!r} has {lengths_given[at]} values, expected {lengths[unit]}",
                fix="give one value for each element of the unit, in their order",
            )

    @staticmethod
    def _per_unit(column: "pd.Series[Any]", codes: Codes | Ints, rated: Ratings, unit: Codes) -> Ints:
        """The code of each unit, (U,), which all its rows share."""
        first = np.zeros(len(rated.units), dtype=np.int64)
        first[unit[::-1]] = codes[::-1]
        differs = np.flatnonzero(first[unit] != codes)
        if len(differs):
            at = int(differs[0])
            before = cells.short(column.iloc[int(np.flatnonzero(unit == unit[at])[0])])
            why = f"different from an earlier row of {rated.units[unit[at]]!r}: {before}"
            cells.refused(
                column,
                at,
                why,
                f"give all rows of a unit the same {column.name}, or give different units different names",
            )
        return first


def _field(
    column: "pd.Series[Any]", name: str, values: Iterable[Json] | None, members: str
) -> tuple[Field, cells.Cells]:
    """The column as a field of its own on the scale of that name, and its cells."""
    if name not in tuple(Scale):
        raise UsageError(f"unknown scale {name!r}", fix=f"use one of: {', '.join(Scale)}")
    scale, paths = Scale(name), members == "tree"
    if members not in {"nominal", "tree"}:
        raise UsageError(f"unknown members={members!r}", fix="members='tree' where a set holds paths of a tree")
    if paths and scale is not Scale.SET:
        fix = "measure(frame, 'set', members='tree')"
        raise UsageError(f"members='tree' does not apply to scale {scale}", fix=fix)
    declared = None if values is None else cells.values_option(values, scale, paths=paths)
    if values is None and scale is Scale.ORDINAL and column.dtype.name == "category" and column.cat.ordered:
        declared = cells.values_option(column.cat.categories.tolist(), scale)
    given = cells.cells_of(column, scale, paths=paths)
    if scale is Scale.ORDINAL:
        given.require_order(column, declared)
    textual = all(isinstance(value, str) for value in (*given.distinct, *(declared or ())))
    return Field(name=str(column.name), scale=scale, values=declared, textual=textual, paths=paths), given
