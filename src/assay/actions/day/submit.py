"""`assay submit`: check, commit, push and propose what is mine; everything else stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assay.actions.check import check_files
from assay.actions.day.branches import (
    free_branch,
    has_landed,
    own_branch,
    parts_since,
    stray_parts,
    unused_branch,
    was_pushed,
)
from assay.actions.day.handed import body, commit_message, count_changed, handed, subject
from assay.actions.day.joined import join
from assay.actions.day.mine import Part, parts_among
from assay.actions.day.request import open_request, proposal_of
from assay.actions.day.start import hold_repository, refresh
from assay.actions.day.together import merge_own
from assay.actions.rewritten import hold_as_meant, meant
from assay.actions.stuck import hold_unmarked
from assay.errors import GitError, UsageError
from assay.labels.own import read_own, write_own
from assay.model.finding import Finding, Severity
from assay.model.sent import PullRequest, RequestState, Submitted
from assay.project import Project
from assay.store.digest import digest_bytes
from assay.store.git import (
    author_email,
    commit_of,
    current_branch,
    is_ancestor,
    merge_base,
    push_remote,
    shared_default,
)
from assay.store.lock import writing
from assay.store.repository import commit_files, fetch_branch, make_branch, push, switch
from assay.store.turn import taking_turn
from assay.store.work_tree import WorkTree, work_tree

Say = Callable[[str], None]
_NO_REQUEST = PullRequest(state=RequestState.NONE)


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
        for remote in refresh(root):
            say(f"warning: {remote} could not be fetched from; going by what was fetched last")
    if not _goes_on(root, who, parts, wish, say):
        return replace(done, declined=True)
    if parts:
        _hold_identity(root, who)
        done = _commit(root, replace(done, findings=_lasting(findings)), _written(root, parts), wish, say)
    if wish.push and not push_remote(root):
        say("there is no remote to send to: git remote add origin ADDRESS; then `assay submit` sends what is kept here")
    return _hand_over(project, done, wish.now, say) if wish.push else done


def _goes_on(root: Path, who: str, parts: Sequence[Part], wish: SubmitWish, say: Say) -> bool:
    """Says which batches the branch holds where there are several, each with its answers; whether to hand them in."""
    base = shared_default(root).revision
    committed = [part for part in parts_since(root, base, who) if not has_landed(root, "HEAD", base, part)]
    held = sorted({*parts, *committed}, key=lambda part: part.path)
    if len(held) < 2:
        return True
    since = merge_base(root, "HEAD", base)
    counted = ((part, count_changed(root, part, since, in_tree=part in parts)) for part in held)
    listed = ", ".join(f"{part.name} ({number:,} answer{'' if number == 1 else 's'})" for part, number in counted)
    say(f"warning: {len(held)} batches are on this branch, and are reviewed and merged together: {listed}")
    if len(parts) < 2 or wish.task:
        return True
    say(f"`assay submit {parts[0].task} {parts[0].batch}` hands in one of them, and leaves the others here")
    return wish.ask is None or wish.ask(f"Hand in all {len(held)} together?")


def _others(tree: WorkTree, parts: Sequence[Part]) -> tuple[str, ...]:
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


def _lasting(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The warnings that writing the file canonically does not settle."""
    return tuple(finding for finding in findings if finding.rule != "label/not-canonical")


