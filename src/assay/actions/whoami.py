"""Who am I? From the roster, by what git knows of me; e-mails need not stand in the repository."""

from collections.abc import Callable
from pathlib import Path

from assay.errors import AssayError, UsageError
from assay.model.project import Annotator
from assay.project import Project, find_project
from assay.project.identity import known_by, stated_as
from assay.project.roster import Roster, load_roster
from assay.store.git import author_email, is_repository, set_setting, setting, settings


def who_am_i(project: Project, stated: str | None = None, *, roster: Roster | None = None) -> Annotator:
    """The person at this clone: as stated, else as this clone remembers the e-mail, else by e-mail or handle.

    Raises:
        UsageError: nobody, or nobody certain, in the roster goes by that name.
    """
    people = roster or load_roster(project)
    if stated is not None:
        return stated_as(people, stated)
    if not is_repository(project.root):
        raise UsageError("this folder is no git repository, so nothing says who you are", hint="say it: --as YOUR-ID")
    email = author_email(project.root)
    remembered, *handles = settings(project.root, _key(email), "github.user", "gitlab.user")
    if remembered:
        return stated_as(people, remembered)
    found = known_by(people, email, handles)
    if found is None:
        if broken := next((one for one in people.findings if one.rule == "roster/entry"), None):
            raise UsageError(
                f"nobody in the roster goes by {email or 'what git knows of you'}, and a part of it cannot be read: "
                f"{broken.at.path}:{broken.at.line} {broken.message}",
                hint=broken.hint,
            )
        raise UsageError(
            f"nobody in the roster goes by {email or 'what git knows of you (no e-mail is set)'}",
            hint=f"`assay whoami --set YOUR-ID{'' if email else ' --email YOU@EXAMPLE.ORG'}` keeps it in this clone, "
            "outside the repository; or say it: --as YOUR-ID",
        )
    return found


def known_here(root: Path) -> str:
    """Who works in the clone around a folder; empty where the project, git or the roster does not tell."""
    try:
        return who_am_i(find_project(root)).id
    except AssayError:
        return ""


def known_emails(project: Project, who: str, roster: Roster) -> Callable[[str], str]:
    """Says whose a commit's e-mail is, as this clone remembers it, else as the roster has it; empty where nobody knows.

    One that only git's settings here know is that of `who`, who works here.
    """
    here = author_email(project.root)

    def _whose(email: str) -> str:
        found = known_by(roster, email)
        return setting(project.root, _key(email)) or (found.id if found else who if email == here else "")

    return _whose


def remember(project: Project, who: str, *, email: str | None = None) -> Annotator:
    """Keeps in this clone's git configuration, and nowhere else, whose e-mail this is.

    `email` also becomes the one that commits made here carry.

    Raises:
        UsageError: the roster has no such person, this is no repository, or git knows no e-mail and none is given.
    """
    annotator = stated_as(load_roster(project), who)
    if not is_repository(project.root):
        raise UsageError(
            "this folder is no git repository, so nothing can be kept", hint="work in a clone of the project"
        )
    if not (email or author_email(project.root) or setting(project.root, "user.email")):
        raise UsageError("git knows no e-mail of yours", hint=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG")
    if email is not None:
        set_setting(project.root, "user.email", email)
    if not setting(project.root, "user.name"):
        set_setting(project.root, "user.name", annotator.handle or annotator.id)
    set_setting(project.root, _key(author_email(project.root)), annotator.id)
    return annotator


def _key(email: str) -> str:
    return f"assay.{email or 'nobody'}.annotator"
