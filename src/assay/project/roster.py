"""Read the roster: who may label, and whose votes count."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from errno import ELOOP
from pathlib import PurePosixPath
from typing import Any, TypeAlias, cast

from assay.errors import ConfigError
from assay.git.snapshot import Snapshot
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.json import JsonObject
from assay.model.names import is_annotator_name, is_name, legible
from assay.model.project import Annotator, Kind, Role, Status
from assay.project.find import Project
from assay.project.shape_check import shape_faults
from assay.project.shapes import ANNOTATOR, SOURCED_ANNOTATOR
from assay.store.strict_json import JsonFault, parse_strict
from assay.store.yaml import Document, load_yaml

ANNOTATORS = "labels/annotators"
SOURCES = "labels/sources"
_MARKERS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_PLAIN = {"README.md"}

_Entry: TypeAlias = "Annotator | Finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The annotators by id, what is wrong with the roster, and the ids whose entry is broken.

    An id in `broken` is known, so its votes are no fault of their own; they do not count. `@source` stands in it where
    a line does not even say whose it is.
    """

    annotators: Mapping[str, Annotator]
    broken: frozenset[str]
    findings: tuple[Finding, ...]

    def knows(self, annotator: str) -> bool:
        """Whether there is an entry of that id, broken or not."""
        return annotator in self.annotators or not self.broken.isdisjoint({annotator, annotator.partition("/")[0]})


def load_roster(project: Project) -> Roster:
    """The roster of a project; what is wrong with an entry is a finding, and the entry is left out."""
    snapshot = project.snapshot
    return _gathered((*_links(snapshot), *_people(snapshot), *_sourced(snapshot)))


def _gathered(entries: Iterable[_Entry]) -> Roster:
    annotators: dict[str, Annotator] = {}
    findings: list[Finding] = []
    for entry in entries:
        if isinstance(entry, Finding):
            findings.append(entry)
        else:
            annotators[entry.id] = entry
    return Roster(
        annotators=dict(sorted(annotators.items())),
        broken=frozenset(found.annotator for found in findings if found.annotator not in annotators),
        findings=tuple(sorted(findings, key=lambda found: found.sort_key)),
    )


def _links(snapshot: Snapshot) -> Iterator[Finding]:
    for folder in (ANNOTATORS, SOURCES):
        if snapshot.link(folder) == folder:
            yield finding("label/symlink", Location(path=folder), f"{folder} is a symbolic link and is not followed")


def _people(snapshot: Snapshot) -> Iterator[_Entry]:
    for name in _names(snapshot, ANNOTATORS):
        yield from _entry(snapshot, f"{ANNOTATORS}/{name}")


def _entry(snapshot: Snapshot, file: str) -> Iterator[_Entry]:
    name = legible(file)
    path = PurePosixPath(name)
    if path.suffix != ".yaml" or not is_annotator_name(path.stem):
        told = "a roster entry is called <annotator>.yaml, in lower case; `assignments` names no annotator"
        yield _broken(Location(path=name), told, "")
        return
    try:
        document = load_yaml(_read(snapshot, file), name)
    except (ConfigError, OSError) as error:
        hint = error.hint if isinstance(error, ConfigError) else ""
        yield _broken(*_told(error, name), path.stem, hint=hint)
        return
    faults = list(_faults(document, ANNOTATOR, path.stem))
    yield from faults or (_annotator(path.stem, cast("JsonObject", document.value)),)


def _told(error: ConfigError | OSError, name: str) -> tuple[Location, str]:
    if isinstance(error, OSError):
        reason = "a symbolic link is not followed" if error.errno == ELOOP else error.strerror
        return Location(path=name), f"cannot be read: {reason}"
    place, _, said = error.message.removeprefix(f"{name}:").partition(" ")
    return Location(path=name, line=int(place) if place.isdigit() else 0), said


def _read(snapshot: Snapshot, file: str) -> bytes:
    if snapshot.link(file):
        raise OSError(ELOOP, "a symbolic link", file)
    return snapshot.read(file)


def _sourced(snapshot: Snapshot) -> Iterator[_Entry]:
    for file in _names(snapshot, SOURCES):
        path = PurePosixPath(file)
        name = f"{SOURCES}/{legible(file)}"
        if path.suffix != ".jsonl" or not is_name(path.stem):
            yield _broken(Location(path=name), "a source's roster is called <source>.jsonl, in lower case", "")
            continue
        try:
            data = _read(snapshot, f"{SOURCES}/{file}")
        except OSError as error:
            yield _broken(*_told(error, name), f"@{path.stem}")
            continue
        yield from _crowd(path.stem, name, data)


def _crowd(source: str, name: str, data: bytes) -> Iterator[_Entry]:
    first: dict[str, int] = {}
    for number, line in enumerate(data.removesuffix(b"\n").split(b"\n") if data else (), start=1):
        for entry in _worker(source, Location(path=name, line=number), line):
            if isinstance(entry, Annotator) and first.setdefault(entry.id, number) < number:
                message = f"{entry.id} stands already on line {first[entry.id]}"
                yield _broken(Location(path=name, line=number), message, entry.id)
            else:
                yield entry


def _worker(source: str, at: Location, line: bytes) -> Iterator[_Entry]:
    try:
        document = Document(path=at.path, value=parse_strict(line), lines={"": at.line})
    except JsonFault as fault:
        conflict = line.startswith(_MARKERS)
        yield _broken(at, "an unsettled merge conflict" if conflict else fault.message, f"@{source}")
        return
    value = document.value
    spelling = value.get("annotator") if isinstance(value, dict) else None
    identity = f"@{source}/{spelling}" if isinstance(spelling, str) else f"@{source}"
    faults = list(_faults(document, SOURCED_ANNOTATOR, identity))
    yield from faults or (_annotator(identity, cast("JsonObject", value)),)


def _faults(document: Document, shape: JsonObject, identity: str) -> Iterator[Finding]:
    for fault in shape_faults(document, shape):
        yield finding("roster/entry", fault.at, fault.message, hint=fault.hint, where=Where(annotator=identity))


def _annotator(identity: str, entry: JsonObject) -> Annotator:
    value = cast("dict[str, Any]", entry)
    return Annotator(
        id=identity,
        kind=Kind(value.get("kind", Kind.PERSON)),
        role=Role(value.get("role", Role.ANNOTATOR)),
        status=Status(value.get("status", Status.ACTIVE)),
        handle=value.get("handle", ""),
        emails=tuple(value.get("emails", ())),
        groups=value.get("groups", {}),
        qualified=tuple(value["qualified"]) if "qualified" in value else None,
    )


def _names(snapshot: Snapshot, folder: str) -> Iterator[str]:
    return (name for name in snapshot.names(folder) if name not in _PLAIN and not name.startswith("."))


def _broken(at: Location, message: str, identity: str, *, hint: str = "") -> Finding:
    return finding("roster/entry", at, message, hint=hint, where=Where(annotator=identity))
