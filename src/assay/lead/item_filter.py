"""A seeded sample with exact strata and gold, and conditions on id, group, meta and data."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import orjson

from assay.core import canonical_text, did_you_mean
from assay.errors import UsageError
from assay.labels import Pool
from assay.lead.assign import half_up
from assay.lead.batch_report import Stratum

ByStratum: TypeAlias = Mapping[str, Sequence[str]]
"""Items by stratum, each sorted."""


def allot(total: int, weights: Mapping[str, int], low: Mapping[str, int], high: Mapping[str, int]) -> dict[str, int]:
    """Divides `total` in proportion to `weights` by largest remainder, each share between its bounds.

    Each unit goes to the name furthest below its exact share; of equals, the first by name. The sum is below `total` only
    if all are at their upper bound.
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
    plain: ByStratum, gold: ByStratum, size: int, golden: int, rng: np.random.Generator
) -> tuple[frozenset[str], tuple[Stratum, ...]]:
    """A sample of `size` items, `golden` of them of `gold`; its strata have the shares that the `plain` items have.

    There must be at least `size - golden` plain items.

    Raises:
        UsageError: there is too little gold for that, in all or in a stratum.
    """
    there = {name: len(ids) for name, ids in plain.items()}
    quotas = allot(size, there, {}, dict.fromkeys(there, size))
    low = {name: max(0, quota - there[name]) for name, quota in quotas.items()}
    high = {name: min(quota, len(gold.get(name, ()))) for name, quota in quotas.items()}
    if sum(high.values()) < golden or any(low[name] > high[name] for name in quotas):
        raise too_little_gold(golden, sum(high.values()))
    golds = allot(golden, quotas, low, high)
    chosen: set[str] = set()
    for name in sorted(quotas):
        chosen |= pick(plain[name], quotas[name] - golds[name], rng)
        chosen |= pick(gold.get(name, ()), golds[name], rng)
    strata = tuple(Stratum(name=name, available=there[name], chosen=quotas[name]) for name in sorted(quotas))
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
            fix="omit --gold-share, raise it, or list fewer items that have gold",
        )
    sizes = range(len(items), work + len(gold) + 1)
    size = next((size for size in sizes if size - half_up(share * size) == work), None)
    if size is None:
        raise too_little_gold(half_up(share * (work + len(gold) + 1)), len(gold))
    rest = [item for item in gold if item not in present]
    return items | pick(rest, size - work - len(present), rng)


def pick(items: Sequence[str], size: int, rng: np.random.Generator) -> frozenset[str]:
    """A random choice of `size` items."""
    return frozenset(items[place] for place in rng.permutation(len(items))[:size].tolist())


def strata_of(items: Sequence[str], stratum: Mapping[str, str]) -> ByStratum:
    """The items by stratum, in their order; items without a stratum are in one."""
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(stratum.get(item, ""), []).append(item)
    return found


def too_little_gold(wanted: int, there: int) -> UsageError:
    """The error for a gold share that needs more gold than there is."""
    return UsageError(
        f"items with gold: the share needs {wanted:,}, {there:,} can be used",
        fix="lower --gold-share, or have an expert answer more items in the task's folder `gold`",
    )


_SHOWN = 12
_ROOTS = "id, group, meta.KEY, data.KEY"


def parse_condition(text: str) -> tuple[str, frozenset[str]]:
    """The condition that `meta.lang=fr|de` states: the key of items, and the values that meet it.

    Raises:
        UsageError: the text is not a condition.
    """
    key, equals, values = text.partition("=")
    if not equals or not values or not _is_key(key):
        raise UsageError(
            f"--where {text} is not a valid condition", fix=f"KEY=VALUE or KEY=A|B; KEY is one of {_ROOTS}"
        )
    return key, frozenset(values.split("|"))


def matching(pool: Pool, conditions: Iterable[tuple[str, frozenset[str]]]) -> frozenset[str]:
    """The ids of the items that meet every condition.

    Raises:
        UsageError: no item of the pool has such a key.
    """
    ids = set(pool.ids)
    for key, values in conditions:
        ids &= {name for name, text in zip(pool.ids, texts_at(pool, key), strict=True) if text in values}
    return frozenset(ids)


def texts_at(pool: Pool, key: str) -> Sequence[str | None]:
    """Each item's value at `id`, `group`, `meta.KEY` or `data.KEY`: a string itself, else as JSON; None without one.

    Raises:
        UsageError: no item of the pool has such a key.
    """
    if not _is_key(key):
        raise UsageError(f"unknown item key {key!r}", fix=f"one of {_ROOTS}")
    if key == "id":
        return pool.ids
    if key == "group":
        texts = [pool.group.values[code] if code >= 0 else None for code in pool.group.codes.tolist()]
    else:
        root, _, name = key.partition(".")
        objects = map(orjson.loads, pool.meta if root == "meta" else pool.data)
        texts = [
            None if name not in data else value if isinstance(value := data[name], str) else canonical_text(value)
            for data in objects
        ]
    if all(text is None for text in texts):
        found = {
            f"{root}.{name}"
            for root, raws in (("meta", pool.meta), ("data", pool.data))
            for raw in raws
            for name in orjson.loads(raw)
        }
        grouped = ["group"] if pool.group.values else []
        known = ["id", *grouped, *sorted(found, key=lambda key: (key.startswith("data."), key))]
        fix = did_you_mean(key, known, f"items here have: {', '.join(known[:_SHOWN])}")
        raise UsageError(f"no item of the pool has {key!r}", fix=fix)
    return texts


def _is_key(key: str) -> bool:
    root, _, rest = key.partition(".")
    return key in {"id", "group"} or (root in {"meta", "data"} and rest != "")
