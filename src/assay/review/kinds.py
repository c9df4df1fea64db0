"""What kind of change a path is, and who may make it: one table, the first line that matches counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from assay.model.project import Role

_N = "[a-z0-9][a-z0-9_-]{0,47}"
_ROUND = rf"labels/(?P<task>{_N})/(?P<batch>(?!gold/){_N})"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """A kind of file: who at least may change it, and how.

    `own`: only the person whose name the file bears. `labels`: it holds answers, which a change of policy may not be
    mixed with. `policy`: others' work is judged by it. `approval`: a second person looks at every change. `release`:
    made when a release is built. `role` is None where anybody in the roster may propose a change.
    """

    name: str
    pattern: str
    role: Role | None
    own: bool = False
    labels: bool = False
    policy: bool = False
    approval: bool = True
    release: bool = False


_LEAD, _REVIEWER, _ANNOTATOR = Role.LEAD, Role.REVIEWER, Role.ANNOTATOR

KINDS: tuple[FileKind, ...] = (
    FileKind(name="workflow", pattern=r"(.*/)?\.git[^/]*|\.github/.*|\.gitlab/.*", role=_LEAD, policy=True),
    FileKind(name="pipeline", pattern=r"(.*/)?[^/]*\.dvc|(.*/)?\.dvcignore|\.dvc/.*", role=_LEAD, policy=True),
    FileKind(name="round", pattern=rf"{_ROUND}/(batch\.yaml|assignments\.jsonl)", role=_LEAD),
    FileKind(name="import", pattern=rf"{_ROUND}/@{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(name="import", pattern=rf"labels/(?P<task>{_N})/gold/@{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(name="import", pattern=rf"labels/sources/{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(
        name="adjudication", pattern=rf"{_ROUND}/(?P<who>{_N})\.adjudicated\.jsonl",
        role=_REVIEWER, own=True, labels=True, approval=False,
    ),
    FileKind(
        name="returned", pattern=rf"{_ROUND}/(?P<who>{_N})\.returned\.jsonl",
        role=_REVIEWER, own=True, labels=True, approval=False,
    ),
    FileKind(name="roster", pattern=r"labels/annotators/.*", role=_LEAD, policy=True),
    FileKind(name="items", pattern=rf"labels/items/{_N}/.*", role=_LEAD, labels=True),
    FileKind(
        name="gold", pattern=rf"labels/(?P<task>{_N})/gold/(?P<who>{_N})\.jsonl", role=_REVIEWER, own=True, labels=True
    ),
    FileKind(
        name="votes", pattern=rf"{_ROUND}/(?P<who>{_N})\.jsonl", role=_ANNOTATOR, own=True, labels=True, approval=False
    ),
    FileKind(name="labels", pattern=r"labels/.*", role=_LEAD, labels=True),
    FileKind(name="approval", pattern=r"guidelines/approvals/.*", role=_REVIEWER),
    FileKind(name="signers", pattern=r"guidelines/allowed_signers", role=_LEAD, policy=True),
    FileKind(name="guideline", pattern=r"guidelines/.*", role=None),
    FileKind(name="schema", pattern=r"schemas/.*", role=_LEAD, policy=True),
    FileKind(name="checks", pattern=r"checks/.*", role=_LEAD, policy=True),
    FileKind(name="release-record", pattern=rf"releases/{_N}/[^/]+\.json", role=_LEAD, release=True),
    FileKind(name="release", pattern=r"releases/.*", role=_LEAD, policy=True),
    FileKind(name="release-record", pattern=r"dvc\.lock|reports/.*", role=_LEAD, release=True),
    FileKind(name="pipeline", pattern=r"dvc\.yaml|params\.yaml", role=_LEAD, policy=True),
    FileKind(name="workflow", pattern=r"\.circleci/.*|action\.ya?ml|(docs/)?CODEOWNERS", role=_LEAD, policy=True),
    FileKind(
        name="code", role=_LEAD, policy=True,
        pattern=r"src/.*|Makefile|pyproject\.toml|requirements[^/]*|[^/]*\.(py|sh|toml|cfg|ini|lock)",
    ),
    FileKind(name="other", pattern=r".*", role=None),
)  # fmt: skip

_COMPILED = tuple((re.compile(kind.pattern, re.DOTALL), kind) for kind in KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path's kind, and what stands in the path: the task, the batch and whose file it is; empty where nothing does."""

    path: str
    kind: FileKind
    task: str = ""
    batch: str = ""
    who: str = ""


def place_of(path: str) -> Place:
    """The first line of the table that matches a path below the project's root."""
    found, kind = next((found, kind) for pattern, kind in _COMPILED if (found := pattern.fullmatch(path)))
    named: Mapping[str, str] = {name: text or "" for name, text in found.groupdict().items()}
    return Place(path=path, kind=kind, **named)
