"""Read the roster: annotators, roles and status; and the owner of an e-mail or a handle."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from errno import ELOOP
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, TypeAlias, cast

from assay.core import (
    Annotator,
    Finding,
    JsonObject,
    Kind,
    Location,
    Role,
    Status,
    Where,
    finding,
    is_annotator_name,
    is_name,
    legible,
)
from assay.errors import ConfigError, UsageError
from assay.files import Document, JsonFault, load_yaml, parse_record
from assay.git import Snapshot
from assay.project.config import Project
from assay.project.identities import IDENTITIES, Identities, identities_in, resembling, unknown_identities
from assay.project.shape_check import shape_faults
from assay.project.shapes import ANNOTATOR, SOURCED_ANNOTATOR

ANNOTATORS = "labels/annotators"
SOURCES = "labels/sources"
_PLAIN = {"README.md"}

_Entry: TypeAlias = "_Placed | Finding"
_NOREPLY = re.compile(r"(?:\d+\+)?(?P<login>[^@+]+)@users\.noreply\.\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Placed:
    one: Annotator
    at: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The annotators by id, what is wrong with the roster, and the ids whose entry is broken.

    An id in `broken` is known, so its votes are not faults; they do not count. It has `@source` where
    a line has no annotator. `same` maps `@source/name` to the person of the roster.
    """

    annotators: Mapping[str, Annotator]
    broken: frozenset[str]
    findings: tuple[Finding, ...]
    same: Mapping[str, str] = field(default_factory=dict)

    def person(self, annotator: str) -> str:
        """Who votes under a name: the person of the roster, where it is known that it is theirs, else the name itself."""
        return self.same.get(annotator, annotator)

    def knows(self, annotator: str) -> bool:
        """Whether there is an entry of that id, broken or not."""
        return annotator in self.annotators or not self.broken.isdisjoint({annotator, annotator.partition("/")[0]})


def load_roster(project: Project) -> Roster:
    """The roster of a project; what is wrong with an entry is a finding, and the entry is left out."""
    snapshot = project.snapshot
    annotators: dict[str, Annotator] = {}
    places: dict[str, Location] = {}
    findings = [
        finding("label/symlink", Location(path=folder), f"{folder} is a symbolic link and is not followed")
        for folder in (ANNOTATORS, SOURCES)
        if snapshot.link(folder) == folder
    ]
    people = (_entry(snapshot, f"{ANNOTATORS}/{name}") for name in _names(snapshot, ANNOTATORS))
    for entry in chain(chain.from_iterable(people), _sourced(snapshot)):
        if isinstance(entry, Finding):
            findings.append(entry)
        else:
            annotators[entry.one.id] = entry.one
            places[entry.one.id] = entry.at
    broken = frozenset(found.annotator for found in findings if found.annotator not in annotators)
    known = _identities(snapshot, annotators, broken)
    findings += [*known.findings, *resembling(annotators, known.same, places)]
    return Roster(
        annotators={who: one for who, one in sorted(annotators.items()) if who not in known.unsure},
        broken=broken | known.unsure,
        findings=tuple(sorted(findings, key=lambda found: found.sort_key)),
        same=known.same,
    )


