"""`assay guideline keygen` and `approve`: a signed approval of the version that is committed here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assay import guidelines
from assay.clone import WrittenFile, existing_file, who_am_i
from assay.core import SIGNED
from assay.errors import RefusedError, UsageError
from assay.files import digest_here, write_all
from assay.git import author_email, make_key, sign
from assay.project import Project
from assay.reviewer.verification import RecordJudge, Statements, record_judge, uncommitted_trust


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A new key: the path of its private half, and its line for `guidelines/allowed_signers`."""

    path: Path
    line: str


def key_path(home: Path, who: str) -> Path:
    """The default path of a person's key; `home` is the folder of the user's configuration."""
    return home / "assay" / f"{who}_guideline"


def make_signing_key(project: Project, *, who: str | None, home: Path, path: Path | None = None) -> NewKey:
    """Makes an ed25519 key for the person at this clone, outside the repository; nothing is overwritten.

    Raises:
        UsageError: the person at this clone is unknown, or the key would be in the project.
        SignatureError: the file already exists, or ssh-keygen is missing.
    """
    me = who_am_i(project, who)
    key = (path or key_path(home, me.id)).expanduser().absolute()
    require_outside(project, key)
    return NewKey(path=key, line=guidelines.signer_line(me.id, make_key(key, me.id)))


def require_outside(project: Project, path: Path) -> None:
    """Requires a private key to be outside the project.

    Raises:
        UsageError: it is in the project.
    """
    if path.resolve().is_relative_to(project.root.resolve()):
        raise UsageError(f"{path} is in the project, where everybody can read it", fix="keep keys outside: --key PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs (None: as git and the roster say), with which key (None: the default below `home`)."""

    who: str | None = None
    key: Path | None = None
    home: Path


def sign_approval(
    project: Project, task: str | None, signer: Signer, *, base: str | None = None, said: Statements, now: str
) -> WrittenFile:
    """Signs an approval of the task's guideline as it is committed, or of the trust root where no task is named.

    Writes the record and its signature only if they are valid by the base. An approval that this person has already
    given stays as it is.

    Raises:
        RefusedError: this person wrote part of it, may not approve, or has no key that the base allows.
        UsageError: it is not committed, already approved by another person, or the key cannot be used.
        SignatureError: ssh-keygen is missing, or it failed.
    """
    records = record_judge(project, base, now)
    named = project.task(task).name if task else ""
    content = guidelines.load_content(project, named) if task else guidelines.load_trust(project).content
    place = (content.task, content.version)
    paths = (guidelines.approval_path(*place), guidelines.signature_path(*place))
    was = {name: digest_here(project.root, name) for name in paths}
    if uncommitted := records.uncommitted(content) if task else uncommitted_trust(project):
        raise UsageError(uncommitted, fix="commit it first: only committed content is signed")
    me = who_am_i(project, signer.who)
    standing = records.judged(content, "").judged
    if standing.approved and me.id in standing.by:
        return existing_file(*paths)
    if standing.approved:
        raise UsageError(f"{content.version} is already approved by {', '.join(standing.by)}", fix="nothing to do")
    draft = guidelines.Approval(
        project=project.id,
        task=content.task,
        version=content.version,
        digest=content.digest,
        way=SIGNED,
        authors=said.logins,
        addresses=said.addresses,
        approvers=(me.id,),
        at=now,
        base=records.past.tip if records.past else "",
    )
    draft = replace(draft, authors=tuple(dict.fromkeys((*records.authors(content, draft).names, *said.logins))))
    _require_other_author(records, content, draft, author_email(project.root))
    key = (signer.key or key_path(signer.home, me.id)).expanduser().absolute()
    return _sign(records, content, draft, key, was)


def _require_other_author(
    records: RecordJudge, content: guidelines.Content, draft: guidelines.Approval, email: str
) -> None:
    people, (me,), authors = records.trust.people, draft.approvers, records.authors(content, draft)
    strange = email.lower() in {address.lower() for address in authors.strangers}
    own = strange and not guidelines.people_named(people, email)
    written = guidelines.Authorship(people=authors.people | ({me} if own else frozenset()))
    status = guidelines.judge_claims([guidelines.Claim(by=draft.approvers, way=draft.way)], people, written)
    fix = "ask another reviewer or lead; the base's roster counts" if status.reason else "name the author: --author"
    if reason := status.reason or authors.unknown:
        raise RefusedError(f"{content.task} {content.version}: {reason}", fix=fix)


def _sign(
    records: RecordJudge, content: guidelines.Content, draft: guidelines.Approval, key: Path, was: Mapping[str, str]
) -> WrittenFile:
    require_outside(records.project, key)
    if not key.exists():
        raise UsageError(f"no key at {key}", fix="`assay guideline keygen` makes one, or give yours: --key PATH")
    data = guidelines.approval_bytes(draft)
    signature = sign(key, guidelines.NAMESPACE, data)
    filed = guidelines.FiledRecord(data=data, signature=signature, approval=draft)
    judged = filed.judged(content, records.trust, later=False)
    if not judged.approved:
        fix = "a lead merges your line (`assay guideline keygen` prints it) into guidelines/allowed_signers first"
        raise RefusedError(f"{content.task} {content.version}: {judged.reason}", fix=fix)
    verified = records.of(filed, content, "")
    if not verified.approved:
        raise RefusedError(
            f"{content.task} {content.version}: {verified.judged.reason}", fix="ask another reviewer or lead"
        )
    name, signed = filed.paths
    write_all(records.project.root, {name: data, signed: signature}, was=was)
    return WrittenFile(path=name)
