"""The states that the default branch is known to have had, by git's history: between two of them may lie one pull request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.store.history import changed_on_the_way, descendants, first_parents


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came between two commits that the default branch is taken to have been at.

    `before` is None where none is known; `first` says that nobody could approve anything before. `merge` says that it is
    one merge, whose second parent brought what changed; `sure` that somebody said of what it ended in that the default
    branch was at it, so that this does not rest on the order of a merge's parents.
    """

    before: str | None
    after: str
    first: bool = False
    merge: bool = False
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The first parents of a tip of the default branch, and those of them that changed what approvals rest on.

    `founded` is the oldest of them in which somebody may approve; empty where nobody knows which one that is.
    """

    chain: tuple[tuple[str, tuple[str, ...]], ...]
    changed: frozenset[str]
    founded: str

    def steps(self, known: Iterable[str] = ()) -> tuple[Step, ...]:
        """The steps that changed anything, newest first.

        A merge's first parent is what the branch was before it. Commits in a row may all be of one pull request, unless
        one of the `known` commits parts them.
        """
        said = frozenset(known)
        merged = {commit: parents[0] for commit, parents in self.chain if len(parents) > 1}
        ends = {*said, *merged, *merged.values(), self.founded}
        found: list[Step] = []
        after, sure, changed = self.chain[0][0], False, False
        for commit, _ in self.chain:
            if commit in ends and commit != after:
                if changed:
                    found.append(Step(before=commit, after=after, merge=merged.get(after) == commit, sure=sure))
                after, sure, changed = commit, sure and not changed, False
            sure = sure or commit in said
            if commit == self.founded:
                return (*found, Step(before=None, after=commit, first=True))
            changed = changed or commit in self.changed
        return (*found, Step(before=None, after=after, sure=sure))


def line_of(root: Path, tip: str, paths: Sequence[str], beginning: str) -> Line:
    """The line that ends in `tip`; `beginning` is the commit that holds the first approvers (empty: nobody knows)."""
    chain = first_parents(root, tip)
    later = descendants(root, beginning, tip) if beginning else frozenset()
    return Line(
        chain=chain,
        changed=changed_on_the_way(root, tip, paths),
        founded=next((commit for commit, _ in reversed(chain) if commit in later), ""),
    )
