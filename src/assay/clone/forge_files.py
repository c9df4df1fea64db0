"""`assay init --forge` and `assay install --forge`: workflows and CODEOWNERS."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from textwrap import indent

from assay import __version__
from assay.clone.project_files import text_files
from assay.core import Annotator, Kind, Role, Status
from assay.errors import UsageError
from assay.files import ABSENT, digest_bytes, read_bytes, write_all, yaml_scalar
from assay.git import default_branch
from assay.project import Project, holds_assay, load_roster

_HANDLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?")
_WIDTH = 38
_NOBODY: tuple[Role, ...] = ()
_LEADS = (Role.LEAD,)
_EXPERTS = (Role.LEAD, Role.REVIEWER)
# As `review/kinds.py` has it: what no line names is the leads'; votes alone are without an owner.
_LINES: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("*", _LEADS),
    ("/guidelines/**/*.md", _EXPERTS),
    ("/guidelines/approvals/", _LEADS),
    ("/labels/*/*/*.jsonl", _NOBODY),
    ("/labels/*/*/*.adjudicated.jsonl", _EXPERTS),
    ("/labels/*/*/assignments.jsonl", _LEADS),
    ("/labels/*/gold/*.jsonl", _EXPERTS),
    ("/labels/*/*/@*.jsonl", _LEADS),
    ("/labels/annotators/", _LEADS),
    ("/labels/items/", _LEADS),
    ("/labels/sources/", _LEADS),
)
_HEAD = """\
# Written by `assay install --forge`, from the roster's leads and reviewers; update it when these change.
# The last matching line counts. Votes have no owner: `assay review` decides whether they need a review.
"""


def owners_text(roster: Iterable[Annotator]) -> str:
    """A CODEOWNERS file that GitHub and GitLab read; empty where the roster has no active lead with a handle."""
    people = tuple(roster)
    if not owners(people, Role.LEAD):
        return ""
    lines = (f"{path:<{_WIDTH}} {' '.join(owners(people, *roles))}".rstrip() for path, roles in _LINES)
    return _HEAD + "".join(f"{line}\n" for line in lines)


def owners(roster: Iterable[Annotator], *roles: Role) -> list[str]:
    """The active people in one of the roles, as a forge addresses them."""
    people = (one for one in roster if one.kind is Kind.PERSON and one.status is Status.ACTIVE and one.role in roles)
    return sorted({f"@{one.handle}" for one in people if (_HANDLE.fullmatch(one.handle) is not None)})


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
        UsageError: a folder or a link is in the place of a file.
    """
    wanted = forge_files(project, forge, branch=default_branch(project.root) or "main")
    found = {name: _bytes_of(project.root / name) for name in wanted}
    differing = tuple(sorted(name for name, data in found.items() if data is not None and data != wanted[name]))
    kept = frozenset() if force else frozenset(differing)
    written = {name: data for name, data in wanted.items() if found[name] != data and name not in kept}
    if not holds_assay(project.root) and not (project.root / REQUIREMENTS).exists():
        written[REQUIREMENTS] = (
            "# The version of assay for this project and its CI; source of requirements.lock:\n"
            f"# {lock_command()}\n"
            f"assay-labels[audit,pipeline]=={(project.assay or __version__)}\n"
        ).encode()
    was = {name: ABSENT if (data := found.get(name)) is None else digest_bytes(data) for name in written}
    write_all(project.root, written, was=was)
    left = tuple(name for name in differing if name in kept)
    return ForgeInstalled(
        written=tuple(sorted(written)),
        same=tuple(sorted(name for name, data in found.items() if data == wanted[name])),
        differing=left,
        diffs={name: _difference(name, found[name] or b"", wanted[name]) for name in left},
        remaining=tuple(_remaining(project, wanted, forge)),
    )


def _difference(name: str, here: bytes, wanted: bytes) -> str:
    before, after = (data.decode(errors="replace").splitlines(keepends=True) for data in (here, wanted))
    return "".join(difflib.unified_diff(before, after, f"{name} (here)", f"{name} (as assay writes it)"))


def forge_files(project: Project, forge: CiForge, *, branch: str) -> dict[str, bytes]:
    """The files of a forge by path: workflows for the default branch, and owners from the roster.

    There is no file of owners before the roster has a lead with a handle.
    """
    templates = files("assay.clone") / "forge_templates"
    install = (templates / ("install_here.in" if holds_assay(project.root) else "install_locked.in")).read_text("utf-8")
    texts = {
        name: re.sub(
            rf"^( *){_INSTALL}",
            lambda line: indent(install, line[1]),
            text.replace("WATCHED_BRANCH", yaml_scalar(branch)),
            flags=re.MULTILINE,
        )
        for name, text in text_files(templates / forge)
    }
    owners = owners_text(load_roster(project).annotators.values())
    return {name: text.encode() for name, text in {**texts, **({_OWNERS[forge]: owners} if owners else {})}.items()}


def lock_command() -> str:
    """The command that makes `requirements.lock` of `requirements.in`."""
    return f"uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url {REQUIREMENTS} -o {LOCK}"


def _remaining(project: Project, wanted: Mapping[str, bytes], forge: CiForge) -> Iterator[str]:
    if not holds_assay(project.root) and not (project.root / LOCK).exists():
        yield f"make {LOCK} and commit it: {lock_command()}"
    leads = owners(load_roster(project).annotators.values(), Role.LEAD)
    if len(leads) == 1:
        yield f"{leads[0]} is the only lead with a handle, and a lead cannot approve their own change: add a second one"
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
        raise UsageError(f"{path} is not a regular file: {error.strerror}", fix="move it away") from error
