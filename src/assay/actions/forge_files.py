"""`assay init --forge` and `assay install --forge`: what a forge needs to judge label pull requests and to release."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from assay import __version__
from assay.actions.forge_owners import owners, owners_text
from assay.actions.init import text_files
from assay.errors import UsageError
from assay.model.project import Role
from assay.project import Project
from assay.project.measured import holds_assay
from assay.project.roster import load_roster
from assay.store.digest import digest_bytes
from assay.store.files import read_bytes, write_all
from assay.store.git import default_branch
from assay.store.pending import ABSENT
from assay.store.yaml_text import yaml_scalar

REQUIREMENTS = "requirements.in"
LOCK = "requirements.lock"
_INSTALL = "INSTALL\n"


class CiForge(StrEnum):
    """The forges that assay writes workflows for."""

    GITHUB = "github"
    GITLAB = "gitlab"


_OWNERS: Mapping[CiForge, str] = {CiForge.GITHUB: ".github/CODEOWNERS", CiForge.GITLAB: ".gitlab/CODEOWNERS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeInstalled:
    """The files written, those that were so already, those that differ and were left, and what is still to be done.

    `diffs` says of each file in `differing` what writing it would change.
    """

    written: tuple[str, ...]
    same: tuple[str, ...]
    differing: tuple[str, ...]
    diffs: Mapping[str, str]
    remaining: tuple[str, ...]


def install_forge(project: Project, forge: CiForge, *, force: bool = False) -> ForgeInstalled:
    """Writes the workflows of a forge and its code owners; a file that differs is left unless `force` is given.

    The assay that the workflows use is pinned in `requirements.in`, which is written once and never replaced.

    Raises:
        UsageError: a folder or a link stands where a file must be.
    """
    wanted = forge_files(project, forge, branch=default_branch(project.root) or "main")
    found = {name: _bytes_of(project.root / name) for name in wanted}
    differing = tuple(sorted(name for name, data in found.items() if data is not None and data != wanted[name]))
    kept = frozenset() if force else frozenset(differing)
    written = {name: data for name, data in wanted.items() if found[name] != data and name not in kept}
    if not holds_assay(project.root) and not (project.root / REQUIREMENTS).exists():
        written[REQUIREMENTS] = _requirements(project.assay or __version__)
    was = {name: ABSENT if (data := found.get(name)) is None else digest_bytes(data) for name in written}
    write_all(project.root, written, was=was)
    left = tuple(name for name in differing if name in kept)
    return ForgeInstalled(
        written=tuple(sorted(written)),
        same=tuple(sorted(name for name, data in found.items() if data == wanted[name])),
        differing=left,
        diffs={name: _diff(name, found[name] or b"", wanted[name]) for name in left},
        remaining=tuple(_remaining(project, wanted, forge)),
    )


def forge_files(project: Project, forge: CiForge, *, branch: str) -> dict[str, bytes]:
    """The files of a forge by path: workflows for the default branch, and owners from the roster.

    There is no file of owners before the roster has a lead with a handle.
    """
    templates = files("assay.actions") / "forge_templates"
    install = (templates / ("install_here.in" if holds_assay(project.root) else "install_locked.in")).read_text("utf-8")
    texts = {
        name: _with_steps(text.replace("WATCHED_BRANCH", yaml_scalar(branch)), install)
        for name, text in text_files(templates / forge)
    }
    owners = owners_text(load_roster(project).annotators.values())
    return {name: text.encode() for name, text in {**texts, **({_OWNERS[forge]: owners} if owners else {})}.items()}


def _with_steps(text: str, steps: str) -> str:
    """The text with a line `INSTALL` replaced by the steps, at its depth."""
    lines = text.splitlines(keepends=True)
    return "".join(
        _indented(steps, line.removesuffix(_INSTALL)) if line.strip(" ") == _INSTALL else line for line in lines
    )


def _indented(steps: str, depth: str) -> str:
    return "".join(f"{depth}{line}" for line in steps.splitlines(keepends=True))


def _requirements(version: str) -> bytes:
    return (
        "# The assay that judges here, for everybody and for CI; requirements.lock is made of it:\n"
        f"# {lock_command()}\n"
        f"assay-labels[audit,pipeline]=={version}\n"
    ).encode()


def lock_command() -> str:
    """The command that makes `requirements.lock` of `requirements.in`."""
    return f"uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url {REQUIREMENTS} -o {LOCK}"


def _remaining(project: Project, wanted: Mapping[str, bytes], forge: CiForge) -> Iterator[str]:
    if not holds_assay(project.root) and not (project.root / LOCK).exists():
        yield f"make {LOCK} and commit it: {lock_command()}"
    leads = owners(load_roster(project).annotators.values(), Role.LEAD)
    if len(leads) == 1:
        yield f"{leads[0]} is the only lead with a handle, and nobody approves their own change: name a second one"
    if _OWNERS[forge] not in wanted:
        yield f"add a lead with a handle to the roster, then `assay install --forge {forge}` again: it writes {_OWNERS[forge]}"
    if forge is CiForge.GITHUB:
        yield "set up branch protection: `assay doctor --forge github` says how"


def _bytes_of(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} is no regular file: {error.strerror}", hint="move it away") from error


def _diff(name: str, old: bytes, new: bytes) -> str:
    before, after = (data.decode(errors="replace").splitlines(keepends=True) for data in (old, new))
    return "".join(difflib.unified_diff(before, after, f"{name} (here)", f"{name} (as assay writes it)"))
