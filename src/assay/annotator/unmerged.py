"""An annotator's answers on branches that are not merged, and bringing those branches together.

A branch is theirs by its name (`<who>/…`, or one that `doctor` kept), unless somebody else is known to have changed their
file on it; else where they made every commit that did. What others write under somebody's name is not theirs. Branches
named after others are never looked into.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

from assay.annotator.own_files import Part, merge_own, parse_votes, parts_among
from assay.clone import KEPT, known_emails, lost_references
from assay.errors import AssayError
from assay.git import GitState, Refs, commits, git_places, independent, is_repository, merges_cleanly
from assay.labels import OnBranch, Unmerged, Unread
from assay.project import Project, Roster, load_roster, load_schema

_HEADS, _REMOTES = "refs/heads/", "refs/remotes/"
_Lines = Mapping[str, bytes]


def unmerged_answers(project: Project, who: str, roster: Roster, state: GitState | None = None) -> Unmerged:
    """What stands on branches of somebody's, as last fetched, and was never in the default branch, however it was merged.

    What cannot be read is among the answer's `unread`, and the rest is there all the same. `state` is what git says now;
    None: it is asked.
    """
    root = project.root
    if state is None and not is_repository(root):
        return Unmerged()
    state = state or GitState(root)
    if state.commit("HEAD") is None:
        return Unmerged()
    refs, default = state.refs, state.default
    reader = _Reader(project, who, known_emails(project, who, roster), state)
    unread, found = [*_lost(root)], list[_Found]()
    for commit, names in _candidates(refs, default.reference, who, roster).items():
        try:
            found += reader.found(commit, names)
        except AssayError as error:
            unread.append(Unread(branch=_short(names[0]), why=error.message))
    try:
        merged = dict(reader.merged(default.name))
    except AssayError as error:
        merged = {}
        unread.append(Unread(branch=default.name, why=error.message))
    return _unmerged(state, found, merged, [*unread, *reader.unread])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a commit has of one part, besides what the default branch had at any time, and the references that name it."""

    names: tuple[str, ...]
    commit: str
    part: Part
    lines: _Lines
    parted: _Lines
    invalid: tuple[str, ...]
    is_here: bool


