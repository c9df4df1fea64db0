"""Findings for a person to read: file by file, what is wrong where, what to do."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from assay.model.capped import number_of
from assay.model.finding import Finding, Severity
from assay.model.names import is_batch_name
from assay.report.plain import count, visible

_ANSWERED_AGAIN = {"label/schema", "label/label-or-skip", "label/span", "label/sequence"}


def findings_text(findings: Sequence[Finding], *, most: int = 200) -> str:
    """The findings in order below their files, with what to do, and a closing line of counts.

    At most `most` are spelled out. A finding stands at `path:line`, which terminals and editors make clickable.
    """
    shown = ["\n".join(_file(list(those))) for _, those in groupby(findings[:most], key=lambda one: one.at.path)]
    if len(findings) > most:
        shown.append(f"… and {count(number_of(findings[most:]), 'more finding')}; --format json lists all")
    return "\n\n".join([*shown, _closing(findings)])


def _file(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield from _finding(finding)
    if again := _to_answer_again(findings):
        yield f"to answer these items again: {again}"


def _finding(finding: Finding) -> Iterator[str]:
    crowd = finding.annotator if finding.annotator.startswith("@") else ""
    about = ", ".join(part for part in (finding.item and f"item {finding.item}", crowd) if part)
    yield visible(f"{finding.at}  ({about})" if about else f"{finding.at}")
    yield f"  {finding.severity}: {visible(finding.told)}  [{finding.rule}]"
    yield f"  what to do: {visible(finding.hint)}"


def _to_answer_again(findings: Sequence[Finding]) -> str:
    """The command that opens the items; none where a line of the file cannot be read, or it is nobody's own votes."""
    first = findings[0]
    own = first.at.path == f"labels/{first.task}/{first.batch}/{first.annotator}.jsonl"
    errors = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    if not own or not is_batch_name(first.batch) or not errors or not errors <= _ANSWERED_AGAIN:
        return ""
    return f"assay annotate {first.task} {first.batch}"


def _closing(findings: Sequence[Finding]) -> str:
    errors = number_of(finding for finding in findings if finding.severity is Severity.ERROR)
    files = len({finding.at.path for finding in findings})
    tallied = f"{count(errors, 'error')}, {count(number_of(findings) - errors, 'warning')}"
    return f"{tallied} in {count(files, 'file')}" if findings else "no findings"
