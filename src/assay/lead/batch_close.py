"""`assay batch close`, `reopen` and `list`, and the votes that a closing takes from items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from assay.core import Batch, Corpus, Kind, Mask, counting_in
from assay.errors import UsageError
from assay.files import digest_bytes, inside, read_bytes, set_scalar, write_all
from assay.guidelines import load_guideline
from assay.labels import load_corpus, own_path, read_own, returns_to, with_current, workload
from assay.lead.batch_report import BatchLine, Lacking, Turned
from assay.lead.batch_state import Rounds, able, load_rounds, open_batch, stated_batch
from assay.project import Project, load_schema
from assay.quality import lost_votes, people_by_item


def close_round(project: Project, task: str, name: str, *, anyway: bool = False) -> tuple[Lacking, ...]:
    """What the batch lacks, by annotator; where that is nothing, or `anyway`, its status becomes closed.

    Raises:
        UsageError: no such open batch.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    open_batch(rounds, name)
    lacking = _lacking(rounds, name)
    if anyway or not lacking:
        path = f"labels/{task}/{name}/batch.yaml"
        data = read_bytes(inside(project.root, path))
        closed = set_scalar(data.decode("utf-8"), path, "status", "closed")
        write_all(project.root, {path: closed.encode()}, was={path: digest_bytes(data)})
    return lacking


def _lacking(rounds: Rounds, name: str) -> tuple[Lacking, ...]:
    people = sorted(
        {*rounds.open_slots(name), *filter(lambda who: _is_person(rounds, who), rounds.answered.get(name, {}))}
    )
    told = (_lacking_of(rounds, name, who) for who in people)
    return tuple(one for one in told if one.open or one.returned)


def _lacking_of(rounds: Rounds, name: str, who: str) -> Lacking:
    """What waits for one annotator."""
    own = read_own(rounds.project.root, own_path(rounds.task, name, who))
    sent_back = workload((), own, returns_to(rounds.project.snapshot, rounds.layout, name, who)).sent_back
    return Lacking(
        annotator=who,
        items=rounds.open_slots(name).get(who, ()),
        sent_back={item: sent.why for item, sent in sent_back.items()},
        away=not able(rounds.roster, [who], rounds.task, rounds.batches[name].purpose),
        undated=tuple(
            item for item, sent in sent_back.items() if not sent.at and "label" not in (own.record(item) or {})
        ),
    )


def _is_person(rounds: Rounds, who: str) -> bool:
    """Whether a file is a person's own; one that the roster does not know is looked at all the same."""
    one = rounds.roster.annotators.get(who)
    return not who.startswith("@") and (one is None or one.kind is Kind.PERSON)


def reopen_round(project: Project, task: str, name: str) -> Turned:
    """Its status becomes open, and what that takes out of the figures; of one that is open already nothing changes.

    Raises:
        UsageError: no such batch, or one without a plan: nobody is asked anything in it.
        ConfigError: a file of the batch is broken, or `batch.yaml` cannot be changed as it is written.
    """
    rounds = load_rounds(project, task)
    batch = stated_batch(rounds, name)
    if name not in rounds.plans:
        raise UsageError(
            f"{task}/{name} asks nobody anything (it has no assignments.jsonl), so nobody could answer in it",
            fix="`assay batch create` makes a batch in which its items are asked again",
        )
    counting = counting_in(load_corpus(project, rounds.schema, rounds.guideline).corpus, name)
    if batch.closed:
        path = f"labels/{task}/{name}/batch.yaml"
        data = read_bytes(inside(project.root, path))
        opened = set_scalar(data.decode("utf-8"), path, "status", "open")
        write_all(project.root, {path: opened.encode()}, was={path: digest_bytes(data)})
    return Turned(
        task=task, batch=name, closed=False, votes=counting.votes, items=counting.items, there=not batch.closed
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The items that lose a vote, each with whose it is.

    `silent`: it was asked again in the batch and is not answered. `outdated`: it was not asked again, and nobody new
    answered instead. `waiting`: nor was this one, which has no value in a field since a migration; nothing asks for one any more
    once the batch is closed.
    """

    silent: Mapping[str, tuple[str, ...]]
    outdated: Mapping[str, tuple[str, ...]]
    waiting: Mapping[str, tuple[str, ...]]

    @property
    def items(self) -> tuple[str, ...]:
        """All of them, each once, in canonical order."""
        return tuple(sorted({*self.silent, *self.outdated, *self.waiting}))


def losses_at_close(project: Project, task: str, name: str) -> Losses:
    """What is lost when an open counting batch of a task is closed as it stands; a skip is no vote.

    Raises:
        UsageError: there is no such task, or a file may not be read.
        ConfigError: schema, guideline or a migration cannot be used.
    """
    schema, guideline = load_schema(project, project.task(task).name), load_guideline(project, task)
    before = load_corpus(project, schema, guideline).corpus
    closing = tuple(replace(one, closed=True) if one.name == name else one for one in before.batches)
    after = with_current(replace(before, batches=closing), guideline, schema.migrations)
    was, now = lost_votes(before), lost_votes(after)
    return Losses(
        silent=_named(after, now.silent & ~was.silent),
        outdated=_named(after, now.outdated & ~was.outdated),
        waiting=_named(after, now.waiting & ~was.waiting),
    )


def _named(corpus: Corpus, rows: Mask) -> Mapping[str, tuple[str, ...]]:
    return {item: tuple(sorted(people)) for item, people in people_by_item(corpus, rows).items()}


def list_rounds(project: Project, task: str | None = None) -> tuple[BatchLine, ...]:
    """The batches of a task, or of all tasks; a batch whose `batch.yaml` is broken is listed as such.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema, a guideline or a plan is broken.
    """
    names = tuple(project.tasks) if task is None else (project.task(task).name,)
    return tuple(line for name in names for line in _lines(load_rounds(project, name)))


def _lines(rounds: Rounds) -> Iterator[BatchLine]:
    for name in rounds.layout.batches:
        done, slots = _progress(rounds, name)
        batch = rounds.batches.get(name)
        if batch is None:
            yield BatchLine(
                task=rounds.task,
                name=name,
                purpose="",
                status="broken",
                created="",
                guideline="",
                done=done,
                slots=slots,
            )
        else:
            yield _line(rounds.task, batch, done, slots)


def _line(task: str, batch: Batch, done: int | None, slots: int | None) -> BatchLine:
    return BatchLine(
        task=task,
        name=batch.name,
        purpose=batch.purpose.value,
        status="closed" if batch.closed else "open",
        created=batch.created,
        guideline=batch.guideline,
        done=done,
        slots=slots,
    )


def _progress(rounds: Rounds, name: str) -> tuple[int | None, int | None]:
    asked = rounds.asked.get(name)
    if asked is None:
        return None, None
    slots = sum(map(len, asked.values()))
    return slots - sum(map(len, rounds.open_slots(name).values())), slots
