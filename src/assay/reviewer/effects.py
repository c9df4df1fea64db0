"""The findings of the merged project that the base does not have, and the effect of each finding on the verdict."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from assay.core import DIGEST_SIZE, Finding, Location, Severity, digests_of, finding, legible, number_of, rule_page
from assay.errors import LimitError, UsageError
from assay.files import Store
from assay.guidelines import APPROVALS, content_paths, load_trust, readable_version_findings, record_findings, unusable
from assay.labels import Renames
from assay.project import PROJECT_FILE, Project, migrations_folder
from assay.render import count
from assay.reviewer.policy_changes import waived_findings
from assay.reviewer.project_check import closed_findings, project_findings
from assay.reviewer.result import ChangeVerdict, ReviewOutcome

NAMED = 3
"""How many findings the reasons of a verdict name; the others are counted."""
NEEDS_BASE = frozenset({
    "label/first-forged", "label/first-left-out", "label/own-return", "adjudication/own-vote",
    "adjudication/votes-agree", "adjudication/not-current", "guideline/version-not-bumped", "guideline/bump-too-small",
    "guideline/version-goes-back", "guideline/version-taken", "guideline/history-altered", "schema/no-migration",
    "batch/closed",
})  # fmt: skip
"""The rules that need a base: `review` has one, and `check` for versions, migrations and closed batches."""
NEEDS_CLOCK = frozenset({"label/future-time"})
"""The rules that need a clock: only `check` and `review` have one, never a stage of the pipeline."""
_RANK = {ReviewOutcome.OK: 0, ReviewOutcome.APPROVAL: 1, ReviewOutcome.REFUSED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSummary:
    """The paths that a change touches, the roster ids of its makers, and the ids that it renames."""

    paths: Collection[str]
    makers: Collection[str]
    renames: Renames = field(default_factory=Renames)


class NewFindings(Struct, frozen=True, kw_only=True):
    """The findings that a change adds, by place, and how many both states have."""

    findings: tuple[Finding, ...]
    elsewhere: int = 0


def new_findings(before: Project, merged: Project, change: ChangeSummary, store: Store, now: str) -> NewFindings:
    """The findings that merging adds, with those that only a comparison with the base gives.

    What cannot be read of the merged project, for size or links, is a finding as well. The labels of a task that the
    base cannot judge are judged by the merged project; findings in files that do not change are then not the change's.

    Raises:
        ConfigError: the configuration of the base cannot be used.
        LimitError, UsageError: a file of the base cannot be read.
    """
    old = change.renames.findings(project_findings(before, store).findings)
    try:
        all_now = project_findings(merged, store).findings
    except (LimitError, UsageError) as error:
        unreadable = finding("project/configuration", Location(path=PROJECT_FILE), error.message, fix=error.fix)
        return NewFindings(findings=(unreadable,))
    unjudged = unusable(before, before.tasks)
    new = [
        found
        for found in difference(old, all_now)
        if found.task not in unjudged or not found.at.path.startswith("labels/") or found.at.path in change.paths
    ]
    every = {*new, *_by_the_base(before, merged, change, now)}
    elsewhere = number_of(all_now) - number_of(new)
    return NewFindings(findings=tuple(sorted(every, key=lambda found: found.sort_key)), elsewhere=elsewhere)


def difference(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of `after` that `before` lacks, compared without line and message; equal findings are counted.

    Findings that are only counted, not listed, are compared in the same way.
    """
    many: dict[tuple[str, str], tuple[list[Finding], list[Finding]]] = {
        _kind(one): ([], []) for one in (*before, *after) if one.rest
    }
    for side, findings in enumerate((before, after)):
        for one in findings:
            if _kind(one) in many:
                many[_kind(one)][side].append(one)
    known = Counter(_identity(found) for found in before if _kind(found) not in many)
    new: list[Finding] = []
    for found in after:
        if _kind(found) in many:
            continue
        if known[_identity(found)] > 0:
            known[_identity(found)] -= 1
        else:
            new.append(found)
    for _, sides in sorted(many.items()):
        new += _beyond(*sides)
    return tuple(new)


