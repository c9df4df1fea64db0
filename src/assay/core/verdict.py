"""Rules of the checks file, their outcomes, and verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from assay.core.findings import Location

P = TypeVar("P")


class Outcome(StrEnum):
    """The outcome of a rule, or of all rules. `insufficient` is not a pass; `warn` and `waived` do not block."""

    PASS = "pass"  # noqa: S105 - an outcome, no password
    FAIL = "fail"
    INSUFFICIENT = "insufficient"
    WARN = "warn"
    WAIVED = "waived"

    @property
    def blocks(self) -> bool:
        """Whether this outcome blocks a merge or release."""
        return self in {Outcome.FAIL, Outcome.INSUFFICIENT}


class At(StrEnum):
    """When a rule applies."""

    MERGE = "merge"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec(Generic[P]):
    """A bound from `checks/<task>.yaml`: `task/kind` or `task/kind/subject`, with its parameters and location.

    `parameters` have the type of the kind in `assay.core.gate_rules`.
    """

    task: str
    kind: str
    subject: str = ""
    at: At
    severity: str = "error"
    parameters: P
    source: Location

    @property
    def id(self) -> str:
        """The path of the rule."""
        return "/".join(part for part in (self.task, self.kind, self.subject) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPolicy:
    """`checks/<task>.yaml`: the consensus method and the rules of a task.

    `spread` is the maximum spread of the votes on an item, by field, in the field's unit. `near` is the minimum Jaccard index
    of near duplicates; None: not searched.
    """

    task: str
    consensus: str
    rules: tuple[RuleSpec[Any], ...]
    spread: Mapping[str, float] = field(default_factory=dict)
    near: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An entry of `checks/waivers.yaml`: the waived rule, the approver, the reason, and the last ISO date (inclusive)."""

    rule: str
    reason: str
    approver: str
    until: str
    source: Location


class RuleResult(Struct, frozen=True, kw_only=True):
    """A judged rule; `message` is a sentence with its figures."""

    id: str
    task: str
    at: At
    outcome: Outcome
    value: float | None
    low: float | None
    high: float | None
    threshold: float | None
    message: str


class CheckResult(Struct, frozen=True, kw_only=True):
    """One check of `checks/check_*.py`: `id` is `checks/check_x.py::check_name`."""

    id: str
    outcome: Outcome
    message: str


class UsedWaiver(Struct, frozen=True, kw_only=True):
    """A waiver that a verdict uses."""

    rule: str
    reason: str
    approver: str
    until: str


class ReleaseVerdict(Struct, frozen=True, kw_only=True):
    """The part of a verdict for one release: its outcome, the rules of its tasks, the checks, the waivers."""

    outcome: Outcome
    rules: list[RuleResult]
    checks: list[CheckResult]
    waivers: list[UsedWaiver]
    valid_until: str | None


class Verdict(Struct, frozen=True, kw_only=True):
    """`gate/verdict.json`: without times and durations.

    `waivers` are the used ones; `inputs` maps each judged file to its digest; `valid_until` is the last ISO date on which
    every used waiver is valid, or None if none was used.
    """

    merge: Outcome
    release: dict[str, Outcome]
    rules: list[RuleResult]
    checks: list[CheckResult]
    waivers: list[UsedWaiver] = []
    inputs: dict[str, str]
    valid_until: str | None
