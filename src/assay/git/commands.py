"""What is asked of git."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assay.core import SOURCE_FOLDERS, is_source
from assay.errors import GitError, LimitError, NoGitError
from assay.files import FILE_LIMIT, fix_for_size
from assay.git.failures import Kind
from assay.git.git_folder import git_places
from assay.git.process import git, git_online, listed

NO_REPOSITORY = "not a git repository"
"""What git says where there is none."""
BASES, OWN = ("upstream", "origin"), ("fork", "origin")
"""The usual remotes of the shared default branch, and of one's own branches."""
_USUAL_NAMES = ("main", "master", "trunk")


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultBranch:
    """The branch that everybody shares: the remote it is on and its full name, each empty where none is known."""

    remote: str
    reference: str

    @property
    def name(self) -> str:
        """The short name."""
        return self.reference.removeprefix("refs/heads/").removeprefix(f"refs/remotes/{self.remote}/")

    @property
    def revision(self) -> str:
        """What new work starts from; where no default branch is known, what is checked out."""
        return self.reference or "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """The branches of a clone, each with its commit.

    `aliases` are names that stand for another, `head` is the commit that is checked out (empty before the first one) and
    `here` the full name of its branch (empty where there is none, or it has no commit).
    """

    commits: Mapping[str, str]
    aliases: Mapping[str, str]
    head: str
    here: str = ""

    @property
    def default(self) -> DefaultBranch:
        """The default branch of `upstream`, else of `origin`, else of the only remote; else the local one."""
        remotes = sorted({name.split("/")[2] for name in self.commits if name.startswith("refs/remotes/")})
        remote = first_of(remotes, *BASES)
        usual = [f"refs/heads/{name}" for name in _USUAL_NAMES]
        if remote:
            alias = self.aliases.get(f"refs/remotes/{remote}/HEAD", "")
            usual = [alias, *(f"refs/remotes/{remote}/{name}" for name in _USUAL_NAMES), *usual]
        return DefaultBranch(remote=remote, reference=next((name for name in usual if name in self.commits), ""))

    @property
    def only(self) -> str:
        """The one branch of a clone that has no remote; empty where there are others."""
        return next(iter(self.commits)) if len(self.commits) == 1 and not self.aliases else ""


def is_repository(root: Path) -> bool:
    """Whether `root` lies in a git work tree.

    Raises:
        GitError: it lies in one that git does not read (another owner's, or a damaged one): that is not the same as in none.
    """
    if git_places(root) is None:
        return False
    if git(root, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise GitError(
            "git takes this folder for no work tree: its settings say so (core.bare, core.worktree)",
            fix="`assay doctor --mend` takes that out of the settings of this clone; then run this again",
            kind=Kind.SETTINGS,
        )
    return True


def prefix(root: Path) -> str:
    """The path from the top of the repository to `root`, ending with a slash; empty where they are the same."""
    for above in (root, *root.parents):
        try:
            own = (above / ".git").stat()
        except OSError:
            continue
        return _prefix_of(root, own.st_dev, own.st_ino)
    return git(root, "rev-parse", "--show-prefix").decode().removesuffix("\n")


@cache
def _prefix_of(root: Path, _device: int, _inode: int) -> str:
    """The same, of the repository that begins there: as long as that one is there, git is asked once."""
    return git(root, "rev-parse", "--show-prefix").decode().removesuffix("\n")


def is_shallow(root: Path) -> bool:
    """Whether the clone holds only the end of the history."""
    return _answer(root, "rev-parse", "--is-shallow-repository") == "true"


def author_email(root: Path) -> str:
    """The e-mail that a commit made here would carry; empty where git knows none."""
    ident = _answer(root, "var", "GIT_AUTHOR_IDENT")
    return ident.rpartition("<")[2].partition(">")[0]


def setting(root: Path, key: str) -> str:
    """A value of git's configuration; empty where it is not set."""
    return _answer(root, "config", "--get", key)


def settings(root: Path, *keys: str) -> tuple[str, ...]:
    """Several values of git's configuration, asked for at once; empty where one is not set."""
    found = all_settings(root)
    return tuple(found.get(as_listed(key), "") for key in keys)


def all_settings(root: Path) -> Mapping[str, str]:
    """Git's configuration, by key as git lists it; of a key that is set several times the last value."""
    entries = (entry.partition("\n") for entry in listed(git(root, "config", "--list", "-z")))
    return {key: value for key, _, value in entries}


def set_setting(root: Path, key: str, value: str) -> None:
    """Sets a value in the configuration of this clone."""
    git(root, "config", "--local", key, value)


def changed_paths(root: Path, base: str | None) -> frozenset[str]:
    """Paths below `root`, legible, that differ between the base and the work tree, untracked files included.

    So are files of the project that git is told to ignore.
    """
    paths = {*listed(git(root, "ls-files", "-z", "--others", "--exclude-standard")), *ignored_sources(root)}
    if base is None:
        paths.update(listed(git(root, "ls-files", "-z")))
    else:
        changed = listed(git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, "--", "."))
        paths.update(path.removeprefix(prefix(root)) for path in changed)
        paths.update(_other_line_ends(root))
    return frozenset(paths)


