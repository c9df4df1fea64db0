"""Hold a caller to the verdict, and the verdict as text and findings."""

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
    TaskPolicy,
    Verdict,
    page_of,
)
from assay.errors import RefusedError, UsageError
from assay.files import json_bytes, read_json
from assay.gate.decide import VERDICT as VERDICT
from assay.gate.decide import decide, load_held_waivers, odds, release_part, with_faults
from assay.gate.evidence import changes, format_stale, judged_inputs, load_evidence, load_slices, stale_evidence
from assay.gate.findings import findings_of_project
from assay.gate.project_checks import run_checks
from assay.gate.rules.target import TaskEvidence
from assay.guidelines import unusable
from assay.project import Project, ReleaseSpec, load_policy, load_release_spec
from assay.render import count, visible

_CHECKS = "gate/checks"


def verdict_text(verdict: Verdict) -> str:
    """What may happen, then every rule and check that did not pass, in sentences."""
    judged = f"{count(len(verdict.rules), 'rule')}, {count(len(verdict.checks), 'check')}"
    until = f"; waivers hold until {verdict.valid_until}" if verdict.valid_until else ""
    lines = [f"{result.outcome:<12} {visible(result.id)}: {visible(result.message)}" for result in _left(verdict)]
    return "\n".join([f"{verdict_line(verdict)}  ({judged}{until})", *lines])


def verdict_line(verdict: Verdict) -> str:
    """What may happen."""
    heads = [f"merge: {verdict.merge}", *(f"release {name}: {outcome}" for name, outcome in verdict.release.items())]
    return " · ".join(heads)


def verdict_findings(verdict: Verdict) -> Iterator[Finding]:
    """Every rule and check that did not pass, at the file that states it; what blocks nothing is a warning."""
    for result in _left(verdict):
        rule, task, path = _CHECKS, "", result.id.partition("::")[0]
        if isinstance(result, RuleResult):
            rule, task, path = result.id, result.task, f"checks/{result.task or 'project'}.yaml"
        page = page_of(rule)
        yield Finding(
            rule=rule,
            severity=Severity.ERROR if result.outcome.blocks else Severity.WARNING,
            message=f"{result.outcome}: {result.message}",
            fix=page.fix if page else "",
            at=Location(path=path),
            task=task,
        )


def _left(verdict: Verdict) -> list[RuleResult | CheckResult]:
    judgements: list[RuleResult | CheckResult] = [*verdict.rules, *verdict.checks]
    return [result for result in judgements if result.outcome is not Outcome.PASS]


def judge(project: Project, checks: Sequence[CheckResult], inputs: Mapping[str, str] | None = None) -> Verdict:
    """The verdict on what is here now, given how the project's own checks ended; its figures are as they are written.

    `inputs` are the digests of what is here, where they are known.

    Raises:
        UsageError: a stage has not written its report yet.
        ConfigError: policy is broken, or speaks of what the project does not have.
    """
    releases = [load_release_spec(project, name) for name in project.releases]
    return _judged(project, checks, releases, judged_inputs(project) if inputs is None else inputs, project.tasks)


def judge_release(project: Project, spec: ReleaseSpec, checks: Sequence[CheckResult]) -> ReleaseVerdict:
    """The same of one release, from the evidence of its tasks alone.

    Raises:
        UsageError, ConfigError: as `judge`.
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
    verdict = decide(
        policies=policies,
        evidence={policy.task: _evidence(project, policy) for policy in policies if policy.task in tasks},
        waivers=load_held_waivers(project),
        checks=checks,
        releases=releases,
        inputs=inputs,
    )
    whole = with_faults(verdict, findings_of_project(project), releases)
    return msgspec.json.decode(json_bytes(whole), type=Verdict)


def _evidence(project: Project, policy: TaskPolicy) -> TaskEvidence:
    reports = load_evidence(project, policy.task)
    for error in unusable(project, [policy.task]).values():
        return replace(reports, unusable=error.message.replace("\n", "; "))
    return replace(reports, slices=load_slices(project, policy, reports.agreement))


def read_verdict(project: Project) -> Verdict:
    """The gate's verdict.

    Raises:
        RefusedError: there is none, or it cannot be read.
    """
    try:
        return read_json(project.root / VERDICT, Verdict)
    except UsageError as error:
        raise RefusedError(f"no verdict allows it: {error.message}", fix="run `dvc repro`, or `assay gate`") from error


def enforced(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """Every reason why the verdict does not allow `what`, in a sentence each; nothing where it does.

    The verdict is held against the files it judged, those against the sources that they were measured from, and where
    it would allow it all is judged again, rules and checks: it must be what they come to. `what` is `merge` or
    `release`; `name` is the release, or empty for all of them; `today` an ISO date.

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
    return tuple(odds(verdict, judge(project, run_checks(project), inputs), by=VERDICT))


def objections(project: Project, verdict: Verdict, *, what: str, name: str = "", today: str) -> tuple[str, ...]:
    """What the verdict itself says against it.

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
    """Holds a release's name against the project's.

    Raises:
        UsageError: the project has no such release.
    """
    if name not in project.releases:
        known = ", ".join(project.releases) or "none yet"
        raise UsageError(
            f"there is no release {name!r}", fix=f"releases here: {known}; `assay release add {name}` makes it"
        )


def expired(valid_until: str | None, today: str, *, by: str) -> Iterator[str]:
    """Whether a waiver that something rests on has ended, in a sentence."""
    if valid_until is not None and valid_until < today:
        yield f"{by} was valid until {valid_until}: a waiver it rests on has expired"


def blocking(
    subject: str, outcome: Outcome, rules: Sequence[RuleResult], checks: Sequence[CheckResult]
) -> Iterator[str]:
    """Every result that holds `subject` back, where its outcome does."""
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
