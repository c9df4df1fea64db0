"""`assay annotator add`: a roster entry."""

from collections.abc import Iterable

from assay.actions.project_file import checked_name
from assay.actions.written import Written, found
from assay.errors import UsageError
from assay.model.json import JsonObject
from assay.model.names import is_annotator_name
from assay.model.project import Annotator, Status
from assay.project import Project
from assay.project.roster import ANNOTATORS, Roster, is_day, load_roster
from assay.store.files import read_bytes, write_all
from assay.store.pending import ABSENT
from assay.store.yaml_text import yaml_block


def add_annotator(project: Project, new: Annotator) -> Written:
    """Writes the roster entry of a person or a model. `qualified` None states nothing: every task.

    An entry that stands there already and says just that stays as it is.

    Raises:
        UsageError: the id cannot be used or is taken, a task does not exist, somebody else has the
            handle or e-mail, or status and date do not go together.
    """
    checked_name(new.id, "annotator", is_annotator_name)
    path = f"{ANNOTATORS}/{new.id}.yaml"
    place, data = project.root / path, yaml_block(_entry(new)).encode()
    if place.is_file() and not place.is_symlink() and read_bytes(place) == data:
        return found(path)
    if place.exists() or place.is_symlink():
        raise UsageError(f"{new.id} is in the roster already", hint=f"edit {path} to change the entry")
    _refuse_undated(new)
    for task in new.qualified or ():
        project.task(task)
    refuse_shared(load_roster(project), new)
    write_all(project.root, {path: data}, was={path: ABSENT})
    return Written(path=path)


def _refuse_undated(new: Annotator) -> None:
    if new.status is Status.LEFT:
        raise UsageError("nobody who is added has left", hint="`assay annotator set ID --status left` when they leave")
    if new.since and not is_day(new.since):
        raise UsageError(f"--since {new.since}: no day that there is", hint="--since YYYY-MM-DD")
    if new.status is Status.PAUSED and not new.since:
        raise UsageError("who is paused is so since a day", hint="--since YYYY-MM-DD; votes made before it count")
    if new.status is Status.EXCLUDED and new.since:
        raise UsageError("`excluded` takes out every vote, so no --since goes with it", hint="leave --since away")


def refuse_shared(roster: Roster, new: Annotator) -> None:
    """Refuses a handle or e-mail that another entry of the roster has, and what is no e-mail address.

    Raises:
        UsageError: it is one of these.
    """
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
    if new.since:
        entry["since"] = new.since
    if new.handle:
        entry["handle"] = new.handle
    if new.emails:
        entry["emails"] = list(dict.fromkeys(new.emails))
    if new.groups:
        entry["groups"] = dict(new.groups)
    if new.qualified is not None:
        entry["qualified"] = list(dict.fromkeys(new.qualified))
    return entry
