"""Which items of a pool are meant: conditions on id, group, meta and data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from assay.errors import UsageError
from assay.labels.items import Pool
from assay.model.names import did_you_mean
from assay.model.values import canonical_text

_SHOWN = 12
_ROOTS = "id, group, meta.KEY, data.KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An item's value at `key` is one of `values`."""

    key: str
    values: frozenset[str]


def parse_condition(text: str) -> Condition:
    """The condition that `meta.lang=fr|de` states.

    Raises:
        UsageError: it is none.
    """
    key, equals, values = text.partition("=")
    if not equals or not values or not _is_key(key):
        raise UsageError(f"--where {text}: no condition", hint=f"KEY=VALUE or KEY=A|B; KEY is one of {_ROOTS}")
    return Condition(key=key, values=frozenset(values.split("|")))


def matching(pool: Pool, conditions: Iterable[Condition]) -> frozenset[str]:
    """The ids of the items that meet every condition.

    Raises:
        UsageError: no item of the pool has such a key.
    """
    ids = set(pool.ids)
    for condition in conditions:
        texts = texts_at(pool, condition.key)
        ids &= {name for name, text in zip(pool.ids, texts, strict=True) if text in condition.values}
    return frozenset(ids)


def texts_at(pool: Pool, key: str) -> Sequence[str | None]:
    """Each item's value at `id`, `group`, `meta.KEY` or `data.KEY`: a string itself, else as JSON; None without one.

    Raises:
        UsageError: no item of the pool has such a key.
    """
    if not _is_key(key):
        raise UsageError(f"{key!r} is nothing that items have", hint=f"one of {_ROOTS}")
    if key == "id":
        return pool.ids
    texts = _groups(pool) if key == "group" else _members(pool, key)
    if all(text is None for text in texts):
        known = _keys(pool)
        hint = did_you_mean(key, known, f"items here have: {', '.join(known[:_SHOWN])}")
        raise UsageError(f"no item of the pool has {key!r}", hint=hint)
    return texts


def _is_key(key: str) -> bool:
    root, _, rest = key.partition(".")
    return key in {"id", "group"} or (root in {"meta", "data"} and rest != "")


def _groups(pool: Pool) -> list[str | None]:
    return [pool.group.values[code] if code >= 0 else None for code in pool.group.codes.tolist()]


def _members(pool: Pool, key: str) -> list[str | None]:
    root, _, name = key.partition(".")
    objects = map(orjson.loads, pool.meta if root == "meta" else pool.data)
    return [_text(one[name]) if name in one else None for one in objects]


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical_text(orjson.loads(orjson.dumps(value)))


def _keys(pool: Pool) -> list[str]:
    found = {
        f"{root}.{name}"
        for root, raws in (("meta", pool.meta), ("data", pool.data))
        for raw in raws
        for name in orjson.loads(raw)
    }
    grouped = ["group"] if pool.group.values else []
    return ["id", *grouped, *sorted(found, key=lambda key: (key.startswith("data."), key))]
