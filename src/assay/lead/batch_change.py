"""`assay batch reassign`, `escalate`, `close`, `reopen` and `list`; and the votes that items lose when a batch closes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from assay import labels
from assay.agreement import DISPUTABLE
from assay.core import Batch, Corpus, Kind, Mask, conflicting_items, counting_votes
from assay.errors import UsageError
from assay.files import add_member, digest_bytes, digest_here, inside, read_bytes, remove_member, set_scalar, write_all
from assay.guidelines import load_guideline
from assay.lead.assign import Counts, generator, spread
from assay.lead.batch_report import BatchLine, Lacking, SlotChange, Turned
from assay.lead.batch_state import (
    BatchState,
    able,
    askable_people,
    is_inactive,
    load_batch_state,
    require_batch,
    require_open_batch,
    require_planned_batch,
)
from assay.project import Project, load_schema
from assay.quality import lost_votes, people_by_item


def add_slots(
    state: BatchState, batch: Batch, needs: Mapping[str, int], people: tuple[str, ...], rng: np.random.Generator
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, int], tuple[str, ...]]:
    """Assigns further annotators to each item, as many as it needs or as there are; even over all open slots.

    Returns:
        The further annotators by item, the new slots by annotator, and the items that got fewer than they need.
    """
    items = tuple(sorted(needs))
    allowed = state.askable(items, people, batch.name, batch.purpose)
    wanted: Counts = np.array([needs[item] for item in items], dtype=np.int64)
    possible = np.minimum(wanted, allowed.sum(axis=1))
    still_open = state.open_slots(batch.name)
    base: Counts = np.array([len(still_open.get(who, ())) for who in people], dtype=np.int64)
    assigned = spread(possible, allowed, base, first=np.zeros(len(items), dtype=np.bool_), rng=rng)
    rows = zip(items, assigned, strict=True)
    loads = zip(people, assigned.sum(axis=0).tolist(), strict=True)
    return (
        {item: tuple(people[place] for place in np.flatnonzero(asked).tolist()) for item, asked in rows},
        {who: load for who, load in loads if load},
        tuple(item for item, short in zip(items, possible < wanted, strict=True) if short),
    )


def write_plan(state: BatchState, batch: Batch, plan: labels.Plan, *, without: Iterable[str] = ()) -> None:
    """Writes a plan; adds its annotators to `batch.yaml` and removes those in `without`.

    Raises:
        ConfigError: `batch.yaml` has a form that cannot be edited.
        UsageError: another process is writing, a file has changed since it was read, or writing failed.
    """
    path, planned = f"labels/{state.task}/{batch.name}/batch.yaml", labels.plan_path(state.task, batch.name)
    data = read_bytes(inside(state.project.root, path))
    was = {path: digest_bytes(data), planned: digest_here(state.project.root, planned)}
    if labels.read_plan(state.project.snapshot, state.task, batch.name) != state.plans[batch.name]:
        raise UsageError(f"{planned} changed while this command ran; nothing was written", fix="run it again")
    text = data.decode("utf-8")
    asked = {who for people in plan.values() for who in people}
    for who in sorted(asked.difference(batch.annotators)):
        text = add_member(text, path, "annotators", who)
    for who in sorted(set(without).intersection(batch.annotators)):
        text = remove_member(text, path, "annotators", who)
    write_all(state.project.root, {path: text.encode(), planned: labels.dump_plan(plan)}, was=was)


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
    added, loads, stuck = add_slots(state, batch, left, people, generator(seed, task, name, "reassign", *leavers))
    moved: dict[str, tuple[str, ...]] = {}
    for item, takers in added.items():
        replaced = [who for who in plan[item] if item in waiting.get(who, ())][: len(takers)]
        if takers:
            moved[item] = tuple(sorted((*(who for who in plan[item] if who not in replaced), *takers)))
    after = {**plan, **moved}
    still = {who for asked_now in after.values() for who in asked_now}
    gone = [who for who in leavers if who not in still and not state.answered_by(name, who)]
    if moved:
        write_plan(state, batch, after, without=gone)
    return SlotChange(task=task, batch=name, loads=loads, items=len(moved), stuck=stuck, leavers=leavers)


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
    files = frozenset(file.path for file in state.layout.of(labels.FileRole.ANNOTATIONS) if file.batch == name)
    fields = tuple(field.name for field in state.schema.fields if field.scale in DISPUTABLE)
    if not fields:
        raise UsageError(
            f"no field of {state.task} has a scale whose agreement is measured, so no disagreement is known",
            fix=f"measured scales: {', '.join(sorted(DISPUTABLE))}; `assay batch create --purpose audit` asks again",
        )
    disputed = disputed_items(
        labels.load_corpus(state.project, state.schema, state.guideline, only=files).corpus, name, fields
    )
    needs = {item: to - len(plan[item]) for item in disputed if len(plan.get(item, ())) < to and item in plan}
    added, loads, stuck = add_slots(state, batch, needs, people, generator(seed, task, name, "escalate", str(to)))
    widened: Mapping[str, tuple[str, ...]] = {item: more for item, more in added.items() if more}
    if widened:
        after = {item: tuple(sorted((*asked_of, *widened.get(item, ())))) for item, asked_of in plan.items()}
        write_plan(state, batch, after)
    return SlotChange(task=task, batch=name, loads=loads, items=len(widened), stuck=stuck)


def disputed_items(corpus: Corpus, batch: str, fields: Iterable[str]) -> tuple[str, ...]:
    """The items of a batch on which two counting votes differ in one of the fields, sorted."""
    rows = corpus.annotations
    code = next((place for place, one in enumerate(corpus.batches) if one.name == batch), -1)
    return conflicting_items(corpus, np.asarray(rows.counts & (rows.batch == code), dtype=np.bool_), fields)


def close_batch(project: Project, task: str, name: str, *, anyway: bool = False) -> tuple[Lacking, ...]:
    """What the batch lacks, by annotator; if nothing, or with `anyway`, its status becomes closed.

    Raises:
        UsageError: no such open batch.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    state = load_batch_state(project, task)
    require_open_batch(state, name)
    others = {who for who, entry in state.roster.annotators.items() if entry.kind is not Kind.PERSON}
    answered = {who for who in state.answered.get(name, {}) if not who.startswith("@") and who not in others}
    slots, found = state.open_slots(name), []
    for who in sorted(answered.union(slots)):
        own = labels.read_own(project.root, labels.own_path(task, name, who))
        returned = labels.workload((), own, labels.returns_to(project.snapshot, state.layout, name, who)).sent_back
        undated = (item for item, sent in returned.items() if not sent.at and "label" not in (own.record(item) or {}))
        lack = Lacking(
            annotator=who,
            items=slots.get(who, ()),
            sent_back={item: sent.why for item, sent in returned.items()},
            away=not able(state.roster, [who], task, state.batches[name].purpose),
            undated=tuple(undated),
        )
        found.append(lack)
    lacking = tuple(lack for lack in found if lack.items or lack.sent_back)
    if anyway or not lacking:
        _write_status(project, task, name, "closed")
    return lacking


