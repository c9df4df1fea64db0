"""What is wrong with the merged project and not with the base, and what each finding does to the verdict."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from assay.core import DIGEST_SIZE, Finding, Location, Severity, digests_of, finding, legible, number_of, page_of
from assay.errors import LimitError, UsageError
from assay.guidelines import APPROVALS, content_paths, load_trust, readable_version_findings, record_findings, unusable
from assay.labels import Renames
from assay.project import PROJECT_FILE, Project, migrations_folder
from assay.render import count
from assay.reviewer.batches import closed_findings
from assay.reviewer.cache import Memory
from assay.reviewer.policy_changes import waived_findings
from assay.reviewer.project_check import project_findings
from assay.reviewer.result import ChangeVerdict, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change is: the paths that differ, the roster ids of who made it, and who has another id in it."""

    paths: Collection[str]
    makers: Collection[str]
    renames: Renames = field(default_factory=Renames)


class NewFindings(Struct, frozen=True, kw_only=True):
    """The findings of a change, by place, and how many others both states have."""

    findings: tuple[Finding, ...]
    elsewhere: int = 0


def new_findings(
    before: Project, merged: Project, change: Changed, memories: Mapping[str, Memory], now: str
) -> NewFindings:
    """The findings that merging adds, and what only a comparison with the base tells.

    What cannot be read of the merged project, for size or links, is a finding as well. The labels of a task that the base
    cannot judge are judged by the merged project; what is wrong with those that do not change is not the change's.

    Raises:
        ConfigError: the base cannot be judged by.
        LimitError, UsageError: a file of the base cannot be read.
    """
    old = change.renames.findings(project_findings(before, memories).findings)
    try:
        all_now = project_findings(merged, memories).findings
    except (LimitError, UsageError) as error:
        told = finding("project/configuration", Location(path=PROJECT_FILE), error.message, fix=error.fix)
        return NewFindings(findings=(told,))
    unjudged = unusable(before, before.tasks)
    new = [
        one
        for one in difference(old, all_now)
        if one.task not in unjudged or not one.at.path.startswith("labels/") or one.at.path in change.paths
    ]
    found = {*new, *_by_the_base(before, merged, change, now)}
    elsewhere = number_of(all_now) - number_of(new)
    return NewFindings(findings=tuple(sorted(found, key=lambda one: one.sort_key)), elsewhere=elsewhere)


