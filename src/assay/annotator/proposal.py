"""`assay guideline propose`: an edited guideline becomes a version on a branch, checked and committed."""

import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from assay.annotator.branches import proposal_branch
from assay.annotator.proposal_edit import Begun, clear_the_way, draft_path, keep_draft, proposal_paths
from assay.clone import hold_unmarked
from assay.core import Finding, Severity
from assay.errors import ConfigError, GitError, UsageError
from assay.files import inside, taking_turn, write_bytes, writing
from assay.forge import Proposed, PullRequest, RequestState, open_request, proposal_of
from assay.git import (
    GitState,
    author_email,
    commit_files,
    commit_of,
    current_branch,
    default_ref,
    fetch_branch,
    file_at,
    follow_branch,
    forward,
    is_ancestor,
    make_branch,
    push,
    push_remote,
    references,
    switch,
    work_tree,
)
from assay.guidelines import (
    Change,
    Level,
    Revision,
    content_paths,
    edit_findings,
    guideline_of,
    least_level,
    lint,
    load_guideline,
    parse_revision,
    version_of,
    with_version,
)
from assay.labels import load_corpus
from assay.project import Project, load_migrations, load_roster
from assay.quality import readable_examples, run_examples

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeWish:
    """What somebody proposes: the edited text, and what its version is to say; without `bump` the least that is due."""

    text: bytes
    summary: str = ""
    affects: tuple[str, ...] = ()
    policy: str = ""
    bump: Level | None = None

    def words(self, task: str) -> list[str]:
        """The options that say the same of the text as it is kept."""
        said = [
            ("--file", draft_path(task)),
            ("--summary", self.summary),
            *(("--affects", one) for one in self.affects),
        ]
        said += [("--policy", self.policy), ("--bump", self.bump.name.lower() if self.bump else "")]
        return [word for name, value in said if value for word in (name, value)]


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
        return replace(proposed, refused=True, draft=draft_path(task), again=_typed(begun, wish, stay=not begun.fresh))
    _hold_identity(root, who)
    with taking_turn(root):
        branch = proposal_branch(who, task, proposed.version)
        if not (begun.fresh and _arrived(root, branch, begun, wish)):
            with writing(root):
                begun.hold(root)
                if begun.fresh:
                    clear_the_way(root, begun)
                branch = _branch(root, branch, begun, wish)
                write_bytes(inside(root, head.source.path), text)
            _commit(root, proposed)
        inside(root, draft_path(task)).unlink(missing_ok=True)
        return replace(proposed, branch=branch, commit=commit_of(root, "HEAD") or "")


def standing_proposal(project: Project, who: str, task: str) -> Proposed | None:
    """The proposal that is committed on the branch checked out and not merged; None where there is none, or more edits.

    Raises:
        ConfigError: the guideline cannot be read.
    """
    root, guideline = project.root, load_guideline(project, project.task(task).name)
    branch, base = proposal_branch(who, task, guideline.version), default_ref(root) or "HEAD"
    here = current_branch(root)
    if here != branch and not re.fullmatch(rf"{re.escape(branch)}-[0-9]+", here):
        return None
    if is_ancestor(root, "HEAD", base) or proposal_paths(task, work_tree(root)):
        return None
    *earlier, last = guideline.changes
    return Proposed(
        task=task,
        version=guideline.version,
        base_version=earlier[-1].version if earlier else "",
        summary=last.summary,
        affects=last.affects,
        policy=last.policy,
        branch=here,
        commit=commit_of(root, "HEAD") or "",
    )


