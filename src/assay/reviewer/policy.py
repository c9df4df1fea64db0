"""The rules of a change: each file by its kind, then all of them together, judged by the base's policy."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.core import Annotator, Batch, Kind, Role, Status, legible
from assay.git import TreeChange, TreeSnapshot
from assay.labels import FileRole, LabelFile, Renames, read_batch
from assay.project import Project, ReviewLimits, Roster
from assay.render import count
from assay.reviewer.change_authors import Makers
from assay.reviewer.kinds import Place, classify_path, collisions, entry_faults, path_faults, shadows
from assay.reviewer.policy_changes import GuidelineChange
from assay.reviewer.result import ChangeVerdict, FileVerdict, ReviewOutcome, WaitingPart

_RANK = {Role.ANNOTATOR: 0, Role.REVIEWER: 1, Role.LEAD: 2}
_WORSE = {ReviewOutcome.OK: 0, ReviewOutcome.APPROVAL: 1, ReviewOutcome.REFUSED: 2}
_IN_BATCH = frozenset({"votes", "adjudication", "returned"})

Reason = tuple[ReviewOutcome, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePolicy:
    """The policy of the base: people, tasks, batches by (task, batch), the limits of a change, and the project's code.

    `today` is an ISO date in UTC: people who leave on a later day still count. Empty: no clock, and they do not.
    """

    people: Mapping[str, Annotator]
    tasks: frozenset[str]
    batches: Mapping[tuple[str, str], Batch]
    limits: ReviewLimits
    code: tuple[str, ...] = ()
    today: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChange:
    """A change: the paths that differ, every path of the head, the size of each new object, and who made it.

    Paths are below the project's root; one outside it starts with `:/`. `folder` is the project's folder in the
    repository, with a final slash; empty where the project is the whole repository. `guidelines` are the new guideline
    versions and batches of the merge result, `renames` the ids that it renames.
    """

    changes: Sequence[TreeChange]
    held: Sequence[str]
    sizes: Mapping[str, int]
    records: int
    makers: Makers
    folder: str = ""
    guidelines: GuidelineChange = field(default_factory=GuidelineChange)
    renames: Renames = field(default_factory=Renames)


def judge_change(change: ProposedChange, base: BasePolicy) -> ChangeVerdict:
    """Judges every path by the base's policy, then all paths together."""
    judge = _Judge(change, base)
    places = [classify_path(one.path, base.code) for one in change.changes]
    files = tuple(map(judge.file, change.changes, places))
    judged_first = sorted(zip(places, files, strict=True), key=lambda one: not one[0].kind.judged)
    reasons = [
        (file.outcome, f"{file.path}: {reason}")
        for place, file in judged_first
        for reason in file.reasons
        if file.outcome is not ReviewOutcome.APPROVAL or place.path not in change.renames.paths
    ]
    reasons += judge.together(places)
    outcome = max((one for one, _ in reasons), key=_WORSE.__getitem__, default=ReviewOutcome.OK)
    if change.makers.unsaid and outcome is not ReviewOutcome.REFUSED:
        missing = change.makers.unsaid
        if outcome is ReviewOutcome.OK and change.makers.advised:
            names = " and ".join(map(legible, change.makers.advised))
            missing = (f"ok if the forge names {names}: --actor is advice, e-mails in a commit are a claim",)
        reasons += [(ReviewOutcome.APPROVAL, text) for text in missing]
        outcome = ReviewOutcome.APPROVAL
    named = dict.fromkeys(reason for one, reason in reasons if one is outcome and one is not ReviewOutcome.OK)
    return ChangeVerdict(
        outcome=outcome,
        reasons=tuple(named),
        policy_change=any(place.kind.policy for place in places),
        people=tuple(sorted(change.makers.people)),
        files=files,
        waiting=tuple(judge.waiting(places, files)),
    )


