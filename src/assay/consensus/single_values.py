"""Consensus on single values and orders: plurality, median, Borda.

Borda, J.-C. de (1781). Mémoire sur les élections au scrutin. In each vote an option has a point for every option that
stands behind it, and half a point for one that is tied with it; the options stand by the sum of their points. Two that
have the same sum are a tie, and then there is no ranking: to settle it by name or by lot would put a certainty into the
data that nobody has. What all voters gave alike is kept as they gave it, ties and all.

In a sequence each element has the tag that most voters give it. Where two tags of an element have the most votes nobody
knows which it is, and a sequence without a tag for each element is none: the field is then undecided, as any tie is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias, cast

import numpy as np

from assay.consensus.votes import Ballots, Counts, Opinion
from assay.core import Floats, Ints, Json, Mask, Scale, canonical_text, canonical_value, ranks_of

Paper: TypeAlias = Sequence[tuple[Json, int]]


def borda(ballots: Ballots) -> Opinion:
    """The options of each item by their points, the most first.

    Confidence is the mean over the votes of the share of pairs of options that a vote puts in the order of the result; a
    pair that is tied in one of the two counts half.
    """
    return _opinion([_ranking(paper) for paper in ballots.iter_votes()])


def _ranking(paper: tuple[tuple[Json, int], ...]) -> tuple[Json, float, bool]:
    if len(paper) == 1:
        return paper[0][0], 1.0, False
    votes = [(ranks_of(value), count) for value, count in paper]
    named = {text: option for stands, _ in votes for text, (option, _) in stands.items()}
    texts = sorted(named)
    count = np.array([count for _, count in votes])
    orders = np.array(
        [_orders([stands[text][1] if text in stands else len(texts) for text in texts]) for stands, _ in votes]
    )
    points = np.einsum("v,vab->a", count, orders)
    whole = _orders((-points).tolist())
    alike = (orders * whole > 0).sum(axis=(1, 2)) + ((orders == 0) | (whole == 0)).sum(axis=(1, 2)) / 2 - len(texts) / 2
    confidence = float(count @ alike / (count.sum() * max(len(texts) * (len(texts) - 1), 1)))
    if len(set(points.tolist())) < len(texts):
        return None, confidence, True
    return [named[texts[place]] for place in np.argsort(-points).tolist()], confidence, False


def _orders(places: list[float]) -> Ints:
    """For every two options 1 if the first is before the second, -1 if after, 0 if they are tied."""
    stands: Floats = np.array(places, dtype=np.float64)
    return np.asarray(np.sign(stands[np.newaxis] - stands[:, np.newaxis]), dtype=np.int64)


def sequences(ballots: Ballots) -> Opinion:
    """The tags with the most votes, element by element; see the module.

    Confidence is the mean over the elements of the share of votes for the tag with the most. Votes of different lengths tie.
    """
    return _opinion([_sequence(paper) for paper in ballots.iter_votes()])


def outvoted(paper: Paper, value: Json) -> bool:
    """Whether more than half of the votes agree on another tag of an element than a sequence has."""
    elements, votes = _elements(paper), sum(count for _, count in paper)
    if elements is None or not isinstance(value, list) or len(value) != len(elements):
        return False
    winners = (max(counts, key=lambda text: counts[text]) for counts, _ in elements)
    return any(
        counts[text] * 2 > votes and text != canonical_text(tag)
        for text, (counts, _), tag in zip(winners, elements, value, strict=True)
    )


def _sequence(paper: Paper) -> tuple[Json, float, bool]:
    if len(paper) == 1:
        return paper[0][0], 1.0, False
    votes, elements = sum(count for _, count in paper), _elements(paper)
    if elements is None:
        return None, 0.0, True
    found: list[Json] = []
    for counts, tags in elements:
        most = max(counts.values())
        found += [tags[text] for text, count in counts.items() if count == most]
    confidence = float(np.mean([max(counts.values()) / votes for counts, _ in elements]))
    return (None, confidence, True) if len(found) > len(elements) else (found, confidence, False)


def _elements(paper: Paper) -> "list[tuple[Counter[str], dict[str, Json]]] | None":
    """Of each element how many votes each tag has, and the tags by their texts; None of votes of different lengths."""
    lists = [(value, count) for value, count in paper if isinstance(value, list)]
    if len({len(value) for value, _ in lists}) != 1 or len(lists) < len(paper):
        return None
    elements: list[tuple[Counter[str], dict[str, Json]]] = []
    for place in range(len(lists[0][0])):
        counts, tags = Counter[str](), dict[str, Json]()
        for value, count in lists:
            text = canonical_text(value[place])
            counts[text] += count
            tags[text] = value[place]
        elements.append((counts, tags))
    return elements


def _opinion(ruled: Sequence[tuple[Json, float, bool]]) -> Opinion:
    return Opinion(
        value=tuple(value for value, _, _ in ruled),
        confidence=np.array([confidence for _, confidence, _ in ruled], dtype=np.float64),
        tied=np.array([tied for _, _, tied in ruled], dtype=np.bool_),
    )


def winners(ballots: Ballots) -> Mask:
    """The cells that hold their item's largest count."""
    most = np.maximum.reduceat(ballots.count, ballots.starts)
    return np.asarray(ballots.count == most[ballots.group], dtype=np.bool_)


