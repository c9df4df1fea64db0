"""The present state of a task's batches: who can be asked, who is asked what, who answered what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from assay import labels
from assay.core import Annotator, Batch, JsonObject, Kind, Mask, Purpose, Severity, Status
from assay.errors import ConfigError, UsageError
from assay.guidelines import Guideline, load_guideline
from assay.project import Project, Roster, TaskSchema, load_roster, load_schema, stated_as

_NOTHING = frozenset[str]()
_ONCE = frozenset({Purpose.LABEL, Purpose.QUALIFY})


@dataclass(frozen=True, kw_only=True)
class BatchState:
    """The batches of one task (by name, those with a valid `batch.yaml`) and what they depend on."""

    project: Project
    schema: TaskSchema
    guideline: Guideline
    roster: Roster
    layout: labels.Layout
    batches: Mapping[str, Batch]

    @property
    def task(self) -> str:
        """The task's name."""
        return self.schema.task

    @cached_property
    def plans(self) -> Mapping[str, labels.Plan]:
        """Who is asked what, by batch."""
        files = self.layout.of(labels.FileRole.ASSIGNMENTS)
        found = ((file.batch, labels.read_plan(self.project.snapshot, self.task, file.batch)) for file in files)
        return {batch: plan for batch, plan in found if plan is not None}

    @cached_property
    def answered(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The items that have a record, valid or not, by batch and annotator (`@source` for a source's file)."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for file in self.layout.of(labels.FileRole.ANNOTATIONS):
            lines: labels.Lines[labels.Vote] = labels.read_lines(
                labels.read_label_file(self.project.snapshot, file), labels.record_kind(file)
            )
            found.setdefault(file.batch, {})[file.who] = frozenset(
                (*(record.item for record in lines.records), *lines.faults.items)
            )
        return found

    def answered_by(self, batch: str, who: str) -> frozenset[str]:
        """The items of a batch that an annotator has answered."""
        return self.answered.get(batch, {}).get(who, _NOTHING)

    def without(self, batch: str) -> "BatchState":
        """The same as if there were no batch of that name."""
        kept = tuple(file for file in self.layout.files if file.batch != batch)
        names = tuple(name for name in self.layout.batches if name != batch)
        layout = replace(self.layout, files=kept, batches=names, planned=self.layout.planned - {batch})
        return replace(
            self, layout=layout, batches={name: self.batches[name] for name in self.batches if name != batch}
        )

    def open_slots(self, batch: str) -> Mapping[str, tuple[str, ...]]:
        """The items that each annotator is asked in a batch and has not answered, in canonical order."""
        return {
            who: labels.Workload(asked=sorted(items), answered=self.answered_by(batch, who)).open
            for who, items in sorted(self.asked.get(batch, {}).items())
        }

    def items_of(self, batches: Iterable[str]) -> frozenset[str]:
        """The items of these batches: those of the plan, or without a plan those that have an answer."""
        items: set[str] = set()
        for batch in batches:
            items.update(*((self.plans[batch],) if batch in self.plans else self.answered.get(batch, {}).values()))
        return frozenset(items)

    @cached_property
    def asked(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Which items each annotator is asked, by batch."""
        return {batch: labels.items_by_annotator(plan) for batch, plan in self.plans.items()}

    def had_by(self, who: str, *, besides: str) -> frozenset[str]:
        """The items that an annotator is asked or has answered in any other batch than `besides`."""
        asked = (asked.get(who, _NOTHING) for batch, asked in self.asked.items() if batch != besides)
        answered = (items.get(who, _NOTHING) for batch, items in self.answered.items() if batch != besides)
        return frozenset().union(*asked, *answered)

    def askable(self, items: Iterable[str], people: Iterable[str], batch: str, purpose: Purpose) -> Mask:
        """Whether each annotator may be asked each item in a batch, (items, people).

        No annotator is asked an item twice in a batch, nor, to label or to qualify, an item they had in another batch.
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


def load_batch_state(project: Project, task: str) -> BatchState:
    """Reads the batches of a task.

    Raises:
        ConfigError: its schema or guideline is broken.
        UsageError: unknown task.
    """
    layout = labels.lay_out(project.snapshot, task, project.task(task).pool)
    guideline, roster = load_guideline(project, task), load_roster(project)
    batches = labels.load_batches(project, task, guideline.versions, roster)
    return BatchState(
        project=project,
        schema=load_schema(project, task),
        guideline=guideline,
        roster=roster,
        layout=layout,
        batches={batch.name: batch for batch in batches},
    )


def sound_pool(state: BatchState) -> labels.Pool:
    """The pool's items.

    Raises:
        ConfigError: the pool has an error, so some items could not be labelled.
    """
    pool, findings = labels.read_pool(state.project.snapshot, state.layout.of(labels.FileRole.ITEMS), state.schema)
    fault = next((found for found in findings if found.severity is Severity.ERROR), None)
    if fault is not None:
        raise ConfigError(f"{fault.at} {fault.message}", fix=fault.fix)
    return pool


def require_batch(state: BatchState, name: str) -> Batch:
    """The batch of that name, open or closed.

    Raises:
        UsageError: unknown batch.
        ConfigError: its `batch.yaml` is broken.
    """
    if name not in state.layout.batches:
        there = ", ".join(state.layout.batches) or "none yet"
        raise UsageError(f"{state.task} has no batch {name!r}", fix=f"batches of {state.task}: {there}")
    if name not in state.batches:
        for file in state.layout.of(labels.FileRole.BATCH):
            if file.batch == name:
                _, faults = labels.read_batch(state.project.snapshot, file, state.guideline.versions, state.roster)
                raise ConfigError(f"{faults[0].at} {faults[0].message}", fix=faults[0].fix)
        raise ConfigError(
            f"labels/{state.task}/{name}/batch.yaml is missing", fix="`assay check --all` lists what is wrong"
        )
    return state.batches[name]


def require_open_batch(state: BatchState, name: str) -> Batch:
    """The batch of that name, if it is open.

    Raises:
        UsageError: unknown batch, or it is closed.
        ConfigError: its `batch.yaml` is broken.
    """
    batch = require_batch(state, name)
    if batch.closed:
        raise UsageError(
            f"{state.task}/{name} is closed",
            fix=f"{labels.reopening(state.task, name)}; `assay batch create` makes a new one",
        )
    return batch


def require_planned_batch(state: BatchState, name: str) -> tuple[Batch, labels.Plan]:
    """The open batch of that name and its plan.

    Raises:
        UsageError: unknown batch, it is closed, or it has no plan.
        ConfigError: its `batch.yaml` or its plan is broken.
    """
    batch = require_open_batch(state, name)
    if name not in state.plans:
        raise UsageError(
            f"{state.task}/{name} has no assignments.jsonl, so it has no slots",
            fix="`assay batch create` makes a batch with a plan",
        )
    return batch, state.plans[name]


def batch_header(purpose: Purpose, created: str, guideline: str, annotators: Iterable[str]) -> JsonObject:
    """The keys with which every `batch.yaml` starts, of an open batch; `created` is RFC 3339, UTC."""
    return {
        "purpose": purpose.value,
        "status": "open",
        "created": created,
        "guideline": guideline,
        "annotators": [*sorted(annotators)],
    }


def askable_people(roster: Roster, names: Iterable[str], task: str, purpose: Purpose) -> tuple[str, ...]:
    """The annotators, sorted, each once.

    Raises:
        UsageError: no annotator is named, or one is unknown, a model, away, a trainee, or not qualified.
    """
    people = tuple(sorted(set(names)))
    if not people:
        raise UsageError("no annotators named", fix="name annotators of the roster: --annotators ada,ben")
    refusals = (_refusal(stated_as(roster, name), task, purpose) for name in people)
    if refusal := next(filter(None, refusals), None):
        raise refusal
    return people


def able(roster: Roster, names: Iterable[str], task: str, purpose: Purpose) -> tuple[str, ...]:
    """The annotators among the names who can be asked, sorted."""
    people = {who: one for who, one in roster.annotators.items() if one.kind is Kind.PERSON and not who.startswith("@")}
    known = sorted(people.keys() & set(names))
    return tuple(name for name in known if _refusal(people[name], task, purpose) is None)


def is_inactive(roster: Roster, name: str) -> bool:
    """Whether an annotator takes no part, now or for good: away, excluded, or no longer in the roster."""
    entry = roster.annotators.get(name)
    if entry is None:
        return not roster.knows(name)
    return entry.status not in {Status.ACTIVE, Status.TRAINEE}


def require_model(roster: Roster, name: str) -> None:
    """Requires that a name is a model, which can suggest labels.

    Raises:
        UsageError: the roster has no model of that name.
    """
    entry = roster.annotators.get(name)
    if entry is None or entry.kind is not Kind.MODEL:
        models = (
            ", ".join(annotator.id for annotator in roster.annotators.values() if annotator.kind is Kind.MODEL)
            or "none yet"
        )
        add = "" if entry else f"; `assay annotator add {name} --kind model` adds one"
        raise UsageError(f"--prelabels {name}: the roster has no model of that name", fix=f"models: {models}{add}")


def _refusal(annotator: Annotator, task: str, purpose: Purpose) -> UsageError | None:
    name, learning = annotator.id, purpose is Purpose.QUALIFY
    place = f"labels/annotators/{name}.yaml"
    if annotator.status is Status.TRAINEE and not learning:
        fix = f"let {name} qualify (--purpose qualify), then write `status: active` in {place}"
        return UsageError(f"{name} is a trainee", fix=fix)
    if annotator.status not in {Status.ACTIVE, Status.TRAINEE}:
        return UsageError(
            f"{name} {annotator.status.phrase}", fix=f"ask another annotator, or change `status` in {place}"
        )
    if not learning and annotator.qualified is not None and task not in annotator.qualified:
        fix = f"let {name} qualify (--purpose qualify), then add {task} to `qualified` in {place}"
        return UsageError(f"{name} is not qualified for {task}", fix=fix)
    return None
