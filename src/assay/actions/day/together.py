"""Bring two commits of somebody's own answers together, record by record, where git's lines alone would clash."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from assay.actions.day.mine import Part, parse_votes, part_of
from assay.labels.annotator_file import OwnFile
from assay.labels.merge import Side, later, merge_record
from assay.store.git_state import GitState
from assay.store.repository import merge

_Lines = Mapping[str, bytes]


def merge_own(state: GitState, theirs: str, who: str) -> bool:
    """Merges a commit into HEAD; where the same lines of somebody's own files changed, item by item.

    Where it is not clear which of two new answers to an item is the later one, a file cannot be read, or others' files
    clash, nothing changes.
    """
    since = state.merge_base("HEAD", theirs)
    return merge(state.root, theirs, settle=partial(_settled, _Sides(state, since, theirs), who))


@dataclass(frozen=True, slots=True)
class _Sides:
    state: GitState
    since: str | None
    theirs: str

    def lines(self, part: Part, revision: str | None) -> _Lines | None:
        """The answers in a commit by item; None where some of them cannot be read."""
        data = self.state.file_at(revision, part.path) if revision else None
        votes = parse_votes(data or b"", part)
        sound = not votes.faults and len(votes.own.lines) == len(votes.records)
        return votes.own.lines if sound else None


def _settled(sides: _Sides, who: str, path: str) -> bytes | None:
    part = part_of(path)
    if part is None or part.who != who:
        return None
    base, ours, theirs = (sides.lines(part, one) for one in (sides.since, "HEAD", sides.theirs))
    if base is None or ours is None or theirs is None:
        return None
    lines = both(base, ours, theirs)
    return None if lines is None else OwnFile(path=path, lines=lines, digest="").data


def both(base: _Lines, ours: _Lines, theirs: _Lines) -> _Lines | None:
    """The lines with the changes of both sides, by item: of two new answers the later one.

    None where no time tells which that is, or one side changed what the other took back.
    """
    merged: dict[str, bytes] = {}
    for item in base.keys() | ours.keys() | theirs.keys():
        side = merge_record(base.get(item), ours.get(item), theirs.get(item), choose=later)
        if side is Side.BOTH:
            return None
        if line := (ours if side is Side.OURS else theirs).get(item):
            merged[item] = line
    return merged
