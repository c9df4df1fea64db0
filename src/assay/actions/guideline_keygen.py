"""`assay guideline keygen`: a key to approve guidelines and sign commits with, kept outside the repository."""

from dataclasses import dataclass
from pathlib import Path

from assay.actions.whoami import who_am_i
from assay.errors import UsageError
from assay.guidelines.signatures import signer_line
from assay.project import Project
from assay.store.ssh import make_key


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
        raise UsageError(f"{path} lies in the project, where everybody reads it", hint="keep keys outside: --key PATH")
