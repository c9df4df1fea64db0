"""The id of a file's content in a work tree: what git would name its bytes by, with no conversion of line ends."""

import hashlib
import os
import stat
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec

from assay.core import is_source, legible
from assay.files import FILE_LIMIT, Store
from assay.git.objects import Clone

_PART = 2**20
_SECOND = 10**9
_Stamp = tuple[int, int, int, int]
_Known = dict[str, tuple[_Stamp, str]]


class Contents:
    """The ids of the contents of files below `root`; what is known of them is kept in a store.

    A file whose size, times and place on disk are those of when it was last read has its id from then; all others are read. What
    was changed shortly before it was read is read again the next time, for a second change might not show in its times: within two
    seconds on a disk that counts whole seconds, else within the twentieth part of one.
    """

    def __init__(self, root: Path, store: Store, *, sha256: bool = False) -> None:
        self.root = root
        self._algorithm = "sha256" if sha256 else "sha1"
        self._store = store
        self._key = legible(f"contents:{self._algorithm}:{root}")
        self._known: _Known = {}
        with suppress(msgspec.MsgspecError):
            self._known = msgspec.msgpack.decode(store.get(self._key) or b"\x80", type=_Known)

    def of(self, path: str) -> str:
        """The id of a regular file; of anything else, its mode and where it leads.

        A picture, sound or film, and whatever else assay does not read as text or at all, goes by size, times and place.

        Raises:
            OSError: there is nothing.
        """
        place = f"{self.root}/{path}"
        at = os.lstat(place)
        if not stat.S_ISREG(at.st_mode):
            return f"120000 {Path(place).readlink()}" if stat.S_ISLNK(at.st_mode) else "0"
        stamp = (at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino)
        known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        before = time.time_ns()
        coarse = not (at.st_mtime_ns % _SECOND or at.st_ctime_ns % _SECOND)
        is_settled = max(stamp[1:3]) + (2 * _SECOND if coarse else _SECOND // 20) < before
        if not is_source(path) or at.st_size > FILE_LIMIT:
            return f"{stamp}" if is_settled else f"{stamp} at {before}"
        try:
            content = self._read(place, at.st_size)
        except OSError:  # who reads it for its content says so
            return f"unreadable at {before}"
        if is_settled and legible(path) == path:
            self._known[path] = (stamp, content)
            self._store.put(self._key, self._encoded)
        return content

    def _encoded(self) -> bytes:
        return msgspec.msgpack.encode(self._known)

    def _read(self, place: str, size: int) -> str:
        whole = hashlib.new(self._algorithm, b"blob %d\0" % size, usedforsecurity=False)
        with Path(place).open("rb") as file:
            while part := file.read(_PART):
                whole.update(part)
        return whole.hexdigest()


def results_of(clone: Clone) -> Store:
    """What is kept of earlier results in a clone, in git's own folder: it is never cloned, and safe to delete.

    The variable `ASSAY_RESULTS` says what may be done with it: where it is `read` nothing is added, and where it is set to
    anything else, such as `none`, nothing is read either.
    """
    return _results(clone, os.environ.get("ASSAY_RESULTS", ""))


@lru_cache(maxsize=4)
def _results(clone: Clone, use: str) -> Store:
    file = clone.common / "assay" / "results.db"
    return Store(file if use in {"", "read"} else None, writes=not use)


def uses_sha256(clone: Clone) -> bool:
    """Whether git names the objects of a clone by SHA-256."""
    with suppress(OSError):
        text = (clone.common / "config").read_bytes().lower()
        return b"objectformat" in text and b"sha256" in text
    return False