def send(project: Project, proposed: Proposed, say: Say) -> Proposed:
    """Pushes the branch of a proposal, never by force, and opens its pull request where the forge's tool can.

    Raises:
        UsageError: there is no remote, it does not take the branch, or another command is sending from this clone.
    """
    root, branch = project.root, proposed.branch
    remote = push_remote(root)
    again = f"it is kept on branch {branch}; `assay guideline propose {proposed.task} --push` sends it"
    if not remote or not branch:
        raise UsageError("there is no remote or no branch to push", fix=f"git remote add origin ADDRESS; {again} then")
    hold_unmarked(GitState(root))
    say(f"sending {branch} to {remote}")
    try:
        with taking_turn(root):
            push(root, remote, branch)
    except GitError as error:
        if name := _beside(root, remote, branch):
            raise UsageError(
                f"{remote} has another branch {branch}, with a proposal that is not here; this one is kept",
                fix=f"git branch -m {branch} {name} && assay guideline propose {proposed.task} --push    sends it beside",
            ) from error
        raise UsageError(
            f"{remote} did not take branch {branch}: {error.message}", fix=f"{again} {error.when or 'later'}"
        ) from error
    request = proposal_of(GitState(root), remote, branch, proposed.title, proposed.body)
    if request is None:
        unknown = PullRequest(state=RequestState.NONE, why=f"{remote} is on no forge that assay knows")
        return replace(proposed, remote=remote, request=unknown)
    return replace(proposed, remote=remote, request=open_request(root, request))


def _beside(root: Path, remote: str, branch: str) -> str:
    """A free name beside a branch that the remote has with commits which are not here; empty where it has no such branch."""
    with suppress(GitError):
        fetch_branch(root, remote, branch)
    theirs = f"refs/remotes/{remote}/{branch}"
    if commit_of(root, theirs) is None or is_ancestor(root, theirs, f"refs/heads/{branch}"):
        return ""
    taken = references(root, "refs/heads", "refs/remotes")
    names = (f"{branch}-{number}" for number in count(2))
    return next(name for name in names if not any(one.endswith(f"/{name}") for one in taken))


def _versioned(begun: Begun, wish: ProposeWish, today: str) -> tuple[bytes, str]:
    """The text with its version and entry, and what its level rests on; a text that states a version stays as it is."""
    if begun.states_version(wish.text):
        if wish.summary or wish.affects or wish.policy or wish.bump:
            raise UsageError(
                "the text states its version and what it changes itself",
                fix="leave out --summary, --affects, --policy and --bump, or take version and entry out of the text",
            )
        return wish.text, ""
    if not wish.summary.strip():
        raise UsageError("the proposal does not say what it changes", fix="say it in a sentence: --summary TEXT")
    level, why = least_level(begun.base, parse_revision(begun.task, wish.text, begun.schema), wish.affects)
    if wish.bump is not None and wish.bump < level:
        raise UsageError(
            f"a {wish.bump.name.lower()} bump is too small: {why}",
            fix=f"leave --bump out, or take --bump {level.name.lower()}",
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
    guideline = head.guideline.with_versions_of(base.guideline)
    corpus = load_corpus(project, head.schema, guideline).corpus
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
            fix=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG, then propose again",
        )


def _arrived(root: Path, branch: str, begun: Begun, wish: ProposeWish) -> bool:
    """Checks out the branch of this proposal where one holds just that, here or on a remote; says whether one does."""
    local = f"refs/heads/{branch}"
    if _stands(root, local, begun, wish):
        switch(root, branch)
        return True
    there = [name for name in references(root, "refs/remotes") if name.endswith(f"/{branch}")]
    if commit_of(root, local) or len(there) != 1 or not _stands(root, there[0], begun, wish):
        return False
    follow_branch(root, branch, there[0])
    return True


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


def _branch(root: Path, branch: str, begun: Begun, wish: ProposeWish) -> str:
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
        raise UsageError(
            f"there is a branch {branch} already, with another proposal",
            fix=f"git switch {branch} && {_typed(begun, wish, stay=True)}    puts the text, which is kept, on top of that proposal",
        )
    make_branch(root, branch, begun.commit)
    return branch


def _typed(begun: Begun, wish: ProposeWish, *, stay: bool) -> str:
    """The command that proposes the text as it is kept."""
    words = [*(["--no-branch"] if stay else []), *wish.words(begun.task)]
    return shlex.join(["assay", "guideline", "propose", begun.task, *words])


def _commit(root: Path, proposed: Proposed) -> None:
    try:
        commit_files(root, proposal_paths(proposed.task, work_tree(root)), f"{proposed.title}\n\n{proposed.body}\n")
    except GitError as error:
        raise GitError(
            f"{error.message}\nnothing was committed; the text is kept in {draft_path(proposed.task)}", fix=error.fix
        ) from error
