"""An export of another tool, grouped by item and annotator.

A file in another format is refused, with the required keys and those that it has.
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

_READ = 16 * 1024 * 1024
_KEYS = 12
_SHOWN = 60
_BOM = b"\xef\xbb\xbf"
_WANTED = frozenset({"item", "annotator"})


@dataclass(slots=True)
class StatedValues:
    """The values stated for an item, each key with the first line that states it."""

    values: JsonObject = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Export:
    """An export, with items and annotators in order of first appearance.

    `votes` maps item and annotator to the canonical JSON of the act; `groups` has every annotator.
    """

    path: str
    votes: dict[str, dict[str, bytes]] = field(default_factory=dict)
    items: dict[str, StatedValues] = field(default_factory=dict)
    groups: dict[str, StatedValues] = field(default_factory=dict)
    gold: dict[str, JsonObject] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def gather(path: str, rows: Iterable[LongRow | Finding]) -> Export:
    """Groups rows.

    The first annotation of an item by an annotator counts, and so do the first data, meta, group and groups; a different
    later one is a finding, and so is a second annotation. Contradictory gold is dropped.
    """
    export = Export(path=path)
    gold: dict[str, StatedValues] = {}
    for row in rows:
        if isinstance(row, Finding):
            export.findings.append(row)
            continue
        votes = export.votes.get(row.item)
        if votes is None:
            votes = export.votes[row.item] = {}
        if row.annotator in votes:
            message = f"{row.annotator!r} answers {row.item!r} again; the first answer is used"
            export.findings.append(_finding(export, row, "label/duplicate-item", message, ""))
        else:
            votes[row.annotator] = row.act.text
            if row.annotator not in export.groups:
                export.groups[row.annotator] = StatedValues()
        _add_about(export, row, gold)
    export.gold = {item: label for item, stated in gold.items() if isinstance(label := stated.values["gold"], dict)}
    return export


def _add_about(export: Export, row: LongRow, gold: dict[str, StatedValues]) -> None:
    for key, value in row.about.items():
        if key == "gold":
            stated, rule, subject = gold.setdefault(row.item, StatedValues()), "gold/contradiction", row.item
        elif key in {"annotator_groups", "annotator_kind"}:
            stated, rule, subject = export.groups[row.annotator], "roster/entry", row.annotator
        else:
            stated, rule, subject = export.items.setdefault(row.item, StatedValues()), "item/duplicate-id", row.item
        if key not in stated.values:
            stated.values[key], stated.lines[key] = value, row.line
            continue
        known = stated.values[key]
        if known != value or canonical_text(known) != canonical_text(value):
            message = f"{key} of {subject!r} differs from line {stated.lines[key]}"
            export.findings.append(_finding(export, row, rule, message, f"/{key}"))
            if key == "gold":
                stated.values[key] = None


def _finding(export: Export, row: LongRow, rule: str, message: str, pointer: str) -> Finding:
    at = Location(path=export.path, line=row.line, pointer=pointer)
    return finding(rule, at, message, where=Where(item=row.item, annotator=row.annotator))


class Found(NamedTuple):
    """The content of a file, in words, and the keys of its first object."""

    words: str
    keys: tuple[str, ...] = ()


def refuse_other_shape(path: Path, *, taken: int, bounds: Bounds = USUAL) -> None:
    """Refuses a file without any annotation, unless its first line has the keys of one.

    Raises:
        UsageError: it names the keys that the `long` format requires and those of the file.
    """
    if taken:
        return
    found = found_in(path, bounds)
    if not {*found.keys} >= _WANTED:
        raise UsageError(
            f"{legible(path.as_posix())} is not in the long format, which requires an object with the keys "
            f"item, annotator and label (or skip) on each line; found: {found.words}",
            fix='write one annotation a line: {"item": "m1", "annotator": "ada", "label": {"tone": "kind"}, "data": {"text": "…"}}',
        )


def found_in(path: Path, bounds: Bounds = USUAL) -> Found:
    """The content of the first line of a file, or of the whole file if that is one JSON value.

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
    text = first.decode("utf-8", "replace")
    separator = max("\t;,|", key=text.count)
    if separator not in text or text[0] in "{[":
        return Found(f"line 1 is not JSON: {_shown(text)!r}")
    columns = next(csv.reader([text], delimiter=separator), [])
    return Found(f"line 1 is not JSON; as a table it has the columns {', '.join(map(_shown, columns[:_KEYS]))}")


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


def _shown(text: str) -> str:
    return clip(legible(text), _SHOWN)
