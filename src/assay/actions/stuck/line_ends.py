"""Label files that a program saved with the line ends of Windows: nothing of them is read as it is."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from assay.actions.stuck.state import MEND, Stuck
from assay.store.aside import Aside
from assay.store.files import inside, read_bytes, write_bytes
from assay.store.git import changed_paths, commit_of
from assay.store.pending import named


def other_line_ends(root: Path) -> Iterator[Stuck]:
    """Label files that differ from the last commit and end lines with CR and LF."""
    labels = sorted(
        path
        for path in changed_paths(root, commit_of(root, "HEAD"))
        if path.startswith("labels/") and path.endswith(".jsonl")
    )
    found = [path for path in labels if _is_other(root, path)]
    if found:
        yield Stuck(
            name="line ends",
            said=f"saved with the line ends of Windows: {named(found)}",
            remedy=MEND,
            mend=partial(_with_line_feeds, root, found),
            stops=False,
        )


def _is_other(root: Path, path: str) -> bool:
    place = root / path
    return place.is_file() and not place.is_symlink() and b"\r\n" in read_bytes(place)


def _with_line_feeds(root: Path, paths: Sequence[str], aside: Aside) -> str:
    aside.copy((inside(root, path), path) for path in paths)
    for path in paths:
        write_bytes(inside(root, path), read_bytes(inside(root, path)).replace(b"\r\n", b"\n"))
    return f"{named(paths)}: lines end with LF again"
