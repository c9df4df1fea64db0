"""Who is asked again in a batch that relabels: whoever answered an item and can still be asked, and others for the rest."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.rounds.people import able, askable_people
from assay.errors import UsageError
from assay.labels.plan import Plan
from assay.model.project import Purpose
from assay.project.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """Who is asked each item; the items that nobody can be asked; and the items that lose a vote, with whose it is.

    A vote is lost that is outdated or waits, whose annotator cannot be asked and is not replaced.
    """

    plan: Plan
    left_out: tuple[str, ...]
    losing: Mapping[str, tuple[str, ...]]


def ask_again(
    roster: Roster,
    task: str,
    answered: Mapping[str, tuple[str, ...]],
    outgrown: Mapping[str, frozenset[str]],
    others: tuple[str, ...] = (),
) -> AskedAgain:
    """Asks each item of those who answered it; of `others` one for each who cannot be asked, who is not asked it anyway.

    `outgrown` says by item whose answer is outdated or waits: these are replaced first. The others get even loads.
    People who left, are away, still learning or not qualified, and annotators of imported files, are not asked.

    Raises:
        UsageError: one of the others cannot be asked, or nobody can be asked any of the items.
    """
    instead = askable_people(roster, others, task, Purpose.RELABEL) if others else ()
    there = frozenset(able(roster, {who for people in answered.values() for who in people}, task, Purpose.RELABEL))
    kept = {item: tuple(who for who in people if who in there) for item, people in answered.items()}
    loads = Counter(dict.fromkeys(instead, 0))
    loads.update(who for people in kept.values() for who in people)
    plan: dict[str, tuple[str, ...]] = {}
    for item, people in answered.items():
        stale = outgrown.get(item, frozenset())
        missing = sorted((who for who in people if who not in there), key=lambda who: (who not in stale, who))
        free = sorted((who for who in instead if who not in kept[item]), key=lambda who: (loads[who], who))
        new = free[: len(missing)]
        loads.update(new)
        plan[item] = tuple(sorted((*kept[item], *new)))
    asked = {item: people for item, people in plan.items() if people}
    left_out = tuple(item for item, people in plan.items() if not people)
    if left_out and not asked:
        raise UsageError(
            f"{len(left_out):,} items of {task} are to be labelled again, and nobody who answered them can be asked",
            hint="say who is to answer them instead: --annotators ada,ben",
        )
    return AskedAgain(plan=asked, left_out=left_out, losing=lost_by(asked, answered, outgrown))


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
