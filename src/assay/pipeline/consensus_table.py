"""Consensus and the review queue as Parquet, written and read as codes into their distinct values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.consensus import REASONS, Coded, Consensus, Doubts, Reason, Source
from assay.core import Codes, Column, Corpus, Field, Floats, attribute_name, value_of, value_text
from assay.extras import load
from assay.files import read_parquet, rounded, write_parquet
from assay.project import Project

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.quality import Queue


def save_consensus(project: Project, corpus: Corpus, consensus: Consensus, doubts: Doubts) -> None:
    """Writes `build/<task>/consensus.parquet`, a row per item and field; `reasons` are its doubts, of attributes theirs."""
    pyarrow = load("pyarrow")
    names = [field.name for field in consensus.fields]
    columns = {
        "item": _texts(corpus.items.ids, consensus.item).dictionary_encode(),
        "field": _texts(names, consensus.field).dictionary_encode(),
        "value": _value_texts(consensus),
        "confidence": _rounded(consensus.confidence),
        "votes": pyarrow.array(consensus.votes),
        "distribution": _coded(consensus.distribution),
        "method": _texts([consensus.method], np.zeros_like(consensus.item)).dictionary_encode(),
        "source": _coded(consensus.source).dictionary_encode(),
        "waiting": pyarrow.array(consensus.waiting, type=pyarrow.bool_()),
        "undecided": _coded(consensus.undecided),
        "reasons": _reasons(doubts, len(consensus)),
    }
    write_parquet(project.root / "build" / corpus.task / "consensus.parquet", columns)


def _texts(values: Sequence[str | None], codes: Codes) -> "pa.Array":
    """The text in each row, as plain texts."""
    pyarrow = load("pyarrow")
    return pyarrow.array(values, type=pyarrow.string()).take(pyarrow.array(codes))


def _coded(column: Coded[str]) -> "pa.Array":
    return _texts(column.values, column.codes)


def _rounded(numbers: Floats) -> "pa.Array":
    """Numbers rounded as in reports, each distinct one once; nan is null."""
    pyarrow = load("pyarrow")
    distinct, codes = np.unique(numbers, return_inverse=True)
    few = pyarrow.array(rounded(distinct.tolist()), type=pyarrow.float64(), from_pandas=True)
    return few.take(pyarrow.array(codes))


def _value_texts(consensus: Consensus) -> "pa.Array":
    """The text of each value, which depends on its field."""
    values, fields = consensus.value.values, consensus.fields
    width = max(len(values), 1)
    used, codes = np.unique(consensus.field * np.int64(width) + consensus.value.codes, return_inverse=True)
    pairs = ((values[key % width], fields[key // width]) for key in used.tolist())
    return _texts([None if value is None else value_text(value, field) for value, field in pairs], codes)


def _reasons(doubts: Doubts, cells: int) -> "pa.Array":
    """The doubts about each cell, as a list."""
    pyarrow, last = load("pyarrow"), len(doubts.attribute.values)
    ends = np.cumsum(np.bincount(doubts.cell, minlength=cells))
    whole_field = doubts.attribute.codes < 0
    names = _texts((*doubts.attribute.values, ""), np.where(whole_field, last, doubts.attribute.codes))
    reasons = _texts(REASONS, doubts.why)
    rows = pyarrow.StructArray.from_arrays([names, reasons], names=["attribute", "reason"])
    return pyarrow.ListArray.from_arrays(pyarrow.array(np.append(0, ends), type=pyarrow.int32()), rows)


def read_consensus(project: Project, corpus: Corpus, fields: Sequence[Field]) -> tuple[Consensus, Doubts]:
    """What `save_consensus` wrote of this corpus.

    Raises:
        UsageError: it is absent.
    """
    table = read_parquet(project.root / "build" / corpus.task / "consensus.parquet")
    method, field = _encoded(table["method"]), _places(table["field"], [field.name for field in fields])
    given, width = _encoded(table["value"]), len(fields)
    # A text is another value in another field.
    used, codes = np.unique((given.codes + 1) * np.int64(width) + field, return_inverse=True)
    pairs = ((key // width - 1, fields[key % width]) for key in used.tolist())
    values = tuple(None if code < 0 else value_of(given.values[code], field) for code, field in pairs)
    sources = _encoded(table["source"])
    consensus = Consensus(
        method=next(iter(method.values), ""),
        fields=tuple(fields),
        item=_places(table["item"], corpus.items.ids),
        field=field,
        value=Coded(values=values, codes=codes.astype(np.int32)),
        confidence=table["confidence"].fill_null(float("nan")).to_numpy(),
        votes=table["votes"].to_numpy(),
        distribution=_encoded(table["distribution"]),
        source=Coded(values=tuple(map(Source, sources.values)), codes=sources.codes),
        waiting=table["waiting"].to_numpy(),
        undecided=_encoded(table["undecided"]),
    )
    return consensus, _doubts(table["reasons"])


def _doubts(column: "pa.ChunkedArray") -> Doubts:
    """The inverse of `_reasons`."""
    compute = load("pyarrow.compute")
    lists = column.combine_chunks()
    rows = compute.list_flatten(lists)
    names, reasons = _encoded(rows.field("attribute")), _encoded(rows.field("reason"))
    ordered = sorted({*names.values} - {""})
    place = {"": -1} | {name: code for code, name in enumerate(ordered)}
    ranks = np.array([REASONS.index(Reason(text)) for text in reasons.values], dtype=np.int32)
    attributes = np.array([place[name] for name in names.values], dtype=np.int32)
    return Doubts(
        cell=compute.list_parent_indices(lists).to_numpy().astype(np.int64),
        why=ranks[reasons.codes],
        attribute=Column(values=tuple(ordered), codes=attributes[names.codes]),
    )


def _encoded(column: "pa.Array | pa.ChunkedArray") -> Coded[str]:
    """Texts as codes into the distinct ones; null is -1."""
    texts, codes = _decoded(column)
    return Coded(values=tuple(texts.to_pylist()), codes=codes)


def _decoded(column: "pa.Array | pa.ChunkedArray") -> "tuple[pa.Array, Codes]":
    """The distinct texts, and the code of each row."""
    pyarrow = load("pyarrow")
    encoded = column if pyarrow.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks() if isinstance(encoded, pyarrow.ChunkedArray) else encoded
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return whole.dictionary, codes


def _places(column: "pa.ChunkedArray", names: Sequence[str]) -> Codes:
    """The place of each text among `names`, which has them all."""
    pyarrow = load("pyarrow")
    texts, codes = _decoded(column)
    found = load("pyarrow.compute").index_in(texts, value_set=pyarrow.array(names, type=pyarrow.string()))
    return np.asarray(found.to_numpy().astype(np.int32)[codes], dtype=np.int32)


def save_queue(project: Project, corpus: Corpus, consensus: Consensus, rows: "Queue") -> None:
    """Writes `build/<task>/queue.parquet`, the most pressing first.

    The `field` is that of the cell, or of an attribute as `FIELD.ATTRIBUTE`; the `reason` is its name, or the doubt's own text.
    """
    pyarrow = load("pyarrow")
    attributes, width = ("", *rows.attribute.values), len(rows.attribute.values) + 1
    named = [
        attribute_name(field.name, attribute) if attribute else field.name
        for field in consensus.fields
        for attribute in attributes
    ]
    reasons = np.where(rows.said.codes < 0, rows.why, len(REASONS) + rows.said.codes)
    columns = {
        "item": _texts(corpus.items.ids, consensus.item[rows.cell]),
        "field": _texts(named, consensus.field[rows.cell] * width + rows.attribute.codes + 1),
        "reason": _texts((*REASONS, *rows.said.values), reasons),
        "priority": pyarrow.array(rows.why + 1, type=pyarrow.int32()),
        "votes": pyarrow.array(consensus.votes[rows.cell], type=pyarrow.int32()),
        "confidence": _rounded(consensus.confidence[rows.cell]),
    }
    write_parquet(project.root / "build" / corpus.task / "queue.parquet", columns)
