"""Approvals: the records below `guidelines/approvals/`, and whether one holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from assay.errors import ConfigError
from assay.guidelines.digest import Content
from assay.guidelines.persons import named, same_persons, why_not_approver
from assay.model.json import JsonObject
from assay.model.project import Annotator
from assay.project.shape_check import checked
from assay.project.shapes import APPROVAL
from assay.store.yaml import load_yaml
from assay.store.yaml_text import yaml_block

APPROVALS = "guidelines/approvals"
SIGNERS = "guidelines/allowed_signers"
FORGE, SIGNED = "forge", "signed"


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
class Held:
    """Not approved, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Approved: by whom (roster ids), and whether by the `forge` or `signed`."""

    by: tuple[str, ...]
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What came of a signature: the names under which its key may sign, or what is wrong with it."""

    principals: frozenset[str] = frozenset()
    problem: str = ""


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


Judged: TypeAlias = "Held | Approved"


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


def judge_approval(
    approval: Approval,
    content: Content,
    project: str,
    people: Mapping[str, Annotator],
    *,
    seal: Seal | None,
    later: bool,
) -> Judged:
    """Whether a record approves the content in the project of that id, by what it says and by who signed it.

    Whether an approver is an author is judged by what the record says of authors; `approver_is_author` judges it by the
    history. `seal` is what came of the record's signature (None: not looked at, as for the way `forge`); `later` asks
    long after the approval, when an approver may be away.
    """
    reasons = (
        _about_another(approval, content, project),
        _too_early(approval, content),
        *(why_not_approver(people.get(who), who, given=approval.at if later else None) for who in approval.approvers),
        _own_work(approval, people),
        _unsigned(approval, people, seal) if approval.way == SIGNED else "",
    )
    reason = next(filter(None, reasons), "")
    return Held(reason=reason) if reason else Approved(by=approval.approvers, way=approval.way)


def approver_is_author(approvers: tuple[str, ...], authors: Authorship, people: Mapping[str, Annotator]) -> str:
    """Why an approval does not count for who wrote the change; empty where every approver is somebody else."""
    writers = same_persons(people, authors.people)
    own = [who for who in approvers if who in writers]
    return f"{' and '.join(own)} wrote part of the change, and nobody approves their own" if own else ""


def unread(error: ConfigError) -> Held:
    """What an approval comes to whose file cannot be read."""
    return Held(reason=error.message.replace("\n", "; "))


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


def _own_work(approval: Approval, people: Mapping[str, Annotator]) -> str:
    stated = (*approval.authors, *approval.addresses, *approval.addresses.values())
    writers = frozenset(stated).union(*(named(people, name) for name in stated))
    return approver_is_author(approval.approvers, Authorship(people=writers), people)


def _unsigned(approval: Approval, people: Mapping[str, Annotator], seal: Seal | None) -> str:
    if seal is None or seal.problem:
        return seal.problem if seal else "the signature was not checked"
    if not seal.principals:
        return "no line of the signers holds the key itself (a certificate's key stands in none)"
    if len(approval.approvers) != 1:
        return "one signature is for one approver"
    approver = same_persons(people, approval.approvers)
    owners = [(one, frozenset({one} & people.keys()) | named(people, one)) for one in sorted(seal.principals)]
    others = [one for one, owner in owners if not owner or not owner <= approver]
    return f"the key may also sign for {', '.join(others)}, so it says nothing of who signed" if others else ""
