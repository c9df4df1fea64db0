"""A finding: one located fault; and lists of findings cut to a readable length.

What is counted is still told apart: of each there is a digest, so that two states can be compared whatever is listed.
"""

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
    """What is wrong with a value, a line or a file; becomes a finding where its rule and file are known, and is an error else.

    Each part is empty where nobody knows it yet. `pointer` leads from the value, record or document that was looked at.
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
        """Where it is."""
        return Location(path=self.path, line=self.line, pointer=self.pointer)


class FaultError(Exception):
    """A fault of data that ends the reading of it; who called the reader says what becomes of it."""

    def __init__(
        self, message: str, *, fix: str = "", rule: str = "", path: str = "", line: int = 0, pointer: str = ""
    ) -> None:
        super().__init__(message)
        self.fault = Fault(message=message, fix=fix, rule=rule, path=path, line=line, pointer=pointer)

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.fault.message

    @property
    def fix(self) -> str:
        """What to do about it; may be empty."""
        return self.fault.fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One located fault, said in the words of its reader, with the remedy.

    `rest` stands for further ones of its rule in its file that are not listed: a digest of each, one after the other.
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
        """How many further findings of its rule in its file are counted in this one."""
        return len(self.rest) // DIGEST_SIZE

    @property
    def told(self) -> str:
        """The message, with how many more there are."""
        return f"{self.message}; and {self.more:,} more of this kind in this file" if self.more else self.message

    @property
    def sort_key(self) -> tuple[Location, str, str]:
        """Reports list findings by place, then rule."""
        return (self.at, self.rule, self.message)

    def as_json(self) -> JsonObject:
        """The record of `findings.jsonl` and of `--format json`; `more` where further ones are counted in it."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.told,
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
"""So many findings of one rule in one file are listed."""
MOST = 20_000
"""With so many listed in all, a further file has one of each rule listed."""


def digest_of(item: str, annotator: str, pointer: str) -> bytes:
    """What tells a finding from others of its rule in its file, whatever its line and words."""
    text = f"{item}\0{annotator}\0{pointer}".encode(errors="surrogatepass")
    return blake2b(text, digest_size=DIGEST_SIZE).digest()


def digests_of(found: Finding) -> bytes:
    """The digests of a finding and of those that are counted in it."""
    return digest_of(found.item, found.annotator, found.at.pointer) + found.rest


def number_of(findings: Iterable[Finding]) -> int:
    """How many findings these are, with those that are counted in others."""
    return sum(1 + found.more for found in findings)


def folded(findings: Sequence[Finding], most: int = MOST) -> tuple[Finding, ...]:
    """The same findings by place, at most `most` of them listed, or one of each rule in each file."""
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
    """The listed findings of one rule in one file, with others of them counted in the last."""
    rest = b"".join(map(digests_of, others))
    if not rest:
        return listed
    counted_before = b"".join(one.rest for one in listed)
    bare = [replace(one, rest=b"") for one in listed]
    return (*bare[:-1], replace(bare[-1], rest=counted_before + rest))
