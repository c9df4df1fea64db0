"""Faults, findings, and lists of findings shortened to a readable length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b

from assay.core.values import JsonObject


class Severity(StrEnum):
    """An error makes a record invalid; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """Where a fault is: a path below the project root, a 1-based line (0: the whole file), a JSON pointer."""

    path: str
    line: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        """`path:line /pointer`, the form that editors and terminals make clickable."""
        line = f":{self.line}" if self.line else ""
        return f"{self.path}{line} {self.pointer}".rstrip()


DIGEST_SIZE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of a value, a line or a file; becomes a finding once its rule and file are known, an error otherwise.

    Unknown parts are empty. `pointer` is relative to the checked value, record or document.
    """

    message: str
    fix: str = ""
    rule: str = ""
    path: str = ""
    line: int = 0
    pointer: str = ""
    item: str = ""
    annotator: str = ""

    @property
    def at(self) -> Location:
        """The location."""
        return Location(path=self.path, line=self.line, pointer=self.pointer)


class FaultError(Exception):
    """A fault of data that stops the reader; the caller handles it."""

    def __init__(
        self, message: str, *, fix: str = "", rule: str = "", path: str = "", line: int = 0, pointer: str = ""
    ) -> None:
        super().__init__(message)
        self.fault = Fault(message=message, fix=fix, rule=rule, path=path, line=line, pointer=pointer)

    @property
    def message(self) -> str:
        """The message of the fault."""
        return self.fault.message

    @property
    def fix(self) -> str:
        """The fix; may be empty."""
        return self.fault.fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One located fault with its fix.

    `rest` contains the digests, concatenated, of unlisted findings of the same rule in the same file.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    at: Location
    task: str = ""
    batch: str = ""
    item: str = ""
    annotator: str = ""
    rest: bytes = b""

    @property
    def more(self) -> int:
        """The number of unlisted findings that this one includes."""
        return len(self.rest) // DIGEST_SIZE

    @property
    def full_message(self) -> str:
        """The message with the number of unlisted findings."""
        return f"{self.message}; and {self.more:,} more of this kind in this file" if self.more else self.message

    @property
    def sort_key(self) -> tuple[Location, str, str, str]:
        """Reports list findings by location, then rule; those of two tasks that share a pool by task."""
        return (self.at, self.rule, self.message, self.task)

    def as_json(self) -> JsonObject:
        """The record of `findings.jsonl` and of `--format json`; `more` if it includes unlisted ones."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.full_message,
            "fix": self.fix,
            "path": self.at.path,
            "line": self.at.line,
            "pointer": self.at.pointer,
            "task": self.task,
            "batch": self.batch,
            "item": self.item,
            "annotator": self.annotator,
            **({"more": self.more} if self.more else {}),
        }


LISTED = 1_000
"""The maximum number of listed findings of one rule in one file."""
MOST = 20_000
"""The maximum number of listed findings; beyond it one of each rule in each file is listed."""


def digest_of(item: str, annotator: str, pointer: str) -> bytes:
    """Identifies a finding among those of its rule in its file, whatever its line and message."""
    text = f"{item}\0{annotator}\0{pointer}".encode(errors="surrogatepass")
    return blake2b(text, digest_size=DIGEST_SIZE).digest()


def digests_of(found: Finding) -> bytes:
    """The digests of a finding and of the unlisted ones it includes."""
    return digest_of(found.item, found.annotator, found.at.pointer) + found.rest


def number_of(findings: Iterable[Finding]) -> int:
    """The number of findings, including unlisted ones."""
    return sum(1 + found.more for found in findings)


def fold_findings(findings: Sequence[Finding], most: int = MOST) -> tuple[Finding, ...]:
    """The findings by location, at most `most` of them listed, or one of each rule in each file."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for found in sorted(findings, key=lambda one: one.sort_key):
        groups.setdefault((found.at.path, found.rule), []).append(found)
    room = most - len(groups)
    listed: list[Finding] = []
    for several in groups.values():
        shown = min(len(several), 1 + max(room, 0))
        room -= shown - 1
        listed += with_rest(several[:shown], [*several[shown:]])
    return tuple(sorted(listed, key=lambda one: one.sort_key))


def with_rest(listed: Sequence[Finding], others: Iterable[Finding]) -> Sequence[Finding]:
    """The listed findings of one rule in one file; the last one includes the others."""
    rest = b"".join(map(digests_of, others))
    if not rest:
        return listed
    counted_before = b"".join(one.rest for one in listed)
    bare = [replace(one, rest=b"") for one in listed]
    return (*bare[:-1], replace(bare[-1], rest=counted_before + rest))
