"""What is drawn from many: units, or whole groups of them."""

from dataclasses import dataclass

import numpy as np

from assay.table.columns import Codes, Floats, Ints, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What is drawn together, by pattern or unit (P,): its `draw`, and whether each unit is one of its own (`alone`).

    `many` draws have a pair of values to compare.
    """

    draw: Ints
    first: Ints
    alone: Mask
    many: int

    @classmethod
    def of(cls, group: Codes, units: Ints, pairable: Mask) -> "Draws":
        """Units without a `group` (-1) are drawn alone, groups whole."""
        alone = group < 0
        kind = np.where(alone, -1 - np.arange(len(group)), group)
        _, first, draw = np.unique(kind, return_index=True, return_inverse=True)
        some = np.bincount(draw, weights=pairable) > 0
        many = np.where(alone, units, 1)[first][some].sum()
        return cls(draw=draw, first=first, alone=alone, many=int(many))

    @property
    def grouped(self) -> bool:
        """Whether there is a group."""
        return not self.alone.all()

    def copies(self, weights: Floats) -> Floats:
        """How many draws are alike, of each (D,)."""
        return np.where(self.alone, weights, 1.0)[self.first]

    def totals(self, slope: Floats, weights: Floats) -> Floats:
        """The influence of each draw (D,), from that of a unit of each pattern."""
        return np.bincount(self.draw, weights=slope * np.where(self.alone, 1.0, weights)).astype(np.float64)
