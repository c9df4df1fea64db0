"""The selectors under `affects`: each names a field or value that labels have, or once had."""

from collections.abc import Collection, Iterator

from assay.guidelines.front_matter import Guideline
from assay.guidelines.selectors import Selector, parts, selector_of
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding
from assay.model.migration import Op, field_names
from assay.model.names import did_you_mean
from assay.model.schema import Scale
from assay.schemas import TaskSchema
from assay.schemas.fields import kinds_of
from assay.store.yaml import Document


def declared_values(schema: TaskSchema, name: str) -> frozenset[str] | None:
    """The values that a field declares, as selectors write them; None where it declares none or there is no such field."""
    field = schema.field(name)
    if field is None:
        return None
    values = kinds_of(schema.label.schema, field.name) if field.scale in {Scale.SPANS, Scale.BOXES} else field.values
    if values is not None and field.paths:
        return parts(list(values))
    return None if values is None else frozenset(text for value in values for text in parts(value))


def selector_findings(guideline: Guideline, document: Document, schema: TaskSchema) -> Iterator[Finding]:
    """The selectors that name what the schema does not have and no migration speaks of: no label ever carried it."""
    for number, change in enumerate(guideline.changes):
        for index, text in enumerate(change.affects):
            if problem := _unknown(selector_of(text), schema):
                message, hint = problem
                at = document.at(f"/changes/{number}/affects/{index}")
                where = Where(task=guideline.task)
                yield finding("guideline/unknown-selector", at, f"{text!r}: {message}", hint=hint, where=where)


def _unknown(selector: Selector, schema: TaskSchema) -> tuple[str, str] | None:
    """What is wrong with a selector, and the remedy."""
    if selector.field is None:
        return None
    steps = [step for migration in schema.migrations for step in migration.steps]
    here = {field.name for field in schema.fields}
    gone = {step.field for step in steps} | {step.to for step in steps if step.op is Op.RENAME_FIELD}
    if selector.field not in here | gone:
        return f"labels have no field {selector.field!r}", _meant(selector.field, here)
    values = declared_values(schema, selector.field)
    if selector.value is None or values is None or selector.value in values:
        return None
    once = {name for name, now in field_names(schema.migrations).items() if now == selector.field}
    of_values = (step for step in steps if step.field == selector.field or step.op is not Op.RENAME_FIELD)
    if any(step.explains(name, selector.value) for step in of_values for name in (selector.field, *once)):
        return None
    return f"{selector.field} has no value {selector.value!r}", _meant(selector.value, values)


def _meant(word: str, known: Collection[str]) -> str:
    return did_you_mean(word, known, f"there are: {', '.join(sorted(known)[:20])}")
