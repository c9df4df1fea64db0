"""Entries in `checks/project.yaml`, and names that may stand there."""

from collections.abc import Callable, Mapping

from assay.errors import UsageError
from assay.model.json import Json
from assay.model.names import name_from
from assay.project import Project
from assay.project.find import PROJECT_FILE
from assay.store.digest import digest_bytes
from assay.store.files import read_bytes, write_all
from assay.store.pending import ABSENT
from assay.store.yaml_edit import add_entry, add_member


def write_with_task(project: Project, name: str, pool: str, files: Mapping[str, bytes]) -> None:
    """Writes the files of a new task and lists it in `checks/project.yaml`, all or nothing."""
    entry: dict[str, Json] = {"pool": pool}
    _write(project, files, lambda text: add_entry(text, PROJECT_FILE, "tasks", name, entry))


def write_with_release(project: Project, name: str, files: Mapping[str, bytes]) -> None:
    """Writes the files of a new release and lists it in `checks/project.yaml`, all or nothing."""
    _write(project, files, lambda text: add_member(text, PROJECT_FILE, "releases", name))


def checked_name(name: str, noun: str, fits: Callable[[str], bool]) -> str:
    """The name, if it can stand in a path.

    Raises:
        UsageError: it cannot; the hint is the nearest name that can.
    """
    if fits(name):
        return name
    near = next(
        (guess for guess in (name_from(name), name_from(f"{noun}-{name}"), f"{name_from(name)[:47]}1") if fits(guess)),
        noun,
    )
    article = "an" if noun[0] in "aeiou" else "a"
    raise UsageError(
        f"{name!r} cannot name {article} {noun}: lower-case letters, digits, `-` and `_` only, 48 at most, not a reserved word",
        hint=f"{near!r} would do",
    )


def refuse_existing(project: Project, names: list[str]) -> None:
    """Refuses to write over files of the project.

    Raises:
        UsageError: one of them exists.
    """
    if there := [name for name in names if (project.root / name).exists()]:
        raise UsageError(f"{', '.join(there)} would be overwritten", hint="move it away, or choose another name")


def _write(project: Project, files: Mapping[str, bytes], edit: Callable[[str], str]) -> None:
    """Nothing stands yet where the files go, and the project file is the one that was edited."""
    data = read_bytes(project.root / PROJECT_FILE)
    was = {**dict.fromkeys(files, ABSENT), PROJECT_FILE: digest_bytes(data)}
    write_all(project.root, {**files, PROJECT_FILE: edit(data.decode("utf-8")).encode()}, was=was)
