"""A finding: one located fault."""

from dataclasses import dataclass
from enum import StrEnum

from assay.model.json import JsonObject


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
class Finding:
    """One located fault, said in the words of its reader, with the remedy.

    `rest` stands for further ones of its rule in its file that are not listed: a digest of each, one after the other.
    """

    rule: str
    severity: Severity
    message: str
    hint: str
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
            "hint": self.hint,
            "path": self.at.path,
            "line": self.at.line,
            "pointer": self.at.pointer,
            "task": self.task,
            "batch": self.batch,
            "item": self.item,
            "annotator": self.annotator,
            **({"more": self.more} if self.more else {}),
        }
