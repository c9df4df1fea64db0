"""Annotators whose names look alike, and of whom nobody has said whether they are one person."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.lookalikes import alike, how_alike, spelled, yaml_text
from assay.model.project import Annotator, Kind


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
            "roster/look-alike", places[name.of], message, hint=_remedy(first, name), where=Where(annotator=name.of)
        )


def _remedy(first: _Name, name: _Name) -> str:
    if not name.sourced:
        return "one person has one entry: correct the handle, or take one of the two entries out"
    line = f"`{_line(name, first.who or 'ID')}` in labels/sources/identities.yaml"
    if first.who:
        return f"one person: {line}; two people: there, too, with the id of their own entry"
    return f"one person: {line}, and `{_line(first, 'ID')}`, ID being their entry in labels/annotators/; two people: each with an entry of their own"


def _line(name: _Name, who: str) -> str:
    return f"{name.of.partition('/')[0][1:]}: {{{yaml_text(name.text)}: {who}}}"
