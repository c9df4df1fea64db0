"""What kind of change a path is and who may make it; limits on sizes, paths and modes before any of it is read."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.core import Finding, Location, Role, finding, legible
from assay.files import fix_for_size
from assay.git import SUBMODULE, Entry, TreeChange
from assay.project import PROJECT_FILE, ReviewLimits, is_code

_PLAIN, _EXECUTABLE = "100644", "100755"
_ODD_MODES = {"120000": "a symbolic link", "160000": "a submodule"}
_LONGEST = 200
_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_GIT_SHORT = re.compile(r"git~[0-9]+|\.git[ .:]*", re.IGNORECASE)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def entry_faults(entry: Entry, *, executable: bool) -> Iterator[str]:
    """Why a tree's entry is refused, in words; `executable` says whether the kind of file may have that mode."""
    yield from path_faults(entry.path)
    if entry.mode in _ODD_MODES:
        yield f"{_ODD_MODES[entry.mode]} is not taken"
    elif entry.mode == _EXECUTABLE and not executable:
        yield "a file of this kind is not executable (mode 100755)"
    elif entry.mode not in {_PLAIN, _EXECUTABLE}:
        yield f"mode {entry.mode} is not taken"


def path_faults(path: str) -> Iterator[str]:
    """Why a path is refused, in words: it would be another file, or none, on somebody's computer."""
    if path != legible(path):
        yield "the path is not UTF-8"
        return
    if len(path.encode()) > _LONGEST:
        yield f"the path is longer than {_LONGEST} bytes"
    if not unicodedata.is_normalized("NFC", path):
        yield "the path is not in Unicode's composed form (NFC)"
    if "\\" in path:
        yield "the path holds a backslash"
    if _FORBIDDEN.search(path) or any(unicodedata.category(sign) in _HIDDEN for sign in path):
        yield "the path holds a character that is invisible or that file systems forbid"
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
    """By changed path another path of the tree that some file systems do not tell apart from it, folders included."""
    everybody: dict[str, set[str]] = {}
    for path in held:
        for part in _with_folders(path):
            everybody.setdefault(_folded(part), set()).add(part)
    found: dict[str, str] = {}
    for path in changed:
        for part in _with_folders(path):
            if others := everybody.get(_folded(part), set()) - {part}:
                found[path] = min(others)
    return found


def shadows(path: str, folder: str) -> bool:
    """Whether some file systems take a path for a folder (with a slash at its end), for one around it, or for a file in it.

    The path is known not to lie in the folder as it is spelled.
    """
    at, own = _folded(path).split("/"), _folded(folder).split("/")[:-1]
    return at[: len(own)] == own[: len(at)]


def _with_folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _folded(path: str) -> str:
    return path if path.isascii() and path.islower() else unicodedata.normalize("NFKC", path.casefold()).casefold()


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


MANY = 10
"""So many times the records that one person is asked to look through are not read at all."""
_NAMED = 20
_MIB = 2**20


def over_limits(
    changes: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits, code: Sequence[str]
) -> tuple[Finding, ...]:
    """What of a change is over the limits of the base: files, MiB a file, MiB together. What is not judged does not count."""
    judged = [one for one in changes if place_of(one.path, code).kind.judged]
    return (*_too_many(judged, limits), *_too_large(judged, sizes, limits), *_together(judged, sizes, limits))


def too_many_records(lines: Mapping[str, int], limits: ReviewLimits) -> tuple[Finding, ...]:
    """What is told where more lines change, by path, than a review reads."""
    many, most = sum(lines.values()), MANY * limits.records
    if many <= most:
        return ()
    path = max(lines, key=lambda one: (lines[one], one))
    message = f"{many:,} records change, most of them here ({lines[path]:,}), and no more than {most:,} are read"
    return (_finding(path, message, _split("records", limits.records)),)


def _too_many(judged: Sequence[TreeChange], limits: ReviewLimits) -> Iterator[Finding]:
    if len(judged) > limits.files:
        message = f"{len(judged):,} files change, this one and others, and the limit is {limits.files:,}"
        yield _finding(judged[limits.files].path, message, _split("files", limits.files))


def _too_large(judged: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits) -> Iterator[Finding]:
    large = [one for one in judged if _size(one.after, sizes) > limits.file_mib * _MIB]
    more = f"; so are {len(large) - _NAMED:,} more files" if len(large) > _NAMED else ""
    for place, one in enumerate(large[:_NAMED], start=1):
        message = f"{_size(one.after, sizes) / _MIB:,.1f} MiB, and the limit of a file is {limits.file_mib:g} MiB"
        yield _finding(one.path, f"{message}{more if place == _NAMED else ''}", fix_for_size(legible(one.path)))


def _together(judged: Sequence[TreeChange], sizes: Mapping[str, int], limits: ReviewLimits) -> Iterator[Finding]:
    whole = {one.path: max(_size(side, sizes) for side in (one.before, one.after)) for one in judged}
    if (total := sum(whole.values())) > limits.change_mib * _MIB:
        largest = max(whole, key=lambda path: (whole[path], path))
        message = (
            f"the files that change hold {total / _MIB:,.1f} MiB together, this one {whole[largest] / _MIB:,.1f}, "
            f"and the limit is {limits.change_mib:g} MiB"
        )
        yield _finding(largest, message, _split("change_mib", limits.change_mib))


def _size(side: Entry | None, sizes: Mapping[str, int]) -> int:
    return 0 if side is None or side.mode == SUBMODULE else sizes[side.object]


def _split(key: str, limit: float) -> str:
    return (
        f"split it into several pull requests; or a lead sets `review: {{{key}: …}}` in {PROJECT_FILE} of the base "
        f"(now {limit:g})"
    )


def _finding(path: str, message: str, fix: str) -> Finding:
    return finding("review/over-limit", Location(path=legible(path)), message, fix=fix)
