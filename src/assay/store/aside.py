"""Put out of the way, never deleted: `.assay/aside/<time>/` keeps what was moved or copied there, by its path."""

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from assay.errors import UsageError
from assay.store.files import WORK, inside, sync_folder, write_bytes
from assay.store.one_file import make_folder


class Aside:
    """A folder of this clone that is made when the first file comes into it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None

    @property
    def said(self) -> str:
        """Where it is, below the root; empty where nothing was put there."""
        return "" if self._folder is None else self._folder.relative_to(self._root).as_posix()

    def move(self, place: Path, name: str) -> None:
        """Moves a file or folder there, under a name.

        Raises:
            UsageError: the disk refuses; nothing was moved then.
        """
        self._put(place, name, moved=True)

    def copy(self, places: Iterable[tuple[Path, str]]) -> None:
        """Copies the files that are there, each under its name.

        Raises:
            UsageError: the disk refuses.
        """
        for place, name in places:
            if place.is_file() and not place.is_symlink():
                self._put(place, name, moved=False)

    def write(self, name: str, data: bytes) -> str:
        """Keeps bytes there under a name; where that is, below the root.

        Raises:
            UsageError: the disk refuses.
        """
        try:
            target = self._made() / name
            make_folder(target.parent)
            write_bytes(target, data)
        except OSError as error:
            raise UsageError(
                f"what {name} was cannot be put aside: {error.strerror}",
                hint="make room, or get leave to write there; then run this again",
            ) from error
        return target.relative_to(self._root).as_posix()

    def _put(self, place: Path, name: str, *, moved: bool) -> None:
        try:
            target = self._made() / name
            make_folder(target.parent)
            if moved:
                shutil.move(place, target)
            else:
                shutil.copy2(place, target)
            sync_folder(target.parent)
        except OSError as error:
            raise UsageError(
                f"{place} cannot be put aside: {error.strerror}",
                hint="make room, or get leave to write there; then run this again",
            ) from error

    def _made(self) -> Path:
        if self._folder is None:
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
            folder = inside(self._root, f"{WORK}/aside")
            make_folder(folder)
            for number in count(1):
                place = folder / (stamp if number == 1 else f"{stamp}-{number}")
                try:
                    place.mkdir()
                except FileExistsError:
                    continue
                self._folder = place
                return place
        assert self._folder is not None
        return self._folder
