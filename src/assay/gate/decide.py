"""Decide a gate: rules, waivers and what a release needs of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from msgspec.structs import replace

from assay.core import (
    Annotator,
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
    Waiver,
    finding,
)
from assay.errors import ConfigError, RefusedError
from assay.gate.rules import judge_rule
from assay.gate.rules.target import TaskEvidence, format_count
from assay.guidelines import why_not_approver
from assay.project import Project, ReleaseSpec, load_policy, load_roster, load_waivers

UNWAIVABLE = frozenset({"schema", "approved"})
"""The kinds of rules that are waived only where `checks/project.yaml` lists them under `waivable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """The waivers of a project, and what they are held against: its people, and which unwaivable kinds it lets go."""

    given: tuple[Waiver, ...] = ()
    people: Mapping[str, Annotator] = field(default_factory=dict)
    waivable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """By rule: the waiver that counts (the longest, where there are several), else why the one that is there does not."""

    waivers: Mapping[str, Waiver]
    denied: Mapping[str, str]


def load_held_waivers(project: Project) -> Waivers:
    """The waivers of a project.

    Raises:
        ConfigError: `checks/waivers.yaml` is broken.
    """
    given = load_waivers(project)
    return Waivers(
        given=given,
        people=load_roster(project).annotators if given else {},
        waivable=frozenset(project.waivable),
    )


def granted(waivers: Waivers, specs: Sequence[RuleSpec[Any]]) -> Granted:
    """Which rules are waived.

    Raises:
        ConfigError: a waiver is of no rule, of one that may not be waived, or until no date.
    """
    found: dict[str, Waiver] = {}
    denied: dict[str, str] = {}
    for waiver in waivers.given:
        for problem, fix in _misstated(waiver, specs, waivers.waivable):
            raise ConfigError(f"{waiver.source.path}:{waiver.source.line} {problem}", fix=fix)
        if why := _unapproved(waiver, waivers.people):
            denied[waiver.rule] = why
        elif waiver.rule not in found or found[waiver.rule].until < waiver.until:
            found[waiver.rule] = waiver
    return Granted(waivers=found, denied={rule: why for rule, why in denied.items() if rule not in found})


def waiver_faults(waivers: Waivers, specs: Sequence[RuleSpec[Any]]) -> Iterator[Finding]:
    """Everything that keeps a waiver from counting, a finding each; `specs` are the rules that there are."""
    for waiver in waivers.given:
        for problem, fix in _misstated(waiver, specs, waivers.waivable):
            yield finding("project/waiver", waiver.source, problem, fix=fix)
        if why := _unapproved(waiver, waivers.people):
            yield finding("project/waiver", waiver.source, f"{waiver.rule!r} is not waived: {why}")


def waiver_findings(project: Project) -> tuple[Finding, ...]:
    """What is wrong with the waivers of a project; nothing of those that cannot be judged, as the configuration is broken.

    Which rules a task has is not known while its checks cannot be read; its waivers are then left out.
    """
    try:
        waivers = load_held_waivers(project)
    except ConfigError:
        return ()
    specs, unknown = rules_known(project) if waivers.given else ((), frozenset[str]())
    known = tuple(one for one in waivers.given if one.rule.partition("/")[0] not in unknown)
    return tuple(waiver_faults(Waivers(given=known, people=waivers.people, waivable=waivers.waivable), specs))


def rules_known(project: Project) -> tuple[tuple[RuleSpec[Any], ...], frozenset[str]]:
    """The rules of all tasks, and the tasks whose rules cannot be read."""
    specs: list[RuleSpec[Any]] = []
    unknown: set[str] = set()
    for task in project.tasks:
        try:
            specs += load_policy(project, task).rules
        except ConfigError:
            unknown.add(task)
    return tuple(specs), frozenset(unknown)


def _misstated(waiver: Waiver, specs: Iterable[RuleSpec[Any]], waivable: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with what a waiver says, each with its remedy."""
    kinds = {spec.id: spec.kind for spec in specs}
    if waiver.rule not in kinds:
        yield f"there is no rule {waiver.rule!r} to waive", f"rules here: {', '.join(sorted(kinds)) or 'none'}"
    elif (kind := kinds[waiver.rule]) in UNWAIVABLE - waivable:
        yield (
            f"{waiver.rule!r} may not be waived",
            f"mend what it finds and take the waiver out; a lead may write `waivable: [{kind}]` into checks/project.yaml",
        )
    try:
        date.fromisoformat(waiver.until)
    except ValueError:
        yield f"{waiver.until!r} is no date", "write `until` as YYYY-MM-DD"


def _unapproved(waiver: Waiver, people: Mapping[str, Annotator]) -> str:
    return why_not_approver(people.get(waiver.approver), waiver.approver, given=None)


VERDICT = "gate/verdict.json"
_PROJECT = "project"
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
    worst = {
        one.name: _worst([verdict.release[one.name], *(r.outcome for r in rules if not r.task or r.task in one.tasks)])
        for one in releases
    }
    merge = _worst([verdict.merge, *(rule.outcome for rule in rules)])
    return replace(verdict, merge=merge, release=worst, rules=[*verdict.rules, *rules])


def judge_project(findings: Sequence[Finding]) -> list[RuleResult]:
    """`project`, and `<task>/project` for what concerns one task, at merge; none of either where nothing is wrong.

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
                message=f"{first.at}: {first.message}{more}; no error may be",
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
        RefusedError: it says nothing of it.
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


def odds(said: Verdict | ReleaseVerdict, anew: Verdict | ReleaseVerdict, *, by: str) -> Iterator[str]:
    """In a sentence each, how what `by` says is at odds with what was judged anew."""
    if said == anew:
        return
    rules = list(_differing({one.id: one for one in said.rules}, {one.id: one for one in anew.rules}))
    checks = list(_differing({one.id: one for one in said.checks}, {one.id: one for one in anew.checks}))
    waivers = [] if said.waivers == anew.waivers else ["other waivers than those that count"]
    yield from (f"{by} says {told}" for told in (*rules, *checks, *waivers))
    if not rules and not checks and not waivers:
        yield f"{by} is not what the rules come to on these reports; run `assay gate`"


def _differing(
    said: Mapping[str, RuleResult] | Mapping[str, CheckResult],
    anew: Mapping[str, RuleResult] | Mapping[str, CheckResult],
) -> Iterator[str]:
    for name in dict.fromkeys((*said, *anew)):
        old, new = said.get(name), anew.get(name)
        if old == new:
            continue
        if old is None or new is None:
            yield f"{name} is {_outcome(old)}; judged again it is {_outcome(new)}"
        elif old.outcome is new.outcome:
            yield f"of {name} other words or figures than judging again does: {new.message}"
        else:
            yield f"{name} is {old.outcome}; judged again it is {new.outcome}: {new.message}"


def _outcome(result: RuleResult | CheckResult | None) -> str:
    return "not judged" if result is None else str(result.outcome)
