"""Who made a pull request: the forge's word, and what its commits say, by the base's roster."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.guidelines.authors import authorship
from assay.guidelines.persons import named
from assay.model.project import Annotator, Kind
from assay.store.history import Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """The people behind a change.

    `people` are the roster ids of everybody named, `actors` those whom the forge names (empty where it named nobody),
    `unknown` the logins and e-mails that the roster does not know, `ambiguous` those that it gives to several people.
    """

    people: frozenset[str]
    actors: frozenset[str] = frozenset()
    stated: bool = False
    unknown: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


def makers(commits: Iterable[Commit], people: Mapping[str, Annotator], logins: Iterable[str]) -> Makers:
    """Everybody whom the commits or the forge's `logins` name; models are nobody."""
    persons = {who: one for who, one in people.items() if one.kind is Kind.PERSON}
    made, actors = tuple(commits), tuple(login for login in logins if login)
    wrote = authorship(made, persons, {}, actors)
    known = {login: named(persons, login) for login in actors}
    named_once = {one.author for one in made} | {address for one in made for address in one.co_authors} | set(actors)
    return Makers(
        people=wrote.people,
        actors=frozenset().union(*known.values()),
        stated=bool(actors),
        unknown=tuple(sorted(wrote.strangers - {login for login, ids in known.items() if not ids})),
        foreign=tuple(sorted(login for login, ids in known.items() if not ids)),
        ambiguous=tuple(sorted(name for name in named_once if len(named(persons, name)) > 1)),
    )
