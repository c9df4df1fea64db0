"""What git says of a clone, asked once and handed down as a value: its branches, its settings and its history."""

from collections.abc import Mapping
from functools import cache, cached_property, partial
from pathlib import Path

from assay.files import FILE_LIMIT
from assay.git.child import Conversation
from assay.git.commands import (
    BASES,
    OWN,
    DefaultBranch,
    Refs,
    all_settings,
    as_listed,
    commit_of,
    commits_touching,
    current_branch,
    file_at,
    first_of,
    merge_base,
    paths_between,
    prefix,
    refs_of,
    shared_default,
)
from assay.git.process import git_command, git_environment

_BRANCHES = ("refs/heads/", "refs/remotes/")


class GitState:
    """A clone as it was at one moment: a name stands for the commit that it stood for then.

    Whoever fetches, commits or switches asks for the state `again` before relying on a name. What is known of commits
    by their id never changes, and goes along, as do the settings. A commit's id stands for itself, here or not.
    """

    def __init__(self, root: Path, past: "_Past | None" = None) -> None:
        self.root = root
        self.refs: Refs = refs_of(root)
        self._past = past or _Past(root)

    def again(self) -> "GitState":
        """The clone as it is now."""
        return GitState(self.root, self._past)

    @cached_property
    def branch(self) -> str:
        """The branch that is checked out; empty where HEAD is detached."""
        return self.refs.here.removeprefix("refs/heads/") or current_branch(self.root)

    @cached_property
    def default(self) -> DefaultBranch:
        """The default branch, as `shared_default` finds it."""
        return shared_default(self.root, self.refs)

    @cached_property
    def remotes(self) -> tuple[str, ...]:
        """The names of the remotes."""
        keys = (key.partition(".")[2].rpartition(".")[0] for key in self._past.settings if key.startswith("remote."))
        return tuple(sorted(set(keys) - {""}))

    @property
    def base_remote(self) -> str:
        """The remote that the shared default branch is on; empty where none is."""
        return first_of(self.remotes, *BASES)

    @property
    def push_remote(self) -> str:
        """The remote that own branches go to; empty where none is."""
        return first_of(self.remotes, self.setting("remote.pushDefault"), *OWN)

    def setting(self, key: str) -> str:
        """A value of git's configuration; empty where it is not set."""
        return self._past.settings.get(as_listed(key), "")

    def commit(self, name: str) -> str | None:
        """The commit that HEAD, the full name of a branch, or anything else that git takes stands for; None where none."""
        if name == "HEAD":
            return self.refs.head or None
        if name.startswith(_BRANCHES):
            return self.refs.commits.get(name)
        return name if len(name) in {40, 64} and set(name) <= set("0123456789abcdef") else commit_of(self.root, name)

    def below(self, *prefixes: str) -> tuple[str, ...]:
        """The full names of the branches that begin with one of the prefixes, sorted."""
        return tuple(sorted(name for name in self.refs.commits if name.startswith(prefixes)))

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that two commits have in common; None where there is none."""
        first, second = self.commit(one), self.commit(other)
        if first is None or second is None:
            return None
        return first if first == second else self._past.merge_base(min(first, second), max(first, second))

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether everything in `older` is in `newer`."""
        common = self.merge_base(older, newer)
        return common is not None and common == self.commit(older)

    def paths_between(self, since: str, until: str) -> frozenset[str]:
        """Paths below the project that differ between two commits."""
        one, other = self.commit(since) or since, self.commit(until) or until
        return frozenset() if one == other else self._past.paths_between(one, other)

    def commits_touching(self, path: str, since: str | None, until: str) -> tuple[str, ...]:
        """The commits of `until` that changed a file, newest first; those of `since` are left out."""
        one, other = since and (self.commit(since) or since), self.commit(until) or until
        return () if one == other else self._past.commits_touching(path, one, other)

    def file_at(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file of the project as a commit has it; None where the commit is not here or has no such file.

        Raises:
            GitError: the commit has it, and it cannot be had.
            LimitError: it is larger than assay reads.
        """
        commit = self.commit(revision)
        return None if commit is None else self._past.file_at(commit, path)


class _Past:
    """What is asked once for all: the settings, and of commits by id whatever is wanted, read by one program."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.merge_base = cache(partial(merge_base, root))
        self.paths_between = cache(partial(paths_between, root))
        self.commits_touching = cache(partial(commits_touching, root))
        self.file_at = cache(self._file_at)

    def _file_at(self, commit: str, path: str) -> bytes | None:
        """Of what is no plain answer git is asked step by step: no such file, one that is lost, or one that is too large."""
        name = f"{commit}:{prefix(self.root)}{path}".encode(errors="surrogateescape")
        told = self._answer(b"info " + name).split() if b"\n" not in name else []
        if len(told) == 3 and told[1] == b"blob" and int(told[2]) <= FILE_LIMIT:
            size = int(told[2])
            data = self._talk.take(size + 1) if self._answer(b"contents " + told[0]).split() == told else b""
            if len(data) == size + 1:
                return data[:size]
            self.__dict__.pop("_talk", None)
        return file_at(self.root, commit, path)

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """Git's configuration."""
        return all_settings(self.root)

    def _answer(self, question: bytes) -> bytes:
        return self._talk.line() if self._talk.ask(question + b"\n") else b""

    @cached_property
    def _talk(self) -> Conversation:
        return Conversation(git_command("cat-file", "--batch-command"), cwd=self.root, environment=git_environment())