def _beyond(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[Finding]:
    """The difference where one rule has too many findings in one file to list them all."""
    known, left = np.unique(_numbers(b"".join(map(digests_of, before))), return_counts=True)
    new: list[Finding] = []
    for found in after:
        number = _numbers(digests_of(replace(found, rest=b"")))[0]
        at = int(np.searchsorted(known, number))
        if at < len(known) and known[at] == number and left[at] > 0:
            left[at] -= 1
        else:
            new.append(found)
    counted, many = np.unique(_numbers(b"".join(found.rest for found in after)), return_counts=True)
    place = np.minimum(np.searchsorted(known, counted), max(len(known) - 1, 0))
    there = np.where(known[place] == counted, left[place], 0) if len(known) else np.zeros_like(many)
    rest = np.repeat(counted, np.maximum(many - there, 0)).tobytes()
    if rest and not new:
        message, last = "a finding that the base does not have, beyond those that are listed", after[-1]
        new = [replace(last, message=message, at=Location(path=last.at.path), item="", annotator="")]
        rest = rest[DIGEST_SIZE:]
    yield from (replace(found, rest=b"") for found in new[:-1])
    yield from (replace(found, rest=rest) for found in new[-1:])


def _numbers(digests: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(digests, dtype=np.uint64)


def _kind(found: Finding) -> tuple[str, str]:
    return (found.at.path, found.rule)


def _identity(found: Finding) -> tuple[str, str, str, str, str]:
    return (found.rule, found.at.path, found.item, found.annotator, found.at.pointer)


def _by_the_base(before: Project, merged: Project, change: ChangeSummary, now: str) -> Iterator[Finding]:
    """Checks the change against the base: versions, closed batches, approvals and waivers."""
    yield from closed_findings(before, {*change.paths} - change.renames.paths)
    yield from waived_findings(before, merged, change.makers, now)
    for task in before.tasks:
        own, folder = content_paths(task), f"{migrations_folder(task)}/"
        edited = any(path in own or path.startswith(folder) for path in change.paths)
        if edited and task in merged.tasks:
            yield from readable_version_findings(before, merged, task)
        approved = any(path.startswith(f"{APPROVALS}/{task}/") for path in change.paths)
        if approved and task in merged.tasks and not unusable(merged, [task]):
            records = record_findings(merged, task, load_trust(before))  # by the people and the keys of the base
            yield from (found for found in records if found.at.path in change.paths)


class Effect(StrEnum):
    """What a finding does: it refuses the change, asks for approval, or is only shown."""

    REFUSE = "refuse"
    APPROVAL = "approval"
    NOTE = "note"


EFFECTS: Mapping[str, Effect] = {
    **dict.fromkeys((
        "label/not-json", "label/not-utf8", "label/bom", "label/carriage-return", "label/duplicate-key",
        "label/not-a-number", "label/number-range", "label/depth", "label/line-too-long", "label/conflict-marker",
        "label/pointer", "label/unknown-key", "label/record", "label/schema", "label/label-or-skip", "label/span",
        "label/sequence", "label/quote", "label/unknown-item", "label/duplicate-item", "label/bad-time",
        "label/unknown-guideline", "label/unknown-annotator", "label/not-assigned", "gold/contradiction",
        "adjudication/contradiction", "label/file-name", "label/unknown-task", "label/symlink", "item/duplicate-id",
        "item/schema", "item/media", "batch/file", "batch/unknown-annotator", "roster/entry", "roster/since",
        "roster/identity", "label/two-votes", "project/configuration", "project/waiver", "batch/emptied",
        "batch/closed",
        # A claim without evidence: agreement would count an answer that nobody gave.
        "batch/import-with-assignments", "label/first-not-returned", "label/first-forged",
        "gate/schema", "gate/agreement", "gate/coverage", "gate/gold", "gate/unresolved", "gate/support",
        "gate/checks", "gate/guideline", "gate/examples", "gate/outdated", "gate/project", "gate/refused",
        "sheet/unreadable", "sheet/column", "sheet/moved", "sheet/stale", "sheet/locked", "sheet/cleared",
        "sheet/keep", "guideline/front-matter", "guideline/changes", "guideline/owner", "guideline/no-heading",
        "guideline/no-example", "guideline/link", "guideline/version-not-bumped", "guideline/bump-too-small",
        "guideline/version-goes-back", "guideline/version-taken", "guideline/history-altered",
        "guideline/unknown-selector", "example/form", "example/schema", "example/contradiction", "example/experts",
        "schema/no-migration", "schema/keyword", "guideline/approval", "review/refused", "review/over-limit",
    ), Effect.REFUSE),
    **dict.fromkeys((
        # One person or two, one item or two: a person has to decide.
        "roster/look-alike", "item/look-alike",
        # Unusual but possible: a wrong clock, an answer copied by hand, a decision in a small team.
        "label/future-time", "label/before-batch", "label/other-guideline", "label/unknown-suggestion",
        "label/first-left-out", "label/own-return", "adjudication/own-vote", "adjudication/votes-agree",
        "adjudication/not-current",
        # A guideline that is not approved yet waits for its reviewer; the change that adds it is not at fault.
        "gate/approved", "review/needs-approval", "review/policy-change",
    ), Effect.APPROVAL),
    **dict.fromkeys((
        "label/not-canonical", "label/span-edge", "label/span-twice", "label/box-edge", "item/duplicate",
        "item/duplicate-apart", "item/no-media", "project/orphan", "batch/unsettled",
        # The roster on existing answers; a change of the roster needs approval anyway.
        "label/after-leaving",
        "example/why",
        # An answer that differs from gold or from a peer's is what agreement measures, not a fault.
        "review/gold-contradiction", "review/disagreement",
    ), Effect.NOTE),
}  # fmt: skip
_OUTCOMES = {Effect.REFUSE: ReviewOutcome.REFUSED, Effect.APPROVAL: ReviewOutcome.APPROVAL}


def effect_of(rule: str, severity: Severity | None = None) -> Effect:
    """The effect of a rule's findings; an unknown rule refuses.

    A gate rule's path (`triage/agreement/intent`) counts as its page. A warning of a rule whose findings are errors is only shown.
    """
    page = rule_page(rule)
    effect = EFFECTS.get(page.id, Effect.REFUSE) if page else Effect.REFUSE
    eased = severity is Severity.WARNING and page is not None and page.severity is Severity.ERROR
    return Effect.NOTE if eased else effect


def with_findings(verdict: ChangeVerdict, findings: Sequence[Finding]) -> ChangeVerdict:
    """The verdict with the findings of the change taken into account: the same or a worse one.

    Reasons name place and rule, never a finding's message, which may quote a label.
    """
    for effect, outcome in _OUTCOMES.items():
        of_effect = [found for found in findings if effect_of(found.rule, found.severity) is effect]
        if of_effect and _RANK[outcome] >= _RANK[verdict.outcome]:
            reasons = list(verdict.reasons) if verdict.outcome is outcome else []
            for found in sorted(of_effect, key=lambda found: found.sort_key)[:NAMED]:
                line = f":{found.at.line}" if found.at.line else ""
                page = rule_page(found.rule)
                reasons.append(f"{legible(found.at.path)}{line} {found.rule}{f': {page.title}' if page else ''}")
            if (more := len(of_effect) - NAMED) > 0:
                reasons.append(f"and {count(more, 'more finding')}")
            verdict = structs.replace(verdict, outcome=outcome, reasons=tuple(dict.fromkeys(reasons)))
    return verdict
