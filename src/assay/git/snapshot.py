"""A snapshot: the files of a project at one state, whoever made it: the work tree, a commit, or a merge result."""

import errno
import os
import stat
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

from assay.core import SOURCE_FOLDERS, is_source, legible
from assay.errors import LimitError, UsageError
from assay.files import FILE_LIMIT, fix_for_size, inside, linked, read_bytes
from assay.git.git_folder import git_places
from assay.git.objects import Clone, Entry, Objects, clone_of, entries_of, objects_of
from assay.git.process import git

SUBMODULE = "160000"
_LINK, _FILE, _FOLDER = "120000", "100644", "040000"


class Snapshot(ABC):
    """The files of a project at one state, by path below its root; everything that reads a project reads one of these.

    `root` is the project's folder in this clone: it names the place and is never read through a commit's snapshot.
    """

    root: Path

    @abstractmethod
    def entry(self, path: str) -> Entry | None:
        """The file, link or submodule at a path; None for a folder, and where there is nothing."""

    @abstractmethod
    def names(self, folder: str) -> tuple[str, ...]:
        """What lies directly in a folder, sorted; nothing where it is none or is reached over a link."""

    @abstractmethod
    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes of a plain file.

        Raises:
            FileNotFoundError: there is none.
            OSError: something else lies there.
            LimitError: it is larger than `limit`.
            UsageError: a link leads there, or the path leads out of the project.
            GitError: git has it and this clone lacks it.
        """

    @abstractmethod
    def is_folder(self, path: str) -> bool:
        """Whether a folder is there, and no link leads to it."""

    @abstractmethod
    def link(self, path: str) -> str:
        """The first symbolic link on the way from the root to a path; empty where there is none."""

    def has(self, path: str) -> bool:
        """Whether a plain file is there, and no link leads to it."""
        entry = self.entry(path)
        return entry is not None and entry.mode not in {_LINK, SUBMODULE} and not self.link(path)

    def under(self, folder: str) -> tuple[str, ...]:
        """The paths of the files below a folder, sorted; links and submodules are named, not entered."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            for name in self.names(here):
                path = f"{here}/{name}" if here else name
                (waiting if self.is_folder(path) else found).append(path)
        return tuple(sorted(found))

    def read_all(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of those of the paths that are plain files here.

        Raises:
            LimitError, GitError: as `read`.
        """
        return {path: self.read(path) for path in paths if self.has(path)}


class TreeSnapshot(Snapshot):
    """The files of a commit or of a merge result; `commit` names it. A path outside the project starts with `:/`.

    `folders` gives the tree of each folder: two that hold the same have the same. `repeated` are paths that a broken tree
    names several times: nobody knows which of them would be checked out.
    """

    def __init__(self, clone: Clone, commit: str, found: Sequence[Entry], objects: Objects) -> None:
        self.root = clone.root
        self.commit = commit
        self.entries = {one.path: one for one in found if one.mode != _FOLDER}
        self.folders = {one.path: one.object for one in found if one.mode == _FOLDER}
        self.objects = objects
        many = len(found) > len(self.entries.keys() | self.folders.keys())
        self.repeated = (
            tuple(path for path, times in Counter(one.path for one in found).items() if times > 1) if many else ()
        )

    def entry(self, path: str) -> Entry | None:
        """The entry of the tree."""
        return self.entries.get(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """The names that the tree has below the folder."""
        start = len(folder) + 1 if folder else 0
        inner = (path[start:].partition("/")[0] for path in self.under(folder) if not path.startswith(":/"))
        return tuple(dict.fromkeys(sorted(inner)))

    def under(self, folder: str) -> tuple[str, ...]:
        """The paths below the folder, sorted."""
        if not folder:
            return self._sorted
        first = bisect_left(self._sorted, f"{folder}/")
        last = bisect_left(self._sorted, f"{folder}0", lo=first)  # "0" comes next after "/"
        return self._sorted[first:last]

    def is_folder(self, path: str) -> bool:
        """Whether the tree has one there."""
        return path in self.folders

    def link(self, path: str) -> str:
        """The first entry on the way that is a link."""
        way = accumulate(path.split("/"), "{}/{}".format)
        return next((part for part in way if (at := self.entries.get(part)) and at.mode == _LINK), "")

    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes of the blob."""
        if link := self.link(path):
            raise UsageError(
                f"{link} is a symbolic link, and assay follows none", fix="put the folder or file itself in its place"
            )
        entry = self.entries.get(path)
        if entry is None:
            if self.is_folder(path):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if entry.mode == SUBMODULE:
            raise OSError(errno.EINVAL, "not a regular file", path)
        return self._blobs({path: entry.object}, limit)[path]

    def read_all(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of all of them, asked for at once."""
        return self._blobs({path: self.entries[path].object for path in paths if self.has(path)}, FILE_LIMIT)

    def _blobs(self, named: Mapping[str, str], limit: int) -> Mapping[str, bytes]:
        try:
            found = self.objects.blobs(named.values(), limit=limit)
        except LimitError as error:
            sizes = self.objects.sizes(named.values())
            largest = max(named, key=lambda path: sizes[named[path]])
            raise LimitError(f"{largest}: {sizes[named[largest]] / 2**20:,.0f} MiB, and assay reads files up to {limit / 2**20:,.0f} MiB", fix=fix_for_size(largest)) from error  # fmt: skip
        return {path: found[name] for path, name in named.items()}

    @cached_property
    def _sorted(self) -> tuple[str, ...]:
        return tuple(sorted(self.entries))


class WorkTree(Snapshot):
    """The files on disk, and those that git tracks and keeps out of the work tree (a sparse checkout), from git."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def clone(self) -> Clone:
        """The clone around the project.

        Raises:
            GitError: there is none.
        """
        return clone_of(self.root)

    @cached_property
    def in_git(self) -> bool:
        """Whether the project lies in a repository.

        Raises:
            GitError: it does, and git does not read it.
        """
        return git_places(self.root) is not None and bool(self.clone)

    @cached_property
    def kept_out(self) -> frozenset[str]:
        """The paths that git tracks and does not check out, and that are not on disk."""
        if not self.in_git:
            return frozenset()
        if "_listing" in self.__dict__:
            hidden = [path for tag, _, path in self._listing if tag in {"S", "s"}]
        else:
            listed = os.fsdecode(git(self.root, "ls-files", "-z", "-t", "--cached"))
            hidden = [entry[2:] for entry in listed.split("\0") if entry.startswith("S ")]
        return frozenset(path for path in hidden if not os.path.lexists(self.root / path))

    def changed_since(self, commit: str | None) -> frozenset[str]:
        """The paths that differ from a commit, new files included; None: from nothing at all.

        So are files of which git says nothing: those whose line ends alone changed, those that it is told to take for
        unchanged, and label files that it is told to ignore.
        """
        changed = {legible(path) for tag, ends, path in self._listing if self._is_open(tag, ends, path)}
        known = {path for tag, _, path in self._listing if tag != "?"}
        changed |= {
            legible(path)
            for folder in SOURCE_FOLDERS
            for path in self.under(folder)
            if is_source(path) and path not in known
        }
        if commit is None:
            return frozenset(changed | {legible(path) for _, _, path in self._listing})
        listing = git(
            self.root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z", commit, "--", "."
        )
        return frozenset(changed.union(legible(path) for path in os.fsdecode(listing).split("\0") if path))

    def _is_open(self, tag: str, ends: str, path: str) -> bool:
        """Whether a file may differ from what git has though git does not look: new, told to be unchanged, other line ends."""
        told = tag.islower() or (tag == "S" and path not in self.kept_out)
        return tag == "?" or told or "w/crlf" in ends or "w/mixed" in ends

    @cached_property
    def _listing(self) -> tuple[tuple[str, str, str], ...]:
        """Of every file that git tracks or might: its tag (`S`: kept out, `?`: new, small: not looked at), line ends, path."""
        listing = git(self.root, "ls-files", "-z", "-v", "--eol", "--cached", "--others", "--exclude-standard")
        entries = (entry.partition("\t") for entry in os.fsdecode(listing).split("\0") if entry)
        return tuple((head[0], head, path) for head, _, path in entries)

    def entry(self, path: str) -> Entry | None:
        """What lies on disk, else what git keeps out."""
        if not _is_below(path):
            return None
        try:
            mode = (self.root / path).lstat().st_mode
        except OSError:
            return Entry(path=path, mode=_FILE, object="") if path in self.kept_out else None
        if stat.S_ISDIR(mode):
            return None
        usual = "100755" if mode & stat.S_IXUSR else _FILE
        return Entry(path=path, mode=_LINK if stat.S_ISLNK(mode) else usual if stat.S_ISREG(mode) else "0", object="")

    def names(self, folder: str) -> tuple[str, ...]:
        """What a folder holds on disk, and what git keeps out of it."""
        place = self.root / folder
        if not _is_below(folder or ".") or linked(self.root, place):
            return ()
        hidden = self._hidden.get(folder, set())
        try:
            return tuple(sorted({*os.listdir(place), *hidden}))  # noqa: PTH208 - names are wanted, not paths
        except (FileNotFoundError, NotADirectoryError):
            return tuple(sorted(hidden))

    def is_folder(self, path: str) -> bool:
        """Whether a folder is on disk or holds what git keeps out."""
        place = self.root / path
        if not _is_below(path) or linked(self.root, place):
            return False
        return place.is_dir() or path in self._hidden

    def link(self, path: str) -> str:
        """The first link on disk."""
        return linked(self.root, self.root / path) if _is_below(path) else ""

    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes on disk, else those that git has of what it keeps out."""
        try:
            return read_bytes(inside(self.root, path), limit=limit)
        except FileNotFoundError:
            if path not in self.kept_out:
                raise
            return self._from_git(path)

    @cached_property
    def _hidden(self) -> Mapping[str, set[str]]:
        """What git keeps out of each folder, by name."""
        found: dict[str, set[str]] = {}
        for path in self.kept_out:
            parts = path.split("/")
            for depth, name in enumerate(parts):
                found.setdefault("/".join(parts[:depth]), set()).add(name)
        return found

    def _from_git(self, path: str) -> bytes:
        answer = git(self.root, "ls-files", "-z", "--stage", "--", f":(literal){path}").split(b"\0")[0]
        if not answer.startswith(b"100"):
            raise OSError(errno.EINVAL, "not a regular file", path)
        name = answer.split()[1].decode()
        found = objects_of(self.clone, sha256=len(name) == 64).blobs([name])
        return found[name]


def commit_snapshot(root: Path, commit: str, *, clone: Clone | None = None) -> TreeSnapshot:
    """The project as a commit has it, by the commit's full name.

    Raises:
        GitError: the commit or one of its trees is not in this clone.
    """
    return tree_snapshot(clone or clone_of(root), commit)


@lru_cache(maxsize=8)
def tree_snapshot(clone: Clone, commit: str) -> TreeSnapshot:
    """The same by the name of a commit or tree in a clone; read once, for an object never changes."""
    objects = objects_of(clone, sha256=len(commit) == 64)
    listing = objects.git("ls-tree", "-r", "-t", "-z", "--full-tree", commit)
    found = [replace(one, path=below(one.path, clone.prefix)) for one in entries_of(listing)]
    return TreeSnapshot(clone, commit, found, objects)


def below(path: str, prefix: str) -> str:
    """A path of the repository as one of the project; one that lies outside it starts with `:/`."""
    if not path.startswith(prefix):
        return f":/{path}"
    own = path.removeprefix(prefix)
    # A folder of the project may be named `:`; it is not taken for the mark of what lies outside.
    return f"./{own}" if own.startswith(":/") else own


def require_whole(snapshot: Snapshot) -> None:
    """Refuses a work tree from which git keeps part of the project: what is measured there would be a smaller project.

    Raises:
        UsageError: it names what is missing.
    """
    hidden = (
        sorted(path for path in snapshot.kept_out if path.startswith(_MEASURED))
        if isinstance(snapshot, WorkTree)
        else []
    )
    if hidden:
        more = f" and {len(hidden) - 3:,} more" if len(hidden) > 3 else ""
        raise UsageError(
            f"this work tree leaves out {', '.join(hidden[:3])}{more}, so a stage would measure a smaller project",
            fix="git sparse-checkout disable; then run this again",
        )


_MEASURED = tuple(f"{folder}/" for folder in SOURCE_FOLDERS)


def _is_below(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")
