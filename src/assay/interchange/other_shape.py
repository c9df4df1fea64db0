"""A file that is of another format than the one that is read: said with the keys that are wanted and those that it has."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from assay.errors import UsageError
from assay.model.json import Json
from assay.model.names import legible
from assay.store.lines import USUAL, Bounds, read_lines

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
            hint='write one annotation a line: {"item": "m1", "annotator": "ada", "label": {"tone": "kind"}, "data": {"text": "…"}}',
        )


def found_in(path: Path, bounds: Bounds = USUAL) -> Found:
    """What the first line of a file holds, or all of it where that is one JSON value.

    Raises:
        LimitError, UsageError: the file cannot be read (see `read_lines`).
    """
    start, first = bytearray(), b""
    for line in read_lines(path, bounds=bounds, line_limit=_READ):
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
    clipped = legible(text)
    return clipped if len(clipped) <= _SHOWN else f"{clipped[: _SHOWN - 1]}…"
