"""Error rates of what decides, by simulation: `python -m agreement.characteristics [RUNS]` prints them all.

Each unit has a latent value of two; each rater shows it with probability √alpha, else draws from the margin, so that the
alpha of the population is that. A cell is so many raters, units, a share of the rarer value, and a true alpha.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from assay.agreement.interval import Estimate, estimates
from assay.agreement.registry import coefficient_makers
from assay.core.agreement_result import BreakdownRow
from assay.core.patterns import Patterns, collapsed
from assay.core.tallies import Tally
from assay.core.values import Field, Scale
from assay.core.verdict import Outcome
from assay.gate.rules.slices import at_least, gap
from quality import characteristics as gold

BOUND = 0.667
SEED = 1915
FIELD = Field(name="f", scale=Scale.NOMINAL, values=("common", "rare"))
ALPHA = {"alpha": coefficient_makers(FIELD)["alpha"]}


@dataclass(frozen=True)
class Cell:
    """What is simulated; `groups` are how many groups the units fall into, 0: none."""

    raters: int
    units: int
    rare: float
    alpha: float
    groups: int = 0

    def __str__(self) -> str:
        groups = f" in {self.groups} groups" if self.groups else ""
        return (
            f"{self.raters} raters, {self.units} units{groups}, {1 - self.rare:.0%}/{self.rare:.0%}, alpha {self.alpha}"
        )


@dataclass(frozen=True)
class Rates:
    """Of the runs of a cell the shares: a false pass, intervals that hold the true value, and none where 15 units are rare."""

    passed: float
    covered: float
    withheld: float


def shown(rng, cell: Cell, runs: int) -> np.ndarray:
    """How many raters gave each unit the rarer value, (runs, units)."""
    shape = (runs, cell.units, cell.raters)
    latent = rng.random((runs, cell.units)) < cell.rare
    shows = rng.random(shape) < np.sqrt(cell.alpha)
    return np.where(shows, latent[..., np.newaxis], rng.random(shape) < cell.rare).sum(axis=2)


def tally_of(rare: np.ndarray, raters: int, groups: np.ndarray | None = None) -> Tally:
    """The tally of units of which so many raters gave the rarer value, (units,)."""
    counts = np.column_stack([raters - rare, rare])
    used = counts.sum(axis=0) > 0
    rows, codes = np.nonzero(counts[:, used])
    units = len(rare)
    patterns = Patterns(
        starts=np.searchsorted(rows, np.arange(units + 1)),
        codes=codes.astype(np.int32),
        counts=counts[:, used][rows, codes].astype(np.int64),
        units=np.ones(units, dtype=np.int64),
        cluster=np.full(units, -1, dtype=np.int32) if groups is None else groups.astype(np.int32),
        extent=np.zeros(units, dtype=np.int64),
    )
    return Tally(
        field=FIELD,
        values=tuple(value for value, there in zip(FIELD.values, used, strict=True) if there),
        patterns=collapsed(patterns)[0],
        clusters=() if groups is None else tuple(f"g{n:03}" for n in range(int(groups.max()) + 1)),
        annotators=tuple(f"r{n}" for n in range(raters)),
    )


def estimate(rare: np.ndarray, raters: int, groups: np.ndarray | None = None) -> Estimate:
    """Alpha of such units."""
    return estimates(tally_of(rare, raters, groups), ALPHA, errors=False)["alpha"]


def rates(rng, cell: Cell, runs: int) -> Rates:
    """The rates of a cell."""
    passed = covered = withheld = plenty = 0
    for rare in shown(rng, cell, runs):
        found = estimate(rare, cell.raters).coefficient
        many = (rare > 0).sum() >= 15
        plenty += many
        if found.low is None or found.high is None:
            covered += 1
            withheld += many
        else:
            covered += found.low <= cell.alpha <= found.high
            passed += found.low >= BOUND
    return Rates(passed / runs, covered / runs, withheld / max(plenty, 1))


def in_groups(rng, cell: Cell, runs: int) -> Rates:
    """The same of units in groups that share much of what they show; the truth is alpha of very many groups."""
    covered = withheld = 0
    for _ in range(runs):
        groups, rare = grouped(rng, cell)
        found = estimate(rare, cell.raters, groups).coefficient
        withheld += found.low is None
        covered += found.low is None or found.low <= cell.alpha <= found.high
    return Rates(0.0, covered / runs, withheld / runs)


def grouped(rng, cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Groups of equal size, in half of which a unit has the latent value of its group; and what the units show."""
    groups = np.arange(cell.units) % cell.groups
    shared = rng.random(cell.groups) < cell.rare
    latent = np.where(rng.random(cell.units) < 0.5, shared[groups], rng.random(cell.units) < cell.rare)
    shows = rng.random((cell.units, cell.raters)) < np.sqrt(cell.alpha)
    own = rng.random((cell.units, cell.raters)) < cell.rare
    return groups, np.where(shows, latent[:, np.newaxis], own).sum(axis=1)


