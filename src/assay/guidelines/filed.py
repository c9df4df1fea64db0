"""A record of an approval as a file, with its signature."""

from dataclasses import dataclass

from assay.errors import ConfigError
from assay.git.snapshot import Snapshot
from assay.guidelines.approvals import (
    SIGNED,
    Approval,
    Held,
    Judged,
    approval_of,
    approval_path,
    judge_approval,
    signature_path,
    unread,
)
from assay.guidelines.digest import Content
from assay.guidelines.signatures import seal_of
from assay.guidelines.trust import Trust, file_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A record: the bytes of its file and of its signature's (None: there is none), and what it says."""

    data: bytes
    signature: bytes | None
    said: Approval

    @property
    def paths(self) -> tuple[str, str]:
        """The paths of record and signature below the project's root."""
        return approval_path(self.said.task, self.said.version), signature_path(self.said.task, self.said.version)

    def judged(self, content: Content, trust: Trust, *, later: bool) -> Judged:
        """What the record of a content comes to under `trust`, whose way of approval is not looked at.

        Raises:
            SignatureError: it is signed, and ssh-keygen is absent.
        """
        seal = seal_of(self.said, self.data, self.signature, trust.signers, trust.people)
        return judge_approval(self.said, content, trust.project, trust.people, seal=seal, later=later)

    def right_way(self, trust: Trust) -> bool:
        """Whether the project asks for no more than the record has: a signature counts always."""
        return self.said.way == SIGNED or trust.way != SIGNED


def filed_in(snapshot: Snapshot, content: Content) -> Filed | Held:
    """The record of a content that a snapshot holds, or why there is none that can be read."""
    name = approval_path(content.task, content.version)
    try:
        if snapshot.entry(name) is None:
            return Held(reason="nobody has approved it: there is no record")
        return filed_at(snapshot, name)
    except ConfigError as error:
        return unread(error)


def filed_at(snapshot: Snapshot, name: str) -> Filed:
    """The record in the file of that name, with the signature beside it.

    Raises:
        ConfigError: one of them cannot be read, or the record is none.
    """
    data = file_in(snapshot, name) or b""
    signature = file_in(snapshot, f"{name.removesuffix('.yaml')}.sig")
    return Filed(data=data, signature=signature, said=approval_of(data, name))
