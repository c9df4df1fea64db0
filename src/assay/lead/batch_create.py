"""`assay batch create`: a new batch, planned and written."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np

from assay.clone import checked_name
from assay.core import Mask, Purpose, is_batch_name
from assay.errors import UsageError
from assay.files import ABSENT, INTEGER_LIMIT, note_unchanged, read_bytes, write_all, yaml_block
from assay.labels import Plan, dump_plan, plan_path
from assay.lead.assign import Overlap, generator, parse_overlap, shared, spread
from assay.lead.batch_report import PAIRED, Asking, Meeting, PlannedBatch
from assay.lead.batch_state import BatchState, askable_people, batch_header, load_batch_state, require_model
from assay.lead.impact import current_impact
from assay.lead.item_choice import Choice, ItemRequest, choose
from assay.lead.relabel import ask_again, lost_by, refuse_ahead
from assay.project import Project

_NAMED = 5
_NOBODY = "whose annotators can no longer be asked"
_OVERLAP = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """The parameters of a new batch.

    `items` is a number of items, a file of ids, or None for all that match `where`. Without `overlap` each item gets two
    annotators; in a qualify batch, all of them; in a relabel batch, those with a current answer to the item, and one of
    `annotators` for each of them who cannot be asked.
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


def plan_batch(project: Project, order: BatchOrder, *, now: str) -> PlannedBatch:
    """Plans the batch by its seed; writes nothing. `now` is RFC 3339, UTC. With `there`, an equal batch exists.

    Raises:
        UsageError: the name is taken or not valid, annotators cannot be asked, conditions match no item, there are too few
            items or too little gold, or too few annotators may be asked an item; or, to relabel, a migration needs a
            version that the guideline does not have yet.
        ConfigError: the task's configuration, pool, plans or roster is broken.
    """
    state = load_batch_state(project, order.task)
    checked_name(order.name, "batch", is_batch_name)
    folder = project.root / "labels" / order.task / order.name
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        taken = UsageError(
            f"{order.task} already has a batch {order.name!r}, with other content",
            fix="choose another name; `assay batch list` shows the names in use",
        )
        if order.name not in state.batches:
            raise taken
        try:
            planned = _plan_new(state.without(order.name), order, state.batches[order.name].created)
        except UsageError as error:
            raise taken from error
        if any(_bytes(state.project.root / path) != data for path, data in planned.files.items()):
            raise taken
        return replace(planned, there=True)
    return _plan_new(state, order, now)


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except OSError:
        return b""


def _plan_new(state: BatchState, order: BatchOrder, now: str) -> PlannedBatch:
    if abs(order.seed) > INTEGER_LIMIT:
        raise UsageError(f"--seed {order.seed} is larger than 2**53", fix="choose a smaller whole number")
    if order.prelabels is not None:
        require_model(state.roster, order.prelabels)
    if order.purpose is Purpose.RELABEL:
        refuse_ahead(state.project, order.task)
    if order.purpose is Purpose.RELABEL and order.overlap is None:
        return _plan_again(state, order, now)
    people = askable_people(state.roster, order.annotators, order.task, order.purpose)
    usual = str(len(people)) if order.purpose is Purpose.QUALIFY else _OVERLAP
    overlap = parse_overlap(usual if order.overlap is None else order.overlap, len(people))
    chance = generator(order.seed, order.task, order.name, order.purpose)
    choice = choose(state, _request(order, people, overlap.most), chance)
    needs = overlap.needs(len(choice.items), chance)
    allowed = state.askable(choice.items, people, order.name, order.purpose)
    short = np.flatnonzero(allowed.sum(axis=1) < needs).tolist()
    if short:
        named = ", ".join(choice.items[row] for row in short[:_NAMED])
        more = f" and {len(short) - _NAMED:,} more" if len(short) > _NAMED else ""
        raise UsageError(
            f"{len(short):,} of {len(choice.items):,} items have too few possible annotators, because these annotators had "
            f"them in other batches: {named}{more}",
            fix="name more annotators, lower --overlap, or omit these items (--items takes a file or a number)",
        )
    first = np.array([item in choice.gold for item in choice.items], dtype=np.bool_)
    assigned = spread(needs, allowed, np.zeros(len(people), dtype=np.int64), first=first, rng=chance)
    assignment = _Assignment(people, overlap, assigned)
    planned = _planned(state, order, choice, assignment, now)
    if order.purpose is not Purpose.RELABEL:
        return planned
    whole = current_impact(state.project, order.task)
    asking = Asking(answers=planned.slots, had=sum(len(whole.answered.get(item, ())) for item in choice.items))
    losing = lost_by(_plan(choice, assignment), whole.answered, whole.outgrown)
    return replace(planned, losing=losing, asking=asking)


