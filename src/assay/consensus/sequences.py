"""Sequences: element by element, the tag that most voters give it.

Where two tags of an element have the most votes nobody knows which it is, and a sequence without a tag for each element is
none: the field is then undecided, as any tie is.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from assay.consensus.opinion import Opinion
from assay.consensus.votes import Ballots
from assay.model.json import Json
from assay.model.values import canonical_text

Paper: TypeAlias = Sequence[tuple[Json, int]]


def sequences(ballots: Ballots) -> Opinion:
    """The tags with the most votes, element by element; see the module.

    Confidence is the mean over the elements of the share of votes for the tag with the most. Votes of different lengths tie.
    """
    ruled = [_ruled(paper) for paper in ballots.papers()]
    return Opinion(
        value=tuple(value for value, _, _ in ruled),
        confidence=np.array([confidence for _, confidence, _ in ruled], dtype=np.float64),
        tied=np.array([tied for _, _, tied in ruled], dtype=np.bool_),
    )


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


def _ruled(paper: Paper) -> tuple[Json, float, bool]:
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
