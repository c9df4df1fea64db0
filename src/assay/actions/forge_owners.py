"""CODEOWNERS: whose review a change needs, from the roster: the leads', where nothing else is said."""

import re
from collections.abc import Iterable

from assay.model.project import Annotator, Kind, Role, Status

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
# Written by `assay install --forge`, from the roster's leads and reviewers; write it again when these change.
# The last line that fits a path counts. Votes have no owner on purpose: `assay review` says whether they need anybody.
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
    return sorted({f"@{one.handle}" for one in people if _usable(one.handle)})


def _usable(handle: str) -> bool:
    return _HANDLE.fullmatch(handle) is not None
