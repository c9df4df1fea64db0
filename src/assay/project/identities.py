"""Read `labels/sources/identities.yaml`: which name of which source is which person of the roster."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from assay.model.catalogue import Where, finding
from assay.model.finding import Finding
from assay.model.json import escape
from assay.model.lookalikes import spelled
from assay.model.names import did_you_mean, id_text
from assay.model.project import Annotator, Kind, Status
from assay.project.shape_check import shape_faults
from assay.project.shapes import IDENTITIES_SHAPE
from assay.store.yaml import Document

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
        findings = tuple(finding("roster/identity", one.at, one.message, hint=one.hint) for one in faults)
        return unreadable(annotators, findings)
    same: dict[str, str] = {}
    unsure: set[str] = set()
    found: list[Finding] = []
    for source, names in cast("dict[str, dict[str, Any]]", document.value or {}).items():
        at = document.at(f"/{escape(source)}")
        if source not in sources:
            there = f"sources here: {', '.join(sorted(sources))}" if sources else "no source has been imported yet"
            found.append(finding("roster/identity", at, f"there is no source {source!r}", hint=there))
            continue
        for name, stated in names.items():
            full, who = f"@{source}/{name}", str(id_text(stated))
            line = document.at(f"/{escape(source)}/{escape(name)}")
            if wrong := next(_wrong(full, who, annotators, broken), None):
                where = Where(annotator=full)
                found.append(finding("roster/identity", line, wrong[0], hint=wrong[1], where=where))
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
        hint = did_you_mean(name, named, f"write a name that stands in labels/sources/{source}.jsonl")
        yield f"{source} has no {spelled(name)}", hint
    if who.startswith("@"):
        yield (
            f"{spelled(name)} leads to {spelled(who)}, another name of a source",
            "write the roster id of the person whom both names mean, on a line each",
        )
    elif one is None and who not in broken:
        people = [other for other, entry in annotators.items() if _is_person(other, entry)]
        hint = did_you_mean(who, people, "`assay annotator add` makes the entry; or correct the id")
        yield f"{spelled(who)} is not in the roster", hint
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
