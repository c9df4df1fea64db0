"""`assay batch reassign` and `escalate`: changes of a plan, with both of its files written together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from assay.agreement import DISPUTABLE
from assay.core import Batch, Corpus, conflicting_items
from assay.errors import UsageError
from assay.files import add_member, digest_bytes, digest_here, inside, read_bytes, remove_member, write_all
from assay.labels import FileRole, Plan, dump_plan, load_corpus, plan_path, read_plan
from assay.lead.assign import Counts, generator, spread
from assay.lead.batch_report import SlotChange
from assay.lead.batch_state import (
    BatchState,
    able,
    askable_people,
    is_inactive,
    load_batch_state,
    require_planned_batch,
)
from assay.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedSlots:
    """The further annotators by item, the new slots by annotator, and the items that got fewer than they need."""

    people: Mapping[str, tuple[str, ...]]
    loads: Mapping[str, int]
    stuck: tuple[str, ...]


def add_slots(
    state: BatchState, batch: Batch, needs: Mapping[str, int], people: tuple[str, ...], rng: np.random.Generator
) -> AddedSlots:
    """Assigns further annotators to each item, as many as it needs or as there are; even over all open slots."""
    items = tuple(sorted(needs))
    allowed = state.askable(items, people, batch.name, batch.purpose)
    wanted: Counts = np.array([needs[item] for item in items], dtype=np.int64)
    possible = np.minimum(wanted, allowed.sum(axis=1))
    still_open = state.open_slots(batch.name)
    base: Counts = np.array([len(still_open.get(who, ())) for who in people], dtype=np.int64)
    assigned = spread(possible, allowed, base, first=np.zeros(len(items), dtype=np.bool_), rng=rng)
    rows = zip(items, assigned, strict=True)
    loads = zip(people, assigned.sum(axis=0).tolist(), strict=True)
    return AddedSlots(
        people={item: tuple(people[place] for place in np.flatnonzero(asked).tolist()) for item, asked in rows},
        loads={who: load for who, load in loads if load},
        stuck=tuple(item for item, short in zip(items, possible < wanted, strict=True) if short),
    )


def write_plan(state: BatchState, batch: Batch, plan: Plan, *, without: Iterable[str] = ()) -> None:
    """Writes a plan; adds its annotators to `batch.yaml` and removes those in `without`.

    Raises:
        ConfigError: `batch.yaml` has a form that cannot be edited.
        UsageError: another process is writing, a file has changed since it was read, or writing failed.
    """
    path, planned = f"labels/{state.task}/{batch.name}/batch.yaml", plan_path(state.task, batch.name)
    data = read_bytes(inside(state.project.root, path))
    was = {path: digest_bytes(data), planned: digest_here(state.project.root, planned)}
    if read_plan(state.project.snapshot, state.task, batch.name) != state.plans[batch.name]:
        raise UsageError(f"{planned} changed while this command ran; nothing was written", fix="run it again")
    text = data.decode("utf-8")
    asked = {who for people in plan.values() for who in people}
    for who in sorted(asked.difference(batch.annotators)):
        text = add_member(text, path, "annotators", who)
    for who in sorted(set(without).intersection(batch.annotators)):
        text = remove_member(text, path, "annotators", who)
    write_all(state.project.root, {path: text.encode(), planned: dump_plan(plan)}, was=was)


def reassign_batch(
    project: Project, task: str, name: str, *, leaver: str | None = None, to: tuple[str, ...] = (), seed: int = 42
) -> SlotChange:
    """Moves the open slots of `leaver` to others of the batch, or to `to`; writes the plan and `batch.yaml`.

    Without `leaver`, the open slots of every annotator of the batch who has left, is paused or excluded, or is no longer
    in the roster. All other slots stay, also answered ones and those that no other annotator may take.

    Raises:
        UsageError: no such open batch, `leaver` has no slots in it, or no annotator can take over.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    state = load_batch_state(project, task)
    batch, plan = require_planned_batch(state, name)
    still_open = state.open_slots(name)
    if leaver is None:
        waiting = {who: items for who, items in still_open.items() if items and is_inactive(state.roster, who)}
    elif leaver in still_open:
        waiting = {leaver: still_open[leaver]}
    else:
        raise UsageError(
            f"{leaver} has no slots in {task}/{name}", fix=f"annotators with slots: {', '.join(still_open) or 'none'}"
        )
    leavers = tuple(waiting)
    if not leavers:
        return SlotChange(task=task, batch=name, loads={}, items=0, stuck=())
    if both := [who for who in leavers if who in to]:
        raise UsageError(f"--to names {both[0]}, whose slots are to be moved", fix="name others, or omit --to")
    people = _people(state, batch, to, without=leavers)
    if not people:
        raise UsageError(f"no other annotator of {task}/{name} can take over", fix="name annotators: --to ben,chen")
    left = Counter(item for items in waiting.values() for item in items)
    added = add_slots(state, batch, left, people, generator(seed, task, name, "reassign", *leavers))
    moved: dict[str, tuple[str, ...]] = {}
    for item, takers in added.people.items():
        replaced = [who for who in plan[item] if item in waiting.get(who, ())][: len(takers)]
        if takers:
            moved[item] = tuple(sorted((*(who for who in plan[item] if who not in replaced), *takers)))
    after = {**plan, **moved}
    still = {who for asked_now in after.values() for who in asked_now}
    gone = [who for who in leavers if who not in still and not state.answered_by(name, who)]
    if moved:
        write_plan(state, batch, after, without=gone)
    return SlotChange(task=task, batch=name, loads=added.loads, items=len(moved), stuck=added.stuck, leavers=leavers)


