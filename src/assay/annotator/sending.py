"""Run a command, commit just what it wrote, push and propose it; typed again after any stop, it goes on from there."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assay.annotator.batch_start import refresh
from assay.annotator.change_check import check
from assay.annotator.send_branch import (
    Ground,
    apart,
    arrive,
    errors_alone,
    free_name,
    has_landed,
    hold_ready,
    is_gone,
    is_same_there,
    leave,
    sent_elsewhere,
    undo,
)
from assay.annotator.submission import Errand, Kept, drop_sent, forget, hold_as_meant, keep, kept_of, meant
from assay.clone import hold_unmarked
from assay.core import Severity
from assay.errors import AssayError, ExitCode, GitError, UsageError
from assay.files import WORK, Watcher, named, taking_turn, watched_by, writing
from assay.forge import Say, Submitted, propose, reach
from assay.git import GitState, WorkTree, commit_files, drop_branch, fetch_branch, make_branch, merge, push, work_tree
from assay.project import Project, find_project, load_roster

_LISTED = 20


def carry_out(
    project: Project, errand: Errand, run: Callable[[], int], say: Say, *, now: str
) -> tuple[ExitCode, Submitted]:
    """Runs a command on a branch of whoever asks, and sends the files that it wrote: how it ended, and where they are.

    What it wrote is checked as `assay check` does: with errors nothing is committed and the files stay. Where it writes
    nothing, or refuses, everything is as before. The same command again goes on where an earlier try was stopped; where all
    was sent and waits to be merged, it runs nothing and says so.

    Raises:
        AssayError: what the command itself raises; or what is in the way of a branch, of the commit or of sending it.
    """
    root = project.root
    with taking_turn(root):
        hold_ready(root, errand, load_roster(project).annotators)
        for remote in refresh(GitState(root)):
            say(f"warning: {remote} could not be fetched from; going by what was fetched last")
        kept = kept_of(root, errand)
        with writing(root):
            state = GitState(root)
            ground = arrive(state, errand, kept)
            state = state.again()
            drop_sent(root, lambda name: is_gone(state, name, ground.base))
            code, kept = _written(state, errand, ground, kept, run)
        return code, _Sender(root=root, errand=errand, ground=ground, say=say, now=now).hand_over(kept)


def note(project: Project, errand: Errand, run: Callable[[], int | None]) -> int | None:
    """Runs a command that is to send nothing, and keeps what it wrote: the same with `--submit` sends that, and runs nothing.

    Where it wrote into files that somebody had changed by hand, nothing is kept.
    """
    root = project.root
    try:
        kept = _unsent(kept_of(root, errand))
        if kept.branch or not WorkTree(root).in_git:
            return run()
        tree = work_tree(root)
    except AssayError:
        return run()
    paths: list[str] = []
    with watched_by(Watcher(before=paths.extend, there=paths.extend)):
        code = run()
    own = tuple(dict.fromkeys(path for path in paths if not path.startswith(f"{WORK}/")))
    if own and not (tree.changed | tree.untracked).difference(kept.paths).intersection(own):
        keep(root, errand, replace(kept, paths=own, written=True))
    return code


def _written(
    state: GitState, errand: Errand, ground: Ground, kept: Kept, run: Callable[[], int]
) -> tuple[ExitCode, Kept]:
    """Runs the command, unless an earlier try of it wrote everything: how it ended, and what is kept of it."""
    root, head = state.root, state.commit("HEAD") or ""
    stands = kept.sent and ground.branch == kept.branch and state.is_ancestor(kept.sent, "HEAD")
    if stands and not (_uncommitted(root, kept) or _touching(state, kept, kept.sent)):
        return ExitCode.OK, kept
    kept = _unsent(kept)
    if kept.written and (_uncommitted(root, kept) or (kept.branch and _touching(state, kept, kept.before))):
        if not kept.branch:
            kept = replace(kept, branch=ground.branch, before=head)
            keep(root, errand, kept)
        return ExitCode.OK, kept
    files = _Files(root, errand, replace(kept, written=False, branch=ground.branch, before=head))
    try:
        with watched_by(Watcher(before=files.before, there=files.there)):
            code = ExitCode(run())
    except BaseException:
        if not _uncommitted(root, files.kept):
            _withdraw(root, errand, ground)
        raise
    if files.kept.paths:
        keep(root, errand, replace(files.kept, written=True))
    return code, files.kept


def _unsent(kept: Kept) -> Kept:
    """What is kept of a command that is still to be sent; of one that was sent, as of one never typed."""
    return Kept(who=kept.who, typed=kept.typed) if kept.sent else kept


def _withdraw(root: Path, errand: Errand, ground: Ground) -> None:
    """Leaves everything as it was before the command; where git cannot go back, the branch is one to go on from."""
    with suppress(GitError):
        leave(GitState(root), ground)
    forget(root, errand)


class _Files:
    """What a command writes, kept on disk before the first file is touched."""

    def __init__(self, root: Path, errand: Errand, kept: Kept) -> None:
        tree = work_tree(root)
        self.kept = kept
        self._root = root
        self._errand = errand
        self._loose = (tree.changed | tree.untracked).difference(kept.paths)

    def before(self, names: Iterable[str]) -> None:
        """Keeps the names, unless somebody's own changes in one of them would go along."""
        own = [name for name in names if not name.startswith(f"{WORK}/")]
        if loose := sorted(self._loose.intersection(own)):
            raise UsageError(
                f"{named(loose)}: changed here and not committed, and that would be sent along",
                fix="commit it or put it back first (git restore FILE; its changes are lost then), or leave out --submit",
            )
        self.there(own)

    def there(self, names: Iterable[str]) -> None:
        """Keeps the names."""
        self.kept = replace(self.kept, paths=tuple(dict.fromkeys((*self.kept.paths, *names))))
        keep(self._root, self._errand, self.kept)


