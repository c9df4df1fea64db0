"""`assay guideline propose`: makes an edited guideline a checked and committed version on a branch."""

import re
import shlex
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from assay import git, guidelines
from assay.annotator.batch_start import require_author
from assay.annotator.branches import proposal_branch
from assay.annotator.proposal_edit import ProposalStart, draft_path, proposal_paths, restore_guideline, save_draft
from assay.clone import require_unmarked
from assay.core import Finding, Severity
from assay.errors import ConfigError, GitError, UsageError
from assay.files import inside, taking_turn, write_bytes, writing
from assay.forge import ProposedVersion, PullRequest, RequestState, Say, open_request, proposal_of
from assay.labels import load_corpus
from assay.project import Project, load_migrations, load_roster
from assay.quality import readable_examples, run_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeOptions:
    """The options of a proposal: the edited text, and its change entry; without `bump` the smallest that is allowed."""

    text: bytes
    summary: str = ""
    affects: tuple[str, ...] = ()
    policy: str = ""
    bump: guidelines.Level | None = None

    def words(self, task: str) -> list[str]:
        """The command-line options for the same proposal from the draft."""
        said = [
            ("--file", draft_path(task)),
            ("--summary", self.summary),
            *(("--affects", one) for one in self.affects),
        ]
        said += [("--policy", self.policy), ("--bump", self.bump.name.lower() if self.bump else "")]
        return [word for name, value in said if value for word in (name, value)]


