"""`assay submit`: check, commit, push and propose what is mine; everything else stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assay.annotator.batch_start import hold_repository, refresh
from assay.annotator.branches import (
    free_branch,
    has_landed,
    own_branch,
    parts_since,
    stray_parts,
    unused_branch,
    was_pushed,
)
from assay.annotator.change_check import check_files
from assay.annotator.own_files import Part, merge_own, parts_among
from assay.annotator.submission import body, commit_message, count_changed, handed, hold_as_meant, meant, subject
from assay.annotator.unmerged import join
from assay.clone import hold_unmarked
from assay.core import Finding, Severity
from assay.errors import GitError, UsageError
from assay.files import digest_bytes, taking_turn, writing
from assay.forge import PullRequest, Say, Submitted, propose, reach
from assay.git import (
    GitState,
    WorkState,
    author_email,
    commit_files,
    fetch_branch,
    make_branch,
    push,
    switch,
    work_tree,
)
from assay.labels import read_own, write_own
from assay.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitWish:
    """What somebody wants to hand in: an empty `task` or `batch` is every one; a `message` for the commit.

    `now` (RFC 3339, UTC) is what times are held against; None: no time is in the future. `ask` is asked where more than
    the batch named goes along, and says whether to go on; None: it goes on.
    """

    task: str = ""
    batch: str = ""
    message: str = ""
    push: bool = True
    now: str | None = None
    ask: Callable[[str], bool] | None = None


def submit(project: Project, who: str, wish: SubmitWish, say: Say) -> Submitted:
    """Hands in somebody's own files: written canonically, checked, committed alone, pushed, proposed.

    `say` is told of every step that stands, so that whoever interrupts knows how far it got. Errors in the files are
    the answer, and then nothing is committed.

    Raises:
        ConfigError: a configuration file, or the plan of a batch, is broken.
        GitError: git refuses.
        UsageError: git knows nobody, the remote cannot be reached, or has answers that clash with these; or another
            command is committing or sending from this clone.
    """
    with taking_turn(project.root):
        return _submit(project, who, wish, say)


def _submit(project: Project, who: str, wish: SubmitWish, say: Say) -> Submitted:
    root = project.root
    hold_repository(root)
    tree = work_tree(root)
    parts = tuple(part for part in parts_among(tree.changed | tree.untracked, who) if _wanted(part, wish))
    done = Submitted(who=who, others=_others(tree, parts))
    findings = _findings(project, parts, wish.now)
    if _errors(findings):
        return replace(done, refused=True, findings=findings)
    if wish.push:
        for remote in refresh(GitState(root)):
            say(f"warning: {remote} could not be fetched from; going by what was fetched last")
    state = GitState(root)
    if not _goes_on(state, who, parts, wish, say):
        return replace(done, declined=True)
    if parts:
        _hold_identity(root, who)
        lasting = tuple(one for one in findings if one.rule != "label/not-canonical")  # writing the file settles that
        done = _commit(state.again(), replace(done, findings=lasting), _written(root, parts), wish, say)
    if wish.push and not state.push_remote:
        say("there is no remote to send to: git remote add origin ADDRESS; then `assay submit` sends what is kept here")
    return _hand_over(project, state.again(), done, wish.now, say) if wish.push else done


def _goes_on(state: GitState, who: str, parts: Sequence[Part], wish: SubmitWish, say: Say) -> bool:
    """Says which batches the branch holds where there are several, each with its answers; whether to hand them in."""
    base = state.default.revision
    committed = [part for part in parts_since(state, base, who) if not has_landed(state, "HEAD", base, part)]
    held = sorted({*parts, *committed}, key=lambda part: part.path)
    if len(held) < 2:
        return True
    since = state.merge_base("HEAD", base)
    counted = ((part, count_changed(state, part, since, in_tree=part in parts)) for part in held)
    listed = ", ".join(f"{part.name} ({number:,} answer{'' if number == 1 else 's'})" for part, number in counted)
    say(f"warning: {len(held)} batches are on this branch, and are reviewed and merged together: {listed}")
    if len(parts) < 2 or wish.task:
        return True
    say(f"`assay submit {parts[0].task} {parts[0].batch}` hands in one of them, and leaves the others here")
    return wish.ask is None or wish.ask(f"Hand in all {len(held)} together?")


def _others(tree: WorkState, parts: Sequence[Part]) -> tuple[str, ...]:
    """What is changed, or new among the labels, and is not handed in: it may be a file of answers under a wrong name."""
    new = {path for path in tree.untracked if path.startswith("labels/")}
    return tuple(sorted((tree.changed | new) - {part.path for part in parts}))


def _wanted(part: Part, wish: SubmitWish) -> bool:
    return wish.task in {"", part.task} and wish.batch in {"", part.batch}


def _findings(project: Project, parts: Sequence[Part], now: str | None = None) -> tuple[Finding, ...]:
    there = frozenset(part.path for part in parts if (project.root / part.path).exists())
    return check_files(project, there, now=now).findings if there else ()


def _errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _written(root: Path, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts that still differ from the last commit once they are written canonically."""
    for part in parts:
        with writing(root):
            own = read_own(root, part.path)
            if own.digest and digest_bytes(own.data) != own.digest:
                write_own(root, own)
    tree = work_tree(root)
    return tuple(part for part in parts if part.path in tree.changed | tree.untracked)


