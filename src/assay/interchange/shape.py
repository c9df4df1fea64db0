"""What a line of the `long` format may hold."""

from assay.model.json import JsonObject
from assay.model.names import VERSION_PATTERN
from assay.schemas.validator import Validator

_NAME: JsonObject = {"type": "string", "minLength": 1}
_OBJECT: JsonObject = {"type": "object"}
_SHARE: JsonObject = {"type": "number", "minimum": 0, "maximum": 1}

ABOUT: JsonObject = {
    "data": _OBJECT,
    "meta": _OBJECT,
    "group": _NAME,
    "gold": _OBJECT,
    "annotator_groups": _OBJECT,
    "annotator_kind": {"enum": ["person", "model"]},
}
ACT: JsonObject = {
    "label": _OBJECT,
    "skip": _NAME,
    "guideline": {"type": "string", "pattern": VERSION_PATTERN},
    "at": {"type": "string"},
    "seconds": {"type": "number", "minimum": 0, "maximum": 1e9},
    "confidence": {"type": ["number", "object"], "minimum": 0, "maximum": 1, "additionalProperties": _SHARE},
    "probs": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _SHARE}},
    "shown": _OBJECT,
    "first": _OBJECT,
    "suggestion": _OBJECT,
    "flags": {"type": "array", "items": _NAME},
    "note": {"type": "string"},
}
KEYS = ("item", "annotator", *ACT, *ABOUT)
SHAPE = Validator(
    {
        "type": "object",
        "required": ["item", "annotator"],
        "properties": {"item": _NAME, "annotator": _NAME, **ACT, **ABOUT},
    }
)
