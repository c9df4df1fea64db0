"""A file of item ids: one a line, or JSON objects with `id` or `item`."""

from collections.abc import Iterator
from pathlib import Path

from assay.errors import UsageError
from assay.model.json import Json
from assay.model.names import legible
from assay.store.lines import Line, read_lines
from assay.store.strict_json import JsonFault, parse_strict

_BOM = b"\xef\xbb\xbf"


def listed_items(path: Path) -> Iterator[tuple[int, str]]:
    """The ids that a file lists with their line numbers, in its order; empty lines list none.

    Raises:
        UsageError: a line is neither an id nor an object with one, or the file cannot be read.
        LimitError: it is too large.
    """
    for line in read_lines(path):
        try:
            item = _item(line)
        except (JsonFault, UnicodeDecodeError) as fault:
            said = fault.message if isinstance(fault, JsonFault) else "not UTF-8"
            raise UsageError(f"{legible(path.as_posix())}:{line.number} {said}", hint=_FORM) from fault
        if item is None:
            raise UsageError(f"{legible(path.as_posix())}:{line.number} no item id", hint=_FORM)
        if item:
            yield line.number, item


def _item(line: Line) -> str | None:
    if line.data is None:
        return None
    text = line.data.removeprefix(_BOM).strip()
    if not text.startswith(b"{"):
        return text.decode("utf-8")
    value: Json = parse_strict(text)
    found = value.get("id", value.get("item")) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


_FORM = 'one item id a line, or one object a line with "id" or "item"'
