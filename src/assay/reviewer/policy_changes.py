"""Changes that others are judged by: waivers, guidelines with schemas and migrations, and their impact."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assay.core import SIGNED, Annotator, Batch, Corpus, Finding, Purpose, Waiver, finding
from assay.errors import ConfigError, LimitError
from assay.gate import load_held_waivers, rules_known, waiver_faults
from assay.git import Snapshot, TreeChange
from assay.guidelines import (
    Guideline,
    Revision,
    TaskImpact,
    Trust,
    approval_of,
    approval_path,
    content_paths,
    judged_in,
    load_content,
    load_guideline,
    load_revision,
    load_trust,
    same_persons,
    signature_path,
    states_revision,
    unusable,
)
from assay.labels import FileRole, LabelFile, load_corpus, read_batch
from assay.lead import impact_between
from assay.project import Project, Roster, TaskSchema, configuration_bytes, load_roster, load_waivers, migrations_folder
from assay.reviewer.kinds import Place, place_of
from assay.reviewer.result import GuidelineState


def guideline_states(base: Project, merged: Project, changes: Sequence[TreeChange]) -> Iterator[GuidelineState]:
    """One for each task of the base whose guideline, schema or migrations the change edits."""
    changed = {change.path for change in changes}
    tasks = [task for task in base.tasks if changed & set(content_paths(task)) or _migrated(task, changed)]
    trust = load_trust(base)
    for task in tasks:
        try:
            after = load_revision(merged, task)
        except ConfigError:
            yield GuidelineState(
                task=task, version="", approved=False, state="guideline or schema cannot be read in the head", impact=None
            )  # fmt: skip
            continue
        state = _state(merged, task, trust)
        yield GuidelineState(
            task=task,
            version=after.guideline.version,
            approved=not state,
            state=state or "approved",
            impact=_impact(base, task, after),
        )


def _migrated(task: str, changed: Collection[str]) -> bool:
    folder = f"{migrations_folder(task)}/"
    return any(path.startswith(folder) for path in changed)


def _impact(base: Project, task: str, after: Revision) -> TaskImpact:
    def read(schema: TaskSchema, guideline: Guideline) -> Corpus:
        return load_corpus(base, schema, guideline).corpus

    before = load_revision(base, task) if states_revision(base, task) and not unusable(base, [task]) else None
    return impact_between(base, task, before, after, read)


def _state(merged: Project, task: str, trust: Trust) -> str:
    """Why the version of the head is held; empty where a record in the head approves it by the base's trust."""
    try:
        content = load_content(merged, task)
    except ConfigError as error:
        return error.message
    return judged_in(merged, content, trust, later=False).reason


_YEAR = 1


def waived_findings(before: Project, merged: Project, makers: Collection[str], now: str) -> Iterator[Finding]:
    """What is wrong with new and altered waivers, by the roster and the policy of the base.

    `makers` are the roster ids of everybody who wrote, committed or pushed the change: none of them approves its waivers.
    `now` (RFC 3339, UTC; empty: no clock) is what `until` is held against: not past, and a year ahead at most. A file of
    waivers that cannot be read is told as that, and nothing here.
    """
    given = _given(merged)
    fresh = tuple(one for one in given if _said(one) not in {_said(old) for old in _given(before)})
    if not fresh:
        return
    people = load_roster(before).annotators
    specs, unknown = rules_known(merged)
    known = tuple(one for one in fresh if one.rule.partition("/")[0] not in unknown)
    by_the_base = replace(load_held_waivers(merged), given=known, people=people, waivable=frozenset(before.waivable))
    yield from waiver_faults(by_the_base, specs)
    for one in fresh:
        for problem, fix in (*_own_word(one, makers, people), *_too_long(one, now[:10])):
            yield finding("project/waiver", one.source, f"{one.rule!r} is not waived: {problem}", fix=fix)


def _given(project: Project) -> tuple[Waiver, ...]:
    try:
        return load_waivers(project)
    except ConfigError:
        return ()


def _said(one: Waiver) -> tuple[str, str, str, str]:
    return one.rule, one.reason, one.approver, one.until


def _own_word(one: Waiver, makers: Collection[str], people: Mapping[str, Annotator]) -> Iterator[tuple[str, str]]:
    if one.approver in same_persons(people, makers):
        yield (
            f"{one.approver} had a hand in the change, and nobody approves their own waiver",
            "name a reviewer or lead who neither wrote nor pushed the change",
        )