class _Reader:
    """Reads the parts of one annotator out of commits."""

    def __init__(self, project: Project, who: str, whose: Callable[[str], str], state: GitState) -> None:
        self.unread: list[Unread] = []
        self._project = project
        self._root = project.root
        self._who = who
        self._whose = cache(whose)
        self._state = state
        self._base = state.default.revision
        self._admits = cache(self._schema_of)
        self._lines = cache(self._lines_at)

    def found(self, commit: str, names: tuple[str, ...]) -> Iterator[_Found]:
        """Each part in which a commit has answers that wait.

        Raises:
            AssayError: git cannot say what the commit holds.
        """
        state = self._state
        since = state.merge_base(commit, self._base)
        parts = parts_among(state.paths_between(since or self._base, commit), self._who)
        if not parts:
            return
        is_here, parted = state.is_ancestor(commit, "HEAD"), state.merge_base("HEAD", commit)
        if not (is_here or self._is_mine(commit, names, parts)):
            return
        for part in parts:
            waiting = self._waiting(commit, since, part, _short(names[0]))
            invalid = frozenset() if is_here else frozenset(self._invalid(part, waiting, _short(names[0])))
            if waiting:
                yield _Found(
                    names=names,
                    commit=commit,
                    part=part,
                    lines={item: line for item, line in waiting.items() if item not in invalid},
                    parted=self._lines(parted, part),
                    invalid=tuple(sorted(invalid)),
                    is_here=is_here,
                )

    def merged(self, branch: str) -> Iterator[tuple[str, OnBranch]]:
        """By file, the answers that the default branch has and what is checked out never had.

        Raises:
            AssayError: git cannot say what the default branch holds.
        """
        state, base = self._state, self._state.commit(self._base)
        if base is None or state.is_ancestor(base, "HEAD"):
            return
        parted = state.merge_base("HEAD", base)
        for part in parts_among(state.paths_between(parted or "HEAD", base), self._who):
            lines = self._never_in("HEAD", parted, part, self._lines(base, part))
            invalid = frozenset(self._invalid(part, lines, branch))
            if lines:
                yield (
                    part.path,
                    OnBranch(
                        branch=branch,
                        commit=base,
                        lines={item: line for item, line in lines.items() if item not in invalid},
                        parted=self._lines(parted, part),
                        invalid=tuple(sorted(invalid)),
                        merged=True,
                    ),
                )

    def _waiting(self, commit: str, since: str | None, part: Part, branch: str) -> _Lines:
        """The lines of a commit that the default branch has not, and had not at any time since the two parted."""
        votes = parse_votes(self._state.file_at(commit, part.path) or b"", part)
        if votes.faults:
            said = f"{part.path}: {votes.faults:,} line{'' if votes.faults == 1 else 's'} cannot be read"
            self.unread.append(Unread(branch=branch, why=said))
        return self._never_in(self._base, since, part, votes.own.lines)

    def _never_in(self, branch: str, since: str | None, part: Part, lines: _Lines) -> _Lines:
        """Of some lines of a part those that a branch has not, and had not at any time since a commit."""
        states = (since, branch, *self._state.commits_touching(part.path, since, branch))
        had = {pair for state in states for pair in self._lines(state, part).items()}
        return {item: line for item, line in lines.items() if (item, line) not in had}

    def _lines_at(self, revision: str | None, part: Part) -> _Lines:
        data = self._state.file_at(revision, part.path) if revision else None
        return parse_votes(data or b"", part).own.lines

    def _invalid(self, part: Part, lines: _Lines, branch: str) -> Iterator[str]:
        """The items whose label the schema here does not admit; of a task that is not here, none."""
        if part.task not in self._project.tasks:
            return
        admits = self._admits(part.task)
        if admits is None:
            self.unread.append(
                Unread(
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
            said = f"it is left out, for {', '.join(sorted(others))} changed {parts[0].path} on it"
            self.unread.append(Unread(branch=_short(names[0]), why=said))
        return not others


def _unmerged(
    state: GitState, found: Sequence[_Found], merged: Mapping[str, OnBranch], unread: Sequence[Unread]
) -> Unmerged:
    """What was found, by file: of branches of which one holds another only the first; and what is merged."""
    by_path = defaultdict[str, list[_Found]](list)
    for one in found:
        by_path[one.part.path].append(one)
    sends = bool(found and state.push_remote)
    elsewhere = dict[str, tuple[OnBranch, ...]]()
    for path, all_of_them in by_path.items():
        others = [one for one in all_of_them if not one.is_here]
        alone = independent(state.root, [one.commit for one in others])
        elsewhere[path] = tuple(
            OnBranch(
                branch=_short(one.names[0]), commit=one.commit, lines=one.lines, parted=one.parted, invalid=one.invalid
            )
            for one in others
            if one.commit in alone
        )
    for path, there in merged.items():
        elsewhere[path] = (there, *elsewhere.get(path, ()))
    return Unmerged(
        elsewhere={path: branches for path, branches in elsewhere.items() if branches},
        branches={path: tuple(name for one in them for name in one.names) for path, them in by_path.items()},
        handed={
            path: frozenset(
                line
                for one in them
                if not sends or any(name.startswith(_REMOTES) for name in one.names)
                for line in one.lines.values()
            )
            for path, them in by_path.items()
        },
        unread=tuple(unread),
    )


def _candidates(refs: Refs, default: str, who: str, roster: Roster) -> Mapping[str, tuple[str, ...]]:
    """The commits of branches that are not the default one nor named after others, each with its names, the local ones first."""
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


def _lost(root: Path) -> Iterable[Unread]:
    places = git_places(root)
    lost = lost_references(places) if places else ()
    said = "it names no commit any more; `assay doctor` puts it right"
    return (Unread(branch=_short(name), why=said) for name in lost)


def _own_name(reference: str) -> str:
    """A branch's name without where it is."""
    return reference.removeprefix(_HEADS) if reference.startswith(_HEADS) else "/".join(reference.split("/")[3:])


def _short(reference: str) -> str:
    return reference.removeprefix(_HEADS).removeprefix(_REMOTES)


Say = Callable[[str], None]


def join(project: Project, state: GitState, who: str, parts: Sequence[Part], remote: str, say: Say) -> bool:
    """Merges into HEAD the branches whose answers to the same batches HEAD has; says whether anything came in.

    So both can be merged, in any order. A branch that holds more than somebody's own answers stays apart, as does one with
    answers that HEAD has not taken; where the two would clash, that is said. Where HEAD clashes with the default branch in
    own files, as after a squash, that one is taken in.
    """
    root, joined = project.root, False
    unmerged = unmerged_answers(project, who, load_roster(project), state)
    for one in {one.commit: one for one in _others(state, unmerged, parts, remote)}.values():
        if state.is_ancestor(one.commit, "HEAD"):
            continue
        held = all(_holds(state, part, one.commit, unmerged) for part in parts)
        if held and _is_own_alone(state, one.commit, who) and merge_own(state, one.commit, who):
            joined = True
            say(f"branch {one.branch} came along, so that either can be merged first: it has answers to the same batch")
        elif not merges_cleanly(root, one.commit, "HEAD"):
            say(
                f"warning: branch {one.branch} has answers to the same batch, and only one of the two can be merged as it is"
            )
    shared = state.default
    if shared.remote and not merges_cleanly(root, "HEAD", shared.revision) and merge_own(state, shared.revision, who):
        joined = True
        say(f"{shared.name} came in: it had other answers of yours to the same batch")
    return joined


def _others(state: GitState, unmerged: Unmerged, parts: Sequence[Part], remote: str) -> Iterator[OnBranch]:
    """What other branches have of the parts; this one on the remote is no other."""
    same = state.commit(f"refs/remotes/{remote}/{state.branch}")
    for part in parts:
        yield from (one for one in unmerged.elsewhere.get(part.path, ()) if one.commit != same and not one.merged)


def _holds(state: GitState, part: Part, commit: str, unmerged: Unmerged) -> bool:
    """Whether HEAD has every answer that a commit has of a part, or a later one."""
    own = parse_votes(state.file_at("HEAD", part.path) or b"", part).own
    there = tuple(one for one in unmerged.elsewhere.get(part.path, ()) if one.commit == commit)
    items = frozenset(item for one in there for item in one.lines)
    together = Unmerged(elsewhere={part.path: there}).over(own, items)
    return not (together.taken or together.apart)


def _is_own_alone(state: GitState, commit: str, who: str) -> bool:
    """Whether a commit changed nothing but somebody's own answers since it left the default branch."""
    since = state.merge_base(commit, state.default.revision)
    paths = state.paths_between(since, commit) if since else frozenset()
    return bool(paths) and len(parts_among(paths, who)) == len(paths)
