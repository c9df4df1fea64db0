"""What votes come to, item by item."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from assay.consensus.votes import Ballots
from assay.model.json import Json
from assay.table.columns import Floats, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A value, its confidence and whether the votes tie (then the value is None), for each of `Ballots.items`.

    `undecided` are the attributes of elements that are open, as `Consensus` has them; empty where a scale has no elements.
    """

    value: tuple[Json, ...]
    confidence: Floats
    tied: Mask
    undecided: tuple[str, ...] = ()


Rule: TypeAlias = Callable[[Ballots], Opinion]
