"""Find the project and read `checks/project.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from assay.errors import ConfigError, NoProjectError, UsageError
from assay.model.names import RESERVED
from assay.project.shape_check import checked
from assay.project.shapes import PROJECT
from assay.store.files import inside, read_bytes
from assay.store.yaml import Document, load_yaml

PROJECT_FILE = "checks/project.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEntry:
    """A task of the project and the pool its items come from."""

    name: str
    pool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLimits:
    """What a pull request may hold: MiB a file, files, records a person can look through; the share drawn for a look."""

    file_mib: float = 5
    files: int = 500
    records: int = 5000
    draw: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The project around a folder: its root, identity, tasks by name, the names of its releases, a review's limits."""

    root: Path
    id: str
    approval: str
    tasks: Mapping[str, TaskEntry]
    releases: tuple[str, ...]
    review: ReviewLimits = ReviewLimits()

    def task(self, name: str) -> TaskEntry:
        """The task of that name.

        Raises:
            UsageError: there is none.
        """
        if name not in self.tasks:
            known = ", ".join(self.tasks) or "none yet"
            raise UsageError(
                f"there is no task {name!r}", hint=f"tasks here: {known}; `assay task add {name}` makes it"
            )
        return self.tasks[name]

    def document(self, name: str) -> Document:
        """A YAML file of the project, by its path below the root.

        Raises:
            ConfigError: it is absent or not readable as YAML.
        """
        return read_document(self.root, name)


def read_document(root: Path, name: str) -> Document:
    """A YAML file, by its path below `root`.

    Raises:
        ConfigError: it is absent or not readable as YAML.
        UsageError: it or a folder on the way is a symbolic link.
    """
    try:
        data = read_bytes(inside(root, name))
    except OSError as error:
        writer = "release add" if name.startswith("releases/") else "task add"
        raise ConfigError(
            f"{name}: {error.strerror}", hint=f"the project needs this file; `assay {writer}` writes it"
        ) from error
    return load_yaml(data, name)


def find_project(start: Path) -> Project:
    """The project that `start` lies in.

    Raises:
        NoProjectError: no folder from `start` upwards holds `checks/project.yaml`.
        ConfigError: that file is broken.
    """
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return _read(folder)
    raise NoProjectError(f"{start} is not inside an assay project", hint=_GO)


_GO = "go into the folder of your clone (cd FOLDER) and run this again; in an empty repository a lead runs `assay init`"


def project_of(root: Path, data: bytes) -> Project:
    """The project that the bytes of a `checks/project.yaml`, of whatever revision, describe.

    Raises:
        ConfigError: they are broken.
    """
    return _project(root, load_yaml(data, PROJECT_FILE))


def _read(root: Path) -> Project:
    return _project(root, read_document(root, PROJECT_FILE))


def _project(root: Path, document: Document) -> Project:
    value: dict[str, Any] = checked(document, PROJECT)
    if repeated := set(value.get("tasks") or {}) & RESERVED:
        raise ConfigError(
            f"{document.at('/tasks')} {', '.join(sorted(repeated))} cannot name a task",
            hint="labels/ keeps other things under that name",
        )
    tasks = cast("dict[str, dict[str, str]]", value.get("tasks") or {})
    return Project(
        root=root,
        id=value["id"],
        approval=value.get("approval", "forge"),
        tasks={name: TaskEntry(name=name, pool=entry["pool"]) for name, entry in tasks.items()},
        releases=tuple(value.get("releases") or ()),
        review=ReviewLimits(**(value.get("review") or {})),
    )
