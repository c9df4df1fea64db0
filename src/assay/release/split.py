"""Which split an item belongs to: by stable hash, so that no item ever moves when others come or go.

Items of one group, of the same content or nearly of it belong into one split.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import orjson

from assay.model.names import VERSION_PATTERN
from assay.model.release import ReleaseSpec
from assay.store.digest import digest_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitter:
    """Assigns splits for one seed and major version.

    A key (an item's group, else its id) hashes to a number in [0, 1), and the shares, laid end to end in the order of
    their names, say which split owns that number. Items of one group stay together, in every task of the release.
    """

    seed: int
    major: int
    names: tuple[str, ...]
    ends: tuple[float, ...]

    def split(self, key: str) -> str:
        """The split of a group or an ungrouped item."""
        digest = digest_bytes(orjson.dumps([self.seed, self.major, key]))
        place = int(digest[:13], 16) / 16**13
        return next((name for name, end in zip(self.names, self.ends, strict=True) if place < end), self.names[-1])


def splitter(spec: ReleaseSpec) -> Splitter:
    """The splitter of a release; a split with no share gets no item."""
    owners = sorted((name, share) for name, share in spec.splits if share > 0)
    return Splitter(
        seed=spec.seed,
        major=major(spec.version),
        names=tuple(name for name, _ in owners),
        ends=tuple(accumulate(share for _, share in owners)),
    )


def major(version: str) -> int:
    """The major part of a version."""
    return int(version.partition(".")[0])


def is_version(text: str) -> bool:
    """Whether a text is a version."""
    return re.fullmatch(VERSION_PATTERN, text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMember:
    """An item of a pool as far as its split goes: its group, and the digest of its content (empty: of none)."""

    id: str
    group: str | None
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The split of every item that is not alone, by id, and what belongs together and stands apart: released so, it stays."""

    splitter: Splitter
    splits: Mapping[str, str]
    apart: tuple[tuple[str, ...], ...]

    def split(self, item: str) -> str:
        """The split of an item."""
        found = self.splits.get(item)
        return self.splitter.split(item) if found is None else found


def place_members(
    members: Sequence[SplitMember], near: Iterable[tuple[str, str]], released: Mapping[str, str], splitter: Splitter
) -> Places:
    """Where items go, whatever the order in which they come.

    `near` are ids of near duplicates; `released` has the split in which an item of this major version was released. Such an item
    stays there. What belongs to it joins it, or the one with the smallest id where several were released in different splits.
    Where none was released, all go where the group of the smallest id goes, or that id where it has no group.
    """
    groups: dict[str, str] = {}
    for one in members:
        if one.group is not None:
            groups[one.id] = min(one.group, groups.get(one.id, one.group))
    splits: dict[str, str] = {}
    apart: list[tuple[str, ...]] = []
    for ids in _components(members, near):
        there = {id_: released[id_] for id_ in ids if id_ in released}
        first = next(iter(there), ids[0])
        split = there[first] if there else splitter.split(groups.get(first, first))
        splits |= {id_: there.get(id_, split) for id_ in ids}
        if len({*there.values()}) > 1:
            apart.append(tuple(ids))
    alone = {id_: split for id_, split in released.items() if id_ not in splits}
    return Places(splitter=splitter, splits=splits | alone, apart=tuple(sorted(apart)))


def _components(members: Sequence[SplitMember], near: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
    """The ids that belong together, in order; of one id alone only where it has a group."""
    above: dict[Hashable, Hashable] = {}

    def top(one: Hashable) -> Hashable:
        while (higher := above.setdefault(one, one)) != one:
            above[one] = above[higher]
            one = higher
        return one

    first: dict[str, str] = {}
    for one in members:
        if one.group is not None:
            above[top(one.id)] = top((one.group,))
        if one.content and (earlier := first.setdefault(one.content, one.id)) != one.id:
            above[top(one.id)] = top(earlier)
    for id_, other in near:
        above[top(id_)] = top(other)
    found: dict[Hashable, list[str]] = defaultdict(list)
    for node in [*above]:
        if isinstance(node, str):
            found[top(node)].append(node)
    return (sorted(ids) for ids in found.values())
