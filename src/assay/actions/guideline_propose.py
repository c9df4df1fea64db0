"""`assay guideline propose`: an edited guideline becomes a version on a branch, checked and committed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from assay.actions.day.proposals import proposal_branch
from assay.actions.day.request import open_request, proposal_of
from assay.actions.guideline_begin import Begun, proposal_paths
from assay.errors import ConfigError, GitError, UsageError
from assay.guidelines import Change, guideline_of, load_guideline
from assay.guidelines.digest import content_paths
from assay.guidelines.edits import edit_findings, least_level
from assay.guidelines.lint import lint
from assay.guidelines.next_version import with_version
from assay.guidelines.revisions import Revision, parse_revision
from assay.guidelines.versions import Level, version_of
from assay.labels import load_corpus
from assay.model.finding import Finding, Severity
from assay.model.proposed import Proposed
from assay.model.sent import PullRequest, RequestState
from assay.project import Project
from assay.project.roster import load_roster
from assay.quality.examples import run_examples
from assay.quality.guideline import readable_examples
from assay.schemas.migrations import load_migrations
from assay.store.digest import digest_bytes
from assay.store.files import inside, read_bytes, write_bytes
from assay.store.git import (
    author_email,
    commit_of,
    current_branch,
    default_ref,
    file_at,
    is_ancestor,
    push_remote,
    references,
)
from assay.store.lock import writing
from assay.store.repository import commit_files, forward, make_branch, push, switch
from assay.store.turn import taking_turn
from assay.store.work_tree import work_tree

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeWish:
    """What somebody proposes: the edited text, and what its version is to say; without `bump` the least that is due."""

    text: bytes
    summary: str = ""
    affects: tuple[str, ...] = ()
    policy: str = ""
    bump: Level | None = None


def propose(project: Project, who: str, begun: Begun, wish: ProposeWish, *, today: str) -> Proposed:
    """Writes the version, checks it, and commits it alone on a branch `<who>/guideline-<task>-<version>`.

    Until all checks have passed nothing but the draft below `.assay/proposals/` is written; it keeps the edited text
    and goes when the commit stands. Errors are the answer, and then nothing is committed. What was committed on that
    branch just so is not committed again.

    Raises:
        ConfigError: the edited guideline has no readable front matter, or the schema cannot be used.
        UsageError: the bump is too small, the branch holds another proposal, git knows nobody, what it builds on changed,
            or another command is committing or sending from this clone.
        GitError: git refuses.
    """
    root, task = project.root, begun.task
    keep_draft(root, task, wish.text)
    text, why = _versioned(begun, wish, today)
    head = parse_revision(task, text, begun.schema, load_migrations(project, task))
    last = head.guideline.changes[-1]
    findings = _findings(project, begun.base, head)
    proposed = Proposed(
        task=task,
        version=head.guideline.version,
        base_version=begun.base.guideline.version,
        summary=last.summary,
        affects=last.affects,
        policy=last.policy,
        why=why,
        findings=findings,
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        return replace(proposed, refused=True, draft=draft_path(task))
    _hold_identity(root, who)
    with taking_turn(root):
        branch = proposal_branch(who, task, proposed.version)
        if begun.fresh and _stands(root, f"refs/heads/{branch}", begun, wish):
            switch(root, branch)
        else:
            with writing(root):
                begun.hold(root)
                branch = _branch(root, branch, begun)
                write_bytes(inside(root, head.source.path), text)
            _commit(root, proposed)
        inside(root, draft_path(task)).unlink(missing_ok=True)
        return replace(proposed, branch=branch, commit=commit_of(root, "HEAD") or "")


def draft_path(task: str) -> str:
    """Where the edited text of a proposal is kept until it is committed, below the root."""
    return f".assay/proposals/{task}.md"


def keep_draft(root: Path, task: str, text: bytes) -> None:
    """Keeps an edited text, so that nothing that stops a proposal loses it."""
    write_bytes(inside(root, draft_path(task)), text)


def keep_edited(root: Path, task: str, text: bytes, before: bytes | None) -> None:
    """Keeps a text that began with the draft `before`; where another proposal put its own there meanwhile, beside it.

    Raises:
        UsageError: another did; it says where this text is.
    """
    with writing(root):
        if read_draft(root, task) in {before, text}:
            keep_draft(root, task, text)
            return
        beside = f"{draft_path(task).removesuffix('.md')}.{digest_bytes(text)[:8]}.md"
        write_bytes(inside(root, beside), text)
    raise UsageError(
        f"another proposal for {task} was edited here meanwhile; this text is kept in {beside}",
        hint=f"bring the two together, then assay guideline propose {task} --file {beside}",
    )


def read_draft(root: Path, task: str) -> bytes | None:
    """The text of a proposal that was not committed; None where none is kept."""
    try:
        return read_bytes(inside(root, draft_path(task)))
    except FileNotFoundError:
        return None


def standing_proposal(project: Project, who: str, task: str) -> Proposed | None:
    """The proposal that is committed on the branch checked out and not merged; None where there is none, or more edits.

    Raises:
        ConfigError: the guideline cannot be read.
    """
    root, guideline = project.root, load_guideline(project, project.task(task).name)
    branch, base = proposal_branch(who, task, guideline.version), default_ref(root) or "HEAD"
    if current_branch(root) != branch or is_ancestor(root, "HEAD", base) or proposal_paths(task, work_tree(root)):
        return None
    *earlier, last = guideline.changes
    return Proposed(
        task=task,
        version=guideline.version,
        base_version=earlier[-1].version if earlier else "",
        summary=last.summary,
        affects=last.affects,
        policy=last.policy,
        branch=branch,
        commit=commit_of(root, "HEAD") or "",
    )


def send(project: Project, proposed: Proposed, say: Say) -> Proposed:
    """Pushes the branch of a proposal, never by force, and opens its pull request where the forge's tool can.

    Raises:
        UsageError: there is no remote, it does not take the branch, or another command is sending from this clone.
    """
    root, branch = project.root, proposed.branch
    remote = push_remote(root)
    again = f"it is kept on branch {branch}; `assay guideline propose {proposed.task} --push` sends it later"
    if not remote or not branch:
        raise UsageError("there is no remote or no branch to push", hint=f"git remote add origin ADDRESS; {again}")
    say(f"sending {branch} to {remote}")
    try:
        with taking_turn(root):
            push(root, remote, branch)
    except GitError as error:
        raise UsageError(f"{remote} did not take branch {branch}: {error.message}", hint=again) from error
    request = proposal_of(root, remote, branch, proposed.title, proposed.body)
    if request is None:
        unknown = PullRequest(state=RequestState.NONE, why=f"{remote} is on no forge that assay knows")
        return replace(proposed, remote=remote, request=unknown)
    return replace(proposed, remote=remote, request=open_request(root, request))


def _versioned(begun: Begun, wish: ProposeWish, today: str) -> tuple[bytes, str]:
    """The text with its version and entry, and what its level rests on; a text that states a version stays as it is."""
    if begun.states_version(wish.text):
        if wish.summary or wish.affects or wish.policy or wish.bump:
            raise UsageError(
                "the text states its version and what it changes itself",
                hint="leave out --summary, --affects, --policy and --bump, or take version and entry out of the text",
            )
        return wish.text, ""
    if not wish.summary.strip():
        raise UsageError("the proposal does not say what it changes", hint="say it in a sentence: --summary TEXT")
    level, why = least_level(begun.base, parse_revision(begun.task, wish.text, begun.schema), wish.affects)
    if wish.bump is not None and wish.bump < level:
        raise UsageError(
            f"a {wish.bump.name.lower()} bump is too small: {why}",
            hint=f"leave --bump out, or take --bump {level.name.lower()}",
        )
    version = version_of(begun.base.guideline.version).next(wish.bump or level)
    change = Change(
        version=str(version),
        date=today,
        summary=wish.summary.strip(),
        affects=wish.affects,
        policy=wish.policy or "relabel",
    )
    return with_version(wish.text, begun.base.source.path, change), why


def _findings(project: Project, base: Revision, head: Revision) -> tuple[Finding, ...]:
    versions = base.guideline.versions | head.guideline.versions
    corpus = load_corpus(project, head.schema, versions).corpus
    found = {
        *edit_findings(base, head),
        *lint(head.source, head.schema, load_roster(project).annotators, files=project.snapshot),
        *run_examples(readable_examples(head.source), head.schema, corpus).findings,
    }
    return tuple(sorted(found, key=lambda one: one.sort_key))


def _hold_identity(root: Path, who: str) -> None:
    if not author_email(root):
        raise UsageError(
            "git does not know who you are, so it cannot sign your proposal with a name",
            hint=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG, then propose again",
        )


def _stands(root: Path, branch: str, begun: Begun, wish: ProposeWish) -> bool:
    """Whether a branch holds just this proposal, whichever day it was made."""
    guideline, schema = content_paths(begun.task)
    text = file_at(root, branch, guideline)
    if text is None or is_ancestor(root, branch, begun.commit):
        return False
    try:
        made = guideline_of(text, guideline).changes[-1].date
    except ConfigError:
        return False
    return (text, file_at(root, branch, schema)) == (_versioned(begun, wish, made)[0], begun.schema)


def _branch(root: Path, branch: str, begun: Begun) -> str:
    """The branch to commit on, checked out: a new one, or where none is wished the one that is.

    One that was made and never used is gone on with.
    """
    if not begun.fresh:
        return current_branch(root)
    taken = [name for name in references(root, "refs/heads", "refs/remotes") if name.endswith(f"/{branch}")]
    if taken == [f"refs/heads/{branch}"] and is_ancestor(root, branch, begun.commit):
        switch(root, branch)
        forward(root, begun.commit)
        return branch
    if taken:
        local = f"refs/heads/{branch}" in taken
        raise UsageError(
            f"there is a branch {branch} already, with another proposal",
            hint=f"git switch {branch}, then propose again with --no-branch, which goes on with that proposal"
            if local
            else f"git fetch, git switch {branch}, then propose again with --no-branch",
        )
    make_branch(root, branch, begun.commit)
    return branch


def _commit(root: Path, proposed: Proposed) -> None:
    try:
        commit_files(root, proposal_paths(proposed.task, work_tree(root)), f"{proposed.title}\n\n{proposed.body}\n")
    except GitError as error:
        raise GitError(
            f"{error.message}\nnothing was committed; the text is kept in {draft_path(proposed.task)}", hint=error.hint
        ) from error
