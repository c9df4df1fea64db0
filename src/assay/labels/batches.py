"""Read `batch.yaml`: what a round is for."""

from collections.abc import Iterator
from typing import Any, cast

from assay.errors import ConfigError
from assay.git.snapshot import Snapshot
from assay.labels.layout import LabelFile
from assay.labels.times import day_or_moment
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.model.json import JsonObject
from assay.model.project import Batch, Purpose
from assay.project.roster import Roster
from assay.project.shape_check import shape_faults
from assay.project.shapes import BATCH
from assay.store.yaml import Document, load_yaml


def read_batch(
    snapshot: Snapshot, file: LabelFile, versions: frozenset[str], roster: Roster
) -> tuple[Batch | None, tuple[Finding, ...]]:
    """The batch that a `batch.yaml` states, None where it cannot be used, and what is wrong with it."""
    try:
        data = snapshot.read(file.path)
    except OSError as error:
        return None, (
            finding("batch/file", Location(path=file.path), f"batch.yaml: {error.strerror}", where=file.where),
        )
    try:
        document = load_yaml(data, file.path)
    except ConfigError as error:
        place, _, said = error.message.removeprefix(f"{file.path}:").partition(" ")
        at = Location(path=file.path, line=int(place) if place.isdigit() else 0)
        return None, (finding("batch/file", at, said, hint=error.hint, where=file.where),)
    broken = tuple(_broken(document, file))
    if broken:
        return None, broken
    batch = _batch(file.batch, cast("JsonObject", document.value))
    return batch, tuple(_unknown(document, file, batch, versions, roster))


def reopening(task: str, batch: str) -> str:
    """How a closed batch takes answers again, for a hint."""
    return f"a lead opens it again: `assay batch reopen {task} {batch}`"


def _broken(document: Document, file: LabelFile) -> Iterator[Finding]:
    faults = shape_faults(document, BATCH)
    for fault in faults:
        yield finding("batch/file", fault.at, fault.message, hint=fault.hint, where=file.where)
    value = cast("dict[str, Any]", document.value)
    if not faults and day_or_moment(value["created"]) is None:
        message = f"created: {value['created']!r} is no date"
        yield finding("batch/file", document.at("/created"), message, hint="write a date that exists", where=file.where)


def _unknown(
    document: Document, file: LabelFile, batch: Batch, versions: frozenset[str], roster: Roster
) -> Iterator[Finding]:
    if batch.guideline not in versions:
        message = f"the guideline has no version {batch.guideline!r}"
        hint = f"versions: {', '.join(sorted(versions))}" if versions else ""
        yield finding("label/unknown-guideline", document.at("/guideline"), message, hint=hint, where=file.where)
    for number, name in enumerate(batch.annotators):
        if not roster.knows(name):
            at = document.at(f"/annotators/{number}")
            yield finding("batch/unknown-annotator", at, f"{name} is not in the roster", where=file.where)


def _batch(name: str, entry: JsonObject) -> Batch:
    value = cast("dict[str, Any]", entry)
    return Batch(
        name=name,
        purpose=Purpose(value["purpose"]),
        closed=value["status"] == "closed",
        created=value["created"],
        guideline=value["guideline"],
        annotators=tuple(value.get("annotators", ())),
        overlap=str(value.get("overlap", "")),
        seed=value.get("seed"),
        prelabels=value.get("prelabels", ""),
    )
