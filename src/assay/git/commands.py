"""Queries to git."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assay.core import SOURCE_FOLDERS, is_source
from assay.errors import GitError, LimitError, NoGitError
from assay.files import FILE_LIMIT, fix_for_size
from assay.git.failures import FailureKind
from assay.git.git_folder import git_places
from assay.git.process import git, git_online, split_nul

NO_REPOSITORY = "not a git repository"
"""The message of git outside a repository."""
BASES, OWN = ("upstream", "origin"), ("fork", "origin")
"""The usual remotes of the shared default branch, and of own branches."""
_USUAL_NAMES = ("main", "master", "trunk")


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultBranch:
    """The shared default branch: its remote and its full name, each empty if unknown."""

    remote: str
    reference: str

    @property
    def name(self) -> str:
        """The short name."""
        return self.reference.removeprefix("refs/heads/").removeprefix(f"refs/remotes/{self.remote}/")

    @property
    def revision(self) -> str:
        """The revision that new work starts from: the default branch, or HEAD if it is unknown."""
        return self.reference or "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """The branches of a clone, each with its commit.

    `aliases` are symbolic references, `head` is the current commit (empty before the first one) and `here` the full name of
    its branch (empty if there is none, or it has no commit).
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
        """The only branch of a clone without a remote; empty if there are others."""
        return next(iter(self.commits)) if len(self.commits) == 1 and not self.aliases else ""


def is_repository(root: Path) -> bool:
    """Whether `root` is in a git work tree.

    Raises:
        GitError: git refuses to read it (another owner, or damaged), which differs from none.
    """
    if git_places(root) is None:
        return False
    if git(root, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise GitError(
            "git takes this folder for no work tree because of its settings (core.bare, core.worktree)",
            fix="`assay doctor --mend` removes them from the settings of this clone; then run this again",
            kind=FailureKind.SETTINGS,
        )
    return True


def prefix(root: Path) -> str:
    """The path from the top of the repository to `root`, ending with a slash; empty if they are the same."""
    for above in (root, *root.parents):
        try:
            own = (above / ".git").stat()
        except OSError:
            continue
        return _prefix_of(root, own.st_dev, own.st_ino)
    return git(root, "rev-parse", "--show-prefix").decode().removesuffix("\n")


@cache
def _prefix_of(root: Path, _device: int, _inode: int) -> str:
    """The prefix within one repository, cached until the repository is replaced."""
    return git(root, "rev-parse", "--show-prefix").decode().removesuffix("\n")


def is_shallow(root: Path) -> bool:
    """Whether the clone is shallow."""
    return _answer(root, "rev-parse", "--is-shallow-repository") == "true"


def author_email(root: Path) -> str:
    """The author e-mail of a commit made here; empty if git has none."""
    return _answer(root, "var", "GIT_AUTHOR_IDENT").rpartition("<")[2].partition(">")[0]


def setting(root: Path, key: str) -> str:
    """A value of git's configuration; empty if not set."""
    return _answer(root, "config", "--get", key)


def settings(root: Path, *keys: str) -> tuple[str, ...]:
    """Several values of git's configuration in one call; empty if not set."""
    found = all_settings(root)
    return tuple(found.get(as_listed(key), "") for key in keys)


def all_settings(root: Path) -> Mapping[str, str]:
    """Git's configuration by key as git lists it; the last value of a repeated key."""
    entries = (entry.partition("\n") for entry in split_nul(git(root, "config", "--list", "-z")))
    return {key: value for key, _, value in entries}


def set_setting(root: Path, key: str, value: str) -> None:
    """Sets a value in the configuration of this clone."""
    git(root, "config", "--local", key, value)


def changed_paths(root: Path, base: str | None) -> frozenset[str]:
    """Paths below `root`, legible, that differ between the base and the work tree.

    Untracked files are included, and so are ignored files of the project.
    """
    paths = {*split_nul(git(root, "ls-files", "-z", "--others", "--exclude-standard")), *ignored_sources(root)}
    if base is None:
        paths.update(split_nul(git(root, "ls-files", "-z")))
    else:
        changed = split_nul(git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, "--", "."))
        paths.update(path.removeprefix(prefix(root)) for path in changed)
        # Files of which only the line ends changed: git would normalize them in a commit and calls them unchanged.
        ends = (entry.partition("\t") for entry in split_nul(git(root, "ls-files", "-z", "--eol")))
        paths.update(path for info, _, path in ends if "w/crlf" in info or "w/mixed" in info)
    return frozenset(paths)


def ignored_sources(root: Path) -> frozenset[str]:
    """Untracked files of the project, by path below `root`, that git ignores by a local or global setting."""
    folders = [f":(literal){folder}" for folder in SOURCE_FOLDERS]
    listing = git(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *folders)
    return frozenset(filter(is_source, split_nul(listing)))


def paths_between(root: Path, since: str, until: str) -> frozenset[str]:
    """Paths below `root` that differ between two commits."""
    changed = git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", since, until, "--", ".")
    return frozenset(path.removeprefix(prefix(root)) for path in split_nul(changed))


