"""Which items a round takes: a seeded sample, its strata exact, gold among it."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from assay.actions.rounds.overlap import half_up
from assay.errors import UsageError
from assay.model.rounds import Stratum


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What can be chosen, by stratum, each sorted: `plain` items, and items with `gold` that are to be mixed in."""

    plain: Mapping[str, Sequence[str]]
    gold: Mapping[str, Sequence[str]]


def allot(total: int, weights: Mapping[str, int], low: Mapping[str, int], high: Mapping[str, int]) -> dict[str, int]:
    """Shares `total` out in proportion to `weights` by largest remainder, each share between its bounds.

    One at a time goes to whoever is furthest below the exact share; of equals, the first by name. The sum is below
    `total` only where all are at their upper bound.
    """
    whole = sum(weights.values())
    shares = {name: low.get(name, 0) for name in weights}
    waiting = [(shares[name] * whole - total * weights[name], name) for name in shares if shares[name] < high[name]]
    heapq.heapify(waiting)
    for _ in range(total - sum(shares.values())):
        if not waiting:
            break
        surplus, name = heapq.heappop(waiting)
        shares[name] += 1
        if shares[name] < high[name]:
            heapq.heappush(waiting, (surplus + whole, name))
    return shares


def draw(
    candidates: Candidates, size: int, golden: int, rng: np.random.Generator
) -> tuple[frozenset[str], tuple[Stratum, ...]]:
    """A sample of `size` items, `golden` of them with gold; its strata have the shares that the plain candidates have.

    There must be at least `size - golden` plain candidates.

    Raises:
        UsageError: there is too little gold for that, in all or in a stratum.
    """
    plain, gold = ({name: len(ids) for name, ids in part.items()} for part in (candidates.plain, candidates.gold))
    quotas = allot(size, plain, {}, dict.fromkeys(plain, size))
    low = {name: max(0, quota - plain[name]) for name, quota in quotas.items()}
    high = {name: min(quota, gold.get(name, 0)) for name, quota in quotas.items()}
    if sum(high.values()) < golden or any(low[name] > high[name] for name in quotas):
        raise too_little_gold(golden, sum(high.values()))
    golds = allot(golden, quotas, low, high)
    chosen: set[str] = set()
    for name in sorted(quotas):
        chosen |= pick(candidates.plain[name], quotas[name] - golds[name], rng)
        chosen |= pick(candidates.gold.get(name, ()), golds[name], rng)
    strata = tuple(Stratum(name=name, available=plain[name], chosen=quotas[name]) for name in sorted(quotas))
    return frozenset(chosen), strata


def add_gold(items: frozenset[str], gold: Sequence[str], share: Fraction, rng: np.random.Generator) -> frozenset[str]:
    """The items with gold mixed in, so that `share` (half up) of all has gold; `gold` is what may be mixed in, sorted.

    Items that have gold already are part of that share.

    Raises:
        UsageError: there is too little gold, or more among the items than the share allows.
    """
    present = items.intersection(gold)
    work = len(items) - len(present)
    if half_up(share * len(items)) < len(present):
        raise UsageError(
            f"{len(present)} of the {len(items)} items listed have gold, more than the share of {float(share):g}",
            hint="leave --gold-share away, raise it, or list fewer items that have gold",
        )
    sizes = range(len(items), work + len(gold) + 1)
    size = next((size for size in sizes if size - half_up(share * size) == work), None)
    if size is None:
        raise too_little_gold(half_up(share * (work + len(gold) + 1)), len(gold))
    rest = [item for item in gold if item not in present]
    return items | pick(rest, size - work - len(present), rng)


def pick(items: Sequence[str], size: int, rng: np.random.Generator) -> frozenset[str]:
    """So many of the items, by chance."""
    return frozenset(items[place] for place in rng.permutation(len(items))[:size].tolist())


def strata_of(items: Sequence[str], stratum: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """The items by stratum, in their order; without strata they are all in one."""
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(stratum.get(item, ""), []).append(item)
    return found


def too_little_gold(wanted: int, there: int) -> UsageError:
    """The refusal of a gold share that cannot be had."""
    return UsageError(
        f"items with gold: the share needs {wanted:,}, and {there:,} can be used",
        hint="lower --gold-share, or have an expert answer more items in the task's folder `gold`",
    )