def _uncommitted(root: Path, kept: Kept) -> list[str]:
    tree = work_tree(root)
    return [path for path in kept.paths if path in tree.changed or path in tree.untracked]


def _touching(state: GitState, kept: Kept, since: str | None) -> bool:
    """Whether commits since one changed some of its files."""
    return any(state.commits_touching(path, since or None, "HEAD") for path in kept.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Takes what a command wrote to where it is reviewed."""

    root: Path
    errand: Errand
    ground: Ground
    say: Say
    now: str

    def hand_over(self, kept: Kept) -> Submitted:
        """Checks, commits, pushes and proposes it."""
        root, ground, state = self.root, self.ground, GitState(self.root)
        done = Submitted(who=self.errand.who, branch=ground.branch)
        remote = state.push_remote
        if changed := _uncommitted(root, kept):
            if name := self._sent_elsewhere(state, changed):
                return self._propose(replace(done, branch=name, remote=remote), f"refs/remotes/{remote}/{name}")
            branch = apart(state, self.errand, ground, kept, changed)
            done = self._checked(replace(done, branch=branch), changed)
            if done.refused:
                return done
            done = self._commit(done, changed)
        elif has_landed(state, "HEAD", ground.base) or not _touching(
            state, kept, state.merge_base("HEAD", ground.base)
        ):
            _withdraw(root, self.errand, ground)
            return replace(done, branch="")
        if remote:
            state = state.again()
            hold_unmarked(state)
            done = self._propose(self._send(state, replace(done, remote=remote)))
        keep(root, self.errand, replace(kept, branch=done.branch, sent=GitState(root).commit("HEAD") or ""))
        return done

    def _sent_elsewhere(self, state: GitState, changed: list[str]) -> str:
        """The branch that has from another clone what is to be sent here; then, and where it has another, nothing is left here."""
        remote = state.push_remote
        try:
            name = sent_elsewhere(state, self.errand, remote, changed, self.ground.base) if remote else ""
        except UsageError:
            self._take_back(changed)
            raise
        if name:
            self._take_back(changed)
            self.say(f"sent already, from another clone: {remote} has it on branch {name}; nothing is kept here")
        return name

    def _take_back(self, changed: list[str]) -> None:
        with writing(self.root):
            undo(self.root, changed)
        _withdraw(self.root, self.errand, self.ground)

    def _checked(self, done: Submitted, changed: list[str]) -> Submitted:
        """The errors that `assay check` finds, but in files that are changed here and not sent; warnings of those sent."""
        tree = work_tree(self.root)
        others = (tree.changed | tree.untracked).difference(changed)
        found = check(find_project(self.root), now=self.now).findings
        errors = [one for one in found if one.severity is Severity.ERROR and one.at.path not in others]
        new = {path for path in tree.untracked if path.startswith("labels/")}
        head = GitState(self.root).commit("HEAD") if not errors else None
        if head and (errors := errors_alone(self.root, head, changed, others)):
            self.say(
                "what would be sent does not hold without files that are changed here and not sent: send those first"
            )
        return replace(
            done,
            findings=tuple(errors) or tuple(one for one in found if one.at.path in changed),
            others=tuple(sorted((tree.changed | new).difference(changed))),
            refused=bool(errors),
        )

    def _commit(self, done: Submitted, changed: list[str]) -> Submitted:
        written = meant(self.root, changed)
        try:
            commit_files(self.root, changed, f"{self.errand.heading}\n\n{_listed(changed)}\n")
        except GitError as error:
            raise GitError(
                f"{error.message}\nnothing was committed or sent; what was written stays in {named(changed)}",
                fix=f"{error.fix}; {self.errand.again}",
            ) from error
        state = GitState(self.root)
        commit = state.commit("HEAD") or ""
        self.say(f"kept in commit {commit[:10]} on branch {done.branch}")
        hold_as_meant(state, written)
        return replace(done, commit=commit)

    def _send(self, state: GitState, done: Submitted) -> Submitted:
        root, remote = self.root, done.remote
        was_sent = bool(state.setting(f"branch.{done.branch}.remote"))
        theirs = f"refs/remotes/{remote}/{done.branch}"
        if there := self._reached(done, lambda: fetch_branch(root, remote, done.branch)):
            state = state.again()
        if there and not state.is_ancestor(theirs, "HEAD"):
            since = state.merge_base("HEAD", self.ground.base)
            own = sorted(state.paths_between(since, "HEAD")) if since and not was_sent else []
            if is_same_there(state, theirs, own):  # sent from another clone
                return done
            if not was_sent:
                done, there = replace(done, branch=self._renamed(state, done)), False
            elif merge(root, theirs):
                done = replace(done, merged=True)
            else:
                raise UsageError(
                    f"{remote} has commits on branch {done.branch}, from another place, that clash with those here",
                    fix="what was written is committed here and nothing was sent; bring the two together: "
                    f"git merge {remote}/{done.branch}; then {self.errand.again}",
                )
            state = state.again()
        if there and state.is_ancestor("HEAD", theirs):
            return done
        self.say(f"sending {done.branch} to {remote}")
        self._reached(done, lambda: push(root, remote, done.branch))
        return replace(done, pushed=True)

    def _renamed(self, state: GitState, done: Submitted) -> str:
        """Another branch for the same commits: on the remote the name is somebody else's."""
        name = free_name(state, self.errand.branch)
        make_branch(self.root, name, "HEAD")
        if done.branch != self.ground.came_from:
            drop_branch(self.root, done.branch, state.commit("HEAD") or "")
        self.say(f"{done.remote} has another branch {done.branch}; this one is called {name}")
        return name

    def _reached(self, done: Submitted, step: Callable[[], bool | None]) -> bool | None:
        kept = f"what was written is kept in a commit here, on branch {done.branch}"
        return reach(done.remote, done.branch, step, kept=kept, again=self.errand.again, say=self.say)

    def _propose(self, done: Submitted, sent: str = "HEAD") -> Submitted:
        state = GitState(self.root)
        since = state.merge_base(sent, self.ground.base)
        body = _listed(sorted(state.paths_between(since, sent))) if since else ""
        return replace(done, request=propose(state, done.remote, done.branch, self.errand.heading, body, self.say))


def _listed(paths: list[str]) -> str:
    more = len(paths) - _LISTED
    return "\n".join([*(f"- {path}" for path in paths[:_LISTED]), *([f"- and {more:,} more"] if more > 0 else [])])
