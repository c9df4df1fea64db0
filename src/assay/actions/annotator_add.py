"""`assay annotator add`: a roster entry."""

from collections.abc import Iterable

from assay.actions.project_file import checked_name
from assay.actions.written import Written
from assay.errors import UsageError
from assay.model.json import JsonObject
from assay.model.names import is_annotator_name
from assay.model.project import Annotator
from assay.project import Project
from assay.project.roster import ANNOTATORS, Roster, load_roster
from assay.store.files import read_bytes, write_all
from assay.store.pending import ABSENT
from assay.store.yaml_text import yaml_block


def add_annotator(project: Project, new: Annotator) -> Written:
    """Writes the roster entry of a person or a model. `qualified` None states nothing: every task.

    An entry that stands there already and says just that stays as it is.

    Raises:
        UsageError: the id cannot be used or is taken, a task does not exist, or somebody else has the handle or e-mail.
    """
    checked_name(new.id, "annotator", is_annotator_name)
    path = f"{ANNOTATORS}/{new.id}.yaml"
    place, data = project.root / path, yaml_block(_entry(new)).encode()
    if place.is_file() and not place.is_symlink() and read_bytes(place) == data:
        return Written(path=path, already=True)
    if place.exists() or place.is_symlink():
        raise UsageError(f"{new.id} is in the roster already", hint=f"edit {path} to change the entry")
    for task in new.qualified or ():
        project.task(task)
    _refuse_shared(load_roster(project), new)
    write_all(project.root, {path: data}, was={path: ABSENT})
    return Written(path=path)


def _refuse_shared(roster: Roster, new: Annotator) -> None:
    if odd := next((email for email in new.emails if "@" not in email.strip("@")), None):
        raise UsageError(f"{odd!r} is no e-mail address", hint="--email NAME@EXAMPLE.ORG")
    for other in roster.annotators.values():
        if same := _names(other.handle, other.emails) & _names(new.handle, new.emails):
            raise UsageError(
                f"{other.id} has {min(same)} already, and one person has one entry",
                hint=f"leave it away here, or take it out of {ANNOTATORS}/{other.id}.yaml",
            )


def _names(handle: str, emails: Iterable[str]) -> set[str]:
    return {text.casefold() for text in (handle, *emails) if text}


def _entry(new: Annotator) -> JsonObject:
    entry: JsonObject = {"kind": new.kind.value, "role": new.role.value, "status": new.status.value}
    if new.handle:
        entry["handle"] = new.handle
    if new.emails:
        entry["emails"] = list(dict.fromkeys(new.emails))
    if new.groups:
        entry["groups"] = dict(new.groups)
    if new.qualified is not None:
        entry["qualified"] = list(dict.fromkeys(new.qualified))
    return entry
