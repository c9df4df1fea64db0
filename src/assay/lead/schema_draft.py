"""`assay task add --from`: the schema of a task drafted from labels that exist."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from assay.core import (
    Field,
    Finding,
    Json,
    JsonObject,
    Location,
    Scale,
    Where,
    attribute_name,
    escape,
    finding,
    legible,
)
from assay.errors import UsageError
from assay.files import load_yaml, yaml_block
from assay.formats import LongRow, read_long, refuse_other_shape
from assay.labels import Judge, label_faults
from assay.lead.schema_decisions import Decided, decided, values_of
from assay.lead.schema_observed import Observed, Sources
from assay.project import TaskSchema, fields_of, schema_of

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Extent(NamedTuple):
    """How long a value of an item's data is, and whether it is a list and not a text."""

    length: int
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted schema as YAML, what was decided of each field, and (where they are few) its values as texts."""

    text: str
    fields: tuple[Decided, ...]
    values: Mapping[str, tuple[str, ...]]

    @property
    def scales(self) -> Mapping[str, Scale]:
        """Each field's scale."""
        return {field.name: field.scale for field in self.fields}

    @property
    def attributes(self) -> Iterator[Field]:
        """What elements of fields say, each named `FIELD.ATTRIBUTE`; a field of that name goes before it."""
        names = self.scales
        for field in self.fields:
            for one in field.attributes:
                if (name := attribute_name(field.name, one.name)) not in names:
                    yield replace(one, name=name)


class Drafter:
    """Looks at labels, one at a time, and then drafts."""

    def __init__(self) -> None:
        self.labels = Observed()
        self.sources: dict[str, Sources] = {}

    @property
    def refers(self) -> bool:
        """Whether a field may refer to an item's data: it has lists."""
        return any(seen.types["array"] for seen in self.labels.properties.values())

    def add(self, label: JsonObject) -> None:
        """Takes in a label."""
        self.labels.add(label)

    def add_extents(self, label: JsonObject, extents: Mapping[str, Extent]) -> None:
        """Takes in of a label how its lists fit the texts and lists of its item's data, by key."""
        for name, value in label.items():
            if isinstance(value, list) and value:
                _fit(self.sources.setdefault(name, Sources()), value, extents)

    def draft(self, *, title: str, origin: str, scales: Mapping[str, Scale]) -> Draft:
        """The schema. `origin` says in a few words what the labels are from.

        Raises:
            UsageError: there are no labels, or `scales` names no field, or a scale that does not fit one.
        """
        seen = self.labels
        if not seen.properties:
            raise UsageError(f"{origin} holds no label with a field", fix="name a file of annotations, one a line")
        if unknown := sorted(set(scales) - set(seen.properties)):
            raise UsageError(f"there is no field {unknown[0]!r}", fix=f"the fields are {', '.join(seen.properties)}")
        fields = tuple(
            decided(name, one, self.sources.get(name, Sources()), seen.count, scales.get(name))
            for name, one in seen.properties.items()
        )
        heading = f"A draft, made from {seen.count:,} labels of {origin}: review it before labelling starts."
        notes = [f"{field.name} has no alpha: {field.lacks}" for field in fields if field.lacks]
        schema: JsonObject = {
            "$schema": _DIALECT,
            "title": title,
            "type": "object",
            "additionalProperties": False,
            "required": [*seen.always],
            "properties": {field.name: field.schema for field in fields},
        }
        text = "".join(f"# {' '.join(line.split())}\n" for line in (heading, *notes)) + yaml_block(schema)
        read = fields_of(load_yaml(text.encode(), origin), schema)
        return Draft(
            text=text,
            fields=tuple(replace(field, attributes=one.attributes) for field, one in zip(fields, read, strict=True)),
            values={name: values_of(one) for name, one in seen.properties.items()},
        )


def example_draft(*, title: str, scales: Mapping[str, Scale]) -> Draft:
    """A small schema to edit, for a task that has no labels yet.

    Raises:
        UsageError: `scales` names a field other than `label`, or a scale that does not fit it.
    """
    drafter = Drafter()
    for value in ("maybe", "no", "yes") * 2:
        drafter.add({"label": value})
    one = drafter.draft(title=title, origin="an example", scales=scales)
    _, _, rest = one.text.partition("\n")
    return replace(one, text=f"# An example: write the fields and values of your own task here.\n{rest}")