def _write_status(project: Project, task: str, name: str, status: str) -> None:
    path = f"labels/{task}/{name}/batch.yaml"
    data = read_bytes(inside(project.root, path))
    text = set_scalar(data.decode("utf-8"), path, "status", status)
    write_all(project.root, {path: text.encode()}, was={path: digest_bytes(data)})


def reopen_batch(project: Project, task: str, name: str) -> Turned:
    """Sets the status to open, and returns how many votes no longer count; an open batch stays as it is.

    Raises:
        UsageError: no such batch, or one without a plan.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    state = load_batch_state(project, task)
    batch = require_batch(state, name)
    if name not in state.plans:
        raise UsageError(
            f"{task}/{name} has no assignments.jsonl, so it has no slots to answer",
            fix="`assay batch create` makes a new batch of its items",
        )
    counting = counting_votes(labels.load_corpus(project, state.schema, state.guideline).corpus, name)
    if batch.closed:
        _write_status(project, task, name, "open")
    return Turned(
        task=task, batch=name, closed=False, votes=counting.votes, items=counting.items, there=not batch.closed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The items that lose a vote, each with the vote's annotators.

    `silent`: asked again in the batch, and not answered. `outdated`: not asked again, and not replaced by a new annotator.
    `waiting`: as `outdated`, of a vote without a value in a field since a migration; no open batch asks for it then.
    """

    silent: Mapping[str, tuple[str, ...]]
    outdated: Mapping[str, tuple[str, ...]]
    waiting: Mapping[str, tuple[str, ...]]

    @property
    def items(self) -> tuple[str, ...]:
        """All items, each once, in canonical order."""
        return tuple(sorted({*self.silent, *self.outdated, *self.waiting}))


def losses_at_close(project: Project, task: str, name: str) -> Losses:
    """The votes that items lose if an open counting batch is closed now; a skip is not a vote.

    Raises:
        UsageError: unknown task, or a file is not readable.
        ConfigError: schema, guideline or a migration cannot be used.
    """
    schema, guideline = load_schema(project, project.task(task).name), load_guideline(project, task)
    before = labels.load_corpus(project, schema, guideline).corpus
    closing = tuple(replace(batch, closed=True) if batch.name == name else batch for batch in before.batches)
    after = labels.with_current(replace(before, batches=closing), guideline, schema.migrations)
    was, now = lost_votes(before), lost_votes(after)
    return Losses(
        silent=_named(after, now.silent & ~was.silent),
        outdated=_named(after, now.outdated & ~was.outdated),
        waiting=_named(after, now.waiting & ~was.waiting),
    )


def _named(corpus: Corpus, rows: Mask) -> Mapping[str, tuple[str, ...]]:
    return {item: tuple(sorted(people)) for item, people in people_by_item(corpus, rows).items()}


def list_batches(project: Project, task: str | None = None) -> tuple[BatchLine, ...]:
    """The batches of a task, or of all tasks; a batch whose `batch.yaml` is broken is listed as such.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema, a guideline or a plan is broken.
    """
    names = tuple(project.tasks) if task is None else (project.task(task).name,)
    lines = []
    for state in (load_batch_state(project, each) for each in names):
        for name in state.layout.batches:
            counted = _slots(state, name)
            batch = state.batches.get(name)
            line = BatchLine(
                task=state.task,
                name=name,
                purpose=batch.purpose.value if batch else "",
                status="broken" if batch is None else "closed" if batch.closed else "open",
                created=batch.created if batch else "",
                guideline=batch.guideline if batch else "",
                done=counted[0] if counted else None,
                slots=counted[1] if counted else None,
            )
            lines.append(line)
    project.snapshot.results.save()
    return tuple(lines)


def _slots(state: BatchState, name: str) -> list[int]:
    """How many slots of a batch are answered, and how many there are; nothing where it has no plan. Kept by its content."""
    snapshot = state.project.snapshot
    files = tuple(file for file in state.layout.files if file.batch == name)
    alone = replace(state, layout=replace(state.layout, files=files))

    def counted() -> list[int]:
        if name not in alone.asked:
            return []
        slots = sum(map(len, alone.asked[name].values()))
        return [slots - sum(map(len, alone.open_slots(name).values())), slots]

    state_of = partial(labels.listed, snapshot, f"labels/{state.task}/{name}")
    return labels.kept(snapshot.results, "slots", state_of, list[int], counted)
