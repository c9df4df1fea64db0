"""The authors of commits, files at commits, and the commits that changed a file or line."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.errors import GitError
from assay.git.child import object_head
from assay.git.commands import is_ancestor, prefix
from assay.git.process import git

_CO_AUTHOR = re.compile(r"^\s*co-authored-by:\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<([^<>]*)>")
_PARTS = "%H%x00%P%x00%ae%x00%ce%x00%B"
_FILE_MODES = (b"100644", b"100755")
_HEAD = "%x01%H%x1f%P%x1f%aI%x1f%an%x1f%s"
_START = re.compile(r"^\x01", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit: the e-mails of its author, its committer and the co-authors in its message."""

    id: str
    author: str
    committer: str
    co_authors: tuple[str, ...]


def commits(root: Path, until: str, *, since: str | None, paths: Sequence[str]) -> tuple[Commit, ...]:
    """The commits in `until` but not in `since`, newest first, that changed one of the paths below `root`.

    Every side of a merge is followed; a merge itself changed a path if it differs from all of its parents.
    """
    found = list(_logged(root, until, since, ["--full-history"], [f":(literal){path}" for path in paths]))
    merges = {commit.id: parents for commit, parents in found if len(parents) > 1}
    revisions = [commit for merge, parents in merges.items() for commit in (merge, *parents)]
    states = [_states(root, revisions, path) for path in paths] if merges else []
    plain = {
        merge
        for merge, parents in merges.items()
        if all(state[merge] in {state[parent] for parent in parents} for state in states)
    }
    return tuple(commit for commit, _ in found if commit.id not in plain)


def every_commit(root: Path, until: str, *, since: str | None) -> tuple[Commit, ...]:
    """The commits in `until` but not in `since`, newest first, including merges."""
    return tuple(commit for commit, _ in _logged(root, until, since, (), ()))


def _logged(
    root: Path, until: str, since: str | None, options: Sequence[str], paths: Sequence[str]
) -> Iterator[tuple[Commit, Sequence[str]]]:
    """The commits that `git log` lists, each with its parents."""
    without = [f"^{since}"] if since else []
    listing = git(
        root, "log", "-z", "--no-show-signature", "--no-decorate", "--no-color", "--no-notes", "--encoding=UTF-8",
        "--topo-order", *options, f"--format=tformat:{_PARTS}%x00", until, *without, "--", *paths,
    )  # fmt: skip
    fields = listing.decode(errors="replace").split("\0")
    for start in range(0, len(fields) - 5, 6):
        commit, parents, author, committer, message = fields[start : start + 5]
        named = (_ADDRESS.findall(text) or [text] for text in _CO_AUTHOR.findall(message))
        emails = tuple(address for addresses in named for address in addresses)
        yield Commit(id=commit.strip(), author=author, committer=committer, co_authors=emails), parents.split()


def changing_only(root: Path, until: str, *, since: str, paths: Sequence[str]) -> frozenset[str]:
    """The commits in `until` but not in `since` that change only the paths below `root`."""
    own = {f"{prefix(root)}{path}" for path in paths}
    touching = commits(root, until, since=since, paths=paths) if paths else ()
    found = []
    for commit in touching:
        form = ("-r", "-m", "-z", "--root", "--no-commit-id", "--no-renames", "--name-only")
        changed = git(root, "diff-tree", *form, commit.id)
        if set(changed.decode(errors="replace").split("\0")) - {""} <= own:
            found.append(commit.id)
    return frozenset(found)


def _states(root: Path, revisions: Sequence[str], path: str) -> dict[str, bytes]:
    """The object of a path in each of the commits; empty if there is none."""
    names = [f"{revision}:{prefix(root)}{path}" for revision in revisions]
    asked = "".join(f"{name}\n" for name in names).encode()
    answers = git(root, "cat-file", "--batch-check=%(objectname)", given=asked).splitlines()
    found = [b"" if b" " in answer else answer for answer in answers]
    _require_absent(root, [name for name, at in zip(names, found, strict=True) if not at])
    return dict(zip(revisions, found, strict=True))


def folder_at(root: Path, revision: str, folder: str) -> dict[str, bytes]:
    """The regular files of a folder in a commit, by path below `root`, without links.

    Raises:
        GitError: part of the commit is not in this clone.
    """
    listing = git(root, "ls-tree", "-z", revision, f"./{folder}/")
    entries = [entry.partition(b"\t") for entry in listing.split(b"\0") if entry.startswith(_FILE_MODES)]
    names = [f"{folder}/{name.decode(errors='replace').rpartition('/')[2]}" for _, _, name in entries]
    blobs = _objects(root, [head.split()[2].decode() for head, _, _ in entries])
    return {name: blob for name, blob in zip(names, blobs, strict=True) if blob is not None}


def files_at(root: Path, revisions: Sequence[str], path: str) -> Mapping[str, bytes | None]:
    """The bytes of a file below `root` in each of the commits; None if a commit has no such file.

    Raises:
        GitError: a commit has it, but this clone lacks it.
    """
    return {revision: blob for (revision, _), blob in contents_at(root, [(one, path) for one in revisions]).items()}


def contents_at(root: Path, places: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes | None]:
    """The bytes of files below `root`, by commit and path; None if the commit has no such file.

    Raises:
        GitError: a commit has one, but this clone lacks it.
    """
    own = prefix(root)
    blobs = _objects(root, [f"{revision}:{own}{path}" for revision, path in places])
    return dict(zip(places, blobs, strict=True))


