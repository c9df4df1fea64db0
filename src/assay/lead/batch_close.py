"""`assay batch close`, `reopen` and `list`, and the votes that items lose when a batch closes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.core import Corpus, Kind, Mask, counting_votes
from assay.errors import UsageError
from assay.files import digest_bytes, inside, read_bytes, set_scalar, write_all
from assay.guidelines import load_guideline
from assay.labels import load_corpus, own_path, read_own, returns_to, with_current, workload
from assay.lead.batch_report import BatchLine, Lacking, Turned
from assay.lead.batch_state import able, load_batch_state, require_batch, require_open_batch
from assay.project import Project, load_schema
from assay.quality import lost_votes, people_by_item


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
        own = read_own(project.root, own_path(task, name, who))
        returned = workload((), own, returns_to(project.snapshot, state.layout, name, who)).sent_back
        undated = (item for item, sent in returned.items() if not sent.at and "label" not in (own.record(item) or {}))
        lack = Lacking(
            annotator=who,
            items=slots.get(who, ()),
            sent_back={item: sent.why for item, sent in returned.items()},
            away=not able(state.roster, [who], task, state.batches[name].purpose),
            undated=tuple(undated),
        )
        found.append(lack)
    lacking = tuple(lack for lack in found if lack.open or lack.returned)
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
    counting = counting_votes(load_corpus(project, state.schema, state.guideline).corpus, name)
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
    before = load_corpus(project, schema, guideline).corpus
    closing = tuple(replace(batch, closed=True) if batch.name == name else batch for batch in before.batches)
    after = with_current(replace(before, batches=closing), guideline, schema.migrations)
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
            slots = sum(map(len, state.asked[name].values())) if name in state.asked else None
            batch = state.batches.get(name)
            line = BatchLine(
                task=state.task,
                name=name,
                purpose=batch.purpose.value if batch else "",
                status="broken" if batch is None else "closed" if batch.closed else "open",
                created=batch.created if batch else "",
                guideline=batch.guideline if batch else "",
                done=None if slots is None else slots - sum(map(len, state.open_slots(name).values())),
                slots=slots,
            )
            lines.append(line)
    return tuple(lines)
