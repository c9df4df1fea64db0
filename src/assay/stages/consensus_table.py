"""Consensus and its queue as Parquet, and back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.consensus import Consensus, QueueRow, Source
from assay.extras import load
from assay.model.schema import Field
from assay.model.values import value_of, value_text
from assay.project import Project
from assay.store.artifacts import read_parquet, rounded, write_parquet
from assay.table import Corpus

if TYPE_CHECKING:
    import pyarrow as pa


def save_consensus(project: Project, corpus: Corpus, consensus: Consensus) -> None:
    """Writes `build/<task>/consensus.parquet`, a row per item and field."""
    fields = [consensus.fields[code] for code in consensus.field.tolist()]
    values = [
        None if value is None else value_text(value, field)
        for value, field in zip(consensus.value, fields, strict=True)
    ]
    path = project.root / "build" / corpus.task / "consensus.parquet"
    pyarrow = load("pyarrow")
    write_parquet(
        path,
        {
            "item": _coded([corpus.items.ids[code] for code in consensus.item.tolist()]),
            "field": _coded([field.name for field in fields]),
            "value": pyarrow.array(values, type=pyarrow.string()),
            "confidence": pyarrow.array(
                rounded(consensus.confidence.tolist()), type=pyarrow.float64(), from_pandas=True
            ),
            "votes": pyarrow.array(consensus.votes),
            "distribution": pyarrow.array(consensus.distribution, type=pyarrow.string()),
            "method": _coded([consensus.method] * len(consensus)),
            "source": _coded([source.value for source in consensus.source]),
            "waiting": pyarrow.array(consensus.waiting, type=pyarrow.bool_()),
            "undecided": pyarrow.array(consensus.undecided, type=pyarrow.string()),
        },
    )


def read_consensus(project: Project, corpus: Corpus, fields: Sequence[Field]) -> Consensus:
    """What `save_consensus` wrote of this corpus.

    Raises:
        UsageError: it is absent.
    """
    table = read_parquet(project.root / "build" / corpus.task / "consensus.parquet")
    column = {name: table.column(name).to_pylist() for name in table.column_names}
    items = {item: code for code, item in enumerate(corpus.items.ids)}
    codes = {field.name: code for code, field in enumerate(fields)}
    named = {field.name: field for field in fields}
    return Consensus(
        method=next(iter(column["method"]), ""),
        fields=tuple(fields),
        item=np.array([items[item] for item in column["item"]], dtype=np.int32),
        field=np.array([codes[name] for name in column["field"]], dtype=np.int32),
        value=tuple(
            None if text is None else value_of(text, named[name])
            for text, name in zip(column["value"], column["field"], strict=True)
        ),
        confidence=np.array(column["confidence"], dtype=np.float64),
        votes=np.array(column["votes"], dtype=np.int32),
        distribution=tuple(column["distribution"]),
        source=tuple(map(Source, column["source"])),
        waiting=np.array(column["waiting"], dtype=np.bool_),
        undecided=tuple(column["undecided"]),
    )


def save_queue(project: Project, task: str, rows: Sequence[QueueRow]) -> None:
    """Writes `build/<task>/queue.parquet`, the most pressing first."""
    pyarrow = load("pyarrow")
    write_parquet(
        project.root / "build" / task / "queue.parquet",
        {
            "item": pyarrow.array([row.item for row in rows], type=pyarrow.string()),
            "field": pyarrow.array([row.field for row in rows], type=pyarrow.string()),
            "reason": pyarrow.array([row.reason.value for row in rows], type=pyarrow.string()),
            "priority": pyarrow.array([row.priority for row in rows], type=pyarrow.int32()),
            "votes": pyarrow.array([row.votes for row in rows], type=pyarrow.int32()),
            "confidence": pyarrow.array(rounded([row.confidence for row in rows]), type=pyarrow.float64()),
        },
    )


def _coded(texts: list[str]) -> "pa.Array":
    pyarrow = load("pyarrow")
    return pyarrow.array(texts, type=pyarrow.string()).dictionary_encode()