def slices(rng, cells: list[Cell]) -> list[BreakdownRow]:
    """A slice of each cell, as the report has it."""
    found = []
    for key, cell in enumerate(cells):
        one = estimate(shown(rng, cell, 1)[0], cell.raters)
        found.append(
            BreakdownRow(
                field="f", breakdown="batch", key=str(key), coefficient="alpha", value=one.coefficient.value,
                low=one.coefficient.low, high=one.coefficient.high, units=cell.units,
                **(one.ends.stored() if one.ends else {}),
            )
        )  # fmt: skip
    return [row for row in found if row.value is not None]


def failing(rng, cells: list[Cell], runs: int, **bound: float) -> float:
    """The share of runs in which slices of these cells fail a bound on each (`least`) or on their gap (`most`)."""
    failed = 0
    for _ in range(runs):
        rows = slices(rng, cells)
        part = at_least(rows, bound["least"], "low") if "least" in bound else gap(rows, bound["most"], "low")
        failed += part.outcome is Outcome.FAIL
    return failed / runs


def cells() -> Iterator[Cell]:
    """All that are simulated of single figures."""
    for raters, units, rare, below in product((2, 3, 5), (30, 50, 100, 300), (0.5, 0.1, 0.05, 0.02), (0.0, 0.05)):
        yield Cell(raters, units, rare, BOUND - below)


def campaign(runs: int) -> bool:
    """Prints every rate, and whether all are within what is promised."""
    rng, good = np.random.default_rng(SEED), True

    def said(what: str, rate: float, within: bool) -> None:
        nonlocal good
        good &= within
        print(f"{what}: {rate:.4f}{'' if within else '  OUTSIDE'}", flush=True)

    for cell in cells():
        found = rates(rng, cell, runs)
        if cell.units >= 50:
            said(f"false pass, {cell}", found.passed, found.passed <= 0.04)
        if cell.units >= 100 or (cell.units == 30 and cell.rare == 0.5):
            said(f"coverage, {cell}", found.covered, found.covered >= (0.92 if cell.units >= 100 else 0.90))
        said(f"withheld, {cell}", found.withheld, found.withheld <= 0.10)
    for units, rare in ((100, 0.5), (300, 0.1)):
        found = rates(rng, Cell(3, units, rare, 0.85), runs)
        said(f"power, 3 raters, {units} units, {rare:.0%} rare, alpha 0.85", found.passed, found.passed >= 0.80)
    for groups in (10, 20, 30):
        found = in_groups(rng, Cell(3, 20 * groups, 0.5, BOUND, groups), runs)
        said(f"coverage, 3 raters, {groups} groups of 20 units", found.covered, found.covered >= 0.92)
    for raters, rare in product((2, 3, 5), (0.5, 0.1, 0.05)):
        many = [Cell(raters, 60, rare, BOUND)] * 20
        what = f"20 slices of 60 units at the bound, {raters} raters, {rare:.0%} rare, fail"
        rate = failing(rng, many, runs, least=BOUND)
        said(what, rate, rate <= 0.06)
        rate = failing(rng, many, max(runs // 4, 1), most=0.0)
        said(f"{what} a gap of 0", rate, rate <= 0.06)
    rate = failing(rng, [Cell(3, 300, 0.1, 0.85), Cell(3, 300, 0.1, 0.55)], runs, most=0.0)
    said("a gap of 0.85 against 0.55, 300 units each, 3 raters, 10% rare, is found", rate, rate >= 0.70)
    for cell in gold.cells():
        found = gold.rates(rng, cell, runs)
        if cell.accuracy < gold.BOUND:
            said(f"false pass, {cell}", found.passed, found.passed <= 0.04)
        said(f"coverage, {cell}", found.covered, found.covered >= 0.92)
    return good


if __name__ == "__main__":
    sys.exit(not campaign(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
