"""Rules, and what was decided of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from assay.core.findings import Location

P = TypeVar("P")


class Outcome(StrEnum):
    """What a rule, or all rules together, came to. `insufficient` is not a pass; `warn` and `waived` do not block."""

    PASS = "pass"  # noqa: S105 - an outcome, no password
    FAIL = "fail"
    INSUFFICIENT = "insufficient"
    WARN = "warn"
    WAIVED = "waived"

    @property
    def blocks(self) -> bool:
        """Whether a rule with this outcome holds a merge or release back."""
        return self in {Outcome.FAIL, Outcome.INSUFFICIENT}


class At(StrEnum):
    """When a rule must hold."""

    MERGE = "merge"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec(Generic[P]):
    """A bound from `checks/<task>.yaml`: `task/kind` or `task/kind/subject`, with its parameters and where it stands.

    `parameters` are of the type that `assay.core.gate_rules` has for the kind.
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
        """The rule's path."""
        return "/".join(part for part in (self.task, self.kind, self.subject) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPolicy:
    """`checks/<task>.yaml`: how the task's consensus is made and what must hold.

    `spread` is how far apart the votes on an item may be, by field, in the field's unit. `near` is from which Jaccard index on
    two items are near duplicates; None: near ones are not looked for.
    """

    task: str
    consensus: str
    rules: tuple[RuleSpec[Any], ...]
    spread: Mapping[str, float] = field(default_factory=dict)
    near: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An entry of `checks/waivers.yaml`: whose word lets which rule pass, why, and until which ISO date (inclusive)."""

    rule: str
    reason: str
    approver: str
    until: str
    source: Location


class RuleResult(Struct, frozen=True, kw_only=True):
    """A judged rule; `message` says it in a sentence with the numbers."""

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
    """A waiver that a verdict rests on."""

    rule: str
    reason: str
    approver: str
    until: str


class ReleaseVerdict(Struct, frozen=True, kw_only=True):
    """The part of a verdict that concerns one release: its outcome, the rules of its tasks, the checks, the waivers."""

    outcome: Outcome
    rules: list[RuleResult]
    checks: list[CheckResult]
    waivers: list[UsedWaiver]
    valid_until: str | None


class Verdict(Struct, frozen=True, kw_only=True):
    """`gate/verdict.json`: no clock, no durations.

    `waivers` are those that a rule needed; `inputs` maps each judged file to its digest; `valid_until` is the last ISO date on which every used waiver still
    holds, or None where none was used.
    """

    merge: Outcome
    release: dict[str, Outcome]
    rules: list[RuleResult]
    checks: list[CheckResult]
    waivers: list[UsedWaiver] = []
    inputs: dict[str, str]
    valid_until: str | None
