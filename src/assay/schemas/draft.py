"""Draft the schema of a task from labels that exist, for a person to review."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from assay.errors import UsageError
from assay.model.json import Json, JsonObject
from assay.model.schema import Field, Scale, attribute_name
from assay.schemas.decided import Decided, decided, values_of
from assay.schemas.fields import fields_of
from assay.schemas.observed import Observed, Sources
from assay.store.yaml import load_yaml
from assay.store.yaml_text import yaml_block

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
            raise UsageError(f"{origin} holds no label with a field", hint="name a file of annotations, one a line")
        if unknown := sorted(set(scales) - set(seen.properties)):
            raise UsageError(f"there is no field {unknown[0]!r}", hint=f"the fields are {', '.join(seen.properties)}")
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
