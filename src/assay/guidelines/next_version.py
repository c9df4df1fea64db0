"""The next version of a guideline, written into its front matter: the lines that were there stay as they are."""

from assay.guidelines.front_matter import Change, source_of
from assay.model.json import Json, JsonObject
from assay.store.yaml_edit import add_record, set_scalar


def with_version(data: bytes, name: str, change: Change) -> bytes:
    """A guideline's bytes at the version of `change`, which becomes the last entry of `changes`.

    Raises:
        ConfigError: there is no front matter, or it is written in a way that this cannot extend.
    """
    source = source_of(data, name)
    front = set_scalar(source.front.decode(), name, "version", change.version)
    front = add_record(front, name, "changes", _entry(change))
    start = data.index(b"\n") + 1
    return data[:start] + front.encode() + data[start + len(source.front) :]


def _entry(change: Change) -> JsonObject:
    affects: list[Json] = [*change.affects]
    stated: JsonObject = {"version": change.version, "date": change.date, "summary": change.summary}
    return {**stated, "affects": affects, "policy": change.policy} if affects else stated
