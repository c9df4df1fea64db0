"""Nominal, set, tree and text: the value with the most votes. Ordinal, interval and ratio: the vote in the middle."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from assay.consensus.votes import Ballots, Counts, Opinion
from assay.model.json import Json
from assay.model.schema import Scale
from assay.model.values import canonical_value
from assay.table.columns import Floats, Mask


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


def lower_median(ballots: Ballots) -> Opinion:
    """The middle vote, of an even number the lower of the two in the middle; values stand in their declared order.

    It is always a value that somebody gave, needs no distances, which an ordinal scale does not have, and never ties.
    """
    middle = _first(ballots, _rising(ballots) * 2 >= ballots.votes[ballots.group])
    value = tuple(ballots.values[code] for code in ballots.value[middle])
    return _untied(value, ballots.count[middle] / ballots.votes)


def median_of_any_order(ballots: Ballots) -> Opinion:
    """The value of more than half of the votes, which is their median whatever order the values stand in; else a tie."""
    most = plurality(ballots)
    tied = np.asarray(most.tied | (most.confidence * 2 <= 1), dtype=np.bool_)
    pairs = zip(most.value, tied.tolist(), strict=True)
    return replace(most, value=tuple(None if tie else value for value, tie in pairs), tied=tied)


def lower_median_of_numbers(ballots: Ballots) -> Opinion:
    """The same with values in the order of numbers, whatever order they are declared in."""
    return lower_median(_by_number(ballots))


def median(ballots: Ballots) -> Opinion:
    """The middle vote, of an even number the mean of the two in the middle, which nobody need have given."""
    ordered = _by_number(ballots)
    rising, votes = _rising(ordered) * 2, ordered.votes[ordered.group]
    lower = ordered.value[_first(ordered, rising >= votes)]
    upper = ordered.value[_first(ordered, rising > votes)]
    value = tuple(_mean(ordered.values[low], ordered.values[high]) for low, high in zip(lower, upper, strict=True))
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
    return Ballots(
        values=ballots.values,
        items=ballots.items,
        starts=ballots.starts,
        value=ballots.value[order],
        count=ballots.count[order],
    )


def _numbers(values: Sequence[Json]) -> Floats:
    return np.array(values, dtype=np.float64)


def _mean(low: Json, high: Json) -> Json:
    if low == high:
        return low
    return canonical_value(cast("float", low) / 2 + cast("float", high) / 2, Scale.INTERVAL)


def _untied(value: tuple[Json, ...], confidence: Floats) -> Opinion:
    return Opinion(value=value, confidence=confidence, tied=np.zeros(len(value), dtype=np.bool_))
