"""Decide a gate: the rules, and what a release needs of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from assay.core import (
    At,
    CheckResult,
    Finding,
    Outcome,
    ReleaseVerdict,
    RuleResult,
    RuleSpec,
    Severity,
    TaskPolicy,
    UsedWaiver,
    Verdict,
)
from assay.errors import RefusedError
from assay.extras import resolve
from assay.gate.target import TaskEvidence, format_count
from assay.gate.waivers import Granted, Waivers, granted
from assay.project import ReleaseSpec

VERDICT = "gate/verdict.json"
_PROJECT = "project"
FROM_BEST = (Outcome.PASS, Outcome.WAIVED, Outcome.WARN, Outcome.INSUFFICIENT, Outcome.FAIL)


def decide_verdict(
    policies: Sequence[TaskPolicy],
    evidence: Mapping[str, TaskEvidence],
    waivers: Waivers,
    checks: Sequence[CheckResult],
    releases: Sequence[ReleaseSpec],
    inputs: Mapping[str, str],
) -> Verdict:
    """Judges every rule of the tasks that there is evidence of; `inputs` maps each judged file to its digest.

    `merge` is the worst of the rules at merge and the checks, `release[name]` of all rules of the release's tasks and
    the checks. Without a rule it is `insufficient`. A waiver whose approver does not count has no effect.

    Raises:
        ConfigError: a rule names an unknown field, or a waiver an unknown rule, one that may not be waived, or an invalid
            date.
    """
    specs = [spec for policy in policies for spec in policy.rules]
    allowed = granted(waivers, specs)
    judged = [spec for spec in specs if spec.task in evidence]
    # The rules compute with arrays; who only reads a verdict, as `assay report` does, need not load them.
    judge_rule: Callable[[RuleSpec[Any], TaskEvidence], RuleResult] = resolve("assay.gate.rules:judge_rule")
    rules = [_eased(spec, judge_rule(spec, evidence[spec.task]), allowed) for spec in judged]
    used = [allowed.waivers[rule.id] for rule in rules if rule.outcome is Outcome.WAIVED]
    return Verdict(
        merge=_together([[rule for rule in rules if rule.at is At.MERGE]], checks),
        release={
            release.name: _together([[rule for rule in rules if rule.task == task] for task in release.tasks], checks)
            for release in releases
        },
        rules=rules,
        checks=list(checks),
        waivers=[UsedWaiver(rule=one.rule, reason=one.reason, approver=one.approver, until=one.until) for one in used],
        inputs=dict(inputs),
        valid_until=min((one.until for one in used), default=None),
    )


def with_faults(verdict: Verdict, faults: Sequence[Finding], releases: Sequence[ReleaseSpec]) -> Verdict:
    """The verdict with the findings of the project itself added as rules: it can only get worse.

    A finding of no task concerns the merge and every release, others the merge and the releases of their task.
    """
    rules = judge_project(faults)
    worst = {
        one.name: _worst([verdict.release[one.name], *(r.outcome for r in rules if not r.task or r.task in one.tasks)])
        for one in releases
    }
    merge = _worst([verdict.merge, *(rule.outcome for rule in rules)])
    return replace(verdict, merge=merge, release=worst, rules=[*verdict.rules, *rules])


def judge_project(findings: Sequence[Finding]) -> list[RuleResult]:
    """`project`, and `<task>/project` for findings of one task, at merge; none without findings.

    An error fails, a warning warns.
    """
    by_task: dict[str, list[Finding]] = {}
    for one in findings:
        by_task.setdefault(one.task, []).append(one)
    results = []
    for task, found in sorted(by_task.items()):
        errors = [one for one in found if one.severity is Severity.ERROR]
        first = (errors or found)[0]
        more = f"; and {format_count(len(found) - 1, 'more finding')}" if len(found) > 1 else ""
        results.append(
            RuleResult(
                id=f"{task}/{_PROJECT}" if task else _PROJECT,
                task=task,
                at=At.MERGE,
                outcome=Outcome.FAIL if errors else Outcome.WARN,
                value=len(errors),
                low=None,
                high=None,
                threshold=0,
                message=f"{first.at}: {first.message}{more}; no error is allowed",
            )
        )
    return results


def _eased(spec: RuleSpec[Any], result: RuleResult, allowed: Granted) -> RuleResult:
    if not result.outcome.blocks:
        return result
    if spec.severity == "warn":
        return replace(result, outcome=Outcome.WARN)
    if waiver := allowed.waivers.get(spec.id):
        message = f"{result.message} (waived until {waiver.until} by {waiver.approver}: {waiver.reason})"
        return replace(result, outcome=Outcome.WAIVED, message=message)
    if why := allowed.denied.get(spec.id):
        return replace(result, message=f"{result.message} (its waiver does not count: {why})")
    return result


def _together(groups: Sequence[Sequence[RuleResult]], checks: Sequence[CheckResult]) -> Outcome:
    """The worst outcome; a group without a rule is insufficient, and so is having no group at all."""
    rules = [_worst(rule.outcome for rule in group) for group in groups] or [Outcome.INSUFFICIENT]
    return _worst([*rules, *(check.outcome for check in checks)])


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=FROM_BEST.index, default=Outcome.INSUFFICIENT)


def release_part(verdict: Verdict, spec: ReleaseSpec) -> ReleaseVerdict:
    """What a verdict says of a release.

    Raises:
        RefusedError: it does not judge it.
    """
    if spec.name not in verdict.release:
        raise RefusedError(f"{VERDICT} does not judge release {spec.name}", fix="run `dvc repro`, or `assay gate`")
    rules = [rule for rule in verdict.rules if not rule.task or rule.task in spec.tasks]
    own = {rule.id for rule in rules}
    waivers = [waiver for waiver in verdict.waivers if waiver.rule in own]
    return ReleaseVerdict(
        outcome=verdict.release[spec.name],
        rules=rules,
        checks=verdict.checks,
        waivers=waivers,
        valid_until=min((waiver.until for waiver in waivers), default=None),
    )


def verdict_differences(stated: Verdict | ReleaseVerdict, again: Verdict | ReleaseVerdict, *, by: str) -> Iterator[str]:
    """In a sentence each, how the verdict in `by` differs from judging again."""
    if stated == again:
        return
    rules = list(_differences(stated.rules, again.rules))
    checks = list(_differences(stated.checks, again.checks))
    waivers = [] if stated.waivers == again.waivers else ["other waivers than those that count"]
    yield from (f"{by} says {difference}" for difference in (*rules, *checks, *waivers))
    if not rules and not checks and not waivers:
        yield f"{by} is not the verdict on these reports; run `assay gate`"


def _differences(
    stated: Sequence[RuleResult | CheckResult], again: Sequence[RuleResult | CheckResult]
) -> Iterator[str]:
    before, after = ({one.id: one for one in results} for results in (stated, again))
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if old is None or new is None:
            yield f"{name} is {_outcome(old)}; judged again it is {_outcome(new)}"
        elif old.outcome is new.outcome:
            yield f"{name} with another message or figures; judged again: {new.message}"
        else:
            yield f"{name} is {old.outcome}; judged again it is {new.outcome}: {new.message}"


def _outcome(result: RuleResult | CheckResult | None) -> str:
    return "not judged" if result is None else str(result.outcome)
