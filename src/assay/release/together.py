"""Items that belong into one split: of one group, of the same content, or nearly of it; and where each of them goes."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.release.split import Splitter


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
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


def placed(
    members: Sequence[Member], near: Iterable[tuple[str, str]], released: Mapping[str, str], splitter: Splitter
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


def _components(members: Sequence[Member], near: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
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
