"""Overlap voting on spans and boxes: first which elements there are, then what is said of each.

An element is its extent, its kind and its attributes. Which extents and kinds a majority marks says the scale's own module;
then each attribute is voted on by those who back the element, by the rule of the attribute's scale. To leave an attribute
away that an element can be without is a vote, too. Where the votes tie, or are too far apart, nothing is settled: an
attribute that may be missing is, and one that every element must have leaves the item without a value.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import numpy as np

from assay.consensus.doubt_reasons import apart
from assay.consensus.elements import Backed, Elements, Fuse, Fused
from assay.consensus.result import Source
from assay.consensus.votes import Ballots, Opinion, Rule, measurable, standard, tally_votes
from assay.core import (
    EXTENTS,
    QUOTE,
    Field,
    Json,
    JsonObject,
    Scale,
    canonical_text,
    canonical_value,
    is_missing,
    ordered_values,
    said_besides,
)

Quote: TypeAlias = Callable[[int, JsonObject], "str | None"]
"""What stands at a span of an item, by its code; None where that is no text."""


_Given: TypeAlias = Mapping[int, Mapping[int, tuple[Json, ...]]]
"""By the number of an element, and by voter, what is said of one attribute."""


@dataclass(slots=True, kw_only=True)
class _Settled:
    """An element with what was decided of it, and what was not."""

    backed: Backed
    value: JsonObject
    voted: int = 0
    agreed: Counter[int] = field(default_factory=Counter)
    undecided: list[Json] = field(default_factory=list)
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What overlap voting knows besides the votes: what stands at a span, and how far apart numbers may be, by attribute."""

    quote: Quote = lambda _item, _span: None
    spread: Mapping[str, float] = field(default_factory=dict)


def overlap(ballots: Ballots, fuse: Fuse, of: Field, rule_for: Callable[[Field], Rule], known: Context) -> Opinion:
    """Each item's votes fused into one value; what all voters gave alike is kept as they gave it.

    Confidence is the mean likeness of the votes to the value, an element counting by the share of what is said of it, its
    extent and kind being one thing: who disagrees on one of two attributes is like it by two thirds.
    """
    papers = list(ballots.iter_votes())
    fused = {
        place: fuse([value for value, count in paper for _ in range(count)])
        for place, paper in enumerate(papers)
        if len(paper) > 1
    }
    settled = {
        place: [_Settled(backed=one, value=dict(one.own)) for one in found.elements] for place, found in fused.items()
    }
    _vote(settled, of, rule_for, known.spread)
    if of.scale is Scale.SPANS:
        for place, elements in settled.items():
            _quote(elements, of, partial(known.quote, int(ballots.items[place])))
    blocked = [any(one.blocked for one in settled.get(place, ())) for place in range(len(papers))]
    values = {
        place: canonical_value([one.value for one in found], of.scale)
        for place, found in settled.items()
        if not blocked[place]
    }
    return Opinion(
        value=tuple(
            None if stop else values.get(place, paper[0][0])
            for place, (stop, paper) in enumerate(zip(blocked, papers, strict=True))
        ),
        confidence=np.array(
            [_likeness(fused[place], settled[place]) if place in fused else 1.0 for place in range(len(papers))],
            dtype=np.float64,
        ),
        tied=np.array(blocked, dtype=np.bool_),
        undecided=tuple(_undecided(settled.get(place, ())) for place in range(len(papers))),
    )


def _undecided(elements: Sequence[_Settled]) -> str:
    told: list[Json] = [said for one in elements for said in one.undecided]
    return canonical_text(told) if told else ""


def _likeness(fused: Fused, elements: Sequence[_Settled]) -> float:
    common = fused.common.copy()
    for one in elements:
        for voter, mass in one.backed.mass.items() if one.voted else ():
            common[voter] -= mass * (one.voted - one.agreed[voter]) / (one.voted + 1)
    alike = np.divide(common, fused.either, out=np.ones(len(common)), where=fused.either > 0)
    return float(alike.mean())


def _vote(
    settled: Mapping[int, Sequence[_Settled]],
    of: Field,
    rule_for: Callable[[Field], Rule],
    spread: Mapping[str, float],
) -> None:
    """Votes on every attribute that anybody gave one of the elements, all elements at once."""
    declared = {attribute.name: attribute for attribute in of.attributes}
    given: dict[str, dict[int, dict[int, tuple[Json, ...]]]] = defaultdict(dict)
    elements = [one for some in settled.values() for one in some]
    for number, one in enumerate(elements):
        for voter, voices in one.backed.voices.items():
            for key, values in _said(voices, of).items():
                given[key].setdefault(number, {}).update({voter: values} if values else {})
    for key in sorted(given):
        attribute = declared.get(key) or Field(name=key, scale=Scale.NOMINAL, textual=False)
        opinions = _opinions(given[key], attribute, rule_for(attribute), spread.get(key))
        for number, decided in _decided(given[key], elements, attribute, opinions):
            _settle(elements[number], attribute, decided, given[key][number])


