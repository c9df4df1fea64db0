"""A clone's objects and trees, read through a repository of our own without configuration or work tree.

So nothing that the clone configures or checks out is obeyed while a change is judged: no filter, no merge driver, no
attribute, no program. And nothing is fetched: an object that is not here is missing, and it is said.
"""

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
from assay.git.failures import Kind, failure_of
from assay.git.process import Ended, git, git_command, git_environment, run

_CHUNK = 256


GONE = "gone"
"""The kind of an error that says itself what is missing here, and how it comes back."""


class MissingObjectError(GitError):
    """An object that a commit names is not in this clone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """Where a project lies in its clone.

    `prefix` leads from the top of the repository to the project and ends with a slash; it is empty where they are the
    same. `boundary` holds the commits of a shallow clone whose parents are not here.
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
    common, objects, prefix = _plain_clone(root) or _asked_clone(root)
    shallow = common / "shallow"
    boundary = shallow.read_text("ascii").split() if shallow.is_file() else ()
    return Clone(root=root, prefix=prefix, common=common, objects=objects, boundary=frozenset(boundary))


def _plain_clone(root: Path) -> tuple[Path, Path, str] | None:
    """Where an ordinary clone keeps its objects; None of a linked work tree, a bare one or any other: git is asked then."""
    top = next((above for above in (root, *root.parents) if (above / ".git").exists()), None)
    own = None if top is None else top / ".git"
    if top is None or own is None or not (own / "objects").is_dir() or (own / "commondir").exists():
        return None
    inner = root.relative_to(top).as_posix()
    return own, own / "objects", "" if inner == "." else f"{inner}/"


def _asked_clone(root: Path) -> tuple[Path, Path, str]:
    answer = git(
        root, "rev-parse", "--path-format=absolute", "--git-common-dir", "--git-path", "objects", "--show-prefix"
    )
    lines = os.fsdecode(answer).split("\n")
    if len(lines) != 4:
        raise GitError(f"{root}: a folder on the way has a line break in its name", fix="move the clone elsewhere")
    return Path(lines[0]), Path(lines[1]), lines[2]


class Objects:
    """The objects of a clone. What git writes while it merges stays in a folder that goes with this object."""

    def __init__(self, clone: Clone, *, sha256: bool) -> None:
        self.clone = clone
        self._folder = _scratch_folder()
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
        """What git answers in that repository.

        Raises:
            MissingObjectError: it refused: with full object names and no configuration that is for want of an object.
        """
        ended = self.ended(*arguments, given=given)
        if ended.code:
            raise missing(self.clone, ended.stderr.decode(errors="replace"))
        return ended.stdout

    def ended(self, *arguments: str, given: bytes = b"") -> Ended:
        """How git ended in that repository."""
        return run(git_command(*arguments), cwd=self._folder, environment=self._environment, given=given)

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """How many bytes each object holds.

        Raises:
            MissingObjectError: one is not here.
        """
        return {name: size for name, _, size in self._infos(sorted(set(names)))}

    def blobs(self, names: Iterable[str], *, limit: int = FILE_LIMIT) -> Mapping[str, bytes]:
        """The bytes of each blob; the sizes are asked for before anything is read.

        Raises:
            LimitError: one is larger than `limit`.
            MissingObjectError: one is not here.
        """
        wanted = sorted(set(names))
        for name, _, size in self._infos(wanted):
            if size > limit:
                raise LimitError(
                    f"object {name[:12]} holds {size / 2**20:,.0f} MiB, and assay reads up to {limit / 2**20:,.0f} MiB",
                    fix="make the file smaller, or keep it out of git: `dvc add` tracks it",
                )
        return dict(self._contents(wanted))

    def _infos(self, names: Sequence[str]) -> Iterator[tuple[str, bytes, int]]:
        for chunk in _chunks(names):
            self._ask("info", chunk)
            # All answers are taken before one is handed on: whoever stops in the middle leaves none to be taken for others.
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
            raise self._lost(f"object {name} is not here")
        return head[1:]

    def _lost(self, said: str) -> MissingObjectError:
        """Ends the conversation, in which there are answers left, and says what is missing."""
        self.__dict__.pop("_talk", None)
        return missing(self.clone, said)

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


def _scratch_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="assay-objects-"))
    except OSError as error:
        raise UsageError(
            f"no folder for temporary files can be made: {error.strerror}",
            fix="make room on the disk, or name a folder that can be written to in the variable TMPDIR",
        ) from error


@lru_cache(maxsize=4)
def objects_of(clone: Clone, *, sha256: bool = False) -> Objects:
    """The objects of a clone, opened once."""
    return Objects(clone, sha256=sha256)


def missing(clone: Clone, complaint: str) -> MissingObjectError:
    """What to say where an object is not here, with the command that fetches it; of one that is spoiled the clone says more."""
    failure = failure_of(complaint)
    way = "git fetch --unshallow" if clone.boundary else "git fetch --refetch --no-filter"
    spoiled = failure.kind is Kind.BROKEN or "packfile" in failure.said
    return MissingObjectError(
        f"this clone lacks part of the history: {failure.said}",
        fix=f"{way}; then run this again",
        kind=Kind.BROKEN if spoiled else GONE,
    )


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, link or submodule: its path, its mode and its object (empty in the work tree)."""

    path: str
    mode: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """One path that differs between two trees; None on the side that does not have it."""

    path: str
    before: Entry | None
    after: Entry | None


def entries_of(listing: bytes) -> Iterator[Entry]:
    """The entries of what `git ls-tree -r -z` lists."""
    for entry in listing.split(b"\0"):
        told, _, path = entry.partition(b"\t")
        if path:
            mode, _, name = told.split()
            yield Entry(path=os.fsdecode(path), mode=mode.decode(), object=name.decode())
