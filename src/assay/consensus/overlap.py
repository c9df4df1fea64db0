"""Overlap voting on spans and boxes: first the elements, then the attributes of each.

An element is its extent, its kind and its attributes. `assay.consensus.elements` finds the extents and kinds that a majority
marks; then those who back an element vote on each attribute, by the rule of the attribute's scale. Omitting an optional
attribute is a vote, too. Where the votes tie or are too far apart the attribute is undecided: an optional one is omitted, and
a required one leaves the item without a value.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TypeAlias

import numpy as np

from assay import core
from assay.consensus.doubt_reasons import too_far_apart
from assay.consensus.elements import Backed, Elements, Fuse, Fused
from assay.consensus.result import Source
from assay.consensus.votes import Ballots, Opinion, Rule, measurable, standard, tally_votes
from assay.core import EXTENTS, QUOTE, Field, Json, JsonObject, Scale

Quote: TypeAlias = Callable[[int, JsonObject], "str | None"]
"""The text of a span of an item, by its code; None if there is none."""

_Given: TypeAlias = Mapping[int, Mapping[int, tuple[Json, ...]]]
"""The values of one attribute, by the number of the element and by voter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """The result of the votes on one attribute of an element: a value, none, or why it is undecided."""

    value: tuple[Json, ...] = ()
    why: Source | None = None


