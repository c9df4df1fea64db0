"""Entries in `checks/project.yaml`, and names that may stand there."""

from collections.abc import Callable

from assay.errors import UsageError
from assay.model.json import Json
from assay.model.names import name_from
from assay.project import Project
from assay.project.find import PROJECT_FILE
from assay.store.files import read_bytes
from assay.store.yaml_edit import add_entry, add_member


def with_task(project: Project, name: str, pool: str) -> bytes:
    """`checks/project.yaml` with one more task."""
    entry: dict[str, Json] = {"pool": pool}
    return add_entry(_text(project), PROJECT_FILE, "tasks", name, entry).encode()


def with_release(project: Project, name: str) -> bytes:
    """`checks/project.yaml` with one more release."""
    return add_member(_text(project), PROJECT_FILE, "releases", name).encode()


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


def _text(project: Project) -> str:
    return read_bytes(project.root / PROJECT_FILE).decode("utf-8")