def _plan_again(state: BatchState, order: BatchOrder, now: str) -> PlannedBatch:
    """A relabel batch: the items are asked again of the annotators who answered them."""
    whole = current_impact(state.project, order.task)
    answered, outgrown = whole.answered, whole.outgrown
    chance = generator(order.seed, order.task, order.name, order.purpose)
    choice = choose(state, _request(order, (), 0, among=frozenset(answered)), chance)
    asked = ask_again(
        state.roster, order.task, {item: answered[item] for item in choice.items}, outgrown, order.annotators
    )
    people = tuple(sorted({who for some in asked.plan.values() for who in some}))
    assigned = np.array([[who in some for who in people] for some in asked.plan.values()], dtype=np.bool_)
    left_out = {**choice.left_out, **({_NOBODY: len(asked.left_out)} if asked.left_out else {})}
    kept = replace(choice, items=tuple(asked.plan), gold=choice.gold & frozenset(asked.plan), left_out=left_out)
    planned = _planned(state, order, kept, _Assignment(people, None, assigned), now)
    return replace(planned, losing=asked.losing, asking=asked.asking)


def write_batch(project: Project, planned: PlannedBatch) -> None:
    """Writes a planned batch, both of its files or none; an existing one stays as it is.

    Raises:
        UsageError: another process is writing, or writing failed.
    """
    if planned.there:
        note_unchanged(*planned.files)
    else:
        write_all(project.root, planned.files, was=dict.fromkeys(planned.files, ABSENT))


@dataclass(frozen=True, slots=True)
class _Assignment:
    people: tuple[str, ...]
    overlap: Overlap | None
    assigned: Mask


def _request(order: BatchOrder, people: tuple[str, ...], most: int, among: frozenset[str] | None = None) -> ItemRequest:
    share = order.gold_share
    if share is not None and not 0 <= share <= 1:
        raise UsageError(f"--gold-share {share:g} is not a valid share", fix="a number from 0 to 1, like .05")
    return ItemRequest(
        batch=order.name,
        purpose=order.purpose,
        items=order.items,
        where=order.where,
        stratify=order.stratify,
        gold_share=None if share is None else Fraction(str(share)),
        people=people,
        most=most,
        among=among,
    )


def _planned(state: BatchState, order: BatchOrder, choice: Choice, assignment: _Assignment, now: str) -> PlannedBatch:
    pairs, times = shared(assignment.assigned)
    people = assignment.people
    met = dict(zip(map(tuple, pairs.tolist()), times.tolist(), strict=True))
    every = len(people) * (len(people) - 1) // 2
    plan = _plan(choice, assignment)
    stated = batch_header(order.purpose, now, state.guideline.version, people)
    sizes = {len(asked) for asked in plan.values()}
    if assignment.overlap is not None or len(sizes) == 1:
        stated["overlap"] = assignment.overlap.stated if assignment.overlap is not None else sizes.pop()
    stated["seed"] = order.seed
    if order.prelabels is not None:
        stated["prelabels"] = order.prelabels
    return PlannedBatch(
        task=order.task,
        name=order.name,
        purpose=order.purpose.value,
        guideline=state.guideline.version,
        items=len(choice.items),
        loads=dict(zip(people, assignment.assigned.sum(axis=0).tolist(), strict=True)),
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
        files={
            f"labels/{order.task}/{order.name}/batch.yaml": yaml_block(stated).encode(),
            plan_path(order.task, order.name): dump_plan(plan),
        },
    )


def _plan(choice: Choice, assignment: _Assignment) -> Plan:
    asked: dict[str, tuple[str, ...]] = dict.fromkeys(choice.items, ())
    for row, place in zip(*map(np.ndarray.tolist, np.nonzero(assignment.assigned)), strict=True):
        asked[choice.items[row]] += (assignment.people[place],)
    return asked
