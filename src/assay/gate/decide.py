"""Policy and evidence → verdict: pure, so that the same inputs always come to the same decision."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from assay.gate.evidence import TaskEvidence
from assay.gate.rules import judge_rule
from assay.gate.rules.project import judge as judge_project
from assay.gate.waivers import Granted, Waivers, granted
from assay.model.finding import Finding
from assay.model.release import ReleaseSpec
from assay.model.verdict import At, CheckResult, Outcome, RuleResult, RuleSpec, TaskPolicy, UsedWaiver, Verdict

FROM_BEST = (Outcome.PASS, Outcome.WAIVED, Outcome.WARN, Outcome.INSUFFICIENT, Outcome.FAIL)


def decide(
    policies: Sequence[TaskPolicy],
    evidence: Mapping[str, TaskEvidence],
    waivers: Waivers,
    checks: Sequence[CheckResult],
    releases: Sequence[ReleaseSpec],
    inputs: Mapping[str, str],
) -> Verdict:
    """Judges every rule of the tasks that there is evidence of; `inputs` maps each judged file to its digest.

    `merge` is the worst of the rules at merge and the checks, `release[name]` of all rules of the release's tasks and
    the checks. Where there is no rule there is nothing to pass: `insufficient`. A waiver whose approver does not count
    leaves its rule as it is.

    Raises:
        ConfigError: a rule names a field that its task does not have, or a waiver is of no rule, of one that may not be
            waived, or until no date.
    """
    specs = [spec for policy in policies for spec in policy.rules]
    allowed = granted(waivers, specs)
    judged = [spec for spec in specs if spec.task in evidence]
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
    """The verdict once it is known what is wrong with the project itself: the same, or with rules more and no better.

    What is of no task concerns the merge and every release, the rest the merge and the releases of its task.
    """
    rules = judge_project(faults)
    worst = {release.name: _with(rules, verdict.release[release.name], release.tasks) for release in releases}
    merge = _worst([verdict.merge, *(rule.outcome for rule in rules)])
    return replace(verdict, merge=merge, release=worst, rules=[*verdict.rules, *rules])


def _with(rules: Iterable[RuleResult], outcome: Outcome, tasks: Sequence[str]) -> Outcome:
    return _worst([outcome, *(rule.outcome for rule in rules if not rule.task or rule.task in tasks)])


def _eased(spec: RuleSpec, result: RuleResult, allowed: Granted) -> RuleResult:
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
