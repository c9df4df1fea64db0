"""Who made a change and who approves it: signatures, the forge's statements and the names in commits."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from assay import git, guidelines
from assay.core import Annotator, Kind, Role, legible
from assay.reviewer.event import OPENED, ForgeEvidence, ReviewRequest
from assay.reviewer.result import ChangeVerdict, ReviewOutcome, WaitingPart

_SHA1 = 40
_HEADERS = (b"gpgsig", b"gpgsig-sha256")
_SHOWN = 12
_STEPS = 2**64
_DRAWN = "drawn by lot for a review by a person: nothing is wrong with it"
_LEAD = "a lead who took no part in it"
_ANY = "a reviewer or a lead who took no part in it"
_REVIEWER = "a reviewer who took no part in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a commit's signature proves: its signer's roster id, a name that the roster lacks, or neither and why."""

    who: str = ""
    foreign: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitKeys:
    """The base's `allowed_signers` and roster, and the moment at which a key must be allowed: `YYYYMMDDHHMMSS`, UTC.

    The moment is the time of the review, not a date of the commit: the author writes both dates of a commit, and could
    choose one at which an expired key was allowed.
    """

    lines: tuple[guidelines.SignerLine, ...]
    people: Mapping[str, Annotator]
    at: str

    @property
    def any(self) -> bool:
        """Whether any line lets a key sign commits."""
        return any(guidelines.lists_namespace(line, guidelines.GIT) for _, line in self.lines)


def keys_of(signers: bytes, people: Mapping[str, Annotator], now: str) -> CommitKeys:
    """The keys that count at `now`, a time in the format of records; empty: no time, so no key counts."""
    moment = "".join(filter(str.isdigit, now))
    return CommitKeys(lines=tuple(guidelines.signer_lines(signers)) if moment else (), people=people, at=moment)


def signature_of(commit: str, stored: bytes, keys: CommitKeys) -> Signature | None:
    """Who made a commit, by its SSH signature; None where it has no signature.

    A line with the key must list the namespace `git` (or no namespaces, which means all), with principals without
    patterns, and all lines with the key must name one person: by roster id or e-mail.

    Raises:
        SignatureError: ssh-keygen is missing.
    """
    signature, signed = split_signature(stored, _HEADERS[len(commit) > _SHA1])
    key = guidelines.signing_key(signature) if signature else None
    if key is None:
        return Signature(problem="its signature is not an SSH signature") if signature else None
    holding = [line for line in keys.lines if key in line[1].split()]
    plain = [line for line in holding if guidelines.spelled_out(line[1])]
    listed = [line for line in plain if guidelines.lists_namespace(line[1], guidelines.GIT)]
    if not listed:
        return Signature(problem=f"{guidelines.SIGNERS} of the base lists its key for no commits")
    # Roster ids of the principals; a name that the roster does not know stays as it is written, patterns too.
    known = [(who, {who.lower(), *map(str.lower, entry.emails)}) for who, entry in keys.people.items()]
    names = frozenset().union(*(principals for principals, _ in holding))
    owners = frozenset().union(*({who for who, own in known if name.lower() in own} or {name} for name in names))
    if len(owners) > 1:
        return Signature(problem=f"{guidelines.SIGNERS} of the base gives its key to several people")
    if not any(
        git.verifies(text + b"\n", min(principals), guidelines.GIT, signature, signed, at=keys.at)
        for principals, text in listed
    ):
        return Signature(problem="its signature does not verify with a key that is allowed today")
    (owner,) = owners
    entry = keys.people.get(owner)
    if entry is None:
        return Signature(foreign=owner, problem=f"its signer {owner} is not in the roster")
    return Signature(who=owner) if entry.kind is Kind.PERSON else Signature(problem=f"its signer {owner} is a model")


