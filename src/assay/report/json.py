"""Results as JSON."""

import msgspec
import orjson

from assay.model.hidden import escaped_json


def as_json(value: object) -> str:
    """Indented JSON of a result: a Struct, or anything built from plain values and Structs; hidden characters are escaped."""
    text = orjson.dumps(msgspec.to_builtins(value, str_keys=True), option=orjson.OPT_INDENT_2).decode()
    return escaped_json(text)
