"""Signatures of approvals and commits, and the keys and base that are trusted."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from assay.core import SIGNED, Annotator, ApprovalStatus, JsonObject, Kind, Role, held
from assay.errors import ConfigError, NoProjectError, UsageError
from assay.git import Snapshot, commit_snapshot, verifies
from assay.guidelines.approval import SIGNERS, Approval
from assay.guidelines.edits import Content, trust_content
from assay.project import ANNOTATORS, Project, load_roster, project_at

TRUST = "@trust"
TRUST_PATHS = (SIGNERS, ANNOTATORS)
NAMESPACE = "assay-guideline"
GIT = "git"
_PRINCIPALS = re.compile(rb"[A-Za-z0-9@._+-]+(?:,[A-Za-z0-9@._+-]+)*")
_NAMESPACES = re.compile(rb'namespaces="([^"]*)"', re.IGNORECASE)
_MAGIC = b"SSHSIG"
_NUMBER = 4
_LONGEST = 64 * 1024
SignerLine: TypeAlias = "tuple[frozenset[str], bytes]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What an approval is judged by. `way` is the project's (`forge` or `signed`), `signers` an allowed_signers file."""

    project: str
    way: str
    people: Mapping[str, Annotator]
    signers: bytes

    @property
    def content(self) -> Content:
        """The trust root as something to be approved: the signers, and everybody who may approve."""
        approvers = {who: one for who, one in self.people.items() if one.role is not Role.ANNOTATOR}
        people: dict[str, JsonObject] = {
            who: {
                "role": one.role,
                "status": one.status,
                "handle": one.handle,
                "emails": [*sorted(one.emails)],
                **({"since": one.until} if one.until else {}),
            }
            for who, one in approvers.items()
            if one.kind is Kind.PERSON
        }
        return trust_content(self.signers, people, TRUST)


def load_trust(project: Project) -> Trust:
    """What a project says."""
    return Trust(
        project=project.id,
        way=project.approval,
        people=load_roster(project).annotators,
        signers=file_in(project.snapshot, SIGNERS) or b"",
    )


def trust_at(project: Project, revision: str | None) -> Trust:
    """What a commit says; what the work tree says where there is none.

    Raises:
        ConfigError: the commit's `checks/project.yaml` is broken.
        GitError: part of the commit is not in this clone.
    """
    if revision is None:
        return load_trust(project)
    try:
        return load_trust(project_at(project.root, revision))
    except NoProjectError:
        return load_trust(replace(project, snapshot=commit_snapshot(project.root, revision)))


def file_in(snapshot: Snapshot, name: str) -> bytes | None:
    """The bytes of a file of a snapshot; None where it is not there.

    Raises:
        ConfigError: it is not a regular file, or cannot be read.
    """
    try:
        return snapshot.read(name)
    except FileNotFoundError:
        return None
    except UsageError as error:
        raise ConfigError(f"{name}: {error.message}", fix=error.fix) from error
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}", fix="replace it with a regular file") from error


_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"


def signer_line(principal: str, public_key: str) -> str:
    """The line of `guidelines/allowed_signers` for a key of a principal: it signs approvals and git's commits.

    What such a signature is good for follows from the role in the roster.
    """
    kind, key = public_key.split()[:2]
    return f'{principal} namespaces="{NAMESPACE},{GIT}" {kind} {key}'


