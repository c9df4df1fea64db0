"""The distance of two sets of paths in a tree, such as the several topics of a text in a taxonomy.

Wang, J. Z., Du, Z., Payattakool, R., Yu, P. S. & Chen, C.-F. (2007). A new method to measure the semantic similarity of GO
terms. Bioinformatics 23: the best-match average. Each path of both sets is as far from the other set as from its nearest
path there, by the path distance of `assay.agreement.paths`, and the distance of the sets is the mean of these over all
paths of both. Of one path each it is the path distance itself. Equal sets are at 0, two empty ones too, and an empty set is
at 1 from any other. In a tree of one level it is 1 - 2 |A & B| / (|A| + |B|), Dice's distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.agreement.masi import members
from assay.agreement.paths import as_paths, path_distance
from assay.model.json import Json
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints

_MOST_CELLS = 2**24
_CELLS = 2**22


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathSets:
    """V sets of D paths: whether each holds each path, (V, D), and how far each path is from each set, (V, D)."""

    holds: Floats
    away: Floats

    @classmethod
    def of(cls, values: Sequence[Json]) -> "PathSets":
        """Sets as labels have them."""
        lists = [value if isinstance(value, list) else [] for value in values]
        known = {canonical_text(path): path for value in lists for path in value}
        place = {text: code for code, text in enumerate(known)}
        paths = as_paths(list(known.values()))
        holds, away = np.zeros((len(lists), len(known))), np.ones((len(lists), len(known)))
        for row, value in enumerate(lists):
            own = sorted({place[canonical_text(path)] for path in value})
            holds[row, own] = 1
            if own:
                away[row] = path_distance(paths[:, np.newaxis], paths[np.newaxis, own]).min(axis=1)
        return cls(holds=holds, away=away)

    def distance(self, a: Ints, b: Ints) -> Floats:
        """The distances of sets given by their codes, broadcast against each other."""
        if a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0] == 1:
            left, right = a[:, 0], b[0]
            apart = self.holds[left] @ self.away[right].T + self.away[left] @ self.holds[right].T
        else:
            one, other = np.broadcast_arrays(a, b)
            pairs = np.stack([one.ravel(), other.ravel()])
            parts = np.array_split(pairs, max(1, -(-pairs.size * self.holds.shape[1] // _CELLS)), axis=1)
            apart = np.concatenate([self._apart(*part) for part in parts]).reshape(one.shape)
        paths = self.holds.sum(axis=1)
        return np.asarray(apart / np.maximum(paths[a] + paths[b], 1))

    def _apart(self, one: Ints, other: Ints) -> Floats:
        return np.asarray((self.holds[one] * self.away[other] + self.away[one] * self.holds[other]).sum(axis=1))


def too_many_paths(values: Sequence[Json]) -> bool:
    """Whether the sets and their paths are more than tables are made for."""
    return len(values) * len(frozenset().union(*map(members, values))) > _MOST_CELLS
