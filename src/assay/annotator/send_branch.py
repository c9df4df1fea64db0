"""The branch that a command with `--submit` works on, and what else was sent from other clones."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from assay.annotator.batch_start import hold_repository
from assay.annotator.branches import hold_nameable, own_branch, was_pushed
from assay.annotator.own_files import parts_among
from assay.annotator.submission import Errand, Kept, keep
from assay.core import SOURCE_FOLDERS, Finding, Severity, is_name
from assay.errors import UsageError
from assay.files import inside, named, read_bytes
from assay.git import (
    GitState,
    WorkState,
    adds_nothing,
    author_email,
    clone_of,
    count_commits,
    default_tip,
    drop_branch,
    file_at,
    forward,
    make_branch,
    put_back,
    switch,
    tree_snapshot,
    tree_with,
    work_tree,
)
from assay.project import PROJECT_FILE, find_project, project_in
from assay.reviewer import place_of, project_findings

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The branch that is checked out for a command, the one it came from, and whether it was made for it.

    `base` is the commit of the shared default branch.
    """

    branch: str
    came_from: str
    base: str
    made: bool = False


def hold_ready(root: Path, errand: Errand, people: Iterable[str]) -> None:
    """Makes sure that something can be committed and sent from here by whoever asks.

    Raises:
        UsageError: there is no repository, git is in the middle of something or knows nobody, what the command follows is
            not committed, or somebody else's branch or none is checked out.
    """
    hold_repository(root)
    state = GitState(root)
    if not author_email(root):
        raise UsageError(
            "git does not know who you are, so it cannot sign a commit with a name",
            fix=f"assay whoami --set {errand.who} --email YOU@EXAMPLE.ORG, then run this again",
        )
    own = f"git switch -c {errand.branch}"
    here = state.branch
    if not here:
        raise UsageError(
            "no branch is checked out here (a detached HEAD)", fix=f"{own}; it keeps what is here. Then run this again"
        )
    owner, slash, _ = here.partition("/")
    if slash and owner != errand.who and is_name(owner) and owner in people:
        raise UsageError(
            f"{here} is checked out, a branch of {owner}'s, and what you send goes on one of yours",
            fix=f"git switch {state.default.name or 'main'}, then run this again; "
            f"or, to go on from what {owner} has there: {own}",
        )
    tree = work_tree(root)
    if loose := sorted(path for path in tree.changed | tree.untracked if path.startswith(errand.settled or ("\0",))):
        raise UsageError(
            f"{named(loose)}: changed here and not committed, and what you send would follow it",
            fix="`assay guideline propose TASK --submit` sends a change of guideline and schema; then run this again",
        )


def arrive(state: GitState, errand: Errand, kept: Kept) -> Ground:
    """Checks out the branch to work on. Files that are changed and not committed stay as they are.

    Raises:
        UsageError: nobody says which branch is the default one, it has commits here that are not shared, answers are not
            handed in, or a changed file would be overwritten.
    """
    base = default_tip(state.root, state.refs)
    shared, here = state.default, state.branch
    ground = Ground(branch=here, came_from=here, base=base)
    labelling = own_branch(here) is not None
    if here != shared.name and not labelling and not is_over(state, here, base):
        if not was_pushed(state, here) and not in_the_way(state, work_tree(state.root), base):
            forward(state.root, base)
        return ground
    if here == shared.name and not has_landed(state, "HEAD", base):
        ahead = count_commits(state.root, base, "HEAD")
        raise UsageError(
            f"{here} has {ahead:,} commit{'' if ahead == 1 else 's'} here that the shared one lacks",
            fix=f"git switch -c {errand.branch} takes them along on a branch of yours; then run this again",
        )
    tree = work_tree(state.root)
    if labelling and (mine := parts_among(tree.changed | tree.untracked, errand.who)):
        raise UsageError(
            f"answers of yours are not handed in yet: {', '.join(part.name for part in mine)}",
            fix="`assay submit` hands them in; then run this again",
        )
    return _elsewhere(state, errand, kept, ground, tree)


def leave(state: GitState, ground: Ground) -> None:
    """Goes back to where a command came from that wrote nothing; a branch that was made for it goes."""
    if state.branch != ground.branch or ground.branch == ground.came_from:
        return
    switch(state.root, ground.came_from)
    if ground.made:
        drop_branch(state.root, ground.branch, ground.base)


