"""What `assay task add` decided, field by field, and what is wrong with the labels it decided it from."""

from collections.abc import Iterator, Sequence

from assay.model.finding import Finding
from assay.report.findings import findings_text
from assay.report.plain import count, visible
from assay.schemas.decided import Decided

_LISTED = 200


def drafted_text(task: str, fields: Sequence[Decided], findings: Sequence[Finding]) -> str:
    """Each field's scale, what was seen of it, what to write where that is needed, and what would change it."""
    parts = [line for field in fields for line in _field(task, field)]
    if findings:
        told = f"{count(len(findings), 'error')} in the file itself, which `assay check` tells of what the import takes in:"
        parts += ["", told, findings_text(findings[:_LISTED])]
    if len(findings) > _LISTED:
        parts.append(
            f"… and {len(findings) - _LISTED:,} more, which `assay check --all --format json` lists after the import"
        )
    return "\n".join(parts)


def _field(task: str, field: Decided) -> Iterator[str]:
    source = f", of {field.source}" if field.source else ""
    yield visible(f"{field.name}: {field.scale}{source}{' · NO ALPHA' if field.lacks else ''}")
    yield visible(f"  saw: {field.saw}")
    if field.attributes:
        said = ", ".join(f"{one.name} ({one.scale})" for one in field.attributes)
        yield visible(f"  its elements also say: {said}")
    if field.lacks:
        yield visible(f"  no alpha: {field.lacks} (in schemas/{task}.yaml)")
    yield visible(f"  to change it: {field.change}")
