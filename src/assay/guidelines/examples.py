"""The examples of a guideline, and the selectors of items and values in its front matter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import cast

import orjson

from assay import project
from assay.core import (
    Field,
    Finding,
    Json,
    JsonObject,
    Location,
    Scale,
    Severity,
    Where,
    canonical_text,
    canonical_value,
    finding,
)
from assay.errors import ConfigError
from assay.files import Document, load_yaml
from assay.guidelines.front_matter import Change
from assay.guidelines.markdown import Block, Body, Heading, MarkdownPage, parse_page, same_name

ALL = "all"
TAG = "example"
LABEL, NOT, WHY = "label", "not", "why"
_PARTS = frozenset({LABEL, NOT, WHY})
MANY = 12
_SHOWN = 8
_LACKS = {
    "guideline/no-heading": ("has no heading", "have no heading"),
    "guideline/no-example": ("is in no example", "are in no example"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """`all` (neither field nor value), `field`, or `field=value`.

    `waits`: a later migration may have removed the value from a label, which then needs a new answer; `gone`:
    no label has it now, for the migration removed that value.
    """

    field: str | None = None
    value: str | None = None
    waits: bool = False
    gone: bool = False

    def __str__(self) -> str:
        """As it is written under `affects`."""
        if self.field is None:
            return ALL
        return self.field if self.value is None else f"{self.field}={self.value}"


def selector_of(text: str) -> Selector:
    """The selector that a text states; what follows the first `=` is the value."""
    if text == ALL:
        return Selector()
    field, equals, value = text.partition("=")
    return Selector(field=field, value=value if equals else None)


def selectors_of(change: Change, migrations: Sequence[project.Migration] = ()) -> tuple[Selector, ...]:
    """What a change affects, each selector once, in the terms of labels after the migrations of a task.

    Migrations of later versions turn a selector as they turn labels: a new name of a field or a value is selected in its
    place, what is dropped is not selected. A selector of a value that was merged means all that was merged, and one of
    a value that was taken all labels that wait in the field: more than it meant, since labels do not say any more which it
    was. A change that comes with a migration may speak of a field or value by the old name or by the new: both are meant.
    """
    stated = tuple(map(selector_of, dict.fromkeys(change.affects)))
    beside = [one for one in migrations if one.order == project.order_of(change.version)]
    turned = [replace(one, waits=False) for one in _carried(stated, beside) if not one.gone]
    return tuple(dict.fromkeys(_carried((*stated, *turned), project.later_than(migrations, change.version))))


def _carried(selectors: Iterable[Selector], migrations: Iterable[project.Migration]) -> list[Selector]:
    found = [*selectors]
    for step in (step for migration in migrations for step in migration.steps):
        found = [new for one in found for new in _through(one, step)]
    return found


def _through(one: Selector, step: project.MigrationStep) -> Iterator[Selector]:
    if one.field is None or one.field != step.field or step.op is project.Op.ADD_FIELD:
        yield one
    elif step.op is project.Op.RENAME_FIELD:
        yield replace(one, field=step.to)
    elif step.op is not project.Op.DROP_FIELD:
        waits = one.waits or step.takes
        if one.value is None or one.gone:
            yield replace(one, waits=waits)
        else:
            for meant in _meant(one.value):
                label = project.apply_step({one.field: meant}, step).label
                yield replace(one, waits=waits, gone=not label, value=_text(label.get(one.field, meant)))


def _meant(text: str) -> Iterator[Json]:
    """The values that are written so: a text, or a number, `true` or `false`."""
    yield text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if isinstance(value, bool | int | float):
        yield value


def selects(selector: Selector, label: JsonObject, lost: Iterable[str] = ()) -> bool:
    """Whether a label has what is selected: anything, the field, or the value in the field.

    `lost` are fields whose value a migration took: what is selected may have been it.
    """
    if selector.field is None:
        return True
    if selector.field in label:
        return not selector.gone and (selector.value is None or selector.value in parts(label[selector.field]))
    return selector.waits and (selector.value is None or selector.gone) and selector.field in lost


def parts(value: Json) -> frozenset[str]:
    """The values that a field's value is made of, as texts: the members of a set, the kinds of spans or boxes, else itself."""
    if not isinstance(value, list):
        return frozenset({_text(value)})
    kinds = (member["label"] for member in value if isinstance(member, dict) and "label" in member)
    return frozenset(map(_text, (*kinds, *(member for member in value if not isinstance(member, dict)))))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_text(canonical_value(value, Scale.NOMINAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An example of a task: the item's data, the label that is right (or the one that is `refused`), and why.

    At least one of `label` and `refused` is there; a refused label may leave fields out. `line` is that of the fence, and
    `lines` has that of every value by its JSON pointer in the block.
    """

    task: str
    path: str
    line: int
    data: JsonObject
    label: "JsonObject | None"
    refused: "JsonObject | None"
    why: str
    lines: Mapping[str, int]

    def at(self, pointer: str = "") -> Location:
        """The location of a value of the block, or of the nearest one around it."""
        return Document(path=self.path, value=None, lines=self.lines).at(pointer)


def examples_of(body: Body) -> tuple[Example | Finding, ...]:
    """The examples of a guideline in their order; a finding where a block is none, or does not say why.

    Raises:
        LimitError: the page is longer than assay reads.
    """
    return examples_on(parse_page(body), body.path)


def examples_on(page: MarkdownPage, path: str) -> tuple[Example | Finding, ...]:
    """The same of a page that was parsed; `path` is the file's."""
    return tuple(part for block in page.blocks for part in _Reader(block, path).parts())


class _Reader:
    def __init__(self, block: Block, path: str) -> None:
        self.block = block
        self.path = path
        self.task = PurePosixPath(path).stem
        self.fence = Location(path=path, line=block.line)

    def parts(self) -> Iterator[Example | Finding]:
        """The example, and what is wrong with its form."""
        word = (self.block.info.split() or [""])[0]
        if word != TAG:
            if word.casefold() in {TAG, f"{TAG}s"}:
                yield self._fault(self.fence, f"a block tagged {word!r} is not run", f"tag it ```{TAG}")
            return
        if not self.block.closed:
            yield self._fault(self.fence, "the block is not closed", "close it with a line like the one that opens it")
            return
        try:
            document = load_yaml(self.block.text.encode(), self.path, first_line=self.block.line + 1)
        except ConfigError as error:
            place, _, said = error.message.removeprefix(f"{self.path}:").partition(" ")
            at = Location(path=self.path, line=int(place)) if place.isdigit() else self.fence
            yield self._fault(at, f"the block is not YAML: {said}", error.fix)
            return
        yield from tuple(self._faults(document)) or self._example(document)

    def _faults(self, document: Document) -> Iterator[Finding]:
        value = document.value
        if not isinstance(value, dict):
            yield self._fault(self.fence, "the block has no keys", "write the item's data, `label:` and `why:`")
            return
        if value.keys() <= _PARTS:
            yield self._fault(self.fence, "the block has no item", "write the keys of the item's data above `label:`")
        if not value.keys() & {LABEL, NOT}:
            yield self._fault(self.fence, "the block has no `label:` and no `not:`", "write the label that is right")
        for key in (LABEL, NOT):
            if key in value and not (isinstance(value[key], dict) and (key == LABEL or value[key])):
                fix = "write its fields, such as {field: value}"
                yield self._fault(document.at(f"/{key}"), f"`{key}:` has no fields", fix)
        if WHY in value and not isinstance(value[WHY], str):
            yield self._fault(document.at(f"/{WHY}"), "`why:` must be a sentence", "put it in quotation marks")

    def _example(self, document: Document) -> Iterator[Example | Finding]:
        value = cast("JsonObject", document.value)
        why = cast("str", value.get(WHY, ""))
        yield Example(
            task=self.task,
            path=self.path,
            line=self.block.line,
            data={key: below for key, below in value.items() if key not in _PARTS},
            label=cast("JsonObject | None", value.get(LABEL)),
            refused=cast("JsonObject | None", value.get(NOT)),
            why=why,
            lines=document.lines,
        )
        if not why.strip():
            yield finding("example/why", self.fence, "the example has no `why:`", where=Where(task=self.task))

    def _fault(self, at: Location, message: str, fix: str) -> Finding:
        return finding("example/form", at, message, fix=fix, where=Where(task=self.task))


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
    schema: project.TaskSchema, headings: Sequence[Heading], examples: Sequence[Example], top: Location
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
        others = frozenset[str]().union(*(other.names for other in asked if other is not one))
        own = one.names
        mine = (one.name for one in sections if not one.above.isdisjoint(own) or one.above.isdisjoint(others))
        headed = frozenset(mine)
        labels = (example.label for example in examples if example.label is not None)
        shown = frozenset[str]().union(*(parts(label[one.field]) for label in labels if one.field in label))
        headless = [value for value in one.values if same_name(value) not in headed]
        unshown = [value for value in one.values if value not in shown]
        yield from _lacking("guideline/no-heading", at, schema.task, one, headless)
        yield from _lacking("guideline/no-example", at, schema.task, one, unshown)


def _asked(schema: project.TaskSchema, field: Field) -> _Asked:
    properties = schema.label.schema.get("properties")
    part = project.resolved(schema.label.schema, (properties if isinstance(properties, dict) else {})[field.name])
    names = frozenset(same_name(name) for name in (field.name, part.get("title")) if isinstance(name, str))
    values = field.values if field.values is not None else project.kinds_of(schema.label.schema, field.name) or ()
    texts = (value if isinstance(value, str) else canonical_text(value) for value in values)
    return _Asked(field=field.name, names=names - {""}, values=tuple(text for text in texts if same_name(text)))


def _sections(headings: Sequence[Heading]) -> Iterator[_Section]:
    above: list[tuple[int, str]] = []
    for heading in headings:
        if heading.whole:
            name = same_name(heading.title)
            above = [(level, title) for level, title in above if level < heading.level]
            yield _Section(name=name, line=heading.line, above=frozenset(title for _, title in above))
            above.append((heading.level, name))


def _lacking(rule: str, at: Location, task: str, field: _Asked, values: Sequence[str]) -> Iterator[Finding]:
    lacks, lack = _LACKS[rule]
    where = Where(task=task)
    if len(field.values) <= MANY:
        yield from (finding(rule, at, f"{field.field}: {value!r} {lacks}", where=where) for value in values)
    elif values:
        named = ", ".join(map(repr, values[:_SHOWN])) + (", …" if len(values) > _SHOWN else "")
        message = f"{field.field}: {len(values)} of its {len(field.values)} values {lack}: {named}"
        yield replace(finding(rule, at, message, where=where), severity=Severity.WARNING)
