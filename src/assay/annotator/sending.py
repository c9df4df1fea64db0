"""Run a command, commit only what it wrote, push and propose it; the same command again resumes after any interruption."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assay import git
from assay.annotator import send_branch, submission
from assay.annotator.batch_start import refresh
from assay.annotator.change_check import check
from assay.clone import require_unmarked
from assay.core import Severity
from assay.errors import AssayError, ExitCode, GitError, UsageError
from assay.files import WORK, Watcher, format_names, taking_turn, watched_by, writing
from assay.forge import Say, Submitted, open_pull_request, reach
from assay.project import Project, find_project, load_roster

_LISTED = 20


def run_and_send(
    project: Project, command: submission.SendCommand, run: Callable[[], int], say: Say, *, now: str
) -> tuple[ExitCode, Submitted]:
    """Runs a command on a branch of the annotator and sends the files that it wrote; returns the exit code and what was sent.

    The files are checked as `assay check` does: with errors nothing is committed and the files stay. Where it writes
    nothing, or refuses, everything is as before. The same command again resumes an interrupted one; where all was sent and
    is not merged yet, it runs nothing and says so.

    Raises:
        AssayError: the command raised it; or the branch, the commit or sending failed.
    """
    root = project.root
    with taking_turn(root):
        send_branch.require_ready(root, command, load_roster(project).annotators)
        for remote in refresh(git.GitState(root)):
            say(f"warning: {remote} could not be fetched; using what was fetched last")
        progress = submission.load_progress(root, command)
        with writing(root):
            state = git.GitState(root)
            work = send_branch.check_out_branch(state, command, progress)
            state = state.again()
            submission.drop_sent(root, lambda name: send_branch.is_done(state, name, work.base))
            code, progress = _written(state, command, work, progress, run)
        return code, _Sender(root=root, command=command, work=work, say=say, now=now).hand_over(progress)


def run_and_record(project: Project, command: submission.SendCommand, run: Callable[[], int | None]) -> int | None:
    """Runs a command without sending, and records what it wrote: the same command with `--submit` then only sends.

    Where it wrote to files with changes made by hand, nothing is recorded.
    """
    root = project.root
    try:
        progress = _unsent(submission.load_progress(root, command))
        if progress.branch or not git.WorkTree(root).in_git:
            return run()
        tree = git.work_tree(root)
    except AssayError:
        return run()
    paths: list[str] = []
    with watched_by(Watcher(before=paths.extend, unchanged=paths.extend)):
        code = run()
    own = tuple(dict.fromkeys(path for path in paths if not path.startswith(f"{WORK}/")))
    if own and not (tree.changed | tree.untracked).difference(progress.paths).intersection(own):
        submission.save_progress(root, command, replace(progress, paths=own, written=True))
    return code


def _written(
    state: git.GitState,
    command: submission.SendCommand,
    work: send_branch.WorkBranch,
    progress: submission.CommandProgress,
    run: Callable[[], int],
) -> tuple[ExitCode, submission.CommandProgress]:
    """Runs the command, unless an earlier run wrote everything; returns the exit code and its progress."""
    root, head = state.root, state.commit("HEAD") or ""
    stands = progress.sent and work.branch == progress.branch and state.is_ancestor(progress.sent, "HEAD")
    if stands and not (_uncommitted(root, progress) or _touching(state, progress, progress.sent)):
        return ExitCode.OK, progress
    progress = _unsent(progress)
    if progress.written and (
        _uncommitted(root, progress) or (progress.branch and _touching(state, progress, progress.before))
    ):
        if not progress.branch:
            progress = replace(progress, branch=work.branch, before=head)
            submission.save_progress(root, command, progress)
        return ExitCode.OK, progress
    files = _Files(root, command, replace(progress, written=False, branch=work.branch, before=head))
    try:
        with watched_by(Watcher(before=files.before, unchanged=files.there)):
            code = ExitCode(run())
    except BaseException:
        if not _uncommitted(root, files.progress):
            _withdraw(root, command, work)
        raise
    if files.progress.paths:
        submission.save_progress(root, command, replace(files.progress, written=True))
    return code, files.progress


def _unsent(progress: submission.CommandProgress) -> submission.CommandProgress:
    """The progress of a command that is still to be sent; of one that was sent, an empty one."""
    return submission.CommandProgress(who=progress.who, typed=progress.typed) if progress.sent else progress


def _withdraw(root: Path, command: submission.SendCommand, work: send_branch.WorkBranch) -> None:
    """Restores the state before the command; where git cannot switch back, the branch stays checked out."""
    with suppress(GitError):
        send_branch.restore_branch(git.GitState(root), work)
    submission.delete_progress(root, command)


class _Files:
    """The files that a command writes, recorded on disk before the first is touched."""

    def __init__(self, root: Path, command: submission.SendCommand, progress: submission.CommandProgress) -> None:
        tree = git.work_tree(root)
        self.progress = progress
        self._root = root
        self._errand = command
        self._loose = (tree.changed | tree.untracked).difference(progress.paths)

    def before(self, names: Iterable[str]) -> None:
        """Records the names, unless one of them has other uncommitted changes, which would be sent too."""
        own = [name for name in names if not name.startswith(f"{WORK}/")]
        if loose := sorted(self._loose.intersection(own)):
            raise UsageError(
                f"{format_names(loose)}: changed here and not committed, and would be sent too",
                fix="commit it, discard it (git restore FILE), or omit --submit",
            )
        self.there(own)

    def there(self, names: Iterable[str]) -> None:
        self.progress = replace(self.progress, paths=tuple(dict.fromkeys((*self.progress.paths, *names))))
        submission.save_progress(self._root, self._errand, self.progress)


def _uncommitted(root: Path, progress: submission.CommandProgress) -> list[str]:
    tree = git.work_tree(root)
    return [path for path in progress.paths if path in tree.changed or path in tree.untracked]


def _touching(state: git.GitState, progress: submission.CommandProgress, since: str | None) -> bool:
    return any(state.commits_touching(path, since or None, "HEAD") for path in progress.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    root: Path
    command: submission.SendCommand
    work: send_branch.WorkBranch
    say: Say
    now: str

    def hand_over(self, progress: submission.CommandProgress) -> Submitted:
        """Checks, commits, pushes and proposes it."""
        root, work, state = self.root, self.work, git.GitState(self.root)
        done = Submitted(who=self.command.who, branch=work.branch)
        remote = state.push_remote
        if changed := _uncommitted(root, progress):
            if name := self._sent_elsewhere(state, changed):
                return self._propose(replace(done, branch=name, remote=remote), f"refs/remotes/{remote}/{name}")
            branch = send_branch.branch_for_files(state, self.command, work, progress, changed)
            done = self._checked(replace(done, branch=branch), changed)
            if done.refused:
                return done
            done = self._commit(done, changed)
        elif send_branch.is_merged(state, "HEAD", work.base) or not _touching(
            state, progress, state.merge_base("HEAD", work.base)
        ):
            _withdraw(root, self.command, work)
            return replace(done, branch="")
        if remote:
            state = state.again()
            require_unmarked(state)
            done = self._propose(self._send(state, replace(done, remote=remote)))
        submission.save_progress(
            root, self.command, replace(progress, branch=done.branch, sent=git.GitState(root).commit("HEAD") or "")
        )
        return done

    def _sent_elsewhere(self, state: git.GitState, changed: list[str]) -> str:
        """The branch on which another clone sent the same files already; then, and where that branch conflicts, nothing is left here."""
        remote = state.push_remote
        try:
            name = (
                send_branch.sent_from_other_clone(state, self.command, remote, changed, self.work.base)
                if remote
                else ""
            )
        except UsageError:
            self._take_back(changed)
            raise
        if name:
            self._take_back(changed)
            self.say(f"already sent from another clone: {remote} has it on branch {name}; nothing is kept here")
        return name

    def _take_back(self, changed: list[str]) -> None:
        with writing(self.root):
            send_branch.restore_files(self.root, changed)
        _withdraw(self.root, self.command, self.work)

    def _checked(self, done: Submitted, changed: list[str]) -> Submitted:
        """Errors of `assay check`, except in changed files that are not sent; else the warnings in those that are."""
        tree = git.work_tree(self.root)
        others = (tree.changed | tree.untracked).difference(changed)
        found = check(find_project(self.root), now=self.now).findings
        errors = [one for one in found if one.severity is Severity.ERROR and one.at.path not in others]
        new = {path for path in tree.untracked if path.startswith("labels/")}
        head = git.GitState(self.root).commit("HEAD") if not errors else None
        if head and (errors := send_branch.errors_alone(self.root, head, changed, others)):
            self.say(
                "what would be sent is not valid without files that are changed here and not sent: send those first"
            )
        return replace(
            done,
            findings=tuple(errors) or tuple(one for one in found if one.at.path in changed),
            others=tuple(sorted((tree.changed | new).difference(changed))),
            refused=bool(errors),
        )

    def _commit(self, done: Submitted, changed: list[str]) -> Submitted:
        written = submission.label_bytes(self.root, changed)
        try:
            git.commit_files(self.root, changed, f"{self.command.heading}\n\n{_listed(changed)}\n")
        except GitError as error:
            raise GitError(
                f"{error.message}\nnothing was committed or sent; what was written stays in {format_names(changed)}",
                fix=f"{error.fix}; {self.command.again}",
            ) from error
        state = git.GitState(self.root)
        commit = state.commit("HEAD") or ""
        self.say(f"kept in commit {commit[:10]} on branch {done.branch}")
        submission.require_as_written(state, written)
        return replace(done, commit=commit)

    def _send(self, state: git.GitState, done: Submitted) -> Submitted:
        root, remote = self.root, done.remote
        was_sent = bool(state.setting(f"branch.{done.branch}.remote"))
        theirs = f"refs/remotes/{remote}/{done.branch}"
        if there := self._reached(done, lambda: git.fetch_branch(root, remote, done.branch)):
            state = state.again()
        if there and not state.is_ancestor(theirs, "HEAD"):
            since = state.merge_base("HEAD", self.work.base)
            own = sorted(state.paths_between(since, "HEAD")) if since and not was_sent else []
            if send_branch.is_same_there(state, theirs, own):  # sent from another clone
                return done
            if not was_sent:
                done, there = replace(done, branch=self._renamed(state, done)), False
            elif git.merge_revision(root, theirs):
                done = replace(done, merged=True)
            else:
                raise UsageError(
                    f"{remote} has commits on branch {done.branch}, from another clone, that conflict with those here",
                    fix="what was written is committed here and nothing was sent; merge the two: "
                    f"git merge {remote}/{done.branch}; then {self.command.again}",
                )
            state = state.again()
        if there and state.is_ancestor("HEAD", theirs):
            return done
        self.say(f"sending {done.branch} to {remote}")
        self._reached(done, lambda: git.push(root, remote, done.branch))
        return replace(done, pushed=True)

    def _renamed(self, state: git.GitState, done: Submitted) -> str:
        """Moves the commits to another branch, as the remote has one of this name with other commits."""
        name = send_branch.free_name(state, self.command.branch)
        git.make_branch(self.root, name, "HEAD")
        if done.branch != self.work.came_from:
            git.drop_branch(self.root, done.branch, state.commit("HEAD") or "")
        self.say(f"{done.remote} has another branch {done.branch}; this one is named {name}")
        return name

    def _reached(self, done: Submitted, step: Callable[[], bool | None]) -> bool | None:
        kept = f"what was written is kept in a commit here, on branch {done.branch}"
        return reach(done.remote, done.branch, step, kept=kept, again=self.command.again, say=self.say)

    def _propose(self, done: Submitted, sent: str = "HEAD") -> Submitted:
        state = git.GitState(self.root)
        since = state.merge_base(sent, self.work.base)
        body = _listed(sorted(state.paths_between(since, sent))) if since else ""
        return replace(
            done, request=open_pull_request(state, done.remote, done.branch, self.command.heading, body, self.say)
        )


def _listed(paths: list[str]) -> str:
    more = len(paths) - _LISTED
    return "\n".join([*(f"- {path}" for path in paths[:_LISTED]), *([f"- and {more:,} more"] if more > 0 else [])])
