"""Approvals: the records below `guidelines/approvals/`, and the one judge of whether something is approved. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from assay.core import FORGE, SIGNED, Annotator, ApprovalStatus, JsonObject, held
from assay.errors import ConfigError
from assay.files import load_yaml, yaml_block
from assay.guidelines.authors import Authorship, named, same_persons, why_not_approver
from assay.guidelines.edits import Content
from assay.project import APPROVAL, checked

APPROVALS = "guidelines/approvals"
SIGNERS = "guidelines/allowed_signers"
_OBJECTS = "asked for changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A record: who approved which content of which project, how and when (RFC 3339, UTC).

    `authors` are roster ids; logins and e-mails of people who are not in the roster stand as they are. `addresses` says
    of e-mails in the history whose they are, where the roster does not. `head` is the commit that was reviewed, and
    `base` what the default branch was before the change, as the forge or the signer knows it.
    """

    project: str
    task: str
    version: str
    digest: str
    way: str
    authors: tuple[str, ...]
    addresses: Mapping[str, str] = field(default_factory=dict)
    approvers: tuple[str, ...]
    at: str
    pull_request: str = ""
    head: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One approval as a record or a forge's review claims it, before the roster and the authors are held against it.

    `by` are roster ids, all of whom must be able to approve. `given` is when (RFC 3339, UTC), where that may be long ago;
    None: now. `wrong` says why it is no approval of this content, `void` why it does not count although whoever gave it
    may approve, `objects` that it asks for changes. `writers` are authors that the claim itself names.
    """

    by: tuple[str, ...]
    way: str
    given: str | None = None
    wrong: str = ""
    void: str = ""
    objects: bool = False
    writers: frozenset[str] = frozenset()


def approval_path(task: str, version: str) -> str:
    """Where the record of a version stands, below the project's root."""
    return f"{APPROVALS}/{task}/{version}.yaml"


def signature_path(task: str, version: str) -> str:
    """Where the signature of that record stands."""
    return f"{APPROVALS}/{task}/{version}.sig"


def approval_of(data: bytes, name: str) -> Approval:
    """The record that a file's bytes hold.

    Raises:
        ConfigError: naming every fault by line.
    """
    value: dict[str, Any] = checked(load_yaml(data, name), APPROVAL)
    lists = {key: tuple(value[key]) for key in ("authors", "approvers")}
    return Approval(**{**value, **lists})


def approval_bytes(approval: Approval) -> bytes:
    """The record as its file: the same record gives the same bytes, which are what is signed."""
    record: JsonObject = {
        "project": approval.project,
        "task": approval.task,
        "version": approval.version,
        "digest": approval.digest,
        "way": approval.way,
        "authors": list(approval.authors),
        **({"addresses": dict(sorted(approval.addresses.items()))} if approval.addresses else {}),
        "approvers": list(approval.approvers),
        "at": approval.at,
        **({"pull_request": approval.pull_request} if approval.pull_request else {}),
        **({"head": approval.head} if approval.head else {}),
        **({"base": approval.base} if approval.base else {}),
    }
    return yaml_block(record).encode()


def judge(
    claims: Iterable[Claim], people: Mapping[str, Annotator], authors: Authorship, way: str = FORGE
) -> ApprovalStatus:
    """Whether somebody who may, and who wrote none of it, approved, and nobody who may objects.

    Work tree, base and forge ask this alike: `people` are the roster that counts, `authors` who is known to have written
    what is approved, `way` what the project asks for. It is held where nobody knows who wrote a part.
    """
    found = [(claim, _why_not(claim, people, authors)) for claim in claims]
    if objecting := [" and ".join(claim.by) for claim, said in found if said == _OBJECTS]:
        return held(f"{' and '.join(objecting)} {_OBJECTS}")
    good = [claim for claim, said in found if not said]
    if not good:
        told = "; ".join(dict.fromkeys(said for _, said in found))
        return held(told or "nobody has approved it; a reviewer or a lead who did not write it may")
    if authors.strangers:
        return held(authors.unknown)
    counting = [claim for claim in good if claim.way in {way, SIGNED}] or good
    by = tuple(dict.fromkeys(who for claim in sorted(counting, key=lambda one: one.by) for who in claim.by))
    return ApprovalStatus(state="approved", by=by, way=counting[0].way).under(way)


def claim_of(
    approval: Approval,
    content: Content,
    project: str,
    people: Mapping[str, Annotator],
    *,
    signature: ApprovalStatus | None,
    later: bool,
) -> Claim:
    """What a record claims of the content in the project of that id.

    `signature` is what came of the record's signature (None: not looked at, as for the way `forge`), `by` the names that
    its key may sign for; `later` asks long after the approval, when an approver may be away.
    """
    stated = (*approval.authors, *approval.addresses, *approval.addresses.values())
    return Claim(
        by=approval.approvers,
        way=approval.way,
        given=approval.at if later else None,
        wrong=_about_another(approval, content, project) or _too_early(approval, content),
        void=_unsigned(approval, people, signature) if approval.way == SIGNED else "",
        writers=frozenset(stated).union(*(named(people, name) for name in stated)),
    )


def unread(error: ConfigError) -> ApprovalStatus:
    """What an approval comes to whose file cannot be read."""
    return held(error.message.replace("\n", "; "))


def _why_not(claim: Claim, people: Mapping[str, Annotator], authors: Authorship) -> str:
    """What speaks against a claim; empty where nothing does."""
    if claim.wrong or not claim.by:
        return claim.wrong or "it names nobody who approved it"
    for who in claim.by:
        if unable := why_not_approver(people.get(who), who, given=claim.given):
            return unable
    if claim.objects or claim.void:
        return _OBJECTS if claim.objects else claim.void
    writers = same_persons(people, authors.people | claim.writers)
    own = [who for who in claim.by if who in writers]
    return f"{' and '.join(own)} wrote part of the change, and nobody approves their own" if own else ""


def _about_another(approval: Approval, content: Content, project: str) -> str:
    pairs = (
        ("project", approval.project, project),
        ("task", approval.task, content.task),
        ("version", approval.version, content.version),
    )
    for noun, said, asked in pairs:
        if said != asked:
            return f"the approval is for the {noun} {said}, not {asked}"
    if content.digest and approval.digest != content.digest:
        return "the content is not what was approved: guideline or schema changed since"
    return ""


def _too_early(approval: Approval, content: Content) -> str:
    """An approval cannot be older than the version; a day is left for the time zones of those who write dates."""
    try:
        given = datetime.fromisoformat(approval.at).date()
        stated = date.fromisoformat(content.date) if content.date else given
    except ValueError:
        return "the approval or the version has no date that exists"
    if given < stated - timedelta(days=1):
        return f"the approval is dated {approval.at[:10]}, before the version was written ({content.date})"
    return ""


def _unsigned(approval: Approval, people: Mapping[str, Annotator], signature: ApprovalStatus | None) -> str:
    if signature is None or not signature.approved:
        return signature.reason if signature else "the signature was not checked"
    if len(approval.approvers) != 1:
        return "one signature is for one approver"
    approver = same_persons(people, approval.approvers)
    owners = [(one, frozenset({one} & people.keys()) | named(people, one)) for one in signature.by]
    others = [one for one, owner in owners if not owner or not owner <= approver]
    return f"the key may also sign for {', '.join(others)}, so it says nothing of who signed" if others else ""
