"""Whose word counts: project, roster and allowed signers, as one revision or the work tree has them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.errors import ConfigError, NoProjectError, UsageError
from assay.git.snapshot import Snapshot, commit_snapshot
from assay.guidelines.approval import SIGNERS
from assay.guidelines.digest import Content, trust_content
from assay.model.json import JsonObject
from assay.model.project import Annotator, Kind, Role
from assay.project.find import Project, project_at
from assay.project.roster import ANNOTATORS, load_roster

TRUST = "@trust"
TRUST_PATHS = (SIGNERS, ANNOTATORS)


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
        ConfigError: it is no plain file, or cannot be read.
    """
    try:
        return snapshot.read(name)
    except FileNotFoundError:
        return None
    except UsageError as error:
        raise ConfigError(f"{name}: {error.message}", hint=error.hint) from error
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}", hint="put the file itself in its place") from error
