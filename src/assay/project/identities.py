"""Identities: names of sources, e-mails and handles in the roster, and annotators whose names look alike."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from assay.core import (
    Annotator,
    Finding,
    Kind,
    Location,
    Status,
    Where,
    did_you_mean,
    escape,
    finding,
    how_alike,
    id_text,
    lookalikes,
    quoted_text,
    yaml_text,
)
from assay.files import Document
from assay.project.shape_check import shape_faults
from assay.project.shapes import IDENTITIES_SHAPE

IDENTITIES = "labels/sources/identities.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Identities: by `@source/name` the id of a person of the roster.

    `unsure` are the names whose line cannot be used: their votes do not count.
    """

    same: Mapping[str, str]
    unsure: frozenset[str]
    findings: tuple[Finding, ...]


def identities_in(
    document: Document, annotators: Mapping[str, Annotator], broken: Collection[str], sources: Collection[str]
) -> Identities:
    """What a document says of the entries of a roster; `broken` are the ids of those that cannot be used.

    A line that cannot be used is a finding, and maps nothing; where the document has no such shape no line can.
    """
    if faults := shape_faults(document, IDENTITIES_SHAPE):
        findings = tuple(finding("roster/identity", one.at, one.message, fix=one.fix) for one in faults)
        return unknown_identities(annotators, findings)
    same: dict[str, str] = {}
    unsure: set[str] = set()
    found: list[Finding] = []
    for source, names in cast("dict[str, dict[str, Any]]", document.value or {}).items():
        at = document.at(f"/{escape(source)}")
        if source not in sources:
            there = f"sources here: {', '.join(sorted(sources))}" if sources else "no source has been imported yet"
            found.append(finding("roster/identity", at, f"there is no source {source!r}", fix=there))
            continue
        for name, stated in names.items():
            full, who = f"@{source}/{name}", str(id_text(stated))
            line = document.at(f"/{escape(source)}/{escape(name)}")
            if wrong := next(_wrong(full, who, annotators, broken), None):
                where = Where(annotator=full)
                found.append(finding("roster/identity", line, wrong[0], fix=wrong[1], where=where))
            if wrong or full in broken or who in broken:
                unsure.add(full)
            else:
                same[full] = who
    return Identities(same=same, unsure=frozenset(unsure), findings=tuple(found))


def unknown_identities(annotators: Collection[str], findings: tuple[Finding, ...]) -> Identities:
    """The identities where the file cannot be read: every name of a source is unsure."""
    unsure = frozenset(one for one in annotators if one.startswith("@"))
    return Identities(same={}, unsure=unsure, findings=findings)


