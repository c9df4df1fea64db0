"""Which commits changed a file, or lines that say something, and what stood before."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.store.git import prefix
from assay.store.history import contents
from assay.store.process import git

_HEAD = "%x01%H%x1f%P%x1f%aI%x1f%an%x1f%s"
_START = re.compile(r"^\x01", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A commit, its parents, who made it when and why, and the files below `root` that it changed."""

    commit: str
    parents: tuple[str, ...]
    author: str
    at: str
    subject: str
    paths: tuple[str, ...]


def touches(root: Path, *, under: str, also: Sequence[str] = (), saying: str = "") -> tuple[Touch, ...]:
    """The commits of HEAD, newest first, that changed a file at or below `under`, or one of `also`.

    With `saying`, an extended regular expression, only those that added or removed a line that it matches. Every side
    of a merge is followed.
    """
    own = prefix(root)
    wanted = [f"-G{saying}"] if saying else []
    said = git(
        root, "-c", "core.quotePath=false", "log", "--diff-merges=separate", "--full-history", "--topo-order", "--no-follow",
        "--name-only", "--no-renames", "--no-color", "--no-notes", "--no-show-signature", "--encoding=UTF-8",
        "--no-ext-diff", "--no-textconv", "--text", f"--format=tformat:{_HEAD}", *wanted, "HEAD",
        "--", *(f":(literal){place}" for place in (under, *also)),
    )  # fmt: skip
    found: dict[str, Touch] = {}
    for block in _START.split(said.decode(errors="replace"))[1:]:
        head, _, names = block.partition("\n")
        commit, parents, at, author, subject = head.split("\x1f", 4)
        earlier = found[commit].paths if commit in found else ()
        paths = dict.fromkeys((*earlier, *(name.removeprefix(own) for name in names.split("\n") if name)))
        found[commit] = Touch(
            commit=commit, parents=tuple(parents.split()), author=author, at=at, subject=subject, paths=tuple(paths)
        )
    return tuple(found.values())


def states(root: Path, touch: Touch, paths: Sequence[str]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """Each of the paths, and its bytes in the commit and in each of its parents, by commit; no bytes where it is not there."""
    revisions = (touch.commit, *touch.parents)
    blobs = contents(root, [(revision, path) for path in paths for revision in revisions])
    for path in paths:
        yield path, {revision: blobs[revision, path] or b"" for revision in revisions}
