"""`assay task add --from`: the schema of a task, drafted from existing labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from assay.core import Field, Finding, JsonObject, Location, Scale, Where, attribute_name, escape, finding, legible
from assay.errors import UsageError
from assay.files import load_yaml, yaml_block
from assay.formats import LongRow, read_long, refuse_other_shape
from assay.labels import Judge, label_faults
from assay.lead.schema_decisions import FieldDraft, draft_field, values_of
from assay.lead.schema_observed import Observed, Sources
from assay.project import TaskSchema, fields_of, schema_of

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Extent(NamedTuple):
    """The length of a value of an item's data, and whether it is a list or a text."""

    length: int
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted schema as YAML, the draft of each field, and its values as texts if they are few."""

    text: str
    fields: tuple[FieldDraft, ...]
    values: Mapping[str, tuple[str, ...]]

    @property
    def scales(self) -> Mapping[str, Scale]:
        """Each field's scale."""
        return {field.name: field.scale for field in self.fields}

    @property
    def attributes(self) -> Iterator[Field]:
        """The attributes of elements, each named `FIELD.ATTRIBUTE`; a field of that name has precedence."""
        names = self.scales
        for field in self.fields:
            for attribute in field.attributes:
                if (name := attribute_name(field.name, attribute.name)) not in names:
                    yield replace(attribute, name=name)


class Drafter:
    """Collects observations of labels, one at a time, and drafts a schema from them."""

    def __init__(self) -> None:
        self.labels = Observed()
        self.sources: dict[str, Sources] = {}

    @property
    def refers(self) -> bool:
        """Whether a field may refer to an item's data: one with lists."""
        return any(seen.types["array"] for seen in self.labels.properties.values())

    def add(self, label: JsonObject) -> None:
        """Adds a label."""
        self.labels.add(label)

    def add_extents(self, label: JsonObject, extents: Mapping[str, Extent]) -> None:
        """Adds how the lists of a label fit the texts and lists of its item's data, by key."""
        for name, value in label.items():
            if isinstance(value, list) and value:
                sources = self.sources.setdefault(name, Sources())
                ends = [element["end"] for element in value if isinstance(element, dict) and "end" in element]
                for end in ends:
                    if isinstance(end, int):
                        sources.add(extents, (key for key, extent in extents.items() if end <= extent.length))
                if not ends:
                    lists = {key: extent.length for key, extent in extents.items() if extent.listed}
                    sources.lengths.add(len(value))
                    sources.add(lists, (key for key, length in lists.items() if length == len(value)))

    def draft(self, *, title: str, origin: str, scales: Mapping[str, Scale]) -> Draft:
        """The drafted schema. `origin` names the labels' origin in a few words.

        Raises:
            UsageError: there are no labels, or `scales` names no field, or a scale that does not fit one.
        """
        seen = self.labels
        if not seen.properties:
            raise UsageError(f"{origin} has no label with a field", fix="name a file of annotations, one a line")
        if unknown := sorted(set(scales) - set(seen.properties)):
            raise UsageError(f"unknown field {unknown[0]!r}", fix=f"the fields are {', '.join(seen.properties)}")
        fields = tuple(
            draft_field(name, one, self.sources.get(name, Sources()), seen.count, scales.get(name))
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


def drafted_from(source: Path, name: str, scales: Mapping[str, Scale]) -> tuple[Draft, tuple[Finding, ...]]:
    """The schema drafted from all labels of a long-format file, gold included, and the file's faults.

    These are lines that cannot be read, which are skipped, and labels that the draft refuses.

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
            f"{legible(source.as_posix())} has no label with a field; line {unread[0].at.line}: {unread[0].message}",
            fix='a label is an object with the fields of the task: {"item": "m1", "annotator": "ada", "label": {"tone": "kind"}}',
        )
    if drafter.refers:
        extents: dict[str, dict[str, Extent]] = {}
        for line in _rows(source):
            if isinstance(data := line.about.get("data"), dict):
                extents.setdefault(line.item, {}).update(
                    (key, Extent(len(value), isinstance(value, list)))
                    for key, value in data.items()
                    if isinstance(value, str | list)
                )
        for line in _rows(source):
            for _, found in _labels(line):
                drafter.add_extents(found, extents.get(line.item, {}))
    draft = drafter.draft(title=name, origin=source.name, scales=scales)
    path = f"schemas/{name}.yaml"
    refused = _refused(source, schema_of(load_yaml(draft.text.encode(), path), name))
    return draft, tuple(sorted((*unread, *refused), key=lambda one: one.sort_key))


def _refused(source: Path, schema: TaskSchema) -> Iterator[Finding]:
    """Findings on labels that the schema refuses, or that mark what the item does not have."""
    judge, path = Judge(schema), legible(source.as_posix())
    scales = {f"/{escape(field.name)}/": field.scale for field in schema.fields}
    keys = {field.source for field in schema.fields if field.source is not None}
    shown: dict[str, JsonObject] = {}
    for row in _rows(source) if keys else ():
        if isinstance(data := row.about.get("data"), dict) and (found := keys & data.keys()):
            shown.setdefault(row.item, {}).update((key, data[key]) for key in found)
    for row in _rows(source):
        for key, label in _labels(row):
            for fault in label_faults(schema, label, shown.get(row.item, {}), judge):
                scale = next((scale for start, scale in scales.items() if f"{fault.pointer}/".startswith(start)), None)
                rule = "label/span"
                if not schema.admits(label):
                    rule = "label/schema"
                elif scale is Scale.SEQUENCE:
                    rule = "label/sequence"
                elif scale is Scale.SPANS and fault.pointer.endswith("/text"):
                    rule = "label/quote"
                at = Location(path=path, line=row.line, pointer=f"/{key}{fault.pointer}")
                about = "" if rule != "label/schema" else f"{fault.pointer.removeprefix('/') or key}: "
                where = Where(task=schema.task, item=row.item, annotator=row.annotator)
                yield finding(rule, at, f"{about}{fault.message}", fix=fault.fix, where=where)


def _rows(source: Path) -> Iterator[LongRow]:
    return (row for row in read_long(source) if not isinstance(row, Finding))


def _labels(row: LongRow) -> Iterator[tuple[str, JsonObject]]:
    for key, label in (("label", row.act.label), ("gold", row.about.get("gold"))):
        if isinstance(label, dict):
            yield key, label
