"""`assay batch reassign`: somebody leaves, and what they had not answered goes to others."""

from collections import Counter
from collections.abc import Mapping

from assay.actions.rounds.amend import ask, write_plan
from assay.actions.rounds.chance import generator
from assay.actions.rounds.people import able, askable_people, is_gone
from assay.actions.rounds.state import Rounds, load_rounds, planned_batch
from assay.errors import UsageError
from assay.labels.assignments import Plan
from assay.model.project import Batch
from assay.model.rounds import Handed
from assay.project import Project


def reassign_round(
    project: Project, task: str, name: str, *, leaver: str | None = None, to: tuple[str, ...] = (), seed: int = 42
) -> Handed:
    """Moves the open slots of `leaver` to others of the batch, or to those named; writes the plan and `batch.yaml`.

    Without `leaver` those of everybody asked in the batch who has left, is paused or excluded, or is in the roster no
    more. Every other slot stays. What a leaver has answered stays theirs, as does a slot that nobody else may take.

    Raises:
        UsageError: no such open batch, `leaver` is not asked in it, or nobody can take over.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    batch, plan = planned_batch(rounds, name)
    waiting = _waiting(rounds, batch, leaver)
    leavers = tuple(waiting)
    if not leavers:
        return Handed(task=task, batch=name, given={}, items=0, stuck=())
    people = _takers(rounds, batch, plan, leavers, to)
    left = Counter(item for items in waiting.values() for item in items)
    asked = ask(rounds, batch, left, people, generator(seed, task, name, "reassign", *leavers))
    moved: Plan = {
        item: tuple(sorted((*_kept(plan[item], waiting, item, len(takers)), *takers)))
        for item, takers in asked.people.items()
        if takers
    }
    after = {**plan, **moved}
    still = {who for asked_now in after.values() for who in asked_now}
    gone = [who for who in leavers if who not in still and not rounds.answered_by(name, who)]
    if moved:
        write_plan(rounds, batch, after, without=gone)
    return Handed(task=task, batch=name, given=asked.given, items=len(moved), stuck=asked.stuck, leavers=leavers)


def _waiting(rounds: Rounds, batch: Batch, leaver: str | None) -> Mapping[str, tuple[str, ...]]:
    """The open slots of each who leaves."""
    still_open = rounds.open_slots(batch.name)
    if leaver is None:
        return {who: items for who, items in still_open.items() if items and is_gone(rounds.roster, who)}
    if leaver not in still_open:
        raise UsageError(
            f"{leaver} is asked nothing in {rounds.task}/{batch.name}",
            hint=f"asked are: {', '.join(still_open) or 'nobody'}",
        )
    return {leaver: still_open[leaver]}


def _takers(rounds: Rounds, batch: Batch, plan: Plan, leavers: tuple[str, ...], to: tuple[str, ...]) -> tuple[str, ...]:
    if both := [who for who in leavers if who in to]:
        raise UsageError(f"--to names {both[0]}, who leaves", hint="name others, or leave --to away")
    if to:
        return askable_people(rounds.roster, to, rounds.task, batch.purpose)
    named = {*batch.annotators, *(who for people in plan.values() for who in people)}.difference(leavers)
    people = able(rounds.roster, named, rounds.task, batch.purpose)
    if not people:
        raise UsageError(
            f"nobody else of {rounds.task}/{batch.name} can take over", hint="name who takes over: --to ben,chen"
        )
    return people


def _kept(people: tuple[str, ...], waiting: Mapping[str, tuple[str, ...]], item: str, taken: int) -> tuple[str, ...]:
    """Who is asked an item still, where so many of the leavers' slots are taken over."""
    leaving = [who for who in people if item in waiting.get(who, ())][:taken]
    return tuple(who for who in people if who not in leaving)
