"""Policy and evidence → verdict; the runner of the project's own checks; who is held to the verdict."""

from assay.gate.checks import run_checks
from assay.gate.decide import decide
from assay.gate.enforce import VERDICT, enforced, read_verdict, require_release
from assay.gate.evidence import TaskEvidence
from assay.gate.inputs import judged_inputs, load_evidence, require_measured
from assay.gate.judge import judge, judge_release

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
