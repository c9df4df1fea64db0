"""Results as JSON."""

import msgspec
import orjson


def as_json(value: object) -> str:
    """Indented JSON of a result: a Struct, or anything built from plain values and Structs."""
    return orjson.dumps(msgspec.to_builtins(value, str_keys=True), option=orjson.OPT_INDENT_2).decode()
