"""`assay start`: a clean branch for a batch, or the unfinished one."""

from dataclasses import dataclass
from pathlib import Path

from assay.annotator.blind import NothingOpenError, asked_items, hide_peers, is_blind, open_part, show_peers
from assay.annotator.branches import (
    OwnBranch,
    branches_of,
    free_branch,
    is_only_here,
    is_unused,
    is_waiting,
    other_branches,
    own_branch,
    parts_outside_branches,
    remote_of,
    unsent_branches,
)
from assay.annotator.own_files import Part, parts_among
from assay.annotator.unmerged import unmerged_answers
from assay.clone import require_kept, require_sound
from assay.errors import GitError, UsageError
from assay.files import taking_turn
from assay.forge import Arrival, Started
from assay.git import (
    DefaultBranch,
    GitState,
    WorkState,
    author_email,
    commit_of,
    current_branch,
    fetch,
    follow_branch,
    forward,
    has_head,
    independent,
    is_of_this_clone,
    is_repository,
    make_branch,
    shared_default,
    snapshot_named,
    switch,
    work_tree,
)
from assay.labels import Unmerged, read_own, unread_text, write_own
from assay.project import Project, find_project, load_roster


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """The options of `assay start`; an empty `batch` is the only open one, `blind` None leaves it as it is."""

    task: str
    batch: str = ""
    fresh: bool = False
    offline: bool = False
    blind: bool | None = None


def start(project: Project, who: str, options: StartOptions) -> Started:
    """Checks out a branch for a part of a batch: the one that has answers still to be merged, else a fresh one.

    Uncommitted changes stay as they are; where they would move to another branch, nothing happens. Where
    the batch is closed, or nothing is open, the clone is brought to the default branch, unless something is unsaved.

    Raises:
        ConfigError: the batch's plan cannot be read.
        GitError: git refuses, for instance because a file in the way would be overwritten.
        UsageError: nothing is open, or uncommitted changes are in the way; or another command is
            committing or sending from this clone.
    """
    root = project.root
    with taking_turn(root):
        require_usable_repository(root)
        unreached = () if options.offline else refresh(GitState(root))
        state = GitState(root)
        try:
            part = open_part(
                snapshot_named(root, state.default.revision), Part(task=options.task, batch=options.batch, who=who)
            )
        except NothingOpenError as error:
            said, way = _come_home(state, who)
            raise UsageError("; ".join(filter(None, (error.message, said))), fix=way or error.fix) from error
        if options.blind is False:
            show_peers(root)
        unmerged = None if options.fresh else unmerged_answers(project, who, load_roster(project), state)
        branch, arrival = _arrive(state, part, unmerged)
        if options.blind or (options.blind is None and is_blind(root)):
            hide_peers(root, part)
        writes = not options.fresh and arrival in {Arrival.ALREADY, Arrival.RESUMED, Arrival.FETCHED}
        notes = _bring(find_project(root), part, state.again(), writes=writes)
        return Started(
            who=who,
            task=part.task,
            batch=part.batch,
            branch=branch.name,
            arrival=arrival,
            base=_short(state.default),
            unreached=unreached,
            unsent=bool(_own_changes(work_tree(root), who)),
            blind=is_blind(root),
            notes=notes,
        )


def _bring(project: Project, part: Part, state: GitState, *, writes: bool) -> tuple[str, ...]:
    """Notes on answers of the part that other branches have; `writes` puts those answers into the file."""
    root = project.root
    unmerged = unmerged_answers(project, part.who, load_roster(project), state)
    if part.path not in unmerged.elsewhere:
        return tuple(map(unread_text, unmerged.unread))
    own, asked = read_own(root, part.path), asked_items(project.snapshot, part) or frozenset()
    together = unmerged.over(own, asked)
    if together.taken and writes:
        write_own(root, together.own)
    return tuple(unmerged.messages(own, asked))


def _come_home(state: GitState, who: str) -> tuple[str, str]:
    """Checks out the default branch as fetched, unless something would be left behind; returns a message and a fix."""
    root, here, shared = state.root, state.branch, state.default
    if state.commit("HEAD") == state.commit(shared.revision) and here in {"", shared.name}:
        return "", ""
    stays = f"this clone stays on {here or 'no branch'}, as it is"
    try:
        _hold_clean(state, who)
        if here in unsent_branches(state, who) or (here and own_branch(here) is None and is_only_here(state, here)):
            return (
                f"{stays}: {here} has commits that no remote has",
                "`assay todo` shows what sends them; then start again",
            )
        if state.commit(f"refs/heads/{shared.name}"):
            switch(root, shared.name)
            forward(root, shared.revision)
        else:
            follow_branch(root, shared.name, shared.reference)
    except (GitError, UsageError) as error:
        return f"{stays}: {error.message}", error.fix
    if not state.again().is_ancestor(shared.revision, "HEAD"):
        return f"{shared.name} here has commits that {_short(shared)} lacks, so it is not brought up to date", ""
    return f"this clone is on {shared.name} now, as last fetched", ""


