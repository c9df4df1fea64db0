"""A guideline's front matter: who owns it, which version it is, what changed."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from assay.core import Json, JsonObject
from assay.errors import ConfigError
from assay.files import Document, add_record, load_yaml, plain_text, set_scalar
from assay.project import GUIDELINE, Project, checked, configuration_bytes

_FENCED = re.compile(rb"\A---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of `changes`: what a version changed and which labels it touches.

    Under the policy `sample`, `share` of the items concerned is labelled again, and the rest is kept while old and new
    labels agree in at least `bound` of the cases.
    """

    version: str
    date: str
    summary: str
    affects: tuple[str, ...] = ()
    policy: str = "relabel"
    share: float = 0.1
    bound: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """The style guide of a task."""

    task: str
    version: str
    owners: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def versions(self) -> frozenset[str]:
        """Every version a label may have been made under."""
        return frozenset({self.version, *(change.version for change in self.changes)})

    def with_versions_of(self, other: "Guideline") -> "Guideline":
        """This guideline, which knows the versions of another one too; a version that says nothing changes nothing."""
        by_version = {change.version: change for change in other.changes}
        missing = sorted(other.versions - self.versions)
        added = (by_version.get(version, Change(version=version, date="", summary="")) for version in missing)
        return replace(self, changes=(*self.changes, *added))


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineSource:
    """A guideline's file as bytes: its front matter, its body, and the line on which the body starts."""

    path: str
    front: bytes
    body: bytes
    body_line: int

    @property
    def task(self) -> str:
        """The task whose guideline has this name."""
        return PurePosixPath(self.path).stem

    def document(self) -> Document:
        """The front matter as YAML, with the lines of the file.

        Raises:
            ConfigError: it is not readable as YAML.
        """
        return load_yaml(self.front, self.path, first_line=2)


def load_guideline(project: Project, task: str) -> Guideline:
    """The guideline of a task.

    Raises:
        ConfigError: the file is absent, has no front matter, or it is not complete.
    """
    return guideline_in(read_guideline(project, task))


def guideline_of(data: bytes, name: str) -> Guideline:
    """The guideline that a file's bytes hold, of the work tree or of a revision; `name` ends in `<task>.md`.

    Raises:
        ConfigError: it has no front matter, or that is not complete.
    """
    return guideline_in(source_of(data, name))


def read_guideline(project: Project, task: str) -> GuidelineSource:
    """The bytes of a task's guideline in their two parts.

    Raises:
        ConfigError: the file is absent or has no front matter.
    """
    return source_of(read_guideline_bytes(project, task), f"guidelines/{task}.md")


def read_guideline_bytes(project: Project, task: str) -> bytes:
    """The bytes of a task's guideline.

    Raises:
        ConfigError: the file is absent, or reached over a symbolic link.
    """
    return configuration_bytes(project.snapshot, f"guidelines/{task}.md")


def source_of(data: bytes, name: str) -> GuidelineSource:
    """A guideline's bytes in their two parts.

    Raises:
        ConfigError: there is no front matter, or its lines are not plain UTF-8 ended by LF.
    """
    fenced = _FENCED.match(data)
    if fenced is None:
        plain_text(data, name)
        fix = "start with a line `---`, then task, version, changes, `---`"
        raise ConfigError(f"{name}:1 no front matter", fix=fix)
    body = data[fenced.end() :].removeprefix(b"\n")
    line = 1 + data[: len(data) - len(body)].count(b"\n")
    return GuidelineSource(path=name, front=fenced[1], body=body, body_line=line)


def guideline_in(source: GuidelineSource) -> Guideline:
    """The guideline of a file that was read.

    Raises:
        ConfigError: its front matter is not complete.
    """
    document = source.document()
    value: dict[str, Any] = checked(document, GUIDELINE)
    if value["task"] != source.task:
        said = f"{document.at('/task')} is the guideline of {value['task']!r}"
        raise ConfigError(said, fix=f"write `task: {source.task}`")
    return Guideline(
        task=source.task,
        version=value["version"],
        owners=tuple(value.get("owners", ())),
        changes=tuple(Change(**{**change, "affects": tuple(change.get("affects", ()))}) for change in value["changes"]),
    )


def with_version(data: bytes, name: str, change: Change) -> bytes:
    """A guideline's bytes at the version of `change`, which becomes the last entry of `changes`.

    Raises:
        ConfigError: there is no front matter, or it is written in a way that this cannot extend.
    """
    source = source_of(data, name)
    front = set_scalar(source.front.decode(), name, "version", change.version)
    affects: list[Json] = [*change.affects]
    stated: JsonObject = {"version": change.version, "date": change.date, "summary": change.summary}
    more: JsonObject = {"affects": affects, "policy": change.policy} if affects else {}
    front = add_record(front, name, "changes", {**stated, **more})
    start = data.index(b"\n") + 1
    return data[:start] + front.encode() + data[start + len(source.front) :]