def _written(root: Path, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts that still differ from the last commit once they are written canonically."""
    for part in parts:
        with writing(root):
            own = read_own(root, part.path)
            if own.digest and digest_bytes(own.data) != own.digest:
                write_own(root, own)
    tree = work_tree(root)
    return tuple(part for part in parts if part.path in tree.changed | tree.untracked)


def _commit(root: Path, done: Submitted, parts: Sequence[Part], wish: SubmitWish, say: Say) -> Submitted:
    if not parts:
        return done
    batches = tuple(handed(root, part, "HEAD") for part in parts)
    branch = _branch_for(root, parts[0])
    written = meant(root, [part.path for part in parts])
    try:
        commit_files(root, [part.path for part in parts], commit_message(batches, done.who, wish.message))
    except GitError:
        say(f"nothing was committed or sent; your answers stay in {', '.join(part.path for part in parts)}")
        raise
    commit = commit_of(root, "HEAD") or ""
    say(f"kept in commit {commit[:10]} on branch {branch}")
    hold_as_meant(root, written)
    return replace(done, branch=branch, commit=commit, batches=batches)


def _hold_identity(root: Path, who: str) -> None:
    if not author_email(root):
        raise UsageError(
            "git does not know who you are, so it cannot sign your answers with a name",
            hint=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG, then submit again",
        )


def _branch_for(root: Path, part: Part) -> str:
    """The branch to commit on: the one that is checked out, unless it is nobody's, everybody's, or merged already."""
    here, shared = current_branch(root), shared_default(root)
    nobodys = here in {"", shared.name}
    if not nobodys and not _is_over(root, here, shared.revision):
        return here
    start = "HEAD" if nobodys else shared.revision
    branch = unused_branch(root, part, start, shared.revision)
    try:
        if branch:
            switch(root, branch)
        else:
            branch = free_branch(root, part).name
            make_branch(root, branch, start)
    except GitError:
        if nobodys:
            raise
        return here
    return branch


def _is_over(root: Path, branch: str, base: str) -> bool:
    """Whether a branch was pushed, and everything of its owner's in it is in the default branch by now."""
    named = own_branch(branch)
    if named is None or not was_pushed(root, branch):
        return False
    parts = parts_since(root, base, named.part.who)
    return is_ancestor(root, "HEAD", base) or (
        bool(parts) and all(has_landed(root, "HEAD", base, part) for part in parts)
    )


def _hand_over(project: Project, done: Submitted, now: str | None, say: Say) -> Submitted:
    root = project.root
    shared, remote = shared_default(root), push_remote(root)
    base = shared.revision
    if remote and (stray := stray_parts(root, shared, done.who)):
        say(f"what was committed by hand goes on branch {_branch_for(root, stray[0])}")
    here = current_branch(root)
    if here in {"", shared.name} or not remote:
        return done
    parts = parts_since(root, base, done.who)
    if not done.commit and all(has_landed(root, "HEAD", base, part) for part in parts):
        return done
    if not done.commit:  # made by hand, or before the folder changed: nobody looked at it here
        loose = work_tree(root).changed
        findings = _findings(project, [part for part in parts if part.path not in loose], now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    hold_unmarked(root)
    if join(project, done.who, parts, remote, say):
        done = replace(done, merged=True)
        parts = parts_since(root, base, done.who)
        findings = _findings(project, parts, now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    sent = _send(project, replace(done, branch=here, remote=remote), parts, say)
    if sent.refused or not parts:
        return sent
    return replace(sent, request=_propose(root, sent, base, say))


def _send(project: Project, done: Submitted, parts: Sequence[Part], say: Say) -> Submitted:
    root, remote, branch = project.root, done.remote, done.branch
    theirs = f"refs/remotes/{remote}/{branch}"
    there = _reached(remote, branch, lambda: fetch_branch(root, remote, branch))
    if there and not is_ancestor(root, theirs, "HEAD"):
        _take_in(root, theirs, done)
        done = replace(done, merged=True)
        findings = _findings(project, parts)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    if there and is_ancestor(root, "HEAD", theirs):
        return done
    say(f"sending {branch} to {remote}")
    try:
        _reached(remote, branch, lambda: push(root, remote, branch))
    except KeyboardInterrupt:
        say(f"your answers are kept on branch {branch} here; whether {remote} has them is not certain: submit again")
        raise
    return replace(done, pushed=True)


def _take_in(root: Path, theirs: str, done: Submitted) -> None:
    if not merge_own(root, theirs, done.who):
        raise UsageError(
            f"{done.remote} has answers of yours on this branch, from another place, that clash with those here",
            hint="your answers here are committed and nothing was sent; ask a lead to merge the two, and show them this: "
            f"git merge {theirs.removeprefix('refs/remotes/')}{_apart(root, done.branch)}",
        )


def _apart(root: Path, branch: str) -> str:
    """The way to send what is here beside what is there, on a branch with the next number."""
    named = own_branch(branch)
    if named is None:
        return ""
    return f". Or send yours beside it: git branch -m {branch} {free_branch(root, named.part).name}; then submit again"


def _reached(remote: str, branch: str, step: Callable[[], bool | None]) -> bool | None:
    try:
        return step()
    except GitError as error:
        raise UsageError(
            f"{remote} did not take branch {branch}: {error.message}",
            hint=f"your answers are kept in a commit here, on branch {branch}; `assay submit` again sends them {error.when or 'then'}",
        ) from error


def _propose(root: Path, done: Submitted, base: str, say: Say) -> PullRequest:
    since = merge_base(root, "HEAD", base)
    batches = [handed(root, part, since) for part in parts_since(root, base, done.who)]
    title, text = subject(batches, done.who), body(batches, done.who)
    proposal = proposal_of(root, done.remote, done.branch, title, text)
    if proposal is None:
        return replace(_NO_REQUEST, why=f"{done.remote} is on no forge that assay knows")
    say("looking for the pull request")
    return open_request(root, proposal)