def split_signature(stored: bytes, header: bytes) -> tuple[bytes, bytes]:
    """The signature in a header of a stored commit (empty: it has none), and the bytes that were signed.

    Those are the commit without its signature headers, of either hash.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedCommits:
    """A push that the forge states: the login of who pushed, and the commits that it added."""

    actor: str
    commits: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """Everybody who signed or pushed a commit of the change, and why that is not enough.

    `people` are the roster ids of signers, `foreign` the signers that the roster lacks, `logins` those that pushed, as
    the forge names them. `unsaid` has a sentence for each reason why it is unknown who pushed a commit; empty where
    each commit has a signer or a pusher. `spoke`: a forge stated something, even if not enough.
    """

    people: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    spoke: bool = False


def attest(
    commits: Sequence[str], signatures: Mapping[str, Signature], pushed: Iterable[PushedCommits], forge: ForgeEvidence
) -> Attested:
    """The signers and pushers of the commits, newest first; a commit signed by one and pushed by another has both."""
    every = frozenset(commits)
    pushes = [push for push in pushed if push.commits & every]
    signed = {commit: signatures[commit] for commit in commits if commit in signatures}
    covered = frozenset().union(*(push.commits for push in pushes), (name for name, by in signed.items() if by.who))
    return Attested(
        people=frozenset(by.who for by in signed.values() if by.who),
        foreign=tuple(sorted({by.foreign for by in signed.values() if by.foreign})),
        logins=tuple(sorted({push.actor for push in pushes})),
        unsaid=tuple(_unsaid([name for name in commits if name not in covered], signed, forge)),
        spoke=forge.spoke,
    )


def _unsaid(commits: Iterable[str], signed: Mapping[str, Signature], forge: ForgeEvidence) -> Iterator[str]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for commit in commits:
        groups[signed[commit].problem if commit in signed else ""].append(commit)
    event = ""
    if forge.action and forge.action != OPENED:
        event = f"the event {legible(forge.action)} does not name who pushed its commits"
    elif forge.action:
        event = "the event opened another head" if forge.opened else "the event names no sender or no head"
    for problem, (first, *others) in groups.items():
        more = f" and {len(others):,} more" if others else ""
        why = filter(None, (problem, event, "" if forge.pushes is None else "no entry of --pushes covers it"))
        reasons = ", ".join((*why, "e-mails in a commit are a claim"))
        yield f"unknown who pushed {first[:_SHOWN]}{more}: {reasons}; sign the commits, or give --pushes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """The people behind a change.

    `people` are the roster ids of everybody named, `actors` those that a login names (empty where none was given),
    `stated` says that more than e-mails in commits names the makers. `unknown` are the logins and e-mails that the
    roster does not know, `foreign` those among them that signed, pushed or asked, `ambiguous` those that it gives to
    several people. `unsaid` is why it is unknown who pushed, `advised` the logins that no forge confirms.
    """

    people: frozenset[str]
    actors: frozenset[str] = frozenset()
    stated: bool = False
    unknown: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()


def change_makers(
    commits: Iterable[git.Commit], people: Mapping[str, Annotator], logins: Iterable[str], attested: Attested
) -> Makers:
    """Everybody whom the commits, the `logins` of who asks, or signatures and pushes name; models do not count."""
    persons = {who: entry for who, entry in people.items() if entry.kind is Kind.PERSON}
    asking = tuple(login for login in logins if login)
    made, actors = tuple(commits), (*asking, *attested.logins)
    wrote = guidelines.authorship(made, persons, {}, actors)
    known = {login: guidelines.people_named(persons, login) for login in actors}
    stated = {one.author for one in made} | {address for one in made for address in one.co_authors} | set(actors)
    return Makers(
        people=wrote.people | attested.people,
        actors=frozenset().union(*known.values()),
        stated=bool(actors) or not attested.unsaid,
        unknown=tuple(sorted(wrote.strangers - {login for login, ids in known.items() if not ids})),
        foreign=tuple(sorted({login for login, ids in known.items() if not ids} | set(attested.foreign))),
        ambiguous=tuple(sorted(name for name in stated if len(guidelines.people_named(persons, name)) > 1)),
        unsaid=attested.unsaid,
        advised=() if attested.spoke else asking,
    )


def who_pushed(
    root: Path, commits: Sequence[str], forge: ForgeEvidence, keys: CommitKeys, *, base: str, head: str
) -> Attested:
    """Who signed or pushed each of the commits, which are those of `head` that `base` does not have.

    A push that names a commit which is not here covers nothing: what it added is unknown.

    Raises:
        SignatureError: a commit is signed by a listed key and ssh-keygen is missing.
    """
    pushes = [*(forge.pushes or ()), *([forge.opened] if forge.opened and forge.opened.after == head else ())]
    named = {name for push in pushes for name in (push.before, push.after) if name}
    stored = git.commit_objects(root, named.union(commits if keys.any else ())) if commits else {}
    found = ((commit, signature_of(commit, stored[commit], keys)) for commit in commits if keys.any)
    signatures = {commit: signature for commit, signature in found if signature is not None}
    here = [push for push in pushes if {push.before, push.after} - {""} <= stored.keys()]
    pushed = (
        PushedCommits(actor=push.actor, commits=git.reached(root, push.after, [base, *filter(None, [push.before])]))
        for push in dict.fromkeys(here)
    )
    return attest(commits, signatures, pushed, forge)


def makers_of(
    root: Path, request: ReviewRequest, keys: CommitKeys, *, base: str, head: str, aside: Sequence[str]
) -> tuple[Makers, Makers]:
    """The makers of all commits of a change, and those of what is to be approved, by keys and roster of the base.

    The second leaves out commits of nothing but the files `aside`, which are signed approvals.
    """
    made, people = git.every_commit(root, head, since=base), keys.people
    attested = who_pushed(root, [commit.id for commit in made], request.forge, keys, base=base, head=head)
    everybody = change_makers(made, people, request.actors, attested)
    approvals = git.changing_only(root, head, since=base, paths=aside)
    if not approvals:
        return everybody, everybody
    rest = [commit for commit in made if commit.id not in approvals]
    of_rest = who_pushed(root, [commit.id for commit in rest], request.forge, keys, base=base, head=head)
    only = {request.sender}.intersection(attested.logins).difference(of_rest.logins)
    return everybody, change_makers(rest, people, [login for login in request.actors if login not in only], of_rest)


def with_approvals(
    verdict: ChangeVerdict,
    reviews: Sequence[guidelines.ForgeReview] | None,
    head: str,
    people: Mapping[str, Annotator],
    makers: Makers,
) -> ChangeVerdict:
    """The verdict with who still has to approve; ok where the reviews of exactly the commit `head` are enough.

    One lead who took no part in the change is enough for all of it. Of a guideline change, a reviewer who had none may
    approve the guideline, and a lead covers the rest: a lead who approves it, or the makers where all are leads.
    Without `reviews` (None: not read from the forge), and where a maker is unknown, the change still waits.
    """
    if verdict.outcome is not ReviewOutcome.APPROVAL:
        return verdict
    parts = [part for part in verdict.waiting if part.role is Role.LEAD]
    shared = bool(parts) and all(part.along for part in parts)
    wanted = f"{_LEAD} ({_kinds(parts)})" if parts else _ANY
    if shared:
        rest = [part for part in verdict.waiting if part not in parts]
        wanted = f"{_LEAD}; or for {_REVIEWER} ({_kinds(rest)}) and a lead ({_kinds(parts)})"
    if reviews is None:
        return replace(verdict, approval=f"waits for {wanted}")
    names = ", ".join(map(legible, makers.unknown))
    if why := f"part of it is by {names}, not in the roster" if names else "".join(makers.unsaid[:1]):
        return replace(verdict, approval=f"no approval counts: {why}")
    claims = guidelines.review_claims(reviews, head, people)
    judged = guidelines.judge_claims(claims, people, guidelines.Authorship(people=makers.people))
    any_author = guidelines.judge_claims(claims, people, guidelines.Authorship())  # a lead may have taken part in it
    by_leads = bool(makers.people) and makers.people == _leads(makers.people, people)
    has_lead = shared and (by_leads or bool(_leads(any_author.by, people)))
    if not judged.approved:
        return replace(verdict, approval=f"{judged.reason}; waits for {_REVIEWER if has_lead else wanted}")
    by = " and ".join(sorted(judged.by))
    if parts and not has_lead and not _leads(judged.by, people):
        lead = "a lead" if shared else _LEAD
        return replace(verdict, approval=f"approved by {by}; waits for {lead} ({_kinds(parts)})")
    return replace(verdict, outcome=ReviewOutcome.OK, reasons=(), approval=f"approved by {by}", approved_by=judged.by)


def _kinds(parts: Iterable[WaitingPart]) -> str:
    return ", ".join(sorted({kind for part in parts for kind in part.kinds}))


def _leads(ids: Iterable[str], people: Mapping[str, Annotator]) -> frozenset[str]:
    return frozenset(who for who in ids if people[who].role is Role.LEAD)


def by_lot(verdict: ChangeVerdict, secret: bytes, ticket: str, share: float) -> ChangeVerdict:
    """The verdict, with an approval asked for where the change needs none and is drawn; without a secret none is drawn.

    So a person reviews a share of the changes that need no approval, and no author knows beforehand which.
    """
    if not secret:
        return verdict
    chosen = drawn(secret, ticket, share)
    if not chosen or verdict.outcome is not ReviewOutcome.OK:
        return replace(verdict, drawn=chosen)
    return replace(verdict, drawn=True, outcome=ReviewOutcome.APPROVAL, reasons=(_DRAWN,))


def drawn(secret: bytes, ticket: str, share: float) -> bool:
    """Whether the change with this ticket is drawn.

    HMAC-SHA-256 under a secret draws a uniform share of all tickets. Authors lack the secret, so they cannot know which.
    The ticket is a name that the author cannot change to draw again: the forge's number of the pull request with its
    target branch where they are known, else the commit of the base; never the head.
    """
    lot = int.from_bytes(hmac.new(secret, ticket.encode(), hashlib.sha256).digest()[:8], "big")
    return lot < share * _STEPS
