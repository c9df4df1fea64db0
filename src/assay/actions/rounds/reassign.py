"""`assay batch reassign`: somebody leaves, and what they had not answered goes to others."""

from assay.actions.rounds.amend import ask, write_plan
from assay.actions.rounds.chance import generator
from assay.actions.rounds.people import able, askable_people
from assay.actions.rounds.state import Rounds, load_rounds, planned_batch
from assay.errors import UsageError
from assay.labels.plan import Plan
from assay.model.project import Batch
from assay.model.rounds import Handed
from assay.project import Project


def reassign_round(
    project: Project, task: str, name: str, *, leaver: str, to: tuple[str, ...] = (), seed: int = 42
) -> Handed:
    """Moves the open slots of `leaver` to others of the batch, or to those named; writes the plan and `batch.yaml`.

    Every other slot stays. What `leaver` has answered stays theirs, as does a slot that nobody else may take.

    Raises:
        UsageError: no such open batch, `leaver` is not asked in it, or nobody can take over.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    batch, plan = planned_batch(rounds, name)
    waiting = _waiting(rounds, batch, leaver)
    people = _takers(rounds, batch, plan, leaver, to)
    asked = ask(rounds, batch, dict.fromkeys(waiting, 1), people, generator(seed, task, name, "reassign", leaver))
    moved = {
        item: tuple(sorted((*_others(plan[item], leaver), *takers))) for item, takers in asked.people.items() if takers
    }
    gone = not asked.stuck and not rounds.answered_by(name, leaver)
    if moved:
        write_plan(rounds, batch, {**plan, **moved}, without=(leaver,) if gone else ())
    return Handed(task=task, batch=name, given=asked.given, items=len(moved), stuck=asked.stuck)


def _waiting(rounds: Rounds, batch: Batch, leaver: str) -> tuple[str, ...]:
    still_open = rounds.open_slots(batch.name)
    if leaver not in still_open:
        raise UsageError(
            f"{leaver} is asked nothing in {rounds.task}/{batch.name}",
            hint=f"asked are: {', '.join(still_open) or 'nobody'}",
        )
    return still_open[leaver]


def _takers(rounds: Rounds, batch: Batch, plan: Plan, leaver: str, to: tuple[str, ...]) -> tuple[str, ...]:
    if leaver in to:
        raise UsageError(f"--to names {leaver}, who leaves", hint="name others, or leave --to away")
    if to:
        return askable_people(rounds.roster, to, rounds.task, batch.purpose)
    named = {*batch.annotators, *(who for people in plan.values() for who in people)} - {leaver}
    people = able(rounds.roster, named, rounds.task, batch.purpose)
    if not people:
        raise UsageError(
            f"nobody else of {rounds.task}/{batch.name} can take over", hint="name who takes over: --to ben,chen"
        )
    return people


def _others(people: tuple[str, ...], leaver: str) -> tuple[str, ...]:
    return tuple(who for who in people if who != leaver)
