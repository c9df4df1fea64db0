"""Check one label, or one record, as `assay check` would check it in its file."""

from collections.abc import Iterator

import numpy as np
import orjson
from msgspec import Raw

from assay.core import CATALOGUE, Fault, JsonObject, Scale, Severity, escape
from assay.labels.annotations import Interners, read_annotations
from assay.labels.assignment import BatchAssignment
from assay.labels.assignments import NO_ITEMS, Assigned
from assay.labels.checks import SLIPS, LabelContext, other_length
from assay.labels.claims import BatchContext
from assay.labels.faults import Faults
from assay.labels.items import pool_of
from assay.labels.judge import Judge
from assay.labels.media import Gallery
from assay.labels.paths import FileRole, LabelFile, record_kind
from assay.labels.places import span_mark_faults
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ANNOTATION, Item, dump_record
from assay.project import Roster, TaskSchema


def label_faults(
    schema: TaskSchema, label: JsonObject, data: JsonObject, judge: Judge | None = None
) -> tuple[Fault, ...]:
    """The faults of a label: those of the schema, or else spans, quotes, boxes and sequences that do not fit the item's `data`.

    Pass one `judge` of the schema to check many labels faster.
    """
    judge = judge or Judge(schema)
    (index,) = judge.indices([orjson.dumps(label)]).tolist()
    refused = (*judge.faults.get(index, ()), *judge.span_faults.get(index, ()))
    return refused or tuple(_beyond(schema, label, data))


def _beyond(schema: TaskSchema, label: JsonObject, data: JsonObject) -> Iterator[Fault]:
    for field in schema.fields:
        if field.scale is Scale.SEQUENCE and isinstance(values := label.get(field.name), list):
            elements = data.get(str(field.source))
            length = len(elements) if isinstance(elements, list) else -1
            if len(values) != length:
                yield other_length(field, len(values), length)
        if field.scale is not Scale.SPANS or field.source is None:
            continue
        source, spans = data.get(field.source), label.get(field.name)
        length = len(source) if isinstance(source, str | list) else -1
        for place, span in enumerate(spans if isinstance(spans, list) else ()):
            end = span.get("end") if isinstance(span, dict) else None
            if isinstance(end, int) and end > length:
                ends = f"ends at {length}" if length >= 0 else "is missing"
                message = f"{field.name}: a span ends at {end}, and the item's {field.source!r} {ends}"
                fix = "positions count Unicode characters (or tokens) from 0"
                yield Fault(pointer=f"/{escape(field.name)}/{place}/end", message=message, fix=fix)
        marks = [span for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []
        for fault in span_mark_faults(field, marks, source):
            if fault.rule == "label/quote":
                yield Fault(pointer=fault.pointer, message=fault.message, fix=fault.fix)


def judged_record(
    record: JsonObject,
    assignment: BatchAssignment,
    schema: TaskSchema,
    versions: frozenset[str],
    roster: Roster,
    gallery: Gallery,
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """The errors of an annotation of an assigned item, and of a valid one the warnings about its marks.

    Pointers lead into the record; `gallery` has the pool's pictures. Warnings of `assay check` about metadata (time, version,
    suggestion) are left out: the tool writes it, not the annotator.
    """
    item = str(record["item"])
    shown = Item(id=item, data=Raw(assignment.data[item]))
    lines = Lines(records=[shown], numbers=[1], raws={}, total=1, keys=frozenset())
    pool = pool_of(lines, schema)
    file = LabelFile(
        path=assignment.path,
        role=FileRole.ANNOTATIONS,
        task=assignment.task,
        batch=assignment.batch.name,
        who=assignment.who,
    )
    context = LabelContext(pool=pool, judge=Judge(schema), versions=versions, roster=roster, gallery=gallery)
    line = dump_record(ANNOTATION, record) + b"\n"
    only = np.zeros(1, dtype=np.int32)
    asked = Assigned(items={assignment.who: only}, named=only, unsure=NO_ITEMS, faults=Faults(None))
    batch = BatchContext(code=0, guideline=assignment.batch.guideline, assigned=asked)
    found = tuple(read_annotations(file, read_lines(line, record_kind(file), file), batch, context, Interners()).faults)
    invalid = tuple(fault for fault in found if CATALOGUE[fault.rule].severity is Severity.ERROR)
    return invalid, () if invalid else tuple(fault for fault in found if fault.rule in SLIPS)
