"""Error rates of the gold rule, by simulation: votes on items that are easy or hard for all who vote on them.

How often votes on an item are right is drawn from a beta distribution, so that any two of them are `alike` (the
intra-class correlation): 0 where they are independent, 1 where all votes on an item are right or all wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from assay.core.verdict import Outcome
from assay.gate.target import compare_with_bound
from assay.quality.credit import clustered

BOUND = 0.80


@dataclass(frozen=True)
class Gold:
    """What is simulated: gold items, votes on each, how often they are right, and how alike they are on an item."""

    items: int
    votes: int
    accuracy: float
    alike: float

    def __str__(self) -> str:
        return f"{self.items} gold items of {self.votes} votes, accuracy {self.accuracy}, alike {self.alike}"


@dataclass(frozen=True)
class GoldRates:
    """Of the runs of a cell the shares: those that pass, and intervals that hold the true accuracy."""

    passed: float
    covered: float


def rates(rng, cell: Gold, runs: int) -> GoldRates:
    """The rates of a cell."""
    of = np.full(cell.items, float(cell.votes))
    passed = covered = 0
    for hits in rng.binomial(cell.votes, _easy(rng, cell, runs)).astype(np.float64):
        found = clustered(hits, of)
        covered += found.low <= cell.accuracy <= found.high
        passed += compare_with_bound(found.value, (found.low, found.high), BOUND, test="low") is Outcome.PASS
    return GoldRates(passed / runs, covered / runs)


def cells() -> Iterator[Gold]:
    """All that are simulated."""
    for items, votes, accuracy, alike in product((10, 30, 100), (3, 9), (0.75, 0.9, 0.97), (0.0, 0.3, 1.0)):
        yield Gold(items, votes, accuracy, alike)


def _easy(rng, cell: Gold, runs: int) -> np.ndarray:
    """How often votes on each item are right, (runs, items)."""
    shape = (runs, cell.items)
    if cell.alike in {0.0, 1.0}:
        return np.full(shape, cell.accuracy) if cell.alike == 0 else rng.random(shape) < cell.accuracy
    both = (1 - cell.alike) / cell.alike
    return rng.beta(cell.accuracy * both, (1 - cell.accuracy) * both, shape)
