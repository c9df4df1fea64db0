"""Annotations as columns while they are gathered, and in long form, one row an annotation and field."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from assay import core
from assay.core import NO_WAITS, AnnotationTable, Codes, Column, Field, FieldColumn, Floats, Mask, Waits
from assay.extras import load

if TYPE_CHECKING:
    import pyarrow as pa


class Interner:
    """Gives each distinct text a code; UNSET is -1."""

    def __init__(self) -> None:
        self._codes: dict[Hashable, int] = {UNSET: -1}

    def codes(self, texts: Sequence[Hashable]) -> Codes:
        """The code of each text."""
        for text in dict.fromkeys(texts):
            self._codes.setdefault(text, len(self._codes) - 1)
        return np.fromiter(map(self._codes.__getitem__, texts), dtype=np.int32, count=len(texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts in the order of their codes."""
        return tuple(str(text) for text, code in self._codes.items() if code >= 0)

    def code(self, text: str | UnsetType) -> int:
        """The code of one text."""
        return self._codes.setdefault(text, len(self._codes) - 1)

    def column(self, codes: Codes) -> Column:
        """The texts that are used, sorted, and their codes."""
        texts = self.texts
        used = used_codes(codes).tolist()
        values = sorted(texts[code] for code in used)
        rank = {text: code for code, text in enumerate(values)}
        new = np.full(len(texts) + 1, -1, dtype=np.int32)
        new[used] = [rank[texts[code]] for code in used]
        return Column(values=tuple(values), codes=new[codes])


def used_codes(codes: Codes) -> Codes:
    """The distinct codes but -1, ascending."""
    return np.flatnonzero(np.bincount(codes + 1)[1:]).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Valid annotations, a row each. `at` is in microseconds; `by_field` holds (row, field, confidence).

    `annotator` is the person, `stated` the name in the file, as codes of one vocabulary.
    """

    batch: Codes
    item: Codes
    annotator: Codes
    stated: Codes
    label: Codes
    first: Codes
    skip: Codes
    guideline: Codes
    at: NDArray[np.int64]
    seconds: Floats
    confidence: Floats
    path: Codes
    line: Codes
    flags: Codes
    by_field: tuple[tuple[int, str, float], ...] = ()

    def __len__(self) -> int:
        """How many annotations."""
        return len(self.item)


_COLUMNS = tuple(name for name in Rows.__dataclass_fields__ if name != "by_field")


def chosen(rows: Rows, mask: Mask) -> Rows:
    """The rows of a mask."""
    if mask.all():
        return rows
    place = (np.cumsum(mask) - 1).tolist()
    kept = tuple((place[row], field, value) for row, field, value in rows.by_field if mask[row])
    return Rows(**{name: getattr(rows, name)[mask] for name in _COLUMNS}, by_field=kept)


def concatenated(parts: Iterable[Rows]) -> Rows:
    """Many files' rows as one."""
    some = [NO_ROWS, *parts]
    starts = np.cumsum([0, *(len(part) for part in some)]).tolist()
    by_field = tuple(
        (start + row, field, value)
        for start, part in zip(starts, some, strict=False)
        for row, field, value in part.by_field
    )
    return Rows(
        **{name: np.concatenate([getattr(part, name) for part in some]) for name in _COLUMNS}, by_field=by_field
    )


_TYPES = {"at": np.int64, "seconds": np.float64, "confidence": np.float64}
_EMPTY: dict[str, Any] = {name: np.zeros(0, dtype=_TYPES.get(name, np.int32)) for name in _COLUMNS}
NO_ROWS = Rows(**_EMPTY)


def coded_array(values: Sequence[str], codes: Codes) -> "pa.Array":
    """Texts by code, dictionary-encoded; -1 is null."""
    arrow = load("pyarrow")
    indices = arrow.array(codes, type=arrow.int32(), mask=codes < 0)
    return arrow.DictionaryArray.from_arrays(indices, arrow.array(values, type=arrow.string()))


def number_array(numbers: Floats) -> "pa.Array":
    """Numbers; nan is null."""
    arrow = load("pyarrow")
    return arrow.array(numbers, type=arrow.float64(), mask=np.isnan(numbers))


def moment_array(at: NDArray[np.datetime64]) -> "pa.Array":
    """UTC times; NaT is null."""
    arrow = load("pyarrow")
    return arrow.array(at.astype("datetime64[us]")).cast(arrow.timestamp("us", tz="UTC"))


