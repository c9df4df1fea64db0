"""The items of a pool that show the same, or nearly the same, and where they are labelled differently."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson

from assay.agreement.coefficient import DISPUTABLE
from assay.consensus import Consensus, Doubt, Reason
from assay.model.json import Json
from assay.model.names import clip
from assay.model.quality import DuplicatesReport
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, value_text
from assay.quality.conflicts import spans_in_content
from assay.quality.near_duplicates import near_pairs, shown_content
from assay.table import Corpus

_COMPARED = DISPUTABLE | {Scale.SPANS, Scale.BOXES}
"""Where two right answers to one content are the same, as free text and rankings seldom are."""
_OF_PLACES = frozenset({Scale.SPANS, Scale.BOXES, Scale.SEQUENCE})
_SHOWN = 60


class DuplicateKind(StrEnum):
    """Whether two items show the same, or nearly the same."""

    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An item that shows what another one of a smaller id shows; `likeness` is the lowest Jaccard index of their texts, 1 where exact."""

    item: str
    other: str
    how: DuplicateKind
    likeness: float


def duplicates(corpus: Corpus, at_least: float | None, files: Mapping[int, Collection[str]]) -> tuple[Duplicate, ...]:
    """Exact duplicates, each with the first of its content, then those that are as near as that (None: no near ones), by ids.

    `files` says of items, by their place, under which keys they name a file. Near ones are as many as join what belongs together.
    """
    items = corpus.items
    first: dict[str, int] = {}
    found: list[Duplicate] = []
    alone: list[int] = []
    for at, content in enumerate(items.content):
        earlier = first.setdefault(content, at) if content else at
        if earlier == at:
            alone.append(at)
        else:
            found.append(Duplicate(item=items.ids[at], other=items.ids[earlier], how=DuplicateKind.EXACT, likeness=1.0))
    if at_least is not None:
        seen = ((at, shown_content(orjson.loads(items.data[at]), files.get(at, ()))) for at in alone)
        found += sorted(
            (
                Duplicate(
                    item=items.ids[pair.other],
                    other=items.ids[pair.first],
                    how=DuplicateKind.NEAR,
                    likeness=pair.likeness,
                )
                for pair in near_pairs(seen, at_least)
            ),
            key=lambda one: (one.item, one.other),
        )
    return tuple(found)


def summary_of_duplicates(found: Sequence[Duplicate], at_least: float | None) -> DuplicatesReport:
    """How many items show what an earlier one shows, exactly and nearly."""
    exact = sum(one.how is DuplicateKind.EXACT for one in found)
    return DuplicatesReport(exact=exact, near=len(found) - exact, at_least=at_least)


def duplicates_apart(found: Sequence[Duplicate], decided: Consensus, corpus: Corpus) -> Iterator[Doubt]:
    """A doubt on both items of each pair, and each field, for which the dataset says different values of them.

    An item has one a field, however many there are like it: what one template made would fill the queue with pairs.
    Where it says nothing of one of the two, the other is held against the first that shows the same and of which it says something.
    Spans, boxes and sequences are compared where the content is the same; free text and rankings are not.
    """
    concerned = {name for one in found for name in (one.item, one.other)}
    cells: dict[str, dict[str, Json]] = {field.name: {} for field in decided.fields if field.scale in _COMPARED}
    for item, code, value in zip(decided.item.tolist(), decided.field.tolist(), decided.value, strict=True):
        if (name := corpus.items.ids[item]) in concerned and (said := cells.get(decided.fields[code].name)) is not None:
            said[name] = value
    data = {name: orjson.loads(corpus.items.data[at]) for at, name in enumerate(corpus.items.ids) if name in concerned}
    same = _firsts(one for one in found if one.how is DuplicateKind.EXACT), _firsts(found)
    for field in decided.fields:
        values = {name: value for name, value in cells.get(field.name, {}).items() if value is not None}
        told: set[str] = set()
        for how, one, other in _pairs(found, values, *same):
            if how is DuplicateKind.NEAR and field.scale in _OF_PLACES:
                continue
            mine, theirs = values[one], values[other]
            if _compared(mine, field, data[one]) != _compared(theirs, field, data[other]):
                if one not in told:
                    yield _doubt(how, (one, other), field, (mine, theirs))
                if other not in told:
                    yield _doubt(how, (other, one), field, (theirs, mine))
                told |= {one, other}


def _pairs(
    found: Iterable[Duplicate], valued: Collection[str], same: Mapping[str, str], near: Mapping[str, str]
) -> Iterator[tuple[DuplicateKind, str, str]]:
    """The pairs to be compared, of those that have a value; `same` and `near` say by which item their like goes."""
    first: dict[tuple[DuplicateKind, str], str] = {}
    for name in sorted(valued):
        first.setdefault((DuplicateKind.EXACT, same.get(name, name)), name)
        first.setdefault((DuplicateKind.NEAR, near[name]), name)
    for pair in found:
        here = [name for name in (pair.item, pair.other) if name in valued]
        if len(here) > 1:
            yield pair.how, pair.item, pair.other
        for name in here if len(here) == 1 else ():
            content = same.get(name, name)
            twin, like = first[DuplicateKind.EXACT, content], first[DuplicateKind.NEAR, near[name]]
            if twin != name:
                yield DuplicateKind.EXACT, name, twin
            if same.get(like, like) != content:
                yield DuplicateKind.NEAR, name, like


def _firsts(found: Iterable[Duplicate]) -> Mapping[str, str]:
    """By each item that is joined with others one of these, the same for all of them."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = higher
        return name

    for one in found:
        first, second = sorted((top(one.item), top(one.other)))
        above[second] = first
    return {name: top(name) for name in [*above]}


def _compared(value: Json, field: Field, data: Json) -> str:
    return canonical_text(spans_in_content(value, field, data if isinstance(data, dict) else {}))


def _doubt(how: DuplicateKind, items: tuple[str, str], field: Field, values: tuple[Json, Json]) -> Doubt:
    what = "duplicate" if how is DuplicateKind.EXACT else "near duplicate"
    mine, theirs = (clip(value_text(value, field), _SHOWN) for value in values)
    said = f"{what} of {items[1]} labelled differently: {mine} here, {theirs} there"
    return Doubt(item=items[0], field=field.name, why=Reason.DUPLICATE, said=said)
