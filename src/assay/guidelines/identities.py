"""Who in the roster a login or an e-mail belongs to, which entries are one person, who wrote a change and who may approve it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.model.project import Annotator, Kind, Role, Status
from assay.project.identity import login_in

_APPROVING = frozenset({Role.REVIEWER, Role.LEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Who wrote what is to be approved.

    `people` are roster ids, `others` those of whom somebody says who they are (a forge's login) and who are not in the
    roster, `strangers` e-mails of which nobody knows whose they are.
    """

    people: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody known, as a record lists them."""
        return (*sorted(self.people), *sorted(self.others))

    @property
    def unknown(self) -> str:
        """The e-mails of which nobody knows whose they are, and what to do; empty where there is none."""
        if not self.strangers:
            return ""
        return (
            f"part of it is by {', '.join(sorted(self.strangers))}, and the roster does not say who that is; "
            "list the e-mail in the roster, or say whose it is: --author ID=E-MAIL"
        )


def named(people: Mapping[str, Annotator], name: str) -> frozenset[str]:
    """The ids of everybody who goes by a login or an e-mail, in any case; a noreply address stands for its login."""
    wanted = _keys(name)
    return frozenset(who for who, one in people.items() if wanted & _known_as(one))


def same_persons(people: Mapping[str, Annotator], ids: Iterable[str]) -> frozenset[str]:
    """The ids, and those of every entry that shares a login or an e-mail with one of them, however far around."""
    found = set(ids)
    known = {who: _known_as(one) for who, one in people.items()}
    reached: set[str] = set()
    while len(reached) < len(found):
        reached = set(found)
        keys = frozenset().union(*(known.get(who, frozenset()) for who in found))
        found |= {who for who, own in known.items() if own & keys}
    return frozenset(found)


def why_not_approver(one: Annotator | None, who: str, *, given: str | None) -> str:
    """Why somebody may not approve a guideline; empty where they may.

    `given` asks of an approval that was given at a moment (RFC 3339, UTC), which may be long ago: whoever is away by now
    was not before their `since`. None asks of one that is given now.
    """
    if one is None:
        return f"{who} is not in the roster"
    if one.kind is not Kind.PERSON:
        return f"{who} is a {one.kind}, and a person approves"
    if one.role not in _APPROVING:
        return f"{who} is {one.role.said}, and a reviewer or a lead approves"
    if one.status is Status.ACTIVE or (given is not None and given[:10] < one.until):
        return ""
    told = f"{who} {one.status.said} in the roster"
    if given is None or not one.away:
        return f"{told}, not active"
    return (
        f"{told} since {one.until}, and approved on {given[:10]}"
        if one.until
        else f"{told}, and nothing says since when"
    )


def _known_as(one: Annotator) -> frozenset[str]:
    return frozenset().union(*map(_keys, filter(None, (one.handle, *one.emails))))


def _keys(name: str) -> frozenset[str]:
    """The spellings under which two names are one: the name itself and the login of a noreply address."""
    return frozenset(text.strip().lower() for text in (name, login_in(name)) if text.strip())