def is_day(text: str) -> bool:
    """Whether it is an ISO date, `YYYY-MM-DD`, of a day that there is."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def entry_in(data: bytes, file: str, identity: str) -> Annotator:
    """The entry that bytes would be: those of a person's file, or the line of an annotator of a source.

    Raises:
        ConfigError: the entry could not be used.
    """
    if identity.startswith("@"):
        found = list(_worker(identity.partition("/")[0][1:], Location(path=file), data))
    else:
        found = list(_parsed(data, file, identity))
    broken = next((one for one in found if isinstance(one, Finding) and one.rule == "roster/entry"), None)
    if broken is not None:
        raise ConfigError(f"{broken.at.path}:{broken.at.line} {broken.message}", fix=broken.fix)
    return next(one.one for one in found if isinstance(one, _Placed))


def _identities(snapshot: Snapshot, annotators: Mapping[str, Annotator], broken: frozenset[str]) -> Identities:
    """The identities; empty where there is no such file."""
    if PurePosixPath(IDENTITIES).name not in snapshot.names(SOURCES):
        return Identities(same={}, unsure=frozenset(), findings=())
    try:
        document = load_yaml(_read(snapshot, IDENTITIES), IDENTITIES)
    except (ConfigError, OSError) as error:
        fix = error.fix if isinstance(error, ConfigError) else ""
        return unknown_identities(annotators, (finding("roster/identity", *_read_fault(error, IDENTITIES), fix=fix),))
    sources = {PurePosixPath(name).stem for name in _names(snapshot, SOURCES) if name.endswith(".jsonl")}
    return identities_in(document, annotators, broken, sources)


def _entry(snapshot: Snapshot, file: str) -> Iterator[_Entry]:
    name = legible(file)
    path = PurePosixPath(name)
    if path.suffix != ".yaml" or not is_annotator_name(path.stem):
        message = "the file name of a roster entry is <annotator>.yaml, in lower case; `assignments` is reserved"
        yield _broken(Location(path=name), message, "")
        return
    try:
        data = _read(snapshot, file)
    except OSError as error:
        yield _broken(*_read_fault(error, name), path.stem)
        return
    yield from _parsed(data, name, path.stem)


def _parsed(data: bytes, name: str, identity: str) -> Iterator[_Entry]:
    try:
        document = load_yaml(data, name)
    except ConfigError as error:
        yield _broken(*_read_fault(error, name), identity, fix=error.fix)
        return
    yield from _stated(document, ANNOTATOR, identity)


def _read_fault(error: ConfigError | OSError, name: str) -> tuple[Location, str]:
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
        if f"{SOURCES}/{file}" == IDENTITIES:
            continue
        path = PurePosixPath(file)
        name = f"{SOURCES}/{legible(file)}"
        if path.suffix != ".jsonl" or not is_name(path.stem):
            message = "the file name of a source's roster is <source>.jsonl, in lower case"
            yield _broken(Location(path=name), message, "")
            continue
        try:
            data = _read(snapshot, f"{SOURCES}/{file}")
        except OSError as error:
            yield _broken(*_read_fault(error, name), f"@{path.stem}")
            continue
        first: dict[str, int] = {}
        for number, line in enumerate(data.removesuffix(b"\n").split(b"\n") if data else (), start=1):
            for entry in _worker(path.stem, Location(path=name, line=number), line):
                if isinstance(entry, _Placed) and first.setdefault(entry.one.id, number) < number:
                    message = f"{entry.one.id} is already on line {first[entry.one.id]}"
                    yield _broken(Location(path=name, line=number), message, entry.one.id)
                else:
                    yield entry


def _worker(source: str, at: Location, line: bytes) -> Iterator[_Entry]:
    try:
        value = parse_record(line)
    except JsonFault as fault:
        yield _broken(at, fault.message, f"@{source}")
        return
    document = Document(path=at.path, value=value, lines={"": at.line})
    spelling = value.get("annotator")
    identity = f"@{source}/{spelling}" if isinstance(spelling, str) else f"@{source}"
    yield from _stated(document, SOURCED_ANNOTATOR, identity)


def _stated(document: Document, shape: JsonObject, identity: str) -> Iterator[_Entry]:
    """The annotator of an entry of the right shape, with what is wrong with its date; else what is wrong with it."""
    if faults := shape_faults(document, shape):
        yield from (_broken(fault.at, fault.message, identity, fix=fault.fix) for fault in faults)
        return
    value = cast("dict[str, Any]", cast("JsonObject", document.value))
    one = Annotator(
        id=identity,
        kind=Kind(value.get("kind", Kind.PERSON)),
        role=Role(value.get("role", Role.ANNOTATOR)),
        status=Status(value.get("status", Status.ACTIVE)),
        since=value.get("since", ""),
        handle=value.get("handle", ""),
        emails=tuple(value.get("emails", ())),
        groups=value.get("groups", {}),
        qualified=tuple(value["qualified"]) if "qualified" in value else None,
    )
    if wrong := _undated(one):
        at = document.at("/since" if one.since else "/status")
        yield finding("roster/since", at, wrong[0], fix=wrong[1], where=Where(annotator=identity))
        # With an invalid date no vote of an annotator who is away counts.
        one = one if is_day(one.since) else replace(one, since="")
    yield _Placed(one, document.at("/annotator" if identity.startswith("@") else ""))


def _undated(one: Annotator) -> tuple[str, str] | None:
    if one.since and not is_day(one.since):
        return f"since: {one.since!r} is not a calendar date", "write a date like 2026-01-31"
    if one.away and not one.since:
        return (
            f"{one.id} {one.status.phrase}, and `since` is missing: no vote counts",
            f"write `since: YYYY-MM-DD` beside `status: {one.status}`; votes made before that day count",
        )
    if one.since and one.status is Status.EXCLUDED:
        return (
            f"{one.id} is excluded, which removes all votes, whatever their date; `since` has no effect",
            "remove `since`, or write `status: left`: then votes made before that day count",
        )
    return None


def _names(snapshot: Snapshot, folder: str) -> Iterator[str]:
    return (name for name in snapshot.names(folder) if name not in _PLAIN and not name.startswith("."))


def _broken(at: Location, message: str, identity: str, *, fix: str = "") -> Finding:
    return finding("roster/entry", at, message, fix=fix, where=Where(annotator=identity))


def login_in(address: str) -> str:
    """The login that a forge's noreply address names; empty where it is another address."""
    found = _NOREPLY.fullmatch(address.strip())
    return found["login"] if found else ""


def stated_as(roster: Roster, who: str) -> Annotator:
    """The roster entry of an id.

    Raises:
        UsageError: there is none, or it is a model's.
    """
    annotator = roster.annotators.get(who)
    if annotator is None or who.startswith("@"):
        people = ", ".join(_people_identity(roster)) or "none yet"
        fix = f"in the roster: {people}; a lead adds others with `assay annotator add`"
        raise UsageError(f"{who!r} is not in the roster", fix=fix)
    if annotator.kind is Kind.MODEL:
        raise UsageError(f"{who} is a model, and annotators here are people", fix="give the id of a person")
    return annotator


def known_by(roster: Roster, email: str, handles: Iterable[str] = ()) -> Annotator | None:
    """The person with this e-mail (a forge's noreply address names a handle), else with one of these handles.

    None where no one, or more than one person, has it.
    """
    names = {handle.casefold() for handle in (*handles, login_in(email)) if handle}
    people = [roster.annotators[name] for name in _people_identity(roster)]
    by_email = [one for one in people if email and email.casefold() in {known.casefold() for known in one.emails}]
    by_handle = [one for one in people if one.handle and one.handle.casefold() in names]
    found = by_email or by_handle
    return found[0] if len(found) == 1 else None


def _people_identity(roster: Roster) -> list[str]:
    return [name for name, one in roster.annotators.items() if one.kind is Kind.PERSON and not name.startswith("@")]
