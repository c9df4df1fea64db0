"""Judge one label of one item, as the labels of a file are judged."""

from collections.abc import Iterator

import orjson

from assay.labels.checks import other_length
from assay.labels.judge import Judge
from assay.labels.places import said_of_spans
from assay.model.json import JsonObject
from assay.model.schema import Scale
from assay.schemas import SchemaFault, TaskSchema
from assay.store.yaml import escape


def label_faults(
    schema: TaskSchema, label: JsonObject, data: JsonObject, judge: Judge | None = None
) -> tuple[SchemaFault, ...]:
    """What is wrong with a label: what the schema refuses, else spans with their quotes, boxes and sequences that do not fit the item's `data`.

    Many labels are judged faster by one `judge` of the schema.
    """
    judge = judge or Judge(schema)
    (index,) = judge.indices([orjson.dumps(label)]).tolist()
    refused = (*judge.faults.get(index, ()), *judge.span_faults.get(index, ()))
    return refused or tuple(_beyond(schema, label, data))


def _beyond(schema: TaskSchema, label: JsonObject, data: JsonObject) -> Iterator[SchemaFault]:
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
                ends = f"ends at {length}" if length >= 0 else "is not there"
                message = f"{field.name}: a span reaches to {end}, and the item's {field.source!r} {ends}"
                hint = "positions count Unicode characters (or tokens) from 0"
                yield SchemaFault(pointer=f"/{escape(field.name)}/{place}/end", message=message, hint=hint)
        marks = [span for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []
        for said in said_of_spans(field, marks, source):
            if said.rule == "label/quote":
                yield SchemaFault(pointer=said.pointer, message=said.message, hint=said.hint)
