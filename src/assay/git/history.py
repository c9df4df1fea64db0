"""Who made which commits, files as commits have them, and what changed a file or line."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.errors import GitError
from assay.git.child import object_head
from assay.git.commands import is_ancestor, prefix
from assay.git.commands import prefix as prefix_of
from assay.git.process import git

_CO_AUTHOR = re.compile(r"^\s*co-authored-by:\s*(.*?)\s*$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"<([^<>]*)>")
_PARTS = "%H%x00%P%x00%ae%x00%ce%x00%B"
_FILE_MODES = (b"100644", b"100755")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit: its author, its committer and those its message calls co-authors, by e-mail as it states them."""

    id: str
    author: str
    committer: str
    co_authors: tuple[str, ...]


def commits(root: Path, until: str, *, since: str | None, paths: Sequence[str]) -> tuple[Commit, ...]:
    """The commits of `until`, newest first, that changed one of the paths below `root`; those of `since` are left out.

    Every side of a merge is followed; a merge itself changed a path where it has what none of its parents has.
    """
    without = [f"^{since}"] if since else []
    chosen = [f":(literal){path}" for path in paths]
    listing = git(
        root, "log", "-z", "--no-show-signature", "--no-decorate", "--no-color", "--no-notes", "--encoding=UTF-8",
        "--topo-order", "--full-history", f"--format=tformat:{_PARTS}%x00", until, *without, "--", *chosen,
    )  # fmt: skip
    fields = listing.decode(errors="replace").split("\0")
    found = [fields[start : start + 5] for start in range(0, len(fields) - 5, 6)]
    merges = {commit.strip(): parents.split() for commit, parents, *_ in found if " " in parents}
    plain = _plain_merges(root, merges, paths)
    return tuple(_commit(commit, *told) for commit, _, *told in found if commit.strip() not in plain)


def every_commit(root: Path, until: str, *, since: str | None) -> tuple[Commit, ...]:
    """The commits of `until`, newest first, merges too, whatever they changed; those of `since` are left out."""
    without = [f"^{since}"] if since else []
    listing = git(
        root, "log", "-z", "--no-show-signature", "--no-decorate", "--no-color", "--no-notes", "--encoding=UTF-8",
        "--topo-order", f"--format=tformat:{_PARTS}%x00", until, *without, "--",
    )  # fmt: skip
    fields = listing.decode(errors="replace").split("\0")
    found = [fields[start : start + 5] for start in range(0, len(fields) - 5, 6)]
    return tuple(_commit(commit, *told) for commit, _, *told in found)


def changing_only(root: Path, until: str, *, since: str, paths: Sequence[str]) -> frozenset[str]:
    """The commits of `until` that change some of the paths below `root` and nothing else; no merge is one."""
    own = {f"{prefix_of(root)}{path}" for path in paths}
    touching = commits(root, until, since=since, paths=paths) if paths else ()
    return frozenset(one.id for one in touching if _changed_in(root, one.id) <= own)


def _changed_in(root: Path, commit: str) -> set[str]:
    """The paths that a commit changes, from the top of the repository; of a merge those of any side."""
    listing = git(
        root, "diff-tree", "-r", "-m", "-z", "--root", "--no-commit-id", "--no-renames", "--name-only", commit
    )
    return set(listing.decode(errors="replace").split("\0")) - {""}


def _plain_merges(root: Path, merges: Mapping[str, Sequence[str]], paths: Sequence[str]) -> frozenset[str]:
    """The merges that have each of the paths as one of their parents has it."""
    revisions = [one for merge, parents in merges.items() for one in (merge, *parents)]
    states = {path: _states(root, revisions, path) for path in paths} if merges else {}
    return frozenset(
        merge
        for merge, parents in merges.items()
        if all(state[merge] in {state[parent] for parent in parents} for state in states.values())
    )


