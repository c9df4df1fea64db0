"""How closely a person should look at a change, and why."""

from collections.abc import Iterator, Sequence

from assay.model.finding import Finding, Severity
from assay.model.review import ChangeVerdict, GuidelineState, Outcome, Risk, TaskReview
from assay.report.plain import count

_DROP = 0.05
_ACCURATE = 0.8
_ASKED = 5
_HASTE = 0.5

_Reason = tuple[Risk, str]


def risk_of(
    verdict: ChangeVerdict,
    findings: Sequence[Finding],
    tasks: Sequence[TaskReview],
    guidelines: Sequence[GuidelineState],
) -> tuple[Risk, tuple[str, ...]]:
    """The highest risk that anything gives, and all that gives one, worst first."""
    found = [*_whole(verdict, findings, guidelines), *(reason for task in tasks for reason in _task(task))]
    order = (Risk.HIGH, Risk.MEDIUM)
    reasons = tuple(f"{risk}: {text}" for wanted in order for risk, text in found if risk is wanted)
    return next((wanted for wanted in order if any(risk is wanted for risk, _ in found)), Risk.LOW), reasons


def _whole(
    verdict: ChangeVerdict, findings: Sequence[Finding], guidelines: Sequence[GuidelineState]
) -> Iterator[_Reason]:
    errors = sum(one.severity is Severity.ERROR for one in findings)
    if verdict.outcome is Outcome.REFUSED:
        yield Risk.HIGH, "the policy refuses it"
    if verdict.policy_change:
        yield Risk.HIGH, "it changes what others are judged by"
    if errors:
        yield Risk.HIGH, f"{count(errors, 'error')} that the base does not have"
    for state in guidelines:
        if not state.approved:
            yield Risk.MEDIUM, f"the guideline of {state.task} {state.version} is held: {state.state}"


def _task(task: TaskReview) -> Iterator[_Reason]:
    if task.gold:
        yield Risk.HIGH, f"{task.task}: answers against gold: {len(task.gold):,}"
    if any(one.kind == "gold" for one in task.shown):
        yield Risk.HIGH, f"{task.task}: gold itself changes"
    if task.removed:
        yield Risk.MEDIUM, f"{task.task}: {count(task.removed, 'record')} taken away"
    for move in task.moved:
        old, new = move.before.value, move.after.value
        if old is not None and new is not None and old - new > _DROP:
            yield Risk.MEDIUM, f"{task.task}/{move.field}: alpha falls by {old - new:.3f} ({move.rounds} rounds)"
    if task.disputes:
        yield Risk.MEDIUM, f"{task.task}: {count(len(task.disputes), 'new disagreement')}"
    for author in task.authors:
        if author.gold_asked >= _ASKED and author.gold_right < _ACCURATE * author.gold_asked:
            yield Risk.MEDIUM, f"{author.who} answers {author.gold_right} of {author.gold_asked} gold cells rightly"
        if author.seconds is not None and author.usual and author.seconds < _HASTE * author.usual:
            yield Risk.MEDIUM, f"{author.who} took {author.seconds:g} s an answer, and {author.usual:g} s before"
