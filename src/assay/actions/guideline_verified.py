"""What verifying an approval comes to, and what its caller says of authors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.errors import UsageError
from assay.git.base import fork, start_of_work
from assay.git.objects import clone_of
from assay.guidelines.digest import Content
from assay.guidelines.identities import Authorship
from assay.model.quality import ApprovalStatus
from assay.project import Project
from assay.store.git import commit_of, is_repository, is_shallow


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was judged (a task or `@trust`, and its version), what came of it, who wrote it, and what else to know.

    `base` is the commit by whose word a forge's reviews were judged.
    """

    content: Content
    judged: ApprovalStatus
    authors: Authorship = field(default_factory=Authorship)
    note: str = ""
    base: str = ""

    @property
    def approved(self) -> bool:
        """Whether it is."""
        return self.judged.approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What whoever runs a command says of authors: logins, and whose an e-mail is (by e-mail in lower case)."""

    logins: tuple[str, ...]
    addresses: Mapping[str, str]


def statements(authors: tuple[str, ...]) -> Statements:
    """The options `--author LOGIN` and `--author LOGIN=E-MAIL`; a roster id stands as well as a login."""
    pairs = [stated.partition("=") for stated in authors]
    return Statements(
        logins=tuple(dict.fromkeys(who for who, _, _ in pairs)),
        addresses={address.strip().lower(): who for who, _, address in pairs if address},
    )


def require_repository(project: Project) -> None:
    """Holds the project against being in git, with all of its history.

    Raises:
        UsageError: it is not, or the clone is shallow: who wrote a part may stand in what it lacks.
    """
    if not is_repository(project.root):
        raise UsageError("this folder is no git repository, so nothing says who wrote what", hint="work in a clone")
    if is_shallow(project.root):
        raise UsageError(
            "this clone is shallow: it lacks the commits that say who wrote what",
            hint="`git fetch --unshallow`; in continuous integration fetch all of it (actions/checkout: fetch-depth: 0)",
        )


def default_state(project: Project, base: str | None) -> str | None:
    """The commit that says whose word counts: `base`, else where HEAD left the default branch; None before the first.

    Raises:
        UsageError: there is no such commit, or `require_repository` refuses.
        GitError: it has nothing in common with HEAD.
    """
    require_repository(project)
    start = start_of_work(project.root, base)
    if base is not None and start is not None and (head := commit_of(project.root, "HEAD")):
        fork(clone_of(project.root), start, head)
    return start