def _states(root: Path, revisions: Sequence[str], path: str) -> dict[str, bytes]:
    """What a path is in each of the commits: its object, or that there is none."""
    prefix = prefix_of(root)
    asked = "".join(f"{revision}:{prefix}{path}\n" for revision in revisions).encode()
    answers = git(root, "cat-file", "--batch-check=%(objectname)", given=asked).splitlines()
    gone = [b"" if b" " in answer else answer for answer in answers]
    _require_absent(
        root, [f"{revision}:{prefix}{path}" for revision, at in zip(revisions, gone, strict=True) if not at]
    )
    return dict(zip(revisions, gone, strict=True))


def folder_at(root: Path, revision: str, folder: str) -> dict[str, bytes]:
    """The plain files of a folder below `root` as a commit has them, by path below `root`; links are no files.

    Raises:
        GitError: part of the commit is not in this clone.
    """
    listing = git(root, "ls-tree", "-z", revision, f"./{folder}/")
    entries = [entry.partition(b"\t") for entry in listing.split(b"\0") if entry.startswith(_FILE_MODES)]
    names = [f"{folder}/{name.decode(errors='replace').rpartition('/')[2]}" for _, _, name in entries]
    blobs = _objects(root, [head.split()[2].decode() for head, _, _ in entries])
    return {name: blob for name, blob in zip(names, blobs, strict=True) if blob is not None}


def files_at(root: Path, revisions: Sequence[str], path: str) -> Mapping[str, bytes | None]:
    """The bytes of a file below `root` in each of the commits; None where a commit has no such file.

    Raises:
        GitError: a commit has it, and this clone has not.
    """
    return {revision: blob for (revision, _), blob in contents(root, [(one, path) for one in revisions]).items()}


def contents(root: Path, places: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes | None]:
    """The bytes of files below `root`, by commit and path; None where the commit has no such file.

    Raises:
        GitError: a commit has one, and this clone has not.
    """
    prefix = prefix_of(root)
    blobs = _objects(root, [f"{revision}:{prefix}{path}" for revision, path in places])
    return dict(zip(places, blobs, strict=True))


def before(root: Path, commit: str, branch: str) -> str | None:
    """What `branch` was before the merge that brought `commit` in; None where no merge did."""
    path = git(root, "rev-list", "--first-parent", branch, f"^{commit}").decode().split()
    merge = next((one for one in reversed(path) if is_ancestor(root, commit, one)), None)
    parents = git(root, "rev-list", "--parents", "-n", "1", merge).decode().split()[1:] if merge else []
    return parents[0] if len(parents) > 1 and not is_ancestor(root, commit, parents[0]) else None


