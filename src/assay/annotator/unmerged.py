"""An annotator's answers on unmerged branches, and merging those branches."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import orjson

from assay.annotator.own_files import Part, merge_own, parts_among, votes_at
from assay.clone import KEPT, known_emails, lost_references
from assay.errors import AssayError
from assay.forge import Say
from assay.git import GitState, Refs, commits, git_places, independent, is_repository, merges_cleanly
from assay.labels import OnBranch, Unmerged, UnreadBranch
from assay.project import Project, Roster, load_roster, load_schema

_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"
_Lines = Mapping[str, bytes]


def unmerged_answers(project: Project, who: str, roster: Roster, state: GitState | None = None) -> Unmerged:
    """The answers on an annotator's branches, as last fetched, that the default branch never had, however it was merged.

    `unread` of the result has the branches that cannot be read. `state` is the current state of the repository; None: it
    is read.
    """
    root = project.root
    if state is None and not is_repository(root):
        return Unmerged()
    state = state or GitState(root)
    if state.commit("HEAD") is None:
        return Unmerged()
    refs, default = state.refs, state.default
    reader = _Reader(project, who, known_emails(project, who, roster), state)
    places, found = git_places(root), list[_Found]()
    unread = [
        UnreadBranch(branch=_short(name), why="it no longer points to a commit; `assay doctor` repairs it")
        for name in (lost_references(places) if places else ())
    ]
    for commit, names in _candidates(refs, default.reference, who, roster).items():
        try:
            found += reader.found(commit, names)
        except AssayError as error:
            unread.append(UnreadBranch(branch=_short(names[0]), why=error.message))
    try:
        merged = dict(reader.merged(default.name))
    except AssayError as error:
        merged = {}
        unread.append(UnreadBranch(branch=default.name, why=error.message))
    return _unmerged(state, found, merged, [*unread, *reader.unread])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The answers of one part in a commit that the default branch never had, and the references of the commit."""

    names: tuple[str, ...]
    part: Part
    there: OnBranch
    is_here: bool


class _Reader:
    """Reads the parts of one annotator out of commits."""

    def __init__(self, project: Project, who: str, whose: Callable[[str], str], state: GitState) -> None:
        self.unread: list[UnreadBranch] = []
        self._project = project
        self._root = project.root
        self._who = who
        self._whose = cache(whose)
        self._state = state
        self._base = state.default.revision
        self._admits = cache(self._schema_of)
        self._lines = cache(self._lines_at)

    def found(self, commit: str, names: tuple[str, ...]) -> Iterator[_Found]:
        """Each part of which a commit has unmerged answers.

        Raises:
            AssayError: git cannot read the commit.
        """
        state = self._state
        since = state.merge_base(commit, self._base)
        parts = parts_among(state.paths_between(since or self._base, commit), self._who)
        if not parts:
            return
        is_here, parted = state.is_ancestor(commit, "HEAD"), state.merge_base("HEAD", commit)
        if not (is_here or self._is_mine(commit, names, parts)):
            return
        branch = _short(names[0])
        for part in parts:
            waiting = self._waiting(commit, since, part, branch)
            invalid = frozenset(() if is_here else self._invalid(part, waiting, branch))
            if waiting:
                there = OnBranch(branch=branch, commit=commit, lines=waiting, parted=self._lines(parted, part))
                yield _Found(names=names, part=part, there=_without(there, invalid), is_here=is_here)

    def merged(self, branch: str) -> Iterator[tuple[str, OnBranch]]:
        """By file, the answers of the default branch that the checked out commit never had.

        Raises:
            AssayError: git cannot read the default branch.
        """
        state, base = self._state, self._state.commit(self._base)
        if base is None or state.is_ancestor(base, "HEAD"):
            return
        parted = state.merge_base("HEAD", base)
        for part in parts_among(state.paths_between(parted or "HEAD", base), self._who):
            lines = self._never_in("HEAD", parted, part, self._lines(base, part))
            invalid = frozenset(self._invalid(part, lines, branch))
            if lines:
                there = OnBranch(branch=branch, commit=base, lines=lines, parted=self._lines(parted, part), merged=True)
                yield part.path, _without(there, invalid)

    def _waiting(self, commit: str, since: str | None, part: Part, branch: str) -> _Lines:
        """The lines of a commit that the default branch never had since the merge base."""
        votes = votes_at(self._state, commit, part)
        if votes.faults:
            why = f"{part.path}: {votes.faults:,} line{'' if votes.faults == 1 else 's'} cannot be read"
            self.unread.append(UnreadBranch(branch=branch, why=why))
        return self._never_in(self._base, since, part, votes.own.lines)

    def _never_in(self, branch: str, since: str | None, part: Part, lines: _Lines) -> _Lines:
        """Those lines of a part that a branch never had since a commit."""
        states = (since, branch, *self._state.commits_touching(part.path, since, branch))
        had = {pair for state in states for pair in self._lines(state, part).items()}
        return {item: line for item, line in lines.items() if (item, line) not in had}

    def _lines_at(self, revision: str | None, part: Part) -> _Lines:
        return votes_at(self._state, revision, part).own.lines

    def _invalid(self, part: Part, lines: _Lines, branch: str) -> Iterator[str]:
        """The items whose label is not valid by the schema here; none for an unknown task."""
        if part.task not in self._project.tasks:
            return
        admits = self._admits(part.task)
        if admits is None:
            self.unread.append(
                UnreadBranch(
                    branch=branch, why=f"{part.path}: the schema of {part.task} here cannot be read, or there is none"
                )
            )
            yield from lines
            return
        for item, line in lines.items():
            record = orjson.loads(line)
            if "label" in record and not admits(record["label"]):
                yield item

    def _schema_of(self, task: str) -> Callable[[object], bool] | None:
        try:
            return load_schema(self._project, task).admits  # type: ignore[return-value]
        except AssayError:
            return None

    def _is_mine(self, commit: str, names: Sequence[str], parts: Sequence[Part]) -> bool:
        made = commits(self._root, commit, since=self._base, paths=[part.path for part in parts])
        people = {self._whose(one.author) for one in made}
        if not any(_own_name(name).startswith((f"{self._who}/", f"{KEPT}/")) for name in names):
            return people == {self._who}
        if others := people - {"", self._who}:
            why = f"it is left out: {', '.join(sorted(others))} changed {parts[0].path} on it"
            self.unread.append(UnreadBranch(branch=_short(names[0]), why=why))
        return not others