def commit_of(root: Path, name: str) -> str | None:
    """The commit of a revision; None if it is unknown."""
    return _answer(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}") or None


def has_head(root: Path) -> bool:
    """Whether HEAD names a commit, even one that cannot be read."""
    return bool(_answer(root, "rev-parse", "--verify", "--quiet", "HEAD"))


def merge_base(root: Path, one: str, other: str) -> str | None:
    """The merge base of two commits; None if there is none."""
    return _answer(root, "merge-base", one, other) or None


def independent(root: Path, commits: Sequence[str]) -> frozenset[str]:
    """The commits that are not ancestors of another one."""
    return frozenset(git(root, "merge-base", "--independent", *commits).decode().split() if commits else ())


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Whether `older` is an ancestor of `newer`, or the same."""
    return succeeds(root, "merge-base", "--is-ancestor", older, newer)


def count_commits(root: Path, since: str, until: str) -> int:
    """The number of commits in `until` but not in `since`."""
    return int(git(root, "rev-list", "--count", until, f"^{since}", "--"))


def commits_touching(root: Path, path: str, since: str | None, until: str) -> tuple[str, ...]:
    """The commits in `until` but not in `since` that changed a file, newest first."""
    without = [f"^{since}"] if since else []
    return tuple(git(root, "rev-list", until, *without, "--", f":(literal){path}").decode().split())


def current_branch(root: Path) -> str:
    """The current branch; empty if HEAD is detached."""
    return _answer(root, "symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/")


def references(root: Path, *under: str) -> tuple[str, ...]:
    """The full names of the references with the prefixes."""
    return tuple(git(root, "for-each-ref", "--format=%(refname)", *under).decode(errors="replace").split())


def remotes(root: Path) -> tuple[str, ...]:
    """The names of the remotes."""
    return tuple(git(root, "remote").decode(errors="replace").split())


def remote_url(root: Path, remote: str) -> str:
    """The push URL of a remote; empty if it does not exist."""
    return _answer(root, "remote", "get-url", "--push", remote)


def base_remote(root: Path) -> str:
    """The remote of the shared default branch: `upstream`, else `origin`, else the only one; else empty."""
    return first_of(remotes(root), *BASES)


def push_remote(root: Path) -> str:
    """The remote for own branches: `remote.pushDefault`, else `fork`, `origin`, or the only one; else empty."""
    return first_of(remotes(root), setting(root, "remote.pushDefault"), *OWN)


def first_of(existing: Sequence[str], *names: str) -> str:
    """The first of the names that exists, else the only existing one; else empty."""
    only = existing if len(existing) == 1 else ()
    return next((name for name in (*names, *only) if name in existing), "")


def refs_of(root: Path) -> Refs:
    """The branches of the clone around a folder, in one call."""
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
    """The default branch as last fetched from the base remote; else the local one, else `init.defaultBranch`."""
    known = (refs or refs_of(root)).default
    if known.reference:
        return known
    name = setting(root, "init.defaultBranch")
    reference = f"refs/heads/{name}" if name and commit_of(root, f"refs/heads/{name}") else ""
    return replace(known, reference=reference)


def default_ref(root: Path) -> str:
    """The full name of the default branch; empty if unknown."""
    return shared_default(root).reference


def default_branch(root: Path) -> str:
    """The short name of the default branch; empty if unknown."""
    return shared_default(root).name


def file_at(root: Path, revision: str, path: str) -> bytes | None:
    """The bytes of a file below `root` in a commit; None if the commit is unknown or has no such file.

    In a partial clone a missing blob is fetched.

    Raises:
        GitError: the commit has it, but it cannot be read.
        LimitError: it is larger than assay reads.
    """
    if commit_of(root, revision) is None:
        return None
    listing = git(root, "ls-tree", "-z", revision, f":(literal){path}")
    entry = listing.split(b"\0")[0].partition(b"\t")[0].split()
    if len(entry) != 3 or entry[1] != b"blob":
        return None
    name = entry[2].decode()
    size = int(git_online(root, "cat-file", "-s", name))
    if size > FILE_LIMIT:
        raise LimitError(f"{path}: {size / 2**20:,.0f} MiB in {revision}", fix=fix_for_size(path))
    return git_online(root, "cat-file", "blob", name)


def as_listed(key: str) -> str:
    """A key as git lists it: lower case except between the first and the last dot."""
    section, _, rest = key.partition(".")
    middle, point, name = rest.rpartition(".")
    return f"{section.lower()}.{middle}{point}{name.lower()}"


def succeeds(root: Path, *arguments: str) -> bool:
    """Whether git does what is asked, without an error.

    Raises:
        NoGitError: git is not installed, or too old.
    """
    try:
        git(root, *arguments)
    except NoGitError:
        raise
    except GitError:
        return False
    return True


def _answer(root: Path, *arguments: str) -> str:
    try:
        return git(root, *arguments).decode(errors="replace").strip()
    except NoGitError:
        raise
    except GitError:
        return ""
