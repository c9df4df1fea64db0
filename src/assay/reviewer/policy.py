"""The rules of a change: each file by its kind, then all of them together, judged by the base's policy."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.core import Annotator, Batch, Kind, Role, Status, legible
from assay.git import TreeChange, TreeSnapshot
from assay.guidelines import Revision, load_revision
from assay.labels import FileRole, LabelFile, Renames, read_batch
from assay.project import Project, ReviewLimits, Roster
from assay.render import count
from assay.reviewer.change_authors import Makers
from assay.reviewer.kinds import FileKind, Place, collisions, entry_faults, path_faults, place_of, shadows
from assay.reviewer.policy_changes import GuidelineChange
from assay.reviewer.result import ChangeVerdict, FileVerdict, Outcome, Waiting

_RANK = {Role.ANNOTATOR: 0, Role.REVIEWER: 1, Role.LEAD: 2}
_WORSE = {Outcome.OK: 0, Outcome.APPROVAL: 1, Outcome.REFUSED: 2}
_IN_BATCH = frozenset({"votes", "adjudication", "returned"})

Reason = tuple[Outcome, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePolicy:
    """What the base says: people, tasks, rounds by (task, batch), the limits of a change, and what is the project's code.

    `today` is an ISO date in UTC: until the day comes, whoever is to leave takes part. Empty: no clock, and they do not.
    """

    people: Mapping[str, Annotator]
    tasks: frozenset[str]
    batches: Mapping[tuple[str, str], Batch]
    limits: ReviewLimits
    code: tuple[str, ...] = ()
    today: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A change: the paths that differ, every path of the head, the size of each new object, and who made it.

    Paths are below the project's root; one outside it starts with `:/`. `folder` is the project's own, from the
    repository's top, with a slash at its end; empty where the project is the whole repository. `guidelines` is what the
    merge result has of new guideline versions and batches, `renames` who has another id in it.
    """

    changes: Sequence[TreeChange]
    held: Sequence[str]
    sizes: Mapping[str, int]
    records: int
    makers: Makers
    folder: str = ""
    guidelines: GuidelineChange = field(default_factory=GuidelineChange)
    renames: Renames = field(default_factory=Renames)


def judge_change(change: Proposed, base: BasePolicy) -> ChangeVerdict:
    """Judges every path by the base's policy, then what they are together."""
    judge = _Judge(change, base)
    places = [place_of(one.path, base.code) for one in change.changes]
    files = tuple(map(judge.file, change.changes, places))
    judged_first = sorted(zip(places, files, strict=True), key=lambda one: not one[0].kind.judged)
    reasons = [
        (file.outcome, f"{file.path}: {reason}")
        for place, file in judged_first
        for reason in file.reasons
        if file.outcome is not Outcome.APPROVAL or place.path not in change.renames.paths
    ]
    reasons += judge.together(places)
    outcome = max((one for one, _ in reasons), key=_WORSE.__getitem__, default=Outcome.OK)
    if change.makers.unsaid and outcome is not Outcome.REFUSED:
        reasons += [(Outcome.APPROVAL, text) for text in _pushed(change.makers, alone=outcome is Outcome.OK)]
        outcome = Outcome.APPROVAL
    return ChangeVerdict(
        outcome=outcome,
        reasons=tuple(dict.fromkeys(reason for one, reason in reasons if one is outcome and one is not Outcome.OK)),
        policy_change=any(place.kind.policy for place in places),
        people=tuple(sorted(change.makers.people)),
        files=files,
        waiting=tuple(judge.waiting(places, files)),
    )


def _pushed(makers: Makers, *, alone: bool) -> Sequence[str]:
    """What is missing where not every commit has somebody behind it; `alone`: nothing else stands against the change."""
    if not (alone and makers.advised):
        return makers.unsaid
    names = " and ".join(map(legible, makers.advised))
    return (f"ok if the forge names {names}: --actor is advice, e-mails in a commit are a claim",)


