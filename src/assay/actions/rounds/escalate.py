"""`assay batch escalate`: where the votes disagree, further annotators are asked."""

from collections.abc import Iterable, Mapping

import numpy as np

from assay.actions.rounds.amend import ask, write_plan
from assay.actions.rounds.chance import generator
from assay.actions.rounds.people import able, askable_people
from assay.actions.rounds.state import Rounds, load_rounds, planned_batch
from assay.agreement.coefficient import DISPUTABLE
from assay.errors import UsageError
from assay.labels import load_corpus
from assay.labels.assignments import Plan
from assay.labels.paths import Role
from assay.model.project import Batch
from assay.model.rounds import Handed
from assay.project import Project
from assay.table import Corpus
from assay.table.differing import differing


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
            hint=f"measured are {', '.join(sorted(DISPUTABLE))}; `assay batch create --purpose audit` asks anew",
        )
    return fields


def _votes(rounds: Rounds, name: str) -> Corpus:
    files = frozenset(file.path for file in rounds.layout.of(Role.ANNOTATIONS) if file.batch == name)
    return load_corpus(rounds.project, rounds.schema, rounds.guideline, only=files).corpus


def _further(rounds: Rounds, batch: Batch, plan: Plan, annotators: tuple[str, ...]) -> tuple[str, ...]:
    if annotators:
        return askable_people(rounds.roster, annotators, rounds.task, batch.purpose)
    named = {*batch.annotators, *(who for people in plan.values() for who in people)}
    people = able(rounds.roster, named, rounds.task, batch.purpose)
    if not people:
        raise UsageError(
            f"nobody of {rounds.task}/{batch.name} can be asked further", hint="name whom to ask: --annotators dana,eli"
        )
    return people
