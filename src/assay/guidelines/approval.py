"""Approvals: the records below `guidelines/approvals/`, and the one judge of whether something is approved. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from assay.core import FORGE, SIGNED, Annotator, ApprovalStatus, JsonObject, held
from assay.errors import ConfigError
from assay.files import load_yaml, yaml_block
from assay.guidelines.authors import Authorship, people_named, same_persons, why_not_approver
from assay.guidelines.edits import Content
from assay.project import APPROVAL, checked

APPROVALS = "guidelines/approvals"
SIGNERS = "guidelines/allowed_signers"
_OBJECTS = "asked for changes"
_OPTIONAL = frozenset({"addresses", "pull_request", "head", "base"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A record: who approved which content of which project, how and when (RFC 3339, UTC).

    `authors` are roster ids; logins and e-mails of people who are not in the roster are kept as they are. `addresses` says
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
    """One approval as a record or a forge's review claims it, before the check against roster and authors.

    `by` are roster ids, all of whom must be able to approve. `approved_at` is when (RFC 3339, UTC), where that may be long ago;
    None: now. `wrong` says why it is not an approval of this content, `void` why it does not count although the approver
    may approve, `objects` that it asks for changes. `writers` are authors that the claim itself names.
    """

    by: tuple[str, ...]
    way: str
    approved_at: str | None = None
    wrong: str = ""
    void: str = ""
    objects: bool = False
    writers: frozenset[str] = frozenset()


def approval_path(task: str, version: str) -> str:
    """The path of a version's record, below the project's root."""
    return f"{APPROVALS}/{task}/{version}.yaml"


def signature_path(task: str, version: str) -> str:
    """The path of that record's signature."""
    return f"{APPROVALS}/{task}/{version}.sig"


def approval_of(data: bytes, name: str) -> Approval:
    """The record that a file's bytes hold.

    Raises:
        ConfigError: naming every fault by line.
    """
    value: dict[str, Any] = checked(load_yaml(data, name), APPROVAL)
    return Approval(**{**value, **{key: tuple(value[key]) for key in ("authors", "approvers")}})


def approval_bytes(approval: Approval) -> bytes:
    """The record as its file: the same record gives the same bytes, which are what is signed."""
    record: JsonObject = {
        **{one.name: getattr(approval, one.name) for one in fields(approval)},
        "authors": list(approval.authors),
        "addresses": dict(sorted(approval.addresses.items())),
        "approvers": list(approval.approvers),
    }
    return yaml_block({key: value for key, value in record.items() if value or key not in _OPTIONAL}).encode()


def judge_claims(
    claims: Iterable[Claim], people: Mapping[str, Annotator], authors: Authorship, way: str = FORGE
) -> ApprovalStatus:
    """Whether someone who may approve, and is not an author, approved, and no one who may approve objects.

    Work tree, base and forge ask this alike: `people` are the roster that counts, `authors` who is known to have written
    what is approved, `way` what the project asks for. It is held where the author of a part is unknown.
    """
    found = [(claim, _why_not(claim, people, authors)) for claim in claims]
    if objecting := [" and ".join(claim.by) for claim, said in found if said == _OBJECTS]:
        return held(f"{' and '.join(objecting)} {_OBJECTS}")
    good = [claim for claim, said in found if not said]
    if not good:
        reasons = "; ".join(dict.fromkeys(said for _, said in found))
        return held(reasons or "no approval yet; a reviewer or a lead who is not an author can approve it")
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
        approved_at=approval.at if later else None,
        wrong=_wrong(approval, content, project),
        void=_unsigned(approval, people, signature) if approval.way == SIGNED else "",
        writers=frozenset(stated).union(*(people_named(people, name) for name in stated)),
    )


def unread(error: ConfigError) -> ApprovalStatus:
    """What an approval comes to whose file cannot be read."""
    return held(error.message.replace("\n", "; "))


def _why_not(claim: Claim, people: Mapping[str, Annotator], authors: Authorship) -> str:
    """What speaks against a claim; empty where nothing does."""
    if claim.wrong or not claim.by:
        return claim.wrong or "it names no approver"
    for who in claim.by:
        if unable := why_not_approver(people.get(who), who, approved_at=claim.approved_at):
            return unable
    if claim.objects or claim.void:
        return _OBJECTS if claim.objects else claim.void
    writers = same_persons(people, authors.people | claim.writers)
    own = [who for who in claim.by if who in writers]
    return f"{' and '.join(own)} wrote part of the change, and authors cannot approve their own change" if own else ""


def _wrong(approval: Approval, content: Content, project: str) -> str:
    """Why it is not an approval of this content: it is about something else, or older than the version."""
    for noun, asked in (("project", project), ("task", content.task), ("version", content.version)):
        if (said := getattr(approval, noun)) != asked:
            return f"the approval is for the {noun} {said}, not {asked}"
    if content.digest and approval.digest != content.digest:
        return "the content is not what was approved: guideline or schema changed since"
    try:
        approved = datetime.fromisoformat(approval.at).date()
        stated = date.fromisoformat(content.date) if content.date else approved
    except ValueError:
        return "the approval or the version has an invalid date"
    # A day is left for the time zones of those who write dates.
    if approved < stated - timedelta(days=1):
        return f"the approval of {approval.at[:10]} is older than the version ({content.date})"
    return ""


def _unsigned(approval: Approval, people: Mapping[str, Annotator], signature: ApprovalStatus | None) -> str:
    if signature is None or not signature.approved:
        return signature.reason if signature else "the signature was not checked"
    if len(approval.approvers) != 1:
        return "a signed record must have exactly one approver"
    approver = same_persons(people, approval.approvers)
    owners = [(one, frozenset({one} & people.keys()) | people_named(people, one)) for one in signature.by]
    others = [one for one, owner in owners if not owner or not owner <= approver]
    return f"the key may also sign for {', '.join(others)}, so the signer is not known" if others else ""