def signature_status(
    approval: Approval, record: bytes, signature: bytes | None, signers: bytes, people: Mapping[str, Annotator]
) -> ApprovalStatus:
    """What a record's signature says: made by a key that was allowed, at the record's time, to sign for its approver.

    A line of `signers` counts whose principals are spelled out and hold the approver's id or e-mail; patterns do not,
    so no line speaks for everybody: whom they name is only told, among `by`. A key whose line was taken out is revoked.

    Raises:
        SignatureError: ssh-keygen is absent.
    """
    if signature is None:
        return held("the record is not signed: its .sig is missing")
    key = signing_key(signature)
    if key is None:
        return held("the .sig is not an SSH signature")
    lines = tuple(signer_lines(signers))
    moment = re.sub(r"[^0-9]", "", approval.at)
    who = " and ".join(approval.approvers)
    known = [people[who] for who in approval.approvers if who in people]
    names = {one.id for one in known} | {email.lower() for one in known for email in one.emails}
    stated = frozenset[str]().union(*(listed for listed, _ in lines))
    principals = sorted(name for name in stated if name.lower() in names)
    if not principals:
        return held(f"{SIGNERS} lists no key that may sign for {who}")
    for principal in principals:
        allowed = b"".join(line + b"\n" for listed, line in lines if principal in listed and spelled_out(line))
        if verifies(allowed, principal, NAMESPACE, signature, record, at=moment):
            owners = frozenset[str]().union(*(listed for listed, line in lines if _allows(line, key)))
            if not owners:
                return held("the key itself is not in the list of signers (certificates are not supported)")
            return ApprovalStatus(state="approved", by=tuple(sorted(owners)), way=SIGNED)
    return held(f"the signature is not by a key that may sign for {who} at {approval.at}")


def signer_lines(signers: bytes) -> Iterator[SignerLine]:
    """The lines of an allowed_signers file, each with its principals as they are written.

    A line break is a line feed, as ssh-keygen has it.
    """
    for line in map(bytes.strip, signers.split(b"\n")):
        if line and not line.startswith(b"#") and b"\r" not in line:
            yield frozenset(line.split()[0].decode(errors="replace").split(",")), line


def signer_faults(signers: bytes) -> Iterator[tuple[int, str]]:
    """The lines of an allowed_signers file that no key can be read from, by number, and what is wrong with each."""
    for number, line in enumerate(signers.split(b"\n"), start=1):
        words = line.split()
        if b"\r" in line:
            yield number, "a carriage return: ssh-keygen ignores the line"
        elif words and not line.lstrip().startswith(b"#") and not _holds_key(words):
            yield number, "no public key: write name, options if any, key type and key"


def _holds_key(words: list[bytes]) -> bool:
    """Whether a kind of key is followed by a key of that kind: a key says in itself of which kind it is."""
    for kind, key in pairwise(words[1:]):
        try:
            blob = base64.b64decode(key, validate=True)
        except binascii.Error:
            continue
        length = int.from_bytes(blob[:_NUMBER])
        if blob[_NUMBER : _NUMBER + length] == kind and len(blob) > _NUMBER + length:
            return True
    return False


def spelled_out(line: bytes) -> bool:
    """Whether a line names its principals one by one: a pattern does not count."""
    return bool(_PRINCIPALS.fullmatch(line.split()[0]))


def lists_namespace(line: bytes, namespace: str) -> bool:
    """Whether a line lets its key sign in a namespace, by its name: without a list it is every one, a pattern is none."""
    listed = _NAMESPACES.search(line)
    return listed is None or namespace.encode() in listed[1].split(b",")


def _allows(line: bytes, key: bytes) -> bool:
    """Whether the line lets the key approve guidelines: without a list of namespaces it may sign in all of them."""
    listed = _NAMESPACES.search(line)
    elsewhere = listed and _PRINCIPALS.fullmatch(listed[1]) and NAMESPACE.encode() not in listed[1].split(b",")
    return key in line.split() and not elsewhere


def signing_key(signature: bytes) -> bytes | None:
    """The public key inside a signature, in the base64 of key files."""
    armored = signature.strip()
    if len(signature) > _LONGEST or not (armored.startswith(_BEGIN) and armored.endswith(_END)):
        return None
    try:
        blob = base64.b64decode(b"".join(armored[len(_BEGIN) : -len(_END)].split()), validate=True)
    except binascii.Error:
        return None
    start = len(_MAGIC) + _NUMBER
    length = int.from_bytes(blob[start : start + _NUMBER])
    key = blob[start + _NUMBER : start + _NUMBER + length]
    return base64.b64encode(key) if blob.startswith(_MAGIC) and key and len(key) == length else None