class _Judge:
    def __init__(self, change: ProposedChange, base: BasePolicy) -> None:
        self.change = change
        self.base = base
        self.makers = change.makers
        self.collisions = collisions([one.path for one in change.changes if one.before is None], change.held)

    def file(self, change: TreeChange, place: Place) -> FileVerdict:
        """The verdict on one path: the worst outcome, and its reasons."""
        may = self._renamed(place) if change.path in self.change.renames.paths else self._may(change, place)
        found = [*self._form(change, place), *may]
        if not found and place.kind.approval:
            note = place.kind.note or f"a change of {place.kind.name} needs a second person"
            found = [(ReviewOutcome.APPROVAL, note)]
        outcome = max((one for one, _ in found), key=_WORSE.__getitem__, default=ReviewOutcome.OK)
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
        """Reasons that no single path shows."""
        renamed = self.change.renames.paths
        if renamed:
            only = f"{legible(str(self.change.renames))}, and in {count(len(renamed), 'file')} nothing else changes"
            yield ReviewOutcome.APPROVAL, only
        kinds = {place.kind.name: place.kind for place in places if place.path not in renamed}.values()
        labels = sorted(kind.name for kind in kinds if kind.labels)
        if labels and (apart := [kind for kind in kinds if kind.policy or kind.apart]):
            mixed = f"{', '.join(sorted(kind.name for kind in apart))} and {', '.join(labels)} change together"
            if all(kind.name == "guideline" or kind.goes_along for kind in apart):
                fix = "merge the guideline first, then send the labels in a second pull request"
            else:
                what = "the policy files" if any(kind.policy for kind in apart) else "the files that are not labels"
                fix = f"send {what} in a pull request of their own"
            yield ReviewOutcome.REFUSED, f"{mixed}: {fix}"
        if labels and any(kind.release for kind in kinds):
            yield ReviewOutcome.REFUSED, "dvc.lock and reports/ are committed when a release is made, not with labels"
        if (many := sum(place.kind.judged and place.path not in renamed for place in places)) > self.base.limits.files:
            limit = f"{many:,} files change; the limit is {self.base.limits.files:,}"
            yield ReviewOutcome.REFUSED, f"{limit}: split it into several pull requests"
        if self.change.records > self.base.limits.records:
            limit = f"{self.change.records:,} records change; the limit is {self.base.limits.records:,}"
            yield ReviewOutcome.APPROVAL, f"{limit}: a person has to approve it"

    def waiting(self, places: Sequence[Place], files: Sequence[FileVerdict]) -> Iterator[WaitingPart]:
        """The kinds of files that wait, by the role that approves them, those of a guideline change separate."""
        found: dict[tuple[Role, bool], set[str]] = {}
        for change, place, file in zip(self.change.changes, places, files, strict=True):
            if file.outcome is ReviewOutcome.APPROVAL:
                along = not self.change.guidelines.why_not(change, place)
                approver = Role.LEAD if change.path in self.change.renames.paths else place.kind.approver
                found.setdefault((approver, along), set()).add(place.kind.name)
        yield from (
            WaitingPart(role=role, along=along, kinds=tuple(sorted(kinds))) for (role, along), kinds in found.items()
        )

    def _form(self, change: TreeChange, place: Place) -> Iterator[Reason]:
        entry, kind = change.after, place.kind
        if kind.refused:
            yield ReviewOutcome.REFUSED, kind.refused
        if entry is None:
            return
        if place.path.startswith(":/"):
            if shadows(place.path.removeprefix(":/"), self.change.folder):
                yield ReviewOutcome.REFUSED, "on some file systems it is part of the labelling project"
            return
        faults = entry_faults(entry, executable=kind.executable) if kind.judged else path_faults(entry.path)
        yield from ((ReviewOutcome.REFUSED, fault) for fault in faults)
        if other := self.collisions.get(change.path):
            yield ReviewOutcome.REFUSED, f"on some file systems it is the same as {legible(other)}"
        size = self.change.sizes.get(entry.object, 0)
        if kind.judged and size > self.base.limits.file_mib * 2**20:
            yield ReviewOutcome.REFUSED, f"{size / 2**20:,.1f} MiB; the limit is {self.base.limits.file_mib:g} MiB"

    def _may(self, change: TreeChange, place: Place) -> Iterator[Reason]:
        if place.kind.name == "output" and change.after is not None:
            fix = f"git rm --cached -- {shlex.quote(legible(place.path))}"
            yield ReviewOutcome.REFUSED, f"programs make this file, and it is never committed; fix: {fix}"
        if place.kind.role is None:
            return
        yield from self._known()
        stray = self.change.guidelines.why_not(change, place)
        yield from self._role(place, place.kind.role if stray else Role.ANNOTATOR, stray)
        if change.path in self.change.renames.odd:
            more = "and the file has other changes than those of `assay annotator`"
            fix = "rename in a pull request of its own, with no other change in these files"
            yield ReviewOutcome.REFUSED, f"{legible(str(self.change.renames))}, {more}: {fix}"
        if place.kind.own:
            yield from self._own(place)
        if place.kind.name in _IN_BATCH:
            yield from self._batch(place)
        emptied = change.after is None or not self.change.sizes.get(change.after.object, 1)
        if emptied and change.before is not None and place.kind.own:
            yield ReviewOutcome.APPROVAL, "the whole file is removed"

    def _renamed(self, place: Place) -> Iterator[Reason]:
        """A file in which only a name changed: a lead has to make the change, whoever owns the file."""
        yield from self._known()
        yield from self._role(place, Role.LEAD, "")
        yield ReviewOutcome.APPROVAL, "only a name changes"

    def _known(self) -> Iterator[Reason]:
        makers = self.makers
        for name in makers.foreign:
            yield ReviewOutcome.REFUSED, f"{legible(name)} is not in the roster of the base"
        for name in makers.ambiguous:
            yield ReviewOutcome.REFUSED, f"the roster gives {legible(name)} to several people"
        names = ", ".join(map(legible, makers.unknown))
        if not makers.people and not makers.foreign:
            yield ReviewOutcome.REFUSED, "nobody in the roster of the base made this"
        elif makers.unknown and not makers.stated:
            yield ReviewOutcome.REFUSED, f"{names}: not in the roster, and no forge names who pushed"
        elif makers.unknown:
            yield ReviewOutcome.APPROVAL, f"the committer {names} is not in the roster"

    def _role(self, place: Place, role: Role, stray: str) -> Iterator[Reason]:
        for who in sorted(self.makers.people):
            entry = self.base.people[who]
            if entry.status is Status.EXCLUDED or (entry.away and not "" < self.base.today < entry.until):
                since = f" since {entry.until}" if entry.until else ""
                yield ReviewOutcome.REFUSED, f"{who} {entry.status.phrase} in the roster{since}"
            if _RANK[entry.role] < _RANK[role]:
                what = "no rule names this path: it" if place.kind.name == "other" else f"a change of {place.kind.name}"
                why = f"; it is not part of a guideline change: {stray}" if place.kind.goes_along else ""
                yield ReviewOutcome.REFUSED, f"{what} needs a {role}, and {who} is {entry.role.with_article}{why}"

    def _own(self, place: Place) -> Iterator[Reason]:
        owner = self.base.people.get(place.who)
        if owner is None:
            yield ReviewOutcome.REFUSED, f"{place.who} is not in the roster of the base"
        elif owner.kind is Kind.MODEL:
            if not all(self.base.people[who].role is Role.LEAD for who in self.makers.people):
                yield ReviewOutcome.REFUSED, f"{place.who} is a model, and only a lead adds its answers"
            else:
                yield ReviewOutcome.APPROVAL, f"{place.who} is a model: its answers need a second person"
        elif others := sorted(self.makers.people - {place.who}):
            yield ReviewOutcome.REFUSED, f"the file is {place.who}'s own, and {', '.join(others)} took part in it"
        if place.task not in self.base.tasks:
            yield ReviewOutcome.REFUSED, f"the base has no task {place.task}"

    def _batch(self, place: Place) -> Iterator[Reason]:
        batch = self.base.batches.get((place.task, place.batch))
        owner = self.base.people.get(place.who)
        if batch is None:
            yield ReviewOutcome.REFUSED, f"the base has no batch {place.batch} of {place.task}"
        elif batch.closed and place.kind.name != "adjudication":
            yield ReviewOutcome.REFUSED, f"the batch {place.batch} is closed"
        qualified = owner.qualified if owner is not None else None
        if place.kind.name == "votes" and qualified is not None and place.task not in qualified:
            yield ReviewOutcome.REFUSED, f"{place.who} is not qualified for {place.task}"