def difference(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that one state has and the other has not, whatever their line and words; of equal ones those too many.

    Those that are only counted are told apart as the listed ones are.
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
    """The difference where findings of one rule in one file are too many to be listed."""
    known, left = np.unique(_numbers(b"".join(map(digests_of, before))), return_counts=True)
    new = [one for one in after if not _taken(known, left, digests_of(replace(one, rest=b"")))]
    counted, many = np.unique(_numbers(b"".join(one.rest for one in after)), return_counts=True)
    place = np.minimum(np.searchsorted(known, counted), max(len(known) - 1, 0))
    there = np.where(known[place] == counted, left[place], 0) if len(known) else np.zeros_like(many)
    rest = np.repeat(counted, np.maximum(many - there, 0)).tobytes()
    if rest and not new:
        message, of = "a fault that the base does not have, beyond those that are listed", after[-1]
        at = Location(path=of.at.path)
        new = [replace(of, message=message, at=at, item="", annotator="")]
        rest = rest[DIGEST_SIZE:]
    yield from (replace(one, rest=b"") for one in new[:-1])
    yield from (replace(one, rest=rest) for one in new[-1:])


def _taken(known: NDArray[np.uint64], left: NDArray[np.int64], digest: bytes) -> bool:
    """Whether a finding is among those known, of which it then takes one."""
    number = _numbers(digest)[0]
    place = int(np.searchsorted(known, number))
    found = place < len(known) and known[place] == number and left[place] > 0
    if found:
        left[place] -= 1
    return bool(found)


def _numbers(digests: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(digests, dtype=np.uint64)


def _kind(found: Finding) -> tuple[str, str]:
    return (found.at.path, found.rule)


def _identity(found: Finding) -> tuple[str, str, str, str, str]:
    return (found.rule, found.at.path, found.item, found.annotator, found.at.pointer)


def _by_the_base(before: Project, merged: Project, change: Changed, now: str) -> Iterator[Finding]:
    """What the base says of the change: versions, closed batches, who may approve and waive."""
    yield from closed_findings(before, {*change.paths} - change.renames.paths)
    yield from waived_findings(before, merged, change.makers, now)
    for task in before.tasks:
        edited = any(
            path in content_paths(task) or path.startswith(f"{migrations_folder(task)}/") for path in change.paths
        )
        if edited and task in merged.tasks:
            yield from readable_version_findings(before, merged, task)
        if any(path.startswith(f"{APPROVALS}/{task}/") for path in change.paths) and task in merged.tasks:
            yield from _records(before, merged, task, change.paths)


def _records(before: Project, merged: Project, task: str, paths: Collection[str]) -> Iterator[Finding]:
    """The records that the change brings, by the people and the keys of the base."""
    if not unusable(merged, [task]):
        found = record_findings(merged, task, load_trust(before))
        yield from (one for one in found if one.at.path in paths)


NAMED = 3
"""So many findings are named among the reasons, the others counted."""


class Effect(StrEnum):
    """A finding refuses the change, asks for approval, or is only shown."""

    REFUSE = "refuse"
    APPROVAL = "approval"
    NOTE = "note"


_REFUSE, _APPROVAL, _NOTE = Effect.REFUSE, Effect.APPROVAL, Effect.NOTE

EFFECTS: Mapping[str, Effect] = {
    "label/not-json": _REFUSE,
    "label/not-utf8": _REFUSE,
    "label/bom": _REFUSE,
    "label/carriage-return": _REFUSE,
    "label/duplicate-key": _REFUSE,
    "label/not-a-number": _REFUSE,
    "label/number-range": _REFUSE,
    "label/depth": _REFUSE,
    "label/line-too-long": _REFUSE,
    "label/conflict-marker": _REFUSE,
    "label/pointer": _REFUSE,
    "label/not-canonical": _NOTE,
    "label/unknown-key": _REFUSE,
    "label/record": _REFUSE,
    "label/schema": _REFUSE,
    "label/label-or-skip": _REFUSE,
    "label/span": _REFUSE,
    "label/sequence": _REFUSE,
    "label/quote": _REFUSE,
    "label/span-edge": _NOTE,
    "label/span-twice": _NOTE,
    "label/box-edge": _NOTE,
    "label/unknown-item": _REFUSE,
    "label/duplicate-item": _REFUSE,
    "label/bad-time": _REFUSE,
    "label/unknown-guideline": _REFUSE,
    "label/unknown-annotator": _REFUSE,
    "label/not-assigned": _REFUSE,
    "gold/contradiction": _REFUSE,
    "adjudication/contradiction": _REFUSE,
    "label/file-name": _REFUSE,
    "label/unknown-task": _REFUSE,
    "label/symlink": _REFUSE,
    "item/duplicate-id": _REFUSE,
    "item/duplicate": _NOTE,
    "item/duplicate-apart": _NOTE,
    "item/schema": _REFUSE,
    "item/media": _REFUSE,
    "item/no-media": _NOTE,
    "batch/file": _REFUSE,
    "batch/unknown-annotator": _REFUSE,
    "roster/entry": _REFUSE,
    "roster/since": _REFUSE,
    "roster/identity": _REFUSE,
    "label/two-votes": _REFUSE,
    # One person or two, one item or two: somebody who knows them looks.
    "roster/look-alike": _APPROVAL,
    "item/look-alike": _APPROVAL,
    "project/configuration": _REFUSE,
    "project/waiver": _REFUSE,
    "project/orphan": _NOTE,
    "batch/emptied": _REFUSE,
    "batch/closed": _REFUSE,
    "batch/unsettled": _NOTE,
    # A claim that nothing bears out: agreement would be counted from an answer that nobody gave.
    "batch/import-with-assignments": _REFUSE,
    "label/first-not-returned": _REFUSE,
    "label/first-forged": _REFUSE,
    # Odd, and possible: a clock that is wrong, an answer copied by hand, a decision in a small team.
    "label/future-time": _APPROVAL,
    "label/before-batch": _APPROVAL,
    "label/other-guideline": _APPROVAL,
    "label/unknown-suggestion": _APPROVAL,
    "label/first-left-out": _APPROVAL,
    "label/own-return": _APPROVAL,
    "adjudication/own-vote": _APPROVAL,
    "adjudication/votes-agree": _APPROVAL,
    "adjudication/not-current": _APPROVAL,
    # What the roster says of answers that are there; a change of the roster waits for its approval anyway.
    "label/after-leaving": _NOTE,
    "gate/schema": _REFUSE,
    "gate/agreement": _REFUSE,
    "gate/coverage": _REFUSE,
    "gate/gold": _REFUSE,
    "gate/unresolved": _REFUSE,
    "gate/support": _REFUSE,
    "gate/checks": _REFUSE,
    "gate/guideline": _REFUSE,
    "gate/examples": _REFUSE,
    "gate/outdated": _REFUSE,
    "gate/project": _REFUSE,
    "gate/refused": _REFUSE,
    # A guideline that nobody has approved yet waits for its reviewer; it is no fault of the change that brings it.
    "gate/approved": _APPROVAL,
    "sheet/unreadable": _REFUSE,
    "sheet/column": _REFUSE,
    "sheet/moved": _REFUSE,
    "sheet/stale": _REFUSE,
    "sheet/locked": _REFUSE,
    "sheet/cleared": _REFUSE,
    "sheet/keep": _REFUSE,
    "guideline/front-matter": _REFUSE,
    "guideline/changes": _REFUSE,
    "guideline/owner": _REFUSE,
    "guideline/no-heading": _REFUSE,
    "guideline/no-example": _REFUSE,
    "guideline/link": _REFUSE,
    "guideline/version-not-bumped": _REFUSE,
    "guideline/bump-too-small": _REFUSE,
    "guideline/version-goes-back": _REFUSE,
    "guideline/version-taken": _REFUSE,
    "guideline/history-altered": _REFUSE,
    "guideline/unknown-selector": _REFUSE,
    "example/form": _REFUSE,
    "example/why": _NOTE,
    "example/schema": _REFUSE,
    "example/contradiction": _REFUSE,
    "example/experts": _REFUSE,
    "schema/no-migration": _REFUSE,
    "schema/keyword": _REFUSE,
    "guideline/approval": _REFUSE,
    "review/refused": _REFUSE,
    "review/over-limit": _REFUSE,
    "review/needs-approval": _APPROVAL,
    "review/policy-change": _APPROVAL,
    # An answer other than gold's, or than a peer's, is what is measured, and no fault.
    "review/gold-contradiction": _NOTE,
    "review/disagreement": _NOTE,
}

NEEDS_BASE = frozenset({
    "label/first-forged", "label/first-left-out", "label/own-return", "adjudication/own-vote",
    "adjudication/votes-agree", "adjudication/not-current", "guideline/version-not-bumped", "guideline/bump-too-small",
    "guideline/version-goes-back", "guideline/version-taken", "guideline/history-altered", "schema/no-migration",
    "batch/closed",
})  # fmt: skip
"""The rules that only a comparison with the base tells: `review`, and `check` for versions, migrations and closed batches."""

NEEDS_CLOCK = frozenset({"label/future-time"})
"""The rules that only a clock tells: `check` and `review`, and never a stage of the pipeline."""

_DOES = {Effect.REFUSE: Outcome.REFUSED, Effect.APPROVAL: Outcome.APPROVAL}
_RANK = {Outcome.OK: 0, Outcome.APPROVAL: 1, Outcome.REFUSED: 2}


def effect_of(rule: str, severity: Severity | None = None) -> Effect:
    """What findings of a rule do; a gate rule's path (`triage/agreement/intent`) counts as its page, the unknown refuses.

    A finding that is only a warning, of a rule whose findings are errors, is shown and does no more.
    """
    page = page_of(rule)
    effect = EFFECTS.get(page.id, Effect.REFUSE) if page else Effect.REFUSE
    eased = severity is Severity.WARNING and page is not None and page.severity is Severity.ERROR
    return Effect.NOTE if eased else effect


def with_findings(verdict: ChangeVerdict, findings: Sequence[Finding]) -> ChangeVerdict:
    """The verdict once the findings that belong to the change are known: the same or a worse one.

    Reasons name place and rule, never a finding's words, which may be those of a label.
    """
    for effect, outcome in _DOES.items():
        found = [one for one in findings if effect_of(one.rule, one.severity) is effect]
        if found and _RANK[outcome] >= _RANK[verdict.outcome]:
            before = verdict.reasons if verdict.outcome is outcome else ()
            reasons = tuple(dict.fromkeys((*before, *_reasons(found))))
            verdict = structs.replace(verdict, outcome=outcome, reasons=reasons)
    return verdict


def _reasons(findings: Sequence[Finding]) -> Iterator[str]:
    ordered = sorted(findings, key=lambda one: one.sort_key)
    for one in ordered[:NAMED]:
        line = f":{one.at.line}" if one.at.line else ""
        page = page_of(one.rule)
        yield f"{legible(one.at.path)}{line} {one.rule}{f': {page.title}' if page else ''}"
    if (more := len(ordered) - NAMED) > 0:
        yield f"and {count(more, 'more finding')}"
