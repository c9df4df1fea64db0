"""Columns as Arrow arrays and back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from assay.extras import load
from assay.table.columns import Codes, Column, Floats

if TYPE_CHECKING:
    import pyarrow as pa


def encoded(values: Sequence[str], codes: Codes) -> "pa.Array":
    """Texts by code, dictionary-encoded; -1 is null."""
    arrow = load("pyarrow")
    indices = arrow.array(codes, type=arrow.int32(), mask=codes < 0)
    return arrow.DictionaryArray.from_arrays(indices, arrow.array(values, type=arrow.string()))


def stated(numbers: Floats) -> "pa.Array":
    """Numbers; nan is null."""
    arrow = load("pyarrow")
    return arrow.array(numbers, type=arrow.float64(), mask=np.isnan(numbers))


def moments(at: NDArray[np.datetime64]) -> "pa.Array":
    """UTC times; NaT is null."""
    arrow = load("pyarrow")
    return arrow.array(at.astype("datetime64[us]")).cast(arrow.timestamp("us", tz="UTC"))


def column(array: "pa.ChunkedArray") -> Column:
    """The inverse of `encoded`: the values that occur, sorted."""
    plain = array.unify_dictionaries().combine_chunks()
    merged = plain.combine_chunks() if hasattr(plain, "combine_chunks") else plain
    texts = cast("list[str]", merged.dictionary.to_pylist())
    codes = merged.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    used = sorted({texts[code] for code in np.unique(codes).tolist() if code >= 0})
    rank: dict[str, int] = {text: code for code, text in enumerate(used)}
    new = np.array([*(rank.get(text, -1) for text in texts), -1], dtype=np.int32)
    return Column(values=tuple(used), codes=new[codes])


def numbers(array: "pa.ChunkedArray") -> Floats:
    """The inverse of `stated`."""
    return cast("Floats", array.fill_null(float("nan")).to_numpy().astype(np.float64))


def times(array: "pa.ChunkedArray") -> NDArray[np.datetime64]:
    """The inverse of `moments`."""
    passed = array.cast(load("pyarrow").int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    return cast("NDArray[np.datetime64]", passed.astype(np.int64).view("datetime64[us]"))


def codes_in(array: "pa.ChunkedArray", names: Sequence[str]) -> Codes:
    """Codes into `names`; null is -1."""
    given = column(array)
    place = {name: code for code, name in enumerate(names)}
    new = np.array([*(place[text] for text in given.values), -1], dtype=np.int32)
    return new[given.codes]