@dataclass(slots=True, kw_only=True)
class _Settled:
    """An element with its decided and undecided attributes."""

    backed: Backed
    value: JsonObject
    voted: int = 0
    agreed: Counter[int] = field(default_factory=Counter)
    undecided: list[Json] = field(default_factory=list)
    blocked: bool = False

    def settle(self, attribute: Field, decided: _Decided, given: Mapping[int, tuple[Json, ...]]) -> None:
        """Sets the decided value of an attribute, or notes that it is undecided; `given` are the values by voter."""
        self.voted += 1
        text = [core.canonical_text(value) for value in decided.value]
        name, voices = attribute.name, self.backed.voices
        texts = {
            voter: [core.canonical_text(standard(one, attribute)) for one in values] for voter, values in given.items()
        }
        if decided.why is not None:
            counts = Counter(chain.from_iterable(texts.values()))
            if lacking := len(voices) - len(given):
                counts[""] = lacking
            self.leave_open(name, decided.why, counts)
            self.blocked |= attribute.required
            return
        own = (element for elements in voices.values() for element in elements if name in element)
        if decided.value:
            self.value[name] = decided.value[0]
        elif any(core.is_missing(element[name]) for element in own):
            self.value[name] = None
        for voter in voices:
            mine = texts.get(voter, [])
            self.agreed[voter] += mine == text if not text else text[0] in mine

    def quote(self, of: Field, quoted: Callable[[JsonObject], "str | None"]) -> None:
        """Sets the quote of a span where most who back it give one: from the source, else from voters of the same span."""
        spans = [span for voices in self.backed.voices.values() for span in voices[:1]]
        if 2 * sum(QUOTE in span for span in spans) <= len(spans):
            return
        own = self.backed.own
        if (text := quoted(own)) is not None:
            self.value[QUOTE] = text
            return
        exact = [span for span in spans if all(span[key] == own[key] for key in EXTENTS[of.scale])]
        counts = Counter(core.canonical_text(span[QUOTE]) for span in exact if QUOTE in span)
        most = [text for text, count in counts.items() if count == max(counts.values())]
        if len(most) == 1:
            self.value[QUOTE] = next(span[QUOTE] for span in exact if core.canonical_text(span.get(QUOTE)) == most[0])
        else:
            self.leave_open(QUOTE, Source.TIE, counts)

    def leave_open(self, name: str, why: Source, counts: Mapping[str, int]) -> None:
        votes: JsonObject = {text: counts[text] for text in sorted(counts)}
        self.undecided.append({"at": self.backed.own, "attribute": name, "votes": votes, "why": why.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapContext:
    """The inputs besides the votes: the text of a span, and how far apart numbers may be, by attribute."""

    quote: Quote = lambda _item, _span: None
    spread: Mapping[str, float] = field(default_factory=dict)


def overlap(
    ballots: Ballots, fuse: Fuse, of: Field, rule_for: Callable[[Field], Rule], context: OverlapContext
) -> Opinion:
    """Each item's votes fused into one value; what all voters gave alike is kept as it is.

    Confidence is the mean likeness of the votes to the value, an element counting by the share of its
    attributes that agree, extent and kind being one: a vote that differs in one of two attributes agrees by two thirds.
    """
    votes = list(ballots.iter_votes())
    fused = {
        place: fuse([value for value, count in vote for _ in range(count)])
        for place, vote in enumerate(votes)
        if len(vote) > 1
    }
    settled = {
        place: [_Settled(backed=element, value=dict(element.own)) for element in found.elements]
        for place, found in fused.items()
    }
    _vote(settled, of, rule_for, context.spread)
    if of.scale is Scale.SPANS and all(attribute.name != QUOTE for attribute in of.attributes):
        for place, elements in settled.items():
            for element in elements:
                element.quote(of, partial(context.quote, int(ballots.items[place])))
    marked = [settled.get(place, ()) for place in range(len(votes))]
    blocked = [any(element.blocked for element in elements) for elements in marked]
    values = {
        place: core.canonical_value([element.value for element in found], of.scale)
        for place, found in settled.items()
        if not blocked[place]
    }
    undecided = [[note for element in elements for note in element.undecided] for elements in marked]
    likeness = [_likeness(fused[place], settled[place]) if place in fused else 1.0 for place in range(len(votes))]
    return Opinion(
        value=tuple(
            None if stop else values.get(place, vote[0][0])
            for place, (stop, vote) in enumerate(zip(blocked, votes, strict=True))
        ),
        confidence=np.array(likeness, dtype=np.float64),
        tied=np.array(blocked, dtype=np.bool_),
        undecided=tuple(core.canonical_text(some) if some else "" for some in undecided),
    )


def _likeness(fused: Fused, elements: Sequence[_Settled]) -> float:
    common = fused.common.copy()
    for element in elements:
        for voter, mass in element.backed.mass.items() if element.voted else ():
            common[voter] -= mass * (element.voted - element.agreed[voter]) / (element.voted + 1)
    alike = np.divide(common, fused.either, out=np.ones(len(common)), where=fused.either > 0)
    return float(alike.mean())


def _vote(
    settled: Mapping[int, Sequence[_Settled]], of: Field, rule_for: Callable[[Field], Rule], spread: Mapping[str, float]
) -> None:
    """Votes on every attribute of the elements, all elements at once."""
    declared = {attribute.name: attribute for attribute in of.attributes}
    given: dict[str, dict[int, dict[int, tuple[Json, ...]]]] = defaultdict(dict)
    elements = [element for some in settled.values() for element in some]
    for number, element in enumerate(elements):
        for voter, voices in element.backed.voices.items():
            for key, values in _said(voices, of).items():
                given[key].setdefault(number, {}).update({voter: values} if values else {})
    for key in sorted(given):
        attribute = declared.get(key) or Field(name=key, scale=Scale.NOMINAL, textual=False)
        opinions = _opinions(given[key], attribute, rule_for(attribute), spread.get(key))
        for number, decided in _decided(given[key], elements, attribute, opinions):
            elements[number].settle(attribute, decided, given[key][number])


def _said(voices: Elements, of: Field) -> Mapping[str, tuple[Json, ...]]:
    """A voter's values of an element, by attribute; a voter who marks it twice may give two, and null is none."""
    values: dict[str, dict[str, Json]] = defaultdict(dict)
    for element in voices:
        for key, value in core.other_attributes(element, of).items():
            values[key].update({} if core.is_missing(value) else {core.canonical_text(value): value})
    return {key: tuple(found.values()) for key, found in values.items()}


def _opinions(given: _Given, attribute: Field, rule: Rule, spread: float | None) -> Mapping[int, _Decided]:
    """The results of the votes on an attribute, by the number of the element."""
    rows = [
        (number, standard(value, attribute))
        for number, voters in given.items()
        for values in voters.values()
        for value in values
        if measurable(value, attribute.scale)
    ]
    if not rows:
        return {}
    values = core.ordered_values((value for _, value in rows), attribute)
    rank = {core.canonical_text(value): code for code, value in enumerate(values)}
    items = np.array([number for number, _ in rows], dtype=np.int32)
    codes = np.array([rank[core.canonical_text(value)] for _, value in rows], dtype=np.int32)
    ballots = tally_votes(items, codes, values)
    opinion, far = rule(ballots), too_far_apart(ballots, attribute, spread).tolist()
    found: dict[int, _Decided] = {}
    for place, number in enumerate(ballots.items.tolist()):
        why = Source.TIE if opinion.tied[place] else Source.APART if far[place] else None
        found[number] = _Decided(why=why) if why else _Decided(value=(opinion.value[place],))
    return found


def _decided(
    given: _Given, elements: Sequence[_Settled], attribute: Field, opinions: Mapping[int, _Decided]
) -> Iterator[tuple[int, _Decided]]:
    """The same, with the voters who omit an optional attribute."""
    for number, voters in given.items():
        backing = len(elements[number].backed.voices)
        lacking = 0 if attribute.required else 2 * (backing - len(voters))
        if not voters or lacking > backing:
            yield number, _Decided()
        elif lacking == backing:
            yield number, _Decided(why=Source.TIE)
        else:
            yield number, opinions.get(number, _Decided(why=Source.TIE))
