"""What kind of change a path is, and who may make it: one table, the first line that matches counts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.model.project import Role
from assay.project.code import is_code

_N = "[a-z0-9][a-z0-9_-]{0,47}"
_ROUND = rf"labels/(?P<task>{_N})/(?P<batch>(?!gold/){_N})"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """A kind of file: who at least may change it, and how.

    `own`: only the person whose name the file bears. `labels`: it holds answers, which a change of policy may not be
    mixed with. `policy`: others' work is judged by it. `apart`: it may not come with labels either, and nobody's part of a change is judged by it.
    `approval`: a second person looks at every change; `note` says why. `release`: made when a release is built.
    `executable`: it may have that mode. `judged`: the rules of labels hold for it. `role` is None where anybody may
    propose a change, `approver` the role that at least approves one. `goes_along`: anybody of the roster may propose it
    as a part of a guideline change.
    """

    name: str
    pattern: str
    role: Role | None
    own: bool = False
    labels: bool = False
    policy: bool = False
    apart: bool = False
    approval: bool = True
    release: bool = False
    executable: bool = False
    judged: bool = True
    goes_along: bool = False
    approver: Role = Role.LEAD
    note: str = ""


_LEAD, _REVIEWER, _ANNOTATOR = Role.LEAD, Role.REVIEWER, Role.ANNOTATOR

_IN = r"(?:[^/]+/)*"
_IMAGE = r"[^/]+\.(?:png|jpe?g|gif|webp)"
_GIT = rf"{_IN}\.git[^/]*(?:/.*)?"
_CI = (
    rf"(?i:{_IN}(?:action\.ya?ml|CODEOWNERS|Jenkinsfile|(?:azure|bitbucket)-pipelines[^/]*\.ya?ml|appveyor\.ya?ml)"
    r"|\.circleci/.*)"
)
_DVC = rf"(?i:{_IN}(?:[^/]*\.dvc|\.dvc/.*|\.dvcignore|dvc\.yaml|params\.yaml)|(?:[^/]+/)+dvc\.lock)"
_DATA = r"(?!labels/items/[^/]+/media/)"
_TOOLING = (
    rf"{_IN}(?:\.[^/]+(?:/.*)?|(?i:conftest\.py)|(?:AGENTS|CLAUDE|GEMINI)(?:\.[^/]+)?\.md)"
    rf"|(?i:{_DATA}{_IN}(?:(?:setup|noxfile|sitecustomize|usercustomize)\.py|[^/]+\.(?:toml|cfg|ini|lock|pth|mk)"
    r"|(?:(?:GNU)?makefile|justfile|procfile|(?:docker|container)file|pipfile|rakefile|gemfile)(?:\.[^/]+)?"
    r"|(?:package|package-lock|tsconfig)\.json|(?:(?:docker-)?compose|taskfile|lefthook|environment)[^/]*\.ya?ml"
    r"|(?:requirements|constraints)[^/]*\.(?:txt|in)))"
)
_CODE = r"(?i:(?:src|tests?|scripts|bin|hooks)/.*|requirements[^/]*|[^/]*\.(?:py|sh))"
_PROSE = rf"{_IN}README\.md|[^/]+\.md|LICEN[CS]E(?:\.md|\.txt)?|NOTICE|docs/{_IN}(?:[^/]+\.md|{_IMAGE})"
_MADE = (
    r"(?!build/README\.md\Z)(?i:build|gate|release|dvc_plots|\.assay|\.venv)(?:/.*)?"
    rf"|{_IN}__pycache__(?:/.*)?|{_IN}[^/]*\.pyc|{_IN}\.[^/]*\.tmp[^/]*"
)

# What a program obeys in whatever folder it lies comes before the folders of labels and guidelines, or it would pass for
# a label; prose comes after it, so that what only looks like prose does not.
KINDS: tuple[FileKind, ...] = (
    FileKind(
        name="outside-settings", pattern=rf":/(?:{_GIT}|{_CI}|{_DVC}|{_TOOLING})", role=None, policy=True, judged=False,
        note="lies outside the labelling project, and git, CI or a tool may obey it there too: not judged here",
    ),
    FileKind(
        name="outside", pattern=r":/.*", role=None, judged=False,
        note="lies outside the labelling project: not judged here",
    ),
    FileKind(name="output", pattern=_MADE, role=_LEAD, policy=True),
    FileKind(name="workflow", pattern=rf"{_GIT}|{_CI}", role=_LEAD, policy=True, executable=True),
    FileKind(name="pipeline", pattern=_DVC, role=_LEAD, policy=True, executable=True),
    FileKind(name="release-record", pattern=r"dvc\.lock", role=_LEAD, release=True),
    FileKind(name="code", pattern=rf"{_TOOLING}|{_CODE}", role=_LEAD, policy=True, executable=True),
    FileKind(name="document", pattern=_PROSE, role=None),
    FileKind(name="round", pattern=rf"{_ROUND}/(batch\.yaml|assignments\.jsonl)", role=_LEAD, goes_along=True),
    FileKind(name="import", pattern=rf"{_ROUND}/@{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(name="import", pattern=rf"labels/(?P<task>{_N})/gold/@{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(name="import", pattern=rf"labels/sources/{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(
        name="adjudication", pattern=rf"{_ROUND}/(?P<who>{_N})\.adjudicated\.jsonl",
        role=_REVIEWER, own=True, labels=True, approval=False, approver=_REVIEWER,
    ),
    FileKind(
        name="returned", pattern=rf"{_ROUND}/(?P<who>{_N})\.returned\.jsonl",
        role=_REVIEWER, own=True, labels=True, approval=False, approver=_REVIEWER,
    ),
    FileKind(name="roster", pattern=r"labels/annotators/.*|labels/sources/identities\.yaml", role=_LEAD, policy=True),
    FileKind(name="items", pattern=rf"labels/items/{_N}/.*", role=_LEAD, labels=True),
    FileKind(
        name="gold", pattern=rf"labels/(?P<task>{_N})/gold/(?P<who>{_N})\.jsonl", role=_REVIEWER, own=True, labels=True,
        approver=_REVIEWER,
    ),
    FileKind(
        name="votes", pattern=rf"{_ROUND}/(?P<who>{_N})\.jsonl", role=_ANNOTATOR, own=True, labels=True, approval=False,
        approver=_REVIEWER,
    ),
    FileKind(name="labels", pattern=r"labels/.*\.(jsonl|yaml)", role=_LEAD, labels=True),
    FileKind(
        name="approval", pattern=rf"guidelines/approvals/(?P<task>{_N})/[^/]+\.(yaml|sig)", role=_REVIEWER, goes_along=True
    ),
    FileKind(name="approval", pattern=r"guidelines/approvals/.*\.(yaml|sig)", role=_REVIEWER),
    FileKind(name="signers", pattern=r"guidelines/allowed_signers", role=_LEAD, policy=True),
    FileKind(
        name="guideline", pattern=rf"guidelines/{_IN}(?:[^/]+\.md|{_IMAGE})", role=None, apart=True, approver=_REVIEWER,
        note="a guideline is approved by a reviewer who did not write the change",
    ),
    FileKind(
        name="migration", pattern=rf"schemas/migrations/(?P<task>{_N})/[^/]+\.yaml", role=_LEAD, policy=True, goes_along=True
    ),
    FileKind(name="schema", pattern=rf"schemas/(?P<task>{_N})\.yaml", role=_LEAD, policy=True, goes_along=True),
    FileKind(name="schema", pattern=r"schemas/.*", role=_LEAD, policy=True),
    FileKind(name="checks", pattern=r"checks/.*", role=_LEAD, policy=True),
    FileKind(name="release-record", pattern=rf"releases/{_N}/[^/]+\.json|reports/.*", role=_LEAD, release=True),
    FileKind(name="release", pattern=r"releases/.*", role=_LEAD, policy=True),
    FileKind(name="other", pattern=r".*", role=_LEAD, policy=True, executable=True),
)  # fmt: skip

PROJECT_CODE = FileKind(
    name="project-code", pattern="", role=None, apart=True, judged=False, note="code of the project: not judged here"
)

_COMPILED = tuple((re.compile(kind.pattern, re.DOTALL), kind) for kind in KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path's kind, and what stands in the path: the task, the batch and whose file it is; empty where nothing does."""

    path: str
    kind: FileKind
    task: str = ""
    batch: str = ""
    who: str = ""


def place_of(path: str, code: Sequence[str] = ()) -> Place:
    """The first line of the table that matches a path below the project's root, or what the project calls its code.

    `code` are the globs of `checks/project.yaml`; what labels are judged by, or kept in, is never code.
    """
    if is_code(path, code):
        return Place(path=path, kind=PROJECT_CODE)
    found, kind = next((found, kind) for pattern, kind in _COMPILED if (found := pattern.fullmatch(path)))
    named: Mapping[str, str] = {name: text or "" for name, text in found.groupdict().items()}
    return Place(path=path, kind=kind, **named)