def _without(there: OnBranch, invalid: frozenset[str]) -> OnBranch:
    sound = {item: line for item, line in there.lines.items() if item not in invalid}
    return replace(there, lines=sound, invalid=tuple(sorted(invalid)))


def _unmerged(
    state: GitState, found: Sequence[_Found], merged: Mapping[str, OnBranch], unread: Sequence[UnreadBranch]
) -> Unmerged:
    """What was found, by file: without branches that another one contains; and what is merged."""
    by_path = defaultdict[str, list[_Found]](list)
    for one in found:
        by_path[one.part.path].append(one)
    sends = bool(found and state.push_remote)
    elsewhere = dict[str, tuple[OnBranch, ...]]()
    for path, all_of_them in by_path.items():
        others = [one.there for one in all_of_them if not one.is_here]
        alone = independent(state.root, [there.commit for there in others])
        elsewhere[path] = tuple(there for there in others if there.commit in alone)
    for path, there in merged.items():
        elsewhere[path] = (there, *elsewhere.get(path, ()))
    return Unmerged(
        elsewhere={path: branches for path, branches in elsewhere.items() if branches},
        branches={path: tuple(name for one in group for name in one.names) for path, group in by_path.items()},
        handed={
            path: frozenset(
                line
                for one in group
                if not sends or any(name.startswith(_REMOTES) for name in one.names)
                for line in one.there.lines.values()
            )
            for path, group in by_path.items()
        },
        unread=tuple(unread),
    )


def _candidates(refs: Refs, default: str, who: str, roster: Roster) -> Mapping[str, tuple[str, ...]]:
    """The commits of branches except the default one and other annotators' ones, each with its names, the local ones first."""
    others = {name for name in roster.annotators if name != who}
    names = defaultdict[str, list[str]](list)
    for name, commit in sorted(refs.commits.items()):
        if (
            commit != refs.commits.get(default)
            and name not in refs.aliases
            and _own_name(name).partition("/")[0] not in others
        ):
            names[commit].append(name)
    first = sorted(names.items(), key=lambda one: (_own_name(one[1][0]).partition("/")[0] != who, one[1]))
    return {commit: tuple(there) for commit, there in first}


def _own_name(reference: str) -> str:
    """A branch's name without the remote."""
    return reference.removeprefix(_HEADS) if reference.startswith(_HEADS) else "/".join(reference.split("/")[3:])


def _short(reference: str) -> str:
    return reference.removeprefix(_HEADS).removeprefix(_REMOTES)


def merge_own_branches(
    project: Project, state: GitState, who: str, parts: Sequence[Part], remote: str, say: Say
) -> bool:
    """Merges into HEAD the branches whose answers to the same batches HEAD has; whether any was merged.

    Then either can be merged first. A branch with more than own answers is not merged, nor one with answers that HEAD
    lacks; where the two conflict, a warning says so. Where HEAD conflicts with the default branch in own files, as after
    a squash, that one is merged too.
    """
    root, shared, joined = project.root, state.default, False
    unmerged = unmerged_answers(project, who, load_roster(project), state)
    same = state.commit(f"refs/remotes/{remote}/{state.branch}")
    there = {one.commit: one for part in parts for one in unmerged.elsewhere.get(part.path, ()) if not one.merged}
    for one in there.values():
        if one.commit == same or state.is_ancestor(one.commit, "HEAD"):
            continue
        held = all(_holds(state, part, one.commit, unmerged) for part in parts)
        since = state.merge_base(one.commit, shared.revision)
        changed = state.paths_between(since, one.commit) if since else frozenset[str]()
        own_alone = bool(changed) and len(parts_among(changed, who)) == len(changed)
        if held and own_alone and merge_own(state, one.commit, who):
            joined = True
            say(
                f"branch {one.branch} was merged in, so that either can be merged first: it has answers to the same batch"
            )
        elif not merges_cleanly(root, one.commit, "HEAD"):
            say(
                f"warning: branch {one.branch} has answers to the same batch, and only one of the two can be merged as it is"
            )
    if shared.remote and not merges_cleanly(root, "HEAD", shared.revision) and merge_own(state, shared.revision, who):
        joined = True
        say(f"{shared.name} was merged in: it had other answers of yours to the same batch")
    return joined


def _holds(state: GitState, part: Part, commit: str, unmerged: Unmerged) -> bool:
    """Whether HEAD has every answer of a part in a commit, or a later one."""
    there = tuple(one for one in unmerged.elsewhere.get(part.path, ()) if one.commit == commit)
    items = frozenset(item for one in there for item in one.lines)
    together = Unmerged(elsewhere={part.path: there}).over(votes_at(state, "HEAD", part).own, items)
    return not (together.taken or together.apart)