def _short(shared: DefaultBranch) -> str:
    return shared.revision.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def require_usable_repository(root: Path) -> None:
    """Requires a readable repository with a commit, and no git operation in progress.

    Raises:
        UsageError: one of these is missing.
    """
    require_sound(root)
    if not is_repository(root):
        raise UsageError("this folder is not a git repository", fix="work in a clone of the project: git clone ADDRESS")
    if commit_of(root, "HEAD") is None:
        if has_head(root):
            raise UsageError(
                f"the last commit of {current_branch(root) or 'HEAD'} cannot be read, as after a power failure",
                fix="`assay doctor --mend` repairs it and loses no answer; then run this again",
            )
        if (name := shared_default(root).name) and commit_of(root, shared_default(root).revision):
            raise UsageError(
                f"{current_branch(root) or 'HEAD'} is checked out, and has no commit; {name} has",
                fix=f"git symbolic-ref HEAD refs/heads/{name} goes back there and changes no file; then run this again",
            )
        raise UsageError("nothing is committed here yet", fix="the lead commits the project first")


def require_author(root: Path, who: str, what: str, again: str) -> None:
    """Requires that git knows who commits here; `what` would be signed with the name, and the fix ends with `again`.

    Raises:
        UsageError: git has no author.
    """
    if not author_email(root):
        raise UsageError(
            f"git does not know who you are, so it cannot sign {what} with a name",
            fix=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG, then {again}",
        )


def fetch_now(project: Project) -> tuple[str, ...]:
    """Fetches what is new, and nothing else; returns the remotes that did not answer.

    Raises:
        UsageError: there is no repository to fetch into, or another command is committing or sending from this clone.
    """
    if not is_repository(project.root):
        raise UsageError("this folder is not a git repository", fix="work in a clone of the project: git clone ADDRESS")
    with taking_turn(project.root):
        return refresh(GitState(project.root))


def refresh(state: GitState) -> tuple[str, ...]:
    """Fetches from the base and push remotes; returns those that did not answer, each with the reason. `state` is stale then.

    Raises:
        GitError: the fault is in this clone: a lock, the disk, a file without write permission.
    """
    unreached = []
    for remote in dict.fromkeys(name for name in (state.base_remote, state.push_remote) if name):
        try:
            fetch(state.root, remote)
        except GitError as error:
            if is_of_this_clone(error.kind):
                raise
            reason = error.message.removeprefix("git fetch: ").splitlines()[0]
            unreached.append(f"{remote} ({reason})")
    return tuple(unreached)


def _arrive(state: GitState, part: Part, unmerged: Unmerged | None) -> tuple[OwnBranch, Arrival]:
    root, base = state.root, state.default.revision
    waiting = None if unmerged is None else _waiting(state, part, base, unmerged)
    if waiting is not None and state.branch == waiting.name:
        _catch_up(state, waiting, base)
        return waiting, Arrival.ALREADY
    _hold_clean(state, part.who)
    if waiting is None:
        branch = free_branch(state, part)
        make_branch(root, branch.name, base)
        return branch, Arrival.NEW
    if not waiting.is_local:
        follow_branch(root, waiting.name, remote_of(state, waiting))
        return waiting, Arrival.FETCHED
    arrival = Arrival.UNUSED if is_unused(state, waiting, base) else Arrival.RESUMED
    switch(root, waiting.name)
    _catch_up(state, waiting, base)
    return waiting, arrival


def _waiting(state: GitState, part: Part, base: str, unmerged: Unmerged) -> OwnBranch | None:
    """The newest branch with unmerged answers, of any name, that no other branch contains; else an unused one."""
    branches = branches_of(state, part)
    others = other_branches(state, part, unmerged.branches.get(part.path, ()))
    waiting = [*(branch for branch in branches if is_waiting(state, branch, base)), *others]
    tips = {branch.name: {state.commit(name) or "" for name in branch.known_as} for branch in waiting}
    alone = independent(state.root, sorted(set[str]().union(*tips.values()) - {""}))
    first = next((branch for branch in waiting if not alone.isdisjoint(tips[branch.name])), None)
    return first or next((branch for branch in branches if is_unused(state, branch, base)), None)


def _catch_up(state: GitState, branch: OwnBranch, base: str) -> None:
    """Fast-forwards a branch to its remote, and an unused one to the default branch."""
    ahead = remote_of(state, branch) or (base if is_unused(state, branch, base) else "")
    if ahead and not work_tree(state.root).changed:
        forward(state.root, ahead)


def _hold_clean(state: GitState, who: str) -> None:
    """Requires that no local change would be left behind or moved to another branch."""
    tree = work_tree(state.root)
    if mine := _own_changes(tree, who) or parts_outside_branches(state, who):
        raise UsageError(
            f"answers of yours are not handed in yet: {', '.join(part.name for part in mine)}",
            fix="`assay submit` hands them in (`assay submit --no-push` only keeps them); then start again",
        )
    if tree.changed:
        listed = ", ".join(sorted(tree.changed)[:5])
        raise UsageError(
            f"changes here are not committed, and would move to another branch: {listed}",
            fix="commit them, or discard them: git restore FILE",
        )
    require_kept(state.root)


def _own_changes(tree: WorkState, who: str) -> tuple[Part, ...]:
    return parts_among(tree.changed | tree.untracked, who)
