"""What an import did, for a person to read."""

from assay.model.imported import ImportReport
from assay.report.findings import findings_text
from assay.report.plain import count, visible

_LISTED = 20


def import_text(report: ImportReport) -> str:
    """What is new, same, changed and gone, what was added for it, and what could not be taken."""
    gold = f"gold: {report.gold_new:,} new, {report.gold_changed:,} changed, {report.gold_gone:,} gone"
    added = ", ".join(
        [
            count(report.items, "new item"),
            count(report.annotators, "new annotator"),
            count(len(report.batches), "new batch", "new batches"),
        ]
    )
    annotations = f"{report.new:,} new, {report.same:,} same, {report.changed:,} changed, {report.gone:,} gone"
    lines = [
        f"@{report.source} → {report.task}: {annotations}{_what_of_gone(report)}",
        f"{added}; {gold}; {count(len(report.written), 'file')} written",
        *(f"  gone: {visible(item)} by {visible(annotator)}" for item, annotator in report.gone_rows[:_LISTED]),
    ]
    if len(report.gone_rows) > _LISTED:
        lines.append(f"  … and {len(report.gone_rows) - _LISTED:,} more; --format json lists all")
    if report.refused:
        lines += ["could not be taken:", findings_text(report.refused)]
    if report.media:
        lines += ["imported, and to be mended:", findings_text(report.media)]
    if report.alike:
        lines += ["imported as they are spelled, each on its own:", findings_text(report.alike)]
    return "\n".join(lines)


def _what_of_gone(report: ImportReport) -> str:
    if not report.gone:
        return ""
    return " (removed)" if report.pruned else " (kept; --prune removes them)"