def _too_long(one: Waiver, today: str) -> Iterator[tuple[str, str]]:
    try:
        until, now = date.fromisoformat(one.until), date.fromisoformat(today)
    except ValueError:  # no clock, or a day that there is not, which is told already
        return
    last = _a_year_after(now)
    if until < now:
        yield f"it ended on {one.until}", "take it out, or state a day to come"
    elif until > last:
        yield (
            f"it is to hold until {one.until}, more than a year from now",
            f"state {last.isoformat()} or an earlier day",
        )


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + _YEAR)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + _YEAR, day=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineChange:
    """The guideline versions that the merge result has and the base has not, by task of the base, and its new batches.

    `batches` are those of which the base has nothing at all, by (task, batch). `signed` are the paths of signed records of
    these versions, with their signatures, that the base has not: whether they hold is a matter of findings.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    batches: Mapping[tuple[str, str], Batch] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()

    def why_not(self, change: TreeChange, place: Place) -> str:
        """Why a file is no part of a guideline change; empty where it is one."""
        version = self.versions.get(place.task)
        if not place.kind.goes_along:
            return "it is no part of a guideline"
        if version is None:
            return f"no new version of the guideline of {place.task} comes with it"
        if change.after is None:
            return "it is taken away"
        if place.kind.name == "approval":
            return "" if change.path in self.signed else "it is no signed record of the new version, with its signature"
        if place.batch:
            return self._why_not_batch(place, version)
        return "the base has this migration already" if place.kind.name == "migration" and change.before else ""

    def _why_not_batch(self, place: Place, version: str) -> str:
        batch = self.batches.get((place.task, place.batch))
        if batch is None:
            return f"the base has the batch {place.batch} already, or its batch.yaml cannot be read"
        if batch.purpose is not Purpose.RELABEL:
            return f"the purpose of the batch is {batch.purpose}, not {Purpose.RELABEL}"
        if batch.closed:
            return "the batch is closed"
        return "" if batch.guideline == version else f"the batch follows {batch.guideline}, not {version}"


def guideline_change(
    before: Project, after: Snapshot, changes: Iterable[TreeChange], roster: Roster
) -> GuidelineChange:
    """What a merge result has of guidelines and batches that the base has not; what cannot be read is no part of it."""
    paths = {change.path for change in changes}
    merged = replace(before, snapshot=after)
    edited = (task for task in before.tasks if f"guidelines/{task}.md" in paths)
    versions = {task: version for task in edited if (version := _new_version(before, merged, task))}
    signed = (path for task, version in versions.items() for path in _signed(before, merged, task, version))
    return GuidelineChange(
        versions=versions, batches=dict(_new_batches(before, merged, paths, roster)), signed=frozenset(signed)
    )


def _new_version(before: Project, merged: Project, task: str) -> str:
    try:
        known, stated = load_guideline(before, task), load_guideline(merged, task)
    except (ConfigError, LimitError):
        return ""
    return "" if stated.version in known.versions else stated.version


def _signed(before: Project, merged: Project, task: str, version: str) -> tuple[str, ...]:
    """A signed record of a version and its signature, where the merge result has both and the base neither."""
    paths = (approval_path(task, version), signature_path(task, version))
    if any(before.snapshot.has(path) for path in paths) or not all(merged.snapshot.has(path) for path in paths):
        return ()
    try:
        record = approval_of(configuration_bytes(merged.snapshot, paths[0]), paths[0])
    except (ConfigError, LimitError):
        return ()
    return paths if record.way == SIGNED else ()


def _new_batches(
    before: Project, merged: Project, paths: Iterable[str], roster: Roster
) -> Iterator[tuple[tuple[str, str], Batch]]:
    places = (place_of(path, before.code) for path in paths)
    for task, name in sorted({(place.task, place.batch) for place in places if place.batch}):
        file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
        if merged.snapshot.has(file.path) and not before.snapshot.under(f"labels/{task}/{name}"):
            batch = _batch(merged, file, roster)
            if batch is not None:
                yield (task, name), batch


def _batch(merged: Project, file: LabelFile, roster: Roster) -> Batch | None:
    try:
        return read_batch(merged.snapshot, file, frozenset(), roster)[0]
    except LimitError:
        return None
