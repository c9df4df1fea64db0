"""`assay init`: the files of a labelling project, entries of `checks/project.yaml`; and `assay whoami`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from assay import __version__, files
from assay.core import Annotator, Json, name_from
from assay.errors import AssayError, NoProjectError, UsageError
from assay.git import author_email, git, is_repository, set_setting, setting, settings
from assay.project import PROJECT_FILE, Project, Roster, find_project, known_by, load_roster, stated_as

_SUFFIX = ".in"
_DOT = "dot_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialized:
    """The files that were written, and those that were there and stay as they are; by path below the folder."""

    created: tuple[str, ...]
    kept: tuple[str, ...]


def init_project(folder: Path, *, project_id: str) -> Initialized:
    """Makes a labelling project in a folder, new or existing, and a git repository where it lies in none.

    One that was stopped while it wrote is finished, and keeps the id that it was given then.

    Raises:
        UsageError: the folder is inside a project, or a file is in the place of a folder.
        GitError: git is not installed.
    """
    finished = frozenset(files.recover(folder))
    wanted = {
        name: text.replace("PROJECT_ID", project_id).replace("ASSAY_VERSION", __version__).encode()
        for name, text in project_templates()
    }
    if PROJECT_FILE in finished and finished <= wanted.keys():
        return Initialized(created=tuple(sorted(finished)), kept=tuple(sorted(wanted.keys() - finished)))
    try:
        around = find_project(folder.resolve()).root
    except NoProjectError:
        pass
    else:
        raise UsageError(
            f"{folder.resolve()} is inside the assay project {around}",
            fix="`assay task add NAME` adds a task to it, `assay install --forge github|gitlab` the workflows of a forge",
        )
    for name in wanted:
        for place in (folder, *(folder / parent for parent in Path(name).parents)):
            if place.exists() and not place.is_dir():
                raise UsageError(f"{place} is a file where the project needs a folder", fix="move the file away")
    folder.mkdir(parents=True, exist_ok=True)
    with files.writing(folder):
        files.recover_locked(folder)
        created = {name: data for name, data in wanted.items() if not (folder / name).exists()}
        if not is_repository(folder):
            git(folder, "init", "--quiet", "--initial-branch=main")
        files.write_all(folder, created, was=dict.fromkeys(created, files.ABSENT))
    return Initialized(created=tuple(sorted(created)), kept=tuple(sorted(wanted.keys() - created.keys())))


def project_templates() -> Iterator[tuple[str, str]]:
    """Every file of a new project: its path and its text.

    Their names in the package bear `.in`, and `dot_` for a leading dot, so that git and DVC do not act on them.
    """
    yield from text_files(resources.files("assay.clone") / "templates")


def text_files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every template below a folder: the path it is written to and its text."""
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name.replace(_DOT, '.', 1) if entry.name.startswith(_DOT) else entry.name}"
        if entry.is_dir():
            yield from text_files(entry, f"{name}/")
        elif name.endswith(_SUFFIX):
            yield name.removesuffix(_SUFFIX), entry.read_text(encoding="utf-8")


def write_with_task(project: Project, name: str, pool: str, new: Mapping[str, bytes]) -> None:
    """Writes the files of a new task and lists it in `checks/project.yaml`, all or nothing."""
    entry: dict[str, Json] = {"pool": pool}
    _write(project, new, lambda text: files.add_entry(text, PROJECT_FILE, "tasks", name, entry))


def write_with_release(project: Project, name: str, new: Mapping[str, bytes]) -> None:
    """Writes the files of a new release and lists it in `checks/project.yaml`, all or nothing."""
    _write(project, new, lambda text: files.add_member(text, PROJECT_FILE, "releases", name))


def checked_name(name: str, noun: str, fits: Callable[[str], bool]) -> str:
    """The name, if it can be part of a path.

    Raises:
        UsageError: it cannot; `fix` is the nearest name that can.
    """
    if fits(name):
        return name
    guesses = (name_from(name), name_from(f"{noun}-{name}"), f"{name_from(name)[:47]}1")
    near = next(filter(fits, guesses), noun)
    article = "an" if noun[0] in "aeiou" else "a"
    raise UsageError(
        f"{name!r} cannot name {article} {noun}: lower-case letters, digits, `-` and `_` only, 48 at most, not a reserved word",
        fix=f"{near!r} would do",
    )


