"""Files that only point to their content: what Git LFS and git-annex leave in a clone that has not fetched it."""

import re

_ANNEXED = re.compile(rb"/annex/objects/[A-Z0-9]+[A-Za-z0-9_.%&:,=+-]*\n?")
_LFS = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")
_LONGEST = 1024


def pointed(data: bytes) -> tuple[str, str] | None:
    """What a file is a pointer of, and the command that fetches what it points to; None where it is the content itself."""
    if data.startswith(_LFS) and len(data) <= _LONGEST and b"\noid " in data:
        return "Git LFS", "git lfs pull"
    if data.startswith(b"/annex/objects/") and _ANNEXED.fullmatch(data[:_LONGEST]):
        return "git-annex", "git annex get"
    return None
