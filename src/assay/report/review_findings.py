"""What a review says, as findings: what the forge shows beside the lines of the change, worst first."""

from collections.abc import Iterator

from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location, Severity
from assay.model.review import Outcome, Review, TaskReview

_RULES = {Outcome.REFUSED: "review/refused", Outcome.APPROVAL: "review/needs-approval"}
_FIRST = ("review/refused", "label/", "review/gold-contradiction", "review/policy-change", "review/needs-approval")


def review_findings(review: Review) -> tuple[Finding, ...]:
    """Every finding, errors before warnings, the policy's before the records', contradictions before disagreements."""
    found = [*_policy(review), *review.findings, *(one for task in review.tasks for one in _task(task))]
    return tuple(sorted(found, key=_worst_first))


def _worst_first(found: Finding) -> tuple[bool, int, object]:
    rank = next((place for place, start in enumerate(_FIRST) if found.rule.startswith(start)), len(_FIRST))
    return (found.severity is not Severity.ERROR, rank, found.sort_key)


def _policy(review: Review) -> Iterator[Finding]:
    for file in review.verdict.files:
        at = Location(path=file.path)
        for reason in file.reasons:
            yield finding(_RULES[file.outcome], at, reason)
        if file.policy:
            yield finding("review/policy-change", at, f"{file.kind} changes, and others are judged by it")
    told = {f"{file.path}: {reason}" for file in review.verdict.files for reason in file.reasons}
    for reason in review.verdict.reasons:
        if reason not in told and review.verdict.files:
            yield finding(_RULES[review.verdict.outcome], Location(path=review.verdict.files[0].path), reason)


def _task(task: TaskReview) -> Iterator[Finding]:
    places = {(one.who, one.item): Location(path=one.path, line=one.line) for one in task.shown if one.line}
    for miss in task.gold:
        at = places.get((miss.who, miss.item))
        if at is not None:
            message = f"{miss.field} of {miss.item}: {miss.given}, and gold says {miss.gold}"
            where = Where(task=task.task, item=miss.item, annotator=miss.who)
            yield finding("review/gold-contradiction", at, message, where=where)
    for one in task.disputes:
        at = next((places[who, one.item] for who, _ in one.answers if (who, one.item) in places), None)
        if at is not None:
            said = ", ".join(f"{who} {value}" for who, value in one.answers)
            where = Where(task=task.task, batch=one.batch, item=one.item)
            yield finding("review/disagreement", at, f"{one.field} of {one.item}: {said}", where=where)