def before(root: Path, commit: str, branch: str) -> str | None:
    """The commit of `branch` before the merge that contains `commit`; None if there was no merge."""
    path = git(root, "rev-list", "--first-parent", branch, f"^{commit}").decode().split()
    merge = next((one for one in reversed(path) if is_ancestor(root, commit, one)), None)
    parents = git(root, "rev-list", "--parents", "-n", "1", merge).decode().split()[1:] if merge else []
    return parents[0] if len(parents) > 1 and not is_ancestor(root, commit, parents[0]) else None


def first_parents(root: Path, tip: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The first-parent history of a branch, newest first, each commit with its parents."""
    listing = git(root, "rev-list", "--first-parent", "--parents", tip, "--").decode().splitlines()
    return tuple((commit, tuple(parents)) for commit, *parents in map(str.split, listing))


def changed_on_the_way(root: Path, tip: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of `first_parents` that differ from their first parent in one of the paths."""
    chosen = [f":(top,literal){prefix(root)}{path}" for path in paths]
    return frozenset(git(root, "rev-list", "--first-parent", tip, "--", *chosen).decode().split())


def descendants(root: Path, commit: str, tip: str) -> frozenset[str]:
    """The commit and its descendants in `tip`."""
    return frozenset({commit, *git(root, "rev-list", "--ancestry-path", tip, f"^{commit}", "--").decode().split()})


def stored(root: Path, names: Sequence[str]) -> list[tuple[bytes, bytes] | None]:
    """Kind and bytes of each object, by any revision, read by one process; None if it is missing."""
    asked = ["0" * 40 if "\n" in name else name for name in names]
    answer = git(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in asked).encode()) if asked else b""
    found: list[tuple[bytes, bytes] | None] = []
    place = 0
    for _ in asked:
        end = answer.index(b"\n", place)
        head, place = object_head(answer[place:end]), end + 1
        found.append(None if head is None else (head[1], answer[place : place + head[2]]))
        place += 0 if head is None else head[2] + 1
    return found


def _objects(root: Path, names: Sequence[str]) -> list[bytes | None]:
    """The contents of blobs; None for other names, and for names with a line break."""
    found = stored(root, names)
    _require_absent(root, [name for name, one in zip(names, found, strict=True) if one is None and "\n" not in name])
    return [one[1] if one is not None and one[0] == b"blob" else None for one in found]


def _require_absent(root: Path, names: Sequence[str]) -> None:
    """Requires that missing names are not in their folders either: an object that a folder names is lost.

    Raises:
        GitError: a folder names it, but this clone lacks it.
    """
    while names:
        places = [name.partition(":") for name in names]
        above = [f"{revision}:{path.rpartition('/')[0]}" if path else "" for revision, _, path in places]
        folders = dict(zip(above, stored(root, above), strict=True))
        for name, folder, (_, _, path) in zip(names, above, places, strict=True):
            tree = folders[folder]
            entry = b" %s\0" % path.rpartition("/")[2].encode(errors="surrogateescape")
            if not path or (tree is not None and tree[0] == b"tree" and entry in tree[1]):
                fix = "git fetch --refetch --no-filter; then run this again"
                raise GitError(f"this clone lacks part of the history: {name} is not here", fix=fix)
        names = [folder for folder in dict.fromkeys(above) if folders[folder] is None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A commit: parents, author, time, subject, and the files below `root` that it changed."""

    commit: str
    parents: tuple[str, ...]
    author: str
    at: str
    subject: str
    paths: tuple[str, ...]


def touching_commits(root: Path, *, under: str, also: Sequence[str] = (), saying: str = "") -> tuple[Touch, ...]:
    """The commits in HEAD, newest first, that changed a file at or below `under`, or one of `also`.

    With `saying`, an extended regular expression, only those that added or removed a matching line. Every side of a merge
    is followed.
    """
    own = prefix(root)
    wanted = [f"-G{saying}"] if saying else []
    log = git(
        root, "-c", "core.quotePath=false", "log", "--diff-merges=separate", "--full-history", "--topo-order", "--no-follow",
        "--name-only", "--no-renames", "--no-color", "--no-notes", "--no-show-signature", "--encoding=UTF-8",
        "--no-ext-diff", "--no-textconv", "--text", f"--format=tformat:{_HEAD}", *wanted, "HEAD",
        "--", *(f":(literal){place}" for place in (under, *also)),
    )  # fmt: skip
    found: dict[str, Touch] = {}
    for block in _START.split(log.decode(errors="replace"))[1:]:
        head, _, names = block.partition("\n")
        commit, parents, at, author, subject = head.split("\x1f", 4)
        earlier = found[commit].paths if commit in found else ()
        paths = dict.fromkeys((*earlier, *(name.removeprefix(own) for name in names.split("\n") if name)))
        found[commit] = Touch(
            commit=commit, parents=tuple(parents.split()), author=author, at=at, subject=subject, paths=tuple(paths)
        )
    return tuple(found.values())


def states_at(root: Path, touch: Touch, paths: Sequence[str]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """Each path with its bytes in the commit and in each of its parents, by commit; empty if missing."""
    revisions = (touch.commit, *touch.parents)
    blobs = contents_at(root, [(revision, path) for path in paths for revision in revisions])
    for path in paths:
        yield path, {revision: blobs[revision, path] or b"" for revision in revisions}


def commit_objects(root: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of each commit, by full id, read by one process; without missing ones and other objects."""
    asked = sorted(set(names))
    found = zip(asked, stored(root, asked), strict=True)
    return {name: one[1] for name, one in found if one is not None and one[0] == b"commit"}


def reached(root: Path, until: str, without: Iterable[str]) -> frozenset[str]:
    """The commits that `until` reaches, including itself, but none of `without`; all by full id."""
    return frozenset(git(root, "rev-list", until, *(f"^{one}" for one in without), "--").decode().split())
