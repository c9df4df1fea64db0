"""What the same person sent from another clone and nobody has merged: the same again, or another under the same name."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.actions.errand import Errand
from assay.actions.sending.ground import has_landed
from assay.errors import UsageError
from assay.store.files import inside, read_bytes
from assay.store.git import file_at
from assay.store.git_state import GitState
from assay.store.pending import named
from assay.store.repository import put_back

_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def sent_elsewhere(state: GitState, errand: Errand, remote: str, paths: Sequence[str], base: str) -> str:
    """The branch of whoever asks that the remote has, as last fetched, and that brings the files just so; empty: none does.

    Branches that this clone has too do not count, nor does what landed in the default branch at the commit `base`. When
    something was made (RFC 3339, UTC) makes no difference.

    Raises:
        UsageError: one of the name that the errand asks for brings these files with another content.
    """
    pending = list(_pending(state, errand, remote, base))
    for name, reference in pending:
        if is_same_there(state, reference, paths):
            return name
    for name, reference in pending:
        since = state.merge_base(reference, base)
        there = sorted(state.paths_between(since, reference).intersection(paths)) if since else []
        if there and re.fullmatch(rf"{re.escape(errand.branch)}(-[0-9]+)?", name):
            raise UsageError(
                f"{remote} has branch {name}, which is not merged yet, with another {named(there)}: the name is taken",
                hint=f"nothing was written. To go on from what is there: git switch {name}, then run this again; "
                "else wait until it is merged, or choose another name",
            )
    return ""


def is_same_there(state: GitState, reference: str, paths: Sequence[str]) -> bool:
    """Whether a commit has the files as they stand here, whenever they were made; of no files none has."""
    return bool(paths) and all(_is_same(_here(state.root, path), state.file_at(reference, path)) for path in paths)


def undo(root: Path, paths: Sequence[str]) -> None:
    """Makes files what HEAD has, and takes away those that it has not, with folders that are left empty."""
    for path in paths:
        if file_at(root, "HEAD", path) is not None:
            put_back(root, path)
            continue
        place = inside(root, path)
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == root or any(folder.iterdir()):
                break
            folder.rmdir()


def _pending(state: GitState, errand: Errand, remote: str, base: str) -> Iterator[tuple[str, str]]:
    prefix = f"refs/remotes/{remote}/"
    for reference in state.below(f"{prefix}{errand.who}/"):
        name = reference.removeprefix(prefix)
        if not state.commit(f"refs/heads/{name}") and not has_landed(state, reference, base):
            yield name, reference


def _here(root: Path, path: str) -> bytes | None:
    try:
        return read_bytes(inside(root, path))
    except FileNotFoundError:
        return None


def _is_same(here: bytes | None, there: bytes | None) -> bool:
    if here is None or there is None:
        return here is there
    return here == there or _MOMENT.sub(b"", here) == _MOMENT.sub(b"", there)
