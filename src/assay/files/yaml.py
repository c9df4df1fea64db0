"""The YAML loader (YAML 1.2 core, no anchors, tags or duplicate keys, with the line of each value), and its writer."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import orjson
import yaml

from assay.core import Json, JsonObject, Location, escape
from assay.errors import ConfigError
from assay.files.lines import plain_text, require_settled

SIZE_LIMIT = 256 * 1024
DEPTH_LIMIT = 64
_SMALL = 32 * 1024
_FIX = "fix the YAML at this line"

_CORE: tuple[tuple[re.Pattern[str], Callable[[str], Json]], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text[0] in "tT"),
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)
_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_ENDLESS = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A YAML document: its value, and the 1-based line of each value by JSON pointer."""

    path: str
    value: Json
    lines: Mapping[str, int]

    def at(self, pointer: str = "") -> Location:
        """The location of the value at `pointer`, or of the nearest one around it."""
        nearest = pointer
        while nearest not in self.lines and nearest:
            nearest = nearest.rpartition("/")[0]
        return Location(path=self.path, line=self.lines.get(nearest, 1), pointer=pointer)


def load_yaml(data: bytes, path: str, *, first_line: int = 1) -> Document:
    """Reads one YAML document; `first_line` is the line of `path` on which `data` starts.

    Raises:
        ConfigError: it is not YAML in UTF-8 with line ends LF, or has anchors, aliases, tags, duplicate or non-text keys,
            several documents, more than 256 KiB, or more than 64 levels.
    """
    if len(data) > SIZE_LIMIT:
        raise ConfigError(f"{path}: larger than {SIZE_LIMIT // 1024} KiB", fix="move data out of the configuration")
    return (_read_before if len(data) <= _SMALL else _read)(data, path, first_line)


def _read(data: bytes, path: str, first_line: int) -> Document:
    builder = _Builder(path, first_line)
    try:
        node = yaml.compose(plain_text(data, path, first_line=first_line), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        require_settled(data, path, first_line=first_line)
        problem = error.problem or error.context or "not YAML"
        raise ConfigError(f"{path}:{_marked(error, first_line)} {problem}", fix=_FIX) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise ConfigError(f"{path}: not YAML that assay reads", fix="fix or simplify the YAML") from error
    return Document(path=path, value=None if node is None else builder.value(node, "", 0), lines=builder.lines)


def require_mapping(data: bytes, path: str) -> None:
    """Requires a file of another program to be a YAML mapping; its aliases are never expanded.

    Raises:
        ConfigError: it is not.
    """
    try:
        node = yaml.compose(data.decode("utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8", fix="save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        require_settled(data, path)
        raise ConfigError(f"{path}:{_marked(error, 1)} {error.problem or 'not YAML'}", fix=_FIX) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise ConfigError(f"{path}: not YAML that can be read", fix="fix or simplify the YAML") from error
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}:1 the top level is not a mapping", fix=_FIX)


def _marked(error: yaml.MarkedYAMLError, first_line: int) -> int:
    mark = error.problem_mark or error.context_mark
    return first_line + (mark.line if mark else 0)


_read_before = lru_cache(maxsize=128)(_read)
"""A command reads the same small files many times, once for each rule."""


class _Loader(yaml.SafeLoader):
    """Composes nodes; refuses an alias at once, so that nothing can expand."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(None, None, "anchors and aliases are not allowed", event.start_mark)
        if getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, "tags are not allowed", event.start_mark)
        return super().compose_node(parent, index)


class _Builder:
    """Converts nodes to values and records their lines."""

    def __init__(self, path: str, first_line: int) -> None:
        self.path = path
        self.first_line = first_line
        self.lines: dict[str, int] = {}

    def value(self, node: yaml.Node, pointer: str, depth: int) -> Json:
        """The value of a node."""
        if depth > DEPTH_LIMIT:
            raise self._error(node, f"more than {DEPTH_LIMIT} levels")
        self.lines[pointer] = self._line(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, pointer, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, f"{pointer}/{index}", depth + 1) for index, child in enumerate(node.value)]
        plain = self._whole(cast("yaml.ScalarNode", node))
        text = cast("str", plain.value)
        kinds = (read(text) for shape, read in _CORE if plain.style is None and shape.fullmatch(text))
        scalar = next(kinds, text)
        if isinstance(scalar, float) and not math.isfinite(scalar):
            raise self._error(node, "the number is too large")
        return scalar

    def _mapping(self, node: yaml.MappingNode, pointer: str, depth: int) -> Json:
        mapping: dict[str, Json] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be a string")
            key = self._whole(key_node).value
            if key in mapping:
                raise self._error(key_node, f"duplicate key {key!r}")
            below = f"{pointer}/{escape(key)}"
            mapping[key] = self.value(child, below, depth + 1)
            self.lines[below] = self._line(key_node)
        return mapping

    def _whole(self, node: yaml.ScalarNode) -> yaml.ScalarNode:
        try:
            node.value.encode()
        except UnicodeEncodeError as error:
            raise self._error(node, "a lone surrogate") from error
        return node

    def _line(self, node: yaml.Node) -> int:
        return self.first_line + node.start_mark.line

    def _error(self, node: yaml.Node, problem: str) -> ConfigError:
        return ConfigError(f"{self.path}:{self._line(node)} {problem}", fix=_FIX)


def yaml_scalar(value: Json) -> str:
    """One scalar; a string that some YAML version would read as another type is quoted."""
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=_ENDLESS).rstrip("\n")


def yaml_flow(value: Json) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_flow, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_scalar(key)}: {yaml_flow(member)}" for key, member in value.items()) + "}"
    return yaml_scalar(value)


def yaml_block(mapping: JsonObject) -> str:
    """A mapping as a document: nested mappings in blocks, lists on one line."""
    return "".join(f"{line}\n" for line in _block(mapping, ""))


def _block(mapping: JsonObject, indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{yaml_scalar(key)}:"
            yield from _block(value, f"{indent}  ")
        else:
            yield f"{indent}{yaml_scalar(key)}: {yaml_flow(value)}"
