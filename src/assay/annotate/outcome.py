"""How an attempt to save ends."""

from dataclasses import dataclass
from typing import TypeAlias

from assay.annotate.answer import AnswerFault
from assay.annotate.progress import Progress
from assay.model.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """It stands on disk: the record and its tag (None and empty where it was taken back), and how far one has come.

    `doubts` say of its marks what is probably a slip.
    """

    tag: str
    record: "JsonObject | None"
    progress: Progress
    feedback: "JsonObject | None"
    doubts: tuple[AnswerFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """The answer may not be saved as it is; nothing was changed."""

    faults: tuple[AnswerFault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedElsewhere:
    """The record on disk is not the one that was seen; nothing was changed."""

    tag: str
    record: "JsonObject | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBranch:
    """Another branch is checked out than before; nothing was changed."""

    branch: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The answer stands for good."""


Outcome: TypeAlias = Saved | Faulty | ChangedElsewhere | OtherBranch | Locked
