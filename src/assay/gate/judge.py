"""Judge the project on disk."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from assay.gate.breakdowns import load_slices
from assay.gate.decide import decide, with_faults
from assay.gate.evidence import TaskEvidence
from assay.gate.inputs import judged_inputs, load_evidence
from assay.gate.of_project import findings_of_project
from assay.gate.part import part_of
from assay.gate.waivers import load_held_waivers
from assay.guidelines.configuration import unusable
from assay.model.release import ReleaseSpec
from assay.model.verdict import CheckResult, ReleaseVerdict, TaskPolicy, Verdict
from assay.project import Project, load_policy, load_release_spec
from assay.store.artifacts import json_bytes


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
    return part_of(_judged(project, checks, [spec], {}, spec.tasks), spec)


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
