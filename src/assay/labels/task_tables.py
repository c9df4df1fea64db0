"""The tables of a task in `build/<task>/`, from which later stages read: written batch by batch, in bounded memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from assay import core
from assay.core import (
    AnnotationTable,
    Annotator,
    AssignmentTable,
    Batch,
    Decision,
    Field,
    Finding,
    ItemTable,
    Mask,
    SchemaReport,
)
from assay.extras import load
from assay.files import write_parquet, write_parquet_parts
from assay.guidelines import Guideline
from assay.labels.batch_parts import BatchParts, Marks, rows_with
from assay.labels.corpus import nothing_loaded, report_of
from assay.labels.engines import Engine
from assay.labels.long_rows import long_rows
from assay.labels.parquet_io import NESTED, folder_of
from assay.labels.parquet_rows import coded_array, encoded, strings
from assay.labels.pool_table import PoolTable
from assay.labels.whole import label_findings, reading_of
from assay.project import Project, TaskSchema

if TYPE_CHECKING:
    import pyarrow as pa

_R = TypeVar("_R", Decision, Batch, Annotator)


@dataclass(frozen=True)
class SavedTask:
    """Every finding on the labels of a task, by place, the summary, and its pool."""

    findings: tuple[Finding, ...]
    report: SchemaReport
    pool: PoolTable


def save_task(project: Project, schema: TaskSchema, guideline: Guideline, *, engine: Engine | None = None) -> SavedTask:
    """Writes the tables of a task from what is kept of its batches; what is new is read, and kept.

    The same labels give the same bytes. `engine` reads what is new of many batches; by default two processes do.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: a file may not be read, or the engine cannot do it.
    """
    results, of_pool, layout = reading_of(project, schema, guideline, engine=engine)
    results.make(parts=True)
    results.index.forget()
    parts, roster = BatchParts(results, of_pool.table), results.rules.roster.annotators
    folder, batches = folder_of(project, schema.task), [batch.name for batch in parts.batches]
    chunks = [*parts.chunks([name] for name in parts.names)]
    write_parquet_parts(folder / "annotations.parquet", _filled(_long(parts, chunks, schema.fields, batches)))
    write_parquet_parts(folder / "items.parquet", _filled(_of_items(one, batches) for one in _items(parts)))
    plans = (_of_plan(*parts.plan(chunk), batches) for chunk in chunks)
    write_parquet_parts(folder / "assignments.parquet", _filled(plans))
    write_parquet(folder / "decisions.parquet", _records(parts.whole.decisions, Decision))
    write_parquet(folder / "batches.parquet", _records(parts.batches, Batch))
    people = (roster[name] for name in sorted(roster.keys() & parts.people))
    write_parquet(folder / "annotators.parquet", _records(people, Annotator))
    findings = label_findings(results, layout)
    results.store.save()
    report = report_of(
        findings,
        [results.of(name) for name in ("gold", *results.names)],
        items=len(parts.pool.ids),
        annotators=len(parts.annotators),
        batches=len(batches),
    )
    return SavedTask(findings=findings, report=report, pool=parts.pool)


def save_nothing(project: Project, task: str) -> SchemaReport:
    """Writes the tables of a task whose labels cannot be checked, all empty."""
    folder, loaded = folder_of(project, task), nothing_loaded(task)
    corpus = loaded.corpus
    rows = np.zeros(0, dtype=np.int64)
    write_parquet_parts(folder / "annotations.parquet", long_rows(corpus.annotations, None, rows, strings(()), ()))
    write_parquet(folder / "items.parquet", _of_items(corpus.items, ()))
    write_parquet(folder / "assignments.parquet", _of_plan(corpus.assignments, (), ()))
    write_parquet(folder / "decisions.parquet", _records((), Decision))
    write_parquet(folder / "batches.parquet", _records((), Batch))
    write_parquet(folder / "annotators.parquet", _records((), Annotator))
    return loaded.report


def _filled(parts: "Iterable[Mapping[str, pa.Array]]") -> "Iterator[Mapping[str, pa.Array]]":
    """The first of some parts of a table, and the others that have a row."""
    several = iter(parts)
    yield from chain([next(several)], (part for part in several if len(next(iter(part.values())))))


def _long(
    parts: BatchParts, chunks: Sequence[Sequence[str]], fields: Sequence[Field], batches: Sequence[str]
) -> "Iterator[Mapping[str, pa.Array]]":
    """The rows of `annotations.parquet`, field after field, then the annotations that have no field."""
    for field in (*fields, None):
        for chunk in chunks:
            marks = [parts.whole.marks[name] for name in chunk]
            if field is None and fields and not any(one.bare.any() for one in marks):
                continue
            corpus, places = parts.corpus(chunk, [] if field is None else [field])
            table = _marked(corpus.annotations, marks)
            said = _joined([one.bare for one in marks]) if field is None else rows_with(table.fields[field.name])
            yield from long_rows(table, field, np.flatnonzero(said), parts.ids(places), batches)


def _marked(table: AnnotationTable, marks: Sequence[Marks]) -> AnnotationTable:
    """The annotations of batches that follow each other, with the marks of each."""
    fields = {
        name: replace(
            column,
            waiting=replace(column.waiting, answered=np.concatenate([one.answered[name] for one in marks])),
        )
        if len(column.waiting.rows)
        else column
        for name, column in table.fields.items()
    }
    current, open_ = (_joined([getattr(one, name) for one in marks]) for name in ("current", "open"))
    taken = np.concatenate([np.zeros(0, dtype=np.int32), *(one.taken for one in marks)])
    return replace(table, current=current, open=open_, taken=taken, fields=fields)


def _joined(masks: Sequence[Mask]) -> Mask:
    return np.concatenate([np.zeros(0, dtype=np.bool_), *masks])


def _items(parts: BatchParts) -> Iterator[ItemTable]:
    """The items of the pool, some at a time, with the batches that have them."""
    start, whole = 0, parts.whole
    for table in parts.pool.parts():
        some = slice(start, start := start + len(table))
        yield replace(table, current_batch=whole.current_batch[some], open_batch=whole.open_batch[some])


def _of_items(items: ItemTable, batches: Sequence[str]) -> "Mapping[str, pa.Array]":
    """The columns of `items.parquet`."""
    arrow = load("pyarrow")
    texts = {
        name: arrow.array(getattr(items, name), type=arrow.binary()).cast(arrow.string()) for name in ("data", "meta")
    }
    return {
        "id": strings(items.ids),
        **texts,
        "group": encoded(items.group),
        "round": coded_array(batches, items.current_batch),
        "open_round": coded_array(batches, items.open_batch),
        "content": strings(items.content),
    }


def _of_plan(
    asked: AssignmentTable, items: "Sequence[str] | pa.Array", batches: Sequence[str]
) -> "Mapping[str, pa.Array]":
    """The columns of `assignments.parquet`."""
    return {
        "batch": coded_array(batches, asked.batch),
        "item": coded_array(items, asked.item),
        "annotator": encoded(asked.annotator),
    }


def _records(records: Iterable[_R], kind: type[_R]) -> "Mapping[str, pa.Array]":
    """A column for each field of the type of the records, in their order."""
    rows, arrow = list(records), load("pyarrow")
    types = {"closed": arrow.bool_(), "seed": arrow.int64(), "line": arrow.int64()}
    columns: dict[str, pa.Array] = {}
    for name in kind.__dataclass_fields__:
        values = [getattr(row, name) for row in rows]
        if name in types:
            columns[name] = arrow.array(values, type=types[name])
        else:
            text = core.canonical_text if name in NESTED else str
            columns[name] = strings([text(value) for value in values])
    return columns
