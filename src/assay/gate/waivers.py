"""The waivers of a project: which count, and what is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assay.core import Annotator, Finding, RuleSpec, Waiver, finding
from assay.errors import ConfigError
from assay.guidelines import why_not_approver
from assay.project import Project, load_policy, load_roster, load_waivers

UNWAIVABLE = frozenset({"schema", "approved"})
"""The kinds of rules that are waived only where `checks/project.yaml` lists them under `waivable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivers:
    """The waivers of a project, its people, and the protected kinds of rules that it allows to waive."""

    given: tuple[Waiver, ...] = ()
    people: Mapping[str, Annotator] = field(default_factory=dict)
    waivable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """By rule: the waiver that counts (the longest of several), or why none does."""

    waivers: Mapping[str, Waiver]
    denied: Mapping[str, str]


def load_project_waivers(project: Project) -> Waivers:
    """The waivers of a project.

    Raises:
        ConfigError: `checks/waivers.yaml` is broken.
    """
    given = load_waivers(project)
    return Waivers(
        given=given,
        people=load_roster(project).annotators if given else {},
        waivable=frozenset(project.waivable),
    )


def granted(waivers: Waivers, specs: Sequence[RuleSpec[Any]]) -> Granted:
    """Which rules are waived.

    Raises:
        ConfigError: a waiver names an unknown rule, one that may not be waived, or an invalid date.
    """
    found: dict[str, Waiver] = {}
    denied: dict[str, str] = {}
    for waiver in waivers.given:
        for problem, fix in _misstated(waiver, specs, waivers.waivable):
            raise ConfigError(f"{waiver.source.path}:{waiver.source.line} {problem}", fix=fix)
        if why := _unapproved(waiver, waivers.people):
            denied[waiver.rule] = why
        elif waiver.rule not in found or found[waiver.rule].until < waiver.until:
            found[waiver.rule] = waiver
    return Granted(waivers=found, denied={rule: why for rule, why in denied.items() if rule not in found})


def waiver_faults(waivers: Waivers, specs: Sequence[RuleSpec[Any]]) -> Iterator[Finding]:
    """Everything that keeps a waiver from counting, a finding each; `specs` are the rules that there are."""
    for waiver in waivers.given:
        for problem, fix in _misstated(waiver, specs, waivers.waivable):
            yield finding("project/waiver", waiver.source, problem, fix=fix)
        if why := _unapproved(waiver, waivers.people):
            yield finding("project/waiver", waiver.source, f"{waiver.rule!r} is not waived: {why}")


def waiver_findings(project: Project) -> tuple[Finding, ...]:
    """What is wrong with the waivers of a project; nothing where the configuration is broken.

    Waivers of a task whose checks cannot be read are left out.
    """
    try:
        waivers = load_project_waivers(project)
    except ConfigError:
        return ()
    specs, unknown = rules_known(project) if waivers.given else ((), frozenset[str]())
    known = tuple(one for one in waivers.given if one.rule.partition("/")[0] not in unknown)
    return tuple(waiver_faults(Waivers(given=known, people=waivers.people, waivable=waivers.waivable), specs))


def rules_known(project: Project) -> tuple[tuple[RuleSpec[Any], ...], frozenset[str]]:
    """The rules of all tasks, and the tasks whose rules cannot be read."""
    specs: list[RuleSpec[Any]] = []
    unknown: set[str] = set()
    for task in project.tasks:
        try:
            specs += load_policy(project, task).rules
        except ConfigError:
            unknown.add(task)
    return tuple(specs), frozenset(unknown)


def _misstated(waiver: Waiver, specs: Iterable[RuleSpec[Any]], waivable: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a waiver, each with its fix."""
    kinds = {spec.id: spec.kind for spec in specs}
    if waiver.rule not in kinds:
        yield f"unknown rule {waiver.rule!r}", f"rules: {', '.join(sorted(kinds)) or 'none'}"
    elif (kind := kinds[waiver.rule]) in UNWAIVABLE - waivable:
        yield (
            f"{waiver.rule!r} may not be waived",
            f"fix the findings and remove the waiver; a lead may write `waivable: [{kind}]` into checks/project.yaml",
        )
    try:
        date.fromisoformat(waiver.until)
    except ValueError:
        yield f"{waiver.until!r} is not a date", "write `until` as YYYY-MM-DD"


def _unapproved(waiver: Waiver, people: Mapping[str, Annotator]) -> str:
    return why_not_approver(people.get(waiver.approver), waiver.approver, approved_at=None)
