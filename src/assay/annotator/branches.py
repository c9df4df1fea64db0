"""An annotator's branches of batches and guideline proposals, here and on the remotes."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assay.annotator.own_files import Part, parts_among
from assay.clone import KEPT
from assay.core import is_batch_name, is_name, is_task_name
from assay.errors import ConfigError, GitError, UsageError
from assay.git import GitState, fetch_branch, references
from assay.guidelines import Guideline, Version, content_paths, guideline_of, version_of

_HEADS = "refs/heads/"
_NUMBERED = re.compile(r"(?P<who>[^/]+)/(?P<task>[^/]+)/(?P<batch>[^/]+)-(?P<number>[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBranch:
    """A branch of an annotator's part: its number (0: it is `called` otherwise) and its references, the local one first."""

    part: Part
    number: int
    known_as: tuple[str, ...] = ()
    called: str = ""

    @property
    def name(self) -> str:
        """The name without a remote."""
        return self.called or f"{self.part.who}/{self.part.task}/{self.part.batch}-{self.number}"


def own_branch(name: str) -> OwnBranch | None:
    """The part that a branch is for, from its name; None where the name is of another form."""
    found = _NUMBERED.fullmatch(name)
    if found is None or not (is_name(found["who"]) and is_task_name(found["task"]) and is_batch_name(found["batch"])):
        return None
    part = Part(task=found["task"], batch=found["batch"], who=found["who"])
    return OwnBranch(part=part, number=int(found["number"]))


def branches_of(state: GitState, part: Part) -> tuple[OwnBranch, ...]:
    """The branches of a part, here and on the remotes as last fetched; the newest first."""
    known: dict[int, list[str]] = {}
    for reference, name in _named(state):
        branch = own_branch(name)
        if branch is not None and branch.part == part:
            known.setdefault(branch.number, []).append(reference)
    return tuple(OwnBranch(part=part, number=number, known_as=tuple(known[number])) for number in sorted(known)[::-1])


def other_branches(state: GitState, part: Part, among: Collection[str]) -> tuple[OwnBranch, ...]:
    """The branches with other names than a part's own whose references are in `among`, the checked out one first.

    The default branch and those that `doctor` keeps are left out.
    """
    known: dict[str, list[str]] = {}
    shared, here = state.default.name, state.branch
    for reference, name in _named(state):
        named = own_branch(name)
        if name != shared and not name.startswith(f"{KEPT}/") and (named is None or named.part != part):
            known.setdefault(name, []).append(reference)
    there = [name for name, them in known.items() if not set(among).isdisjoint(them)]
    others = sorted(there, key=lambda name: (name != here, name))
    return tuple(OwnBranch(part=part, number=0, called=name, known_as=tuple(known[name])) for name in others)


def free_branch(state: GitState, part: Part) -> OwnBranch:
    """The branch of a part with the smallest number that is free here and on the remotes.

    Raises:
        UsageError: an existing branch makes the name impossible.
    """
    taken = {branch.number for branch in branches_of(state, part)}
    number = next(number for number in range(1, len(taken) + 2) if number not in taken)
    require_nameable(state, part.who, f"{part.who}/{part.task}")
    return OwnBranch(part=part, number=number)


def require_nameable(state: GitState, *folders: str) -> None:
    """Requires that branches can be named `<folder>/…`.

    Raises:
        UsageError: a branch with the name of a folder exists.
    """
    for folder in folders:
        if state.commit(f"{_HEADS}{folder}"):
            raise UsageError(
                f"a branch is named {folder!r}, so no branch can be named {folder}/…",
                fix=f"rename it: git branch -m {folder} {folder}-old",
            )


def is_part_merged(state: GitState, revision: str, default: str, part: Part) -> bool:
    """Whether the default branch has, or once had, a part as a commit has it, however it was merged.

    Every answer must be there at once, and none that the commit removed or changed.
    """
    if state.is_ancestor(revision, default):
        return True
    since = state.merge_base(revision, default)
    answers = _lines(state, revision, part)
    gone = (_lines(state, since, part) if since else frozenset()) - answers
    states = (default, *state.commits_touching(part.path, since, default))
    return any(answers <= lines and gone.isdisjoint(lines) for lines in (_lines(state, one, part) for one in states))


def is_waiting(state: GitState, branch: OwnBranch, default: str) -> bool:
    """Whether the branch, here or on a remote, has answers that never were in the default branch."""
    return not all(is_part_merged(state, reference, default, branch.part) for reference in branch.known_as)


def unused_branch(state: GitState, part: Part, start: str, default: str) -> str:
    """The newest branch of a part that was made at a commit and never used; empty where there is none."""
    at = state.commit(start)
    unused = (branch for branch in branches_of(state, part) if is_unused(state, branch, default))
    return next((branch.name for branch in unused if state.commit(f"{_HEADS}{branch.name}") == at), "")


def is_unused(state: GitState, branch: OwnBranch, default: str) -> bool:
    """Whether the branch is only here, was never pushed, and has nothing that the default branch lacks."""
    only_here = branch.known_as == (f"{_HEADS}{branch.name}",) and not was_pushed(state, branch.name)
    return only_here and state.is_ancestor(branch.known_as[0], default)


def parts_since(state: GitState, base: str, who: str, revision: str = "HEAD") -> tuple[Part, ...]:
    """The parts changed since a commit left the default branch; without common history, those that differ."""
    since = state.merge_base(revision, base) or state.commit(base)
    return parts_among(state.paths_between(since, revision) if since else (), who)


