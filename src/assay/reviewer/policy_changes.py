"""Changes of the policy: waivers, guidelines with schemas and migrations, and their impact."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date

from assay import guidelines
from assay.core import SIGNED, Batch, Corpus, Finding, Purpose, Waiver, finding
from assay.errors import ConfigError, LimitError
from assay.gate import load_project_waivers, rules_known, waiver_faults
from assay.git import Snapshot, TreeChange
from assay.labels import FileRole, LabelFile, load_corpus, read_batch
from assay.lead import impact_between
from assay.project import Project, Roster, TaskSchema, configuration_bytes, load_roster, load_waivers, migrations_folder
from assay.reviewer.kinds import Place, classify_path
from assay.reviewer.result import GuidelineState


def guideline_states(base: Project, merged: Project, changes: Sequence[TreeChange]) -> Iterator[GuidelineState]:
    """The state of each task of the base whose guideline, schema or migrations the change edits.

    A version is approved where a record in the head approves it by the trust root of the base.
    """

    def read(schema: TaskSchema, guideline: guidelines.Guideline) -> Corpus:
        return load_corpus(base, schema, guideline).corpus

    changed, trust = {change.path for change in changes}, guidelines.load_trust(base)
    for task in base.tasks:
        folder = f"{migrations_folder(task)}/"
        if not changed & set(guidelines.content_paths(task)) and not any(path.startswith(folder) for path in changed):
            continue
        try:
            after = guidelines.load_revision(merged, task)
        except ConfigError:
            yield GuidelineState(
                task=task, version="", approved=False, state="guideline or schema cannot be read in the head", impact=None
            )  # fmt: skip
            continue
        try:
            held = guidelines.record_status(merged, guidelines.load_content(merged, task), trust, later=False).reason
        except ConfigError as error:
            held = error.message
        before = None if guidelines.unusable(base, [task]) else guidelines.load_revision(base, task)
        yield GuidelineState(
            task=task,
            version=after.guideline.version,
            approved=not held,
            state=held or "approved",
            impact=impact_between(base, task, before, after, read),
        )


def waived_findings(before: Project, merged: Project, makers: Collection[str], now: str) -> Iterator[Finding]:
    """The findings on new and altered waivers, by the roster and the policy of the base.

    `makers` are the roster ids of everybody who wrote, committed or pushed the change: they cannot approve its waivers.
    `until` must not be before `now` (RFC 3339, UTC; empty: no clock), nor more than a year after it. Without a finding
    here where the file of waivers cannot be read: that is another finding.
    """
    old = {_terms(waiver) for waiver in _waivers(before)}
    fresh = tuple(waiver for waiver in _waivers(merged) if _terms(waiver) not in old)
    if not fresh:
        return
    people = load_roster(before).annotators
    specs, unknown = rules_known(merged)
    known = tuple(waiver for waiver in fresh if waiver.rule.partition("/")[0] not in unknown)
    by_the_base = replace(load_project_waivers(merged), given=known, people=people, waivable=frozenset(before.waivable))
    yield from waiver_faults(by_the_base, specs)
    for waiver in fresh:
        problems = [*_bad_dates(waiver, now[:10])]
        if waiver.approver in guidelines.same_persons(people, makers):
            own = f"{waiver.approver} took part in the change, and authors cannot approve their own waiver"
            problems.insert(0, (own, "name a reviewer or lead who neither wrote nor pushed the change"))
        for problem, fix in problems:
            yield finding("project/waiver", waiver.source, f"{waiver.rule!r} is not waived: {problem}", fix=fix)


def _waivers(project: Project) -> tuple[Waiver, ...]:
    try:
        return load_waivers(project)
    except ConfigError:
        return ()


def _terms(waiver: Waiver) -> tuple[str, str, str, str]:
    return waiver.rule, waiver.reason, waiver.approver, waiver.until


def _bad_dates(waiver: Waiver, today: str) -> Iterator[tuple[str, str]]:
    try:
        until, now = date.fromisoformat(waiver.until), date.fromisoformat(today)
    except ValueError:  # no clock, or an invalid date, which is another finding
        return
    last = now.replace(year=now.year + 1, day=28 if (now.month, now.day) == (2, 29) else now.day)
    if until < now:
        yield f"it ended on {waiver.until}", "remove it, or set a later date"
    elif until > last:
        yield f"it ends on {waiver.until}, more than a year from now", f"set {last.isoformat()} or an earlier date"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineChange:
    """The guideline versions that only the merge result has, by task of the base, and its new batches.

    `batches` are those of which the base has no file, by (task, batch). `signed` are the paths of new signed records of
    these versions, with their signatures; whether they are valid, findings say.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    batches: Mapping[tuple[str, str], Batch] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()

    def why_not(self, change: TreeChange, place: Place) -> str:
        """Why a file is not part of a guideline change; empty where it is."""
        version = self.versions.get(place.task)
        if not place.kind.goes_along:
            return "it is not part of a guideline"
        if version is None:
            return f"the change has no new version of the guideline of {place.task}"
        if change.after is None:
            return "it is removed"
        if place.kind.name == "approval":
            unsigned = "it is not a signed record of the new version with its signature"
            return "" if change.path in self.signed else unsigned
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
    """The guideline versions and batches that only a merge result has; files that cannot be read are not part of it."""
    paths = {change.path for change in changes}
    merged = replace(before, snapshot=after)
    versions: dict[str, str] = {}
    for task in before.tasks:
        if f"guidelines/{task}.md" in paths:
            with suppress(ConfigError, LimitError):
                known, stated = guidelines.load_guideline(before, task), guidelines.load_guideline(merged, task)
                if stated.version not in known.versions:
                    versions[task] = stated.version
    signed: set[str] = set()
    for task, version in versions.items():
        record, signature = guidelines.approval_path(task, version), guidelines.signature_path(task, version)
        if after.has(record) and after.has(signature) and not any(map(before.snapshot.has, (record, signature))):
            with suppress(ConfigError, LimitError):
                if guidelines.approval_of(configuration_bytes(after, record), record).way == SIGNED:
                    signed |= {record, signature}
    batches: dict[tuple[str, str], Batch] = {}
    places = (classify_path(path, before.code) for path in paths)
    for task, name in sorted({(place.task, place.batch) for place in places if place.batch}):
        file = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
        if after.has(file.path) and not before.snapshot.under(f"labels/{task}/{name}"):
            with suppress(LimitError):
                if (batch := read_batch(after, file, frozenset(), roster)[0]) is not None:
                    batches[task, name] = batch
    return GuidelineChange(versions=versions, batches=batches, signed=frozenset(signed))
