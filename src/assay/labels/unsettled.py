"""Answers that came back in a batch which is closed now, and were neither changed nor kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.labels.batches import reopening
from assay.labels.layout import LabelFile
from assay.labels.rows import Rows
from assay.labels.times import ABSENT, WRONG, day_or_moment
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.project import Batch, Purpose, Status
from assay.table import Corpus

_ANSWERING = frozenset({Status.ACTIVE, Status.TRAINEE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One answer sent back: by which line, to whom, the item's code, and when, as `moments` gives it."""

    line: int
    annotator: str
    item: int
    at: int


def unsettled_returns(
    corpus: Corpus, sent: Iterable[tuple[LabelFile, Sequence[Sent]]], votes: Iterable[tuple[LabelFile, Rows]]
) -> Iterator[Finding]:
    """`batch/unsettled` at each line that sent an answer back for nothing; what has no answer, or was not read, is not told.

    Nor is what only somebody who answers nothing now could settle, or what a newer relabel batch that was read asks them anew.
    """
    gone = {who for who, one in corpus.annotators.items() if one.status not in _ANSWERING}
    closed = {batch.name: batch for batch in corpus.batches if batch.closed and batch.counts}
    answers = {(file.batch, file.who): rows for file, rows in votes if file.batch in closed and not file.sourced}
    latest: dict[tuple[str, str, int], tuple[LabelFile, Sent]] = {}
    for file, lines in sent:
        for one in lines if file.batch in closed else ():
            key = (file.batch, one.annotator, one.item)
            if key not in latest or latest[key][1].at <= one.at:
                latest[key] = (file, one)
    made = {key: _made(answers[key]) for key in {key[:2] for key in latest} & answers.keys()}
    for (name, who, item), (file, one) in sorted(latest.items()):
        answer = made.get((name, who), {}).get(item)
        open_still = answer is not None and who not in gone and not _settled(one, *answer)
        if open_still and not _asked_later(corpus, closed[name], who, item):
            yield _told(file, one, corpus.items.ids[item], closed[name])


def _asked_later(corpus: Corpus, batch: Batch, who: str, item: int) -> bool:
    """Whether a newer batch asks somebody for an item again."""
    plan = corpus.assignments
    if who not in plan.annotator.values:
        return False
    asked = (plan.item == item) & (plan.annotator.codes == plan.annotator.values.index(who))
    later = (corpus.batches[code] for code in np.unique(plan.batch[asked]).tolist())
    return any(one.purpose is Purpose.RELABEL and _age(one) > _age(batch) for one in later)


def _age(batch: Batch) -> tuple[int, str]:
    return day_or_moment(batch.created) or 0, batch.name


def _made(rows: Rows) -> Mapping[int, tuple[int, bool]]:
    """When each item was answered, and whether the answer keeps a first one."""
    return dict(zip(rows.item.tolist(), zip(rows.at.tolist(), (rows.first >= 0).tolist(), strict=True), strict=True))


def _settled(sent: Sent, at: int, first: bool) -> bool:  # noqa: FBT001 - a column of answers
    """As `assay.labels.seat.is_settled` says of records."""
    return first if {sent.at, at} & {ABSENT, WRONG} else at > sent.at


def _told(file: LabelFile, sent: Sent, item: str, batch: Batch) -> Finding:
    who = sent.annotator
    message = (
        f"{who}'s answer to item {item[:80]!r} came back and was neither changed nor kept, and the batch is closed"
    )
    hint = f"{reopening(file.task, batch.name)}; or ask for the item anew in a relabel batch"
    where = Where(task=file.task, batch=batch.name, item=item, annotator=who)
    return finding("batch/unsettled", Location(path=file.path, line=sent.line), message, hint=hint, where=where)
