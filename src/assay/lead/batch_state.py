"""What a task's batches are now: who can be asked, who was asked what, who answered what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from assay.core import Annotator, Batch, Kind, Mask, Purpose, Severity, Status
from assay.errors import ConfigError, UsageError
from assay.guidelines import Guideline, load_guideline
from assay.labels import (
    FileRole,
    LabelFile,
    Layout,
    Lines,
    Plan,
    Pool,
    Vote,
    Workload,
    items_by_annotator,
    lay_out,
    load_batches,
    read_batch,
    read_label_file,
    read_lines,
    read_plan,
    read_pool,
    record_kind,
    reopening,
)
from assay.project import Project, Roster, TaskSchema, load_roster, load_schema, stated_as

_NOTHING = frozenset[str]()
_ONCE = frozenset({Purpose.LABEL, Purpose.QUALIFY})


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """The rounds of one task. `version` is the guideline's, `batches` those whose `batch.yaml` can be used, by name."""

    project: Project
    schema: TaskSchema
    version: str
    guideline: Guideline
    roster: Roster
    layout: Layout
    batches: Mapping[str, Batch]

    @property
    def task(self) -> str:
        """The task's name."""
        return self.schema.task

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """Who is asked what, by batch."""
        files = self.layout.of(FileRole.ASSIGNMENTS)
        found = ((file.batch, read_plan(self.project.snapshot, self.task, file.batch)) for file in files)
        return {batch: plan for batch, plan in found if plan is not None}

    @cached_property
    def answered(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Which items have a record, by batch and annotator (`@source` for a source's file), sound or not."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for file in self.layout.of(FileRole.ANNOTATIONS):
            found.setdefault(file.batch, {})[file.who] = _items_in(self.project, file)
        return found

    def answered_by(self, batch: str, who: str) -> frozenset[str]:
        """The items of a batch that an annotator has answered."""
        return self.answered.get(batch, {}).get(who, _NOTHING)

    def without(self, batch: str) -> "Rounds":
        """The rounds as if there were no batch of that name."""
        kept = tuple(file for file in self.layout.files if file.batch != batch)
        names = tuple(name for name in self.layout.batches if name != batch)
        layout = replace(self.layout, files=kept, batches=names, planned=self.layout.planned - {batch})
        return replace(
            self, layout=layout, batches={name: self.batches[name] for name in self.batches if name != batch}
        )

    def open_slots(self, batch: str) -> Mapping[str, tuple[str, ...]]:
        """The items that each annotator is asked in a batch and has not answered, in canonical order."""
        return {
            who: Workload(asked=sorted(items), answered=self.answered_by(batch, who)).open
            for who, items in sorted(self.asked.get(batch, {}).items())
        }

    def held(self, batches: Iterable[str]) -> frozenset[str]:
        """The items that these batches hold: those of the plan, or in a batch without one those that anybody answered."""
        items: set[str] = set()
        for batch in batches:
            items.update(*((self.plans[batch],) if batch in self.plans else self.answered.get(batch, {}).values()))
        return frozenset(items)

    @cached_property
    def asked(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Which items each annotator is asked, by batch."""
        return {batch: items_by_annotator(plan) for batch, plan in self.plans.items()}

    def had_by(self, who: str, *, besides: str) -> frozenset[str]:
        """The items that an annotator is asked or has answered in any other batch than `besides`."""
        asked = (asked.get(who, _NOTHING) for batch, asked in self.asked.items() if batch != besides)
        answered = (given.get(who, _NOTHING) for batch, given in self.answered.items() if batch != besides)
        return frozenset().union(*asked, *answered)

    def askable(self, items: Iterable[str], people: Iterable[str], batch: str, purpose: Purpose) -> Mask:
        """Whether each item may be asked of each person in a batch, (items, people).

        Nobody is asked twice in a batch, nor, to label or to qualify, what they have had in another one.
        """
        rows = {item: row for row, item in enumerate(items)}
        columns = tuple(people)
        free = np.ones((len(rows), len(columns)), dtype=np.bool_)
        for column, who in enumerate(columns):
            free[[rows[item] for item in self._refused(who, batch, purpose) if item in rows], column] = False
        return free

    def _refused(self, who: str, batch: str, purpose: Purpose) -> frozenset[str]:
        here = self.asked.get(batch, {}).get(who, _NOTHING) | self.answered_by(batch, who)
        return here | self.had_by(who, besides=batch) if purpose in _ONCE else here


def load_rounds(project: Project, task: str) -> Rounds:
    """The rounds of a task.

    Raises:
        ConfigError: its schema or guideline is broken.
        UsageError: there is no such task.
    """
    layout = lay_out(project.snapshot, task, project.task(task).pool)
    guideline, roster = load_guideline(project, task), load_roster(project)
    batches = load_batches(project, task, guideline.versions, roster)
    return Rounds(
        project=project,
        schema=load_schema(project, task),
        version=guideline.version,
        guideline=guideline,
        roster=roster,
        layout=layout,
        batches={batch.name: batch for batch in batches},
    )


def sound_pool(rounds: Rounds) -> Pool:
    """The items that can be handed out.

    Raises:
        ConfigError: something is wrong with the pool; nobody could label what cannot be read.
    """
    pool, findings = read_pool(rounds.project.snapshot, rounds.layout.of(FileRole.ITEMS), rounds.schema)
    fault = next((found for found in findings if found.severity is Severity.ERROR), None)
    if fault is not None:
        raise ConfigError(f"{fault.at} {fault.message}", fix=fault.fix)
    return pool


def stated_batch(rounds: Rounds, name: str) -> Batch:
    """The batch of that name, open or closed.

    Raises:
        UsageError: there is none.
        ConfigError: its `batch.yaml` is broken.
    """
    if name not in rounds.layout.batches:
        there = ", ".join(rounds.layout.batches) or "none yet"
        raise UsageError(f"{rounds.task} has no batch {name!r}", fix=f"batches of {rounds.task}: {there}")
    if name not in rounds.batches:
        for file in rounds.layout.of(FileRole.BATCH):
            if file.batch == name:
                _, faults = read_batch(rounds.project.snapshot, file, rounds.guideline.versions, rounds.roster)
                raise ConfigError(f"{faults[0].at} {faults[0].message}", fix=faults[0].fix)
        raise ConfigError(
            f"labels/{rounds.task}/{name}/batch.yaml is absent", fix="`assay check --all` says what is wrong"
        )
    return rounds.batches[name]


def open_batch(rounds: Rounds, name: str) -> Batch:
    """The batch of that name, if it is open.

    Raises:
        UsageError: there is none, or it is closed.
        ConfigError: its `batch.yaml` is broken.
    """
    batch = stated_batch(rounds, name)
    if batch.closed:
        raise UsageError(
            f"{rounds.task}/{name} is closed",
            fix=f"{reopening(rounds.task, name)}; `assay batch create` makes a new one",
        )
    return batch


def planned_batch(rounds: Rounds, name: str) -> tuple[Batch, Plan]:
    """The open batch of that name and its plan.

    Raises:
        UsageError: there is none, it is closed, or it has no plan.
        ConfigError: its `batch.yaml` or its plan is broken.
    """
    batch = open_batch(rounds, name)
    if name not in rounds.plans:
        raise UsageError(
            f"{rounds.task}/{name} has no assignments.jsonl, so nobody is asked anything in it",
            fix="`assay batch create` makes a round with a plan",
        )
    return batch, rounds.plans[name]


def _items_in(project: Project, file: LabelFile) -> frozenset[str]:
    lines: Lines[Vote] = read_lines(read_label_file(project.snapshot, file), record_kind(file))
    return frozenset((*(record.item for record in lines.records), *lines.faults.items))


def askable_people(roster: Roster, names: Iterable[str], task: str, purpose: Purpose) -> tuple[str, ...]:
    """The people, sorted, each once.

    Raises:
        UsageError: nobody is named, or one of them is unknown, a model, away, still learning, or not qualified.
    """
    people = tuple(sorted(set(names)))
    if not people:
        raise UsageError("nobody is asked", fix="name people of the roster: --annotators ada,ben")
    refusals = (_refusal(stated_as(roster, name), task, purpose) for name in people)
    if refusal := next(filter(None, refusals), None):
        raise refusal
    return people


def able(roster: Roster, names: Iterable[str], task: str, purpose: Purpose) -> tuple[str, ...]:
    """Those of the names that can be asked, sorted."""
    return tuple(name for name in sorted(set(names)) if _can(roster, name, task, purpose))


def is_gone(roster: Roster, name: str) -> bool:
    """Whether somebody takes no part any more, or not for now: away, excluded, or in the roster no more."""
    entry = roster.annotators.get(name)
    if entry is None:
        return not roster.knows(name)
    return entry.status not in {Status.ACTIVE, Status.TRAINEE}


def refuse_no_model(roster: Roster, name: str) -> None:
    """Refuses what cannot suggest labels.

    Raises:
        UsageError: the roster has no model of that name.
    """
    entry = roster.annotators.get(name)
    if entry is None or entry.kind is not Kind.MODEL:
        models = ", ".join(one.id for one in roster.annotators.values() if one.kind is Kind.MODEL) or "none yet"
        add = "" if entry else f"; `assay annotator add {name} --kind model` adds one"
        raise UsageError(f"--prelabels {name}: the roster has no model of that name", fix=f"models: {models}{add}")


def _can(roster: Roster, name: str, task: str, purpose: Purpose) -> bool:
    entry = roster.annotators.get(name)
    known = entry is not None and entry.kind is Kind.PERSON and not name.startswith("@")
    return known and _refusal(roster.annotators[name], task, purpose) is None


def _refusal(annotator: Annotator, task: str, purpose: Purpose) -> UsageError | None:
    name, learning = annotator.id, purpose is Purpose.QUALIFY
    place = f"labels/annotators/{name}.yaml"
    if annotator.status is Status.TRAINEE and not learning:
        fix = f"let {name} qualify (--purpose qualify), then write `status: active` in {place}"
        return UsageError(f"{name} is a trainee", fix=fix)
    if annotator.status not in {Status.ACTIVE, Status.TRAINEE}:
        return UsageError(f"{name} {annotator.status.said}", fix=f"ask somebody else, or change `status` in {place}")
    if not learning and annotator.qualified is not None and task not in annotator.qualified:
        fix = f"let {name} qualify (--purpose qualify), then add {task} to `qualified` in {place}"
        return UsageError(f"{name} is not qualified for {task}", fix=fix)
    return None
