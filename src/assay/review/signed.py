"""Who signed a commit, by the keys that the base lists for git; git itself is not asked, its settings are the clone's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.guidelines.approval import SIGNERS
from assay.guidelines.signatures import GIT, SignerLine, lists_namespace, signer_lines, signing_key, spelled_out
from assay.model.project import Annotator, Kind
from assay.store.ssh import verifies

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
