"""`assay init`: the shape of a labelling project."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from assay import __version__
from assay.errors import NoProjectError, UsageError
from assay.project.find import PROJECT_FILE, find_project
from assay.store.files import recover, tidy, write_all
from assay.store.git import is_repository
from assay.store.lock import writing
from assay.store.pending import ABSENT
from assay.store.process import git

_SUFFIX = ".in"
_DOT = "dot_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialized:
    """The files that were written, and those that were there and stay as they are; by path below the folder."""

    created: tuple[str, ...]
    kept: tuple[str, ...]


def init(folder: Path, *, project_id: str) -> Initialized:
    """Makes a labelling project in a folder, new or existing, and a git repository where it lies in none.

    One that was stopped while it wrote is finished, and keeps the id that it was given then.

    Raises:
        UsageError: the folder lies in a project already, or a file stands where a folder must be.
        GitError: git is not installed.
    """
    finished = frozenset(recover(folder))
    wanted = {
        name: text.replace("PROJECT_ID", project_id).replace("ASSAY_VERSION", __version__).encode()
        for name, text in templates()
    }
    if PROJECT_FILE in finished and finished <= wanted.keys():
        return Initialized(created=tuple(sorted(finished)), kept=tuple(sorted(wanted.keys() - finished)))
    _refuse_inside_project(folder.resolve())
    for name in wanted:
        _refuse_file_in_the_way(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    with writing(folder):
        tidy(folder)
        created = {name: data for name, data in wanted.items() if not (folder / name).exists()}
        if not is_repository(folder):
            git(folder, "init", "--quiet", "--initial-branch=main")
        write_all(folder, created, was=dict.fromkeys(created, ABSENT))
    return Initialized(created=tuple(sorted(created)), kept=tuple(sorted(wanted.keys() - created.keys())))


def templates() -> Iterator[tuple[str, str]]:
    """Every file of a new project: its path and its text.

    Their names in the package bear `.in`, and `dot_` for a leading dot, so that git and DVC do not act on them.
    """
    yield from text_files(files("assay.actions") / "templates")


def text_files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every template below a folder: the path it is written to and its text."""
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name.replace(_DOT, '.', 1) if entry.name.startswith(_DOT) else entry.name}"
        if entry.is_dir():
            yield from text_files(entry, f"{name}/")
        elif name.endswith(_SUFFIX):
            yield name.removesuffix(_SUFFIX), entry.read_text(encoding="utf-8")


def _refuse_inside_project(folder: Path) -> None:
    try:
        project = find_project(folder)
    except NoProjectError:
        return
    raise UsageError(
        f"{folder} lies in the assay project {project.root}",
        hint="`assay task add NAME` adds a task to it, `assay install --forge github|gitlab` a forge's workflows",
    )


def _refuse_file_in_the_way(folder: Path, name: str) -> None:
    for place in (folder, *(folder / parent for parent in Path(name).parents)):
        if place.exists() and not place.is_dir():
            raise UsageError(f"{place} is a file, and a project has a folder there", hint="move the file away")
