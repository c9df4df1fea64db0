"""What an annotator is told after an answer in a batch that qualifies."""

from collections.abc import Iterator

from assay.annotate.form import FormField
from assay.labels.assignment import Seat
from assay.model.json import Json, JsonObject
from assay.model.project import Purpose
from assay.model.schema import Field
from assay.model.values import canonical_text, canonical_value, is_missing
from assay.schemas import TaskSchema


def feedback_on(
    record: "JsonObject | None", seat: Seat, schema: TaskSchema, form: tuple[FormField, ...]
) -> "JsonObject | None":
    """How an answer compares with the expert's, by field; None where there is no answer yet or no expert's."""
    item = "" if record is None else str(record["item"])
    given, gold = (record or {}).get("label"), seat.gold.get(item)
    if not isinstance(given, dict) or gold is None:
        return None
    fields = list(_compared(given, gold, schema, {field.name: field for field in form}))
    told: JsonObject = {"right": all(field["right"] for field in fields), "fields": [*fields]}
    return {**told, "why": seat.whys[item]} if item in seat.whys else told


def is_locked(record: "JsonObject | None", seat: Seat) -> bool:
    """Whether an answer stands for good: it qualifies, or not, and has been told how."""
    return seat.batch.purpose is Purpose.QUALIFY and record is not None and "label" in record


def _compared(
    given: JsonObject, gold: JsonObject, schema: TaskSchema, form: dict[str, FormField]
) -> Iterator[JsonObject]:
    for field in schema.fields:
        if field.name in gold and not is_missing(gold[field.name]):
            mine, expected = given.get(field.name), gold[field.name]
            right = field.name in given and _same(mine, expected, field)
            yield {
                "field": field.name,
                "given": mine,
                "expected": expected,
                "right": right,
                "anchor": _anchor(form[field.name], expected),
            }


def _same(one: Json, other: Json, field: Field) -> bool:
    return canonical_text(canonical_value(one, field.scale)) == canonical_text(canonical_value(other, field.scale))


def _anchor(field: FormField, expected: Json) -> str:
    """The section on the expected value, else on the field."""
    wanted = canonical_text(expected)
    return next((value.anchor for value in field.values if canonical_text(value.value) == wanted), "") or field.anchor
