"""The columns of a corpus as Arrow has them, and annotations from their long form, a row an annotation and field."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.core import AnnotationTable, Codes, Column, Field, FieldColumn, Floats, Ints, Waits
from assay.extras import load
from assay.files import ParquetColumns
from assay.labels.joined_tables import joined_tables
from assay.labels.vote_rows import used_codes

if TYPE_CHECKING:
    import pyarrow as pa


def strings(values: Sequence[str]) -> "pa.Array":
    """Texts as Arrow has them."""
    arrow = load("pyarrow")
    return arrow.array(values, type=arrow.string())


def coded_array(values: "Sequence[str] | pa.Array", codes: Codes) -> "pa.Array":
    """Texts by code, dictionary-encoded; -1 is null."""
    arrow = load("pyarrow")
    indices = arrow.array(codes, type=arrow.int32(), mask=codes < 0)
    return arrow.DictionaryArray.from_arrays(indices, values if isinstance(values, arrow.Array) else strings(values))


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
    dictionary, codes = decoded(array)
    texts, codes = core.present(tuple(dictionary.to_pylist()), codes)
    used = sorted(set(texts))
    if len(used) < len(texts) or used != list(texts):
        rank = {text: code for code, text in enumerate(used)}
        codes = np.array([*(rank[text] for text in texts), -1], dtype=np.int32)[codes]
    return Column(values=tuple(used), codes=codes)


def decoded(array: "pa.ChunkedArray") -> "tuple[pa.Array, Codes]":
    """Dictionary-encoded texts as one dictionary, and the codes into it; null is -1."""
    plain = array.unify_dictionaries().combine_chunks()
    merged = plain.combine_chunks() if hasattr(plain, "combine_chunks") else plain
    codes = merged.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return merged.dictionary, codes


def numbers_of(array: "pa.ChunkedArray") -> Floats:
    """The inverse of `number_array`."""
    return cast("Floats", array.to_numpy().astype(np.float64, copy=False))


def times_of(array: "pa.ChunkedArray") -> NDArray[np.datetime64]:
    """The inverse of `moment_array`."""
    passed = array.cast(load("pyarrow").int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    return cast("NDArray[np.datetime64]", passed.astype(np.int64).view("datetime64[us]"))


def codes_in(array: "pa.ChunkedArray", names: Sequence[str]) -> Codes:
    """Codes into `names`; null is -1."""
    dictionary, codes = decoded(array)
    # As a rule the dictionary that was written is all of the names, in their order.
    if len(dictionary) == len(names) and dictionary.equals(load("pyarrow").array(names, type=dictionary.type)):
        return codes
    return _placed(dictionary, codes, {name: code for code, name in enumerate(names)})


def _codes_by(array: "pa.ChunkedArray", place: Mapping[str, int]) -> Codes:
    return _placed(*decoded(array), place)


def _placed(dictionary: "pa.Array", codes: Codes, place: Mapping[str, int]) -> Codes:
    texts, codes = core.present(tuple(dictionary.to_pylist()), codes)
    return np.array([*(place[text] for text in texts), -1], dtype=np.int32)[codes]


S = TypeVar("S", bound=np.generic)


def table_of(
    long: ParquetColumns, fields: Sequence[Field], items: Sequence[str], batches: Sequence[str]
) -> AnnotationTable:
    """The annotations of a table of `long_rows`, read some batches at a time."""
    place = {name: code for code, name in enumerate(items)}
    return joined_tables([_annotations_of(part, fields, place, batches) for part in _apart(long, batches)], fields)


def _apart(long: ParquetColumns, batches: Sequence[str]) -> Iterator[ParquetColumns]:
    """Parts of a table that have no batch in common, in the order of their batches, at least one.

    A table has the same batches in a part for each field.
    """
    ends = long.ends
    batch = codes_in(long["batch"], batches)
    filled = np.flatnonzero(np.diff(ends))
    if not len(filled):
        yield long
        return
    starts = ends[filled]
    lowest, highest = np.minimum.reduceat(batch, starts), np.maximum.reduceat(batch, starts)
    order = np.argsort(lowest, kind="stable")
    furthest = np.maximum.accumulate(highest[order])
    first = np.flatnonzero(np.append(True, lowest[order][1:] > furthest[:-1]))
    for numbers in np.split(filled[order], first[1:]):
        yield long.part(np.sort(numbers).tolist())


def _annotations_of(
    long: ParquetColumns, fields: Sequence[Field], items: Mapping[str, int], batches: Sequence[str]
) -> AnnotationTable:
    batch, item = codes_in(long["batch"], batches), _codes_by(long["item"], items)
    annotator = column_of(long["annotator"])
    keys = batch.astype(np.int64)
    keys *= max(len(items), 1)
    keys += item
    keys *= max(len(annotator.values), 1)
    keys += annotator.codes
    first_rows, owners = _annotations(keys)
    # What is the same for all fields of an annotation is read once: as a rule where the first field is.
    once, rows = long.around(first_rows)
    return AnnotationTable(
        batch=batch[first_rows],
        item=item[first_rows],
        annotator=annotator.at(first_rows),
        guideline=column_of(once["guideline"]).at(rows),
        skip=column_of(once["skip"]).at(rows),
        counts=once["counts"].to_numpy()[rows],
        at=times_of(once["at"])[rows],
        seconds=numbers_of(once["seconds"])[rows],
        path=column_of(once["path"]).at(rows),
        line=once["line"].to_numpy()[rows],
        flags=column_of(once["flags"]).at(rows),
        current=once["current"].to_numpy()[rows],
        open=once["open"].to_numpy()[rows],
        taken=codes_in(once["taken"], batches)[rows],
        fields=_fields(long, fields, owners, len(first_rows), batches),
    )


def _annotations(keys: Ints) -> tuple[Ints, Ints]:
    """The first row of each distinct key, in the order of the keys, and the place of each row's key among them.

    The rows of a field stand together and their keys ascend, so runs are merged and searched where `np.unique` would sort all.
    """
    bounds = np.concatenate([[0], np.flatnonzero(keys[1:] <= keys[:-1]) + 1, [len(keys)]]).tolist()
    runs = list(pairwise(bounds))
    distinct = reduce(_merged, (keys[start:stop] for start, stop in runs))
    first_rows, owners = np.empty(len(distinct), dtype=np.int64), np.empty(len(keys), dtype=np.int64)
    for start, stop in reversed(runs):
        # A run that is as long as all keys together has each of them.
        every = stop - start == len(distinct)
        place = np.arange(len(distinct)) if every else np.searchsorted(distinct, keys[start:stop])
        owners[start:stop] = place
        first_rows[place] = np.arange(start, stop)
    return first_rows, owners


def _merged(known: Ints, more: Ints) -> Ints:
    """The keys that are in one of two ascending runs or in both."""
    if np.array_equal(known, more):
        return known
    both = np.sort(np.concatenate([known, more]), kind="stable")
    return np.asarray(both[np.concatenate([[True], both[1:] != both[:-1]])])


def _fields(
    long: ParquetColumns, fields: Sequence[Field], owners: NDArray[np.int64], annotations: int, batches: Sequence[str]
) -> Mapping[str, FieldColumn]:
    named = codes_in(long["field"], [field.name for field in fields])
    value, first = column_of(long["value"]), column_of(long["first"])
    corrected, waiting = long["corrected"].to_numpy(), long["waiting"].to_numpy()
    since, answered = column_of(long["since"]), codes_in(long["answered"], batches)
    confidence = numbers_of(long["confidence"])
    columns: dict[str, FieldColumn] = {}
    for number, field in enumerate(fields):
        chosen = np.flatnonzero(named == number)
        rows = _together(chosen)
        codes, before = value.codes[rows], first.codes[rows]
        used = {*_texts(value, codes), *_texts(first, before)}
        values = core.ordered_values((core.value_of(text, field) for text in used), field)
        rank = {core.canonical_text(one): code for code, one in enumerate(values)}
        new = _ranks(value, field, rank)[codes]
        old = np.where(corrected[rows], _ranks(first, field, rank)[before], new)
        places = chosen[waiting[rows]]
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


def _together(rows: Ints) -> slice | Ints:
    """The same ascending rows; of rows that stand together a slice, which copies no column."""
    start = int(rows[0]) if len(rows) else 0
    return slice(start, start + len(rows)) if not len(rows) or rows[-1] == start + len(rows) - 1 else rows


def _texts(column: Column, codes: Codes) -> list[str]:
    return [column.values[code] for code in used_codes(codes).tolist()]


def _ranks(column: Column, field: Field, rank: Mapping[str, int]) -> Codes:
    found = [rank.get(core.canonical_text(text) if field.textual else text, -1) for text in column.values]
    return np.array([*found, -1], dtype=np.int32)


def _scattered(values: NDArray[S], owners: NDArray[np.int64], annotations: int, missing: S) -> NDArray[S]:
    wide = np.full(annotations, missing)
    wide[owners] = values
    return wide


def encoded(column: Column) -> "pa.Array":
    """A column of texts, dictionary-encoded."""
    return coded_array(column.values, column.codes)
