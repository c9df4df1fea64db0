"""How an alpha comes about, as `assay agreement --explain` prints it."""

from msgspec import Struct

from assay.model.agreement import Coefficient


class Coincidences(Struct, frozen=True, kw_only=True):
    """A coincidence matrix of some values: `totals` are how often each was given, `distinct` how many values there are."""

    values: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    totals: tuple[int, ...]
    distinct: int


class Said(Struct, frozen=True, kw_only=True):
    """What one annotator gave a unit."""

    annotator: str
    value: str


class CostlyUnit(Struct, frozen=True, kw_only=True):
    """A unit without which alpha is higher by `influence`, who said what, and the item's data as text."""

    item: str
    influence: float
    said: tuple[Said, ...]
    text: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """Alpha = 1 - observed / expected disagreement of the pairable values; None where there are none to be compared as wholes."""

    field: str
    scale: str
    units: int
    pairable: int
    observed: float | None
    expected: float | None
    alpha: Coefficient
    ac1: Coefficient
    categories: float | None
    coincidences: Coincidences | None
    costliest: tuple[CostlyUnit, ...]
