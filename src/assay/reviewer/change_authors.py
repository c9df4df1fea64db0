"""Who made a change and who approves it, by signatures, the forge's word and what commits say."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from assay.core import Annotator, Kind, Role, legible
from assay.git import Commit, changing_only, commit_objects, every_commit, reached, verifies
from assay.guidelines import (
    GIT,
    SIGNERS,
    Authorship,
    Review,
    SignerLine,
    authorship,
    judge,
    lists_namespace,
    named,
    review_claims,
    signer_lines,
    signing_key,
    spelled_out,
)
from assay.reviewer.event import OPENED, Asked, Forge
from assay.reviewer.result import ChangeVerdict, Outcome, Waiting

_SHA1 = 40
_HEADERS = (b"gpgsig", b"gpgsig-sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a commit's signature says: the roster id of its one signer, a name that the roster lacks, or neither and why."""

    who: str = ""
    foreign: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The base's `allowed_signers` and roster, and the moment at which a key must be allowed: `YYYYMMDDHHMMSS`, UTC.

    The moment is that of the review, not one that a commit states: its author writes both dates of a commit, so an
    expired key, or one not yet allowed, would be opened by a date made up for it.
    """

    lines: tuple[SignerLine, ...]
    people: Mapping[str, Annotator]
    at: str

    @property
    def any(self) -> bool:
        """Whether any line lets a key sign commits."""
        return any(lists_namespace(line, GIT) for _, line in self.lines)


def keys_of(signers: bytes, people: Mapping[str, Annotator], now: str) -> Keys:
    """The keys by which commits are judged at `now`, a time as records state it; empty: no moment, so no key counts."""
    moment = "".join(filter(str.isdigit, now))
    return Keys(lines=tuple(signer_lines(signers)) if moment else (), people=people, at=moment)


def signature_of(commit: str, stored: bytes, keys: Keys) -> Signature | None:
    """What the SSH signature of a commit says of who made it; None where there is none.

    The key must stand in a line that lists the namespace `git` (or no namespaces, which is all of them), its principals
    must be spelled out, and all lines that hold the key must name one person: by roster id or e-mail.

    Raises:
        SignatureError: ssh-keygen is absent.
    """
    signature, signed = cut(stored, _HEADERS[len(commit) > _SHA1])
    key = signing_key(signature) if signature else None
    if key is None:
        return Signature(problem="its signature is no SSH signature") if signature else None
    holding = [one for one in keys.lines if key in one[1].split()]
    listed = [one for one in holding if spelled_out(one[1]) and lists_namespace(one[1], GIT)]
    if not listed:
        return Signature(problem=f"{SIGNERS} of the base lists its key for no commits")
    names = frozenset().union(*(principals for principals, _ in holding))
    if len(owners := _owners(names, keys.people)) > 1:
        return Signature(problem=f"{SIGNERS} of the base gives its key to several people")
    if not any(
        verifies(text + b"\n", min(principals), GIT, signature, signed, at=keys.at) for principals, text in listed
    ):
        return Signature(problem="its signature was not made of this commit by a key that is allowed today")
    (owner,) = owners
    entry = keys.people.get(owner)
    if entry is None:
        return Signature(foreign=owner, problem=f"the roster does not know its signer {owner}")
    return Signature(who=owner) if entry.kind is Kind.PERSON else Signature(problem=f"its signer {owner} is a model")


def cut(stored: bytes, header: bytes) -> tuple[bytes, bytes]:
    """The signature in a header of a stored commit (empty: it has none), and the bytes that it was made of.

    Those are the commit without the headers of signatures, for either hash, as git signs it.
    """
    head, gap, message = stored.partition(b"\n\n")
    kept: list[bytes] = []
    signature: list[bytes] = []
    into = kept
    for line in head.split(b"\n"):
        if line.startswith(b" "):
            into.append(line if into is kept else line[1:])
            continue
        name, _, value = line.partition(b" ")
        into = signature if name == header else [] if name in _HEADERS else kept
        into.append(line if into is kept else value)
    return b"\n".join(signature), b"\n".join(kept) + gap + message


def _owners(names: Iterable[str], people: Mapping[str, Annotator]) -> frozenset[str]:
    """Whom principals name: roster ids, and as it is written each name that the roster does not know, patterns too."""
    known = [(who, {who.lower(), *(email.lower() for email in one.emails)}) for who, one in people.items()]
    found = ({who for who, own in known if name.lower() in own} or {name} for name in names)
    return frozenset().union(*found)


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


_STEPS = 2**64
_DRAWN = "drawn by lot for a human look: nothing is wrong with it"
_LEAD = "a lead who had no hand in it"
_ANY = "a reviewer or a lead who had no hand in it"
_REVIEWER = "a reviewer who had no hand in it"


def with_approvals(
    verdict: ChangeVerdict,
    reviews: Sequence[Review] | None,
    head: str,
    people: Mapping[str, Annotator],
    makers: Makers,
) -> ChangeVerdict:
    """The verdict with who still has to approve; ok where the reviews of exactly the commit `head` suffice.

    One lead who had no hand in the change suffices for all of it. Of a guideline change a reviewer who had none may
    approve the guideline, and a lead stands for the rest: one who approves it or who, with other leads alone, made it.
    Without `reviews` (None: nobody asked the forge), and where it is not known who made the change, it goes on waiting.
    """
    if verdict.outcome is not Outcome.APPROVAL:
        return verdict
    parts = [one for one in verdict.waiting if one.role is Role.LEAD]
    shared = bool(parts) and all(one.along for one in parts)
    wanted = _wanted(verdict.waiting, parts, shared=shared)
    if reviews is None:
        return replace(verdict, approval=f"waits for {wanted}")
    if why := _nobody_knows(makers):
        return replace(verdict, approval=f"no approval counts: {why}")
    claims = review_claims(reviews, head, people)
    judged = judge(claims, people, Authorship(people=makers.people))
    anyhow = judge(claims, people, Authorship())  # a lead may have had a hand in it
    by_leads = bool(makers.people) and makers.people == _leads(makers.people, people)
    lead_stands = shared and (by_leads or bool(_leads(anyhow.by, people)))
    if not judged.approved:
        return replace(verdict, approval=f"{judged.reason}; waits for {_REVIEWER if lead_stands else wanted}")
    by = " and ".join(sorted(judged.by))
    if parts and not lead_stands and not _leads(judged.by, people):
        return replace(
            verdict, approval=f"approved by {by}; waits for {'a lead' if shared else _LEAD} ({_kinds(parts)})"
        )
    return replace(verdict, outcome=Outcome.OK, reasons=(), approval=f"approved by {by}", approved_by=judged.by)


def _wanted(waiting: Sequence[Waiting], leads: Sequence[Waiting], *, shared: bool) -> str:
    """Who has to approve what waits, of which `leads` are the parts that a lead approves."""
    if not leads:
        return _ANY
    if not shared:
        return f"{_LEAD} ({_kinds(leads)})"
    rest = [one for one in waiting if one not in leads]
    return f"{_LEAD}; or for {_REVIEWER} ({_kinds(rest)}) and a lead ({_kinds(leads)})"


def _kinds(parts: Iterable[Waiting]) -> str:
    named = {kind for one in parts for kind in one.kinds}
    return ", ".join(sorted("batch" if kind == "round" else kind for kind in named))


def _leads(ids: Iterable[str], people: Mapping[str, Annotator]) -> frozenset[str]:
    return frozenset(who for who in ids if people[who].role is Role.LEAD)


def _nobody_knows(makers: Makers) -> str:
    """Why anybody who approves may have made the change; empty where it is known who did."""
    if makers.unknown:
        return f"part of it is by {', '.join(map(legible, makers.unknown))}, and the roster does not say who that is"
    return makers.unsaid[0] if makers.unsaid else ""


def by_lot(verdict: ChangeVerdict, secret: bytes, ticket: str, share: float) -> ChangeVerdict:
    """The verdict, which asks for a look where the change needs nobody and is drawn; without a secret nothing is drawn.

    A share of the changes that need nobody is looked at by a person all the same, and nobody knows which.
    """
    if not secret:
        return verdict
    chosen = drawn(secret, ticket, share)
    if not chosen or verdict.outcome is not Outcome.OK:
        return replace(verdict, drawn=chosen)
    return replace(verdict, drawn=True, outcome=Outcome.APPROVAL, reasons=(_DRAWN,))


def drawn(secret: bytes, ticket: str, share: float) -> bool:
    """Whether the change with this ticket is drawn.

    A share of all tickets is, evenly, by HMAC-SHA-256 under a secret that authors do not have: who cannot compute it
    cannot know beforehand. The ticket is a name that the author cannot change to draw again: the forge's number of the
    pull request and the branch that it goes to where they are known, else the commit of the base; never the head.
    """
    lot = int.from_bytes(hmac.new(secret, ticket.encode(), hashlib.sha256).digest()[:8], "big")
    return lot < share * _STEPS