def is_over(state: GitState, branch: str, base: str) -> bool:
    """Whether everything in a branch is in the default one by now, however it was merged; not of one never used."""
    if state.is_ancestor(_HEADS + branch, base):
        return was_pushed(state, branch)
    return has_landed(state, _HEADS + branch, base)


def is_gone(state: GitState, branch: str, base: str) -> bool:
    """Whether a branch that was sent is not here any more, or all of it is in the default one by now."""
    return state.commit(_HEADS + branch) is None or has_landed(state, _HEADS + branch, base)


def has_landed(state: GitState, revision: str, base: str) -> bool:
    """Whether what a commit changed is, or once was, in the default branch: file by file, or a merge would add nothing."""
    if state.is_ancestor(revision, base):
        return True
    since = state.merge_base(revision, base)
    if since is None:
        return False
    if adds_nothing(state.root, revision, base):
        return True
    differing = state.paths_between(since, revision) & state.paths_between(base, revision)
    return all(_was_there(state, path, revision, since, base) for path in sorted(differing))


def free_name(state: GitState, wanted: str) -> str:
    """The wanted name of a branch, or with a number the next that is free here and on the remotes as last fetched.

    Raises:
        UsageError: a branch in the way makes such names impossible.
    """
    hold_nameable(state, wanted.partition("/")[0])
    places = (_HEADS, *(f"refs/remotes/{remote}/" for remote in state.remotes))
    return next(name for name in _numbered(wanted) if not any(state.commit(f"{place}{name}") for place in places))


def in_the_way(state: GitState, tree: WorkState, revision: str) -> list[str]:
    """The changed and new files that a checkout of a commit would overwrite."""
    return sorted((tree.changed | tree.untracked) & state.paths_between("HEAD", revision))


def _elsewhere(state: GitState, errand: Errand, kept: Kept, ground: Ground, tree: WorkState) -> Ground:
    base = ground.base
    for name in (*filter(None, [kept.branch]), *_mine(state, errand)):
        local = _HEADS + name
        if not state.commit(local) or name == ground.came_from or is_over(state, name, base):
            continue
        _hold_free(state, tree, local, name)
        switch(state.root, name)
        if not was_pushed(state, name) and not in_the_way(state.again(), tree, base):
            forward(state.root, base)
        return Ground(branch=name, came_from=ground.came_from, base=base)
    name = free_name(state, errand.branch)
    _hold_free(state, tree, base, state.default.name)
    make_branch(state.root, name, base)
    return Ground(branch=name, came_from=ground.came_from, base=base, made=True)


def _hold_free(state: GitState, tree: WorkState, revision: str, name: str) -> None:
    if there := in_the_way(state, tree, revision):
        raise UsageError(
            f"{named(there)}: changed here and not committed, and another on {name}: it would be overwritten",
            fix="commit it on a branch of yours, or put it back: git restore FILE (its changes are lost then)",
        )


def _mine(state: GitState, errand: Errand) -> list[str]:
    """The branches here of the name that the errand asks for, and of that name with a number."""
    there = {name.removeprefix(_HEADS) for name in state.below(f"{_HEADS}{errand.who}/")}
    return [name for name, _ in zip(_numbered(errand.branch), range(len(there) + 1), strict=False) if name in there]


def _numbered(wanted: str) -> Iterable[str]:
    yield wanted
    yield from (f"{wanted}-{number}" for number in count(2))


def _was_there(state: GitState, path: str, revision: str, since: str, base: str) -> bool:
    wanted = state.file_at(revision, path)
    return any(state.file_at(one, path) == wanted for one in state.commits_touching(path, since, base))


def apart(state: GitState, errand: Errand, ground: Ground, kept: Kept, changed: list[str]) -> str:
    """The branch for the changed files: the one checked out, or a fresh one where they may not come with what is on it.

    Raises:
        UsageError: they may not, and rest on it: they wait until it is merged.
    """
    root = state.root
    code = find_project(root).code
    since = state.merge_base("HEAD", ground.base)
    there = state.paths_between(since, "HEAD") if since else frozenset()
    if not _refused_together([*there, *changed], code) or _refused_together(there, code):
        return ground.branch
    if _refused_together(changed, code):
        return ground.branch
    if in_the_way(state, WorkState(changed=frozenset(changed), untracked=frozenset()), ground.base):
        raise UsageError(
            f"{named(changed)}: may not come in one pull request with what is on branch {ground.branch}",
            fix=f"the files stay as they are; once that branch is merged, `{errand.typed}` again sends them",
        )
    name = free_name(state, errand.branch)
    make_branch(root, name, ground.base)
    keep(root, errand, replace(kept, written=True, branch=name, before=ground.base))
    return name