def _said(voices: Elements, of: Field) -> Mapping[str, tuple[Json, ...]]:
    """What a voter says of an element, by attribute; who marks it twice may say two things, and null is nothing."""
    said: dict[str, dict[str, Json]] = defaultdict(dict)
    for element in voices:
        for key, value in said_besides(element, of).items():
            said[key].update({} if is_missing(value) else {canonical_text(value): value})
    return {key: tuple(values.values()) for key, values in said.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What votes on one attribute of an element come to: a value, none, or why that is open."""

    value: tuple[Json, ...] = ()
    why: Source | None = None


def _opinions(given: _Given, attribute: Field, rule: Rule, spread: float | None) -> Mapping[int, _Decided]:
    """What the values given to an attribute come to, by the number of the element."""
    rows = [
        (number, standard(value, attribute))
        for number, voters in given.items()
        for values in voters.values()
        for value in values
        if measurable(value, attribute.scale)
    ]
    if not rows:
        return {}
    values = ordered_values((value for _, value in rows), attribute)
    rank = {canonical_text(value): code for code, value in enumerate(values)}
    items = np.array([number for number, _ in rows], dtype=np.int32)
    codes = np.array([rank[canonical_text(value)] for _, value in rows], dtype=np.int32)
    ballots = tally_votes(items, codes, values)
    opinion, far = rule(ballots), apart(ballots, attribute, spread).tolist()
    found: dict[int, _Decided] = {}
    for place, number in enumerate(ballots.items.tolist()):
        why = Source.TIE if opinion.tied[place] else Source.APART if far[place] else None
        found[number] = _Decided(why=why) if why else _Decided(value=(opinion.value[place],))
    return found


def _decided(
    given: _Given, elements: Sequence[_Settled], attribute: Field, opinions: Mapping[int, _Decided]
) -> Iterator[tuple[int, _Decided]]:
    """The same, with those who leave an attribute away that an element can be without."""
    for number, voters in given.items():
        backing = len(elements[number].backed.voices)
        lacking = 0 if attribute.required else 2 * (backing - len(voters))
        if not voters or lacking > backing:
            yield number, _Decided()
        elif lacking == backing:
            yield number, _Decided(why=Source.TIE)
        else:
            yield number, opinions.get(number, _Decided(why=Source.TIE))


def _settle(one: _Settled, attribute: Field, decided: _Decided, given: Mapping[int, tuple[Json, ...]]) -> None:
    one.voted += 1
    text = [canonical_text(value) for value in decided.value]
    if decided.why is not None:
        counts = Counter(canonical_text(standard(value, attribute)) for values in given.values() for value in values)
        if lacking := len(one.backed.voices) - len(given):
            counts[""] = lacking
        _leave_open(one, attribute.name, decided.why, counts)
        one.blocked |= attribute.required
        return
    if decided.value:
        one.value[attribute.name] = decided.value[0]
    elif any(
        attribute.name in element and is_missing(element[attribute.name])
        for voices in one.backed.voices.values()
        for element in voices
    ):
        one.value[attribute.name] = None
    for voter in one.backed.voices:
        mine = [canonical_text(standard(value, attribute)) for value in given.get(voter, ())]
        one.agreed[voter] += mine == text if not text else text[0] in mine


def _leave_open(one: _Settled, name: str, why: Source, counts: Mapping[str, int]) -> None:
    votes: JsonObject = {text: counts[text] for text in sorted(counts)}
    one.undecided.append({"at": one.backed.own, "attribute": name, "votes": votes, "why": why.value})


def _quote(elements: Sequence[_Settled], of: Field, quote: Callable[[JsonObject], "str | None"]) -> None:
    """What stands at each span, where most who back it say so: from the source, else as those have it who mark just this."""
    if any(attribute.name == QUOTE for attribute in of.attributes):
        return
    for one in elements:
        spans = [span for voices in one.backed.voices.values() for span in voices[:1]]
        if 2 * sum(QUOTE in span for span in spans) <= len(spans):
            continue
        own = one.backed.own
        if (text := quote(own)) is not None:
            one.value[QUOTE] = text
            continue
        exact = [span for span in spans if all(span[key] == own[key] for key in EXTENTS[of.scale])]
        counts = Counter(canonical_text(span[QUOTE]) for span in exact if QUOTE in span)
        most = [text for text, count in counts.items() if count == max(counts.values())]
        if len(most) == 1:
            one.value[QUOTE] = next(span[QUOTE] for span in exact if canonical_text(span.get(QUOTE)) == most[0])
        else:
            _leave_open(one, QUOTE, Source.TIE, counts)