def column_of(array: "pa.ChunkedArray") -> Column:
    """The inverse of `coded_array`: the values that occur, sorted."""
    plain = array.unify_dictionaries().combine_chunks()
    merged = plain.combine_chunks() if hasattr(plain, "combine_chunks") else plain
    texts = cast("list[str]", merged.dictionary.to_pylist())
    codes = merged.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    used = sorted({texts[code] for code in np.unique(codes).tolist() if code >= 0})
    rank: dict[str, int] = {text: code for code, text in enumerate(used)}
    new = np.array([*(rank.get(text, -1) for text in texts), -1], dtype=np.int32)
    return Column(values=tuple(used), codes=new[codes])


def numbers_of(array: "pa.ChunkedArray") -> Floats:
    """The inverse of `number_array`."""
    return cast("Floats", array.fill_null(float("nan")).to_numpy().astype(np.float64))


def times_of(array: "pa.ChunkedArray") -> NDArray[np.datetime64]:
    """The inverse of `moment_array`."""
    passed = array.cast(load("pyarrow").int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    return cast("NDArray[np.datetime64]", passed.astype(np.int64).view("datetime64[us]"))


def codes_in(array: "pa.ChunkedArray", names: Sequence[str]) -> Codes:
    """Codes into `names`; null is -1."""
    given = column_of(array)
    place = {name: code for code, name in enumerate(names)}
    new = np.array([*(place[text] for text in given.values), -1], dtype=np.int32)
    return new[given.codes]


S = TypeVar("S", bound=np.generic)


def long_columns(
    table: AnnotationTable, fields: Sequence[Field], items: Sequence[str], batches: Sequence[str]
) -> "Mapping[str, pa.Array]":
    """The columns of `annotations.parquet`, field after field, then the annotations that have no field.

    `first` is null where it equals `value`; `corrected` says that they differ, also where one of them is missing;
    `waiting` that the value waits for a new answer since a migration, `since` its version; `answered` is the batch that ended
    the waiting.
    """
    texts = Interner()
    blocks = list(_blocks(table, fields, texts))
    of = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    rows = of["rows"]
    vocabulary = texts.texts
    pyarrow = load("pyarrow")
    return {
        "batch": coded_array(batches, table.batch[rows]),
        "item": coded_array(items, table.item[rows]),
        "annotator": _encoded(table.annotator.at(rows)),
        "field": coded_array([field.name for field in fields], of["field"]),
        "value": coded_array(vocabulary, of["value"]),
        "number": number_array(of["number"]),
        "first": coded_array(vocabulary, of["first"]),
        "skip": _encoded(table.skip.at(rows)),
        "guideline": _encoded(table.guideline.at(rows)),
        "at": moment_array(table.at[rows]),
        "seconds": number_array(table.seconds[rows]),
        "confidence": number_array(of["confidence"]),
        "counts": pyarrow.array(table.counts[rows], type=pyarrow.bool_()),
        "path": _encoded(table.path.at(rows)),
        "line": pyarrow.array(table.line[rows], type=pyarrow.int32()),
        "corrected": pyarrow.array(of["corrected"], type=pyarrow.bool_()),
        "flags": _encoded(table.flags.at(rows)),
        "waiting": pyarrow.array(of["waiting"], type=pyarrow.bool_()),
        "since": coded_array(vocabulary, of["since"]),
        "answered": coded_array(batches, of["answered"]),
        "current": pyarrow.array(table.current[rows], type=pyarrow.bool_()),
        "open": pyarrow.array(table.open[rows], type=pyarrow.bool_()),
        "taken": coded_array(batches, table.taken[rows]),
    }


def table_of(
    long: "pa.Table", fields: Sequence[Field], items: Sequence[str], batches: Sequence[str]
) -> AnnotationTable:
    """The inverse of `long_columns`."""
    batch, item = codes_in(long["batch"], batches), codes_in(long["item"], items)
    annotator = column_of(long["annotator"])
    many = np.int64(max(len(annotator.values), 1))
    keys = (batch.astype(np.int64) * max(len(items), 1) + item) * many + annotator.codes
    _, first_rows, owners = np.unique(keys, return_index=True, return_inverse=True)
    return AnnotationTable(
        batch=batch[first_rows],
        item=item[first_rows],
        annotator=annotator.at(first_rows),
        guideline=column_of(long["guideline"]).at(first_rows),
        skip=column_of(long["skip"]).at(first_rows),
        counts=long["counts"].to_numpy().astype(np.bool_)[first_rows],
        at=times_of(long["at"])[first_rows],
        seconds=numbers_of(long["seconds"])[first_rows],
        path=column_of(long["path"]).at(first_rows),
        line=long["line"].to_numpy().astype(np.int32)[first_rows],
        flags=column_of(long["flags"]).at(first_rows),
        current=long["current"].to_numpy().astype(np.bool_)[first_rows],
        open=long["open"].to_numpy().astype(np.bool_)[first_rows],
        taken=codes_in(long["taken"], batches)[first_rows],
        fields=_fields(long, fields, owners, len(first_rows), batches),
    )


def _blocks(table: AnnotationTable, fields: Sequence[Field], texts: Interner) -> Iterator[Mapping[str, NDArray[Any]]]:
    bare = np.ones(len(table), dtype=np.bool_)
    for number, field in enumerate(fields):
        column = table.fields[field.name]
        present = (column.codes >= 0) | (column.first >= 0)
        present[column.waiting.rows] = True
        bare &= ~present
        words = texts.codes([core.value_text(value, field) for value in column.values])
        yield _block(number, column, words, np.flatnonzero(present), texts)
    nothing, unknown = np.full(len(table), -1, dtype=np.int32), np.full(len(table), np.nan)
    empty = FieldColumn(values=(), codes=nothing, first=nothing, confidence=unknown, waiting=NO_WAITS)
    yield _block(-1, empty, np.zeros(0, dtype=np.int32), np.flatnonzero(bare), texts)


def _block(
    number: int, column: FieldColumn, words: Codes, rows: NDArray[np.int64], texts: Interner
) -> Mapping[str, NDArray[Any]]:
    """The columns of a field: its rows, and codes into the texts of all fields; `words` are those of its values' texts."""
    text = np.append(words, np.int32(-1))
    numbers = [
        value if isinstance(value, int | float) and not isinstance(value, bool) else np.nan for value in column.values
    ]
    numeric = np.array([*numbers, np.nan], dtype=np.float64)
    codes, first, waits = column.codes[rows], column.first[rows], column.waiting
    place = np.searchsorted(rows, waits.rows)
    since, answered = np.full((2, len(rows)), -1, dtype=np.int32)
    since[place], answered[place] = texts.codes(waits.since.values)[waits.since.codes], waits.answered
    return {
        "field": np.full(len(rows), number, dtype=np.int32),
        "rows": rows,
        "value": text[codes],
        "first": np.where(codes == first, np.int32(-1), text[first]),
        "number": numeric[codes],
        "confidence": column.confidence[rows],
        "corrected": codes != first,
        "waiting": np.isin(rows, waits.rows),
        "since": since,
        "answered": answered,
    }


def _fields(
    long: "pa.Table", fields: Sequence[Field], owners: NDArray[np.int64], annotations: int, batches: Sequence[str]
) -> Mapping[str, FieldColumn]:
    named = codes_in(long["field"], [field.name for field in fields])
    value, first = column_of(long["value"]), column_of(long["first"])
    corrected = long["corrected"].to_numpy().astype(np.bool_)
    waiting = long["waiting"].to_numpy().astype(np.bool_)
    since, answered = column_of(long["since"]), codes_in(long["answered"], batches)
    confidence = numbers_of(long["confidence"])
    columns: dict[str, FieldColumn] = {}
    for number, field in enumerate(fields):
        rows = named == number
        codes, before = value.codes[rows], first.codes[rows]
        used = {*_texts(value, codes), *_texts(first, before)}
        values = core.ordered_values((core.value_of(text, field) for text in used), field)
        rank = {core.canonical_text(one): code for code, one in enumerate(values)}
        new = _ranks(value, field, rank)[codes]
        old = np.where(corrected[rows], _ranks(first, field, rank)[before], new)
        places = np.flatnonzero(rows & waiting)
        places = places[np.argsort(owners[places])]
        versions, since_codes = core.present(since.values, since.codes[places])
        columns[field.name] = FieldColumn(
            values=values,
            codes=_scattered(new, owners[rows], annotations, np.int32(-1)),
            first=_scattered(old, owners[rows], annotations, np.int32(-1)),
            confidence=_scattered(confidence[rows], owners[rows], annotations, np.float64("nan")),
            waiting=Waits(
                rows=owners[places],
                since=Column(values=versions, codes=since_codes),
                answered=answered[places],
                members=field.scale.of_members,
            ),
        )
    return columns


def _texts(column: Column, codes: Codes) -> list[str]:
    return [column.values[code] for code in np.unique(codes).tolist() if code >= 0]


def _ranks(column: Column, field: Field, rank: Mapping[str, int]) -> Codes:
    found = [rank.get(core.canonical_text(text) if field.textual else text, -1) for text in column.values]
    return np.array([*found, -1], dtype=np.int32)


def _scattered(values: NDArray[S], owners: NDArray[np.int64], annotations: int, missing: S) -> NDArray[S]:
    wide = np.full(annotations, missing)
    wide[owners] = values
    return wide


def _encoded(column: Column) -> "pa.Array":
    return coded_array(column.values, column.codes)