def plurality(ballots: Ballots) -> Opinion:
    """The value given most often.

    Ties are not broken: an order, a name or chance would add a certainty that the votes do not have.
    """
    top = winners(ballots)
    winner = np.maximum.reduceat(np.where(top, ballots.value, -1), ballots.starts)
    tied = ballots.total(top) > 1
    pairs = zip(winner.tolist(), tied.tolist(), strict=True)
    return Opinion(
        value=tuple(None if tie else ballots.values[code] for code, tie in pairs),
        confidence=np.maximum.reduceat(ballots.count, ballots.starts) / ballots.votes,
        tied=tied,
    )


def lower_median(ballots: Ballots) -> Opinion:
    """The middle vote, of an even number the lower of the two in the middle; values are in their declared order.

    It is always a value that was given, needs no distances (an ordinal scale has none), and never ties.
    """
    middle = _first(ballots, _rising(ballots) * 2 >= ballots.votes[ballots.group])
    value = tuple(ballots.values[code] for code in ballots.value[middle])
    return _untied(value, ballots.count[middle] / ballots.votes)


def median_of_any_order(ballots: Ballots) -> Opinion:
    """The value of more than half of the votes, which is their median in any order of the values; else a tie."""
    most = plurality(ballots)
    tied = np.asarray(most.tied | (most.confidence * 2 <= 1), dtype=np.bool_)
    pairs = zip(most.value, tied.tolist(), strict=True)
    return replace(most, value=tuple(None if tie else value for value, tie in pairs), tied=tied)


def lower_median_of_numbers(ballots: Ballots) -> Opinion:
    """The same with values in the order of numbers, whatever order they are declared in."""
    return lower_median(_by_number(ballots))


def median(ballots: Ballots) -> Opinion:
    """The middle vote, of an even number the mean of the two in the middle, which need not be one of the votes."""
    ordered = _by_number(ballots)
    rising, votes = _rising(ordered) * 2, ordered.votes[ordered.group]
    lower = ordered.value[_first(ordered, rising >= votes)]
    upper = ordered.value[_first(ordered, rising > votes)]
    pairs = [(ordered.values[low], ordered.values[high]) for low, high in zip(lower, upper, strict=True)]
    value = tuple(
        low if low == high else canonical_value(cast("float", low) / 2 + cast("float", high) / 2, Scale.INTERVAL)
        for low, high in pairs
    )
    same = _numbers(ordered.values)[ordered.value] == _numbers(value)[ordered.group]
    return _untied(value, ordered.total(ordered.count * same) / ordered.votes)


def _rising(ballots: Ballots) -> Counts:
    """Votes for a cell's value or one before it."""
    total = np.cumsum(ballots.count)
    before = total[ballots.starts] - ballots.count[ballots.starts]
    return np.asarray(total - before[ballots.group], dtype=np.int64)


def _first(ballots: Ballots, holds: Mask) -> Counts:
    """Each item's first cell for which it holds."""
    cell = np.arange(len(holds))
    return np.minimum.reduceat(np.where(holds, cell, len(holds)), ballots.starts)


def _by_number(ballots: Ballots) -> Ballots:
    order = np.lexsort((_numbers(ballots.values)[ballots.value], ballots.group))
    return replace(ballots, value=ballots.value[order], count=ballots.count[order])


def _numbers(values: Sequence[Json]) -> Floats:
    return np.array(values, dtype=np.float64)


def _untied(value: tuple[Json, ...], confidence: Floats) -> Opinion:
    return Opinion(value=value, confidence=confidence, tied=np.zeros(len(value), dtype=np.bool_))
