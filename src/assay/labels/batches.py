"""Read `batch.yaml`: what a batch is for; and which batch of an item is its current one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np

from assay.errors import ConfigError
from assay.git.snapshot import Snapshot
from assay.labels.paths import LabelFile
from assay.labels.times import day_or_moment
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.model.json import JsonObject
from assay.model.project import Batch, Purpose
from assay.project.roster import Roster
from assay.project.shape_check import shape_faults
from assay.project.shapes import BATCH
from assay.store.yaml import Document, load_yaml
from assay.table.columns import Codes


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


def ages(batches: Sequence[Batch], *, closed: bool) -> Codes:
    """The place of each counting batch, closed or open, among them all, the oldest first; -1: the batch is none of them.

    Older is by `created`, then by name.
    """
    wanted = [code for code, batch in enumerate(batches) if batch.counts and batch.closed is closed]
    order = sorted(wanted, key=lambda code: (day_or_moment(batches[code].created) or 0, batches[code].name))
    age = np.full(len(batches), -1, dtype=np.int32)
    age[order] = np.arange(len(order))
    return age


def newest_rounds(batches: Sequence[Batch], held: Iterable[tuple[Codes, Codes]], items: int, *, closed: bool) -> Codes:
    """The newest counting batch, closed or open, that holds each item; -1 where none does.

    `held` are parallel (batch, item) codes: an item is held by a batch that assigns it or has an annotation of it.
    """
    age = ages(batches, closed=closed)
    newest = np.full(items, -1, dtype=np.int32)
    for batch, item in held:
        np.maximum.at(newest, item, age[batch])
    return by_age(age)[newest]


def by_age(age: Codes) -> Codes:
    """The code of the batch in each place, and -1 after them, so that -1 stays -1."""
    codes = np.flatnonzero(age >= 0).astype(np.int32)
    return np.append(codes[np.argsort(age[codes])], np.int32(-1))
