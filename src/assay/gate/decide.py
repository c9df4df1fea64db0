"""Policy and evidence → verdict: pure, so that the same inputs always come to the same decision."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from assay.errors import ConfigError
from assay.gate.evidence import TaskEvidence
from assay.gate.rules import KINDS
from assay.model.release import ReleaseSpec
from assay.model.verdict import At, CheckResult, Outcome, RuleResult, RuleSpec, TaskPolicy, Verdict, Waiver

FROM_BEST = (Outcome.PASS, Outcome.WAIVED, Outcome.WARN, Outcome.INSUFFICIENT, Outcome.FAIL)


def decide(
    policies: Sequence[TaskPolicy],
    evidence: Mapping[str, TaskEvidence],
    waivers: Sequence[Waiver],
    checks: Sequence[CheckResult],
    releases: Sequence[ReleaseSpec],
    inputs: Mapping[str, str],
) -> Verdict:
    """Judges every rule; `evidence` is keyed by task, `inputs` maps each judged file to its digest.

    `merge` is the worst of the rules at merge and the checks, `release[name]` of all rules of the release's tasks and
    the checks. Where there is no rule there is nothing to pass: `insufficient`.

    Raises:
        ConfigError: a rule names a field that its task does not have, or a waiver a rule that does not exist.
    """
    specs = [spec for policy in policies for spec in policy.rules]
    granted = _granted(waivers, specs)
    rules = [_eased(spec, KINDS[spec.kind](spec, evidence[spec.task]), granted.get(spec.id)) for spec in specs]
    used = [granted[rule.id].until for rule in rules if rule.outcome is Outcome.WAIVED]
    return Verdict(
        merge=_together([[rule for rule in rules if rule.at is At.MERGE]], checks),
        release={
            release.name: _together([[rule for rule in rules if rule.task == task] for task in release.tasks], checks)
            for release in releases
        },
        rules=rules,
        checks=list(checks),
        inputs=dict(inputs),
        valid_until=min(used, default=None),
    )


def _granted(waivers: Iterable[Waiver], specs: Sequence[RuleSpec]) -> dict[str, Waiver]:
    """The waiver of each rule that has one: the longest, where there are several."""
    known = {spec.id for spec in specs}
    granted: dict[str, Waiver] = {}
    for waiver in waivers:
        _check_waiver(waiver, known)
        if waiver.rule not in granted or granted[waiver.rule].until < waiver.until:
            granted[waiver.rule] = waiver
    return granted


def _check_waiver(waiver: Waiver, known: set[str]) -> None:
    at = f"{waiver.source.path}:{waiver.source.line}"
    if waiver.rule not in known:
        raise ConfigError(
            f"{at} there is no rule {waiver.rule!r} to waive", hint=f"rules here: {', '.join(sorted(known)) or 'none'}"
        )
    try:
        date.fromisoformat(waiver.until)
    except ValueError as error:
        raise ConfigError(f"{at} {waiver.until!r} is no date", hint="write `until` as YYYY-MM-DD") from error


def _eased(spec: RuleSpec, result: RuleResult, waiver: Waiver | None) -> RuleResult:
    if not result.outcome.blocks:
        return result
    if spec.severity == "warn":
        return replace(result, outcome=Outcome.WARN)
    if waiver is None:
        return result
    message = f"{result.message} (waived until {waiver.until} by {waiver.approver}: {waiver.reason})"
    return replace(result, outcome=Outcome.WAIVED, message=message)


def _together(groups: Sequence[Sequence[RuleResult]], checks: Sequence[CheckResult]) -> Outcome:
    """The worst outcome; a group without a rule is insufficient, and so is having no group at all."""
    rules = [_worst(rule.outcome for rule in group) for group in groups] or [Outcome.INSUFFICIENT]
    return _worst([*rules, *(check.outcome for check in checks)])


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    return max(outcomes, key=FROM_BEST.index, default=Outcome.INSUFFICIENT)