def propose(
    project: Project, who: str, start: ProposalStart, options: ProposeOptions, *, today: str
) -> ProposedVersion:
    """Writes the version, checks it, and commits it alone on a branch `<who>/guideline-<task>-<version>`.

    Until all checks have passed only the draft below `.assay/proposals/` is written; it keeps the edited text and is
    removed after the commit. With errors nothing is committed, and the result has the findings. An identical proposal
    on that branch is not committed again.

    Raises:
        ConfigError: the edited guideline has no readable front matter, or the schema cannot be used.
        UsageError: the bump is too small, the branch has another proposal, git has no author, its base changed,
            or another command is committing or sending from this clone.
        GitError: git refuses.
    """
    root, task = project.root, start.task
    save_draft(root, task, options.text)
    text, why = _versioned(start, options, today)
    head = guidelines.parse_revision(task, text, start.schema, load_migrations(project, task))
    findings = _findings(project, start.base, head)
    proposed = replace(_stated(task, head.guideline, start.base.guideline.version), why=why, findings=findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return replace(
            proposed, refused=True, draft=draft_path(task), again=_typed(start, options, stay=not start.fresh)
        )
    require_author(root, who, "your proposal", "propose again")
    with taking_turn(root):
        branch = proposal_branch(who, task, proposed.version)
        if not (start.fresh and _arrived(root, branch, start, options)):
            with writing(root):
                start.hold(root)
                if start.fresh:
                    restore_guideline(root, start)
                branch = _branch(root, branch, start, options)
                write_bytes(inside(root, head.source.path), text)
            try:
                paths = proposal_paths(task, git.work_tree(root))
                git.commit_files(root, paths, f"{proposed.title}\n\n{proposed.body}\n")
            except GitError as error:
                raise GitError(
                    f"{error.message}\nnothing was committed; the text is kept in {draft_path(task)}", fix=error.fix
                ) from error
        inside(root, draft_path(task)).unlink(missing_ok=True)
        return replace(proposed, branch=branch, commit=git.commit_of(root, "HEAD") or "")


def committed_proposal(project: Project, who: str, task: str) -> ProposedVersion | None:
    """The unmerged proposal on the checked out branch; None where there is none, or further edits are not committed.

    Raises:
        ConfigError: the guideline cannot be read.
    """
    root, guideline = project.root, guidelines.load_guideline(project, project.task(task).name)
    branch, base = proposal_branch(who, task, guideline.version), git.default_ref(root) or "HEAD"
    here = git.current_branch(root)
    if here != branch and not re.fullmatch(rf"{re.escape(branch)}-[0-9]+", here):
        return None
    if git.is_ancestor(root, "HEAD", base) or proposal_paths(task, git.work_tree(root)):
        return None
    *earlier, _ = guideline.changes
    proposed = _stated(task, guideline, earlier[-1].version if earlier else "")
    return replace(proposed, branch=here, commit=git.commit_of(root, "HEAD") or "")


def _stated(task: str, guideline: guidelines.Guideline, base_version: str) -> ProposedVersion:
    last = guideline.changes[-1]
    return ProposedVersion(
        task=task,
        version=guideline.version,
        base_version=base_version,
        summary=last.summary,
        affects=last.affects,
        policy=last.policy,
    )


def send(project: Project, proposed: ProposedVersion, say: Say) -> ProposedVersion:
    """Pushes the branch of a proposal, never by force, and opens its pull request where the forge's tool can.

    Raises:
        UsageError: there is no remote, it rejects the branch, or another command is sending from this clone.
    """
    root, branch = project.root, proposed.branch
    remote = git.push_remote(root)
    again = f"it is kept on branch {branch}; `assay guideline propose {proposed.task} --push` sends it"
    if not remote or not branch:
        raise UsageError("there is no remote or no branch to push", fix=f"git remote add origin ADDRESS; {again} then")
    require_unmarked(git.GitState(root))
    say(f"sending {branch} to {remote}")
    try:
        with taking_turn(root):
            git.push(root, remote, branch)
    except GitError as error:
        if name := _beside(root, remote, branch):
            raise UsageError(
                f"{remote} has another branch {branch}, with a proposal that is not here; this one is kept",
                fix=f"git branch -m {branch} {name} && assay guideline propose {proposed.task} --push    sends it beside",
            ) from error
        raise UsageError(
            f"{remote} refused branch {branch}: {error.message}", fix=f"{again} {error.when or 'later'}"
        ) from error
    request = proposal_of(git.GitState(root), remote, branch, proposed.title, proposed.body)
    if request is None:
        unknown = PullRequest(state=RequestState.NONE, why=f"{remote} is on no forge that assay knows")
        return replace(proposed, remote=remote, request=unknown)
    return replace(proposed, remote=remote, request=open_request(root, request))


def _beside(root: Path, remote: str, branch: str) -> str:
    """A free name where the remote has a branch of this name with other commits; empty where it has none."""
    with suppress(GitError):
        git.fetch_branch(root, remote, branch)
    theirs = f"refs/remotes/{remote}/{branch}"
    if git.commit_of(root, theirs) is None or git.is_ancestor(root, theirs, f"refs/heads/{branch}"):
        return ""
    taken = git.references(root, "refs/heads", "refs/remotes")
    names = (f"{branch}-{number}" for number in count(2))
    return next(name for name in names if not any(one.endswith(f"/{name}") for one in taken))


def _versioned(start: ProposalStart, options: ProposeOptions, today: str) -> tuple[bytes, str]:
    """The text with its version and entry, and the reason for its level; a text with a version is returned as it is."""
    if start.states_version(options.text):
        if options.summary or options.affects or options.policy or options.bump:
            raise UsageError(
                "the text already has a version and a change entry",
                fix="omit --summary, --affects, --policy and --bump, or remove version and entry from the text",
            )
        return options.text, ""
    if not options.summary.strip():
        raise UsageError("the proposal has no summary", fix="say in a sentence what it changes: --summary TEXT")
    level, why = guidelines.least_level(
        start.base, guidelines.parse_revision(start.task, options.text, start.schema), options.affects
    )
    if options.bump is not None and options.bump < level:
        raise UsageError(
            f"a {options.bump.name.lower()} bump is too small: {why}",
            fix=f"omit --bump, or use --bump {level.name.lower()}",
        )
    version = guidelines.version_of(start.base.guideline.version).next(options.bump or level)
    change = guidelines.Change(
        version=str(version),
        date=today,
        summary=options.summary.strip(),
        affects=options.affects,
        policy=options.policy or "relabel",
    )
    return guidelines.with_version(options.text, start.base.source.path, change), why


def _findings(project: Project, base: guidelines.Revision, head: guidelines.Revision) -> tuple[Finding, ...]:
    guideline = head.guideline.with_versions_of(base.guideline)
    corpus = load_corpus(project, head.schema, guideline).corpus
    found = {
        *guidelines.edit_findings(base, head),
        *guidelines.lint_guideline(head.source, head.schema, load_roster(project).annotators, files=project.snapshot),
        *run_examples(readable_examples(head.source), head.schema, corpus).findings,
    }
    return tuple(sorted(found, key=lambda one: one.sort_key))


def _arrived(root: Path, branch: str, start: ProposalStart, options: ProposeOptions) -> bool:
    """Checks out a branch with exactly this proposal, here or on a remote; whether there is one."""
    local = f"refs/heads/{branch}"
    if _stands(root, local, start, options):
        git.switch(root, branch)
        return True
    there = [name for name in git.references(root, "refs/remotes") if name.endswith(f"/{branch}")]
    if git.commit_of(root, local) or len(there) != 1 or not _stands(root, there[0], start, options):
        return False
    git.follow_branch(root, branch, there[0])
    return True


def _stands(root: Path, branch: str, start: ProposalStart, options: ProposeOptions) -> bool:
    """Whether a branch has exactly this proposal, whatever its date."""
    guideline, schema = guidelines.content_paths(start.task)
    text = git.file_at(root, branch, guideline)
    if text is None or git.is_ancestor(root, branch, start.commit):
        return False
    try:
        made = guidelines.guideline_of(text, guideline).changes[-1].date
    except ConfigError:
        return False
    return (text, git.file_at(root, branch, schema)) == (_versioned(start, options, made)[0], start.schema)


def _branch(root: Path, branch: str, start: ProposalStart, options: ProposeOptions) -> str:
    """Checks out the branch to commit on: a new or unused one, or the current one where no new one is wanted."""
    if not start.fresh:
        return git.current_branch(root)
    taken = [name for name in git.references(root, "refs/heads", "refs/remotes") if name.endswith(f"/{branch}")]
    if taken == [f"refs/heads/{branch}"] and git.is_ancestor(root, branch, start.commit):
        git.switch(root, branch)
        git.forward(root, start.commit)
        return branch
    if taken:
        raise UsageError(
            f"branch {branch} already exists, with another proposal",
            fix=f"git switch {branch} && {_typed(start, options, stay=True)}    puts the text, which is kept, on top of that proposal",
        )
    git.make_branch(root, branch, start.commit)
    return branch


def _typed(start: ProposalStart, options: ProposeOptions, *, stay: bool) -> str:
    words = [*(["--no-branch"] if stay else []), *options.words(start.task)]
    return shlex.join(["assay", "guideline", "propose", start.task, *words])
