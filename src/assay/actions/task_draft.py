"""What `assay task add --from` makes of a file of labels: a schema, and what is wrong with the file under it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.errors import UsageError
from assay.interchange import LongRow, read_long, refuse_other_shape
from assay.labels.judge import Judge
from assay.labels.record_check import label_faults
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.json import JsonObject, escape
from assay.model.names import legible
from assay.model.schema import Scale
from assay.schemas import TaskSchema, schema_of
from assay.schemas.draft import Draft, Drafter, Extent
from assay.store.yaml import load_yaml


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
            hint='a label is an object with the fields of the task: {"item": "m1", "annotator": "ada", "label": {"tone": "kind"}}',
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
                yield finding(rule, at, f"{about}{fault.message}", hint=fault.hint, where=where)


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
