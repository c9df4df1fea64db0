"""Two edits of one text brought together line by line, as git does."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from assay.errors import GitError
from assay.store.process import git_command, git_environment, run

_MOST_CONFLICTS = 127
MARK = b"<<<<<<< "
"""What a place begins with that somebody has to settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The text, and in how many places both sides changed the same lines: those stand between git's markers."""

    text: bytes
    clashes: int


def merge_texts(ours: bytes, base: bytes, theirs: bytes, names: tuple[str, str, str]) -> Merged:
    """What both sides made of `base`; `names` are what the three are called at the markers.

    Raises:
        GitError: git cannot merge them: one is no text.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(text)
        labels = [word for name in names for word in ("-L", name)]
        command = git_command("merge-file", "--stdout", *labels, *(file.name for file in files))
        ended = run(command, cwd=Path(folder), environment=git_environment())
    if ended.code is None or not 0 <= ended.code <= _MOST_CONFLICTS:
        raise GitError(f"git merge-file: {ended.stderr.decode(errors='replace').strip()}", hint="look at both texts")
    return Merged(text=ended.stdout, clashes=ended.code)
