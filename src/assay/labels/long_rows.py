"""Annotations in long form, one row an annotation and field, as `annotations.parquet` has them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assay import core
from assay.core import NO_WAITS, AnnotationTable, Field, FieldColumn, Ints
from assay.extras import load
from assay.labels.parquet_rows import coded_array, encoded, moment_array, number_array, strings
from assay.labels.vote_rows import Interner

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 2**15
_NONE = np.zeros(0, dtype=np.int32)


def long_rows(
    table: AnnotationTable, field: Field | None, rows: Ints, items: "pa.Array", batches: Sequence[str]
) -> "Iterator[Mapping[str, pa.Array]]":
    """Some annotations with their value of a field, or without one (None), in parts, at least one.

    `first` is null where it equals `value`; `corrected` says that they differ, also where one of them is missing;
    `waiting` that the value waits for a new answer since a migration, `since` its version; `answered` is the batch that ended
    the waiting.
    """
    texts = Interner()
    values = _values(table, field, rows, texts)
    names = {
        "batch": strings(batches),
        "item": items,
        "field": strings([] if field is None else [field.name]),
        "text": strings(texts.texts),
    }
    for start in range(0, max(len(rows), 1), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        yield _long(table, rows[some], {name: column[some] for name, column in values.items()}, names)


def _values(table: AnnotationTable, field: Field | None, rows: Ints, texts: Interner) -> Mapping[str, NDArray[Any]]:
    """The columns of a field, as codes into the texts of its values and versions."""
    nothing, unknown = np.full(len(table), -1, dtype=np.int32), np.full(len(table), np.nan)
    empty = FieldColumn(values=(), codes=nothing, first=nothing, confidence=unknown, waiting=NO_WAITS)
    column, number = (empty, -1) if field is None else (table.fields[field.name], 0)
    words = _NONE if field is None else texts.codes([core.value_text(value, field) for value in column.values])
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
        "value": text[codes],
        "first": np.where(codes == first, np.int32(-1), text[first]),
        "number": numeric[codes],
        "confidence": column.confidence[rows],
        "corrected": codes != first,
        "waiting": np.isin(rows, waits.rows),
        "since": since,
        "answered": answered,
    }


def _long(
    table: AnnotationTable, rows: Ints, of: Mapping[str, NDArray[Any]], names: "Mapping[str, pa.Array]"
) -> "Mapping[str, pa.Array]":
    """The columns of some rows of a field; `names` are the batches, items, fields and texts."""
    pyarrow = load("pyarrow")
    return {
        "batch": coded_array(names["batch"], table.batch[rows]),
        "item": coded_array(names["item"], table.item[rows]),
        "annotator": encoded(table.annotator.at(rows)),
        "field": coded_array(names["field"], of["field"]),
        "value": coded_array(names["text"], of["value"]),
        "number": number_array(of["number"]),
        "first": coded_array(names["text"], of["first"]),
        "skip": encoded(table.skip.at(rows)),
        "guideline": encoded(table.guideline.at(rows)),
        "at": moment_array(table.at[rows]),
        "seconds": number_array(table.seconds[rows]),
        "confidence": number_array(of["confidence"]),
        "counts": pyarrow.array(table.counts[rows], type=pyarrow.bool_()),
        "path": encoded(table.path.at(rows)),
        "line": pyarrow.array(table.line[rows], type=pyarrow.int32()),
        "corrected": pyarrow.array(of["corrected"], type=pyarrow.bool_()),
        "flags": encoded(table.flags.at(rows)),
        "waiting": pyarrow.array(of["waiting"], type=pyarrow.bool_()),
        "since": coded_array(names["text"], of["since"]),
        "answered": coded_array(names["batch"], of["answered"]),
        "current": pyarrow.array(table.current[rows], type=pyarrow.bool_()),
        "open": pyarrow.array(table.open[rows], type=pyarrow.bool_()),
        "taken": coded_array(names["batch"], table.taken[rows]),
    }
