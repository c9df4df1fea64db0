"""Who is asked again in a batch that relabels: whoever answered an item and can still be asked, and others for the rest."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.rounds.people import able, askable_people
from assay.errors import UsageError
from assay.guidelines import load_guideline
from assay.guidelines.versions import version_of
from assay.labels.assignment import load_batches
from assay.labels.assignments import Plan, read_plan
from assay.model.project import Purpose
from assay.model.rounds import Asking
from assay.project import Project
from assay.project.roster import Roster, load_roster


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """Who is asked each item; the items that nobody can be asked; and the items that lose a vote, with whose it is.

    A vote is lost that is outdated or waits, whose annotator cannot be asked and is not replaced. `already` is how many
    answers open batches ask for, by batch, which the plan therefore does not; `asking` says how many it asks for, of how many.
    """

    plan: Plan
    left_out: tuple[str, ...]
    losing: Mapping[str, tuple[str, ...]]
    asking: Asking
    already: Mapping[str, int]


def asked_already(project: Project, task: str, needed: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """By item, who is asked it in an open batch that labels again and can answer, with that batch.

    `needed` says by item which version an answer has to follow: a batch that follows an earlier one does not count.

    Raises:
        ConfigError: the guideline or the plan of an open batch cannot be used.
    """
    roster, versions = load_roster(project), load_guideline(project, task).versions
    found: dict[str, dict[str, str]] = {}
    for batch in load_batches(project, task, versions, roster):
        if batch.closed or batch.purpose is not Purpose.RELABEL or batch.guideline not in versions:
            continue
        plan = read_plan(project.snapshot, task, batch.name) or {}
        there = frozenset(able(roster, {who for people in plan.values() for who in people}, task, Purpose.RELABEL))
        for item, people in plan.items():
            if item in needed and version_of(needed[item]) <= version_of(batch.guideline):
                found.setdefault(item, {}).update(dict.fromkeys(there.intersection(people), batch.name))
    return {item: people for item, people in found.items() if people}


def left_to_ask(
    roster: Roster, task: str, answered: Mapping[str, tuple[str, ...]], already: Mapping[str, Mapping[str, str]]
) -> Plan:
    """Who answered an item and is not asked it again already; without the items of which nobody is left who can be asked."""
    there = frozenset(able(roster, {who for people in answered.values() for who in people}, task, Purpose.RELABEL))
    rest = {item: tuple(who for who in people if who not in already.get(item, ())) for item, people in answered.items()}
    return {
        item: people for item, people in rest.items() if people and (item not in already or there.intersection(people))
    }


def ask_again(
    roster: Roster,
    task: str,
    answered: Mapping[str, tuple[str, ...]],
    outgrown: Mapping[str, frozenset[str]],
    others: tuple[str, ...] = (),
    already: Mapping[str, Mapping[str, str]] | None = None,
) -> AskedAgain:
    """Asks each item of those who answered it; of `others` one for each who cannot be asked, who is not asked it anyway.

    `outgrown` says by item whose answer is outdated or waits: these are replaced first. The others get even loads.
    People who left, are away, still learning or not qualified, and annotators of imported files, are not asked; nor is
    anybody `already` asked, who replaces as the others do.

    Raises:
        UsageError: one of the others cannot be asked, or nobody can be asked any of the items.
    """
    instead = askable_people(roster, others, task, Purpose.RELABEL) if others else ()
    there = frozenset(able(roster, {who for people in answered.values() for who in people}, task, Purpose.RELABEL))
    elsewhere = {item: frozenset((already or {}).get(item, ())) for item in answered}
    kept = {
        item: tuple(who for who in people if who in there and who not in elsewhere[item])
        for item, people in answered.items()
    }
    plan = _replaced(answered, kept, elsewhere, there, instead)
    asked = {item: people for item, people in plan.items() if people}
    left_out = tuple(item for item, people in plan.items() if not people and not elsewhere[item])
    if left_out and not asked:
        raise UsageError(
            f"{len(left_out):,} items of {task} are to be labelled again, and nobody who answered them can be asked",
            hint="say who is to answer them instead: --annotators ada,ben",
        )
    whole = {item: (*people, *elsewhere[item]) for item, people in asked.items()}
    away = Counter(who for people in answered.values() for who in people if who not in there)
    return AskedAgain(
        plan=asked,
        left_out=left_out,
        losing=lost_by(whole, answered, outgrown),
        already=Counter(
            batch for item, people in (already or {}).items() if item in answered for batch in people.values()
        ),
        asking=Asking(
            answers=sum(map(len, asked.values())),
            had=sum(len(people) - len(elsewhere[item]) for item, people in answered.items()),
            away=dict(sorted(away.items())),
            named=len(instead),
            needed=max(
                (
                    len(people) - len(kept[item]) + len(set(instead) & set(kept[item]))
                    for item, people in answered.items()
                ),
                default=0,
            ),
        ),
    )


def _replaced(
    answered: Mapping[str, tuple[str, ...]],
    kept: Plan,
    elsewhere: Mapping[str, frozenset[str]],
    there: frozenset[str],
    instead: tuple[str, ...],
) -> dict[str, tuple[str, ...]]:
    """Whoever is kept for each item, and one of `instead` for each who is not `there`, the least loaded first.

    Whoever is asked it `elsewhere` and did not answer it replaces one already.
    """
    loads = Counter(dict.fromkeys(instead, 0))
    loads.update(who for people in kept.values() for who in people)
    plan: dict[str, tuple[str, ...]] = {}
    for item, people in answered.items():
        missing = [who for who in people if who not in there]
        free = [who for who in instead if who not in kept[item] and who not in elsewhere[item]]
        replaced = len(elsewhere[item].difference(people))
        new = sorted(free, key=lambda who: (loads[who], who))[: max(0, len(missing) - replaced)]
        loads.update(new)
        plan[item] = tuple(sorted((*kept[item], *new)))
    return plan


def lost_by(
    plan: Plan, answered: Mapping[str, tuple[str, ...]], outgrown: Mapping[str, frozenset[str]]
) -> Mapping[str, tuple[str, ...]]:
    """The items of a plan that lose a vote, with whose: outdated or waiting, neither asked again nor replaced by somebody new."""
    losing: dict[str, tuple[str, ...]] = {}
    for item, people in plan.items():
        new = sum(who not in answered.get(item, ()) for who in people)
        if lost := tuple(sorted(outgrown.get(item, frozenset()).difference(people))[new:]):
            losing[item] = lost
    return losing
