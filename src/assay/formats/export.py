"""What another tool's export says, brought together by item and annotator.

A file of another format than the one that is read is refused with the keys that are wanted and those that it has.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson

from assay.core import Finding, Json, JsonObject, Location, Where, canonical_text, clip, finding, legible
from assay.errors import UsageError
from assay.files import USUAL, Bounds, stream_lines
from assay.formats.long import LongRow


@dataclass(slots=True)
class Stated:
    """What the lines of an item say of it, each key with the first line that says it."""

    values: JsonObject = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Export:
    """An export, its items and annotators in order of first appearance.

    `votes` maps item to annotator to the canonical JSON of the act; `groups` has every annotator.
    """

    path: str
    votes: dict[str, dict[str, bytes]] = field(default_factory=dict)
    items: dict[str, Stated] = field(default_factory=dict)
    groups: dict[str, Stated] = field(default_factory=dict)
    gold: dict[str, JsonObject] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def gather(path: str, rows: Iterable[LongRow | Finding]) -> Export:
    """Brings rows together.

    The first annotation of an item by an annotator counts, and the first data, meta, group and groups stated; a later
    one that differs is a finding, and so is a second annotation. Gold that differs is left out altogether.
    """
    export = Export(path=path)
    gold: dict[str, Stated] = {}
    for row in rows:
        if isinstance(row, Finding):
            export.findings.append(row)
        else:
            _take_vote(export, row)
            _take_about(export, row, gold)
    export.gold = {item: label for item, stated in gold.items() if isinstance(label := stated.values["gold"], dict)}
    return export


def _take_vote(export: Export, row: LongRow) -> None:
    votes = export.votes.get(row.item)
    if votes is None:
        votes = export.votes[row.item] = {}
    if row.annotator in votes:
        message = f"{row.annotator!r} answers {row.item!r} again; the first answer is taken"
        export.findings.append(_finding(export, row, "label/duplicate-item", message, ""))
        return
    votes[row.annotator] = row.act.text
    if row.annotator not in export.groups:
        export.groups[row.annotator] = Stated()


def _take_about(export: Export, row: LongRow, gold: dict[str, Stated]) -> None:
    for key, value in row.about.items():
        if key == "gold":
            stated, rule, subject = gold.setdefault(row.item, Stated()), "gold/contradiction", row.item
        elif key in {"annotator_groups", "annotator_kind"}:
            stated, rule, subject = export.groups[row.annotator], "roster/entry", row.annotator
        else:
            stated, rule, subject = export.items.setdefault(row.item, Stated()), "item/duplicate-id", row.item
        if _contradicts(stated, key, value, row.line):
            message = f"{key} of {subject!r} is not what line {stated.lines[key]} says"
            export.findings.append(_finding(export, row, rule, message, f"/{key}"))
            if key == "gold":
                stated.values[key] = None


def _contradicts(stated: Stated, key: str, value: Json, line: int) -> bool:
    if key not in stated.values:
        stated.values[key] = value
        stated.lines[key] = line
        return False
    known = stated.values[key]
    return known != value or canonical_text(known) != canonical_text(value)


def _finding(export: Export, row: LongRow, rule: str, message: str, pointer: str) -> Finding:
    at = Location(path=export.path, line=row.line, pointer=pointer)
    return finding(rule, at, message, where=Where(item=row.item, annotator=row.annotator))


_READ = 16 * 1024 * 1024
_KEYS = 12
_SHOWN = 60
_BOM = b"\xef\xbb\xbf"
_WANTED = frozenset({"item", "annotator"})


class Found(NamedTuple):
    """What a file holds, in words, and the keys of the first object in it."""

    words: str
    keys: tuple[str, ...] = ()


def refuse_other_shape(path: Path, *, taken: int, bounds: Bounds = USUAL) -> None:
    """Refuses a file of which no line is an annotation, unless its first line has the keys of one.

    Raises:
        UsageError: it names the keys that the `long` format wants and those that the file has.
    """
    if taken:
        return
    found = found_in(path, bounds)
    if not {*found.keys} >= _WANTED:
        raise UsageError(
            f"{legible(path.as_posix())} is not in the long format, which wants on each line an object with the keys "
            f"item, annotator and label (or skip); found: {found.words}",
            fix='write one annotation a line: {"item": "m1", "annotator": "ada", "label": {"tone": "kind"}, "data": {"text": "…"}}',
        )


def found_in(path: Path, bounds: Bounds = USUAL) -> Found:
    """What the first line of a file holds, or all of it where that is one JSON value.

    Raises:
        LimitError, UsageError: the file cannot be read (see `read_lines`).
    """
    start, first = bytearray(), b""
    for line in stream_lines(path, bounds=bounds, line_limit=_READ):
        if line.data is None and not first:
            return Found(f"line {line.number} is longer than {_READ / 2**20:.0f} MiB")
        if line.data is None or len(start) + len(line.data) > _READ:
            break
        first = first or line.data.removeprefix(_BOM).strip()
        start += line.data + b"\n"
    if not first:
        return Found("nothing, it is empty")
    for data, what in ((first, "line 1 is "), (bytes(start).removeprefix(_BOM), "")):
        try:
            return _value(orjson.loads(data), what)
        except orjson.JSONDecodeError:
            continue
    return _table(first)


def _value(value: Json, what: str) -> Found:
    if isinstance(value, dict):
        return Found(f"{what or 'one value, '}an object with {_keys(value)}", tuple(value) if what else ())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return Found(f"{what}a list of {len(value):,}, the first an object with {_keys(value[0])}")
    return Found(f"{what}{'a list' if isinstance(value, list) else 'a value'} without an object in it")


def _keys(keys: Iterable[str]) -> str:
    names = [_shown(key) for key in keys]
    more = f" and {len(names) - _KEYS} more" if len(names) > _KEYS else ""
    return f"the keys {', '.join(names[:_KEYS])}{more}" if names else "no key"


def _table(first: bytes) -> Found:
    """A line that is no JSON, as the columns of a table where it has several."""
    text = first.decode("utf-8", "replace")
    separator = max("\t;,|", key=text.count)
    if separator not in text or text[0] in "{[":
        return Found(f"line 1 is no JSON: {_shown(text)!r}")
    columns = next(csv.reader([text], delimiter=separator), [])
    return Found(f"line 1 is no JSON; as a table it has the columns {', '.join(map(_shown, columns[:_KEYS]))}")


def _shown(text: str) -> str:
    return clip(legible(text), _SHOWN)
