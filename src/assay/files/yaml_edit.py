"""Edits YAML in place: only the affected lines change, comments stay."""

import re
from collections.abc import Callable, Iterator

import yaml

from assay.core import Json, JsonObject
from assay.errors import ConfigError
from assay.files.yaml import load_yaml, yaml_flow, yaml_scalar

_BARE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}")


def add_entry(text: str, path: str, key: str, name: str, value: Json) -> str:
    """The document with the entry `name: value` in the mapping below the top-level `key`.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    return _added(text, path, key, f"{yaml_scalar(name)}: {yaml_flow(value)}", {name: value})


def add_member(text: str, path: str, key: str, member: str) -> str:
    """The document with one more member in the list below the top-level `key`.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    return _added(text, path, key, f"- {yaml_scalar(member)}", [member])


def add_record(text: str, path: str, key: str, record: JsonObject) -> str:
    """The document with one more mapping in the list below the top-level `key`, a line for each of its entries.

    Versions and dates have quotes only if the ones before them do.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    node = _value_of(text, key)
    members = node.value if isinstance(node, yaml.SequenceNode) else []
    if isinstance(node, yaml.CollectionNode) and node.flow_style and members:
        return _added(text, path, key, f"- {yaml_flow(record)}", [record])
    last = members[-1].value if members and isinstance(members[-1], yaml.MappingNode) else []
    like = {name.value: value for name, value in last}
    lines = (f"{yaml_scalar(name)}: {_like(value, like.get(name))}" for name, value in record.items())
    indent = "\n" + " " * (node.start_mark.column + 2 if node is not None and members else 4)
    return _added(text, path, key, f"- {indent.join(lines)}", [record])


def set_scalar(text: str, path: str, key: str, value: Json) -> str:
    """The document with the scalar `value` at the top-level `key`, replacing the old one or added at the end.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    node, line = _value_of(text, key), f"{key}: {yaml_scalar(value)}"
    if node is None:
        edited = _below(text, line, line)
    else:
        edited = f"{text[: node.start_mark.index].rstrip(' ')} {_like(value, node)}{text[_end(text, node) :]}"
    return _confirmed(text, edited, path, {key: value}, by_hand=f"write {line!r}")


def set_entry(text: str, path: str, key: str, name: str, value: Json) -> str:
    """The document with the scalar `value` at `name` in the mapping below the top-level `key`, in place or added.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    below, node = _plain(text, path).get(key), _value_of(text, key)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    there = next((one for label, one in pairs if label.value == name), None)
    if there is None or not isinstance(below, dict):
        return add_entry(text, path, key, name, value)
    edited = f"{text[: there.start_mark.index]}{_like(value, there)}{text[_end(text, there) :]}"
    wanted: JsonObject = {key: {**below, name: value}}
    return _confirmed(text, edited, path, wanted, by_hand=f"write {name}: {yaml_scalar(value)} below {key}")


def remove_key(text: str, path: str, key: str) -> str:
    """The document without the top-level `key` and its value; unchanged if it is missing.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = top.value if isinstance(top, yaml.MappingNode) else []
    place = next((number for number, (name, _) in enumerate(pairs) if name.value == key), None)
    if place is None or not isinstance(top, yaml.MappingNode):
        return text
    name, value = pairs[place]
    if not top.flow_style:
        edited = text[: name.start_mark.index] + text[_end(text, value) :].partition("\n")[2]
    elif place + 1 < len(pairs):
        edited = text[: name.start_mark.index] + text[pairs[place + 1][0].start_mark.index :]
    else:
        edited = text[: _end(text, pairs[place - 1][1]) if place else name.start_mark.index] + text[_end(text, value) :]
    return _confirmed(text, edited, path, {}, without=key, by_hand=f"remove {key}")


def remove_member(text: str, path: str, key: str, member: str) -> str:
    """The document without `member` in the list below the top-level `key`; in a block list without its line.

    Raises:
        ConfigError: it is not there, or the style of `path` is not supported.
    """
    node = _value_of(text, key)
    members = node.value if isinstance(node, yaml.SequenceNode) else []
    place = next((number for number, one in enumerate(members) if one.value == member), None)
    kept: list[Json] = [one.value for number, one in enumerate(members) if number != place]
    edited = text if node is None or place is None else _without(text, node, members, place)
    return _confirmed(text, edited, path, {key: kept}, by_hand=f"remove {member!r} from {key}")


def swap_texts(text: str, path: str, swap: Callable[[tuple[str, ...], str], str]) -> str:
    """The document with every string replaced by `swap(place, string)`; the rest is unchanged.

    A place is the path from the top: keys, and `*` for a list member. A key has its mapping's place and `:`.

    Raises:
        ConfigError: the style of `path` is not supported.
    """
    edited = text
    nodes = sorted(_texts(yaml.compose(text, Loader=yaml.SafeLoader), ()), key=lambda one: -one[1].start_mark.index)
    for place, node in nodes:
        if (became := swap(place, node.value)) != node.value:
            edited = f"{edited[: node.start_mark.index]}{yaml_scalar(became)}{edited[_end(text, node) :]}"
    if load_yaml(edited.encode(), path).value != _swapped(load_yaml(text.encode(), path).value, (), swap):
        fix = "write it without quotes or escapes, then try again"
        raise ConfigError(f"{path}: a name cannot be changed in its current style", fix=fix)
    return edited