def _commit(state: GitState, done: Submitted, parts: Sequence[Part], wish: SubmitWish, say: Say) -> Submitted:
    if not parts:
        return done
    root, paths = state.root, [part.path for part in parts]
    batches = tuple(handed(state, part, "HEAD") for part in parts)
    branch = _branch_for(state, parts[0])
    written = meant(root, paths)
    try:
        commit_files(root, paths, commit_message(batches, done.who, wish.message))
    except GitError:
        say(f"nothing was committed or sent; your answers stay in {', '.join(paths)}")
        raise
    now = state.again()
    commit = now.commit("HEAD") or ""
    say(f"kept in commit {commit[:10]} on branch {branch}")
    hold_as_meant(now, written)
    return replace(done, branch=branch, commit=commit, batches=batches)


def _hold_identity(root: Path, who: str) -> None:
    if not author_email(root):
        raise UsageError(
            "git does not know who you are, so it cannot sign your answers with a name",
            fix=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG, then submit again",
        )


def _branch_for(state: GitState, part: Part) -> str:
    """The branch to commit on: the one that is checked out, unless it is nobody's, everybody's, or merged already."""
    root, here, shared = state.root, state.branch, state.default
    nobodys = here in {"", shared.name}
    if not nobodys and not _is_over(state, here, shared.revision):
        return here
    start = "HEAD" if nobodys else shared.revision
    branch = unused_branch(state, part, start, shared.revision)
    try:
        if branch:
            switch(root, branch)
        else:
            branch = free_branch(state, part).name
            make_branch(root, branch, start)
    except GitError:
        if nobodys:
            raise
        return here
    return branch


def _is_over(state: GitState, branch: str, base: str) -> bool:
    """Whether a branch was pushed, and everything of its owner's in it is in the default branch by now."""
    named = own_branch(branch)
    if named is None or not was_pushed(state, branch):
        return False
    parts = parts_since(state, base, named.part.who)
    return state.is_ancestor("HEAD", base) or (
        bool(parts) and all(has_landed(state, "HEAD", base, part) for part in parts)
    )


def _hand_over(project: Project, state: GitState, done: Submitted, now: str | None, say: Say) -> Submitted:
    shared, remote = state.default, state.push_remote
    base = shared.revision
    if remote and (stray := stray_parts(state, done.who)):
        say(f"what was committed by hand goes on branch {_branch_for(state, stray[0])}")
        state = state.again()
    here = state.branch
    if here in {"", shared.name} or not remote:
        return done
    parts = parts_since(state, base, done.who)
    if not done.commit and all(has_landed(state, "HEAD", base, part) for part in parts):
        return done
    if not done.commit:  # made by hand, or before the folder changed: nobody looked at it here
        loose = work_tree(state.root).changed
        findings = _findings(project, [part for part in parts if part.path not in loose], now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    hold_unmarked(state)
    if join(project, state, done.who, parts, remote, say):
        state = state.again()
        done = replace(done, merged=True)
        parts = parts_since(state, base, done.who)
        findings = _findings(project, parts, now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    sent = _send(project, state, replace(done, branch=here, remote=remote), parts, say)
    if sent.refused or not parts:
        return sent
    return replace(sent, request=_propose(state.again() if sent.merged else state, sent, say))


def _send(project: Project, state: GitState, done: Submitted, parts: Sequence[Part], say: Say) -> Submitted:
    root, remote, branch = state.root, done.remote, done.branch
    theirs = f"refs/remotes/{remote}/{branch}"
    if there := _reached(done, lambda: fetch_branch(root, remote, branch), say):
        state = state.again()
    if there and not state.is_ancestor(theirs, "HEAD"):
        _take_in(state, theirs, done)
        state = state.again()
        done = replace(done, merged=True)
        findings = _findings(project, parts)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    if there and state.is_ancestor("HEAD", theirs):
        return done
    say(f"sending {branch} to {remote}")
    _reached(done, lambda: push(root, remote, branch), say)
    return replace(done, pushed=True)


def _take_in(state: GitState, theirs: str, done: Submitted) -> None:
    """Merges what the remote has on this branch, or says how to send what is here beside it, under the next number."""
    if merge_own(state, theirs, done.who):
        return
    named = own_branch(done.branch)
    beside = named and f"git branch -m {done.branch} {free_branch(state, named.part).name}; then submit again"
    raise UsageError(
        f"{done.remote} has answers of yours on this branch, from another place, that clash with those here",
        fix="your answers here are committed and nothing was sent; ask a lead to merge the two, and show them this: "
        f"git merge {theirs.removeprefix('refs/remotes/')}{f'. Or send yours beside it: {beside}' if beside else ''}",
    )


def _reached(done: Submitted, step: Callable[[], bool | None], say: Say) -> bool | None:
    kept = f"your answers are kept in a commit here, on branch {done.branch}"
    return reach(done.remote, done.branch, step, kept=kept, again="`assay submit` again sends them", say=say)


def _propose(state: GitState, done: Submitted, say: Say) -> PullRequest:
    base = state.default.revision
    since = state.merge_base("HEAD", base)
    batches = [handed(state, part, since) for part in parts_since(state, base, done.who)]
    title, text = subject(batches, done.who), body(batches, done.who)
    return propose(state, done.remote, done.branch, title, text, say)
