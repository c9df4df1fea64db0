"""Find the project and read `checks/project.yaml`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from assay.core import RESERVED
from assay.errors import AssayError, ConfigError, NewerError, NoProjectError, UsageError
from assay.files import Document, load_yaml
from assay.git import Clone, Snapshot, WorkTree, commit_snapshot
from assay.project.shape_check import checked
from assay.project.shapes import PROJECT

# A code path starts at the root with a name that is none of these: nothing that labels are kept in, judged by or made
# into is ever code.
KEPT = (
    "labels", "guidelines", "schemas", "checks", "releases", "reports", "build", "gate", "release",
    "dvc.yaml", "dvc.lock", "params.yaml", ".dvc", ".dvcignore", ".assay", ".venv", "dvc_plots", "dist",
    ".git", ".github", ".gitlab", ".gitlab-ci.yml", ".gitattributes", ".gitmodules", ".gitignore", "CODEOWNERS",
)  # fmt: skip
_FOLDED = frozenset(name.casefold() for name in KEPT)
_OWNERS = "docs/codeowners"
_SIGNS = re.compile(r"[^\x00-\x1f\x7f\\\[\]{}!$:]+")
_ANY = "**"
PROJECT_FILE = "checks/project.yaml"
_GO = "change to the folder of your clone (cd FOLDER) and run this again; in an empty repository run `assay init`"


def code_of(document: Document, globs: Sequence[str]) -> tuple[str, ...]:
    """The globs, once they are known to name code alone.

    Raises:
        ConfigError: one is not written as a glob is, or covers something that belongs to the labels.
    """
    faults: dict[str, str] = {}
    for number, glob in enumerate(globs):
        at = document.at(f"/code/{number}")
        where = f"{at.path}:{at.line} code: {glob!r}"
        parts = glob.split("/")
        dots = any(part in {"", ".", ".."} or (_ANY in part and part != _ANY) for part in parts)
        first = re.compile(".*" if parts[0] == _ANY else _part(parts[0]), re.DOTALL | re.IGNORECASE)
        if dots or not _SIGNS.fullmatch(glob):
            fix = "write a path from the project's root with *, ? or **, such as src/**"
            faults[f"{where} is not a valid glob"] = fix
        elif covered := [name for name in KEPT if first.fullmatch(name)]:
            listed = f"covers {', '.join(covered[:3])}, which {'are' if covered[1:] else 'is'} never code"
            faults[f"{where} {listed}"] = "list the folders and files of the code, such as src/** and tests/**"
    if faults:
        raise ConfigError("\n".join(faults), fix="; ".join(dict.fromkeys(faults.values())))
    return tuple(globs)


def is_code(path: str, globs: Sequence[str]) -> bool:
    """Whether a path below the project's root fits one of the globs: `**` crosses folders, `*` and `?` do not."""
    if not globs or path.casefold() == _OWNERS or path.partition("/")[0].casefold() in _FOLDED:
        return False
    return _compiled(tuple(globs)).fullmatch(path) is not None


@lru_cache(maxsize=16)
def _compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    patterns = []
    for *folders, last in (glob.split("/") for glob in globs):
        above = "".join("(?:[^/]+/)*" if part == _ANY else f"{_part(part)}/" for part in folders)
        patterns.append(above + (".+" if last == _ANY else _part(last)))
    return re.compile("|".join(patterns), re.DOTALL)


def _part(part: str) -> str:
    return re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEntry:
    """A task of the project and the pool its items come from."""

    name: str
    pool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLimits:
    """What a pull request may hold: MiB a file and together, files, records a person can look through; the share drawn."""

    file_mib: float = 5
    change_mib: float = 32
    files: int = 500
    records: int = 5000
    draw: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project at one state: its files, identity, tasks by name, the names of its releases, a review's limits.

    `code` are globs of the paths that are the project's own code, which labels have nothing to do with. `waivable` are the
    kinds of rules that may be waived here and nowhere else. `assay` is the version that measures it; empty where it
    names none.
    """

    snapshot: Snapshot
    id: str
    approval: str
    tasks: Mapping[str, TaskEntry]
    releases: tuple[str, ...]
    review: ReviewLimits = ReviewLimits()
    code: tuple[str, ...] = ()
    waivable: tuple[str, ...] = ()
    assay: str = ""

    @property
    def root(self) -> Path:
        """The project's folder in this clone."""
        return self.snapshot.root

    def task(self, name: str) -> TaskEntry:
        """The task of that name.

        Raises:
            UsageError: there is none.
        """
        if name not in self.tasks:
            known = ", ".join(self.tasks) or "none yet"
            raise UsageError(f"there is no task {name!r}", fix=f"tasks here: {known}; `assay task add {name}` makes it")
        return self.tasks[name]

    def document(self, name: str) -> Document:
        """A YAML file of the project, by its path below the root.

        Raises:
            ConfigError: it is absent or not readable as YAML.
        """
        return read_document(self.snapshot, name)