def _texts(node: yaml.Node | None, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode]]:
    if isinstance(node, yaml.ScalarNode):
        yield place, node
    elif isinstance(node, yaml.SequenceNode):
        for member in node.value:
            yield from _texts(member, (*place, "*"))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _texts(key, (*place, ":"))
            yield from _texts(value, (*place, key.value))


def _swapped(value: Json, place: tuple[str, ...], swap: Callable[[tuple[str, ...], str], str]) -> Json:
    if isinstance(value, dict):
        return {swap((*place, ":"), key): _swapped(part, (*place, key), swap) for key, part in value.items()}
    if isinstance(value, list):
        return [_swapped(part, (*place, "*"), swap) for part in value]
    return swap(place, value) if isinstance(value, str) else value


def _like(value: Json, node: yaml.Node | None) -> str:
    """A scalar, or a list of them, as text: a version or date without quotes if the old `node` has none."""
    bare = isinstance(node, yaml.ScalarNode) and node.style is None
    return value if bare and isinstance(value, str) and _BARE.fullmatch(value) else yaml_flow(value)


def _without(text: str, node: yaml.Node, members: list[yaml.Node], place: int) -> str:
    start, end = members[place].start_mark.index, _end(text, members[place])
    if not isinstance(node, yaml.CollectionNode) or not node.flow_style:
        return text[: (text.rfind("\n", 0, start) + 1)] + text[end:].partition("\n")[2]
    if place + 1 < len(members):
        return text[:start] + text[members[place + 1].start_mark.index :]
    return text[: _end(text, members[place - 1]) if place else start] + text[end:]


def _plain(text: str, path: str) -> JsonObject:
    stated = load_yaml(text.encode(), path).value
    return stated if isinstance(stated, dict) else {}


def _confirmed(before: str, edited: str, path: str, new: JsonObject, *, by_hand: str, without: str = "") -> str:
    """The edited text, checked to have the old content with the entries `new` and without the key `without`."""
    wanted = {**_plain(before, path), **new}
    wanted.pop(without, None)
    try:
        became = load_yaml(edited.encode(), path).value
    except ConfigError:
        became = None
    if became != wanted:
        key = without or next(iter(new))
        raise ConfigError(f"{path}: {key} cannot be changed in its current style", fix=f"{by_hand} by hand")
    return edited


def _added(text: str, path: str, key: str, line: str, addition: dict[str, Json] | list[Json]) -> str:
    before = load_yaml(text.encode(), path).value
    top = before if isinstance(before, dict) else {}
    present = top.get(key)
    merged: Json = None
    if isinstance(addition, dict) and isinstance(present, dict | None):
        merged = {**(present or {}), **addition}
    elif isinstance(addition, list) and isinstance(present, list | None):
        merged = [*(present or []), *addition]
    edited = _extended(text, key, line) if merged is not None else text
    if load_yaml(edited.encode(), path).value != {**top, key: merged}:
        raise ConfigError(
            f"{path}: {key} cannot be extended in its current style", fix=f"add {line!r} to {key} by hand"
        )
    return edited


def _extended(text: str, key: str, line: str) -> str:
    node = _value_of(text, key)
    if node is None:
        member = line.removeprefix("- ")
        return _below(text, f"{key}:\n  {line}", f"{key}: {f'[{member}]' if member != line else f'{{{line}}}'}")
    end = _end(text, node)
    if not isinstance(node, yaml.CollectionNode):
        return _line_below(text, end, f"  {line}")
    if not node.flow_style:
        return _line_below(text, end, f"{' ' * node.start_mark.column}{line}")
    if node.value:
        return f"{text[: end - 1].rstrip()}, {line.removeprefix('- ')}{text[end - 1 :]}"
    return _line_below(text[: node.start_mark.index].rstrip(" ") + text[end:], node.start_mark.index - 1, f"  {line}")


def _below(text: str, block: str, flow: str) -> str:
    """The document with one more top-level entry, written as `block`, or as `flow` in a one-line document."""
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(top, yaml.MappingNode) and top.flow_style and top.value:
        end = _end(text, top.value[-1][1])
        return f"{text[:end]}, {flow}{text[end:]}"
    return f"{text.rstrip()}\n{block}\n" if text.strip() else f"{block}\n"


def _value_of(text: str, key: str) -> yaml.Node | None:
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = top.value if isinstance(top, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _end(text: str, node: yaml.Node) -> int:
    """The end of a node in the text; the end mark of a block is after following comments and empty lines."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"} else end


def _line_below(text: str, index: int, line: str) -> str:
    end = text.find("\n", index)
    return f"{text}\n{line}\n" if end < 0 else f"{text[: end + 1]}{line}\n{text[end + 1 :]}"