def ignored_sources(root: Path) -> frozenset[str]:
    """Files of the project, by path below `root`, that git does not have and is told to ignore, here or for the whole machine."""
    folders = [f":(literal){folder}" for folder in SOURCE_FOLDERS]
    listing = git(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *folders)
    return frozenset(filter(is_source, listed(listing)))


def paths_between(root: Path, since: str, until: str) -> frozenset[str]:
    """Paths below `root` that differ between two commits."""
    changed = listed(git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", since, until, "--", "."))
    return frozenset(path.removeprefix(prefix(root)) for path in changed)


def _other_line_ends(root: Path) -> Iterator[str]:
    """Files whose line ends alone changed in the work tree: git would mend them in a commit and calls them unchanged."""
    for entry in listed(git(root, "ls-files", "-z", "--eol")):
        ends, _, path = entry.partition("\t")
        if "w/crlf" in ends or "w/mixed" in ends:
            yield path


def commit_of(root: Path, name: str) -> str | None:
    """The commit that a name stands for; None where it stands for none."""
    return _answer(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}") or None


def stands_somewhere(root: Path) -> bool:
    """Whether HEAD stands at a commit, also at one that cannot be read."""
    return bool(_answer(root, "rev-parse", "--verify", "--quiet", "HEAD"))


def merge_base(root: Path, one: str, other: str) -> str | None:
    """The newest commit that two commits have in common; None where there is none."""
    return _answer(root, "merge-base", one, other) or None


def independent(root: Path, commits: Sequence[str]) -> frozenset[str]:
    """Those of the commits that no other of them holds."""
    return frozenset(git(root, "merge-base", "--independent", *commits).decode().split() if commits else ())


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Whether everything in `older` is in `newer`."""
    return _succeeds(root, "merge-base", "--is-ancestor", older, newer)


def count_commits(root: Path, since: str, until: str) -> int:
    """How many commits `until` has that `since` has not."""
    return int(git(root, "rev-list", "--count", until, f"^{since}", "--"))


def commits_touching(root: Path, path: str, since: str | None, until: str) -> tuple[str, ...]:
    """The commits of `until` that changed a file, newest first; those of `since` are left out."""
    without = [f"^{since}"] if since else []
    return tuple(git(root, "rev-list", until, *without, "--", f":(literal){path}").decode().split())


def current_branch(root: Path) -> str:
    """The branch that is checked out; empty where HEAD is detached."""
    return _answer(root, "symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/")


def references(root: Path, *under: str) -> tuple[str, ...]:
    """The full names of the references below the given prefixes."""
    return tuple(git(root, "for-each-ref", "--format=%(refname)", *under).decode(errors="replace").split())


def remotes(root: Path) -> tuple[str, ...]:
    """The names of the remotes."""
    return tuple(git(root, "remote").decode(errors="replace").split())


def remote_url(root: Path, remote: str) -> str:
    """The address that a push to a remote goes to; empty where there is no such remote."""
    return _answer(root, "remote", "get-url", "--push", remote)


def base_remote(root: Path) -> str:
    """The remote that the shared default branch is on: `upstream`, else `origin`, else the only one; else empty."""
    return first_of(remotes(root), *BASES)


def push_remote(root: Path) -> str:
    """The remote that own branches go to: as git is told, else `fork`, else `origin`, else the only one; else empty."""
    return first_of(remotes(root), setting(root, "remote.pushDefault"), *OWN)


def first_of(there: Sequence[str], *names: str) -> str:
    """The first of the names that is there, else the only one there; else empty."""
    only = there if len(there) == 1 else ()
    return next((name for name in (*names, *only) if name in there), "")


def refs_of(root: Path) -> Refs:
    """The branches of the clone around a folder, asked for at once."""
    form = "%(HEAD)%00%(refname)%00%(objectname)%00%(symref)"
    listing = git(root, "for-each-ref", f"--format={form}", "refs/heads", "refs/remotes")
    commits: dict[str, str] = {}
    aliases: dict[str, str] = {}
    head = branch = ""
    for line in listing.decode(errors="replace").splitlines():
        here, name, commit, target = line.split("\0")
        commits[name] = commit
        head, branch = (commit, name) if here == "*" else (head, branch)
        if target:
            aliases[name] = target
    return Refs(commits=commits, aliases=aliases, head=head or commit_of(root, "HEAD") or "", here=branch)


def shared_default(root: Path, refs: Refs | None = None) -> DefaultBranch:
    """The default branch as last fetched from the base remote; else the local one, else the one that git is told."""
    known = (refs or refs_of(root)).default
    if known.reference:
        return known
    name = setting(root, "init.defaultBranch")
    told = f"refs/heads/{name}" if name and commit_of(root, f"refs/heads/{name}") else ""
    return replace(known, reference=told)


def default_ref(root: Path) -> str:
    """The full name of the default branch; empty where none is known."""
    return shared_default(root).reference


def default_branch(root: Path) -> str:
    """The short name of the default branch; empty where none is known."""
    return shared_default(root).name


def file_at(root: Path, revision: str, path: str) -> bytes | None:
    """The bytes of a file below `root` as a commit has it; None where the commit is not here or has no such file.

    Where a partial clone lacks it, it is fetched.

    Raises:
        GitError: the commit has it, and it cannot be had.
        LimitError: it is larger than assay reads.
    """
    if commit_of(root, revision) is None:
        return None
    listing = git(root, "ls-tree", "-z", revision, f":(literal){path}")
    told = listing.split(b"\0")[0].partition(b"\t")[0].split()
    if len(told) != 3 or told[1] != b"blob":
        return None
    name = told[2].decode()
    size = int(git_online(root, "cat-file", "-s", name))
    if size > FILE_LIMIT:
        raise LimitError(f"{path}: {size / 2**20:,.0f} MiB in {revision}", fix=fix_for_size(path))
    return git_online(root, "cat-file", "blob", name)


def as_listed(key: str) -> str:
    """A key as git lists it: only the part between the first and the last point keeps its capitals."""
    section, _, rest = key.partition(".")
    middle, point, name = rest.rpartition(".")
    return f"{section.lower()}.{middle}{point}{name.lower()}"


def _succeeds(root: Path, *arguments: str) -> bool:
    try:
        git(root, *arguments)
    except NoGitError:
        raise
    except GitError:
        return False
    return True


def _answer(root: Path, *arguments: str) -> str:
    """The one line that git answers; empty where it refuses."""
    try:
        return git(root, *arguments).decode(errors="replace").strip()
    except NoGitError:
        raise
    except GitError:
        return ""
