"""Who is whom: names of sources, e-mails and handles against the roster, and annotators whose names look alike."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from assay.core import (
    Annotator,
    Finding,
    Kind,
    Location,
    Status,
    Where,
    alike,
    did_you_mean,
    escape,
    finding,
    how_alike,
    id_text,
    spelled,
    yaml_text,
)
from assay.files import Document
from assay.project.shape_check import shape_faults
from assay.project.shapes import IDENTITIES_SHAPE

IDENTITIES = "labels/sources/identities.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Who is whom: by `@source/name` the id of a person of the roster.

    `unsure` are the names whose line cannot be used: whose votes theirs are is open, so none of them counts.
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
        return unreadable(annotators, findings)
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


def unreadable(annotators: Collection[str], findings: tuple[Finding, ...]) -> Identities:
    """What is known where nobody can read who is whom: of no name of a source whose votes theirs are."""
    unsure = frozenset(one for one in annotators if one.startswith("@"))
    return Identities(same={}, unsure=unsure, findings=findings)


def _wrong(
    full: str, who: str, annotators: Mapping[str, Annotator], broken: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, and the remedy; what is broken elsewhere is told there."""
    source, _, name = full[1:].partition("/")
    entry, one = annotators.get(full), annotators.get(who)
    if entry is None and full not in broken:
        named = [other.partition("/")[2] for other in annotators if other.startswith(f"@{source}/")]
        fix = did_you_mean(name, named, f"write a name that stands in labels/sources/{source}.jsonl")
        yield f"{source} has no {spelled(name)}", fix
    if who.startswith("@"):
        yield (
            f"{spelled(name)} leads to {spelled(who)}, another name of a source",
            "write the roster id of the person whom both names mean, on a line each",
        )
    elif one is None and who not in broken:
        people = [other for other, entry in annotators.items() if _is_person(other, entry)]
        fix = did_you_mean(who, people, "`assay annotator add` makes the entry; or correct the id")
        yield f"{spelled(who)} is not in the roster", fix
    elif one is not None and one.kind is Kind.MODEL:
        yield f"{who} is a model, and a name of a source is a person's", "write the roster id of a person"
    if entry is not None and entry.kind is Kind.MODEL:
        yield f"{spelled(name)} of {source} is a model", "take the line out: what a model answers is nobody's vote"
    if entry is not None and entry.status is not Status.ACTIVE:
        yield (
            f"{spelled(name)} {entry.status.said} in labels/sources/{source}.jsonl, and whose votes count stands in the entry of {who}",
            f"take the status out there; `assay annotator set {who} --status {entry.status}` says it of the person",
        )


def _is_person(who: str, entry: Annotator) -> bool:
    return not who.startswith("@") and entry.kind is Kind.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A name that somebody goes by: as it is written, of which entry, and who that is (empty: nobody has said)."""

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
            return f"{spelled(self.text)} of {self.of.partition('/')[0][1:]}"
        return f"{spelled(self.text)}, the handle of {self.of}" if self.handle else f"{self.of} of the roster"


def resembling(
    annotators: Mapping[str, Annotator], same: Mapping[str, str], places: Mapping[str, Location]
) -> Iterator[Finding]:
    """`roster/look-alike` for each entry whose name or handle looks like that of another one: one finding an entry.

    `same` says who is whom: of a name that it has, nothing is open. Nor of models, whose votes count for nobody. Numbers
    are each source's own, and are held against those of the same source alone.
    """
    names = [*_names(annotators, same)]
    by_text: dict[str, list[_Name]] = {}
    for name in names:
        by_text.setdefault(name.text, []).append(name)
    groups = alike(by_text)
    grouped = {text for group in groups for text in group}
    alone = [(text,) for text, several in by_text.items() if len(several) > 1 and text not in grouped]
    for group in (*groups, *alone):
        for several in _apart([name for text in group for name in by_text[text]]):
            yield from _told(several, places)


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


def _apart(names: list[_Name]) -> Iterable[list[_Name]]:
    if not all(name.text.strip().isdigit() for name in names):
        return [names]
    by_source: dict[str, list[_Name]] = {}
    for name in names:
        by_source.setdefault(name.of.partition("/")[0] if name.sourced else "", []).append(name)
    return by_source.values()


def _told(names: list[_Name], places: Mapping[str, Location]) -> Iterator[Finding]:
    """Holds every other entry against the first: one of the roster, else one of whom it is said who they are."""
    first, *others = sorted(names, key=lambda name: (name.sourced, not name.who, name.of, name.text))
    told = {first.of}
    for name in others:
        settled = name.who == first.who if name.who and first.who else False
        if name.of in told or settled or (name.sourced and name.who):
            continue
        told.add(name.of)
        message = f"{name.said} looks like {first.said}: they differ in {how_alike(first.text, name.text)}"
        if first.text == name.text:
            message = f"{name.said} is called as {first.said}"
        message += ", and count as two raters" if name.sourced else ""
        yield finding(
            "roster/look-alike", places[name.of], message, fix=_fix(first, name), where=Where(annotator=name.of)
        )


def _fix(first: _Name, name: _Name) -> str:
    if not name.sourced:
        return "one person has one entry: correct the handle, or take one of the two entries out"
    line = f"`{_line(name, first.who or 'ID')}` in labels/sources/identities.yaml"
    if first.who:
        return f"one person: {line}; two people: there, too, with the id of their own entry"
    return f"one person: {line}, and `{_line(first, 'ID')}`, ID being their entry in labels/annotators/; two people: each with an entry of their own"


def _line(name: _Name, who: str) -> str:
    return f"{name.of.partition('/')[0][1:]}: {{{yaml_text(name.text)}: {who}}}"
