"""`assay doctor`: what this clone lacks, and how to mend it."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from assay import __version__
from assay.clone.installation import DRIVER, PROBE, hook_in_the_way, hook_is_ours
from assay.clone.project_files import known_here, who_am_i
from assay.clone.stuck import stuck
from assay.clone.upgrade import pins
from assay.core import legible
from assay.errors import AssayError, GitError, NoGitError, UsageError
from assay.files import State, interrupted, named
from assay.git import (
    attribute,
    author_email,
    git_is_recent,
    git_places,
    git_version,
    ignored_sources,
    installed,
    is_shallow,
    setting,
)
from assay.project import Project, find_project, other_assay, way_back, way_to_the_same
from assay.render import count

_DROP = "assay doctor --drop-write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One thing looked at: whether it is well, what is the case, and the remedy where it is not.

    What is not `needed` helps somebody, and can be done without.
    """

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
    """Everything that assay needs of this clone and this machine, in the order in which to mend it."""
    root = project.root
    if git_places(root) is None:
        lacking = Examined(name="repository", well=False, said=f"{root} is no git repository", fix="git init")
        return (lacking, *_of_the_machine())
    if unread := [one for one in stuck(root) if one.stops and one.name != "merges"]:
        unreadable = (Examined(name=one.name, well=False, said=one.said, fix=one.fix) for one in unread)
        return (*unreadable, *_of_the_machine())
    return (*(look(project) for look in _OF_THE_CLONE), *_states(project), *_of_the_machine())


def _git(_project: Project) -> Examined:
    said = ".".join(map(str, git_version()))
    return Examined(name="git", well=git_is_recent(), said=said, fix="install git 2.39 or newer")


def _assay(project: Project) -> Examined:
    """Whether this assay is the one that measures here, and the forge's workflows install that one, too."""
    measured = project.assay or __version__
    apart = [f"{name} pins {version}" for name, version in pins(project.root).items() if version != measured]
    other = other_assay(project)
    said = "; ".join([*([other] if other else []), *apart]) or f"{__version__} measures this project"
    fix = way_to_the_same(project) if other else "`assay upgrade --write`, then make requirements.lock again"
    return Examined(name="assay", well=not (other or apart), said=said, fix=fix)


def _identity(project: Project) -> Examined:
    email = author_email(project.root)
    fix = "assay whoami --set ID --email YOU@EXAMPLE.ORG"
    return Examined(name="identity", well=bool(email), said=email or "git does not know who you are", fix=fix)


def _roster(project: Project) -> Examined:
    try:
        me = who_am_i(project, None)
    except AssayError as error:
        return Examined(name="roster", well=False, said=error.message, fix=error.fix)
    return Examined(name="roster", well=True, said=f"you are {me.id}, {me.role}")


def _files(project: Project) -> Examined:
    """Whether the files of every task and release that is listed are there: the pipeline stops at one that is not."""
    of_tasks = [
        f for task in project.tasks for f in (f"schemas/{task}.yaml", f"guidelines/{task}.md", f"checks/{task}.yaml")
    ]
    needed = [*of_tasks, *(f"releases/{name}.yaml" for name in project.releases)]
    if lost := [name for name in needed if project.snapshot.entry(name) is None]:
        said = f"{', '.join(map(legible, lost))} {'is' if len(lost) == 1 else 'are'} missing, where `dvc repro` stops"
        return Examined(name="files", well=False, said=said, fix=way_back(lost[0]))
    return Examined(name="files", well=True, said=f"all of {count(len(project.tasks), 'task')}")


def _history(project: Project) -> Examined:
    shallow = is_shallow(project.root)
    said = "only the end of it is here" if shallow else "whole"
    return Examined(name="history", well=not shallow, said=said, fix="git fetch --unshallow")


def _driver(project: Project) -> Examined:
    driver = setting(project.root, DRIVER)
    program = _program(driver)
    works = bool(program) and (Path(program).exists() or installed(program))
    said = (
        "labels merge by record" if works else f"{program or driver} is gone" if driver else "labels merge line by line"
    )
    return Examined(name="merge driver", well=works, said=said, fix="assay install")


def _program(command: str) -> str:
    """The program that a command line calls; empty where it calls none, or is no command line."""
    try:
        return next(iter(shlex.split(command)), "")
    except ValueError:
        return ""


def _attributes(project: Project) -> Examined:
    well = attribute(project.root, "merge", PROBE) == "assay"
    said = "label files name the driver" if well else "label files do not name the driver"
    return Examined(name="attributes", well=well, said=said, fix="assay install")


def _ignored(project: Project) -> Examined:
    paths = sorted(ignored_sources(project.root))
    said = (
        f"git ignores {paths[0]}{f' and {len(paths) - 1:,} more' if paths[1:] else ''}"
        if paths
        else "git ignores no file of the project"
    )
    fix = f"git add --force the file; `git check-ignore -v {paths[0] if paths else 'FILE'}` says which pattern hides it"
    return Examined(name="ignored", well=not paths, said=said, fix=fix)


def _hook(project: Project) -> Examined:
    well = hook_is_ours(project.root)
    other = hook_in_the_way(project.root)
    said = "labels are checked before a commit" if well else "nothing is checked before a commit"
    fix = "`assay install` says what to add to it" if other else "assay install"
    return Examined(
        name="pre-commit hook",
        well=well,
        said=f"{other} is not of `assay install`" if other else said,
        fix=fix,
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
    ready = not {State.CHANGED, State.DAMAGED}.intersection(found.values())
    fix = "run any assay command here: it finishes the write" if ready else f"put back what it replaces, or {_DROP}"
    return Examined(name="writes", well=False, said=said, fix=fix)


def write_said(found: Mapping[str, State]) -> tuple[str, ...]:
    """How far an interrupted write has come: of each state, the files."""
    files = {state: [name for name in found if found[name] is state] for state in State}
    return tuple(f"{state}: {named(names)}" for state, names in files.items() if names)


def _states(project: Project) -> Iterator[Examined]:
    """What git left behind here, is in the middle of, or no longer understands; and what stops the pipeline."""
    found = stuck(project.root, known_here(project.root))
    names = {one.name for one in found}
    for name, said in _SOUND.items():
        if name not in names:
            yield Examined(name=name, well=True, said=said)
    yield from (Examined(name=one.name, well=False, said=one.said, fix=one.fix) for one in found)


_SOUND = {"git locks": "no git command holds one", "merges": "nothing is half merged"}
_OF_THE_CLONE: tuple[Callable[[Project], Examined], ...] = (
    _git,
    _assay,
    _identity,
    _roster,
    _files,
    _history,
    _driver,
    _attributes,
    _ignored,
    _hook,
    _interrupted,
)
_LIBRARIES = {
    "pipeline": ("dvc", "the stages and releases"),
    "page": ("starlette", "`assay annotate`"),
    "media": ("imagesize", "the sizes of pictures"),
    "audit": ("krippendorff", "the audit of alpha"),
}
_PROGRAMS = {"ssh-keygen": ("signed approvals", "install OpenSSH")}


def _of_the_machine() -> Iterator[Examined]:
    for extra, (module, use) in _LIBRARIES.items():
        well = find_spec(module) is not None
        said = f"{use}: {'ready' if well else 'not installed'}"
        yield Examined(name=extra, well=well, said=said, fix=f"pip install 'assay-labels[{extra}]'", needed=False)
    for program, (use, fix) in _PROGRAMS.items():
        well = installed(program)
        said = f"{use}: {'ready' if well else 'not installed'}"
        yield Examined(name=program, well=well, said=said, fix=fix, needed=False)
