"""Judge the project on disk."""

from collections.abc import Sequence

from msgspec.structs import replace

from assay.gate.breakdowns import load_slices
from assay.gate.decide import decide
from assay.gate.evidence import TaskEvidence
from assay.gate.inputs import judged_inputs, load_evidence
from assay.model.verdict import CheckResult, TaskPolicy, Verdict
from assay.project import Project, load_policy, load_release_spec, load_waivers


def judge(project: Project, checks: Sequence[CheckResult]) -> Verdict:
    """The verdict on what is here now, given how the project's own checks ended.

    Raises:
        UsageError: a stage has not written its report yet.
        ConfigError: policy is broken, or speaks of what the project does not have.
    """
    policies = [load_policy(project, task) for task in project.tasks]
    return decide(
        policies=policies,
        evidence={policy.task: _evidence(project, policy) for policy in policies},
        waivers=load_waivers(project),
        checks=checks,
        releases=[load_release_spec(project, name) for name in project.releases],
        inputs=judged_inputs(project),
    )


def _evidence(project: Project, policy: TaskPolicy) -> TaskEvidence:
    reports = load_evidence(project, policy.task)
    return replace(reports, slices=load_slices(project, policy, reports.agreement))
