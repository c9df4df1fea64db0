"""YAML written the way the project's own loader, and every other one, reads it back."""

import re
from collections.abc import Iterator

import orjson
import yaml

from assay.model.json import Json, JsonObject

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_ENDLESS = 1 << 30


def yaml_scalar(value: Json) -> str:
    """One scalar; a text that any YAML version could take for something else is quoted."""
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    quoted = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=_ENDLESS)
    return quoted.rstrip("\n")


def yaml_flow(value: Json) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_flow, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_scalar(key)}: {yaml_flow(member)}" for key, member in value.items()) + "}"
    return yaml_scalar(value)


def yaml_block(mapping: JsonObject) -> str:
    """A mapping as a document: mappings in blocks, lists on one line."""
    return "".join(f"{line}\n" for line in _block(mapping, ""))


def _block(mapping: JsonObject, indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{yaml_scalar(key)}:"
            yield from _block(value, f"{indent}  ")
        else:
            yield f"{indent}{yaml_scalar(key)}: {yaml_flow(value)}"
