"""Findings in every output format: text, JSON, Markdown, GitHub annotations, SARIF, code quality."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import quote

import msgspec
import orjson

from assay import __version__, core, files
from assay.core import Finding, Json, JsonObject, Severity, escaped_json, is_batch_name, number_of
from assay.render.text import code, count, table, visible


def as_json(value: object) -> str:
    """Indented JSON of a Struct or of plain values and Structs; hidden characters are escaped."""
    text = orjson.dumps(msgspec.to_builtins(value, str_keys=True), option=orjson.OPT_INDENT_2).decode()
    return escaped_json(text)


_ANSWER_AGAIN = {"label/schema", "label/label-or-skip", "label/span", "label/sequence"}


def findings_text(findings: Sequence[Finding], *, limit: int = 200) -> str:
    """The findings in order, grouped by file, with fixes, and a summary line.

    At most `limit` are listed. `path:line` is clickable in terminals and editors.
    """
    shown = ["\n".join(_of_file(list(those))) for _, those in groupby(findings[:limit], key=lambda one: one.at.path)]
    if len(findings) > limit:
        shown.append(f"… and {count(number_of(findings[limit:]), 'more finding')}; --format json lists all")
    if not findings:
        return "no findings"
    errors = number_of(finding for finding in findings if finding.severity is Severity.ERROR)
    files = len({finding.at.path for finding in findings})
    counts = f"{count(errors, 'error')}, {count(number_of(findings) - errors, 'warning')}"
    return "\n\n".join([*shown, f"{counts} in {count(files, 'file')}"])


def _of_file(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        crowd = finding.annotator if finding.annotator.startswith("@") else ""
        about = ", ".join(part for part in (finding.item and f"item {finding.item}", crowd) if part)
        yield visible(f"{finding.at}  ({about})" if about else f"{finding.at}")
        yield f"  {finding.severity}: {visible(finding.full_message)}  [{finding.rule}]"
        yield f"  fix: {visible(finding.fix)}"
    first = findings[0]
    errors = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    own = first.at.path == f"labels/{first.task}/{first.batch}/{first.annotator}.jsonl"
    if own and is_batch_name(first.batch) and errors and errors <= _ANSWER_AGAIN:
        yield f"to answer these items again: assay annotate {first.task} {first.batch}"


_MAX_ANNOTATIONS = 10
_MAX_LENGTH = 1000
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def github_annotations(findings: Sequence[Finding], notice: str, *, title: str = "assay review") -> str:
    """One line for each finding, in order, and a notice; findings beyond the forge's limit are counted in it."""
    errors = [one for one in findings if one.severity is Severity.ERROR]
    warnings = [one for one in findings if one.severity is Severity.WARNING]
    shown = [*_lines("error", errors), *_lines("warning", warnings)]
    left = number_of(findings) - len(shown)
    more = f"; {count(left, 'more finding')} in the report" if left else ""
    return "\n".join([*shown, f"::notice title={_escaped(title, _PROPERTY)}::{_escaped(notice + more, _DATA)}"])


def _lines(level: str, findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings[:_MAX_ANNOTATIONS]:
        line = f",line={one.at.line}" if one.at.line else ""
        place = f"file={_escaped(one.at.path, _PROPERTY)}{line},title={_escaped(one.rule, _PROPERTY)}"
        yield f"::{level} {place}::{_escaped(f'{one.full_message} ({one.fix})', _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(sign, sign) for sign in visible(text)[:_MAX_LENGTH])


_MAX_SARIF = 5000
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif_of(findings: Sequence[Finding]) -> JsonObject:
    """A SARIF log with one run; at most the first 5,000 results."""
    shown = findings[:_MAX_SARIF]
    rules = sorted({one.rule for one in shown})
    driver: JsonObject = {"name": "assay", "version": __version__, "rules": [_rule(name) for name in rules]}
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules.index(one.rule)) for one in shown],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> JsonObject:
    page = core.rule_page(name)
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
    about: JsonObject = {"task": one.task, "batch": one.batch, "item": one.item, "annotator": one.annotator}
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{visible(one.full_message)} Fix: {visible(one.fix)}"},
        "locations": [{"physicalLocation": place}],
        "properties": {key: value for key, value in about.items() if value},
    }


STYLES = ("text", "json", "markdown", "github", "sarif")
_MAX_MARKDOWN = 200
_WIDTH = 300


def findings_in(style: str, findings: Sequence[Finding], *, title: str, summary: str) -> str:
    """The findings in one of the `STYLES`; `title` is the command, `summary` what it checked.

    Markdown and GitHub annotations list only the first ones, and count the others.
    """
    written: Mapping[str, Callable[[], str]] = {
        "text": lambda: findings_text(findings),
        "json": lambda: as_json([finding.as_json() for finding in findings]),
        "markdown": lambda: findings_markdown(findings, title=title, summary=summary),
        "github": lambda: github_annotations(findings, summary, title=title),
        "sarif": lambda: as_json(sarif_of(findings)),
    }
    return written[style]()


def findings_markdown(findings: Sequence[Finding], *, title: str, summary: str) -> str:
    """A heading, the summary, and a table of findings; text from labels is in code spans."""
    errors = sum(one.severity is Severity.ERROR for one in findings)
    counts = f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}" if findings else "no findings"
    rows = [
        (code(str(one.at)), one.severity.value, code(one.message, _WIDTH), code(one.fix, _WIDTH), code(one.rule))
        for one in findings[:_MAX_MARKDOWN]
    ]
    more = len(findings) - len(rows)
    rest = [f"… and {count(more, 'more finding')}; `--format json` lists all", ""] if more else []
    lines = [f"## {title}: {counts}", "", *([code(summary, _WIDTH), ""] if summary else [])]
    return "\n".join([*lines, *table(("where", "", "what", "fix", "rule"), rows), *rest]).rstrip()


_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def code_quality(findings: Iterable[Finding]) -> str:
    """A code quality report; a finding keeps its fingerprint if only its line changes, so GitLab can tell new ones."""
    seen: Counter[str] = Counter()
    issues: list[Json] = []
    for found in findings:
        parts = (found.rule, found.at.path, found.at.pointer, found.item, found.annotator, found.full_message)
        key = "\0".join(parts)
        seen[key] += 1
        issues.append(
            {
                "description": visible(f"{found.full_message} Fix: {found.fix}"),
                "check_name": found.rule,
                "fingerprint": files.digest_bytes(f"{key}\0{seen[key]}".encode(errors="backslashreplace")),
                "severity": _SEVERITIES[found.severity],
                "location": {"path": visible(found.at.path), "lines": {"begin": max(found.at.line, 1)}},
            }
        )
    return as_json(issues)
