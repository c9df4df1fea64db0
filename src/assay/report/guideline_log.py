"""The history of a guideline as text."""

from collections.abc import Iterator, Sequence

from assay.model.guideline_log import VersionAgreement, VersionLog
from assay.report.impact import migration_lines
from assay.report.plain import count, decimal, visible

FEWEST_UNITS = 10


def guideline_log_text(task: str, versions: Sequence[VersionLog]) -> str:
    """Every version with its fate; an alpha of fewer than ten units is a dash."""
    lines = (line for one in versions for line in _version(task, one))
    return "\n".join(map(visible, lines))


def _version(task: str, one: VersionLog) -> Iterator[str]:
    yield f"{task} {one.version}  {one.date}"
    yield f"  {' '.join(one.summary.split())}"
    yield f"  affects: {', '.join(one.affects)} ({one.policy})" if one.affects else "  affects: nothing"
    yield f"  written by: {', '.join(one.authors) or '-'}"
    yield f"  {_approval(one)}"
    yield f"  labels made under it: {one.labels:,}, {one.current:,} of them current"
    yield from (f"  {line}" for migration in one.migrations for line in migration_lines(migration))
    if one.agreement:
        yield f"  alpha: {', '.join(f'{field} {_alpha(found)}' for field, found in one.agreement.items())}"


def _approval(one: VersionLog) -> str:
    approval = one.approval
    if approval.state == "approved":
        return f"approved by: {', '.join(approval.by)} ({approval.way})"
    return f"{approval.state}: {approval.reason}"


def _alpha(found: VersionAgreement) -> str:
    value = found.alpha.value if found.units >= FEWEST_UNITS else None
    return f"{decimal(value)} ({count(found.units, 'unit')})"
