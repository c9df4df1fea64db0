"""The kind of each path and who may change it; limits on sizes, paths and modes, checked before a file is read."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.core import Finding, Location, Role, finding, legible
from assay.files import fix_for_size
from assay.git import SUBMODULE, TreeChange, TreeEntry
from assay.project import PROJECT_FILE, ReviewLimits, is_code

_PLAIN, _EXECUTABLE = "100644", "100755"
_ODD_MODES = {"120000": "a symbolic link", "160000": "a submodule"}
_LONGEST = 200
_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_GIT_SHORT = re.compile(r"git~[0-9]+|\.git[ .:]*", re.IGNORECASE)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_N = "[a-z0-9][a-z0-9_-]{0,47}"
_BATCH = rf"labels/(?P<task>{_N})/(?P<batch>(?!gold/){_N})"
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
MANY = 10
"""Changes of more than this many times the limit of records are not read at all."""
_NAMED = 20
_MIB = 2**20


def entry_faults(entry: TreeEntry, *, executable: bool) -> Iterator[str]:
    """Why a tree's entry is refused; `executable` says whether the kind of file may have that mode."""
    yield from path_faults(entry.path)
    if entry.mode in _ODD_MODES:
        yield f"{_ODD_MODES[entry.mode]} is not allowed"
    elif entry.mode == _EXECUTABLE and not executable:
        yield "a file of this kind may not be executable (mode 100755)"
    elif entry.mode not in {_PLAIN, _EXECUTABLE}:
        yield f"mode {entry.mode} is not allowed"


def path_faults(path: str) -> Iterator[str]:
    """Why a path is refused: on some computers it would be another file, or no file."""
    if path != legible(path):
        yield "the path is not UTF-8"
        return
    if len(path.encode()) > _LONGEST:
        yield f"the path is longer than {_LONGEST} bytes"
    if not unicodedata.is_normalized("NFC", path):
        yield "the path is not in Unicode's composed form (NFC)"
    if "\\" in path:
        yield "the path contains a backslash"
    if _FORBIDDEN.search(path) or any(unicodedata.category(sign) in _HIDDEN for sign in path):
        yield "the path contains a character that is invisible or that file systems forbid"
    for part in path.split("/"):
        yield from _part_faults(part)


def _part_faults(part: str) -> Iterator[str]:
    if part in {"", ".", ".."}:
        yield "the path leaves its folder"
    elif part.endswith((".", " ")):
        yield "a name ends with a dot or a space"
    if _WINDOWS.fullmatch(part):
        yield "the name is reserved on Windows"
    bare = "".join(sign for sign in part if unicodedata.category(sign) not in _HIDDEN)
    if _GIT_SHORT.fullmatch(unicodedata.normalize("NFKC", bare)):
        yield "the name is read as `.git` by some file systems"


def collisions(changed: Iterable[str], held: Iterable[str]) -> dict[str, str]:
    """By changed path another path of the tree that is the same on some file systems, folders included."""
    spellings: dict[str, set[str]] = {}
    for path in held:
        for part in _with_folders(path):
            spellings.setdefault(_folded(part), set()).add(part)
    found: dict[str, str] = {}
    for path in changed:
        for part in _with_folders(path):
            if others := spellings.get(_folded(part), set()) - {part}:
                found[path] = min(others)
    return found


def shadows(path: str, folder: str) -> bool:
    """Whether a path is, on some file systems, a folder (given with a final slash), one around it, or a file in it.

    As spelled, the path is not in the folder.
    """
    at, own = _folded(path).split("/"), _folded(folder).split("/")[:-1]
    return at[: len(own)] == own[: len(at)]