class _Judge:
    def __init__(self, change: Proposed, base: BasePolicy) -> None:
        self.change = change
        self.base = base
        self.makers = change.makers
        added = [one.path for one in change.changes if one.before is None]
        self.collisions = collisions(added, change.held)

    def file(self, change: TreeChange, place: Place) -> FileVerdict:
        """One path: the worst of what is said of it, and why."""
        may = self._renamed(place) if change.path in self.change.renames.paths else self._may(change, place)
        found = [*self._form(change, place), *may]
        if not found and place.kind.approval:
            note = place.kind.note or f"a change of {place.kind.name} is looked at by a second person"
            found = [(Outcome.APPROVAL, note)]
        outcome = max((one for one, _ in found), key=_WORSE.__getitem__, default=Outcome.OK)
        done = "added" if change.before is None else "removed" if change.after is None else "changed"
        return FileVerdict(
            path=legible(change.path),
            change=done,
            kind=place.kind.name,
            policy=place.kind.policy,
            outcome=outcome,
            reasons=tuple(dict.fromkeys(reason for one, reason in found if one is outcome)),
        )

    def together(self, places: Sequence[Place]) -> Iterator[Reason]:
        """What no path alone shows."""
        renamed = self.change.renames.paths
        if renamed:
            told = f"{legible(str(self.change.renames))}, and in {count(len(renamed), 'file')} nothing else changes"
            yield Outcome.APPROVAL, told
        kinds = {place.kind.name: place.kind for place in places if place.path not in renamed}.values()
        labels = sorted(kind.name for kind in kinds if kind.labels)
        if labels and (apart := [kind for kind in kinds if kind.policy or kind.apart]):
            mixed = f"{', '.join(sorted(kind.name for kind in apart))} and {', '.join(labels)} change together"
            yield Outcome.REFUSED, f"{mixed}: {_in_two(apart)}"
        if labels and any(kind.release for kind in kinds):
            yield Outcome.REFUSED, "dvc.lock and reports/ are committed when a release is made, not with labels"
        if (many := sum(place.kind.judged and place.path not in renamed for place in places)) > self.base.limits.files:
            limit = f"{many:,} files change and the limit is {self.base.limits.files:,}"
            yield Outcome.REFUSED, f"{limit}: split it into several pull requests"
        if self.change.records > self.base.limits.records:
            limit = f"{self.change.records:,} records change, more than the {self.base.limits.records:,} of the policy"
            yield Outcome.APPROVAL, f"{limit}: a person has to take it on"

    def waiting(self, places: Sequence[Place], files: Sequence[FileVerdict]) -> Iterator[Waiting]:
        """What waits for whom: the kinds of files by the role that approves them, those of a guideline change apart."""
        found: dict[tuple[Role, bool], set[str]] = {}
        for change, place, file in zip(self.change.changes, places, files, strict=True):
            if file.outcome is Outcome.APPROVAL:
                along = not self.change.guidelines.why_not(change, place)
                approver = Role.LEAD if change.path in self.change.renames.paths else place.kind.approver
                found.setdefault((approver, along), set()).add(place.kind.name)
        yield from (
            Waiting(role=role, along=along, kinds=tuple(sorted(kinds))) for (role, along), kinds in found.items()
        )

    def _form(self, change: TreeChange, place: Place) -> Iterator[Reason]:
        entry, kind = change.after, place.kind
        if entry is None:
            return
        if place.path.startswith(":/"):
            if shadows(place.path.removeprefix(":/"), self.change.folder):
                yield Outcome.REFUSED, "some file systems take it for a part of the labelling project"
            return
        faults = entry_faults(entry, executable=kind.executable) if kind.judged else path_faults(entry.path)
        yield from ((Outcome.REFUSED, fault) for fault in faults)
        if other := self.collisions.get(change.path):
            yield Outcome.REFUSED, f"some file systems take it for {legible(other)}"
        size = self.change.sizes.get(entry.object, 0)
        if kind.judged and size > self.base.limits.file_mib * 2**20:
            limit = f"{size / 2**20:,.1f} MiB, more than the {self.base.limits.file_mib:g} MiB of the policy"
            yield Outcome.REFUSED, limit

    def _may(self, change: TreeChange, place: Place) -> Iterator[Reason]:
        if place.kind.name == "output" and change.after is not None:
            fix = f"git rm --cached -- {shlex.quote(legible(place.path))}"
            yield Outcome.REFUSED, f"git ignores what programs make here, and it is never committed; fix: {fix}"
        if place.kind.role is None:
            return
        yield from self._known()
        stray = self.change.guidelines.why_not(change, place)
        yield from self._role(place, place.kind.role if stray else Role.ANNOTATOR, stray)
        if change.path in self.change.renames.odd:
            more = f"{legible(str(self.change.renames))}, and this is not just what `assay annotator` makes of it"
            yield Outcome.REFUSED, f"{more}: rename in a pull request of its own, with nothing else in these files"
        if place.kind.own:
            yield from self._own(place)
        if place.kind.name in _IN_BATCH:
            yield from self._round(place)
        emptied = change.after is None or not self.change.sizes.get(change.after.object, 1)
        if emptied and change.before is not None and place.kind.own:
            yield Outcome.APPROVAL, "the whole file is taken away"

    def _renamed(self, place: Place) -> Iterator[Reason]:
        """A file in which nothing but a name changed: whose it is does not matter, a lead has to make it."""
        yield from self._known()
        yield from self._role(place, Role.LEAD, "")
        yield Outcome.APPROVAL, "nothing but a name changes"

    def _known(self) -> Iterator[Reason]:
        makers = self.makers
        for name in makers.foreign:
            yield Outcome.REFUSED, f"{legible(name)} is not in the roster of the base"
        for name in makers.ambiguous:
            yield Outcome.REFUSED, f"the roster gives {legible(name)} to several people"
        if not makers.people and not makers.foreign:
            yield Outcome.REFUSED, "nobody in the roster of the base made this"
        elif makers.unknown and not makers.stated:
            names = ", ".join(map(legible, makers.unknown))
            yield Outcome.REFUSED, f"the roster does not know {names}, and no forge says who that is"
        elif makers.unknown:
            yield Outcome.APPROVAL, f"the roster does not know the committer {', '.join(map(legible, makers.unknown))}"

    def _role(self, place: Place, role: Role, stray: str) -> Iterator[Reason]:
        for who in sorted(self.makers.people):
            one = self.base.people[who]
            if one.status is Status.EXCLUDED or (one.away and not "" < self.base.today < one.until):
                since = f" since {one.until}" if one.until else ""
                yield Outcome.REFUSED, f"{who} {one.status.said} in the roster{since}"
            if _RANK[one.role] < _RANK[role]:
                what = "no rule names this path: it" if place.kind.name == "other" else f"a change of {place.kind.name}"
                why = f"; it is no part of a guideline change: {stray}" if place.kind.goes_along else ""
                yield Outcome.REFUSED, f"{what} needs a {role}, and {who} is {one.role.said}{why}"

    def _own(self, place: Place) -> Iterator[Reason]:
        owner = self.base.people.get(place.who)
        if owner is None:
            yield Outcome.REFUSED, f"{place.who} is not in the roster of the base"
        elif owner.kind is Kind.MODEL:
            if not all(self.base.people[who].role is Role.LEAD for who in self.makers.people):
                yield Outcome.REFUSED, f"{place.who} is a model, and a lead brings in its answers"
            else:
                yield Outcome.APPROVAL, f"{place.who} is a model: a second person looks at its answers"
        elif others := sorted(self.makers.people - {place.who}):
            yield Outcome.REFUSED, f"the file is {place.who}'s own, and {', '.join(others)} had a hand in it"
        if place.task not in self.base.tasks:
            yield Outcome.REFUSED, f"the base has no task {place.task}"

    def _round(self, place: Place) -> Iterator[Reason]:
        batch = self.base.batches.get((place.task, place.batch))
        owner = self.base.people.get(place.who)
        if batch is None:
            yield Outcome.REFUSED, f"the base has no round {place.batch} of {place.task}"
        elif batch.closed and place.kind.name != "adjudication":
            yield Outcome.REFUSED, f"the round {place.batch} is closed"
        if (
            place.kind.name == "votes"
            and owner is not None
            and owner.qualified is not None
            and place.task not in owner.qualified
        ):
            yield Outcome.REFUSED, f"{place.who} is not qualified for {place.task}"


