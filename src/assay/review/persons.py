"""Who made a pull request: by signatures, by the forge's word, and by what its commits say, held against the base's roster."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.guidelines.authors import authorship
from assay.guidelines.persons import named
from assay.model.project import Annotator, Kind
from assay.review.attest import Attested
from assay.store.history import Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """The people behind a change.

    `people` are the roster ids of everybody named, `actors` those whom a login names (empty where none was given),
    `stated` says that somebody vouches for the commits besides their own e-mails. `unknown` are the logins and e-mails
    that the roster does not know, `foreign` those among them that signed, pushed or asked, `ambiguous` those that it
    gives to several people. `unsaid` is why it is not known who pushed, `advised` the logins that were given without
    any word of a forge.
    """

    people: frozenset[str]
    actors: frozenset[str] = frozenset()
    stated: bool = False
    unknown: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()


def makers(
    commits: Iterable[Commit], people: Mapping[str, Annotator], logins: Iterable[str], attested: Attested
) -> Makers:
    """Everybody whom the commits, the `logins` of who asks, or signatures and pushes name; models are nobody."""
    persons = {who: one for who, one in people.items() if one.kind is Kind.PERSON}
    asking = tuple(login for login in logins if login)
    made, actors = tuple(commits), (*asking, *attested.logins)
    wrote = authorship(made, persons, {}, actors)
    known = {login: named(persons, login) for login in actors}
    named_once = {one.author for one in made} | {address for one in made for address in one.co_authors} | set(actors)
    return Makers(
        people=wrote.people | attested.people,
        actors=frozenset().union(*known.values()),
        stated=bool(actors) or not attested.unsaid,
        unknown=tuple(sorted(wrote.strangers - {login for login, ids in known.items() if not ids})),
        foreign=tuple(sorted({login for login, ids in known.items() if not ids} | set(attested.foreign))),
        ambiguous=tuple(sorted(name for name in named_once if len(named(persons, name)) > 1)),
        unsaid=attested.unsaid,
        advised=() if attested.spoke else asking,
    )
