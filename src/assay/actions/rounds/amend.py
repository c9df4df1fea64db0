"""A batch whose plan changes: who is asked besides, and both of its files written at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from assay.actions.rounds.spread import Counts, spread
from assay.actions.rounds.state import Rounds
from assay.errors import UsageError
from assay.labels.assignments import Plan, dump_plan, plan_path, read_plan
from assay.model.project import Batch
from assay.store.digest import digest_bytes
from assay.store.files import digest_here, inside, read_bytes, write_all
from assay.store.yaml_edit import add_member, remove_member


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
        raise UsageError(f"{planned} changed while this command ran, and nothing was written", hint="run it again")
    text = data.decode("utf-8")
    asked = {who for people in plan.values() for who in people}
    for who in sorted(asked.difference(batch.annotators)):
        text = add_member(text, path, "annotators", who)
    for who in sorted(set(without).intersection(batch.annotators)):
        text = remove_member(text, path, "annotators", who)
    write_all(rounds.project.root, {path: text.encode(), planned: dump_plan(plan)}, was=was)