def _refused_together(paths: Iterable[str], code: Sequence[str]) -> bool:
    kinds = [place_of(path, code).kind for path in paths]
    return any(kind.labels for kind in kinds) and any(kind.policy or kind.apart or kind.release for kind in kinds)


def errors_alone(root: Path, head: str, changed: list[str], others: frozenset[str]) -> list[Finding]:
    """The errors that changed files bring on top of a commit where none of the others is, which they may rest on."""
    code = find_project(root).code
    if not any(_is_rested_on(path, code) for path in others):
        return []
    clone = clone_of(root)
    if tree_snapshot(clone, head).entry(PROJECT_FILE) is None:
        return []
    before, after = (
        project_findings(project_in(tree_snapshot(clone, name))).findings for name in (head, tree_with(root, changed))
    )
    known = {_place(one) for one in before}
    return [one for one in after if one.severity is Severity.ERROR and _place(one) not in known]


def _is_rested_on(path: str, code: Sequence[str]) -> bool:
    """Whether what stands in other files may rest on a file: on anything that is judged but somebody's own answers."""
    kind = place_of(path, code).kind
    return path.partition("/")[0] in SOURCE_FOLDERS and not kind.own


def _place(one: Finding) -> tuple[str, ...]:
    """What a finding is told by where lines have moved."""
    return one.rule, one.at.path, one.at.pointer, one.item, one.annotator, one.message


_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def sent_elsewhere(state: GitState, errand: Errand, remote: str, paths: Sequence[str], base: str) -> str:
    """The branch of whoever asks that the remote has, as last fetched, and that brings the files just so; empty: none does.

    Branches that this clone has too do not count, nor does what landed in the default branch at the commit `base`. When
    something was made (RFC 3339, UTC) makes no difference.

    Raises:
        UsageError: one of the name that the errand asks for brings these files with another content.
    """
    pending = list(_pending(state, errand, remote, base))
    for name, reference in pending:
        if is_same_there(state, reference, paths):
            return name
    for name, reference in pending:
        since = state.merge_base(reference, base)
        there = sorted(state.paths_between(since, reference).intersection(paths)) if since else []
        if there and re.fullmatch(rf"{re.escape(errand.branch)}(-[0-9]+)?", name):
            raise UsageError(
                f"{remote} has branch {name}, which is not merged yet, with another {named(there)}: the name is taken",
                fix=f"nothing was written. To go on from what is there: git switch {name}, then run this again; "
                "else wait until it is merged, or choose another name",
            )
    return ""


def is_same_there(state: GitState, reference: str, paths: Sequence[str]) -> bool:
    """Whether a commit has the files as they stand here, whenever they were made; of no files none has."""
    return bool(paths) and all(_is_same(_here(state.root, path), state.file_at(reference, path)) for path in paths)


def undo(root: Path, paths: Sequence[str]) -> None:
    """Makes files what HEAD has, and takes away those that it has not, with folders that are left empty."""
    for path in paths:
        if file_at(root, "HEAD", path) is not None:
            put_back(root, path)
            continue
        place = inside(root, path)
        place.unlink(missing_ok=True)
        for folder in place.parents:
            if folder == root or any(folder.iterdir()):
                break
            folder.rmdir()


def _pending(state: GitState, errand: Errand, remote: str, base: str) -> Iterator[tuple[str, str]]:
    prefix = f"refs/remotes/{remote}/"
    for reference in state.below(f"{prefix}{errand.who}/"):
        name = reference.removeprefix(prefix)
        if not state.commit(f"refs/heads/{name}") and not has_landed(state, reference, base):
            yield name, reference


def _here(root: Path, path: str) -> bytes | None:
    try:
        return read_bytes(inside(root, path))
    except FileNotFoundError:
        return None


def _is_same(here: bytes | None, there: bytes | None) -> bool:
    if here is None or there is None:
        return here is there
    return here == there or _MOMENT.sub(b"", here) == _MOMENT.sub(b"", there)