def refuse_existing(project: Project, names: list[str]) -> None:
    """Refuses to write over files of the project.

    Raises:
        UsageError: one of them exists.
    """
    if there := [name for name in names if (project.root / name).exists()]:
        raise UsageError(f"{', '.join(there)} would be overwritten", fix="move it away, or choose another name")


def _write(project: Project, new: Mapping[str, bytes], edit: Callable[[str], str]) -> None:
    """Writes new files and the edited project file, if none of them changed in the meantime."""
    data = files.read_bytes(project.root / PROJECT_FILE)
    was = {**dict.fromkeys(new, files.ABSENT), PROJECT_FILE: files.digest_bytes(data)}
    files.write_all(project.root, {**new, PROJECT_FILE: edit(data.decode("utf-8")).encode()}, was=was)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """The path of a file below the root; `already` says that it existed with this content."""

    path: str
    already: bool = False

    @property
    def said(self) -> str:
        """What was done, in a line."""
        there = f"{self.path} already exists with this content: nothing was written"
        return there if self.already else f"wrote {self.path}"


def existing_file(path: str, *beside: str) -> WrittenFile:
    """A file that exists already, with the files that belong to it."""
    files.note_unchanged(path, *beside)
    return WrittenFile(path=path, already=True)


def who_am_i(project: Project, stated: str | None = None, *, roster: Roster | None = None) -> Annotator:
    """The person at this clone: as stated, else as this clone remembers the e-mail, else by e-mail or handle.

    Raises:
        UsageError: no one, or more than one person, in the roster has that name.
    """
    people = roster or load_roster(project)
    if stated is not None:
        return stated_as(people, stated)
    if not is_repository(project.root):
        said = "this folder is not a git repository, so your identity is unknown"
        raise UsageError(said, fix="state it: --as YOUR-ID")
    email = author_email(project.root)
    remembered, *handles = settings(project.root, _key(email), "github.user", "gitlab.user")
    if remembered:
        return stated_as(people, remembered)
    found = known_by(people, email, handles)
    if found is None:
        if broken := next((one for one in people.findings if one.rule == "roster/entry"), None):
            raise UsageError(
                f"no one in the roster has {email or 'your git identity'}, and part of it cannot be read: "
                f"{broken.at.path}:{broken.at.line} {broken.message}",
                fix=broken.fix,
            )
        raise UsageError(
            f"no one in the roster has {email or 'your git identity (no e-mail is set)'}",
            fix=f"`assay whoami --set YOUR-ID{'' if email else ' --email YOU@EXAMPLE.ORG'}` stores it in this clone, "
            "outside the repository; or state it: --as YOUR-ID",
        )
    return found


def known_here(root: Path) -> str:
    """Who works in the clone around a folder; empty where the project, git or the roster does not tell."""
    try:
        return who_am_i(find_project(root)).id
    except AssayError:
        return ""


def known_emails(project: Project, who: str, roster: Roster) -> Callable[[str], str]:
    """Says whose a commit's e-mail is, as this clone remembers it, else as the roster has it; empty where it is unknown.

    One that only git's settings here know is that of `who`, who works here.
    """
    here = author_email(project.root)

    def _whose(email: str) -> str:
        found = known_by(roster, email)
        return setting(project.root, _key(email)) or (found.id if found else who if email == here else "")

    return _whose


def remember(project: Project, who: str, *, email: str | None = None) -> Annotator:
    """Keeps whose e-mail this is in this clone's git configuration alone; `email` becomes that of commits made here.

    Raises:
        UsageError: the roster has no such person, this is not a repository, or git has no e-mail and `email` is None.
    """
    annotator = stated_as(load_roster(project), who)
    if not is_repository(project.root):
        raise UsageError(
            "this folder is not a git repository, so nothing can be stored", fix="work in a clone of the project"
        )
    if not (email or author_email(project.root) or setting(project.root, "user.email")):
        raise UsageError("git has no e-mail for you", fix=f"assay whoami --set {who} --email YOU@EXAMPLE.ORG")
    if email is not None:
        set_setting(project.root, "user.email", email)
    if not setting(project.root, "user.name"):
        set_setting(project.root, "user.name", annotator.handle or annotator.id)
    set_setting(project.root, _key(author_email(project.root)), annotator.id)
    return annotator


def _key(email: str) -> str:
    return f"assay.{email or 'nobody'}.annotator"