def changes_between(before: TreeSnapshot, after: TreeSnapshot) -> tuple[TreeChange, ...]:
    """The differences between two trees, by path; a rename is a removal and an addition."""
    paths = before.entries.keys() | after.entries.keys()
    sides = ((path, before.entries.get(path), after.entries.get(path)) for path in sorted(paths))
    return tuple(TreeChange(path=path, before=old, after=new) for path, old, new in sides if old != new)


def policy_of(project: Project, roster: Roster, changes: Iterable[TreeChange], today: str) -> BasePolicy:
    """The policy for a change on a day (empty: no clock); only the batches that the change touches are read."""
    places = (classify_path(change.path, project.code) for change in changes)
    batches: dict[tuple[str, str], Batch] = {}
    for task, name in sorted({(place.task, place.batch) for place in places if place.batch}):
        file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
        if project.snapshot.has(file.path):
            batch, _ = read_batch(project.snapshot, file, frozenset(), roster)
            if batch is not None:
                batches[task, name] = batch
    return BasePolicy(
        people=people_in(roster),
        tasks=frozenset(project.tasks),
        batches=batches,
        limits=project.review,
        code=project.code,
        today=today,
    )


def people_in(roster: Roster) -> Mapping[str, Annotator]:
    """The entries of people and models that have their own file."""
    return {who: entry for who, entry in roster.annotators.items() if not who.startswith("@")}
