"""Who somebody is: an e-mail or a handle, held against the roster."""

import re
from collections.abc import Iterable

from assay.errors import UsageError
from assay.model.project import Annotator, Kind
from assay.project.roster import Roster

_NOREPLY = re.compile(r"(?:\d+\+)?(?P<login>[^@+]+)@users\.noreply\.\S+", re.IGNORECASE)


def login_in(address: str) -> str:
    """The login that a forge's noreply address names; empty where it is another address."""
    found = _NOREPLY.fullmatch(address.strip())
    return found["login"] if found else ""


def stated_as(roster: Roster, who: str) -> Annotator:
    """The roster entry of an id.

    Raises:
        UsageError: there is none, or it is a model's.
    """
    annotator = roster.annotators.get(who)
    if annotator is None or who.startswith("@"):
        people = ", ".join(_people(roster)) or "nobody yet"
        raise UsageError(
            f"{who!r} is not in the roster",
            hint=f"in the roster: {people}; a lead adds others with `assay annotator add`",
        )
    if annotator.kind is Kind.MODEL:
        raise UsageError(f"{who} is a model, and a person labels here", hint="give the id of a person")
    return annotator


def known_by(roster: Roster, email: str, handles: Iterable[str] = ()) -> Annotator | None:
    """The person with this e-mail (a forge's noreply address names a handle), else with one of these handles.

    None where nobody, or more than one person, has it.
    """
    names = {handle.casefold() for handle in (*handles, login_in(email)) if handle}
    people = [roster.annotators[name] for name in _people(roster)]
    by_email = [one for one in people if email and email.casefold() in {known.casefold() for known in one.emails}]
    by_handle = [one for one in people if one.handle and one.handle.casefold() in names]
    found = by_email or by_handle
    return found[0] if len(found) == 1 else None


def _people(roster: Roster) -> list[str]:
    return [name for name, one in roster.annotators.items() if one.kind is Kind.PERSON and not name.startswith("@")]
