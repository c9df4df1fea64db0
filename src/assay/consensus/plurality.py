"""Nominal, set, tree and text: the value with the most votes."""

import numpy as np

from assay.consensus.opinion import Opinion
from assay.consensus.votes import Ballots
from assay.table.columns import Mask


def winners(ballots: Ballots) -> Mask:
    """The cells that hold their item's largest count."""
    most = np.maximum.reduceat(ballots.count, ballots.starts)
    return np.asarray(ballots.count == most[ballots.group], dtype=np.bool_)


def plurality(ballots: Ballots) -> Opinion:
    """The value given most often.

    A tie is a tie: settling it by order, by name or by lot would put a certainty into the data that nobody has.
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
