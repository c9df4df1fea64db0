"""What git is in the middle of, and files left in conflict by what it does not say."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.actions.stuck.made import is_made, taking_a_side
from assay.actions.stuck.state import ABORT, Stuck
from assay.store.pending import named
from assay.store.work_tree import conflicts, unfinished

_GIVEN_UP = {
    "merge": "what came in by it is not taken in; it stays on the branch it came from",
    "rebase": "the branch stands again where it stood",
    "cherry-pick": "the commit is not taken over; it stays where it was",
    "revert": "the commit is not taken back",
    "am": "the patches are not applied",
    "bisect": "the search ends, and the branch that it began on is checked out",
}


def halfway(root: Path) -> Iterator[Stuck]:
    """A merge, rebase, … that was begun and not finished, or files in conflict without one."""
    what, files = unfinished(root), conflicts(root)
    if not what and not files:
        return
    listed = f"; in conflict: {named(files)}" if files else ""
    if what:
        said = f"git is in the middle of {'an' if what == 'am' else 'a'} {what} here{listed}"
        finish = "finish it" if what == "bisect" else f"finish it ({_settling(files)}, git {what} --continue)"
        given = _GIVEN_UP[what]
    else:
        said = f"files are in conflict, and git is in the middle of nothing{listed}"
        finish, given = _settling(files), "they become what the last commit has; a stash stays"
    yield Stuck(
        name="merges",
        said=said,
        remedy=f"{finish}; or drop it: {ABORT} ({given}; every changed file is kept below .assay/aside)",
    )


def _settling(files: Sequence[str]) -> str:
    """What becomes of each file in conflict: what the pipeline makes is made anew, and never put together by hand."""
    made = [file for file in files if is_made(file)]
    chosen = ["choose in each other file and `git add` it" if made else "choose in each file and `git add` it"]
    return ", then ".join(
        [*(chosen if len(made) < len(files) or not files else []), *([taking_a_side(made)] if made else [])]
    )