def _fit(sources: Sources, value: list[Json], extents: Mapping[str, Extent]) -> None:
    """Each offset of spans ends within a text or a list; any other list may be as long as a list."""
    ends = [element["end"] for element in value if isinstance(element, dict) and "end" in element]
    for end in ends:
        if isinstance(end, int):
            sources.add(extents, (key for key, extent in extents.items() if end <= extent.length))
    if not ends:
        lists = {key: extent.length for key, extent in extents.items() if extent.listed}
        sources.lengths.add(len(value))
        sources.add(lists, (key for key, length in lists.items() if length == len(value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOf:
    """A schema drafted from a file, and every fault of the file: lines that cannot be read, labels that it refuses."""

    draft: Draft
    findings: tuple[Finding, ...] = ()


def drafted_from(source: Path, name: str, scales: Mapping[str, Scale]) -> DraftOf:
    """The schema drafted from every label of a long-format file, gold included; lines it cannot read do not count.

    The draft is held against the same labels: what it refuses is a finding.

    Raises:
        UsageError: it is of another format, holds no label, or a scale does not fit its field.
        LimitError: it is too large.
    """
    drafter, unread = Drafter(), list[Finding]()
    for row in read_long(source):
        if isinstance(row, Finding):
            unread.append(row)
        else:
            for _, label in _labels(row):
                drafter.add(label)
    refuse_other_shape(source, taken=drafter.labels.count)
    if unread and not drafter.labels.properties:
        raise UsageError(
            f"{legible(source.as_posix())} holds no label with a field; line {unread[0].at.line}: {unread[0].message}",
            fix='a label is an object with the fields of the task: {"item": "m1", "annotator": "ada", "label": {"tone": "kind"}}',
        )
    if drafter.refers:
        _look_at_extents(drafter, source)
    draft = drafter.draft(title=name, origin=source.name, scales=scales)
    path = f"schemas/{name}.yaml"
    refused = _refused(source, schema_of(load_yaml(draft.text.encode(), path), name))
    return DraftOf(draft=draft, findings=tuple(sorted((*unread, *refused), key=lambda one: one.sort_key)))


def _look_at_extents(drafter: Drafter, source: Path) -> None:
    """Any line of an item may hold its data, so they are read first."""
    extents: dict[str, dict[str, Extent]] = {}
    for row in _rows(source):
        if isinstance(data := row.about.get("data"), dict):
            extents.setdefault(row.item, {}).update(
                (key, Extent(len(value), isinstance(value, list)))
                for key, value in data.items()
                if isinstance(value, str | list)
            )
    for row in _rows(source):
        for _, label in _labels(row):
            drafter.add_extents(label, extents.get(row.item, {}))


def _refused(source: Path, schema: TaskSchema) -> Iterator[Finding]:
    """What the schema refuses of the labels, and what they mark that is not there."""
    judge, path = Judge(schema), legible(source.as_posix())
    keys = {field.source for field in schema.fields if field.source is not None}
    shown = _shown(source, keys) if keys else {}
    for row in _rows(source):
        for key, label in _labels(row):
            for fault in label_faults(schema, label, shown.get(row.item, {}), judge):
                rule = _rule(schema, fault.pointer) if schema.admits(label) else "label/schema"
                at = Location(path=path, line=row.line, pointer=f"/{key}{fault.pointer}")
                about = "" if rule != "label/schema" else f"{fault.pointer.removeprefix('/') or key}: "
                where = Where(task=schema.task, item=row.item, annotator=row.annotator)
                yield finding(rule, at, f"{about}{fault.message}", fix=fault.fix, where=where)


def _rule(schema: TaskSchema, pointer: str) -> str:
    """The rule of a fault that the schema does not know: a mark or a sequence that does not fit what the item shows."""
    marked = {f"/{escape(field.name)}": field.scale for field in schema.fields}
    scale = next((scale for start, scale in marked.items() if f"{pointer}/".startswith(f"{start}/")), None)
    if scale is Scale.SEQUENCE:
        return "label/sequence"
    return "label/quote" if scale is Scale.SPANS and pointer.endswith("/text") else "label/span"


def _shown(source: Path, keys: set[str]) -> dict[str, JsonObject]:
    """By item, what fields refer to."""
    shown: dict[str, JsonObject] = {}
    for row in _rows(source):
        if isinstance(data := row.about.get("data"), dict) and (found := keys & data.keys()):
            shown.setdefault(row.item, {}).update((key, data[key]) for key in found)
    return shown


def _rows(source: Path) -> Iterator[LongRow]:
    return (row for row in read_long(source) if not isinstance(row, Finding))


def _labels(row: LongRow) -> Iterator[tuple[str, JsonObject]]:
    for key, label in (("label", row.act.label), ("gold", row.about.get("gold"))):
        if isinstance(label, dict):
            yield key, label
