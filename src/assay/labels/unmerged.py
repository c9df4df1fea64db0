"""Answers of one annotator that are not checked out: theirs wherever the batch is opened, merged or not.

One rule for the page, the sheet, `todo` and `start`: what is checked out, and what other branches of theirs and the default
one changed since they parted from it. Of two answers to one item the later one holds; where their times do not tell, the
one checked out does, and that is said.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import orjson

from assay.labels.own import OwnFile
from assay.labels.times import microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBranch:
    """What a branch, at a commit, has of one file and the default branch never had: canonical lines by item.

    `parted` are the lines where it parted from what is checked out. `invalid` are items whose answer the task's schema
    does not admit any more; they are not among the lines. `merged`: it is the default branch, and the lines are those that
    what is checked out never had.
    """

    branch: str
    commit: str
    lines: Mapping[str, bytes]
    parted: Mapping[str, bytes]
    invalid: tuple[str, ...] = ()
    merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A branch, or a file on it, that may hold answers and was not read."""

    branch: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A file with what stands elsewhere put in: by item, the branch that an answer was taken from.

    `apart` are items with two answers of which neither is known to be later: the one checked out stands, or the first.
    """

    own: OwnFile
    taken: Mapping[str, str]
    apart: Mapping[str, str]
    invalid: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """By file: what other branches hold, the names of all that hold answers, and the lines that are handed in and wait."""

    elsewhere: Mapping[str, tuple[OnBranch, ...]] = field(default_factory=dict)
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    handed: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()

    def over(self, own: OwnFile, asked: Collection[str]) -> Together:
        """The file with the answers of other branches to the items that are asked; its digest stays that of the disk."""
        lines, taken, apart, invalid = dict(own.lines), dict[str, str](), dict[str, str](), dict[str, str]()
        for one in self.elsewhere.get(own.path, ()):
            invalid.update((item, one.branch) for item in one.invalid if item in asked and item not in own.lines)
            for item in one.lines.keys() & asked:
                here, there = lines.get(item), one.lines[item]
                if here == there:
                    continue
                untouched = here is None or (item not in taken and here == one.parted.get(item))
                holds = there if here is None or untouched else later(here, there)
                if holds is None:
                    apart[item] = one.branch
                elif holds == there:
                    lines[item], taken[item] = there, one.branch
                    apart.pop(item, None)
        still = {item: branch for item, branch in invalid.items() if item not in lines}
        return Together(own=replace(own, lines=lines), taken=taken, apart=apart, invalid=still)

    def said(self, own: OwnFile, asked: Collection[str]) -> Iterator[str]:
        """What somebody who opens the file has to know of answers that stand elsewhere, a sentence each."""
        together = self.over(own, asked)
        merged = {one.branch for one in self.elsewhere.get(own.path, ()) if one.merged}
        for branch, number in sorted(Counter(together.taken.values()).items()):
            state = "merged, and not in this folder yet" if branch in merged else "not merged yet"
            yield f"{number:,} of your answers {'stands' if number == 1 else 'stand'} on branch {branch}, {state}"
        yield from self.doubts(own, asked)
        yield from map(unread_text, self.unread)

    def doubts(self, own: OwnFile, asked: Collection[str]) -> Iterator[str]:
        """Of which answers elsewhere it is not certain that they hold, and which do not."""
        together = self.over(own, asked)
        for items, said in (
            (together.apart, "has another answer of yours, and no time tells which is later; the one here stands"),
            (together.invalid, "has an answer that the schema does not admit any more; the item is open again"),
        ):
            for item, branch in sorted(items.items())[:_LISTED]:
                yield f"warning: item {item}: branch {branch} {said}"
            if len(items) > _LISTED:
                yield f"warning: and so with {len(items) - _LISTED:,} more items"

    def branch_of(self, path: str, item: str) -> str:
        """Another branch with an answer to an item in a file; empty where none has one."""
        return next((one.branch for one in self.elsewhere.get(path, ()) if item in one.lines), "")

    def waiting(self, own: OwnFile) -> frozenset[str]:
        """The items whose answer, as the file has it, is handed in on some branch and waits for the merge."""
        handed = self.handed.get(own.path, frozenset())
        return frozenset(item for item, line in own.lines.items() if line in handed)


NOTHING_UNMERGED = Unmerged()


def later(one: bytes, other: bytes) -> bytes | None:
    """The later one of two records of an item; None where one has no time, or both the same."""
    first, second = (_made(line) for line in (one, other))
    if first is None or second is None or first == second:
        return None
    return one if first > second else other


def unread_text(one: Unread) -> str:
    """That answers may stand on a branch which was not read, or not all of it, and why."""
    return f"warning: branch {one.branch} may hold answers of yours that are not here: {one.why}"


def _made(line: bytes) -> int | None:
    return microseconds(str(orjson.loads(line).get("at", "")))


_LISTED = 5
