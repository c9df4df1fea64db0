"""Findings as a GitHub workflow's annotations: ten errors, ten warnings and ten notices are shown a step."""

from collections.abc import Iterator, Sequence

from assay.model.capped import number_of
from assay.model.finding import Finding, Severity
from assay.report.plain import count, visible

_MOST = 10
_LONGEST = 1000
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def github_annotations(findings: Sequence[Finding], notice: str, *, title: str = "assay review") -> str:
    """One line each, in the order given, and a closing notice; what goes beyond the forge's limit is counted in it."""
    errors = [one for one in findings if one.severity is Severity.ERROR]
    warnings = [one for one in findings if one.severity is Severity.WARNING]
    shown = [*_lines("error", errors), *_lines("warning", warnings)]
    left = number_of(findings) - len(shown)
    more = f"; {count(left, 'more finding')} in the report" if left else ""
    return "\n".join([*shown, f"::notice title={_escaped(title, _PROPERTY)}::{_escaped(notice + more, _DATA)}"])


def _lines(level: str, findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings[:_MOST]:
        line = f",line={one.at.line}" if one.at.line else ""
        place = f"file={_escaped(one.at.path, _PROPERTY)}{line},title={_escaped(one.rule, _PROPERTY)}"
        yield f"::{level} {place}::{_escaped(f'{one.told} ({one.hint})', _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(sign, sign) for sign in visible(text)[:_LONGEST])
