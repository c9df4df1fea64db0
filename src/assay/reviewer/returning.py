"""`assay return`: send answers back to an annotator, in a file of the reviewer's own."""

import shlex
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

import orjson

from assay.core import Annotator, JsonObject, Kind, Purpose
from assay.core import Role as PersonRole
from assay.errors import ConfigError, UsageError
from assay.files import ABSENT, digest_bytes, inside, write_all
from assay.labels import (
    ANNOTATION,
    RETURNED,
    FileRole,
    LabelFile,
    Layout,
    dump_records,
    lay_out,
    load_batches,
    read_label_file,
    read_lines,
    reopening,
)
from assay.lead import able
from assay.project import Project, Roster, load_roster
from assay.reviewer.result import SentBackFile

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What is sent back and why; `task`, `batch` and `annotators` narrow it down (empty: wherever it was answered)."""

    items: Sequence[str]
    why: str
    task: str = ""
    batch: str = ""
    annotators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    file: LabelFile
    item: str


def send_back(project: Project, reviewer: Annotator, back: Back, *, now: str) -> tuple[SentBackFile, ...]:
    """Writes `<reviewer>.returned.jsonl` beside the answers, all of it or nothing; what was sent back before stays.

    Raises:
        UsageError: the person is no reviewer, an item was answered nowhere, in several rounds, in one where answers
            stand (closed, or to qualify), or by somebody who can answer nothing now.
        ConfigError: the reviewer's file is broken.
    """
    if reviewer.role is PersonRole.ANNOTATOR:
        raise UsageError(
            f"{reviewer.id} is an annotator, and answers are sent back by a reviewer", fix="ask a reviewer or a lead"
        )
    if not back.why.strip():
        raise UsageError("nothing says why", fix="say what to look at: --why TEXT")
    roster = load_roster(project)
    people = frozenset(who for who, one in roster.annotators.items() if one.kind is Kind.PERSON)
    places = [
        one
        for item in dict.fromkeys(back.items)
        for one in _one_round(item, list(_answers(project, back, item, people)))
    ]
    _hold(project, roster, places)
    rounds = sorted({(one.file.task, one.file.batch) for one in places})
    written = [_file(project, reviewer, (task, batch), places, back, now) for task, batch in rounds]
    was = {file.path: digest for file, _, digest in written}
    write_all(project.root, {file.path: data for file, data, _ in written}, was=was)
    return tuple(file for file, _, _ in written)


def _answers(project: Project, back: Back, item: str, people: frozenset[str]) -> Iterator[_Answer]:
    tasks = [project.task(back.task).name] if back.task else list(project.tasks)
    for task in tasks:
        layout = lay_out(project.snapshot, task, project.tasks[task].pool)
        for file in _votes(layout, back, people):
            if any(
                record.item == item
                for record in read_lines(read_label_file(project.snapshot, file), ANNOTATION).records
            ):
                yield _Answer(file=file, item=item)


def _votes(layout: Layout, back: Back, people: frozenset[str]) -> Iterator[LabelFile]:
    """The files of people that are meant; nothing is sent back to a model, which would never answer."""
    for file in layout.of(FileRole.ANNOTATIONS):
        wanted = file.who in people and not file.sourced and (not back.batch or file.batch == back.batch)
        if wanted and (not back.annotators or file.who in back.annotators):
            yield file


def _one_round(item: str, found: list[_Answer]) -> list[_Answer]:
    rounds = sorted({f"{one.file.task}/{one.file.batch}" for one in found})
    if not found:
        raise UsageError(f"nobody there answered {item!r}", fix="`assay diff` names the items of a change")
    if len(rounds) > 1:
        named = ", ".join(rounds[:_SHOWN])
        raise UsageError(f"{item!r} was answered in several rounds: {named}", fix="say which: --task NAME --batch NAME")
    return found


def _hold(project: Project, roster: Roster, places: list[_Answer]) -> None:
    """Refuses what nobody could settle: answers in a batch where they stand, and of people who answer nothing now."""
    for task, name in sorted({(one.file.task, one.file.batch) for one in places}):
        here = [one for one in places if (one.file.task, one.file.batch) == (task, name)]
        batches = {one.name: one for one in load_batches(project, task, frozenset(), roster)}
        if name not in batches:
            raise ConfigError(f"labels/{task}/{name}/batch.yaml cannot be used", fix="`assay check --all` says why")
        items = list(dict.fromkeys(one.item for one in here))
        people = sorted({one.file.who for one in here})
        more = f" and {len(items) - 1:,} more" if len(items) > 1 else ""
        if batches[name].purpose is Purpose.QUALIFY:
            told = f"{items[0]!r}{more}: {task}/{name} qualifies, and its answers stand"
            raise UsageError(told, fix="talk it over with whoever gave them; nothing is sent back")
        asking = partial(_asking_anew, task, _free_name(name, batches), items)
        if batches[name].closed:
            told = f"{items[0]!r}{more}: answered in {task}/{name}, which is closed"
            anew = asking(able(roster, people, task, Purpose.RELABEL))
            raise UsageError(told, fix=f"{reopening(task, name)}; or {anew}")
        staying = able(roster, people, task, Purpose.QUALIFY)
        if away := sorted(set(people).difference(staying)):
            others = f"send it back to the others alone (--annotator {','.join(staying)}), or " if staying else ""
            status = roster.annotators[away[0]].status
            raise UsageError(f"{away[0]} is {status} and cannot answer again", fix=f"{others}{asking(())}")


def _asking_anew(task: str, name: str, items: list[str], people: tuple[str, ...]) -> str:
    """The command that asks for some items again, in a batch of its own."""
    few = len(items) <= _SHOWN and not any("|" in item for item in items)
    which = f"--where {shlex.quote('id=' + '|'.join(items))}" if few else "--items FILE"
    listed = "" if few else ", where FILE lists them, one a line"
    whom = f"--annotators {','.join(people) or 'ID,ID'} --overlap {len(people) or 2}"
    return f"ask for them anew: `assay batch create {task} {name} --purpose relabel {which} {whom}`{listed}"


def _free_name(batch: str, taken: Container[str]) -> str:
    """A name for the batch that asks again."""
    names = (f"{batch[:40]}-again{f'-{number}' if number > 1 else ''}" for number in count(1))
    return next(name for name in names if name not in taken)


def _file(
    project: Project, reviewer: Annotator, place: tuple[str, str], places: list[_Answer], back: Back, now: str
) -> tuple[SentBackFile, bytes, str]:
    """What to write, and the digest of what it replaces."""
    task, batch = place
    path = f"labels/{task}/{batch}/{reviewer.id}.returned.jsonl"
    records, digest = _before(project, path)
    sent = [(one.item, one.file.who) for one in places if (one.file.task, one.file.batch) == place]
    for item, who in sent:
        records[item, who] = {"item": item, "annotator": who, "why": back.why.strip(), "at": now}
    data = dump_records(RETURNED, [records[key] for key in sorted(records)])
    return SentBackFile(path=path, task=task, batch=batch, sent=tuple(sent)), data, digest


def _before(project: Project, path: str) -> tuple[dict[tuple[str, str], JsonObject], str]:
    if not inside(project.root, path).exists():
        return {}, ABSENT
    data = read_label_file(project.snapshot, LabelFile(path=path, role=FileRole.RETURNED))
    lines = read_lines(data, RETURNED)
    if lines.faults:
        fault = next(iter(lines.faults))
        raise ConfigError(f"{path}:{fault.line} {fault.message}", fix="run `assay check` and mend what it lists")
    records = {(one.item, one.annotator): dict(orjson.loads(RETURNED.encoder.encode(one))) for one in lines.records}
    return records, digest_bytes(data)
