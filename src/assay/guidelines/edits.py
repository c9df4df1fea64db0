"""Edits of a guideline, section by section, and its digest."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from assay.core import Finding, Json, JsonObject, Location, Where, finding
from assay.errors import ConfigError
from assay.files import digest_bytes, load_yaml
from assay.guidelines.findings import unusable
from assay.guidelines.front_matter import Change, guideline_of, source_of
from assay.guidelines.versions import Level, Revision, level_between, load_revision, states_revision, version_of
from assay.project import Project, configuration_bytes

_NAMES = frozenset({"title", "$comment"})
_PROSE = _NAMES | {"description"}
_SCHEMA = frozenset({
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties", "x-item",
})  # fmt: skip
_SCHEMAS_BY_NAME = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_SCHEMAS_IN_A_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NOT_OF_LABELS = frozenset({"x-item", "x-flags"})


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
        digest=guideline_digest(guideline, value, name=name),
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


def guideline_digest(guideline: bytes, schema: Json, *, name: str) -> str:
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
        raise ConfigError(f"{name}: not UTF-8", fix="save the file as UTF-8") from error
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
    kept: JsonObject = {}
    for key, value in schema.items():
        if key in _SCHEMA:
            kept[key] = _without(words, value)
        elif key in _SCHEMAS_BY_NAME and isinstance(value, dict):
            kept[key] = {name: _without(words, part) for name, part in value.items()}
        elif key in _SCHEMAS_IN_A_LIST and isinstance(value, list):
            kept[key] = [_without(words, part) for part in value]
        elif key not in words or not isinstance(value, str):
            kept[key] = value
    return kept


def trust_content(signers: bytes, people: Mapping[str, Mapping[str, Json]], task: str) -> Content:
    """The trust root as content: the signers and the people who may approve."""
    content = {"signers": digest_bytes(signers), "people": people}
    digest = digest_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    return Content(task=task, version=digest[:16], digest=digest)


def edit_findings(base: Revision, head: Revision) -> tuple[Finding, ...]:
    """What is wrong with the versions that an edit states, at the lines of its guideline."""
    return tuple(sorted((*_version(base, head), *_unexplained(base, head)), key=lambda one: one.sort_key))


def edited(base: Revision, head: Revision) -> bool:
    """Whether the content differs: the body, the changes, or the schema apart from titles and comments."""
    return (
        base.source.body != head.source.body
        or base.guideline.changes != head.guideline.changes
        or as_approved(base.stated) != as_approved(head.stated)
    )


def new_changes(base: Revision, head: Revision) -> tuple[Change, ...]:
    """The entries of `changes` that the base does not have."""
    return tuple(change for change in head.guideline.changes if change not in base.guideline.changes)


def least_level(base: Revision, head: Revision, affects: Iterable[str]) -> tuple[Level, str]:
    """How much the version of an edit must say that it changes, and why; `affects` are the selectors of what is new."""
    if gone := _gone(base, head):
        return Level.MAJOR, f"the schema lacks {', '.join(gone)}, so labels with it need a migration"
    if named := dict.fromkeys(affects):
        return Level.MINOR, f"it affects {', '.join(named)}"
    if _of_labels(base) != _of_labels(head):
        return Level.MINOR, "the schema allows other labels"
    return Level.PATCH, "no label is affected"


def _version(base: Revision, head: Revision) -> Iterator[Finding]:
    before, after = version_of(base.guideline.version), version_of(head.guideline.version)
    needed, why = least_level(base, head, (text for change in new_changes(base, head) for text in change.affects))
    proposed = before.next(needed)
    if after < before:
        message = f"version {after} is lower than {before}, the version of the base"
        yield _found(head, "guideline/version-goes-back", "/version", message, f"take {proposed}")
    elif after == before and edited(base, head):
        if _entry(base, str(after)) != _entry(head, str(after)):
            message = f"version {after} exists in the base with a different entry"
            yield _found(head, "guideline/version-taken", _place(head, str(after)), message, f"take {proposed}")
        else:
            message = f"the content changed, and the version is still {after}; {why}"
            fix = f"write `version: {proposed}` and add an entry for it to `changes`; `assay guideline propose` does it"
            yield _found(head, "guideline/version-not-bumped", "/version", message, fix)
    elif after > before and level_between(before, after) < needed:
        message = f"{before} to {after} is a {level_between(before, after).name.lower()} change, but {why}"
        fix = f"use the {needed.name.lower()} version {proposed}"
        yield _found(head, "guideline/bump-too-small", "/version", message, fix)
    for change in base.guideline.changes:
        now = _entry(head, change.version)
        if now is None:
            message = f"the entry of version {change.version} was removed"
            yield _found(head, "guideline/history-altered", "/changes", message, "")
        elif now != change and change.version != head.guideline.version:
            message = f"the entry of version {change.version} was altered"
            yield _found(head, "guideline/history-altered", _place(head, change.version), message, "")


def _gone(base: Revision, head: Revision) -> list[str]:
    """The fields and values that the base declares and the edit does not."""
    gone: list[str] = []
    for field in base.schema.fields:
        before, after = base.declared(field.name), head.declared(field.name)
        if head.schema.field(field.name) is None:
            gone.append(field.name)
        elif before is not None and after is not None:
            gone += [f"{field.name}={value}" for value in sorted(before - after)]
    return gone


def _unexplained(base: Revision, head: Revision) -> Iterator[Finding]:
    """Values that the edited schema removes, where no migration covers labels of the base's version."""
    before = version_of(base.guideline.version)
    later = [one for one in head.schema.migrations if version_of(one.guideline) > before]
    steps = [step for migration in later for step in migration.steps]
    task, version = head.guideline.task, head.guideline.version
    for gone in _gone(base, head):
        name, _, value = gone.partition("=")
        if not any(step.explains(name, value or None) for step in steps):
            message = f"the schema removes {gone}, and no migration covers labels that have it"
            fix = f"assay migrate add {task} NAME --guideline {version} --rename {gone}:NEW, or --merge, --retire, --split"
            at = Location(path=f"schemas/{task}.yaml")
            yield finding("schema/no-migration", at, message, fix=fix, where=Where(task=task))


def _of_labels(revision: Revision) -> Json:
    return without_prose({key: part for key, part in revision.stated.items() if key not in _NOT_OF_LABELS})


def _entry(revision: Revision, version: str) -> Change | None:
    return next((change for change in revision.guideline.changes if change.version == version), None)


def _place(revision: Revision, version: str) -> str:
    versions = [change.version for change in revision.guideline.changes]
    return f"/changes/{versions.index(version)}" if version in versions else "/version"


def _found(head: Revision, rule: str, pointer: str, message: str, fix: str) -> Finding:
    where = Where(task=head.guideline.task)
    return finding(rule, head.front.at(pointer), message, fix=fix, where=where)


def version_findings(base: Project | None, project: Project, task: str) -> tuple[Finding, ...]:
    """What is wrong with the versions that a project states; nothing where the base has no such guideline.

    Raises:
        ConfigError: guideline or schema of either cannot be used.
    """
    if base is None or not states_revision(base, task):
        return ()
    return edit_findings(load_revision(base, task), load_revision(project, task))


def readable_version_findings(base: Project, project: Project, task: str) -> tuple[Finding, ...]:
    """The same, and nothing where one of the two states cannot be read: that is a finding of its own, or the base's fault."""
    readable = task in base.tasks and not unusable(project, [task]) and not unusable(base, [task])
    return version_findings(base, project, task) if readable else ()
