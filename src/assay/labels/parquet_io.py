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
    Repeated,
    Texts,
)
from assay.extras import load
from assay.files import ParquetColumns, read_parquet
from assay.labels.parquet_rows import codes_in, column_of, decoded, table_of
from assay.project import Project

if TYPE_CHECKING:
    import pyarrow as pa


NESTED = frozenset({"annotators", "emails", "groups", "qualified", "label", "waiting", "lost", "stands"})


def read_corpus(
    project: Project,
    task: str,
    fields: Sequence[Field],
    *,
    assignments: bool = True,
    decisions: bool = True,
    items: ItemTable | None = None,
) -> Corpus:
    """The corpus that was saved; it may be read without its assignments, or its decisions.

    `items` are its items where they are read apart, by default all of them with all that they show.

    Raises:
        UsageError: the tables do not exist.
    """
    folder = folder_of(project, task)
    batches = _batches(folder)
    names = [batch.name for batch in batches]
    items = read_items(project, task) if items is None else items
    return Corpus(
        task=task,
        items=items,
        annotations=table_of(ParquetColumns(folder / "annotations.parquet"), fields, items.ids, names),
        assignments=_assignments(folder, items.ids, names) if assignments else _NO_ASSIGNMENTS,
        decisions=_decisions(folder) if decisions else (),
        batches=batches,
        annotators={entry.id: entry for entry in map(_annotator, _rows(folder / "annotators.parquet"))},
    )


def read_items(project: Project, task: str, fields: Sequence[Field] | None = None) -> ItemTable:
    """The items of the corpus that was saved.

    With `fields`, what votes on them do not depend on is left out: `content`, and `data` (`{}`) unless a field has a source in it.

    Raises:
        UsageError: the tables do not exist.
    """
    folder = folder_of(project, task)
    names = [batch.name for batch in _batches(folder)]
    shown = fields is None or any(field.source is not None for field in fields)
    return _items(ParquetColumns(folder / "items.parquet"), names, data=shown, content=fields is None)


def _batches(folder: Path) -> tuple[Batch, ...]:
    return tuple(
        Batch(**{**row, "purpose": core.Purpose(row["purpose"]), "annotators": tuple(row["annotators"])})
        for row in _rows(folder / "batches.parquet")
    )


def _texts(column: "pa.ChunkedArray") -> Texts:
    """Texts without a null, as they lie in the table."""
    arrow = load("pyarrow")
    chunks = [chunk.cast(arrow.large_binary()) for chunk in column.chunks] or [arrow.array([], arrow.large_binary())]
    whole = arrow.concat_arrays(chunks)
    _, bounds, block = whole.buffers()
    ends = np.frombuffer(bounds, dtype=np.int64)[whole.offset : whole.offset + len(whole) + 1]
    return Texts(memoryview(block or b""), ends if len(ends) else np.zeros(1, dtype=np.int64))


def _repeated(column: "pa.ChunkedArray") -> Repeated:
    """Texts without a null, of which each distinct one is an object."""
    distinct, codes = decoded(column.dictionary_encode())
    return Repeated(tuple(text.encode() for text in distinct.to_pylist()), codes)


def _items(pool: ParquetColumns, batches: Sequence[str], *, data: bool, content: bool) -> ItemTable:
    ids = tuple(pool["id"].to_pylist())
    return ItemTable(
        ids=ids,
        data=_texts(pool["data"]) if data else (b"{}",) * len(ids),
        meta=_repeated(pool["meta"]),
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
