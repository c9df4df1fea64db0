"""The objects and trees of a clone, read through a temporary repository without configuration or work tree."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from assay.errors import GitError, LimitError, UsageError
from assay.files import FILE_LIMIT
from assay.git.child import Conversation, object_head
from assay.git.failures import FailureKind, failure_of
from assay.git.process import Ended, git, git_command, git_environment, run_program

_CHUNK = 256


GONE = "gone"
"""The kind of an error whose message says what is missing and how to fetch it."""


class MissingObjectError(GitError):
    """An object of a commit is missing in this clone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """The folders of a project and its clone.

    `prefix` is the path from the top of the repository to the project, ending with a slash; empty if they are the same.
    `boundary` are the commits of a shallow clone whose parents are missing.
    """

    root: Path
    prefix: str
    common: Path
    objects: Path
    boundary: frozenset[str]


def clone_of(root: Path) -> Clone:
    """The clone around a folder.

    Raises:
        GitError: there is none.
    """
    common, objects, prefix = _plain_clone(root) or (None, None, "")
    if common is None or objects is None:
        answer = git(
            root, "rev-parse", "--path-format=absolute", "--git-common-dir", "--git-path", "objects", "--show-prefix"
        )
        lines = os.fsdecode(answer).split("\n")
        if len(lines) != 4:
            raise GitError(f"{root}: a parent folder has a line break in its name", fix="move the clone elsewhere")
        common, objects, prefix = Path(lines[0]), Path(lines[1]), lines[2]
    shallow = common / "shallow"
    boundary = shallow.read_text("ascii").split() if shallow.is_file() else ()
    return Clone(root=root, prefix=prefix, common=common, objects=objects, boundary=frozenset(boundary))


def _plain_clone(root: Path) -> tuple[Path, Path, str] | None:
    """Common folder, objects and prefix of an ordinary clone; None for a linked work tree, a bare one or any other."""
    top = next((above for above in (root, *root.parents) if (above / ".git").exists()), None)
    own = None if top is None else top / ".git"
    if top is None or own is None or not (own / "objects").is_dir() or (own / "commondir").exists():
        return None
    inner = root.relative_to(top).as_posix()
    return own, own / "objects", "" if inner == "." else f"{inner}/"


class Objects:
    """The objects of a clone. Objects that git writes in a merge go to a temporary folder, removed with this object."""

    def __init__(self, clone: Clone, *, sha256: bool) -> None:
        self.clone = clone
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="assay-objects-"))
        except OSError as error:
            fix = "free disk space, or set the variable TMPDIR to a writable folder"
            raise UsageError(f"no temporary folder can be created: {error.strerror}", fix=fix) from error
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        for name in ("objects/info", "objects/pack", "refs"):
            (self._folder / name).mkdir(parents=True)
        quoted = b"".join(
            b"\\%03o" % sign if sign < 32 or sign in b'"\\' else bytes([sign]) for sign in os.fsencode(clone.objects)
        )
        (self._folder / "objects/info/alternates").write_bytes(b'"%s"\n' % quoted)
        (self._folder / "HEAD").write_text("ref: refs/heads/none\n")
        form = "\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
        (self._folder / "config").write_text("[core]\n" + (form if sha256 else "\tbare = true\n"))
        if clone.boundary:
            (self._folder / "shallow").write_text("".join(f"{commit}\n" for commit in sorted(clone.boundary)))

    def git(self, *arguments: str, given: bytes = b"") -> bytes:
        """The output of git in that repository.

        Raises:
            MissingObjectError: it failed: with full object names and no configuration the cause is a missing object.
        """
        ended = self.ended(*arguments, given=given)
        if ended.code:
            raise missing(self.clone, ended.stderr.decode(errors="replace"))
        return ended.stdout

    def ended(self, *arguments: str, given: bytes = b"") -> Ended:
        """The result of git in that repository."""
        return run_program(git_command(*arguments), cwd=self._folder, environment=self._environment, given=given)

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """The size of each object in bytes.

        Raises:
            MissingObjectError: one is missing.
        """
        return {name: size for name, _, size in self._infos(sorted(set(names)))}

    def blobs(self, names: Iterable[str], *, limit: int = FILE_LIMIT) -> Mapping[str, bytes]:
        """The bytes of each blob; the sizes are checked before anything is read.

        Raises:
            LimitError: one is larger than `limit`.
            MissingObjectError: one is missing.
        """
        wanted = sorted(set(names))
        for name, _, size in self._infos(wanted):
            if size > limit:
                raise LimitError(
                    f"object {name[:12]} has {size / 2**20:,.0f} MiB; assay reads up to {limit / 2**20:,.0f} MiB",
                    fix="make the file smaller, or keep it out of git: `dvc add` tracks it",
                )
        return dict(self._contents(wanted))

    def _infos(self, names: Sequence[str]) -> Iterator[tuple[str, bytes, int]]:
        for chunk in _chunks(names):
            self._ask("info", chunk)
            # All answers are read before one is yielded: a caller that stops early leaves none behind for the next request.
            yield from [(name, *self._head(name)) for name in chunk]

    def _contents(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for chunk in _chunks(names):
            self._ask("contents", chunk)
            for name in chunk:
                _, size = self._head(name)
                data = self._talk.take(size)
                if len(data) < size or self._talk.take(1) != b"\n":
                    raise self._lost(f"object {name} cannot be read")
                yield name, data

    def _ask(self, what: str, names: Sequence[str]) -> None:
        if not self._talk.ask("".join(f"{what} {name}\n" for name in names).encode()):
            raise self._lost(f"object {names[0]} cannot be read")

    def _head(self, name: str) -> tuple[bytes, int]:
        head = object_head(self._talk.line())
        if head is None or head[0] != name.encode():
            raise self._lost(f"object {name} is missing")
        return head[1:]

    def _lost(self, message: str) -> MissingObjectError:
        """Ends the process, which has unread answers, and returns the error."""
        self.__dict__.pop("_talk", None)
        return missing(self.clone, message)

    @cached_property
    def _talk(self) -> Conversation:
        return Conversation(git_command("cat-file", "--batch-command"), cwd=self._folder, environment=self._environment)

    @cached_property
    def _environment(self) -> Mapping[str, str]:
        return {
            **git_environment(),
            "GIT_DIR": str(self._folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "0",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": "none",
        }


@lru_cache(maxsize=4)
def objects_of(clone: Clone, *, sha256: bool = False) -> Objects:
    """The objects of a clone, cached."""
    return Objects(clone, sha256=sha256)


def missing(clone: Clone, complaint: str) -> MissingObjectError:
    """The error for a missing or broken object, with the command that fetches it."""
    failure = failure_of(complaint)
    way = "git fetch --unshallow" if clone.boundary else "git fetch --refetch --no-filter"
    broken = failure.kind is FailureKind.BROKEN or "packfile" in failure.message
    return MissingObjectError(
        f"this clone lacks part of the history: {failure.message}",
        fix=f"{way}; then run this again",
        kind=FailureKind.BROKEN if broken else GONE,
    )


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """A file, link or submodule: path, mode and object (empty in the work tree)."""

    path: str
    mode: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """One path that differs between two trees; None on the side without it."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None


def entries_of(listing: bytes) -> Iterator[TreeEntry]:
    """The entries in the output of `git ls-tree -r -z`."""
    for entry in listing.split(b"\0"):
        head, _, path = entry.partition(b"\t")
        if path:
            mode, _, name = head.split()
            yield TreeEntry(path=os.fsdecode(path), mode=mode.decode(), object=name.decode())
