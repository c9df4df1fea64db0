"""A label file as lines that a person can compare: one record a paragraph, one value a line."""

from collections.abc import Iterator

from assay.labels.reader import split
from assay.model.json import Json, JsonObject
from assay.model.values import canonical_text
from assay.store.strict_json import JsonFault, parse_record

_NAMES = ("item", "id", "annotator")


def readable(data: bytes) -> str:
    """The text of a file; a line that is no record stands as it is."""
    return "\n".join(text for line in split(data) for text in (*_paragraph(line), ""))


def _paragraph(line: bytes) -> Iterator[str]:
    try:
        value = parse_record(line)
    except JsonFault:
        yield line.decode(errors="backslashreplace")
        return
    yield " ".join(str(value[name]) for name in _NAMES if name in value)
    yield from _values(value)


def _values(record: JsonObject) -> Iterator[str]:
    for name, value in record.items():
        if name == "label" and isinstance(value, dict):
            yield from (f"  {field}: {_text(answer)}" for field, answer in sorted(value.items()))
        elif name not in _NAMES:
            yield f"  {name}: {_text(value)}"


def _text(value: Json) -> str:
    return value if isinstance(value, str) and value.isprintable() else canonical_text(value)
