"""`assay doctor`: what this clone lacks, and how to mend it."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from assay.actions.install import DRIVER, PROBE, hook_in_the_way, hook_is_ours
from assay.actions.whoami import who_am_i
from assay.errors import AssayError
from assay.project import Project
from assay.store.clone import attribute, git_version
from assay.store.files import WORK
from assay.store.git import author_email, is_repository, is_shallow, setting
from assay.store.process import installed
from assay.store.work_tree import conflicts, git_locks, unfinished

_OLDEST_GIT = (2, 39)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One thing looked at: whether it is well, what is the case, and the remedy where it is not.

    What is not `needed` helps somebody, and can be done without.
    """

    name: str
    well: bool
    said: str
    remedy: str = ""
    needed: bool = True


def examine(project: Project) -> tuple[Examined, ...]:
    """Everything that assay needs of this clone and this machine, in the order in which to mend it."""
    root = project.root
    if not is_repository(root):
        lacking = Examined(name="repository", well=False, said=f"{root} is no git repository", remedy="git init")
        return (lacking, *_of_the_machine(project))
    return (*(look(project) for look in _OF_THE_CLONE), *_of_the_machine(project))


def _git(project: Project) -> Examined:
    version = git_version(project.root)
    return Examined(
        name="git", well=version >= _OLDEST_GIT, said=".".join(map(str, version)), remedy="install git 2.39 or newer"
    )


def _identity(project: Project) -> Examined:
    email = author_email(project.root)
    remedy = "assay whoami --set ID --email YOU@EXAMPLE.ORG"
    return Examined(name="identity", well=bool(email), said=email or "git does not know who you are", remedy=remedy)


def _roster(project: Project) -> Examined:
    try:
        me = who_am_i(project, None)
    except AssayError as error:
        return Examined(name="roster", well=False, said=error.message, remedy=error.hint)
    return Examined(name="roster", well=True, said=f"you are {me.id}, {me.role}")


def _history(project: Project) -> Examined:
    shallow = is_shallow(project.root)
    said = "only the end of it is here" if shallow else "whole"
    return Examined(name="history", well=not shallow, said=said, remedy="git fetch --unshallow")


def _driver(project: Project) -> Examined:
    driver = setting(project.root, DRIVER)
    program = _program(driver)
    works = bool(program) and (Path(program).exists() or installed(program))
    said = (
        "labels merge by record" if works else f"{program or driver} is gone" if driver else "labels merge line by line"
    )
    return Examined(name="merge driver", well=works, said=said, remedy="assay install")


def _program(command: str) -> str:
    """The program that a command line calls; empty where it calls none, or is no command line."""
    try:
        return next(iter(shlex.split(command)), "")
    except ValueError:
        return ""


def _attributes(project: Project) -> Examined:
    well = attribute(project.root, "merge", PROBE) == "assay"
    said = "label files name the driver" if well else "label files do not name the driver"
    return Examined(name="attributes", well=well, said=said, remedy="assay install")


def _hook(project: Project) -> Examined:
    well = hook_is_ours(project.root)
    other = hook_in_the_way(project.root)
    said = "labels are checked before a commit" if well else "nothing is checked before a commit"
    remedy = "`assay install` says what to add to it" if other else "assay install"
    return Examined(
        name="pre-commit hook",
        well=well,
        said=f"{other} is not of `assay install`" if other else said,
        remedy=remedy,
        needed=False,
    )


def _interrupted(project: Project) -> Examined:
    pending = (project.root / WORK / "pending").exists()
    said = "a write was interrupted" if pending else "no write was interrupted"
    return Examined(
        name="writes", well=not pending, said=said, remedy="run any assay command here: it finishes the write"
    )


def _locks(project: Project) -> Examined:
    found = git_locks(project.root)
    said = "; ".join(lock.said for lock in found) or "no git command holds one"
    return Examined(name="git locks", well=not found, said=said, remedy="; ".join(lock.remedy for lock in found))


def _unmerged(project: Project) -> Examined:
    what, files = unfinished(project.root), conflicts(project.root)
    said = (
        f"a {what} is not finished: {', '.join(files) or 'no file is in conflict'}"
        if what
        else "nothing is half merged"
    )
    remedy = f"choose a record between the markers in each file, `git add` it, then git {what} --continue"
    return Examined(name="merges", well=not what, said=said, remedy=remedy)


_OF_THE_CLONE: tuple[Callable[[Project], Examined], ...] = (
    _git,
    _identity,
    _roster,
    _history,
    _driver,
    _attributes,
    _hook,
    _interrupted,
    _locks,
    _unmerged,
)
_LIBRARIES = {
    "pipeline": ("dvc", "the stages and releases"),
    "page": ("starlette", "`assay annotate`"),
    "audit": ("krippendorff", "the audit of alpha"),
}
_PROGRAMS = {"ssh-keygen": ("signed approvals", "install OpenSSH")}


def _of_the_machine(_project: Project) -> Iterator[Examined]:
    for extra, (module, use) in _LIBRARIES.items():
        well = find_spec(module) is not None
        said = f"{use}: {'ready' if well else 'not installed'}"
        yield Examined(name=extra, well=well, said=said, remedy=f"pip install 'assay-labels[{extra}]'", needed=False)
    for program, (use, remedy) in _PROGRAMS.items():
        well = installed(program)
        said = f"{use}: {'ready' if well else 'not installed'}"
        yield Examined(name=program, well=well, said=said, remedy=remedy, needed=False)
