"""What is wrong with a guideline's front matter."""

from collections.abc import Container, Iterator
from datetime import date
from itertools import pairwise

from assay.errors import ConfigError
from assay.guidelines.front_matter import Change, Guideline, Source
from assay.guidelines.versions import version_of
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.project.shape_check import shape_faults
from assay.project.shapes import GUIDELINE
from assay.store.yaml import Document


def unreadable(error: ConfigError, path: str, task: str) -> Finding:
    """What stops the reading of a guideline, as a finding at its line."""
    place, _, said = error.message.removeprefix(path).removeprefix(":").partition(" ")
    at = Location(path=path, line=int(place)) if place.isdigit() else Location(path=path)
    message = said if place.isdigit() else error.message.removeprefix(f"{path}: ")
    return finding("guideline/front-matter", at, message, hint=error.hint, where=Where(task=task))


def shape_findings(source: Source) -> tuple[Finding, ...]:
    """What keeps the front matter from being read: not YAML, a key missing or of the wrong kind, another task's name."""
    where = Where(task=source.task)
    try:
        document = source.document()
    except ConfigError as error:
        return (unreadable(error, source.path, source.task),)
    faults = tuple(
        finding("guideline/front-matter", fault.at, fault.message, hint=fault.hint, where=where)
        for fault in shape_faults(document, GUIDELINE)
    )
    stated = document.value.get("task") if isinstance(document.value, dict) else None
    if faults or stated == source.task:
        return faults
    message, hint = f"this is the guideline of {stated!r}", f"write `task: {source.task}`"
    return (finding("guideline/front-matter", document.at("/task"), message, hint=hint, where=where),)


def front_findings(guideline: Guideline, document: Document, people: Container[str]) -> Iterator[Finding]:
    """What is wrong with a front matter that can be read: owners whom nobody can ask, versions out of order.

    `people` are those of the roster.
    """
    where = Where(task=guideline.task)
    for rule, pointer, message, hint in (*_owners(guideline, people), *_changes(guideline)):
        yield finding(rule, document.at(pointer), message, hint=hint, where=where)


def _owners(guideline: Guideline, people: Container[str]) -> Iterator[tuple[str, str, str, str]]:
    if not guideline.owners:
        yield "guideline/owner", "/owners", "nobody owns the guideline", "write `owners: [<annotator>]`"
    for place, owner in enumerate(guideline.owners):
        if owner not in people:
            hint = f"add labels/annotators/{owner}.yaml, or correct the name"
            yield "guideline/owner", f"/owners/{place}", f"{owner} is not in the roster", hint


def _changes(guideline: Guideline) -> Iterator[tuple[str, str, str, str]]:
    rule = "guideline/changes"
    for place, change in enumerate(guideline.changes):
        if not _is_date(change.date):
            yield rule, f"/changes/{place}/date", f"{change.date} is no day of the calendar", "write YYYY-MM-DD"
    for place, (before, after) in enumerate(pairwise(guideline.changes), start=1):
        yield from _step(before, after, f"/changes/{place}")
    listed = {change.version for change in guideline.changes}
    if guideline.version not in listed:
        hint = "add an entry for it at the end of `changes`: version, date, summary, affects"
        yield rule, "/version", f"version {guideline.version} has no entry under `changes`", hint
    elif guideline.version != guideline.changes[-1].version:
        last = guideline.changes[-1].version
        yield rule, "/version", f"the version is {guideline.version}, and the last change made it {last}", ""


def _step(before: Change, after: Change, pointer: str) -> Iterator[tuple[str, str, str, str]]:
    rule = "guideline/changes"
    earlier, later = version_of(before.version), version_of(after.version)
    if later == earlier:
        yield rule, f"{pointer}/version", f"version {after.version} stands twice", "give each version one entry"
    elif later < earlier:
        message = f"version {after.version} stands after {before.version}"
        yield rule, f"{pointer}/version", message, "list the versions in ascending order"
    if after.date < before.date:
        message = f"version {after.version} is of {after.date}, before {before.version} of {before.date}"
        yield rule, f"{pointer}/date", message, "correct the date; a later version is never of an earlier day"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
