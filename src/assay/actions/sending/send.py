"""Run a command, commit just what it wrote, push and propose it; typed again after any stop, it goes on from there."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assay.actions.check import check
from assay.actions.day.request import open_request, proposal_of
from assay.actions.day.start import refresh
from assay.actions.errand import Errand, Kept, drop_sent, forget, keep, kept_of
from assay.actions.rewritten import hold_as_meant, meant
from assay.actions.sending.apart import apart
from assay.actions.sending.elsewhere import is_same_there, sent_elsewhere, undo
from assay.actions.sending.ground import Ground, arrive, free_name, has_landed, hold_ready, is_gone, leave
from assay.actions.stuck import hold_unmarked
from assay.errors import AssayError, ExitCode, GitError, UsageError
from assay.git.objects import clone_of
from assay.git.snapshot import WorkTree, tree_snapshot
from assay.model.finding import Finding, Severity
from assay.model.names import SOURCE_FOLDERS
from assay.model.sent import PullRequest, RequestState, Submitted
from assay.project import Project, find_project
from assay.project.find import PROJECT_FILE, project_in
from assay.project.roster import load_roster
from assay.review.kinds import place_of
from assay.review.project_findings import project_findings
from assay.store.files import WORK
from assay.store.git import commit_of, commits_touching, is_ancestor, merge_base, paths_between, push_remote, setting
from assay.store.lock import writing
from assay.store.pending import named
from assay.store.repository import commit_files, drop_branch, fetch_branch, make_branch, merge, push, tree_with
from assay.store.turn import taking_turn
from assay.store.watched import Watcher, watched_by
from assay.store.work_tree import work_tree

Say = Callable[[str], None]
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
        for remote in refresh(root):
            say(f"warning: {remote} could not be fetched from; going by what was fetched last")
        kept = kept_of(root, errand)
        with writing(root):
            ground = arrive(root, errand, kept)
            drop_sent(root, lambda name: is_gone(root, name, ground.base))
            code, kept = _written(root, errand, ground, kept, run)
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


def _written(root: Path, errand: Errand, ground: Ground, kept: Kept, run: Callable[[], int]) -> tuple[ExitCode, Kept]:
    """Runs the command, unless an earlier try of it wrote everything: how it ended, and what is kept of it."""
    if kept.sent and ground.branch == kept.branch and _stands(root, kept):
        return ExitCode.OK, kept
    kept = _unsent(kept)
    if kept.written and (_uncommitted(root, kept) or (kept.branch and _touching(root, kept, kept.before))):
        if not kept.branch:
            kept = replace(kept, branch=ground.branch, before=commit_of(root, "HEAD") or "")
            keep(root, errand, kept)
        return ExitCode.OK, kept
    files = _Files(
        root, errand, replace(kept, written=False, branch=ground.branch, before=commit_of(root, "HEAD") or "")
    )
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


def _stands(root: Path, kept: Kept) -> bool:
    """Whether the files of a command that was sent are in the branch that is checked out, as it left them."""
    return (
        is_ancestor(root, kept.sent, "HEAD") and not _uncommitted(root, kept) and not _touching(root, kept, kept.sent)
    )


def _withdraw(root: Path, errand: Errand, ground: Ground) -> None:
    """Leaves everything as it was before the command; where git cannot go back, the branch is one to go on from."""
    with suppress(GitError):
        leave(root, ground)
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
                hint="commit it or put it back first (git restore FILE; its changes are lost then), or leave out --submit",
            )
        self.there(own)

    def there(self, names: Iterable[str]) -> None:
        """Keeps the names."""
        self.kept = replace(self.kept, paths=tuple(dict.fromkeys((*self.kept.paths, *names))))
        keep(self._root, self._errand, self.kept)


def _uncommitted(root: Path, kept: Kept) -> list[str]:
    tree = work_tree(root)
    return [path for path in kept.paths if path in tree.changed or path in tree.untracked]


def _touching(root: Path, kept: Kept, since: str | None) -> bool:
    """Whether commits since one changed some of its files."""
    return any(commits_touching(root, path, since or None, "HEAD") for path in kept.paths)


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
        root, ground = self.root, self.ground
        done = Submitted(who=self.errand.who, branch=ground.branch)
        if changed := _uncommitted(root, kept):
            if name := self._sent_elsewhere(changed):
                return self._propose(
                    replace(done, branch=name, remote=push_remote(root)), f"{push_remote(root)}/{name}"
                )
            branch = apart(root, self.errand, ground, kept, changed)
            done = self._checked(replace(done, branch=branch), changed)
            if done.refused:
                return done
            done = self._commit(done, changed)
        elif has_landed(root, "HEAD", ground.base) or not _touching(root, kept, merge_base(root, "HEAD", ground.base)):
            _withdraw(root, self.errand, ground)
            return replace(done, branch="")
        remote = push_remote(root)
        if remote:
            hold_unmarked(root)
            done = self._propose(self._send(replace(done, remote=remote)))
        keep(root, self.errand, replace(kept, branch=done.branch, sent=commit_of(root, "HEAD") or ""))
        return done

    def _sent_elsewhere(self, changed: list[str]) -> str:
        """The branch that has from another clone what is to be sent here; then, and where it has another, nothing is left here."""
        root, remote = self.root, push_remote(self.root)
        try:
            name = sent_elsewhere(root, self.errand, remote, changed, self.ground.base) if remote else ""
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
        if not errors and (errors := self._alone(changed, others)):
            self.say(
                "what would be sent does not hold without files that are changed here and not sent: send those first"
            )
        return replace(
            done,
            findings=tuple(errors) or tuple(one for one in found if one.at.path in changed),
            others=tuple(sorted((tree.changed | new).difference(changed))),
            refused=bool(errors),
        )

    def _alone(self, changed: list[str], others: frozenset[str]) -> list[Finding]:
        """The errors that the files bring where none of the other changed files is, which they may rest on."""
        code = find_project(self.root).code
        head = commit_of(self.root, "HEAD")
        if head is None or not any(_is_rested_on(path, code) for path in others):
            return []
        clone = clone_of(self.root)
        if tree_snapshot(clone, head).entry(PROJECT_FILE) is None:
            return []
        before, after = (
            project_findings(project_in(tree_snapshot(clone, name))).findings
            for name in (head, tree_with(self.root, changed))
        )
        known = {_place(one) for one in before}
        return [one for one in after if one.severity is Severity.ERROR and _place(one) not in known]

    def _commit(self, done: Submitted, changed: list[str]) -> Submitted:
        written = meant(self.root, changed)
        try:
            commit_files(self.root, changed, f"{self._title}\n\n{_listed(changed)}\n")
        except GitError as error:
            raise GitError(
                f"{error.message}\nnothing was committed or sent; what was written stays in {named(changed)}",
                hint=f"{error.hint}; {self._again}",
            ) from error
        commit = commit_of(self.root, "HEAD") or ""
        self.say(f"kept in commit {commit[:10]} on branch {done.branch}")
        hold_as_meant(self.root, written)
        return replace(done, commit=commit)

    def _send(self, done: Submitted) -> Submitted:
        root, remote = self.root, done.remote
        was_sent = bool(setting(root, f"branch.{done.branch}.remote"))
        theirs = f"refs/remotes/{remote}/{done.branch}"
        there = self._reached(done, lambda: fetch_branch(root, remote, done.branch))
        if there and not is_ancestor(root, theirs, "HEAD"):
            if not was_sent and self._is_there(theirs):
                return done
            if not was_sent:
                done, there = replace(done, branch=self._renamed(done)), False
            elif merge(root, theirs):
                done = replace(done, merged=True)
            else:
                raise UsageError(
                    f"{remote} has commits on branch {done.branch}, from another place, that clash with those here",
                    hint="what was written is committed here and nothing was sent; bring the two together: "
                    f"git merge {remote}/{done.branch}; then {self._again}",
                )
        if there and is_ancestor(root, "HEAD", theirs):
            return done
        self.say(f"sending {done.branch} to {remote}")
        self._reached(done, lambda: push(root, remote, done.branch))
        return replace(done, pushed=True)

    def _is_there(self, theirs: str) -> bool:
        """Whether the remote's branch brings all that is to be sent, from another clone."""
        since = merge_base(self.root, "HEAD", self.ground.base)
        return since is not None and is_same_there(self.root, theirs, sorted(paths_between(self.root, since, "HEAD")))

    def _renamed(self, done: Submitted) -> str:
        """Another branch for the same commits: on the remote the name is somebody else's."""
        name = free_name(self.root, self.errand.branch)
        make_branch(self.root, name, "HEAD")
        if done.branch != self.ground.came_from:
            drop_branch(self.root, done.branch, commit_of(self.root, "HEAD") or "")
        self.say(f"{done.remote} has another branch {done.branch}; this one is called {name}")
        return name

    def _reached(self, done: Submitted, step: Callable[[], bool | None]) -> bool | None:
        kept = f"what was written is kept in a commit here, on branch {done.branch}"
        try:
            return step()
        except GitError as error:
            raise UsageError(
                f"{done.remote} did not take branch {done.branch}: {error.message}",
                hint=f"{kept}; {self._again} {error.when or 'once that is settled'}",
            ) from error
        except KeyboardInterrupt:
            self.say(f"{kept}; whether {done.remote} has it is not certain: {self._again}")
            raise

    def _propose(self, done: Submitted, sent: str = "HEAD") -> Submitted:
        since = merge_base(self.root, sent, self.ground.base)
        body = _listed(sorted(paths_between(self.root, since, sent))) if since else ""
        proposal = proposal_of(self.root, done.remote, done.branch, self._title, body)
        if proposal is None:
            why = f"{done.remote} is on no forge that assay knows"
            return replace(done, request=PullRequest(state=RequestState.NONE, why=why))
        self.say("looking for the pull request")
        return replace(done, request=open_request(self.root, proposal))

    @property
    def _again(self) -> str:
        return f"`{self.errand.typed}` again goes on from here"

    @property
    def _title(self) -> str:
        return f"{self.errand.title} by {self.errand.who}"


def _is_rested_on(path: str, code: Sequence[str]) -> bool:
    """Whether what stands in other files may rest on a file: on anything that is judged but somebody's own answers."""
    kind = place_of(path, code).kind
    return path.partition("/")[0] in SOURCE_FOLDERS and not kind.own


def _place(one: Finding) -> tuple[str, ...]:
    """What a finding is told by where lines have moved."""
    return one.rule, one.at.path, one.at.pointer, one.item, one.annotator, one.message


def _listed(paths: list[str]) -> str:
    more = len(paths) - _LISTED
    return "\n".join([*(f"- {path}" for path in paths[:_LISTED]), *([f"- and {more:,} more"] if more > 0 else [])])
