"""The waivers that a change adds or alters, judged by the base: who approves them, who wrote them, and until when they hold."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date

from assay.errors import ConfigError
from assay.gate.waivers import load_held_waivers, rules_known, waiver_faults
from assay.guidelines.identities import same_persons
from assay.model.catalogue import finding
from assay.model.finding import Finding
from assay.model.project import Annotator
from assay.model.verdict import Waiver
from assay.project import Project, load_waivers
from assay.project.roster import load_roster

_YEAR = 1


def waived_findings(before: Project, merged: Project, makers: Collection[str], now: str) -> Iterator[Finding]:
    """What is wrong with new and altered waivers, by the roster and the policy of the base.

    `makers` are the roster ids of everybody who wrote, committed or pushed the change: none of them approves its waivers.
    `now` (RFC 3339, UTC; empty: no clock) is what `until` is held against: not past, and a year ahead at most. A file of
    waivers that cannot be read is told as that, and nothing here.
    """
    given = _given(merged)
    fresh = tuple(one for one in given if _said(one) not in {_said(old) for old in _given(before)})
    if not fresh:
        return
    people = load_roster(before).annotators
    specs, unknown = rules_known(merged)
    known = tuple(one for one in fresh if one.rule.partition("/")[0] not in unknown)
    by_the_base = replace(load_held_waivers(merged), given=known, people=people, waivable=frozenset(before.waivable))
    yield from waiver_faults(by_the_base, specs)
    for one in fresh:
        for problem, hint in (*_own_word(one, makers, people), *_too_long(one, now[:10])):
            yield finding("project/waiver", one.source, f"{one.rule!r} is not waived: {problem}", hint=hint)


def _given(project: Project) -> tuple[Waiver, ...]:
    try:
        return load_waivers(project)
    except ConfigError:
        return ()


def _said(one: Waiver) -> tuple[str, str, str, str]:
    return one.rule, one.reason, one.approver, one.until


def _own_word(one: Waiver, makers: Collection[str], people: Mapping[str, Annotator]) -> Iterator[tuple[str, str]]:
    if one.approver in same_persons(people, makers):
        yield (
            f"{one.approver} had a hand in the change, and nobody approves their own waiver",
            "name a reviewer or lead who neither wrote nor pushed the change",
        )


def _too_long(one: Waiver, today: str) -> Iterator[tuple[str, str]]:
    try:
        until, now = date.fromisoformat(one.until), date.fromisoformat(today)
    except ValueError:  # no clock, or a day that there is not, which is told already
        return
    last = _a_year_after(now)
    if until < now:
        yield f"it ended on {one.until}", "take it out, or state a day to come"
    elif until > last:
        yield (
            f"it is to hold until {one.until}, more than a year from now",
            f"state {last.isoformat()} or an earlier day",
        )


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + _YEAR)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + _YEAR, day=28)
