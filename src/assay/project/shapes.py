"""The shape of every configuration file, as JSON Schema."""

from typing import Annotated, get_origin, get_type_hints

from msgspec.structs import fields

from assay.core import (
    GATE_RULES,
    NAME_PATTERN,
    SHARE,
    TASK_PATTERN,
    VERSION_PATTERN,
    AgreementParameters,
    Json,
    JsonObject,
    RuleParameters,
)
from assay.files import PROJECT_FORMAT

NOT_BUILT = {"rules": frozenset({"drift", "bias"}), "method": frozenset({"dawid-skene", "mace"})}
TEXT: JsonObject = {"type": "string"}
NAME: JsonObject = {"type": "string", "pattern": NAME_PATTERN}
TASK: JsonObject = {"type": "string", "pattern": TASK_PATTERN}
VERSION: JsonObject = {"type": "string", "pattern": VERSION_PATTERN, "description": "a version like 1.0.0"}
DATE: JsonObject = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "description": "a date like 2026-01-31",
}
MOMENT: JsonObject = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z)?$",
}
SEED: JsonObject = {"type": "integer", "minimum": 0, "maximum": 2**53}
_NEAR: JsonObject = {
    "anyOf": [{"type": "number", "minimum": 0.8, "maximum": 1}, {"enum": [False]}],
    "description": "how near duplicates are: a number from 0.8 to 1, or false for none",
}
IDENTITIES_SHAPE: JsonObject = {
    "type": ["object", "null"],
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {"type": ["string", "integer"], "description": "the id of a person of the roster"},
        "description": "names of the source, each with the roster id of the person: {NAME: ID}",
    },
    "description": "a source's names by source: {SOURCE: {NAME: ID}}",
}
_SCALAR: JsonObject = {"type": ["string", "number", "boolean"]}
_TURNS: JsonObject = {"type": "object", "minProperties": 1, "additionalProperties": _SCALAR}


def mapping(required: list[Json] | None = None, /, **properties: Json) -> JsonObject:
    """A closed object."""
    return {"type": "object", "properties": properties, "required": required or [], "additionalProperties": False}


def choice(*values: Json) -> JsonObject:
    """One of the values."""
    return {"enum": list(values)}


def each(shape: Json, **more: Json) -> JsonObject:
    """A list of one shape."""
    return {"type": "array", "items": shape, **more}


REVIEW = mapping(
    file_mib={"type": "number", "exclusiveMinimum": 0, "maximum": 50},
    change_mib={"type": "number", "exclusiveMinimum": 0, "maximum": 4096},
    files={"type": "integer", "minimum": 1},
    records={"type": "integer", "minimum": 1},
    draw=SHARE,
)

PROJECT = mapping(
    ["format", "id"], format=choice(PROJECT_FORMAT), assay=VERSION,
    id={"type": "string", "minLength": 8, "maxLength": 64}, approval=choice("forge", "signed"),
    tasks={
        "type": "object",
        "propertyNames": {"pattern": TASK_PATTERN},
        "additionalProperties": mapping(["pool"], pool=NAME),
    },
    releases=each(NAME, uniqueItems=True), review=REVIEW,
    waivable=each(choice("schema", "approved"), uniqueItems=True),
    code=each({"type": "string", "minLength": 1, "maxLength": 200}, uniqueItems=True, maxItems=100),
)  # fmt: skip


def shape_of(parameters: type[RuleParameters]) -> JsonObject:
    """What a rule may state in `checks/<task>.yaml`: the annotated fields of its parameters, `at` and `severity`."""
    hints = get_type_hints(parameters, include_extras=True)
    stated = {name: fix.__metadata__[0] for name, fix in hints.items() if get_origin(fix) is Annotated}
    required: list[Json] = [one.name for one in fields(parameters) if one.required]
    return mapping(required, **stated, at=choice("merge", "release"), severity=choice("error", "warn"))


_AGREEMENT: JsonObject = {
    **shape_of(AgreementParameters),
    "anyOf": [{"required": ["at_least"]}, {"required": ["gap_at_most"]}],
    "description": "a rule on agreement: it says at_least, or gap_at_most between slices, or both",
}
TASK_CHECKS = mapping(
    ["rules"],
    consensus=mapping(["method"], method=choice("majority")),
    duplicates=mapping(["near"], near=_NEAR),
    rules=mapping(
        **{kind: shape_of(rule.parameters) for kind, rule in GATE_RULES.items()}
        | {"agreement": {"type": "object", "additionalProperties": _AGREEMENT}}
    ),
)

