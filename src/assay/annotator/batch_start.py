"""`assay start`: a clean branch for a batch, or the unfinished one."""

from dataclasses import dataclass
from pathlib import Path

from assay import git
from assay.annotator import branches
from assay.annotator.blind import NothingOpenError, asked_items, hide_peers, is_blind, open_part, show_peers
from assay.annotator.own_files import Part, parts_among
from assay.annotator.unmerged import unmerged_answers
from assay.clone import require_kept, require_sound
from assay.errors import GitError, UsageError
from assay.files import taking_turn
from assay.forge import Arrival, Started
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
        unreached = () if options.offline else refresh(git.GitState(root))
        state = git.GitState(root)
        try:
            part = open_part(
                git.snapshot_named(root, state.default.revision), Part(task=options.task, batch=options.batch, who=who)
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
        tree = git.work_tree(root)
        return Started(
            who=who,
            task=part.task,
            batch=part.batch,
            branch=branch.name,
            arrival=arrival,
            base=_short(state.default),
            unreached=unreached,
            unsent=bool(parts_among(tree.changed | tree.untracked, who)),
            blind=is_blind(root),
            notes=notes,
        )


def _bring(project: Project, part: Part, state: git.GitState, *, writes: bool) -> tuple[str, ...]:
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


def _come_home(state: git.GitState, who: str) -> tuple[str, str]:
    """Checks out the default branch as fetched, unless something would be left behind; returns a message and a fix."""
    root, here, shared = state.root, state.branch, state.default
    if state.commit("HEAD") == state.commit(shared.revision) and here in {"", shared.name}:
        return "", ""
    stays = f"this clone stays on {here or 'no branch'}, as it is"
    try:
        _require_clean(state, who)
        if here in branches.unsent_branches(state, who) or (
            here and branches.own_branch(here) is None and branches.is_only_here(state, here)
        ):
            return (
                f"{stays}: {here} has commits that no remote has",
                "`assay todo` shows what sends them; then start again",
            )
        if state.commit(f"refs/heads/{shared.name}"):
            git.switch(root, shared.name)
            git.forward(root, shared.revision)
        else:
            git.follow_branch(root, shared.name, shared.reference)
    except (GitError, UsageError) as error:
        return f"{stays}: {error.message}", error.fix
    if not state.again().is_ancestor(shared.revision, "HEAD"):
        return f"{shared.name} here has commits that {_short(shared)} lacks, so it is not brought up to date", ""
    return f"this clone is on {shared.name} now, as last fetched", ""


def _short(shared: git.DefaultBranch) -> str:
    return shared.revision.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def require_usable_repository(root: Path) -> None:
    """Requires a readable repository with a commit, and no git operation in progress.

    Raises:
        UsageError: one of these is missing.
    """
    require_sound(root)
    if not git.is_repository(root):
        raise UsageError("this folder is not a git repository", fix="work in a clone of the project: git clone ADDRESS")
    if git.commit_of(root, "HEAD") is None:
        if git.has_head(root):
            raise UsageError(
                f"the last commit of {git.current_branch(root) or 'HEAD'} cannot be read, as after a power failure",
                fix="`assay doctor --mend` repairs it and loses no answer; then run this again",
            )
        if (name := git.shared_default(root).name) and git.commit_of(root, git.shared_default(root).revision):
            raise UsageError(
                f"{git.current_branch(root) or 'HEAD'} is checked out, and has no commit; {name} has",
                fix=f"git symbolic-ref HEAD refs/heads/{name} goes back there and changes no file; then run this again",
            )
        raise UsageError("nothing is committed here yet", fix="the lead commits the project first")


def require_author(root: Path, who: str, what: str, again: str) -> None:
    """Requires that git knows who commits here; `what` would be signed with the name, and the fix ends with `again`.

    Raises:
        UsageError: git has no author.
    """
    if not git.author_email(root):
        raise UsageError(
            f"git does not know who you are, so it cannot sign {what} with a name",
            fix=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG, then {again}",
        )


def fetch_now(project: Project) -> tuple[str, ...]:
    """Fetches what is new, and nothing else; returns the remotes that did not answer.

    Raises:
        UsageError: there is no repository to fetch into, or another command is committing or sending from this clone.
    """
    if not git.is_repository(project.root):
        raise UsageError("this folder is not a git repository", fix="work in a clone of the project: git clone ADDRESS")
    with taking_turn(project.root):
        return refresh(git.GitState(project.root))


def refresh(state: git.GitState) -> tuple[str, ...]:
    """Fetches from the base and push remotes; returns those that did not answer, each with the reason. `state` is stale then.

    Raises:
        GitError: the fault is in this clone: a lock, the disk, a file without write permission.
    """
    unreached = []
    for remote in dict.fromkeys(name for name in (state.base_remote, state.push_remote) if name):
        try:
            git.fetch(state.root, remote)
        except GitError as error:
            if git.is_of_this_clone(error.kind):
                raise
            reason = error.message.removeprefix("git fetch: ").splitlines()[0]
            unreached.append(f"{remote} ({reason})")
    return tuple(unreached)


def _arrive(state: git.GitState, part: Part, unmerged: Unmerged | None) -> tuple[branches.OwnBranch, Arrival]:
    root, base = state.root, state.default.revision
    waiting = None if unmerged is None else _waiting(state, part, base, unmerged)
    if waiting is not None and state.branch == waiting.name:
        _catch_up(state, waiting, base)
        return waiting, Arrival.ALREADY
    _require_clean(state, part.who)
    if waiting is None:
        branch = branches.free_branch(state, part)
        git.make_branch(root, branch.name, base)
        return branch, Arrival.NEW
    if f"refs/heads/{waiting.name}" not in waiting.known_as:
        git.follow_branch(root, waiting.name, branches.remote_of(state, waiting))
        return waiting, Arrival.FETCHED
    arrival = Arrival.UNUSED if branches.is_unused(state, waiting, base) else Arrival.RESUMED
    git.switch(root, waiting.name)
    _catch_up(state, waiting, base)
    return waiting, arrival


def _waiting(state: git.GitState, part: Part, base: str, unmerged: Unmerged) -> branches.OwnBranch | None:
    """The newest branch with unmerged answers, of any name, that no other branch contains; else an unused one."""
    own = branches.branches_of(state, part)
    others = branches.other_branches(state, part, unmerged.branches.get(part.path, ()))
    waiting = [*(branch for branch in own if branches.is_waiting(state, branch, base)), *others]
    tips = {branch.name: {state.commit(name) or "" for name in branch.known_as} for branch in waiting}
    alone = git.independent(state.root, sorted(set[str]().union(*tips.values()) - {""}))
    first = next((branch for branch in waiting if not alone.isdisjoint(tips[branch.name])), None)
    return first or next((branch for branch in own if branches.is_unused(state, branch, base)), None)


def _catch_up(state: git.GitState, branch: branches.OwnBranch, base: str) -> None:
    """Fast-forwards a branch to its remote, and an unused one to the default branch."""
    ahead = branches.remote_of(state, branch) or (base if branches.is_unused(state, branch, base) else "")
    if ahead and not git.work_tree(state.root).changed:
        git.forward(state.root, ahead)


def _require_clean(state: git.GitState, who: str) -> None:
    """Requires that no local change would be left behind or moved to another branch."""
    tree = git.work_tree(state.root)
    if mine := parts_among(tree.changed | tree.untracked, who) or branches.parts_outside_branches(state, who):
        raise UsageError(
            f"unsubmitted answers of yours: {', '.join(part.name for part in mine)}",
            fix="`assay submit` hands them in (`assay submit --no-push` only keeps them); then start again",
        )
    if tree.changed:
        listed = ", ".join(sorted(tree.changed)[:5])
        raise UsageError(
            f"changes here are not committed, and would move to another branch: {listed}",
            fix="commit them, or discard them: git restore FILE",
        )
    require_kept(state.root)
