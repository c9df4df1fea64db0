"""Whether every declared value of a task is explained: a heading and an example for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assay.guidelines.examples import Example
from assay.guidelines.page import Heading, same_name
from assay.guidelines.selectors import parts
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location, Severity
from assay.model.json import Json
from assay.model.schema import Field
from assay.model.values import canonical_text
from assay.schemas import TaskSchema
from assay.schemas.fields import kinds_of, resolved

MANY = 12
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A field, what its heading may be called, and the texts of its declared values."""

    field: str
    names: frozenset[str]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A heading's name and line, and the names of the headings above it."""

    name: str
    line: int
    above: frozenset[str]


def unexplained(
    schema: TaskSchema, headings: Sequence[Heading], examples: Sequence[Example], top: Location
) -> Iterator[Finding]:
    """A finding for each declared value without a heading, and for each that no example gives.

    The kinds of spans and boxes are values too. A heading below another field's does not explain a value. Of a field
    with more than twelve values there is one warning, which names them. The place is the field's heading, else `top`.
    """
    asked = [one for field in schema.fields if (one := _asked(schema, field)).values]
    sections = tuple(_sections(headings))
    for one in asked:
        line = next((section.line for section in sections if section.name in one.names), top.line)
        at = replace(top, line=line)
        others = frozenset[str]().union(*(other.names for other in asked if other is not one)) - one.names
        headed = _headed(sections, one.names, others)
        shown = _shown(one.field, examples)
        headless = [value for value in one.values if same_name(value) not in headed]
        unshown = [value for value in one.values if value not in shown]
        yield from _lacking("guideline/no-heading", at, schema.task, one, headless)
        yield from _lacking("guideline/no-example", at, schema.task, one, unshown)


def _asked(schema: TaskSchema, field: Field) -> _Asked:
    part = resolved(schema.label.schema, _properties(schema.label.schema)[field.name])
    names = frozenset(same_name(name) for name in (field.name, part.get("title")) if isinstance(name, str))
    values = field.values if field.values is not None else kinds_of(schema.label.schema, field.name) or ()
    texts = (value if isinstance(value, str) else canonical_text(value) for value in values)
    return _Asked(field=field.name, names=names - {""}, values=tuple(text for text in texts if same_name(text)))


def _properties(part: dict[str, Json]) -> dict[str, Json]:
    properties = part.get("properties")
    return properties if isinstance(properties, dict) else {}


def _sections(headings: Sequence[Heading]) -> Iterator[_Section]:
    above: list[tuple[int, str]] = []
    for heading in headings:
        if heading.whole:
            name = same_name(heading.title)
            above = [(level, title) for level, title in above if level < heading.level]
            yield _Section(name=name, line=heading.line, above=frozenset(title for _, title in above))
            above.append((heading.level, name))


def _headed(sections: Sequence[_Section], own: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """The names of the headings that may explain a value of a field."""
    mine = (one.name for one in sections if not one.above.isdisjoint(own) or one.above.isdisjoint(others))
    return frozenset(mine)


def _shown(field: str, examples: Sequence[Example]) -> frozenset[str]:
    """The values of a field that examples give."""
    labels = (example.label for example in examples if example.label is not None)
    return frozenset[str]().union(*(parts(label[field]) for label in labels if field in label))


def _lacking(rule: str, at: Location, task: str, field: _Asked, values: Sequence[str]) -> Iterator[Finding]:
    lacks, lack = _LACKS[rule]
    where = Where(task=task)
    if len(field.values) <= MANY:
        yield from (finding(rule, at, f"{field.field}: {value!r} {lacks}", where=where) for value in values)
    elif values:
        named = ", ".join(map(repr, values[:_SHOWN])) + (", …" if len(values) > _SHOWN else "")
        message = f"{field.field}: {len(values)} of its {len(field.values)} values {lack}: {named}"
        yield replace(finding(rule, at, message, where=where), severity=Severity.WARNING)


_LACKS = {
    "guideline/no-heading": ("has no heading", "have no heading"),
    "guideline/no-example": ("is in no example", "are in no example"),
}
