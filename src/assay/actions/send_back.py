"""`assay return`: send answers back to an annotator, in a file of the reviewer's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from assay.errors import ConfigError, UsageError
from assay.labels.canonical import RecordKind, dump_records
from assay.labels.envelope import ANNOTATION, RETURNED
from assay.labels.layout import LabelFile, Layout, Role, lay_out, read_label_file
from assay.labels.lines import read_lines
from assay.labels.seat import load_batches
from assay.model.json import JsonObject
from assay.model.project import Annotator
from assay.model.project import Role as PersonRole
from assay.model.review import SentBackFile
from assay.project import Project
from assay.project.roster import load_roster
from assay.store.digest import digest_bytes
from assay.store.files import inside, write_all
from assay.store.pending import ABSENT

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
        UsageError: the person is no reviewer, an item was answered nowhere, in several rounds, or in a closed one.
        ConfigError: the reviewer's file is broken.
    """
    if reviewer.role is PersonRole.ANNOTATOR:
        raise UsageError(
            f"{reviewer.id} is an annotator, and answers are sent back by a reviewer", hint="ask a reviewer or a lead"
        )
    if not back.why.strip():
        raise UsageError("nothing says why", hint='say what to look at: --why "…"')
    places = [
        one
        for item in dict.fromkeys(back.items)
        for one in _one_round(project, item, list(_answers(project, back, item)))
    ]
    rounds = sorted({(one.file.task, one.file.batch) for one in places})
    written = [_file(project, reviewer, (task, batch), places, back, now) for task, batch in rounds]
    was = {file.path: digest for file, _, digest in written}
    write_all(project.root, {file.path: data for file, data, _ in written}, was=was)
    return tuple(file for file, _, _ in written)


def _answers(project: Project, back: Back, item: str) -> Iterator[_Answer]:
    tasks = [project.task(back.task).name] if back.task else list(project.tasks)
    for task in tasks:
        layout = lay_out(project.snapshot, task, project.tasks[task].pool)
        for file in _votes(layout, back):
            if any(
                record.item == item
                for record in read_lines(read_label_file(project.snapshot, file), ANNOTATION).records
            ):
                yield _Answer(file=file, item=item)


def _votes(layout: Layout, back: Back) -> Iterator[LabelFile]:
    for file in layout.of(Role.ANNOTATIONS):
        wanted = not file.sourced and (not back.batch or file.batch == back.batch)
        if wanted and (not back.annotators or file.who in back.annotators):
            yield file


def _one_round(project: Project, item: str, found: list[_Answer]) -> list[_Answer]:
    rounds = sorted({f"{one.file.task}/{one.file.batch}" for one in found})
    if not found:
        raise UsageError(f"nobody there answered {item!r}", hint="`assay diff` names the items of a change")
    if len(rounds) > 1:
        named = ", ".join(rounds[:_SHOWN])
        raise UsageError(
            f"{item!r} was answered in several rounds: {named}", hint="say which: --task NAME --batch NAME"
        )
    file = found[0].file
    batches = load_batches(project, file.task, frozenset(), load_roster(project))
    if any(batch.closed for batch in batches if batch.name == file.batch):
        raise UsageError(
            f"{item!r} was answered in {rounds[0]}, which is closed",
            hint="a closed batch stays as it is: ask for the item again in a new one, `assay batch create`",
        )
    return found


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
    data = dump_records(RecordKind.RETURNED, [records[key] for key in sorted(records)])
    return SentBackFile(path=path, task=task, batch=batch, sent=tuple(sent)), data, digest


def _before(project: Project, path: str) -> tuple[dict[tuple[str, str], JsonObject], str]:
    if not inside(project.root, path).exists():
        return {}, ABSENT
    data = read_label_file(project.snapshot, LabelFile(path=path, role=Role.RETURNED))
    lines = read_lines(data, RETURNED)
    if lines.faults:
        fault = next(iter(lines.faults))
        raise ConfigError(f"{path}:{fault.line} {fault.message}", hint="run `assay check` and mend what it lists")
    records = {(one.item, one.annotator): dict(orjson.loads(RETURNED.encoder.encode(one))) for one in lines.records}
    return records, digest_bytes(data)
