"""Who made a pull request: by signatures, by the forge's word and by what its commits say, held against the base's roster."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.guidelines.authors import authorship
from assay.guidelines.identities import named
from assay.model.names import legible
from assay.model.project import Annotator, Kind
from assay.review.event import OPENED, Asked, Forge
from assay.review.signed import Keys, Signature, signature_of
from assay.store.commits import commit_objects, reached
from assay.store.history import Commit, changing_only, every_commit

_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A push by the forge's word: the login of who pushed, and the commits that this brought in."""

    actor: str
    commits: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """Everybody who signed or pushed a commit of the change, and why that is not enough.

    `people` are roster ids of signers, `foreign` signers that the roster lacks, `logins` those that pushed, as the forge
    names them. `unsaid` has a sentence for each reason why it is not known who pushed a commit; none where somebody
    stands for every one. `spoke`: a forge said something, if not enough.
    """

    people: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    spoke: bool = False


def attest(
    commits: Sequence[str],
    signatures: Mapping[str, Signature],
    brought: Iterable[Brought],
    forge: Forge,
) -> Attested:
    """Who stands for the commits, newest first; one signed by one person and pushed by another has both behind it."""
    every = frozenset(commits)
    pushes = [one for one in brought if one.commits & every]
    signed = {commit: signatures[commit] for commit in commits if commit in signatures}
    covered = frozenset().union(*(one.commits for one in pushes)) | {name for name, one in signed.items() if one.who}
    return Attested(
        people=frozenset(one.who for one in signed.values() if one.who),
        foreign=tuple(sorted({one.foreign for one in signed.values() if one.foreign})),
        logins=tuple(sorted({one.actor for one in pushes})),
        unsaid=tuple(_unsaid([name for name in commits if name not in covered], signed, forge)),
        spoke=forge.spoke,
    )


def _unsaid(commits: Iterable[str], signed: Mapping[str, Signature], forge: Forge) -> Iterator[str]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for commit in commits:
        groups[signed[commit].problem if commit in signed else ""].append(commit)
    for problem, (first, *others) in groups.items():
        more = f" and {len(others):,} more" if others else ""
        why = filter(None, (problem, _event(forge), "" if forge.pushes is None else "no entry of --pushes covers it"))
        said = ", ".join((*why, "e-mails in a commit are a claim"))
        yield f"nothing says who pushed {first[:_SHOWN]}{more}: {said}; signed commits or --pushes would"


def _event(forge: Forge) -> str:
    if not forge.action:
        return ""
    if forge.action != OPENED:
        return f"the event {legible(forge.action)} does not name who brought its commits"
    return "the event opened another head" if forge.opened else "the event names no sender or no head"


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


def who_pushed(root: Path, commits: Sequence[str], forge: Forge, keys: Keys, *, base: str, head: str) -> Attested:
    """Who stands for each of the commits, which are those of `head` that `base` does not have.

    A push that names a commit which is not here covers nothing: what it brought cannot be known.

    Raises:
        SignatureError: a commit is signed by a listed key and ssh-keygen is absent.
    """
    pushes = [*(forge.pushes or ()), *([forge.opened] if forge.opened and forge.opened.after == head else ())]
    named = {name for push in pushes for name in (push.before, push.after) if name}
    stored = commit_objects(root, named.union(commits if keys.any else ())) if commits else {}
    found = ((commit, signature_of(commit, stored[commit], keys)) for commit in commits if keys.any)
    signatures = {commit: signature for commit, signature in found if signature is not None}
    here = [push for push in pushes if {push.before, push.after} - {""} <= stored.keys()]
    brought = (
        Brought(actor=push.actor, commits=reached(root, push.after, [base, *filter(None, [push.before])]))
        for push in dict.fromkeys(here)
    )
    return attest(commits, signatures, brought, forge)


def makers_of(
    root: Path, asked: Asked, keys: Keys, *, base: str, head: str, aside: Sequence[str]
) -> tuple[Makers, Makers]:
    """Those behind any commit of a change, and those behind what is to be approved, by keys and roster of the base.

    A commit of nothing but the files `aside`, which are signed approvals, has no hand in that.
    """
    made, people = every_commit(root, head, since=base), keys.people
    attested = who_pushed(root, [one.id for one in made], asked.forge, keys, base=base, head=head)
    everybody = makers(made, people, asked.actors, attested)
    approvals = changing_only(root, head, since=base, paths=aside)
    if not approvals:
        return everybody, everybody
    own = [one for one in made if one.id not in approvals]
    stand = who_pushed(root, [one.id for one in own], asked.forge, keys, base=base, head=head)
    only = {asked.sender}.intersection(attested.logins).difference(stand.logins)
    return everybody, makers(own, people, [login for login in asked.actors if login not in only], stand)
