"""The annotator's file while the page is open: others may change it too, and nothing of theirs is written over."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from assay.errors import UsageError
from assay.labels.annotator_file import OwnFile, Together, clear_unfinished, read_own, reread_own, write_own
from assay.store.files import recover
from assay.store.lock import writing


class Drawer:
    """Reads the file anew when it has changed on disk; one writer at a time, of all threads and processes.

    `over` puts in what is the annotator's on other branches: it is read here, and written with the first answer. What is known of the file is one value, put in place at once: readers take no lock.

    Raises:
        AssayError: the file cannot be read.
    """

    def __init__(self, root: Path, path: str, over: Callable[[OwnFile], Together]) -> None:
        self.root = root
        self._over = over
        self._mine = Lock()
        self._path = path
        with self.turn():
            clear_unfinished(root, path)
            self._known = (self._signature(), over(read_own(root, path)).own)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The right to write, held until the block ends; an interrupted write of another command is finished first.

        Raises:
            UsageError: another process keeps it, or the disk refuses.
        """
        try:
            with self._mine:
                recover(self.root)
                with writing(self.root):
                    yield
        except OSError as error:
            raise UsageError(
                f"{error.filename or self.root}: {error.strerror}", hint="make room, or get leave to write there"
            ) from error

    def look(self) -> OwnFile:
        """The file as it is, told by its size and times whether it has changed.

        Raises:
            AssayError: it cannot be read.
        """
        seen, own = self._known
        return own if seen and seen == self._signature() else self.read()

    def read(self) -> OwnFile:
        """The file as it is, told by its bytes.

        Raises:
            AssayError: it cannot be read.
        """
        seen, (_, known) = self._signature(), self._known
        own = reread_own(self.root, known)
        own = own if own is known else self._over(own).own
        self._known = (seen, own)
        return own

    def write(self, own: OwnFile) -> OwnFile:
        """Puts the file on disk, whole; only within a `turn`.

        Raises:
            OSError: the disk refuses; the old file stands.
        """
        written = write_own(self.root, own)
        self._known = (self._signature(), written)
        return written

    def _signature(self) -> tuple[int, ...]:
        try:
            status = os.lstat(self.root / self._path)
        except FileNotFoundError:
            return ()
        return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
