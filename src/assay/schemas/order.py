"""The line that states the order of words: asked for, never guessed."""

from collections.abc import Iterable

from assay.model.json import Json
from assay.model.values import canonical_text
from assay.store.yaml_text import yaml_scalar

_SHOWN = 20


def order_line(values: Iterable[Json]) -> str:
    """What to write for values whose order is not known, and which they are; numerals stand by size, for that is theirs."""
    words = [value if isinstance(value, str) else canonical_text(value) for value in values]
    if words and all(_is_number(word) for word in words):
        return f"x-order: [{', '.join(yaml_scalar(word) for word in sorted(words, key=float))}]"
    shown = ", ".join(words[:_SHOWN]) + (f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")
    return f"x-order: [LOWEST, …, HIGHEST]{f', each once of {shown}' if words else ''}"


def _is_number(word: str) -> bool:
    return word.removeprefix("-").replace(".", "", 1).isdecimal() and word.isascii()
