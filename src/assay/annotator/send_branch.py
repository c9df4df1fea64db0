"""The branch that a command with `--submit` works on, and what other clones sent already."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from assay import git
from assay.annotator.batch_start import require_author, require_usable_repository
from assay.annotator.branches import own_branch, require_nameable, was_pushed
from assay.annotator.own_files import parts_among
from assay.annotator.submission import CommandProgress, SendCommand, save_progress
from assay.core import SOURCE_FOLDERS, Finding, Severity, is_name
from assay.errors import UsageError
from assay.files import format_names, inside, read_bytes
from assay.project import PROJECT_FILE, find_project, project_in
from assay.reviewer import classify_path, project_findings

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBranch:
    """The branch checked out for a command, the one before it, whether it was created for it, and the shared commit `base`."""

    branch: str
    came_from: str
    base: str
    made: bool = False


def require_ready(root: Path, command: SendCommand, people: Iterable[str]) -> None:
    """Requires that the annotator can commit and send from here.

    Raises:
        UsageError: there is no repository, a git operation is in progress, git has no author, what the command depends on
            is not committed, or another person's branch or none is checked out.
    """
    require_usable_repository(root)
    state = git.GitState(root)
    require_author(root, command.who, "a commit", "run this again")
    own = f"git switch -c {command.branch}"
    here = state.branch
    if not here:
        raise UsageError(
            "no branch is checked out here (a detached HEAD)", fix=f"{own}; it keeps your changes. Then run this again"
        )
    owner, slash, _ = here.partition("/")
    if slash and owner != command.who and is_name(owner) and owner in people:
        raise UsageError(
            f"{here} is checked out, a branch of {owner}; your changes need a branch of yours",
            fix=f"git switch {state.default.name or 'main'}, then run this again; "
            f"or, to continue from {owner}'s work: {own}",
        )
    tree = git.work_tree(root)
    if loose := sorted(path for path in tree.changed | tree.untracked if path.startswith(command.settled or ("\0",))):
        raise UsageError(
            f"{format_names(loose)}: changed here and not committed, and what you send depends on it",
            fix="`assay guideline propose TASK --submit` sends a change of guideline and schema; then run this again",
        )


def check_out_branch(state: git.GitState, command: SendCommand, progress: CommandProgress) -> WorkBranch:
    """Checks out the branch to work on. Uncommitted changes stay as they are.

    Raises:
        UsageError: the default branch is unknown or has unshared commits here, answers are not submitted, or a changed
            file would be overwritten.
    """
    base = git.default_tip(state.root, state.refs)
    shared, here = state.default, state.branch
    work = WorkBranch(branch=here, came_from=here, base=base)
    labelling = own_branch(here) is not None
    if here != shared.name and not labelling and not is_over(state, here, base):
        if not was_pushed(state, here) and not overwritten_by(state, git.work_tree(state.root), base):
            git.forward(state.root, base)
        return work
    if here == shared.name and not is_merged(state, "HEAD", base):
        ahead = git.count_commits(state.root, base, "HEAD")
        raise UsageError(
            f"{here} has {ahead:,} commit{'' if ahead == 1 else 's'} here that the remote branch lacks",
            fix=f"git switch -c {command.branch} moves them to a branch of yours; then run this again",
        )
    tree = git.work_tree(state.root)
    if labelling and (mine := parts_among(tree.changed | tree.untracked, command.who)):
        raise UsageError(
            f"unsubmitted answers of yours: {', '.join(part.name for part in mine)}",
            fix="`assay submit` hands them in; then run this again",
        )
    return _check_out_other(state, command, progress, work, tree)


def restore_branch(state: git.GitState, work: WorkBranch) -> None:
    """Returns to the branch before a command that wrote nothing; a branch that was created for it is deleted."""
    if state.branch != work.branch or work.branch == work.came_from:
        return
    git.switch(state.root, work.came_from)
    if work.made:
        git.drop_branch(state.root, work.branch, work.base)


def is_over(state: git.GitState, branch: str, base: str) -> bool:
    """Whether the default branch has everything in a branch, however it was merged; false for an unused branch."""
    if state.is_ancestor(_HEADS + branch, base):
        return was_pushed(state, branch)
    return is_merged(state, _HEADS + branch, base)


def is_done(state: git.GitState, branch: str, base: str) -> bool:
    """Whether a branch that was sent is deleted here, or merged."""
    return state.commit(_HEADS + branch) is None or is_merged(state, _HEADS + branch, base)


def is_merged(state: git.GitState, revision: str, base: str) -> bool:
    """Whether the default branch has, or once had, what a commit changed: file by file, or a merge would add nothing."""
    if state.is_ancestor(revision, base):
        return True
    since = state.merge_base(revision, base)
    if since is None:
        return False
    if git.adds_nothing(state.root, revision, base):
        return True
    differing = state.paths_between(since, revision) & state.paths_between(base, revision)
    return all(
        state.file_at(revision, path)
        in (state.file_at(commit, path) for commit in state.commits_touching(path, since, base))
        for path in sorted(differing)
    )


def free_name(state: git.GitState, wanted: str) -> str:
    """The wanted name of a branch, with a number where it is taken here or on the remotes as last fetched.

    Raises:
        UsageError: an existing branch makes such names impossible.
    """
    require_nameable(state, wanted.partition("/")[0])
    places = (_HEADS, *(f"refs/remotes/{remote}/" for remote in state.remotes))
    return next(name for name in _numbered(wanted) if not any(state.commit(f"{place}{name}") for place in places))


def overwritten_by(state: git.GitState, tree: git.WorkState, revision: str) -> list[str]:
    """The changed and new files that a checkout of a commit would overwrite."""
    return sorted((tree.changed | tree.untracked) & state.paths_between("HEAD", revision))


def _check_out_other(
    state: git.GitState, command: SendCommand, progress: CommandProgress, work: WorkBranch, tree: git.WorkState
) -> WorkBranch:
    base = work.base
    there = {name.removeprefix(_HEADS) for name in state.below(f"{_HEADS}{command.who}/")}
    numbered = (name for name, _ in zip(_numbered(command.branch), range(len(there) + 1), strict=False))
    for name in (*filter(None, [progress.branch]), *(name for name in numbered if name in there)):
        local = _HEADS + name
        if not state.commit(local) or name == work.came_from or is_over(state, name, base):
            continue
        _require_free(state, tree, local, name)
        git.switch(state.root, name)
        if not was_pushed(state, name) and not overwritten_by(state.again(), tree, base):
            git.forward(state.root, base)
        return WorkBranch(branch=name, came_from=work.came_from, base=base)
    name = free_name(state, command.branch)
    _require_free(state, tree, base, state.default.name)
    git.make_branch(state.root, name, base)
    return WorkBranch(branch=name, came_from=work.came_from, base=base, made=True)


def _require_free(state: git.GitState, tree: git.WorkState, revision: str, name: str) -> None:
    if there := overwritten_by(state, tree, revision):
        raise UsageError(
            f"{format_names(there)}: changed here and not committed, and different on {name}: it would be overwritten",
            fix="commit it on a branch of yours, or discard it: git restore FILE",
        )


def _numbered(wanted: str) -> Iterable[str]:
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))


def branch_for_files(
    state: git.GitState, command: SendCommand, work: WorkBranch, progress: CommandProgress, changed: list[str]
) -> str:
    """The branch for the changed files: the checked out one, or a new one where the policy refuses them together.

    Raises:
        UsageError: the policy refuses them together, and they depend on that branch: it must be merged first.
    """
    root = state.root
    code = find_project(root).code
    since = state.merge_base("HEAD", work.base)
    there = state.paths_between(since, "HEAD") if since else frozenset()
    if not _refused_together([*there, *changed], code) or any(
        _refused_together(some, code) for some in (there, changed)
    ):
        return work.branch
    if overwritten_by(state, git.WorkState(changed=frozenset(changed), untracked=frozenset()), work.base):
        raise UsageError(
            f"{format_names(changed)}: cannot share a pull request with what is on branch {work.branch}",
            fix=f"the files stay as they are; run `{command.typed}` again once that branch is merged",
        )
    name = free_name(state, command.branch)
    git.make_branch(root, name, work.base)
    save_progress(root, command, replace(progress, written=True, branch=name, before=work.base))
    return name


def _refused_together(paths: Iterable[str], code: Sequence[str]) -> bool:
    kinds = [classify_path(path, code).kind for path in paths]
    return any(kind.labels for kind in kinds) and any(kind.policy or kind.apart or kind.release for kind in kinds)


def errors_alone(root: Path, head: str, changed: list[str], others: frozenset[str]) -> list[Finding]:
    """The errors of changed files committed without the other changed files, on which they may depend."""
    code = find_project(root).code
    in_sources = (path for path in others if path.partition("/")[0] in SOURCE_FOLDERS)
    # Nothing depends on the files of annotators.
    if all(classify_path(path, code).kind.own for path in in_sources):
        return []
    clone = git.clone_of(root)
    if git.tree_snapshot(clone, head).entry(PROJECT_FILE) is None:
        return []
    before, after = (
        project_findings(project_in(git.tree_snapshot(clone, name))).findings
        for name in (head, git.tree_with(root, changed))
    )
    known = {_place(one) for one in before}
    return [one for one in after if one.severity is Severity.ERROR and _place(one) not in known]


def _place(one: Finding) -> tuple[str, ...]:
    """What identifies a finding when line numbers have changed."""
    return one.rule, one.at.path, one.at.pointer, one.item, one.annotator, one.message


_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def sent_from_other_clone(
    state: git.GitState, command: SendCommand, remote: str, paths: Sequence[str], base: str
) -> str:
    """The annotator's branch on the remote, as last fetched, that has the files with the same content; empty: none.

    Branches that this clone has do not count, nor what is merged at the commit `base`. Times (RFC 3339, UTC) in the
    files are ignored.

    Raises:
        UsageError: the branch that the command asks for has these files with other content.
    """
    prefix = f"refs/remotes/{remote}/"
    there = ((reference.removeprefix(prefix), reference) for reference in state.below(f"{prefix}{command.who}/"))
    pending = [
        (name, reference)
        for name, reference in there
        if not state.commit(_HEADS + name) and not is_merged(state, reference, base)
    ]
    for name, reference in pending:
        if is_same_there(state, reference, paths):
            return name
    for name, reference in pending:
        since = state.merge_base(reference, base)
        others = sorted(state.paths_between(since, reference).intersection(paths)) if since else []
        if others and re.fullmatch(rf"{re.escape(command.branch)}(-[0-9]+)?", name):
            raise UsageError(
                f"{remote} has an unmerged branch {name} with a different {format_names(others)}: the name is taken",
                fix=f"nothing was written. To continue there: git switch {name}, then run this again; "
                "else wait until it is merged, or choose another name",
            )
    return ""


def is_same_there(state: git.GitState, reference: str, paths: Sequence[str]) -> bool:
    """Whether a commit has the files with the same content as here, times ignored; false for no files."""
    return bool(paths) and all(_is_same(state, reference, path) for path in paths)


def restore_files(root: Path, paths: Sequence[str]) -> None:
    """Restores files from HEAD, and removes those that it lacks, with folders that are left empty."""
    for path in paths:
        if git.file_at(root, "HEAD", path) is not None:
            git.put_back(root, path)
            continue
        place = inside(root, path)
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == root or any(folder.iterdir()):
                break
            folder.rmdir()


def _is_same(state: git.GitState, reference: str, path: str) -> bool:
    there = state.file_at(reference, path)
    try:
        here = read_bytes(inside(state.root, path))
    except FileNotFoundError:
        return there is None
    return there is not None and _MOMENT.sub(b"", here) == _MOMENT.sub(b"", there)