def _in_two(apart: Sequence[FileKind]) -> str:
    """How a change that mixes these with labels is sent instead."""
    if all(kind.name == "guideline" or kind.goes_along for kind in apart):
        return "labels are made under what is merged; send them in a second pull request, once this one is"
    sent = "what others are judged by" if any(kind.policy for kind in apart) else "what labels have nothing to do with"
    return f"send {sent} in a pull request of its own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What labels are read by: schema, guideline and roster of one state of the project, and the pool of the task."""

    task: str
    pool: str
    revision: Revision
    roster: Roster


def rules_of(project: Project, task: str, roster: Roster) -> Rules:
    """The rules of a task.

    Raises:
        ConfigError: guideline or schema cannot be used.
    """
    return Rules(task=task, pool=project.tasks[task].pool, revision=load_revision(project, task), roster=roster)


def changes_between(before: TreeSnapshot, after: TreeSnapshot) -> tuple[TreeChange, ...]:
    """What differs between two trees, a rename as a removal and an addition, by path."""
    paths = before.entries.keys() | after.entries.keys()
    sides = ((path, before.entries.get(path), after.entries.get(path)) for path in sorted(paths))
    return tuple(TreeChange(path=path, before=old, after=new) for path, old, new in sides if old != new)


def policy_of(project: Project, roster: Roster, changes: Iterable[TreeChange], today: str) -> BasePolicy:
    """What a change is judged by on a day (empty: no clock); of the batches those are read that the change touches."""
    return BasePolicy(
        people=people_in(roster),
        tasks=frozenset(project.tasks),
        batches=dict(_batches(project, roster, changes)),
        limits=project.review,
        code=project.code,
        today=today,
    )


def people_in(roster: Roster) -> Mapping[str, Annotator]:
    """The entries of people and models that are files of their own."""
    return {who: one for who, one in roster.annotators.items() if not who.startswith("@")}


def _batches(
    project: Project, roster: Roster, changes: Iterable[TreeChange]
) -> Iterator[tuple[tuple[str, str], Batch]]:
    places = (place_of(change.path, project.code) for change in changes)
    for task, name in sorted({(place.task, place.batch) for place in places if place.batch}):
        path = f"labels/{task}/{name}/batch.yaml"
        if project.snapshot.has(path):
            file = LabelFile(path=path, role=FileRole.BATCH, task=task, batch=name)
            batch, _ = read_batch(project.snapshot, file, frozenset(), roster)
            if batch is not None:
                yield (task, name), batch
