"""Findings in every form they are printed in: terminal, JSON, Markdown, GitHub annotations, SARIF, code quality."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

import msgspec
import orjson

from assay import __version__
from assay.core import Finding, Json, JsonObject, Severity, escaped_json, is_batch_name, number_of, page_of
from assay.files import digest_bytes
from assay.render.text import code, count, table, visible


def as_json(value: object) -> str:
    """Indented JSON of a result: a Struct, or anything built from plain values and Structs; hidden characters are escaped."""
    text = orjson.dumps(msgspec.to_builtins(value, str_keys=True), option=orjson.OPT_INDENT_2).decode()
    return escaped_json(text)


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
    yield f"  fix: {visible(finding.fix)}"


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
        yield f"::{level} {place}::{_escaped(f'{one.told} ({one.fix})', _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(sign, sign) for sign in visible(text)[:_LONGEST])


_MOST_SARIF = 5000
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif_of(findings: Sequence[Finding]) -> JsonObject:
    """One run; at most 5,000 results, the first ones."""
    shown = findings[:_MOST_SARIF]
    rules = sorted({one.rule for one in shown})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "assay", "version": __version__, "rules": [_rule(name) for name in rules]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, rules.index(one.rule)) for one in shown],
            }
        ],
    }


def _rule(name: str) -> JsonObject:
    page = page_of(name)
    if page is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.why},
        "help": {"text": page.fix},
        "defaultConfiguration": {"level": _LEVELS[page.severity]},
    }


def _result(one: Finding, index: int) -> JsonObject:
    place: JsonObject = {
        "artifactLocation": {"uri": quote(one.at.path.encode(errors="replace"))},
        "region": {"startLine": max(one.at.line, 1)},
    }
    about: dict[str, Json] = {
        key: value
        for key, value in (("task", one.task), ("batch", one.batch), ("item", one.item), ("annotator", one.annotator))
        if value
    }
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{visible(one.told)} Fix: {visible(one.fix)}"},
        "locations": [{"physicalLocation": place}],
        "properties": about,
    }


STYLES = ("text", "json", "markdown", "github", "sarif")
_MOST_STYLES = 200
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
        (code(str(one.at)), one.severity.value, code(one.message, _LONG), code(one.fix, _LONG), code(one.rule))
        for one in findings[:_MOST_STYLES]
    ]
    more = len(findings) - len(rows)
    rest = [f"… and {count(more, 'more finding')}; `--format json` lists all", ""] if more else []
    lines = [f"## {title}: {tallied}", "", *([code(said, _LONG), ""] if said else [])]
    return "\n".join([*lines, *table(("where", "", "what", "fix", "rule"), rows), *rest]).rstrip()


_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def code_quality(findings: Iterable[Finding]) -> str:
    """The report; a finding keeps its fingerprint when only its line changes, so that GitLab sees what is new."""
    seen: Counter[str] = Counter()
    return as_json([_issue(finding, seen) for finding in findings])


def _issue(finding: Finding, seen: Counter[str]) -> JsonObject:
    parts = (finding.rule, finding.at.path, finding.at.pointer, finding.item, finding.annotator, finding.told)
    said = "\0".join(parts)
    seen[said] += 1
    return {
        "description": visible(f"{finding.told} Fix: {finding.fix}"),
        "check_name": finding.rule,
        "fingerprint": digest_bytes(f"{said}\0{seen[said]}".encode(errors="backslashreplace")),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": visible(finding.at.path), "lines": {"begin": max(finding.at.line, 1)}},
    }
