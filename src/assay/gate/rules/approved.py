"""`approved`: every guideline version that a release's labels cite was approved."""

from collections.abc import Mapping

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted
from assay.gate.rules.result import judged
from assay.model.quality import VersionApproval
from assay.model.verdict import Outcome, RuleResult, RuleSpec

SIGNED = "signed"


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Passes where no version is held, in the way that `checks/project.yaml` asks for.

    A signature counts everywhere, a record of the forge's review only where `approval: forge`. `insufficient` where no
    current label cites a version, or the report says nothing of approvals.
    """
    versions = evidence.quality.approved
    if not versions:
        message = f"0 guideline versions are cited by the labels of {spec.task}; every one cited must be approved"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=0)
    held = _held(versions, str(spec.parameters.get("way", SIGNED)))
    if held:
        said = "; ".join(f"{version}: {reason}" for version, reason in held.items())
        message = f"{counted(len(held), 'guideline version')} of {len(versions)} not approved: {said}"
        return judged(spec, Outcome.FAIL, message, value=len(held), threshold=0)
    said = ", ".join(f"{version} by {' and '.join(one.by)} ({one.way})" for version, one in versions.items())
    message = f"{counted(len(versions), 'guideline version')} cited, none held: {said}"
    return judged(spec, Outcome.PASS, message, value=0, threshold=0)


def _held(versions: Mapping[str, VersionApproval], way: str) -> dict[str, str]:
    """The versions that do not count as approved, each with the reason."""
    reasons = {version: _reason(one, way) for version, one in versions.items()}
    return {version: reason for version, reason in reasons.items() if reason}


def _reason(one: VersionApproval, way: str) -> str:
    if one.state != "approved":
        return one.reason or "held"
    if one.way not in {way, SIGNED}:
        return f"approved by {one.way}, and the project asks for a signature (approval: {way})"
    return ""
