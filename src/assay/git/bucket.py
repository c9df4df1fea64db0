"""A project in a bucket, or wherever else fsspec reads: only read, and never taken for what it was not when it was listed."""

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from assay.errors import LimitError, UsageError
from assay.extras import load
from assay.files import FILE_LIMIT, Store, fix_for_size
from assay.git.objects import TreeEntry
from assay.git.snapshot import Snapshot

_HELD = 2**26
_FILE, _LINK, _FOLDER = "100644", "120000", "040000"


class BucketSnapshot(Snapshot):
    """The files below an address such as s3://BUCKET/FOLDER, each as it was when it was first read.

    Raises:
        MissingExtraError: fsspec is not installed.
        UsageError: it does not read such addresses here.
    """

    def __init__(self, address: str, *, sha256: bool = False) -> None:
        self.root = Path(address)
        self._algorithm = "sha256" if sha256 else "sha1"
        try:
            self._files, self._base = load("fsspec.core").url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{address} cannot be read: {error}", fix="install what fsspec reads it with") from error
        self._files.invalidate_cache()  # another run may have listed it long ago
        self._ids: dict[str, str] = {}
        self._held: dict[str, bytes] = {}
        self._listed = lru_cache(maxsize=None)(self._list)

    @property
    def results(self) -> Store:
        """Nothing is kept in a bucket."""
        return Store(None)

    def _list(self, folder: str) -> Mapping[str, tuple[str, int]]:
        """The mode and the size of what is in a folder, by name."""
        try:
            found: list[dict[str, Any]] = self._files.ls(self._path(folder), detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        here = self._path(folder).strip("/")
        entries = {}
        for one in found:
            above, _, name = one["name"].strip("/").rpartition("/")
            if above == here and name not in {"", ".", ".."}:
                mode = _LINK if one.get("islink") else _FOLDER if one["type"] == "directory" else _FILE
                entries[name] = (mode, int(one.get("size") or 0))
        return entries

    def _path(self, path: str) -> str:
        return f"{self._base.rstrip('/')}/{path}" if path else self._base

    def _at(self, path: str) -> tuple[str, int]:
        folder, _, name = path.rpartition("/")
        inside = not path.startswith("/") and ".." not in path.split("/")
        return self._listed(folder).get(name, ("", 0)) if inside else ("", 0)

    def entry(self, path: str) -> TreeEntry | None:
        """What is at a path."""
        mode, _ = self._at(path)
        return None if mode in {"", _FOLDER} else TreeEntry(path=path, mode=mode, object="")

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder."""
        return () if folder and not self.is_folder(folder) else tuple(sorted(self._listed(folder)))

    def is_folder(self, path: str) -> bool:
        """Whether something is below that path."""
        return self._at(path)[0] == _FOLDER and not self.link(path)

    def link(self, path: str) -> str:
        """The first link on the way, where what is read has links."""
        way = accumulate(path.split("/"), "{}/{}".format)
        return next((part for part in way if self._at(part)[0] == _LINK), "")

    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: there is none, or it is no longer what it was when it was first read.
            LimitError: it is larger than `limit`.
            UsageError: it is behind a link.
        """
        if link := self.link(path):
            fix = "replace it with the folder or file itself"
            raise UsageError(f"{link} is a symbolic link; assay does not follow links", fix=fix)
        mode, size = self._at(path)
        if mode != _FILE:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if size > limit:
            raise LimitError(f"{path}: {size / 2**20:,.0f} MiB; assay reads files up to {limit / 2**20:,.0f} MiB", fix=fix_for_size(path))  # fmt: skip
        if (held := self._held.pop(path, None)) is not None:
            return held
        data = bytes(self._files.cat_file(self._path(path), start=0, end=limit + 1))
        named = hashlib.new(self._algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
        named.update(data)
        if len(data) != size or self._ids.setdefault(path, named.hexdigest()) != named.hexdigest():
            raise OSError(errno.ESTALE, "it was changed while it was read", path)
        return data

    def _hold(self, path: str, data: bytes) -> None:
        """Keeps the bytes until they are read: what has just been named is often read next."""
        if sum(map(len, self._held.values())) + len(data) > _HELD:
            self._held.clear()
        self._held[path] = data

    def contents(self, paths: Iterable[str]) -> Mapping[str, str]:
        """The ids of the bytes, as git names them.

        Raises:
            LimitError, OSError: as `read`.
        """
        found = {}
        for path in paths:
            entry = self.entry(path)
            if entry is not None and entry.mode == _LINK:
                found[path] = _LINK
            elif entry is not None:
                if path not in self._ids:
                    self._hold(path, self.read(path))
                found[path] = self._ids[path]
        return found