def _people(
    state: BatchState, batch: Batch, stated: tuple[str, ...], *, without: Iterable[str] = ()
) -> tuple[str, ...]:
    """The annotators that were `stated`, else those of the batch that can be asked."""
    if stated:
        return askable_people(state.roster, stated, state.task, batch.purpose)
    named = {*batch.annotators, *(who for people in state.plans[batch.name].values() for who in people)}
    return able(state.roster, named.difference(without), state.task, batch.purpose)


def escalate_batch(
    project: Project, task: str, name: str, *, to: int, annotators: tuple[str, ...] = (), seed: int = 42
) -> SlotChange:
    """Assigns further annotators, up to `to`, to each item whose votes disagree on a measured field.

    The further annotators are `annotators`, else those of the batch. Only valid votes of annotators whose votes count are
    compared; skips and omitted fields are not.

    Raises:
        UsageError: no such open batch, or an annotator cannot be asked.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    state = load_batch_state(project, task)
    batch, plan = require_planned_batch(state, name)
    people = _people(state, batch, annotators)
    if not people:
        raise UsageError(f"no annotator of {task}/{name} can be asked", fix="name annotators: --annotators dana,eli")
    files = frozenset(file.path for file in state.layout.of(FileRole.ANNOTATIONS) if file.batch == name)
    fields = tuple(field.name for field in state.schema.fields if field.scale in DISPUTABLE)
    if not fields:
        raise UsageError(
            f"no field of {state.task} has a scale whose agreement is measured, so no disagreement is known",
            fix=f"measured scales: {', '.join(sorted(DISPUTABLE))}; `assay batch create --purpose audit` asks again",
        )
    disputed = disputed_items(
        load_corpus(state.project, state.schema, state.guideline, only=files).corpus, name, fields
    )
    needs = {item: to - len(plan[item]) for item in disputed if len(plan.get(item, ())) < to and item in plan}
    added = add_slots(state, batch, needs, people, generator(seed, task, name, "escalate", str(to)))
    widened: Mapping[str, tuple[str, ...]] = {item: more for item, more in added.people.items() if more}
    if widened:
        after = {item: tuple(sorted((*asked_of, *widened.get(item, ())))) for item, asked_of in plan.items()}
        write_plan(state, batch, after)
    return SlotChange(task=task, batch=name, loads=added.loads, items=len(widened), stuck=added.stuck)


def disputed_items(corpus: Corpus, batch: str, fields: Iterable[str]) -> tuple[str, ...]:
    """The items of a batch on which two counting votes differ in one of the fields, sorted."""
    rows = corpus.annotations
    code = next((place for place, one in enumerate(corpus.batches) if one.name == batch), -1)
    return conflicting_items(corpus, np.asarray(rows.counts & (rows.batch == code), dtype=np.bool_), fields)