def _with_folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _folded(path: str) -> str:
    return path if path.isascii() and path.islower() else unicodedata.normalize("NFKC", path.casefold()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """A kind of file: the lowest role that may change it, and how.

    `own`: only the person in the file's name. `labels`: it has answers, and may not change together with policy.
    `policy`: other changes are judged by it. `apart`: it may not change together with labels, and no change is judged
    by it. `approval`: a second person reviews every change; `note` says why. `release`: made when a release is built.
    `executable`: it may have that mode. `judged`: the rules for labels apply. `role` is None where everybody may
    propose a change, `approver` is the lowest role that approves one. `goes_along`: everybody in the roster may propose
    it as part of a guideline change. `refused` says why no change of it can be reviewed.
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
    refused: str = ""


_LEAD, _REVIEWER, _ANNOTATOR = Role.LEAD, Role.REVIEWER, Role.ANNOTATOR


# Files that a program obeys in any folder come first: they must not pass for labels. Prose comes after them, so that a
# file that only looks like prose does not pass for it.
KINDS: tuple[FileKind, ...] = (
    FileKind(
        name="outside-settings", pattern=rf":/(?:{_GIT}|{_CI}|{_DVC}|{_TOOLING})", role=None, policy=True, judged=False,
        note="lies outside the labelling project, where git, CI or a tool may still obey it: not judged here",
    ),
    FileKind(
        name="outside", pattern=r":/.*", role=None, judged=False,
        note="lies outside the labelling project: not judged here",
    ),
    FileKind(name="output", pattern=_MADE, role=_LEAD, policy=True),
    FileKind(name="workflow", pattern=rf"{_GIT}|{_CI}", role=_LEAD, policy=True, executable=True),
    FileKind(
        name="stored-labels", pattern=rf"labels/(?!items/|annotators/|sources/){_N}/(?:{_N}/)?[^/]+\.dvc", role=_LEAD, policy=True,
        refused="DVC keeps these labels, so a review cannot compare them: keep them in git, or change the pointer on the default branch",
    ),
    FileKind(name="pipeline", pattern=_DVC, role=_LEAD, policy=True, executable=True),
    FileKind(name="release-record", pattern=r"dvc\.lock", role=_LEAD, release=True),
    FileKind(name="code", pattern=rf"{_TOOLING}|{_CODE}", role=_LEAD, policy=True, executable=True),
    FileKind(name="document", pattern=_PROSE, role=None),
    FileKind(name="batch", pattern=rf"{_BATCH}/(batch\.yaml|assignments\.jsonl)", role=_LEAD, goes_along=True),
    FileKind(name="import", pattern=rf"{_BATCH}/@{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(name="import", pattern=rf"labels/(?P<task>{_N})/gold/@{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(name="import", pattern=rf"labels/sources/{_N}\.jsonl", role=_LEAD, labels=True),
    FileKind(
        name="adjudication", pattern=rf"{_BATCH}/(?P<who>{_N})\.adjudicated\.jsonl",
        role=_REVIEWER, own=True, labels=True, approval=False, approver=_REVIEWER,
    ),
    FileKind(
        name="returned", pattern=rf"{_BATCH}/(?P<who>{_N})\.returned\.jsonl",
        role=_REVIEWER, own=True, labels=True, approval=False, approver=_REVIEWER,
    ),
    FileKind(name="roster", pattern=r"labels/annotators/.*|labels/sources/identities\.yaml", role=_LEAD, policy=True),
    FileKind(name="items", pattern=rf"labels/items/{_N}/.*", role=_LEAD, labels=True),
    FileKind(
        name="gold", pattern=rf"labels/(?P<task>{_N})/gold/(?P<who>{_N})\.jsonl", role=_REVIEWER, own=True, labels=True,
        approver=_REVIEWER,
    ),
    FileKind(
        name="votes", pattern=rf"{_BATCH}/(?P<who>{_N})\.jsonl", role=_ANNOTATOR, own=True, labels=True, approval=False,
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
    """A path's kind, and the task, batch and annotator that the path names; empty where it names none."""

    path: str
    kind: FileKind
    task: str = ""
    batch: str = ""
    who: str = ""


def classify_path(path: str, code: Sequence[str] = ()) -> Place:
    """The first row of the table that matches a path below the project's root, or the project's own code.

    `code` are the globs of `checks/project.yaml`; labels, and files that judge them, are never code.
    """
    if is_code(path, code):
        return Place(path=path, kind=PROJECT_CODE)
    found, kind = next((found, kind) for pattern, kind in _COMPILED if (found := pattern.fullmatch(path)))
    named: Mapping[str, str] = {name: text or "" for name, text in found.groupdict().items()}
    return Place(path=path, kind=kind, **named)


def over_limits(
    changes: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits, code: Sequence[str]
) -> tuple[Finding, ...]:
    """The findings where a change exceeds the base's limits: number of judged files, MiB per file, MiB in total."""
    judged = [one for one in changes if classify_path(one.path, code).kind.judged]
    found: list[Finding] = []
    if len(judged) > limits.files:
        message = f"{len(judged):,} files change, this one and others; the limit is {limits.files:,}"
        found.append(_finding(judged[limits.files].path, message, _split("files", limits.files)))
    large = [one for one in judged if _size(one.after, sizes) > limits.file_mib * _MIB]
    more = f"; so are {len(large) - _NAMED:,} more files" if len(large) > _NAMED else ""
    for place, one in enumerate(large[:_NAMED], start=1):
        message = f"{_size(one.after, sizes) / _MIB:,.1f} MiB; the limit of a file is {limits.file_mib:g} MiB"
        message += more if place == _NAMED else ""
        found.append(_finding(one.path, message, fix_for_size(legible(one.path))))
    whole = {one.path: max(_size(side, sizes) for side in (one.before, one.after)) for one in judged}
    if (total := sum(whole.values())) > limits.change_mib * _MIB:
        largest = max(whole, key=lambda path: (whole[path], path))
        message = (
            f"the changed files have {total / _MIB:,.1f} MiB in total, this one {whole[largest] / _MIB:,.1f}; "
            f"the limit is {limits.change_mib:g} MiB"
        )
        found.append(_finding(largest, message, _split("change_mib", limits.change_mib)))
    return tuple(found)


def too_many_records(lines: Mapping[str, int], limits: ReviewLimits) -> tuple[Finding, ...]:
    """The finding where more lines change, by path, than a review reads."""
    many, most = sum(lines.values()), MANY * limits.records
    if many <= most:
        return ()
    path = max(lines, key=lambda one: (lines[one], one))
    message = f"{many:,} records change, most of them here ({lines[path]:,}); at most {most:,} are read"
    return (_finding(path, message, _split("records", limits.records)),)


def _size(side: TreeEntry | None, sizes: Mapping[str, int]) -> int:
    return 0 if side is None or side.mode == SUBMODULE else sizes[side.object]


def _split(key: str, limit: float) -> str:
    return (
        f"split it into several pull requests; or a lead sets `review: {{{key}: …}}` in {PROJECT_FILE} of the base "
        f"(now {limit:g})"
    )


def _finding(path: str, message: str, fix: str) -> Finding:
    return finding("review/over-limit", Location(path=legible(path)), message, fix=fix)
