"""What is drawn from many: units, or whole groups of them."""

from dataclasses import dataclass

import numpy as np

from assay.table.columns import Codes, Floats, Ints, Mask
from assay.table.patterns import Patterns


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What is drawn together, by pattern or unit (P,): its `draw`, and whether each unit is one of its own (`alone`).

    `many` draws have a pair of values to compare. `groups`: a unit is itself a group, of elements that are measured.
    """

    draw: Ints
    first: Ints
    alone: Mask
    many: int
    groups: bool = False

    @classmethod
    def of(cls, group: Codes, units: Ints, pairable: Mask, *, groups: bool = False) -> "Draws":
        """Units without a `group` (-1) are drawn alone, groups whole."""
        alone = group < 0
        kind = np.where(alone, -1 - np.arange(len(group)), group)
        _, first, draw = np.unique(kind, return_index=True, return_inverse=True)
        some = np.bincount(draw, weights=pairable) > 0
        many = np.where(alone, units, 1)[first][some].sum()
        return cls(draw=draw, first=first, alone=alone, many=int(many), groups=groups)

    @property
    def grouped(self) -> bool:
        """Whether there is a group."""
        return self.groups or not self.alone.all()

    def copies(self, weights: Floats) -> Floats:
        """How many draws are alike, of each (D,)."""
        return np.where(self.alone, weights, 1.0)[self.first]

    def totals(self, slope: Floats, weights: Floats) -> Floats:
        """The influence of each draw (D,), from that of a unit of each pattern."""
        return np.bincount(self.draw, weights=slope * np.where(self.alone, 1.0, weights)).astype(np.float64)


def groups_in(patterns: Patterns) -> int | None:
    """How many groups there are to compare, a unit without one being a group of its own; None where no unit has one."""
    drawn = Draws.of(patterns.cluster, patterns.units, patterns.pairable)
    return drawn.many if drawn.grouped else None
