"""`assay batch create`: a round of work, planned and written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np

from assay.clone import checked_name
from assay.core import JsonObject, Mask, Purpose, is_batch_name
from assay.errors import UsageError
from assay.files import ABSENT, INTEGER_LIMIT, read_bytes, stands, write_all, yaml_block
from assay.labels import Plan, dump_plan, plan_path
from assay.lead.assign import Counts, Overlap, generator, parse_overlap, shared, spread
from assay.lead.batch_report import PAIRED, Asking, Meeting, PlannedRound
from assay.lead.batch_state import Rounds, askable_people, load_rounds, refuse_no_model
from assay.lead.impact import standing
from assay.lead.item_choice import Choice, Wish, choose
from assay.lead.relabel import ask_again, lost_by, refuse_ahead
from assay.project import Project

_NAMED = 5
_NOBODY = "for which nobody who answered can be asked"
_OVERLAP = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOrder:
    """What a lead asks for.

    `items` is how many items, a file of ids, or None for all that match `where`. Without `overlap` two annotators are
    asked of each item; in a round that qualifies, everybody; and in one that relabels whoever has a current answer to an
    item, with one of `annotators` for each of those who cannot be asked.
    """

    task: str
    name: str
    annotators: tuple[str, ...] = ()
    items: int | Path | None = None
    where: tuple[str, ...] = ()
    overlap: str | None = None
    stratify: str | None = None
    gold_share: float | None = None
    purpose: Purpose = Purpose.LABEL
    prelabels: str | None = None
    seed: int = 42


def plan_round(project: Project, order: RoundOrder, *, now: str) -> PlannedRound:
    """The round that was ordered, by its seed alone; writes nothing. `now` is RFC 3339, UTC.

    One that stands there already just as it would be planned now is said to be `there`.

    Raises:
        UsageError: it cannot be had: a name that is taken or none, people who cannot be asked, conditions that nothing
            meets, more items or gold than there are, items that too few of the people may be asked of; or, to relabel, a migration
            that comes with a version which the guideline does not have yet.
        ConfigError: the task's configuration, pool, plans or roster is broken.
    """
    rounds = load_rounds(project, order.task)
    checked_name(order.name, "batch", is_batch_name)
    folder = project.root / "labels" / order.task / order.name
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        return _standing(rounds, order)
    return _plan_new(rounds, order, now)


def _standing(rounds: Rounds, order: RoundOrder) -> PlannedRound:
    """The round of that name, if it is what the order would make of everything else that is there."""
    taken = UsageError(
        f"{order.task} has a batch {order.name!r} already, and it is not the one that this orders",
        fix="choose another name; `assay batch list` shows those that are taken",
    )
    if order.name not in rounds.batches:
        raise taken
    try:
        planned = _plan_new(rounds.without(order.name), order, rounds.batches[order.name].created)
    except UsageError as error:
        raise taken from error
    if any(_bytes(rounds.project.root / path) != data for path, data in planned.files.items()):
        raise taken
    return replace(planned, there=True)


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except OSError:
        return b""


def _plan_new(rounds: Rounds, order: RoundOrder, now: str) -> PlannedRound:
    if abs(order.seed) > INTEGER_LIMIT:
        raise UsageError(f"--seed {order.seed} is beyond 2**53", fix="any smaller whole number will do")
    if order.prelabels is not None:
        refuse_no_model(rounds.roster, order.prelabels)
    if order.purpose is Purpose.RELABEL:
        refuse_ahead(rounds.project, order.task)
    if order.purpose is Purpose.RELABEL and order.overlap is None:
        return _plan_again(rounds, order, now)
    people = askable_people(rounds.roster, order.annotators, order.task, order.purpose)
    overlap = parse_overlap(_stated_overlap(order, people), len(people))
    chance = generator(order.seed, order.task, order.name, order.purpose)
    choice = choose(rounds, _wish(order, people, overlap.most), chance)
    needs = overlap.needs(len(choice.items), chance)
    allowed = rounds.askable(choice.items, people, order.name, order.purpose)
    _refuse_impossible(choice, needs, allowed)
    first = np.array([item in choice.gold for item in choice.items], dtype=np.bool_)
    given = spread(needs, allowed, np.zeros(len(people), dtype=np.int64), first=first, rng=chance)
    handout = _Handout(people, overlap, given)
    planned = _planned(rounds, order, choice, handout, now)
    if order.purpose is not Purpose.RELABEL:
        return planned
    whole = standing(rounds.project, order.task)
    asking = Asking(answers=planned.slots, had=sum(len(whole.answered.get(item, ())) for item in choice.items))
    losing = lost_by(_plan(choice, handout), whole.answered, whole.outgrown)
    return replace(planned, losing=losing, asking=asking)


def _plan_again(rounds: Rounds, order: RoundOrder, now: str) -> PlannedRound:
    """The round in which items are asked again of those who answered them."""
    whole = standing(rounds.project, order.task)
    answered, outgrown = whole.answered, whole.outgrown
    chance = generator(order.seed, order.task, order.name, order.purpose)
    choice = choose(rounds, _wish(order, (), 0, among=frozenset(answered)), chance)
    asked = ask_again(
        rounds.roster, order.task, {item: answered[item] for item in choice.items}, outgrown, order.annotators
    )
    people = tuple(sorted({who for some in asked.plan.values() for who in some}))
    given = np.array([[who in some for who in people] for some in asked.plan.values()], dtype=np.bool_)
    left_out = {**choice.left_out, **({_NOBODY: len(asked.left_out)} if asked.left_out else {})}
    kept = replace(choice, items=tuple(asked.plan), gold=choice.gold & frozenset(asked.plan), left_out=left_out)
    planned = _planned(rounds, order, kept, _Handout(people, None, given), now)
    return replace(planned, losing=asked.losing, asking=asked.asking)


def write_round(project: Project, planned: PlannedRound) -> None:
    """Writes a planned round, both of its files or none; one that is there already stays as it is.

    Raises:
        UsageError: another process is writing, or the disk refuses.
    """
    if planned.there:
        stands(*planned.files)
    else:
        write_all(project.root, planned.files, was=dict.fromkeys(planned.files, ABSENT))


@dataclass(frozen=True, slots=True)
class _Handout:
    people: tuple[str, ...]
    overlap: Overlap | None
    given: Mask


def _stated_overlap(order: RoundOrder, people: tuple[str, ...]) -> str:
    usual = str(len(people)) if order.purpose is Purpose.QUALIFY else _OVERLAP
    return usual if order.overlap is None else order.overlap


def _wish(order: RoundOrder, people: tuple[str, ...], most: int, among: frozenset[str] | None = None) -> Wish:
    return Wish(
        batch=order.name,
        purpose=order.purpose,
        items=order.items,
        where=order.where,
        stratify=order.stratify,
        gold_share=None if order.gold_share is None else _share(order.gold_share),
        people=people,
        most=most,
        among=among,
    )


def _share(stated: float) -> Fraction:
    if not 0 <= stated <= 1:
        raise UsageError(f"--gold-share {stated:g} is no share", fix="a number from 0 to 1, like .05")
    return Fraction(str(stated))


def _refuse_impossible(choice: Choice, needs: Counts, allowed: Mask) -> None:
    short = np.flatnonzero(allowed.sum(axis=1) < needs).tolist()
    if short:
        named = ", ".join(choice.items[row] for row in short[:_NAMED])
        more = f" and {len(short) - _NAMED:,} more" if len(short) > _NAMED else ""
        raise UsageError(
            f"{len(short):,} of {len(choice.items):,} items cannot be asked of enough of these annotators, who have had "
            f"them in other batches: {named}{more}",
            fix="name more annotators, lower --overlap, or leave these items out (--items takes a file, or how many)",
        )


def _planned(rounds: Rounds, order: RoundOrder, choice: Choice, handout: _Handout, now: str) -> PlannedRound:
    pairs, times = shared(handout.given)
    people = handout.people
    met = dict(zip(map(tuple, pairs.tolist()), times.tolist(), strict=True))
    every = len(people) * (len(people) - 1) // 2
    return PlannedRound(
        task=order.task,
        name=order.name,
        purpose=order.purpose.value,
        guideline=rounds.version,
        items=len(choice.items),
        loads=dict(zip(people, handout.given.sum(axis=0).tolist(), strict=True)),
        gold=len(choice.gold),
        strata=choice.strata,
        pairs={
            (people[a], people[b]): met.get((a, b), 0)
            for a, b in (combinations(range(len(people)), 2) if len(people) <= PAIRED else ())
        },
        meeting=Meeting(
            pairs=every,
            meet=len(met),
            low=min(met.values(), default=0) if len(met) == every else 0,
            high=max(met.values(), default=0),
        ),
        left_out=choice.left_out,
        files=dict(_files(rounds, order, _plan(choice, handout), handout, now)),
    )


def _plan(choice: Choice, handout: _Handout) -> Plan:
    asked: dict[str, tuple[str, ...]] = dict.fromkeys(choice.items, ())
    for row, place in zip(*map(np.ndarray.tolist, np.nonzero(handout.given)), strict=True):
        asked[choice.items[row]] += (handout.people[place],)
    return asked


def _files(rounds: Rounds, order: RoundOrder, plan: Plan, handout: _Handout, now: str) -> Iterator[tuple[str, bytes]]:
    stated: JsonObject = {
        "purpose": order.purpose.value,
        "status": "open",
        "created": now,
        "guideline": rounds.version,
        "annotators": list(handout.people),
    }
    sizes = {len(people) for people in plan.values()}
    if handout.overlap is not None or len(sizes) == 1:
        stated["overlap"] = handout.overlap.stated if handout.overlap is not None else sizes.pop()
    stated["seed"] = order.seed
    if order.prelabels is not None:
        stated["prelabels"] = order.prelabels
    yield f"labels/{order.task}/{order.name}/batch.yaml", yaml_block(stated).encode()
    yield plan_path(order.task, order.name), dump_plan(plan)
