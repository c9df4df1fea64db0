"""`assay return`: send answers back to an annotator, in a file of the reviewer's own."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import orjson

from assay import labels
from assay.core import Annotator, JsonObject, Kind, Purpose
from assay.core import Role as PersonRole
from assay.errors import ConfigError, UsageError
from assay.files import ABSENT, digest_bytes, inside, write_all
from assay.lead import able
from assay.project import Project, Roster, load_roster
from assay.reviewer.result import SentBackFile

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What is sent back and why; `task`, `batch` and `annotators` narrow it down (empty: all)."""

    items: Sequence[str]
    why: str
    task: str = ""
    batch: str = ""
    annotators: tuple[str, ...] = ()


def send_back(project: Project, reviewer: Annotator, back: Back, *, now: str) -> tuple[SentBackFile, ...]:
    """Writes `<reviewer>.returned.jsonl` beside the answers, all of it or nothing; what was sent back before stays.

    Raises:
        UsageError: the person is not a reviewer, or an item has no answer, answers in several batches, in a batch where
            answers are final (closed, or to qualify), or by an annotator who cannot answer now.
        ConfigError: the reviewer's file is broken.
    """
    if reviewer.role is PersonRole.ANNOTATOR:
        raise UsageError(
            f"{reviewer.id} is an annotator; only a reviewer sends answers back", fix="ask a reviewer or a lead"
        )
    if not back.why.strip():
        raise UsageError("the reason is empty", fix="say what to look at again: --why TEXT")
    roster = load_roster(project)
    by_batch: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for item in dict.fromkeys(back.items):
        files = list(_answers(project, roster, back, item))
        batches = sorted({(file.task, file.batch) for file in files})
        if not files:
            raise UsageError(f"no answer to {item!r} found", fix="`assay diff` names the items of a change")
        if len(batches) > 1:
            named = ", ".join(map("/".join, batches[:_SHOWN]))
            raise UsageError(
                f"{item!r} has answers in several batches: {named}", fix="say which: --task NAME --batch NAME"
            )
        by_batch.setdefault(batches[0], []).extend((item, file.who) for file in files)
    for (task, batch), sent in sorted(by_batch.items()):
        _require_open(project, roster, task, batch, sent)
    written = [_file(project, reviewer, place, sent, back, now) for place, sent in sorted(by_batch.items())]
    was = {file.path: digest for file, _, digest in written}
    write_all(project.root, {file.path: data for file, data, _ in written}, was=was)
    return tuple(file for file, _, _ in written)


def _answers(project: Project, roster: Roster, back: Back, item: str) -> Iterator[labels.LabelFile]:
    """The files of people with an answer to the item; nothing is sent back to a model, which would never answer."""
    for task in [project.task(back.task).name] if back.task else project.tasks:
        for file in labels.lay_out(project.snapshot, task, project.tasks[task].pool).of(labels.FileRole.ANNOTATIONS):
            entry = roster.annotators.get(file.who)
            wanted = entry is not None and entry.kind is Kind.PERSON and not file.sourced
            wanted = wanted and back.batch in {"", file.batch} and (not back.annotators or file.who in back.annotators)
            if wanted:
                records = labels.read_lines(labels.read_label_file(project.snapshot, file), labels.ANNOTATION).records
                if any(record.item == item for record in records):
                    yield file


def _require_open(project: Project, roster: Roster, task: str, name: str, sent: list[tuple[str, str]]) -> None:
    """Refuses answers that nobody could change: in a batch where they are final, or of people who cannot answer now."""
    batches = {batch.name: batch for batch in labels.load_batches(project, task, frozenset(), roster)}
    if name not in batches:
        raise ConfigError(f"labels/{task}/{name}/batch.yaml cannot be used", fix="`assay check --all` says why")
    items = list(dict.fromkeys(item for item, _ in sent))
    people = sorted({who for _, who in sent})
    more = f" and {len(items) - 1:,} more" if len(items) > 1 else ""
    if batches[name].purpose is Purpose.QUALIFY:
        final = f"{items[0]!r}{more}: {task}/{name} qualifies annotators, and its answers are final"
        raise UsageError(final, fix="discuss it with the annotator instead of sending it back")
    names = (f"{name[:40]}-again{f'-{number}' if number > 1 else ''}" for number in count(1))
    new = next(new for new in names if new not in batches)
    few = len(items) <= _SHOWN and not any("|" in item for item in items)
    which = f"--where {shlex.quote('id=' + '|'.join(items))}" if few else "--items FILE"
    again = f"ask for them again: `assay batch create {task} {new} --purpose relabel {which} --annotators"
    listed = "" if few else ", where FILE lists them, one per line"
    if batches[name].closed:
        closed = f"{items[0]!r}{more}: answered in {task}/{name}, which is closed"
        whom = able(roster, people, task, Purpose.RELABEL)
        asked = f"{','.join(whom) or 'ID,ID'} --overlap {len(whom) or 2}"
        raise UsageError(closed, fix=f"{labels.reopening(task, name)}; or {again} {asked}`{listed}")
    staying = able(roster, people, task, Purpose.QUALIFY)
    if away := sorted(set(people).difference(staying)):
        others = f"send it back to the others only (--annotator {','.join(staying)}), or " if staying else ""
        status = roster.annotators[away[0]].status
        fix = f"{others}{again} ID,ID --overlap 2`{listed}"
        raise UsageError(f"{away[0]} is {status} and cannot answer again", fix=fix)


def _file(
    project: Project, reviewer: Annotator, place: tuple[str, str], sent: list[tuple[str, str]], back: Back, now: str
) -> tuple[SentBackFile, bytes, str]:
    task, batch = place
    path = f"labels/{task}/{batch}/{reviewer.id}.returned.jsonl"
    records, digest = dict[tuple[str, str], JsonObject](), ABSENT
    if inside(project.root, path).exists():
        data = labels.read_label_file(project.snapshot, labels.LabelFile(path=path, role=labels.FileRole.RETURNED))
        lines, digest = labels.read_lines(data, labels.RETURNED), digest_bytes(data)
        if lines.faults:
            fault = next(iter(lines.faults))
            raise ConfigError(f"{path}:{fault.line} {fault.message}", fix="run `assay check` and fix what it lists")
        for record in lines.records:
            records[record.item, record.annotator] = dict(orjson.loads(labels.RETURNED.encoder.encode(record)))
    for item, who in sent:
        records[item, who] = {"item": item, "annotator": who, "why": back.why.strip(), "at": now}
    new = labels.dump_records(labels.RETURNED, records.values())
    return SentBackFile(path=path, task=task, batch=batch, sent=tuple(sent)), new, digest