def first_parents(root: Path, tip: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The commits that a branch was at if it was only ever merged into, newest first, each with its parents."""
    listing = git(root, "rev-list", "--first-parent", "--parents", tip, "--").decode().splitlines()
    return tuple((commit, tuple(parents)) for commit, *parents in map(str.split, listing))


def changed_on_the_way(root: Path, tip: str, paths: Sequence[str]) -> frozenset[str]:
    """Those of `first_parents` that have one of the paths otherwise than their first parent."""
    chosen = [f":(top,literal){prefix_of(root)}{path}" for path in paths]
    return frozenset(git(root, "rev-list", "--first-parent", tip, "--", *chosen).decode().split())


def descendants(root: Path, commit: str, tip: str) -> frozenset[str]:
    """The commit, and every one of `tip` that holds it."""
    return frozenset({commit, *git(root, "rev-list", "--ancestry-path", tip, f"^{commit}", "--").decode().split()})


def _commit(identity: str, author: str, committer: str, message: str) -> Commit:
    named = (_ADDRESS.findall(text) or [text] for text in _CO_AUTHOR.findall(message))
    return Commit(
        id=identity.strip(),
        author=author,
        committer=committer,
        co_authors=tuple(address for addresses in named for address in addresses),
    )


def stored(root: Path, names: Sequence[str]) -> list[tuple[bytes, bytes] | None]:
    """Kind and bytes of each object, by any name that git takes, read by one process; None where there is nothing."""
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
    """The contents of blobs; a name that is none, or holds a line break, has None."""
    found = stored(root, names)
    _require_absent(root, [name for name, one in zip(names, found, strict=True) if one is None and "\n" not in name])
    return [one[1] if one is not None and one[0] == b"blob" else None for one in found]


def _require_absent(root: Path, names: Sequence[str]) -> None:
    """Holds names of which git has nothing against their folders: what a folder names, and git has not, is lost.

    Raises:
        GitError: it names what is not in this clone.
    """
    while names:
        places = [name.partition(":") for name in names]
        above = [f"{revision}:{path.rpartition('/')[0]}" if path else "" for revision, _, path in places]
        folders = dict(zip(above, stored(root, above), strict=True))
        for name, folder, (_, _, path) in zip(names, above, places, strict=True):
            held = folders[folder]
            entry = b" %s\0" % path.rpartition("/")[2].encode(errors="surrogateescape")
            if not path or (held is not None and held[0] == b"tree" and entry in held[1]):
                raise GitError(
                    f"this clone lacks part of the history: {name} is not here",
                    fix="git fetch --refetch --no-filter; then run this again",
                )
        names = [folder for folder in dict.fromkeys(above) if folders[folder] is None]


_HEAD = "%x01%H%x1f%P%x1f%aI%x1f%an%x1f%s"
_START = re.compile(r"^\x01", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A commit, its parents, who made it when and why, and the files below `root` that it changed."""

    commit: str
    parents: tuple[str, ...]
    author: str
    at: str
    subject: str
    paths: tuple[str, ...]


def touches(root: Path, *, under: str, also: Sequence[str] = (), saying: str = "") -> tuple[Touch, ...]:
    """The commits of HEAD, newest first, that changed a file at or below `under`, or one of `also`.

    With `saying`, an extended regular expression, only those that added or removed a line that it matches. Every side
    of a merge is followed.
    """
    own = prefix(root)
    wanted = [f"-G{saying}"] if saying else []
    said = git(
        root, "-c", "core.quotePath=false", "log", "--diff-merges=separate", "--full-history", "--topo-order", "--no-follow",
        "--name-only", "--no-renames", "--no-color", "--no-notes", "--no-show-signature", "--encoding=UTF-8",
        "--no-ext-diff", "--no-textconv", "--text", f"--format=tformat:{_HEAD}", *wanted, "HEAD",
        "--", *(f":(literal){place}" for place in (under, *also)),
    )  # fmt: skip
    found: dict[str, Touch] = {}
    for block in _START.split(said.decode(errors="replace"))[1:]:
        head, _, names = block.partition("\n")
        commit, parents, at, author, subject = head.split("\x1f", 4)
        earlier = found[commit].paths if commit in found else ()
        paths = dict.fromkeys((*earlier, *(name.removeprefix(own) for name in names.split("\n") if name)))
        found[commit] = Touch(
            commit=commit, parents=tuple(parents.split()), author=author, at=at, subject=subject, paths=tuple(paths)
        )
    return tuple(found.values())


def states(root: Path, touch: Touch, paths: Sequence[str]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """Each of the paths, and its bytes in the commit and in each of its parents, by commit; no bytes where it is not there."""
    revisions = (touch.commit, *touch.parents)
    blobs = contents(root, [(revision, path) for path in paths for revision in revisions])
    for path in paths:
        yield path, {revision: blobs[revision, path] or b"" for revision in revisions}


def commit_objects(root: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of each commit, by full id, read by one process; what is not here, or is no commit, is left out."""
    asked = sorted(set(names))
    found = zip(asked, stored(root, asked), strict=True)
    return {name: one[1] for name, one in found if one is not None and one[0] == b"commit"}


def reached(root: Path, until: str, without: Iterable[str]) -> frozenset[str]:
    """The commits that `until` reaches, itself among them, and none of `without` does; all by full id."""
    return frozenset(git(root, "rev-list", until, *(f"^{one}" for one in without), "--").decode().split())
