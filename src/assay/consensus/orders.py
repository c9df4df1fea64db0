"""Rankings by Borda's points, and sequences element by element.

Borda, J.-C. de (1781). Mémoire sur les élections au scrutin. In each vote an option has a point for every option that
stands behind it, and half a point for one that is tied with it; the options stand by the sum of their points. Two that
have the same sum are a tie, and then there is no ranking: to settle it by name or by lot would put a certainty into the
data that nobody has. What all voters gave alike is kept as they gave it, ties and all.

In a sequence each element has the tag that most voters give it. Where two tags of an element have the most votes nobody knows which it is, and a sequence without a tag for each element is
none: the field is then undecided, as any tie is.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from assay.consensus.votes import Ballots, Opinion
from assay.model.json import Json
from assay.model.rankings import standing
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints

Paper: TypeAlias = Sequence[tuple[Json, int]]


def borda(ballots: Ballots) -> Opinion:
    """The options of each item by their points, the most first.

    Confidence is the mean over the votes of the share of pairs of options that a vote puts in the order of the result; a
    pair that is tied in one of the two counts half.
    """
    return _opinion([_ranking(paper) for paper in ballots.iter_votes()])


def _ranking(paper: tuple[tuple[Json, int], ...]) -> tuple[Json, float, bool]:
    """The ranking, its confidence, and whether points tie."""
    if len(paper) == 1:
        return paper[0][0], 1.0, False
    votes = [(standing(value), count) for value, count in paper]
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
    """Of every two options 1 where the first stands before the second, -1 where behind, 0 where they are tied."""
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
    said = (max(counts, key=lambda text: counts[text]) for counts, _ in elements)
    return any(
        counts[text] * 2 > votes and text != canonical_text(tag)
        for text, (counts, _), tag in zip(said, elements, value, strict=True)
    )


def _sequence(paper: Paper) -> tuple[Json, float, bool]:
    """The sequence, its confidence, and whether an element ties."""
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
    """Of values, their confidence and whether they tie."""
    return Opinion(
        value=tuple(value for value, _, _ in ruled),
        confidence=np.array([confidence for _, confidence, _ in ruled], dtype=np.float64),
        tied=np.array([tied for _, _, tied in ruled], dtype=np.bool_),
    )
