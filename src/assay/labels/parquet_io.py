"""The corpus of a task from its tables in `build/<task>/`, so that later stages read no label file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from assay import core
from assay.core import (
    Annotator,
    AssignmentTable,
    Batch,
    Column,
    Corpus,
    Decision,
    DecisionKind,
    Field,
    ItemTable,
    Texts,
)
from assay.extras import load
from assay.files import ParquetColumns, read_parquet
from assay.labels.parquet_rows import codes_in, column_of, table_of
from assay.project import Project

if TYPE_CHECKING:
    import pyarrow as pa


NESTED = frozenset({"annotators", "emails", "groups", "qualified", "label", "waiting", "lost", "stands"})


def read_corpus(project: Project, task: str, fields: Sequence[Field], *, votes_only: bool = False) -> Corpus:
    """The corpus that was saved.

    `votes_only` leaves out what no vote depends on: assignments, decisions, the `content` of items, and their `data`
    (`{}`) unless a field has a source in them.

    Raises:
        UsageError: the tables do not exist.
    """
    folder = folder_of(project, task)
    batches = tuple(
        Batch(**{**row, "purpose": core.Purpose(row["purpose"]), "annotators": tuple(row["annotators"])})
        for row in _rows(folder / "batches.parquet")
    )
    names = [batch.name for batch in batches]
    shown = not votes_only or any(field.source is not None for field in fields)
    items = _items(ParquetColumns(folder / "items.parquet"), names, data=shown, content=not votes_only)
    return Corpus(
        task=task,
        items=items,
        annotations=table_of(ParquetColumns(folder / "annotations.parquet"), fields, items.ids, names),
        assignments=_NO_ASSIGNMENTS if votes_only else _assignments(folder, items.ids, names),
        decisions=() if votes_only else _decisions(folder),
        batches=batches,
        annotators={entry.id: entry for entry in map(_annotator, _rows(folder / "annotators.parquet"))},
    )


def _texts(column: "pa.ChunkedArray") -> Texts:
    """Texts without a null, as they lie in the table."""
    arrow = load("pyarrow")
    chunks = [chunk.cast(arrow.large_binary()) for chunk in column.chunks] or [arrow.array([], arrow.large_binary())]
    whole = arrow.concat_arrays(chunks)
    _, bounds, block = whole.buffers()
    ends = np.frombuffer(bounds, dtype=np.int64)[whole.offset : whole.offset + len(whole) + 1]
    return Texts(memoryview(block or b""), ends if len(ends) else np.zeros(1, dtype=np.int64))


def _items(pool: ParquetColumns, batches: Sequence[str], *, data: bool, content: bool) -> ItemTable:
    ids = tuple(pool["id"].to_pylist())
    return ItemTable(
        ids=ids,
        data=_texts(pool["data"]) if data else (b"{}",) * len(ids),
        meta=_texts(pool["meta"]),
        group=column_of(pool["group"]),
        current_batch=codes_in(pool["round"], batches),
        open_batch=codes_in(pool["open_round"], batches),
        content=tuple(pool["content"].to_pylist()) if content else (),
    )


_NONE = np.zeros(0, dtype=np.int32)
_NO_ASSIGNMENTS = AssignmentTable(batch=_NONE, item=_NONE, annotator=Column(values=(), codes=_NONE))


def _assignments(folder: Path, items: Sequence[str], batches: Sequence[str]) -> AssignmentTable:
    asked = ParquetColumns(folder / "assignments.parquet")
    return AssignmentTable(
        batch=codes_in(asked["batch"], batches),
        item=codes_in(asked["item"], items),
        annotator=column_of(asked["annotator"]),
    )


def _decisions(folder: Path) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            **{**row, "kind": DecisionKind(row["kind"]), "lost": tuple(row["lost"]), "stands": tuple(row["stands"])}
        )
        for row in _rows(folder / "decisions.parquet")
    )


def folder_of(project: Project, task: str) -> Path:
    """Where the tables of a task are."""
    return project.root / "build" / task


def _rows(path: Path) -> list[dict[str, Any]]:
    return [
        {name: orjson.loads(value) if name in NESTED else value for name, value in row.items()}
        for row in read_parquet(path).to_pylist()
    ]


def _annotator(row: dict[str, Any]) -> Annotator:
    qualified = row["qualified"]
    return Annotator(
        **{
            **row,
            "kind": core.Kind(row["kind"]),
            "role": core.Role(row["role"]),
            "status": core.Status(row["status"]),
            "emails": tuple(row["emails"]),
            "qualified": None if qualified is None else tuple(qualified),
        }
    )
