"""`assay submit`: check, commit, push and propose an annotator's own files; other files are not touched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assay import git
from assay.annotator import submission
from assay.annotator.batch_start import refresh, require_author, require_usable_repository
from assay.annotator.branches import (
    free_branch,
    is_part_merged,
    own_branch,
    parts_outside_branches,
    parts_since,
    unused_branch,
    was_pushed,
)
from assay.annotator.change_check import check_files
from assay.annotator.own_files import Part, merge_own, parts_among
from assay.annotator.unmerged import merge_own_branches
from assay.clone import require_unmarked
from assay.core import Finding, Severity
from assay.errors import GitError, UsageError
from assay.files import digest_bytes, taking_turn, writing
from assay.forge import Say, Submitted, open_pull_request, reach
from assay.labels import read_own, write_own
from assay.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """The options of `assay submit`: an empty `task` or `batch` is every one; a `message` for the commit.

    `now` (RFC 3339, UTC) is what times are compared with; None: no time is in the future. `ask` confirms that further
    batches are submitted too; None: they are.
    """

    task: str = ""
    batch: str = ""
    message: str = ""
    push: bool = True
    now: str | None = None
    ask: Callable[[str], bool] | None = None


def submit(project: Project, who: str, options: SubmitOptions, say: Say) -> Submitted:
    """Submits an annotator's own files: checked, written canonically, committed alone, pushed, proposed.

    `say` is called after every completed step, so that an interrupted run shows how far it got. With errors in the files
    nothing is committed, and the result has the findings.

    Raises:
        ConfigError: a configuration file, or the plan of a batch, is broken.
        GitError: git refuses.
        UsageError: git has no author, the remote cannot be reached, or has answers that conflict with these; or another
            command is committing or sending from this clone.
    """
    root = project.root
    with taking_turn(root):
        require_usable_repository(root)
        tree = git.work_tree(root)
        parts = tuple(
            part
            for part in parts_among(tree.changed | tree.untracked, who)
            if options.task in {"", part.task} and options.batch in {"", part.batch}
        )
        # A new file among the labels may hold answers under a wrong name.
        new = {path for path in tree.untracked if path.startswith("labels/")}
        done = Submitted(who=who, others=tuple(sorted((tree.changed | new) - {part.path for part in parts})))
        findings = _findings(project, parts, options.now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
        if options.push:
            for remote in refresh(git.GitState(root)):
                say(f"warning: {remote} could not be fetched; using what was fetched last")
        state = git.GitState(root)
        if not _goes_on(state, who, parts, options, say):
            return replace(done, declined=True)
        if parts:
            require_author(root, who, "your answers", "submit again")
            # Writing the files settles what is not canonical in them.
            lasting = tuple(finding for finding in findings if finding.rule != "label/not-canonical")
            done = _commit(state.again(), replace(done, findings=lasting), parts, options, say)
        if options.push and not state.push_remote:
            say("there is no remote: git remote add origin ADDRESS; then `assay submit` sends what is kept here")
        return _hand_over(project, state.again(), done, options.now, say) if options.push else done


def _goes_on(state: git.GitState, who: str, parts: Sequence[Part], options: SubmitOptions, say: Say) -> bool:
    """Whether to submit; where the branch has several batches, they are listed with their answers first."""
    base = state.default.revision
    committed = [part for part in parts_since(state, base, who) if not is_part_merged(state, "HEAD", base, part)]
    held = sorted({*parts, *committed}, key=lambda part: part.path)
    if len(held) < 2:
        return True
    since = state.merge_base("HEAD", base)
    counted = ((part, submission.count_changed(state, part, since, in_tree=part in parts)) for part in held)
    listed = ", ".join(f"{part.name} ({number:,} answer{'' if number == 1 else 's'})" for part, number in counted)
    say(f"warning: {len(held)} batches are on this branch, and are reviewed and merged together: {listed}")
    if len(parts) < 2 or options.task:
        return True
    say(f"`assay submit {parts[0].task} {parts[0].batch}` hands in one of them, and leaves the others here")
    return options.ask is None or options.ask(f"Hand in all {len(held)} together?")


def _findings(project: Project, parts: Sequence[Part], now: str | None = None) -> tuple[Finding, ...]:
    there = frozenset(part.path for part in parts if (project.root / part.path).exists())
    return check_files(project, there, now=now).findings if there else ()


def _errors(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _commit(state: git.GitState, done: Submitted, parts: Sequence[Part], options: SubmitOptions, say: Say) -> Submitted:
    """Writes the parts canonically and commits those that still differ from the last commit."""
    root = state.root
    for part in parts:
        with writing(root):
            own = read_own(root, part.path)
            if own.digest and digest_bytes(own.data) != own.digest:
                write_own(root, own)
    tree = git.work_tree(root)
    parts = tuple(part for part in parts if part.path in tree.changed | tree.untracked)
    if not parts:
        return done
    paths = [part.path for part in parts]
    batches = tuple(submission.summarize_part(state, part, "HEAD") for part in parts)
    branch = _branch_for(state, parts[0])
    written = submission.label_bytes(root, paths)
    try:
        git.commit_files(root, paths, submission.commit_message(batches, done.who, options.message))
    except GitError:
        say(f"nothing was committed or sent; your answers stay in {', '.join(paths)}")
        raise
    now = state.again()
    commit = now.commit("HEAD") or ""
    say(f"kept in commit {commit[:10]} on branch {branch}")
    submission.require_as_written(now, written)
    return replace(done, branch=branch, commit=commit, batches=batches)


def _branch_for(state: git.GitState, part: Part) -> str:
    """The branch to commit on: the checked out one, unless it is detached, the default branch, or already merged."""
    root, here, shared = state.root, state.branch, state.default
    is_shared = here in {"", shared.name}
    if not is_shared:
        named = own_branch(here)
        if named is None or not was_pushed(state, here):
            return here
        parts = parts_since(state, shared.revision, named.part.who)
        is_merged = bool(parts) and all(is_part_merged(state, "HEAD", shared.revision, one) for one in parts)
        if not (is_merged or state.is_ancestor("HEAD", shared.revision)):
            return here
    start = "HEAD" if is_shared else shared.revision
    branch = unused_branch(state, part, start, shared.revision)
    try:
        if branch:
            git.switch(root, branch)
        else:
            branch = free_branch(state, part).name
            git.make_branch(root, branch, start)
    except GitError:
        if is_shared:
            raise
        return here
    return branch


def _hand_over(project: Project, state: git.GitState, done: Submitted, now: str | None, say: Say) -> Submitted:
    shared, remote = state.default, state.push_remote
    base = shared.revision
    if remote and (stray := parts_outside_branches(state, done.who)):
        say(f"commits made by hand go to branch {_branch_for(state, stray[0])}")
        state = state.again()
    here = state.branch
    if here in {"", shared.name} or not remote:
        return done
    parts = parts_since(state, base, done.who)
    if not done.commit and all(is_part_merged(state, "HEAD", base, part) for part in parts):
        return done
    if not done.commit:  # committed by hand, or before the folder changed: not yet checked
        loose = git.work_tree(state.root).changed
        findings = _findings(project, [part for part in parts if part.path not in loose], now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    require_unmarked(state)
    if merge_own_branches(project, state, done.who, parts, remote, say):
        state = state.again()
        done = replace(done, merged=True)
        parts = parts_since(state, base, done.who)
        findings = _findings(project, parts, now)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    sent = _send(project, state, replace(done, branch=here, remote=remote), parts, say)
    if sent.refused or not parts:
        return sent
    state = state.again() if sent.merged else state
    since = state.merge_base("HEAD", base)
    batches = [submission.summarize_part(state, part, since) for part in parts_since(state, base, done.who)]
    title, text = submission.summary_line(batches, done.who), submission.request_body(batches, done.who)
    return replace(sent, request=open_pull_request(state, remote, here, title, text, say))


def _send(project: Project, state: git.GitState, done: Submitted, parts: Sequence[Part], say: Say) -> Submitted:
    root, remote, branch = state.root, done.remote, done.branch
    theirs = f"refs/remotes/{remote}/{branch}"
    if there := _reached(done, lambda: git.fetch_branch(root, remote, branch), say):
        state = state.again()
    if there and not state.is_ancestor(theirs, "HEAD"):
        if not merge_own(state, theirs, done.who):
            named = own_branch(branch)
            beside = f"git branch -m {branch} {free_branch(state, named.part).name}; then submit again" if named else ""
            raise UsageError(
                f"{remote} has answers of yours on this branch, from another clone, that conflict with those here",
                fix="your answers here are committed and nothing was sent; ask a lead to merge the two, and show them "
                f"this: git merge {remote}/{branch}{f'. Or send yours beside it: {beside}' if beside else ''}",
            )
        state = state.again()
        done = replace(done, merged=True)
        findings = _findings(project, parts)
        if _errors(findings):
            return replace(done, refused=True, findings=findings)
    if there and state.is_ancestor("HEAD", theirs):
        return done
    say(f"sending {branch} to {remote}")
    _reached(done, lambda: git.push(root, remote, branch), say)
    return replace(done, pushed=True)


def _reached(done: Submitted, step: Callable[[], bool | None], say: Say) -> bool | None:
    kept = f"your answers are kept in a commit here, on branch {done.branch}"
    return reach(done.remote, done.branch, step, kept=kept, again="`assay submit` again sends them", say=say)
