"""Findings in every form they are printed in: for a terminal, a program, a comment, a workflow's log, a scanning page."""

from collections.abc import Callable, Mapping, Sequence

from assay.model.finding import Finding, Severity
from assay.report.findings import findings_text
from assay.report.github import github_annotations
from assay.report.json import as_json
from assay.report.markdown import code, table
from assay.report.plain import count
from assay.report.sarif import sarif_of

STYLES = ("text", "json", "markdown", "github", "sarif")
_MOST = 200
_LONG = 300


def findings_in(style: str, findings: Sequence[Finding], *, title: str, said: str) -> str:
    """The findings in one of the `STYLES`; `title` is what found them, `said` what was looked at.

    In Markdown and for a forge's log only the first are spelled out, the others counted.
    """
    written: Mapping[str, Callable[[], str]] = {
        "text": lambda: findings_text(findings),
        "json": lambda: as_json([finding.as_json() for finding in findings]),
        "markdown": lambda: findings_markdown(findings, title=title, said=said),
        "github": lambda: github_annotations(findings, said, title=title),
        "sarif": lambda: as_json(sarif_of(findings)),
    }
    return written[style]()


def findings_markdown(findings: Sequence[Finding], *, title: str, said: str) -> str:
    """A heading, what was looked at, and a table of what is wrong; words of labels stand in code spans."""
    errors = sum(one.severity is Severity.ERROR for one in findings)
    tallied = f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}" if findings else "no findings"
    rows = [
        (code(str(one.at)), one.severity.value, code(one.message, _LONG), code(one.hint, _LONG), code(one.rule))
        for one in findings[:_MOST]
    ]
    more = len(findings) - len(rows)
    rest = [f"… and {count(more, 'more finding')}; `--format json` lists all", ""] if more else []
    lines = [f"## {title}: {tallied}", "", *([code(said, _LONG), ""] if said else [])]
    return "\n".join([*lines, *table(("where", "", "what", "what to do", "rule"), rows), *rest]).rstrip()
