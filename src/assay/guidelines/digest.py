"""What exactly is approved: the content of a guideline and its schema, as one digest."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from assay.errors import ConfigError
from assay.guidelines.front_matter import guideline_of, source_of
from assay.model.json import Json
from assay.project.find import Project, configuration_bytes
from assay.store.digest import digest_bytes
from assay.store.yaml import load_yaml

_NAMES = frozenset({"title", "$comment"})
_PROSE = _NAMES | {"description"}
_SCHEMA = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
        "x-item",
    }
)
_SCHEMAS_BY_NAME = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_SCHEMAS_IN_A_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an approval is about: a version of a task's guideline, the ISO date it states, and the digest of its content.

    `digest` is empty where the content of an earlier version is not at hand.
    """

    task: str
    version: str
    date: str = ""
    digest: str = ""


def content_of(task: str, guideline: bytes, schema: bytes) -> Content:
    """The content that the bytes of a guideline and its schema hold.

    Raises:
        ConfigError: one of them cannot be read.
    """
    name = f"guidelines/{task}.md"
    stated = guideline_of(guideline, name)
    dates = {change.version: change.date for change in stated.changes}
    value = load_yaml(schema, f"schemas/{task}.yaml").value
    return Content(
        task=task,
        version=stated.version,
        date=dates.get(stated.version, ""),
        digest=content_digest(guideline, value, name=name),
    )


def load_content(project: Project, task: str) -> Content:
    """The content that a project states.

    Raises:
        ConfigError: guideline or schema are absent or cannot be read.
    """
    return content_of(task, *(configuration_bytes(project.snapshot, name) for name in content_paths(task)))


def content_paths(task: str) -> tuple[str, str]:
    """The two files that hold the content."""
    return f"guidelines/{task}.md", f"schemas/{task}.yaml"


def content_digest(guideline: bytes, schema: Json, *, name: str) -> str:
    """SHA-256 over the canonical JSON of task, version, changes and body, and of the schema as it is approved.

    Raises:
        ConfigError: the guideline has no front matter, or is not UTF-8.
    """
    source = source_of(guideline, name)
    front = source.document().value
    stated = front if isinstance(front, dict) else {}
    try:
        body = source.body.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: not UTF-8", hint="save the file as UTF-8") from error
    content: Json = {
        "task": stated.get("task"),
        "version": stated.get("version"),
        "changes": stated.get("changes"),
        "body": body,
        "schema": as_approved(schema),
    }
    return digest_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def as_approved(schema: Json) -> Json:
    """A JSON Schema without titles and comments: what an approval covers. Descriptions stay, for they define the scale.

    Only where JSON Schema expects a schema are these words keywords: in `enum`, `const`, `default` and in keywords that
    are not known here everything counts, and a property that is called `title` stays.
    """
    return _without(_NAMES, schema)


def without_prose(schema: Json) -> Json:
    """A JSON Schema without titles, comments and descriptions: what it says of which labels there may be."""
    return _without(_PROSE, schema)


def _without(words: frozenset[str], schema: Json) -> Json:
    if not isinstance(schema, dict):
        return schema
    return {
        key: _below(words, key, value) for key, value in schema.items() if not (key in words and isinstance(value, str))
    }


def _below(words: frozenset[str], key: str, value: Json) -> Json:
    if key in _SCHEMA:
        return _without(words, value)
    if key in _SCHEMAS_BY_NAME and isinstance(value, dict):
        return {name: _without(words, part) for name, part in value.items()}
    if key in _SCHEMAS_IN_A_LIST and isinstance(value, list):
        return [_without(words, part) for part in value]
    return value


def trust_content(signers: bytes, people: Mapping[str, Mapping[str, Json]], task: str) -> Content:
    """The trust root as content: the signers and the people who may approve."""
    content = {"signers": digest_bytes(signers), "people": people}
    digest = digest_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    return Content(task=task, version=digest[:16], digest=digest)