def _wrong(
    full: str, who: str, annotators: Mapping[str, Annotator], broken: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, and the fix; a broken entry elsewhere has its own finding."""
    source, _, name = full[1:].partition("/")
    entry, one = annotators.get(full), annotators.get(who)
    if entry is None and full not in broken:
        named = [other.partition("/")[2] for other in annotators if other.startswith(f"@{source}/")]
        fix = did_you_mean(name, named, f"write a name from labels/sources/{source}.jsonl")
        yield f"{source} has no {quoted_text(name)}", fix
    if who.startswith("@"):
        yield (
            f"{quoted_text(name)} maps to {quoted_text(who)}, which is also a name of a source",
            "map each name to the roster id of the person, on its own line",
        )
    elif one is None and who not in broken:
        people = [
            other for other, entry in annotators.items() if (not other.startswith("@") and entry.kind is Kind.PERSON)
        ]
        fix = did_you_mean(who, people, "`assay annotator add` adds the entry; or correct the id")
        yield f"{quoted_text(who)} is not in the roster", fix
    elif one is not None and one.kind is Kind.MODEL:
        yield f"{who} is a model, and the names of a source are those of people", "write the roster id of a person"
    if entry is not None and entry.kind is Kind.MODEL:
        yield f"{quoted_text(name)} of {source} is a model", "remove the line: answers of a model are not votes"
    if entry is not None and entry.status is not Status.ACTIVE:
        yield (
            f"{quoted_text(name)} {entry.status.phrase} in labels/sources/{source}.jsonl; the status belongs in the entry of {who}",
            f"remove the status there; `assay annotator set {who} --status {entry.status}` sets it for the person",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A name of an annotator: its text, its entry, and the person (empty: not stated)."""

    text: str
    of: str
    who: str
    handle: bool = False

    @property
    def sourced(self) -> bool:
        """Whether it is a name of a source."""
        return self.of.startswith("@")

    @property
    def said(self) -> str:
        """The name for a message."""
        if self.sourced:
            return f"{quoted_text(self.text)} of {self.of.partition('/')[0][1:]}"
        return f"{quoted_text(self.text)}, the handle of {self.of}" if self.handle else f"{self.of} of the roster"


def resembling(
    annotators: Mapping[str, Annotator], same: Mapping[str, str], places: Mapping[str, Location]
) -> Iterator[Finding]:
    """`roster/look-alike` for each entry whose name or handle looks like that of another one: one finding an entry.

    `same` maps names to people: a name in it has no finding, nor has a model, whose answers are not votes. Numbers
    belong to a source, and are compared with those of the same source only.
    """
    names = [*_names(annotators, same)]
    by_text: dict[str, list[_Name]] = {}
    for name in names:
        by_text.setdefault(name.text, []).append(name)
    groups = lookalikes(by_text)
    grouped = {text for group in groups for text in group}
    alone = [(text,) for text, several in by_text.items() if len(several) > 1 and text not in grouped]
    for group in (*groups, *alone):
        members = [name for text in group for name in by_text[text]]
        numbers = all(name.text.strip().isdigit() for name in members)
        by_source: dict[str, list[_Name]] = {}
        for name in members:
            by_source.setdefault(name.of.partition("/")[0] if numbers and name.sourced else "", []).append(name)
        for several in by_source.values():
            yield from _look_alikes(several, places)


def _names(annotators: Mapping[str, Annotator], same: Mapping[str, str]) -> Iterator[_Name]:
    for one in annotators.values():
        if one.kind is Kind.MODEL:
            continue
        if one.id.startswith("@"):
            yield _Name(text=one.id.partition("/")[2], of=one.id, who=same.get(one.id, ""))
            continue
        yield _Name(text=one.id, of=one.id, who=one.id)
        if one.handle and one.handle != one.id:
            yield _Name(text=one.handle, of=one.id, who=one.id, handle=True)


def _look_alikes(names: list[_Name], places: Mapping[str, Location]) -> Iterator[Finding]:
    """Compares every entry with the first: one of the roster, else one that is mapped to a person."""
    first, *others = sorted(names, key=lambda name: (name.sourced, not name.who, name.of, name.text))
    reported = {first.of}
    for name in others:
        settled = name.who == first.who if name.who and first.who else False
        if name.of in reported or settled or (name.sourced and name.who):
            continue
        reported.add(name.of)
        message = f"{name.said} looks like {first.said}: they differ in {how_alike(first.text, name.text)}"
        if first.text == name.text:
            message = f"{name.said} has the same name as {first.said}"
        message += ", and count as two raters" if name.sourced else ""
        line = f"`{_line(name, first.who or 'ID')}` in labels/sources/identities.yaml"
        if not name.sourced:
            fix = "one person has one entry: correct the handle, or remove one of the two entries"
        elif first.who:
            fix = f"one person: {line}; two people: there, too, with the id of their own entry"
        else:
            fix = (
                f"one person: {line}, and `{_line(first, 'ID')}`, where ID is their entry in labels/annotators/; "
                "two people: each with an entry of their own"
            )
        yield finding("roster/look-alike", places[name.of], message, fix=fix, where=Where(annotator=name.of))


def _line(name: _Name, who: str) -> str:
    return f"{name.of.partition('/')[0][1:]}: {{{yaml_text(name.text)}: {who}}}"
