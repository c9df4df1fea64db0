"""Why a consensus is in doubt: ties, few votes, contradicted experts, values far apart.

Plurality ties by itself. A median never does, and overlap voting leaves out what no majority marks, so here it is said when
what they come to settles nothing:

- ordinal: the lower and the upper median are two steps or more apart, so that there is no middle;
- interval and ratio: the largest and the smallest vote are further apart than the project lets them be, in the unit of the
  field; where it says nothing, never;
- spans: half of the voters or more mark an element, and no kind is given to it by more than half; boxes: half or more draw a
  box of a thing, of whatever kind, beside those that more than half draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import orjson

from assay import core
from assay.consensus.elements import by_category, edge, things_of
from assay.consensus.result import Consensus, Source, distinct_rows
from assay.consensus.single_values import outvoted
from assay.consensus.votes import Ballots, standard
from assay.core import BOX, EXTENTS, SPAN, Codes, Column, Field, Floats, Ints, Json, JsonObject, Mask, Scale

DOUBTFUL = 0.6


class Reason(StrEnum):
    """Why a value needs review, the most pressing first. `gold-missed` and `duplicate` come from other sources than consensus."""

    TIE = "tie"
    APART = "apart"
    GOLD_CONTRADICTED = "gold-contradicted"
    GOLD_MISSED = "gold-missed"
    DUPLICATE = "duplicate"
    LOW_CONFIDENCE = "low-confidence"


REASONS = tuple(Reason)
_CODE = {reason: code for code, reason in enumerate(REASONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One reason to review a field of an item; `said` are details that `why` does not give, such as the other item."""

    item: str
    field: str
    why: Reason
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Reasons to review cells of a consensus, a row each: the cell, a code into `REASONS`, and the attribute of elements, if it is about one."""

    cell: Ints
    why: Codes
    attribute: Column

    def __len__(self) -> int:
        """How many doubts."""
        return len(self.cell)


def doubts(consensus: Consensus) -> Doubts:
    """The doubts that votes and experts leave, in the order of the cells.

    `tie`: the votes tie and there is no decision; for elements the doubt is about the attribute. `apart`: the votes are too
    far apart for one value. `gold-contradicted`: more than half of two or more votes agree on another value than gold, in a
    sequence at some element. `low-confidence`: two or more votes with a confidence below `DOUBTFUL`; numbers are left out,
    because few votes are equal even where all are close.
    """
    numeric = np.array([field.scale.numeric for field in consensus.fields], dtype=np.bool_)[consensus.field]
    why = np.full(len(consensus), -1, dtype=np.int32)
    unsure = (consensus.votes >= 2) & (consensus.confidence < DOUBTFUL) & ~numeric
    why[consensus.source.among(Source.VOTED) & unsure] = _CODE[Reason.LOW_CONFIDENCE]
    why[consensus.source.among(Source.TIE)] = _CODE[Reason.TIE]
    why[consensus.source.among(Source.APART)] = _CODE[Reason.APART]
    why[_contradicted(consensus)] = _CODE[Reason.GOLD_CONTRADICTED]
    # Where attributes are open, they and not the whole field are in doubt.
    noted = np.flatnonzero(~consensus.undecided.among(""))
    why[noted] = -1
    whole = np.flatnonzero(why >= 0)
    open_yet = [_open_attributes(text) for text in consensus.undecided.values]
    found = [(cell, *one) for cell in noted.tolist() for one in open_yet[consensus.undecided.codes[cell]]]
    names = sorted({name for _, name, _ in found})
    place = {name: code for code, name in enumerate(names)}
    cells = np.append(whole, np.array([cell for cell, _, _ in found], dtype=np.int64))
    order = np.argsort(cells, kind="stable")
    attributes = np.append(np.full(len(whole), -1), np.array([place[name] for _, name, _ in found], dtype=np.int64))
    reasons = np.append(why[whole], np.array([reason for _, _, reason in found], dtype=np.int32))
    return Doubts(
        cell=cells[order],
        why=reasons[order].astype(np.int32),
        attribute=Column(values=tuple(names), codes=attributes[order].astype(np.int32)),
    )


def _open_attributes(undecided: str) -> list[tuple[str, int]]:
    """The attributes that are open, sorted, each with the code of its most pressing reason."""
    reasons: dict[str, int] = {}
    for one in orjson.loads(undecided) if undecided else ():
        code = _CODE[Reason(one["why"])]
        reasons[one["attribute"]] = min(code, reasons.get(one["attribute"], code))
    return sorted(reasons.items())


def _contradicted(consensus: Consensus) -> Ints:
    """The cells whose votes contradict gold; each distinct value with its votes is looked at once."""
    gold = np.flatnonzero(consensus.source.among(Source.GOLD) & (consensus.votes >= 2))
    columns = (consensus.field, consensus.value.codes, consensus.distribution.codes)
    first, which = distinct_rows([column[gold] for column in columns])
    found = np.array([_outvoted(consensus, cell) for cell in gold[first].tolist()], dtype=np.bool_)
    return np.asarray(gold[found[which]], dtype=np.int64)


def _outvoted(consensus: Consensus, cell: int) -> bool:
    given: dict[str, int] = orjson.loads(consensus.distribution[cell])
    field, value = consensus.fields[int(consensus.field[cell])], consensus.value[cell]
    if field.scale is Scale.SEQUENCE:
        return outvoted([(core.value_of(text, field), count) for text, count in given.items()], value)
    majority = next((text for text, count in given.items() if count * 2 > consensus.votes[cell]), None)
    return majority is not None and majority != core.value_text(standard(value, field), field)


STEPS = 2.0
_ROUNDING = 1e-12


def too_far_apart(ballots: Ballots, field: Field, spread: float | None = None) -> Mask:
    """The items (N,) whose votes are too far apart. `spread` is how far apart numbers may be."""
    if field.scale is Scale.ORDINAL and field.ordered:
        return _without_middle(ballots, field)
    if field.scale in EXTENTS:
        is_open = _unnamed if field.scale is Scale.SPANS else _undrawn
        votes = ([value for value, count in vote for _ in range(count)] for vote in ballots.iter_votes())
        found = (len(vote) > 1 and is_open(vote) for vote in votes)
        return np.fromiter(found, dtype=np.bool_, count=len(ballots.items))
    if field.scale.numeric and spread is not None:
        given: Floats = np.array(ballots.values, dtype=np.float64)[ballots.value]
        low, high = np.minimum.reduceat(given, ballots.starts), np.maximum.reduceat(given, ballots.starts)
        return np.asarray(high - low > spread + _ROUNDING * np.maximum(np.abs(low), np.abs(high)), dtype=np.bool_)
    return np.zeros(len(ballots.items), dtype=np.bool_)


def _without_middle(ballots: Ballots, field: Field) -> Mask:
    stands = core.places(ballots.values, field)
    ranks = [stands.get(core.canonical_text(value), np.nan) for value in ballots.values]
    place = np.array(ranks, dtype=np.float64)[ballots.value]
    order = np.lexsort((place, ballots.group))
    place, count = place[order], ballots.count[order]
    before = np.cumsum(count) - count
    rising = (before - before[ballots.starts][ballots.group] + count) * 2
    votes = ballots.votes[ballots.group]
    lower, upper = (
        np.minimum.reduceat(np.where(holds, place, np.inf), ballots.starts)
        for holds in (rising >= votes, rising > votes)
    )
    return np.asarray(upper - lower >= STEPS, dtype=np.bool_)


def _unnamed(votes: Sequence[Json]) -> bool:
    """Whether at least half of the voters mark a stretch for which no kind has a majority."""
    kinds = by_category(votes, SPAN).values()
    edges = np.unique([edge(span, key) for kind in kinds for mine in kind for span in mine for key in SPAN])
    covers = np.zeros((len(kinds), len(votes), len(edges)), dtype=np.bool_)
    for cover, kind in zip(covers, kinds, strict=True):
        for voter, mine in enumerate(kind):
            for span in mine:
                start, end = np.searchsorted(edges, [edge(span, key) for key in SPAN])
                cover[voter, start:end] = True
    marked, named = covers.any(axis=0).sum(axis=0), covers.sum(axis=1).max(axis=0, initial=0)
    return bool(((marked * 2 >= len(votes)) & (named * 2 <= len(votes))).any())


def _undrawn(votes: Sequence[Json]) -> bool:
    """Whether at least half of the voters draw a thing for which no kind has a majority."""
    left: list[tuple[int, JsonObject]] = []
    for given in by_category(votes, BOX).values():
        for thing in things_of((voter, box) for voter, mine in enumerate(given) for box in mine):
            left += thing if len(thing) * 2 <= len(votes) else []
    return any(len(thing) * 2 >= len(votes) for thing in things_of(left))
