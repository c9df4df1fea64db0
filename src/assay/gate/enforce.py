"""Enforce the verdict; the verdict as text and findings."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from assay.core import (
    At,
    CheckResult,
    Finding,
    Location,
    Outcome,
    ReleaseVerdict,
    RuleResult,
    Severity,
    Verdict,
    rule_page,
)
from assay.errors import RefusedError, UsageError
from assay.files import json_bytes, read_json
from assay.gate.decide import VERDICT as VERDICT
from assay.gate.decide import decide_verdict, release_part, verdict_differences, with_faults
from assay.gate.evidence import changes, format_stale, judged_inputs, load_evidence, load_slices, stale_evidence
from assay.gate.findings import findings_of_project
from assay.gate.project_checks import run_checks
from assay.gate.target import TaskEvidence
from assay.gate.waivers import load_project_waivers
from assay.guidelines import unusable
from assay.project import Project, ReleaseSpec, load_policy, load_release_spec
from assay.render import count, visible

_CHECKS = "gate/checks"


def verdict_text(verdict: Verdict) -> str:
    """What may happen, then every rule and check that did not pass, in sentences."""
    judged = f"{count(len(verdict.rules), 'rule')}, {count(len(verdict.checks), 'check')}"
    until = f"; waivers hold until {verdict.valid_until}" if verdict.valid_until else ""
    lines = [f"{result.outcome:<12} {visible(result.id)}: {visible(result.message)}" for result in _not_passed(verdict)]
    return "\n".join([f"{verdict_line(verdict)}  ({judged}{until})", *lines])


def verdict_line(verdict: Verdict) -> str:
    """What may happen."""
    heads = [f"merge: {verdict.merge}", *(f"release {name}: {outcome}" for name, outcome in verdict.release.items())]
    return " · ".join(heads)


def verdict_findings(verdict: Verdict) -> Iterator[Finding]:
    """Every rule and check that did not pass, at its file; a warning where it blocks nothing."""
    for result in _not_passed(verdict):
        rule, task, path = _CHECKS, "", result.id.partition("::")[0]
        if isinstance(result, RuleResult):
            rule, task, path = result.id, result.task, f"checks/{result.task or 'project'}.yaml"
        page = rule_page(rule)
        yield Finding(
            rule=rule,
            severity=Severity.ERROR if result.outcome.blocks else Severity.WARNING,
            message=f"{result.outcome}: {result.message}",
            fix=page.fix if page else "",
            at=Location(path=path),
            task=task,
        )


def _not_passed(verdict: Verdict) -> list[RuleResult | CheckResult]:
    judgements: list[RuleResult | CheckResult] = [*verdict.rules, *verdict.checks]
    return [result for result in judgements if result.outcome is not Outcome.PASS]


def judge_all(project: Project, checks: Sequence[CheckResult], inputs: Mapping[str, str] | None = None) -> Verdict:
    """The verdict on the current state, given the results of the project's own checks; figures are rounded as in the file.

    `inputs` are the digests of the current state, if known.

    Raises:
        UsageError: a stage has not written its report yet.
        ConfigError: policy is broken, or names what the project does not have.
    """
    releases = [load_release_spec(project, name) for name in project.releases]
    return _judged(project, checks, releases, judged_inputs(project) if inputs is None else inputs, project.tasks)


def judge_release(project: Project, spec: ReleaseSpec, checks: Sequence[CheckResult]) -> ReleaseVerdict:
    """The verdict on one release, from the evidence of its tasks alone.

    Raises:
        UsageError, ConfigError: as `judge_all`.
    """
    return release_part(_judged(project, checks, [spec], {}, spec.tasks), spec)


def _judged(
    project: Project,
    checks: Sequence[CheckResult],
    releases: Sequence[ReleaseSpec],
    inputs: Mapping[str, str],
    tasks: Sequence[str] | Mapping[str, object],
) -> Verdict:
    policies = [load_policy(project, task) for task in project.tasks]
    evidence: dict[str, TaskEvidence] = {}
    for policy in policies:
        if policy.task in tasks:
            reports, broken = load_evidence(project, policy.task), unusable(project, [policy.task]).get(policy.task)
            if broken:
                evidence[policy.task] = replace(reports, unusable=broken.message.replace("\n", "; "))
            else:
                evidence[policy.task] = replace(reports, slices=load_slices(project, policy, reports.agreement))
    verdict = decide_verdict(
        policies=policies,
        evidence=evidence,
        waivers=load_project_waivers(project),
        checks=checks,
        releases=releases,
        inputs=inputs,
    )
    whole = with_faults(verdict, findings_of_project(project), releases)
    return msgspec.json.decode(json_bytes(whole), type=Verdict)


def read_verdict(project: Project) -> Verdict:
    """The gate's verdict.

    Raises:
        RefusedError: there is none, or it cannot be read.
    """
    try:
        return read_json(project.root / VERDICT, Verdict)
    except UsageError as error:
        raise RefusedError(f"no verdict: {error.message}", fix="run `dvc repro`, or `assay gate`") from error


def enforced(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """Every reason why the verdict does not allow `what`, in a sentence each; none where it does.

    The verdict is compared with the files it judged, and those with their sources. If it would allow it, rules and checks
    are judged again and must give the same verdict. `what` is `merge` or `release`; `name` is the release, or empty for
    all of them; `today` an ISO date.

    Raises:
        UsageError: the project has no such release, or a stage has not run.
        ConfigError: policy is broken.
        ChecksError: the project's checks could not be run to their end.
    """
    inputs = judged_inputs(project)
    said = objections(project, verdict, what=what, name=name, today=today)
    stale = tuple(changes(verdict.inputs, inputs, since="the verdict"))
    stale = stale or format_stale(stale_evidence(project, inputs, tuple(project.tasks)))
    if said or stale:
        return (*said, *stale)
    return tuple(verdict_differences(verdict, judge_all(project, run_checks(project), inputs), by=VERDICT))


def objections(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """What in the verdict itself does not allow it.

    Raises:
        UsageError: the project has no such release.
        ConfigError: a release's specification is broken.
    """
    if what == At.MERGE:
        rules = [rule for rule in verdict.rules if rule.at is At.MERGE]
        found = blocking("a merge", verdict.merge, rules, verdict.checks)
    else:
        found = _releases(project, verdict, name)
    return (*dict.fromkeys(found), *expired(verdict.valid_until, today, by=VERDICT))


def require_release(project: Project, name: str) -> None:
    """Refuses an unknown release.

    Raises:
        UsageError: the project has no such release.
    """
    if name not in project.releases:
        known = ", ".join(project.releases) or "none yet"
        raise UsageError(f"unknown release {name!r}", fix=f"releases: {known}; `assay release add {name}` creates it")


def expired(valid_until: str | None, today: str, *, by: str) -> Iterator[str]:
    """Whether a waiver that something rests on has ended, in a sentence."""
    if valid_until is not None and valid_until < today:
        yield f"{by} was valid until {valid_until}: a waiver it rests on has expired"


def blocking(
    subject: str, outcome: Outcome, rules: Sequence[RuleResult], checks: Sequence[CheckResult]
) -> Iterator[str]:
    """Every result that blocks `subject`, where its outcome does."""
    if outcome.blocks:
        results: tuple[RuleResult | CheckResult, ...] = (*rules, *checks)
        said = [f"{result.id} ({result.outcome}): {result.message}" for result in results if result.outcome.blocks]
        yield from said or [f"{subject} is {outcome}: there are no rules to pass"]


def _releases(project: Project, verdict: Verdict, name: str) -> Iterator[str]:
    if not name and not project.releases:
        yield "the project has no release"
    for release in (name,) if name else project.releases:
        require_release(project, release)
        tasks = load_release_spec(project, release).tasks
        if release not in verdict.release:
            yield f"{VERDICT} does not judge release {release}"
        else:
            rules = [rule for rule in verdict.rules if not rule.task or rule.task in tasks]
            yield from blocking(f"release {release}", verdict.release[release], rules, verdict.checks)
