"""Policy and evidence → verdict; the runner of the project's own checks; who is held to the verdict."""

from assay.gate.decide import decide
from assay.gate.enforce import VERDICT, enforced, judge, judge_release, read_verdict, require_release
from assay.gate.evidence import judged_inputs, load_evidence, require_measured
from assay.gate.project_checks import run_checks
from assay.gate.rules.target import TaskEvidence

__all__ = [
    "VERDICT",
    "TaskEvidence",
    "decide",
    "enforced",
    "judge",
    "judge_release",
    "judged_inputs",
    "load_evidence",
    "read_verdict",
    "require_measured",
    "require_release",
    "run_checks",
]
