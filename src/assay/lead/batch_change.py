"""`assay batch reassign` and `escalate`: a plan changes, and both of its files are written at once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from assay.agreement import DISPUTABLE
from assay.core import Batch, Corpus, differing
from assay.errors import UsageError
from assay.files import add_member, digest_bytes, digest_here, inside, read_bytes, remove_member, write_all
from assay.labels import FileRole, Plan, dump_plan, load_corpus, plan_path, read_plan
from assay.lead.assign import Counts, generator, spread
from assay.lead.batch_report import Handed
from assay.lead.batch_state import Rounds, able, askable_people, is_gone, load_rounds, planned_batch
from assay.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked besides, by item; how many each takes; the items that got fewer than they need."""

    people: Mapping[str, tuple[str, ...]]
    given: Mapping[str, int]
    stuck: tuple[str, ...]


def ask(
    rounds: Rounds, batch: Batch, needs: Mapping[str, int], people: tuple[str, ...], rng: np.random.Generator
) -> Asked:
    """Asks each item of as many more people as it needs, or as many as there are; even over what is still open."""
    items = tuple(sorted(needs))
    allowed = rounds.askable(items, people, batch.name, batch.purpose)
    wanted: Counts = np.array([needs[item] for item in items], dtype=np.int64)
    possible = np.minimum(wanted, allowed.sum(axis=1))
    still_open = rounds.open_slots(batch.name)
    base: Counts = np.array([len(still_open.get(who, ())) for who in people], dtype=np.int64)
    given = spread(possible, allowed, base, first=np.zeros(len(items), dtype=np.bool_), rng=rng)
    rows = zip(items, given, strict=True)
    loads = zip(people, given.sum(axis=0).tolist(), strict=True)
    return Asked(
        people={item: tuple(people[place] for place in np.flatnonzero(asked).tolist()) for item, asked in rows},
        given={who: load for who, load in loads if load},
        stuck=tuple(item for item, short in zip(items, possible < wanted, strict=True) if short),
    )


def write_plan(rounds: Rounds, batch: Batch, plan: Plan, *, without: Iterable[str] = ()) -> None:
    """Writes a plan, and in `batch.yaml` names those it asks and no longer names those `without`.

    Raises:
        ConfigError: `batch.yaml` is written in a way that this cannot change.
        UsageError: another process is writing, a file has changed since it was read, or the disk refuses.
    """
    path, planned = f"labels/{rounds.task}/{batch.name}/batch.yaml", plan_path(rounds.task, batch.name)
    data = read_bytes(inside(rounds.project.root, path))
    was = {path: digest_bytes(data), planned: digest_here(rounds.project.root, planned)}
    if read_plan(rounds.project.snapshot, rounds.task, batch.name) != rounds.plans[batch.name]:
        raise UsageError(f"{planned} changed while this command ran, and nothing was written", fix="run it again")
    text = data.decode("utf-8")
    asked = {who for people in plan.values() for who in people}
    for who in sorted(asked.difference(batch.annotators)):
        text = add_member(text, path, "annotators", who)
    for who in sorted(set(without).intersection(batch.annotators)):
        text = remove_member(text, path, "annotators", who)
    write_all(rounds.project.root, {path: text.encode(), planned: dump_plan(plan)}, was=was)


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
            fix=f"asked are: {', '.join(still_open) or 'nobody'}",
        )
    return {leaver: still_open[leaver]}


def _takers(rounds: Rounds, batch: Batch, plan: Plan, leavers: tuple[str, ...], to: tuple[str, ...]) -> tuple[str, ...]:
    if both := [who for who in leavers if who in to]:
        raise UsageError(f"--to names {both[0]}, who leaves", fix="name others, or leave --to away")
    if to:
        return askable_people(rounds.roster, to, rounds.task, batch.purpose)
    named = {*batch.annotators, *(who for people in plan.values() for who in people)}.difference(leavers)
    people = able(rounds.roster, named, rounds.task, batch.purpose)
    if not people:
        raise UsageError(
            f"nobody else of {rounds.task}/{batch.name} can take over", fix="name who takes over: --to ben,chen"
        )
    return people


def _kept(people: tuple[str, ...], waiting: Mapping[str, tuple[str, ...]], item: str, taken: int) -> tuple[str, ...]:
    """Who is asked an item still, where so many of the leavers' slots are taken over."""
    leaving = [who for who in people if item in waiting.get(who, ())][:taken]
    return tuple(who for who in people if who not in leaving)


def escalate_round(
    project: Project, task: str, name: str, *, to: int, annotators: tuple[str, ...] = (), seed: int = 42
) -> Handed:
    """Asks each item on whose measured fields the votes so far disagree of further annotators, `to` in all.

    The further annotators are those named, else those of the batch. Votes are valid, no skip, and by people whose
    votes count; a field that a vote leaves out says nothing.

    Raises:
        UsageError: no such open batch, or somebody named cannot be asked.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    batch, plan = planned_batch(rounds, name)
    people = _further(rounds, batch, plan, annotators)
    disputed = disputed_items(_votes(rounds, name), name, _measured(rounds))
    needs = {item: to - len(plan[item]) for item in disputed if len(plan.get(item, ())) < to and item in plan}
    asked = ask(rounds, batch, needs, people, generator(seed, task, name, "escalate", str(to)))
    widened: Mapping[str, tuple[str, ...]] = {item: more for item, more in asked.people.items() if more}
    if widened:
        after = {item: tuple(sorted((*asked_of, *widened.get(item, ())))) for item, asked_of in plan.items()}
        write_plan(rounds, batch, after)
    return Handed(task=task, batch=name, given=asked.given, items=len(widened), stuck=asked.stuck)


def disputed_items(corpus: Corpus, batch: str, fields: Iterable[str]) -> tuple[str, ...]:
    """The items of a batch on which two counting votes differ in one of the fields, sorted."""
    rows = corpus.annotations
    code = next((place for place, one in enumerate(corpus.batches) if one.name == batch), -1)
    return differing(corpus, np.asarray(rows.counts & (rows.batch == code), dtype=np.bool_), fields)


def _measured(rounds: Rounds) -> tuple[str, ...]:
    fields = tuple(field.name for field in rounds.schema.fields if field.scale in DISPUTABLE)
    if not fields:
        raise UsageError(
            f"no field of {rounds.task} is on a scale whose agreement is measured, so nothing says who disagrees",
            fix=f"measured are {', '.join(sorted(DISPUTABLE))}; `assay batch create --purpose audit` asks anew",
        )
    return fields


def _votes(rounds: Rounds, name: str) -> Corpus:
    files = frozenset(file.path for file in rounds.layout.of(FileRole.ANNOTATIONS) if file.batch == name)
    return load_corpus(rounds.project, rounds.schema, rounds.guideline, only=files).corpus


def _further(rounds: Rounds, batch: Batch, plan: Plan, annotators: tuple[str, ...]) -> tuple[str, ...]:
    if annotators:
        return askable_people(rounds.roster, annotators, rounds.task, batch.purpose)
    named = {*batch.annotators, *(who for people in plan.values() for who in people)}
    people = able(rounds.roster, named, rounds.task, batch.purpose)
    if not people:
        raise UsageError(
            f"nobody of {rounds.task}/{batch.name} can be asked further", fix="name whom to ask: --annotators dana,eli"
        )
    return people
