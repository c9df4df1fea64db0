"""`assay guideline keygen` and `approve`: a signed approval of the version that is committed here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assay.clone import Written, found, who_am_i
from assay.core import SIGNED
from assay.errors import RefusedError, UsageError
from assay.files import digest_here, write_all
from assay.git import author_email, make_key, sign
from assay.guidelines import (
    NAMESPACE,
    Approval,
    Authorship,
    Claim,
    Content,
    Filed,
    approval_bytes,
    approval_path,
    judge,
    load_content,
    load_trust,
    named,
    signature_path,
    signer_line,
)
from assay.project import Project
from assay.reviewer.verification import RecordJudge, Statements, record_judge, uncommitted_trust


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was made: where its private half is, and its line for `guidelines/allowed_signers`."""

    path: Path
    line: str


def key_path(home: Path, who: str) -> Path:
    """Where somebody's key is unless they say otherwise; `home` is the folder of a user's configuration."""
    return home / "assay" / f"{who}_guideline"


def make_signing_key(project: Project, *, who: str | None, home: Path, path: Path | None = None) -> NewKey:
    """Makes an ed25519 key for the person at this clone; nothing is overwritten, and nothing comes into the repository.

    Raises:
        UsageError: nobody knows who is here, or the key would lie in the project.
        SignatureError: a file is there already, or ssh-keygen is absent.
    """
    me = who_am_i(project, who)
    place = (path or key_path(home, me.id)).expanduser().absolute()
    require_outside(project, place)
    return NewKey(path=place, line=signer_line(me.id, make_key(place, me.id)))


def require_outside(project: Project, path: Path) -> None:
    """Holds a private key against lying in the project.

    Raises:
        UsageError: it does.
    """
    if path.resolve().is_relative_to(project.root.resolve()):
        raise UsageError(f"{path} lies in the project, where everybody reads it", fix="keep keys outside: --key PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs (None: as git and the roster know them), with which key (None: theirs below `home`)."""

    who: str | None = None
    key: Path | None = None
    home: Path


def approve(
    project: Project,
    task: str | None,
    signer: Signer,
    *,
    base: str | None = None,
    said: Statements,
    now: str,
) -> Written:
    """Signs an approval of the task's guideline as it is committed, or of the trust root where no task is named.

    The record and its signature are written only if they hold by what the base says. What this person has approved
    already stays as it is.

    Raises:
        RefusedError: this person wrote part of it, may not approve, or has no key that the base allows.
        UsageError: it is not committed, is approved already by somebody else, or the key cannot be used.
        SignatureError: ssh-keygen is absent or refused.
    """
    records = record_judge(project, base, now)
    content = load_content(project, project.task(task).name) if task else load_trust(project).content
    paths = approval_path(content.task, content.version), signature_path(content.task, content.version)
    was = {name: digest_here(project.root, name) for name in paths}
    if uncommitted := records.uncommitted(content) if task else uncommitted_trust(project):
        raise UsageError(uncommitted, fix="commit it first; what is signed is what is committed")
    me = who_am_i(project, signer.who)
    standing = records.judged(content, "").judged
    if standing.approved and me.id in standing.by:
        return found(*paths)
    if standing.approved:
        raise UsageError(f"{content.version} is approved already by {', '.join(standing.by)}", fix="nothing is to do")
    draft = _draft(records, content, me.id, said, now)
    _refuse(records, content, draft, records.authors(content, draft), author_email(project.root))
    key = (signer.key or key_path(signer.home, me.id)).expanduser().absolute()
    return _signed(records, content, draft, key, was)


def _draft(records: RecordJudge, content: Content, me: str, said: Statements, now: str) -> Approval:
    draft = Approval(
        project=records.project.id,
        task=content.task,
        version=content.version,
        digest=content.digest,
        way=SIGNED,
        authors=said.logins,
        addresses=said.addresses,
        approvers=(me,),
        at=now,
        base=records.past.tip if records.past else "",
    )
    return replace(draft, authors=tuple(dict.fromkeys((*records.authors(content, draft).names, *said.logins))))


def _refuse(records: RecordJudge, content: Content, draft: Approval, authors: Authorship, email: str) -> None:
    people, (me,) = records.trust.people, draft.approvers
    mine = email.lower() in {address.lower() for address in authors.strangers} and not named(people, email)
    written = Authorship(people=authors.people | ({me} if mine else frozenset()))
    status = judge([Claim(by=draft.approvers, way=draft.way)], people, written)
    fix = "ask another reviewer or lead; the base's roster counts" if status.reason else "say it with --author"
    if reason := status.reason or authors.unknown:
        raise RefusedError(f"{content.task} {content.version}: {reason}", fix=fix)


def _signed(records: RecordJudge, content: Content, draft: Approval, key: Path, was: Mapping[str, str]) -> Written:
    require_outside(records.project, key)
    if not key.exists():
        raise UsageError(f"there is no key {key}", fix="`assay guideline keygen` makes one, or give yours: --key PATH")
    data = approval_bytes(draft)
    signature = sign(key, NAMESPACE, data)
    filed = Filed(data=data, signature=signature, said=draft)
    judged = filed.judged(content, records.trust, later=False)
    if not judged.approved:
        raise RefusedError(
            f"{content.task} {content.version}: {judged.reason}",
            fix="a lead merges your line (`assay guideline keygen` prints it) into guidelines/allowed_signers first",
        )
    verified = records.of(filed, content, "")
    if not verified.approved:
        raise RefusedError(
            f"{content.task} {content.version}: {verified.judged.reason}", fix="ask another reviewer or lead"
        )
    name, signed = filed.paths
    write_all(records.project.root, {name: data, signed: signature}, was=was)
    return Written(path=name)
