"""`assay doctor`: what this clone lacks, and how to fix it."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from assay import __version__, git
from assay.clone.installation import DRIVER, PROBE, hook_in_the_way, hook_is_ours
from assay.clone.project_files import known_here, who_am_i
from assay.clone.stuck import stuck
from assay.clone.upgrade import pins
from assay.core import legible
from assay.errors import AssayError, GitError, NoGitError, UsageError
from assay.files import WriteState, format_names, interrupted
from assay.project import Project, find_project, other_assay, restore_hint, version_fix
from assay.render import count

_DROP = "assay doctor --drop-write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One check: whether it is well, its state, and the fix where it is not; what is not `needed` is optional."""

    name: str
    well: bool
    said: str
    fix: str = ""
    needed: bool = True


def examine_at(folder: Path) -> tuple[Examined, ...]:
    """The same for the project around a folder, also where git does not go by the settings that it has here.

    Raises:
        NoProjectError: there is none.
        ConfigError: its project file is broken.
    """
    try:
        return examine(find_project(folder))
    except NoGitError:
        raise
    except GitError as error:
        return (Examined(name="git", well=False, said=error.message, fix=error.fix), *_of_the_machine())


def examine(project: Project) -> tuple[Examined, ...]:
    """Everything that assay needs of this clone and this machine, in the order in which to fix it."""
    root = project.root
    if git.git_places(root) is None:
        lacking = Examined(name="repository", well=False, said=f"{root} is not a git repository", fix="git init")
        return (lacking, *_of_the_machine())
    states = stuck(root, known_here(root))
    if unread := [one for one in states if one.stops and one.name != "merges"]:
        unreadable = (Examined(name=one.name, well=False, said=one.message, fix=one.fix) for one in unread)
        return (*unreadable, *_of_the_machine())
    names = {state.name for state in states}
    return (
        *_assay_and_people(project),
        *_files_and_history(project),
        *_git_setup(project),
        _interrupted(project),
        *(Examined(name=name, well=True, said=said) for name, said in _SOUND.items() if name not in names),
        *(Examined(name=state.name, well=False, said=state.message, fix=state.fix) for state in states),
        *_of_the_machine(),
    )


def _assay_and_people(project: Project) -> Iterator[Examined]:
    said = ".".join(map(str, git.git_version()))
    yield Examined(name="git", well=git.git_is_recent(), said=said, fix="install git 2.39 or newer")
    measured = project.assay or __version__
    apart = [f"{name} pins {version}" for name, version in pins(project.root).items() if version != measured]
    other = other_assay(project)
    said = "; ".join([*([other] if other else []), *apart]) or f"{__version__} is the version of this project"
    fix = version_fix(project) if other else "`assay upgrade --write`, then make requirements.lock again"
    yield Examined(name="assay", well=not (other or apart), said=said, fix=fix)
    email = git.author_email(project.root)
    fix = "assay whoami --set ID --email YOU@EXAMPLE.ORG"
    yield Examined(name="identity", well=bool(email), said=email or "git does not know who you are", fix=fix)
    try:
        me = who_am_i(project, None)
    except AssayError as error:
        yield Examined(name="roster", well=False, said=error.message, fix=error.fix)
    else:
        yield Examined(name="roster", well=True, said=f"you are {me.id}, {me.role}")


def _files_and_history(project: Project) -> Iterator[Examined]:
    """The files of every task and release that is listed: the pipeline stops at one that is missing."""
    of_tasks = [
        f for task in project.tasks for f in (f"schemas/{task}.yaml", f"guidelines/{task}.md", f"checks/{task}.yaml")
    ]
    needed = [*of_tasks, *(f"releases/{name}.yaml" for name in project.releases)]
    if lost := [name for name in needed if project.snapshot.entry(name) is None]:
        said = f"{', '.join(map(legible, lost))} {'is' if len(lost) == 1 else 'are'} missing, where `dvc repro` stops"
        yield Examined(name="files", well=False, said=said, fix=restore_hint(lost[0]))
    else:
        yield Examined(name="files", well=True, said=f"all of {count(len(project.tasks), 'task')}")
    shallow = git.is_shallow(project.root)
    said = "shallow: earlier commits are missing" if shallow else "whole"
    yield Examined(name="history", well=not shallow, said=said, fix="git fetch --unshallow")


def _git_setup(project: Project) -> Iterator[Examined]:
    driver = git.setting(project.root, DRIVER)
    try:
        program = next(iter(shlex.split(driver)), "")
    except ValueError:
        program = ""
    works = bool(program) and (Path(program).exists() or git.installed(program))
    broken = f"{program or driver} does not exist" if driver else "labels merge line by line"
    said = "labels merge by record" if works else broken
    yield Examined(name="merge driver", well=works, said=said, fix="assay install")
    well = git.attribute(project.root, "merge", PROBE) == "assay"
    said = f"label files {'name' if well else 'do not name'} the driver"
    yield Examined(name="attributes", well=well, said=said, fix="assay install")
    paths = sorted(git.ignored_sources(project.root))
    more = f" and {len(paths) - 1:,} more" if paths[1:] else ""
    said = f"git ignores {paths[0]}{more}" if paths else "git ignores no file of the project"
    fix = f"git add --force the file; `git check-ignore -v {paths[0] if paths else 'FILE'}` says which pattern hides it"
    yield Examined(name="ignored", well=not paths, said=said, fix=fix)
    well, other = hook_is_ours(project.root), hook_in_the_way(project.root)
    said = f"{'labels are' if well else 'nothing is'} checked before a commit"
    yield Examined(
        name="pre-commit hook",
        well=well,
        said=f"{other} is not from `assay install`" if other else said,
        fix="`assay install` says what to add to it" if other else "assay install",
        needed=False,
    )


def _interrupted(project: Project) -> Examined:
    try:
        found = interrupted(project.root)
    except UsageError as error:
        return Examined(name="writes", well=False, said=error.message, fix=_DROP)
    if found is None:
        return Examined(name="writes", well=True, said="no write was interrupted")
    said = f"a write of {count(len(found), 'file')} was interrupted: {'; '.join(write_said(found))}"
    ready = not {WriteState.CHANGED, WriteState.DAMAGED}.intersection(found.values())
    fix = "run any assay command here: it finishes the write" if ready else f"restore what it replaces, or {_DROP}"
    return Examined(name="writes", well=False, said=said, fix=fix)


def write_said(found: Mapping[str, WriteState]) -> tuple[str, ...]:
    """How far an interrupted write has come: of each state, the files."""
    files = {state: [name for name in found if found[name] is state] for state in WriteState}
    return tuple(f"{state}: {format_names(names)}" for state, names in files.items() if names)


_SOUND = {"git locks": "no git command holds one", "merges": "no unfinished merge"}
_LIBRARIES = {
    "pipeline": ("dvc", "the stages and releases"),
    "page": ("starlette", "`assay annotate`"),
    "media": ("imagesize", "the sizes of pictures"),
    "audit": ("krippendorff", "the audit of alpha"),
}


def _of_the_machine() -> Iterator[Examined]:
    for extra, (module, use) in _LIBRARIES.items():
        well = find_spec(module) is not None
        said = f"{use}: {'ready' if well else 'not installed'}"
        yield Examined(name=extra, well=well, said=said, fix=f"pip install 'assay-labels[{extra}]'", needed=False)
    well = git.installed("ssh-keygen")
    said = f"signed approvals: {'ready' if well else 'not installed'}"
    yield Examined(name="ssh-keygen", well=well, said=said, fix="install OpenSSH", needed=False)
