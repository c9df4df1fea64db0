"""The state of a clone, read once: its branches, settings and history."""

from collections.abc import Mapping
from functools import cache, cached_property, partial
from pathlib import Path

from assay.files import FILE_LIMIT
from assay.git import commands
from assay.git.child import Conversation
from assay.git.process import git_command, git_environment

_BRANCHES = ("refs/heads/", "refs/remotes/")


class GitState:
    """A clone at one moment: a name means the commit that it named then.

    After a fetch, commit or switch, call `again` before using a name. Facts about commit ids never change and are shared,
    as are the settings. A commit id stands for itself, whether the clone has it or not.
    """

    def __init__(self, root: Path, past: "_Cache | None" = None) -> None:
        self.root = root
        self.refs: commands.Refs = commands.refs_of(root)
        self._cache = past or _Cache(root)

    def again(self) -> "GitState":
        """The clone as it is now."""
        return GitState(self.root, self._cache)

    @cached_property
    def branch(self) -> str:
        """The current branch; empty if HEAD is detached."""
        return self.refs.here.removeprefix("refs/heads/") or commands.current_branch(self.root)

    @cached_property
    def default(self) -> commands.DefaultBranch:
        """The default branch, as `shared_default` finds it."""
        return commands.shared_default(self.root, self.refs)

    @cached_property
    def remotes(self) -> tuple[str, ...]:
        """The names of the remotes."""
        keys = (key.partition(".")[2].rpartition(".")[0] for key in self._cache.settings if key.startswith("remote."))
        return tuple(sorted(set(keys) - {""}))

    @property
    def base_remote(self) -> str:
        """The remote of the shared default branch; empty if there is none."""
        return commands.first_of(self.remotes, *commands.BASES)

    @property
    def push_remote(self) -> str:
        """The remote for own branches; empty if there is none."""
        return commands.first_of(self.remotes, self.setting("remote.pushDefault"), *commands.OWN)

    def setting(self, key: str) -> str:
        """A value of git's configuration; empty if not set."""
        return self._cache.settings.get(commands.as_listed(key), "")

    def commit(self, name: str) -> str | None:
        """The commit of HEAD, the full name of a branch, or any other revision; None if unknown."""
        if name == "HEAD":
            return self.refs.head or None
        if name.startswith(_BRANCHES):
            return self.refs.commits.get(name)
        whole = len(name) in {40, 64} and set(name) <= set("0123456789abcdef")
        return name if whole else commands.commit_of(self.root, name)

    def below(self, *prefixes: str) -> tuple[str, ...]:
        """The full names of the branches that begin with one of the prefixes, sorted."""
        return tuple(sorted(name for name in self.refs.commits if name.startswith(prefixes)))

    def merge_base(self, one: str, other: str) -> str | None:
        """The merge base of two commits; None if there is none."""
        first, second = self.commit(one), self.commit(other)
        if first is None or second is None:
            return None
        return first if first == second else self._cache.merge_base(min(first, second), max(first, second))

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is an ancestor of `newer`, or the same."""
        common = self.merge_base(older, newer)
        return common is not None and common == self.commit(older)

    def paths_between(self, since: str, until: str) -> frozenset[str]:
        """Paths below the project that differ between two commits."""
        one, other = self.commit(since) or since, self.commit(until) or until
        return frozenset() if one == other else self._cache.paths_between(one, other)

    def commits_touching(self, path: str, since: str | None, until: str) -> tuple[str, ...]:
        """The commits in `until` but not in `since` that changed a file, newest first."""
        one, other = since and (self.commit(since) or since), self.commit(until) or until
        return () if one == other else self._cache.commits_touching(path, one, other)

    def file_at(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file of the project in a commit; None if the commit is unknown or has no such file.

        Raises:
            GitError: the commit has it, but it cannot be read.
            LimitError: it is larger than assay reads.
        """
        commit = self.commit(revision)
        return None if commit is None else self._cache.file_at(commit, path)


class _Cache:
    """The shared cache: the settings, and facts about commit ids, with blobs read by one process."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.merge_base = cache(partial(commands.merge_base, root))
        self.paths_between = cache(partial(commands.paths_between, root))
        self.commits_touching = cache(partial(commands.commits_touching, root))
        self.file_at = cache(self._file_at)

    def _file_at(self, commit: str, path: str) -> bytes | None:
        """The bytes from the running process; without a plain answer (missing, lost or too large) by `file_at` of commands."""
        name = f"{commit}:{commands.prefix(self.root)}{path}".encode(errors="surrogateescape")
        info = self._answer(b"info " + name).split() if b"\n" not in name else []
        if len(info) == 3 and info[1] == b"blob" and int(info[2]) <= FILE_LIMIT:
            size = int(info[2])
            data = self._talk.take(size + 1) if self._answer(b"contents " + info[0]).split() == info else b""
            if len(data) == size + 1:
                return data[:size]
            self.__dict__.pop("_talk", None)
        return commands.file_at(self.root, commit, path)

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Git's configuration."""
        return commands.all_settings(self.root)

    def _answer(self, question: bytes) -> bytes:
        return self._talk.line() if self._talk.ask(question + b"\n") else b""

    @cached_property
    def _talk(self) -> Conversation:
        return Conversation(git_command("cat-file", "--batch-command"), cwd=self.root, environment=git_environment())