def parts_outside_branches(state: GitState, who: str) -> tuple[Part, ...]:
    """The parts with answers in commits, made on the default branch or a detached HEAD, that no own branch or remote has."""
    shared = state.default
    if state.branch not in {"", shared.name}:
        return ()
    if references(state.root, "--contains=HEAD", "refs/remotes/", f"{_HEADS}{who}/"):
        return ()
    parts = parts_since(state, shared.revision, who)
    return tuple(part for part in parts if not is_part_merged(state, "HEAD", shared.revision, part))


def was_pushed(state: GitState, name: str) -> bool:
    """Whether this clone ever pushed or fetched the branch, even if interrupted before noting it."""
    return bool(state.setting(f"branch.{name}.remote") or state.commit(f"refs/remotes/{state.push_remote}/{name}"))


def unsent_branches(state: GitState, who: str) -> tuple[str, ...]:
    """The local branches, own ones or kept by `doctor`, with own answers that no remote has; the checked out one first.

    Without a remote there are none; what the default branch already has needs no sending.
    """
    base = state.default.revision
    mine = (name.removeprefix(_HEADS) for name in state.below(f"{_HEADS}{who}/", f"{_HEADS}{KEPT}/"))
    names = dict.fromkeys(name for name in (state.branch, *mine) if name)
    return tuple(
        name
        for name in names
        if is_only_here(state, name)
        and not all(
            is_part_merged(state, _HEADS + name, base, part) for part in parts_since(state, base, who, _HEADS + name)
        )
    )


def is_only_here(state: GitState, name: str) -> bool:
    """Whether a branch has commits that no remote has, although there is one."""
    return bool(state.push_remote) and not references(state.root, f"--contains={_HEADS}{name}", "refs/remotes/")


def remote_of(state: GitState, branch: OwnBranch) -> str:
    """The reference of the branch on a remote, the one own branches go to first; empty where none has it."""
    elsewhere = [reference for reference in branch.known_as if not reference.startswith(_HEADS)]
    preferred = f"refs/remotes/{state.push_remote}/{branch.name}"
    return preferred if preferred in elsewhere else next(iter(elsewhere), "")


def _named(state: GitState) -> Iterator[tuple[str, str]]:
    """Every branch, the local ones first: its full reference, and its name without the remote's."""
    prefixes = (_HEADS, *(f"refs/remotes/{remote}/" for remote in state.remotes))
    there = state.below(*prefixes)
    for prefix in prefixes:
        yield from ((name, name.removeprefix(prefix)) for name in there if name.startswith(prefix))


def _lines(state: GitState, revision: str, part: Part) -> frozenset[bytes]:
    return frozenset((state.file_at(revision, part.path) or b"").splitlines())


_PROPOSAL = re.compile(r"refs/heads/[^/]+/guideline-(?P<task>.+?)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+)(-[0-9]+)?")


def proposal_branch(who: str, task: str, version: str) -> str:
    """The name of the branch of a proposal."""
    return f"{who}/guideline-{task}-{version}"


def unsent_proposals(state: GitState, who: str) -> tuple[tuple[str, str], ...]:
    """The branches of proposals on no remote, with their tasks; not merged ones, nor those proposed again under a later version."""
    base = state.default.revision
    found = [(name, _PROPOSAL.fullmatch(name)) for name in state.below(f"{_HEADS}{who}/guideline-")]
    latest: dict[str, Version] = {}
    for _, said in found:
        if said:
            latest[said["task"]] = max(version_of(said["version"]), latest.get(said["task"], Version(0, 0, 0)))
    return tuple(
        (name.removeprefix(_HEADS), said["task"])
        for name, said in found
        if said
        and is_task_name(said["task"])
        and version_of(said["version"]) == latest[said["task"]]
        and is_only_here(state, name.removeprefix(_HEADS))
        and any(state.file_at(name, path) != state.file_at(base, path) for path in content_paths(said["task"]))
    )


def superseded_branches(state: GitState, who: str, task: str) -> tuple[tuple[str, str], ...]:
    """The branches of proposals on a remote that can no longer be merged, each with its remote.

    The default branch has their version, or a later one, without their changes. A remote that does not answer is taken
    to have the branch.
    """
    base, page = state.default.revision, content_paths(task)[0]
    now = _stated(state, base, page)
    found = []
    for remote in state.remotes if now is not None else ():
        for name in state.below(f"refs/remotes/{remote}/{who}/guideline-"):
            branch = name.removeprefix(f"refs/remotes/{remote}/")
            said = _PROPOSAL.fullmatch(f"{_HEADS}{branch}")
            if said is None or said["task"] != task or state.is_ancestor(name, base):
                continue
            if _is_behind(_stated(state, name, page), now, said["version"]):
                try:
                    is_there = fetch_branch(state.root, remote, branch)
                except GitError:
                    is_there = True
                found += [(remote, branch)] if is_there else []
    return tuple(found)


def _is_behind(made: Guideline | None, now: Guideline | None, version: str) -> bool:
    """Whether a proposed version is not later than the current one, which lacks its changes."""
    if made is None or now is None or version_of(version) > version_of(now.version):
        return False
    return not {change for change in made.changes if change.version == version} <= {*now.changes}


def _stated(state: GitState, revision: str, page: str) -> Guideline | None:
    text = state.file_at(revision, page)
    try:
        return None if text is None else guideline_of(text, page)
    except ConfigError:
        return None
