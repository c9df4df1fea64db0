"""CODEOWNERS: whose review a change of policy needs, from the roster."""

import re
from collections.abc import Iterable

from assay.model.project import Annotator, Kind, Role, Status

_HANDLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?")
_WIDTH = 38
_EXPERTS = ("/guidelines/", "/labels/*/gold/", "/labels/*/*/*.adjudicated.jsonl")
_LEADS = (
    "/schemas/",
    "/checks/",
    "/releases/",
    "/reports/",
    "/labels/annotators/",
    "/labels/sources/",
    "/guidelines/allowed_signers",
    "/guidelines/approvals/",
    "/dvc.yaml",
    "/dvc.lock",
    "/.dvc/",
    "/.dvcignore",
    "/.gitattributes",
    "/.github/",
    "/.gitlab/",
    "/.gitlab-ci.yml",
    "/action.yml",
    "/requirements*",
)
_HEAD = """\
# Written by `assay install --forge`, from the roster's leads and reviewers; write it again when these change.
# The last line that fits a path counts. Votes have no owner on purpose: `assay review` says whether they need anybody.
"""


def owners_text(roster: Iterable[Annotator]) -> str:
    """A CODEOWNERS file that GitHub and GitLab read; empty where the roster has no active lead with a handle."""
    people = tuple(roster)
    leads, experts = owners(people, Role.LEAD), owners(people, Role.LEAD, Role.REVIEWER)
    if not leads:
        return ""
    lines = [*((path, experts) for path in _EXPERTS), *((path, leads) for path in _LEADS)]
    return _HEAD + "".join(f"{path:<{_WIDTH}} {' '.join(those)}\n" for path, those in lines)


def owners(roster: Iterable[Annotator], *roles: Role) -> list[str]:
    """The active people in one of the roles, as a forge addresses them."""
    people = (one for one in roster if one.kind is Kind.PERSON and one.status is Status.ACTIVE and one.role in roles)
    return sorted({f"@{one.handle}" for one in people if _usable(one.handle)})


def _usable(handle: str) -> bool:
    return _HANDLE.fullmatch(handle) is not None
