"""Rankings: Borda's points.

Borda, J.-C. de (1781). Mémoire sur les élections au scrutin. In each vote an option has a point for every option that
stands behind it, and half a point for one that is tied with it; the options stand by the sum of their points. Two that
have the same sum are a tie, and then there is no ranking: to settle it by name or by lot would put a certainty into the
data that nobody has. What all voters gave alike is kept as they gave it, ties and all.
"""

import numpy as np

from assay.consensus.opinion import Opinion
from assay.consensus.votes import Ballots
from assay.model.json import Json
from assay.model.rankings import standing
from assay.table.columns import Floats, Ints


def borda(ballots: Ballots) -> Opinion:
    """The options of each item by their points, the most first.

    Confidence is the mean over the votes of the share of pairs of options that a vote puts in the order of the result; a
    pair that is tied in one of the two counts half.
    """
    ruled = [_ruled(paper) for paper in ballots.papers()]
    return Opinion(
        value=tuple(value for value, _, _ in ruled),
        confidence=np.array([confidence for _, confidence, _ in ruled], dtype=np.float64),
        tied=np.array([tied for _, _, tied in ruled], dtype=np.bool_),
    )


def _ruled(paper: tuple[tuple[Json, int], ...]) -> tuple[Json, float, bool]:
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