WAIVERS = each(
    mapping(
        ["rule", "reason", "approver", "until"],
        rule=TEXT,
        reason={"type": "string", "minLength": 1},
        approver=NAME,
        until=DATE,
    )
)

RELEASE = mapping(
    ["version", "tasks", "license", "splits"],
    version=VERSION,
    tasks=each(TASK, uniqueItems=True, minItems=1),
    license={"type": "string", "minLength": 1},
    splits={
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": SHARE,
    },
    seed=SEED,
)

STATUS = choice("active", "trainee", "paused", "left", "excluded")

ANNOTATOR = mapping(
    kind=choice("person", "model"), role=choice("annotator", "reviewer", "lead"), status=STATUS, since=DATE,
    reason=TEXT, handle=TEXT, emails=each(TEXT), groups={"type": "object"}, qualified=each(TASK, uniqueItems=True),
)  # fmt: skip

SOURCED_ANNOTATOR = mapping(
    ["annotator"], annotator={"type": "string", "minLength": 1}, kind=choice("person", "model"),
    groups={"type": "object"}, status=STATUS, since=DATE, reason=TEXT,
)  # fmt: skip


BATCH = mapping(
    ["purpose", "status", "created", "guideline"], purpose=choice("label", "relabel", "qualify", "audit"),
    status=choice("open", "closed"), created=MOMENT, guideline=VERSION, annotators=each(NAME, uniqueItems=True),
    overlap={
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 999,
        "pattern": r"^((100|[0-9]{1,2})(\.[0-9]{1,6})?%x)?0{0,2}[1-9][0-9]{0,2}$",
        "description": "how many annotators an item is asked of: 2, or 10%x3 for a tenth of the items by three",
    },
    seed={"type": "integer", "minimum": -(2**53), "maximum": 2**53}, prelabels=NAME,
)  # fmt: skip


MIGRATION = mapping(
    ["reason", "guideline", "steps"],
    reason={"type": "string", "minLength": 1},
    guideline=VERSION,
    steps=each(
        {
            **mapping(
                rename_values=mapping(["field", "values"], field=TEXT, values=_TURNS),
                merge_values=mapping(["field", "values", "into"], field=TEXT, values=each(_SCALAR), into=_SCALAR),
                retire_values=mapping(["field", "values"], field=TEXT, values=each(_SCALAR)),
                split_value=mapping(["field", "value", "into"], field=TEXT, value=_SCALAR, into=each(_SCALAR)),
                rename_field=mapping(["from", "to"], **{"from": TEXT}, to=TEXT),
                add_field=mapping(["field"], field=TEXT, value=_SCALAR),
                drop_field=mapping(["field"], field=TEXT),
                retype_field=mapping(["field"], field=TEXT, values=_TURNS, to=choice("integer", "number", "string")),
            ),
            "minProperties": 1,
            "maxProperties": 1,
        },
        minItems=1,
    ),
)

GUIDELINE = mapping(
    ["task", "version", "changes"], task=TASK, version=VERSION, owners=each(NAME),
    changes=each(
        mapping(
            ["version", "date", "summary"], version=VERSION, date=DATE, summary={"type": "string", "minLength": 1},
            affects=each(TEXT), policy=choice("relabel", "sample", "grandfather"),
            share={"type": "number", "exclusiveMinimum": 0, "maximum": 1}, bound=SHARE,
        ),
        minItems=1,
    ),
)  # fmt: skip

APPROVAL = mapping(
    ["project", "task", "version", "digest", "way", "authors", "approvers", "at"],
    project={"type": "string", "minLength": 1}, task={"type": "string", "pattern": rf"{TASK_PATTERN}|^@trust$"},
    version={"type": "string", "pattern": rf"{VERSION_PATTERN}|^[0-9a-f]{{16}}$"},
    digest={"type": "string", "pattern": "^[0-9a-f]{64}$"}, way=choice("forge", "signed"),
    authors=each(TEXT, uniqueItems=True), addresses={"type": "object", "additionalProperties": TEXT},
    approvers=each(NAME, uniqueItems=True, minItems=1),
    at={"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
    pull_request=TEXT, head={"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"},
    base={"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"},
)  # fmt: skip
