"""A corpus as the tables of `build/<task>/`, so that later stages read no label file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from assay.core import (
    Annotator,
    AssignmentTable,
    Batch,
    Corpus,
    Decision,
    DecisionKind,
    Field,
    ItemTable,
    Kind,
    Purpose,
    Role,
    Status,
    canonical_text,
)
from assay.extras import load
from assay.files import read_parquet, write_parquet
from assay.labels.parquet_rows import coded_array, codes_in, column_of, long_columns, table_of
from assay.project import Project

if TYPE_CHECKING:
    import pyarrow as pa


_BATCH = ("name", "purpose", "closed", "created", "guideline", "annotators", "overlap", "seed", "prelabels")
_ANNOTATOR = ("id", "kind", "role", "status", "since", "handle", "emails", "groups", "qualified")
_DECISION = (
    "kind",
    "item",
    "label",
    "who",
    "batch",
    "reason",
    "guideline",
    "path",
    "line",
    "waiting",
    "lost",
    "stands",
)


def save_corpus(project: Project, corpus: Corpus, fields: Sequence[Field]) -> None:
    """Writes the tables of a task; the same corpus gives the same bytes. `fields` are the schema's, in its order."""
    folder = _folder(project, corpus.task)
    batches = [batch.name for batch in corpus.batches]
    assigned = corpus.assignments
    write_parquet(folder / "annotations.parquet", long_columns(corpus.annotations, fields, corpus.items.ids, batches))
    write_parquet(folder / "items.parquet", _item_columns(corpus.items, batches))
    write_parquet(
        folder / "assignments.parquet",
        {
            "batch": coded_array(batches, assigned.batch),
            "item": coded_array(corpus.items.ids, assigned.item),
            "annotator": coded_array(assigned.annotator.values, assigned.annotator.codes),
        },
    )
    write_parquet(folder / "decisions.parquet", _records(corpus.decisions, _DECISION))
    write_parquet(folder / "batches.parquet", _records(corpus.batches, _BATCH))
    write_parquet(folder / "annotators.parquet", _records(corpus.annotators.values(), _ANNOTATOR))


def read_corpus(project: Project, task: str, fields: Sequence[Field]) -> Corpus:
    """The corpus that was saved.

    Raises:
        UsageError: the tables do not exist.
    """
    folder = _folder(project, task)
    batches = tuple(map(_batch, _rows(folder / "batches.parquet")))
    names = [batch.name for batch in batches]
    items = _items(read_parquet(folder / "items.parquet"), names)
    asked = read_parquet(folder / "assignments.parquet")
    return Corpus(
        task=task,
        items=items,
        annotations=table_of(read_parquet(folder / "annotations.parquet"), fields, items.ids, names),
        assignments=AssignmentTable(
            batch=codes_in(asked["batch"], names),
            item=codes_in(asked["item"], items.ids),
            annotator=column_of(asked["annotator"]),
        ),
        decisions=tuple(map(_decision, _rows(folder / "decisions.parquet"))),
        batches=batches,
        annotators={entry.id: entry for entry in map(_annotator, _rows(folder / "annotators.parquet"))},
    )


def _folder(project: Project, task: str) -> Path:
    return project.root / "build" / task


def _item_columns(items: ItemTable, batches: Sequence[str]) -> "Mapping[str, pa.Array]":
    text = load("pyarrow").string()
    return {
        "id": load("pyarrow").array(items.ids, type=text),
        "data": load("pyarrow").array([data.decode() for data in items.data], type=text),
        "meta": load("pyarrow").array([meta.decode() for meta in items.meta], type=text),
        "group": coded_array(items.group.values, items.group.codes),
        "round": coded_array(batches, items.round),
        "open_round": coded_array(batches, items.open_round),
        "content": load("pyarrow").array(items.content or [""] * len(items), type=text),
    }


def _items(table: "pa.Table", batches: Sequence[str]) -> ItemTable:
    return ItemTable(
        ids=tuple(table["id"].to_pylist()),
        data=tuple(text.encode() for text in table["data"].to_pylist()),
        meta=tuple(text.encode() for text in table["meta"].to_pylist()),
        group=column_of(table["group"]),
        round=codes_in(table["round"], batches),
        open_round=codes_in(table["open_round"], batches),
        content=tuple(table["content"].to_pylist()),
    )


def _records(records: Iterable[Decision | Batch | Annotator], names: Sequence[str]) -> "Mapping[str, pa.Array]":
    rows = list(records)
    return {name: _plain(name, [getattr(row, name) for row in rows]) for name in names}


_NESTED = frozenset({"annotators", "emails", "groups", "qualified", "label", "waiting", "lost", "stands"})


def _plain(name: str, values: list[Any]) -> "pa.Array":
    pyarrow = load("pyarrow")
    if name in _NESTED:
        return pyarrow.array([canonical_text(value) for value in values], type=pyarrow.string())
    special = {"closed": pyarrow.bool_(), "seed": pyarrow.int64(), "line": pyarrow.int64()}
    if name in special:
        return pyarrow.array(values, type=special[name])
    return pyarrow.array([str(value) for value in values], type=pyarrow.string())


def _rows(path: Path) -> list[dict[str, Any]]:
    return [
        {name: orjson.loads(value) if name in _NESTED else value for name, value in row.items()}
        for row in read_parquet(path).to_pylist()
    ]


def _batch(row: dict[str, Any]) -> Batch:
    return Batch(**{**row, "purpose": Purpose(row["purpose"]), "annotators": tuple(row["annotators"])})


def _annotator(row: dict[str, Any]) -> Annotator:
    qualified = row["qualified"]
    return Annotator(
        **{
            **row,
            "kind": Kind(row["kind"]),
            "role": Role(row["role"]),
            "status": Status(row["status"]),
            "emails": tuple(row["emails"]),
            "qualified": None if qualified is None else tuple(qualified),
        }
    )


def _decision(row: dict[str, Any]) -> Decision:
    told = {name: tuple(row[name]) for name in ("lost", "stands")}
    return Decision(**{**row, **told, "kind": DecisionKind(row["kind"])})
