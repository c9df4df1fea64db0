"""A snapshot: the files of a project in the work tree, a commit, or a merge result."""

import errno
import os
import stat
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum, auto
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

from assay.core import SOURCE_FOLDERS, is_source, legible
from assay.errors import LimitError, UsageError
from assay.files import FILE_LIMIT, Store, fix_for_size, inside, linked, read_bytes
from assay.git.contents import Contents, results_of, uses_sha256
from assay.git.git_folder import git_places
from assay.git.objects import Clone, Objects, TreeEntry, clone_of, entries_of, objects_of
from assay.git.process import git

SUBMODULE = "160000"
_LINK, _FILE, _FOLDER = "120000", "100644", "040000"
_NO_FILES = frozenset({_LINK, SUBMODULE})
_MANY = 500
_MEASURED = tuple(f"{folder}/" for folder in SOURCE_FOLDERS)


class EntryKind(StrEnum):
    """What is at a path. What is neither file, folder, link nor submodule is a `FILE` here, and reading it fails."""

    FILE = auto()
    FOLDER = auto()
    LINK = auto()
    SUBMODULE = auto()


class Snapshot(ABC):
    """The files of a project at one state, by path below its root; all readers of a project use one.

    `root` is the project's folder in this clone; the snapshot of a commit never reads it.
    """

    root: Path

    @property
    @abstractmethod
    def results(self) -> Store:
        """What is kept of earlier results in the clone; outside of git, of this process alone."""

    @abstractmethod
    def entry(self, path: str) -> TreeEntry | None:
        """The file, link or submodule at a path; None for a folder or nothing."""

    @abstractmethod
    def names(self, folder: str) -> tuple[str, ...]:
        """The names directly in a folder, sorted; empty if it is not a folder, or behind a link."""

    @abstractmethod
    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes of a regular file.

        Raises:
            FileNotFoundError: there is none.
            OSError: it is something else.
            LimitError: it is larger than `limit`.
            UsageError: it is behind a link, or outside the project.
            GitError: git has it, but this clone lacks it.
        """

    @abstractmethod
    def is_folder(self, path: str) -> bool:
        """Whether it is a folder that is not behind a link."""

    @abstractmethod
    def link(self, path: str) -> str:
        """The first symbolic link between the root and a path; empty if there is none."""

    @abstractmethod
    def contents(self, paths: Iterable[str]) -> Mapping[str, str]:
        """By path what is there: the id of a file's bytes, as git names them; of anything else, its mode and where it leads.

        What cannot be read has an id of its own each time. Large files of a work tree that are no text go by size and times.
        """

    def has(self, path: str) -> bool:
        """Whether it is a regular file that is not behind a link."""
        entry = self.entry(path)
        return entry is not None and entry.mode not in _NO_FILES and not self.link(path)

    def kinds(self, folder: str) -> Mapping[str, EntryKind]:
        """What is directly in a folder, by name, sorted; empty if it is not a folder, or behind a link."""
        found: dict[str, EntryKind] = {}
        for name in self.names(folder):
            path = f"{folder}/{name}" if folder else name
            entry = None if self.is_folder(path) else self.entry(path)
            if entry is not None and entry.mode in _NO_FILES:
                found[name] = EntryKind.LINK if entry.mode == _LINK else EntryKind.SUBMODULE
            else:
                found[name] = EntryKind.FOLDER if entry is None else EntryKind.FILE
        return found

    def under(self, folder: str) -> tuple[str, ...]:
        """The paths of the files below a folder, sorted; links and submodules are listed, not followed."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            for name, kind in self.kinds(here).items():
                path = f"{here}/{name}" if here else name
                (waiting if kind is EntryKind.FOLDER else found).append(path)
        return tuple(sorted(found))

    def read_all(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of the paths that are regular files.

        Raises:
            LimitError, GitError: as `read`.
        """
        return {path: self.read(path) for path in paths if self.has(path)}


class TreeSnapshot(Snapshot):
    """The files of `commit`, a commit or a merge result. A path outside the project starts with `:/`.

    `folders` maps each folder to its tree: equal trees have equal content. `repeated` are duplicate paths of a broken tree:
    it is unknown which of them git would check out.
    """

    def __init__(self, clone: Clone, commit: str, found: Sequence[TreeEntry], objects: Objects) -> None:
        self.root = clone.root
        self.commit = commit
        self.entries = {one.path: one for one in found if one.mode != _FOLDER}
        self.folders = {one.path: one.object for one in found if one.mode == _FOLDER}
        self.objects = objects
        many = len(found) > len(self.entries.keys() | self.folders.keys())
        times = Counter(one.path for one in (found if many else ()))
        self.repeated = tuple(path for path, number in times.items() if number > 1)

    @property
    def results(self) -> Store:
        """That of the clone."""
        return results_of(self.objects.clone)

    def entry(self, path: str) -> TreeEntry | None:
        """The entry of the tree."""
        return self.entries.get(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder of the tree."""
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
        """Whether the tree has this folder."""
        return path in self.folders

    def link(self, path: str) -> str:
        """The first entry on the path that is a link."""
        way = accumulate(path.split("/"), "{}/{}".format)
        return next((part for part in way if (at := self.entries.get(part)) and at.mode == _LINK), "")

    def contents(self, paths: Iterable[str]) -> Mapping[str, str]:
        """The object of each path."""
        entries = ((path, self.entries.get(path)) for path in paths)
        return {path: _content(entry.mode, entry.object) for path, entry in entries if entry is not None}

    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes of the blob."""
        if link := self.link(path):
            fix = "replace it with the folder or file itself"
            raise UsageError(f"{link} is a symbolic link; assay does not follow links", fix=fix)
        entry = self.entries.get(path)
        if entry is None:
            if self.is_folder(path):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if entry.mode == SUBMODULE:
            raise OSError(errno.EINVAL, "not a regular file", path)
        return self._blobs({path: entry.object}, limit)[path]

    def read_all(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of all paths, in one request."""
        return self._blobs({path: self.entries[path].object for path in paths if self.has(path)}, FILE_LIMIT)

    def _blobs(self, named: Mapping[str, str], limit: int) -> Mapping[str, bytes]:
        try:
            found = self.objects.blobs(named.values(), limit=limit)
        except LimitError as error:
            sizes = self.objects.sizes(named.values())
            largest = max(named, key=lambda path: sizes[named[path]])
            raise LimitError(f"{largest}: {sizes[named[largest]] / 2**20:,.0f} MiB; assay reads files up to {limit / 2**20:,.0f} MiB", fix=fix_for_size(largest)) from error  # fmt: skip
        return {path: found[name] for path, name in named.items()}

    @cached_property
    def _sorted(self) -> tuple[str, ...]:
        return tuple(sorted(self.entries))


class WorkTree(Snapshot):
    """The files on disk, and tracked files outside a sparse checkout, from git."""

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
        """Whether the project is in a repository.

        Raises:
            GitError: it is, but git refuses to read it.
        """
        return git_places(self.root) is not None and bool(self.clone)

    @cached_property
    def results(self) -> Store:
        """That of the clone around the project."""
        return results_of(self.clone) if self.in_git else Store(None)

    @cached_property
    def kept_out(self) -> frozenset[str]:
        """The tracked paths outside the sparse checkout that are not on disk."""
        if not self.in_git:
            return frozenset()
        if "_listing" in self.__dict__:
            hidden = [path for tag, _, path in self._listing if tag in {"S", "s"}]
        else:
            listed = os.fsdecode(git(self.root, "ls-files", "-z", "-t", "--cached"))
            hidden = [entry[2:] for entry in listed.split("\0") if entry.startswith("S ")]
        return frozenset(path for path in hidden if not os.path.lexists(self.root / path))

    def changed_since(self, commit: str | None) -> frozenset[str]:
        """The paths that differ from a commit, including new files; None: from nothing.

        Also files that `git diff` does not report: changed line ends, files marked as unchanged, and ignored files of the
        project.
        """
        listed = self._listing
        changed = {path for tag, _, path in listed if self._is_open(tag, path)}
        known = {path: staged for tag, staged, path in listed if tag != "?"}
        sources = {path for folder in SOURCE_FOLDERS for path in self.under(folder) if is_source(path)}
        changed |= sources - known.keys()
        if commit is None:
            return frozenset(map(legible, changed.union(path for _, _, path in listed)))
        form = ("--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z")
        listing = git(self.root, "diff", *form, commit, "--", ".")
        changed.update(path for path in os.fsdecode(listing).split("\0") if path)
        return frozenset(map(legible, changed.union(self._converted(known, changed))))

    def _is_open(self, tag: str, path: str) -> bool:
        """Whether a file may differ without `git diff` reporting it: it is new, or marked as unchanged."""
        return tag == "?" or tag.islower() or (tag == "S" and path not in self.kept_out)

    def _converted(self, known: Mapping[str, str], changed: Collection[str]) -> Iterator[str]:
        """The files that git takes for unchanged, and whose line ends it converts: their bytes are not those of the commit.

        Of a file that is no text to git (`-text`) it compares the bytes, line ends too.
        """
        same = {path for path in known if path not in changed and path not in self.kept_out}
        ids = self.contents(path for path in same if path.startswith(_MEASURED))
        other = [path for path, content in ids.items() if content != known[path]]
        # git reads every file that it is asked about here, and of the labels few are in doubt.
        several = [f":(literal){path}" for path in other] if len(other) <= _MANY else [*SOURCE_FOLDERS]
        elsewhere = (".", *(f":(exclude){folder}" for folder in SOURCE_FOLDERS))
        for names in (several, elsewhere):
            listing = git(self.root, "ls-files", "-z", "--eol", "--", *names) if names else b""
            for entry in os.fsdecode(listing).split("\0"):
                ends, _, path = entry.partition("\t")
                if path in same and ("w/crlf" in ends or "w/mixed" in ends) and "attr/-text" not in ends:
                    yield path

    @cached_property
    def _listing(self) -> tuple[tuple[str, str, str], ...]:
        """Tag (`S`: sparse, `?`: new, lower case: marked as unchanged), staged object and path of every tracked or new file."""
        listing = git(self.root, "ls-files", "-z", "-v", "--stage", "--cached", "--others", "--exclude-standard")
        entries = [entry for entry in os.fsdecode(listing).split("\0") if entry]
        staged = (entry.partition("\t") for entry in entries if not entry.startswith("? "))
        return (
            *((head[0], head.split()[2], path) for head, _, path in staged),
            *(("?", "", entry[2:]) for entry in entries if entry.startswith("? ")),
        )

    def entry(self, path: str) -> TreeEntry | None:
        """The entry on disk, else outside the sparse checkout."""
        if not _is_below(path):
            return None
        try:
            mode = (self.root / path).lstat().st_mode
        except OSError:
            return TreeEntry(path=path, mode=_FILE, object="") if path in self.kept_out else None
        if stat.S_ISDIR(mode):
            return None
        usual = "100755" if mode & stat.S_IXUSR else _FILE
        kind = _LINK if stat.S_ISLNK(mode) else usual if stat.S_ISREG(mode) else "0"
        return TreeEntry(path=path, mode=kind, object="")

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder on disk and outside the sparse checkout."""
        place = self.root / folder
        if not _is_below(folder or ".") or linked(self.root, place):
            return ()
        hidden = self._hidden.get(folder, set())
        try:
            return tuple(sorted({*os.listdir(place), *hidden}))  # noqa: PTH208 - names are wanted, not paths
        except (FileNotFoundError, NotADirectoryError):
            return tuple(sorted(hidden))

    def kinds(self, folder: str) -> Mapping[str, EntryKind]:
        """The same from one look at a folder on disk."""
        if not _is_below(folder or ".") or linked(self.root, self.root / folder):
            return {}
        return dict(sorted(self._kinds(folder).items()))

    def under(self, folder: str) -> tuple[str, ...]:
        """The same, with one look at each folder."""
        if not _is_below(folder or ".") or linked(self.root, self.root / folder):
            return ()
        found: list[str] = []
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            start = f"{here}/" if here else ""
            for name, kind in self._kinds(here).items():
                (waiting if kind is EntryKind.FOLDER else found).append(start + name)
        return tuple(sorted(found))

    def _kinds(self, folder: str) -> dict[str, EntryKind]:
        """What is directly in a folder that is not behind a link."""
        try:
            with os.scandir(f"{self.root}/{folder}") as entries:
                found = {entry.name: _kind(entry) for entry in entries}
        except (FileNotFoundError, NotADirectoryError):
            found = {}
        for name in self._hidden.get(folder, ()):
            path = f"{folder}/{name}" if folder else name
            found.setdefault(name, EntryKind.FOLDER if path in self._hidden else EntryKind.FILE)
        return found

    def is_folder(self, path: str) -> bool:
        """Whether a folder is on disk or contains files outside the sparse checkout."""
        place = self.root / path
        if not _is_below(path) or linked(self.root, place):
            return False
        return place.is_dir() or path in self._hidden

    def link(self, path: str) -> str:
        """The first link on disk."""
        return linked(self.root, self.root / path) if _is_below(path) else ""

    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes:
        """The bytes on disk, else from git for a file outside the sparse checkout."""
        try:
            return read_bytes(inside(self.root, path), limit=limit)
        except FileNotFoundError:
            if path not in self.kept_out:
                raise
            return self._from_git(path)

    def size(self, path: str) -> int:
        """The size of a file on disk in bytes; 0 where there is none."""
        try:
            return (self.root / path).lstat().st_size
        except OSError:
            return 0

    def contents(self, paths: Iterable[str]) -> Mapping[str, str]:
        """The ids on disk, else those of files outside the sparse checkout."""
        found: dict[str, str] = {}
        hidden: list[str] = []
        for path in paths:
            try:
                found[path] = self._ids.of(path)
            except (FileNotFoundError, NotADirectoryError):
                hidden.append(path)
        if hidden and self.kept_out:
            listed = (
                entry.partition("\t") for entry in os.fsdecode(git(self.root, "ls-files", "-z", "-s")).split("\0")
            )
            staged = {path: head.split() for head, _, path in listed if path}
            found |= {
                path: _content(*staged[path][:2]) for path in self.kept_out.intersection(hidden) if path in staged
            }
        return found

    @cached_property
    def _ids(self) -> Contents:
        return Contents(self.root, self.results, sha256=self.in_git and uses_sha256(self.clone))

    @cached_property
    def _hidden(self) -> Mapping[str, set[str]]:
        """The names outside the sparse checkout, by folder."""
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
        return objects_of(self.clone, sha256=len(name) == 64).blobs([name])[name]


def commit_snapshot(root: Path, commit: str, *, clone: Clone | None = None) -> TreeSnapshot:
    """The project at a commit, by its full id.

    Raises:
        GitError: the commit or one of its trees is missing in this clone.
    """
    return tree_snapshot(clone or clone_of(root), commit)


@lru_cache(maxsize=8)
def tree_snapshot(clone: Clone, commit: str) -> TreeSnapshot:
    """The project at a commit or tree of a clone, cached: objects never change."""
    objects = objects_of(clone, sha256=len(commit) == 64)
    listing = objects.git("ls-tree", "-r", "-t", "-z", "--full-tree", commit)
    found = [_below(one, clone.prefix) for one in entries_of(listing)]
    return TreeSnapshot(clone, commit, found, objects)


def _below(entry: TreeEntry, prefix: str) -> TreeEntry:
    path = below(entry.path, prefix)
    return entry if path == entry.path else replace(entry, path=path)


def below(path: str, prefix: str) -> str:
    """A path of the repository relative to the project; one outside it starts with `:/`."""
    if not path.startswith(prefix):
        return f":/{path}"
    own = path.removeprefix(prefix)
    # A folder of the project may be named `:`; it is not the mark of paths outside.
    return f"./{own}" if own.startswith(":/") else own


def require_whole(snapshot: Snapshot) -> None:
    """Refuses a sparse checkout without part of the project: a stage would measure a smaller project.

    Raises:
        UsageError: it names the missing files.
    """
    kept_out = snapshot.kept_out if isinstance(snapshot, WorkTree) else ()
    if hidden := sorted(path for path in kept_out if path.startswith(_MEASURED)):
        more = f" and {len(hidden) - 3:,} more" if len(hidden) > 3 else ""
        raise UsageError(
            f"this sparse checkout omits {', '.join(hidden[:3])}{more}; a stage would measure a smaller project",
            fix="git sparse-checkout disable; then run this again",
        )


def _content(mode: str, name: str) -> str:
    return name if mode.startswith("100") else f"{mode} {name}"


def _kind(entry: "os.DirEntry[str]") -> EntryKind:
    if entry.is_symlink():
        return EntryKind.LINK
    return EntryKind.FOLDER if entry.is_dir(follow_symlinks=False) else EntryKind.FILE


def _is_below(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")
