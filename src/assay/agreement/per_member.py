"""AC1 and Brennan and Prediger's coefficient of sets: of each member, in the set or not, and the mean over members.

A set of members is not one category among 2 to the power of their number, as if every set were as likely by chance:
with six members q would be 64 and both coefficients next to percent agreement. Each member is a yes or no with q of 2
(`assay.agreement.chance_corrected`, `assay.agreement.chance_corrected`), and all members weigh the same (macro
average). A member that nobody gave in the whole field says nothing and plays no part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.sets import members
from assay.model.json import Json
from assay.table.columns import Floats, Mask
from assay.table.tally import Tally

_MOST_CELLS = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Agreement by chance on a yes or no, by the share of yes, and its derivative; neither reaches 1."""

    expected: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]


UNCERTAIN = Chance(expected=lambda share: 2 * share * (1 - share), slope=lambda share: 2 - 4 * share)
"""That of AC1."""
EVEN = Chance(expected=lambda share: np.full_like(share, 0.5), slope=np.zeros_like)
"""That of Brennan and Prediger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMember:
    """The mean over M members. Of a unit of each pattern (P, M): the agreement on each, and the share who chose it."""

    agreement: Floats
    shares: Floats
    pairable: Floats
    chance: Chance

    def __call__(self, weights: Floats) -> Floats:
        """The coefficient of units drawn, (R, P) to (R,)."""
        observed, expected = self._parts(weights)
        return np.asarray(((observed - expected) / (1 - expected)).mean(axis=1))

    def slope(self, weights: Floats) -> Floats:
        """How much the coefficient of units (P,) grows with one unit more of each pattern, (P,)."""
        whole = weights[np.newaxis]
        observed, expected = self._parts(whole)
        share = self._share(whole)
        own = (self.agreement - observed * self.pairable[:, np.newaxis]) / (weights @ self.pairable)
        by_chance = self.chance.slope(share) * (self.shares - share) / weights.sum()
        left = 1 - expected
        return np.asarray((own / left - (1 - observed) / left**2 * by_chance).mean(axis=1))

    def standard_error(self, units: Floats) -> float:
        """Gwet's linearised standard error over units as drawn from many, (P,); nan where there is one unit."""
        number = units.sum()
        if number < 2:
            return float("nan")
        (value,) = self(units[np.newaxis])
        compared = number / (units @ self.pairable) * self.pairable - 1
        linear = number * self.slope(units) + compared * value
        return float(np.sqrt((units @ linear**2) / (number * (number - 1))))

    def _parts(self, weights: Floats) -> tuple[Floats, Floats]:
        observed = (weights @ self.agreement) / (weights @ self.pairable)[:, np.newaxis]
        return np.asarray(observed), self.chance.expected(self._share(weights))

    def _share(self, weights: Floats) -> Floats:
        return np.asarray((weights @ self.shares) / weights.sum(axis=1, keepdims=True))


def per_member(tally: Tally, chance: Chance) -> PerMember | Undefined:
    """The coefficient of a field of sets; undefined where nobody gave a member in the whole field."""
    if reason := obstacle(tally):
        return reason
    names = sorted(set().union(*map(members, tally.known or tally.values)))
    if not names:
        return Undefined.NO_VARIATION
    patterns = tally.patterns
    if (len(patterns.codes) + len(patterns)) * len(names) > _MOST_CELLS:
        return Undefined.TOO_MANY_VALUES
    inside = patterns.counts[:, np.newaxis] * holding(tally.values, names)[patterns.codes]
    chosen = np.add.reduceat(inside, patterns.starts[:-1], axis=0)
    sizes = patterns.sizes[:, np.newaxis]
    left = sizes - chosen
    return PerMember(
        agreement=(chosen * (chosen - 1) + left * (left - 1)) / np.maximum(sizes * (sizes - 1), 1),
        shares=chosen / sizes,
        pairable=patterns.pairable.astype(np.float64),
        chance=chance,
    )


def holding(values: Sequence[Json], names: Sequence[str]) -> Mask:
    """Whether each set holds each member, named as canonical JSON: (V, M)."""
    place = {name: code for code, name in enumerate(names)}
    found = np.zeros((len(values), len(names)), dtype=np.bool_)
    for row, value in zip(found, values, strict=True):
        row[[place[name] for name in members(value) if name in place]] = True
    return found
