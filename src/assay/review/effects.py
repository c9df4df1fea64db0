"""What a finding does to the verdict on a change: one table, a line for every rule of the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import structs

from assay.model.catalogue import page_of
from assay.model.finding import Finding, Severity
from assay.model.names import legible
from assay.model.review import ChangeVerdict, Outcome
from assay.report.plain import count

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