def read_document(snapshot: Snapshot, name: str) -> Document:
    """A YAML file of a snapshot.

    Raises:
        ConfigError: it is absent, reached over a symbolic link, or not readable as YAML.
    """
    return load_yaml(configuration_bytes(snapshot, name), name)


def configuration_bytes(snapshot: Snapshot, name: str) -> bytes:
    """The bytes of a file that the project needs.

    Raises:
        ConfigError: it is absent, or reached over a symbolic link.
    """
    try:
        return snapshot.read(name)
    except UsageError as error:
        raise ConfigError(f"{name}: {error.message}", fix=error.fix) from error
    except OSError as error:
        fix = f"the project needs this file: {restore_hint(name)}"
        raise ConfigError(f"{name}: {error.strerror}", fix=fix) from error


def restore_hint(name: str) -> str:
    """How to get back a file that the project needs and does not have."""
    from_git = f"restore it from git (`git log -- {name}` says which commits had it)"
    folder, _, file = name.partition("/")
    task = file.removesuffix(".yaml")
    return f"{from_git}, or `assay task add {task}` drafts it from the schema" if folder == "checks" else from_git


def find_project(start: Path) -> Project:
    """The project that `start` lies in.

    Raises:
        NoProjectError: no folder from `start` upwards holds `checks/project.yaml`.
        ConfigError: that file is broken, or of a newer format.
    """
    return project_in(WorkTree(find_root(start)))


def find_root(start: Path) -> Path:
    """The folder of the project that `start` lies in, whether its project file can be read or not.

    Raises:
        NoProjectError: no folder from `start` upwards holds `checks/project.yaml`, on disk or in git alone.
    """
    for folder in (start, *start.parents):
        here = (folder / PROJECT_FILE).is_file()
        if here or ((folder / ".git").exists() and PROJECT_FILE in WorkTree(folder).kept_out):
            return folder
    raise NoProjectError(f"{start} is not inside an assay project", fix=_GO)


def refuse_newer(start: Path) -> None:
    """Stops in a project of a newer format; where there is no project, or its file cannot be read, it says nothing.

    Raises:
        NewerError: the project that `start` lies in is of a newer format.
    """
    try:
        find_project(start)
    except NewerError:
        raise
    except AssayError:
        return


def project_at(root: Path, commit: str, *, clone: Clone | None = None) -> Project:
    """The project that a commit holds below `root`, by the commit's full name.

    Raises:
        NoProjectError, ConfigError: as `project_in`.
        GitError: part of the commit is not in this clone.
    """
    return project_in(commit_snapshot(root, commit, clone=clone))


def project_in(snapshot: Snapshot) -> Project:
    """The project that a snapshot holds.

    Raises:
        NoProjectError: it has no `checks/project.yaml`.
        ConfigError: that file is broken, or of a newer format.
    """
    if snapshot.entry(PROJECT_FILE) is None:
        raise NoProjectError(f"there is no {PROJECT_FILE}", fix=_GO)
    document = read_document(snapshot, PROJECT_FILE)
    value: dict[str, Any] = checked(document, PROJECT)
    if repeated := set(value.get("tasks") or {}) & RESERVED:
        fix = "labels/ uses that name for something else"
        raise ConfigError(f"{document.at('/tasks')} {', '.join(sorted(repeated))} cannot name a task", fix=fix)
    tasks = cast("dict[str, dict[str, str]]", value.get("tasks") or {})
    return Project(
        snapshot=snapshot,
        id=value["id"],
        approval=value.get("approval", "forge"),
        tasks={name: TaskEntry(name=name, pool=entry["pool"]) for name, entry in tasks.items()},
        releases=tuple(value.get("releases") or ()),
        review=ReviewLimits(**(value.get("review") or {})),
        code=code_of(document, value.get("code") or ()),
        waivable=tuple(value.get("waivable") or ()),
        assay=value.get("assay", ""),
    )
