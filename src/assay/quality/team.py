"""Who did how much of a task and how well, and how far its rounds have come: pointers for a lead, not grades."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.model.project import Annotator, Kind
from assay.model.quality import Share
from assay.model.schema import Field
from assay.model.team import BatchProgress, Member, Spread, TeamReport
from assay.quality import gold, peers
from assay.quality.coverage import answered
from assay.table import AnnotationTable, Corpus
from assay.table.columns import Floats, Mask

_NOTHING = Share(hits=0, of=0, value=None)
_UNKNOWN = "unknown"


def measure(
    corpus: Corpus, fields: Sequence[Field], returned: Mapping[str, Mapping[str, int]], errors: int
) -> TeamReport:
    """The team of a task.

    `returned` counts by batch and annotator what was sent back and not answered since; `errors` are the faults of the
    task's files. Everybody is listed who labelled, or is asked to, also those whose votes do not count.
    """
    return TeamReport(
        task=corpus.task,
        records=len(corpus.annotations),
        errors=errors,
        annotators=list(_members(corpus, fields)),
        batches=list(_batches(corpus, returned)),
    )


def standing(corpus: Corpus) -> Mask:
    """The current annotations, those of open batches, and those of batches that do not count; none replaced or taken."""
    makes_round = np.array([batch.counts for batch in corpus.batches], dtype=np.bool_)
    return corpus.annotations.current | corpus.annotations.open | ~makes_round[corpus.annotations.batch]


def _members(corpus: Corpus, fields: Sequence[Field]) -> Iterator[Member]:
    table, rows = corpus.annotations, standing(corpus)
    accuracy, agreement = gold.by_annotator(corpus, fields, rows), peers.measure(corpus, fields, rows)
    own = _rows_of(table)
    by_persons = sum(len(rows) for name, rows in own.items() if _kind(corpus.annotators.get(name)) != Kind.MODEL)
    for name in _names(corpus):
        entry = corpus.annotators.get(name)
        mine = own.get(name, np.zeros(0, dtype=np.int64))
        skips = int((table.skip.codes[mine] >= 0).sum())
        yield Member(
            annotator=name,
            kind=_kind(entry),
            role=entry.role.value if entry else _UNKNOWN,
            status=entry.status.value if entry else _UNKNOWN,
            records=len(mine),
            share=len(mine) / by_persons if by_persons and _kind(entry) != Kind.MODEL else None,
            seconds=_spread(table.seconds[mine]),
            skips=skips,
            flags=_flags(table, mine),
            gold=accuracy.get(name, _NOTHING),
            agreement=agreement.get(name, _NOTHING),
            last=_last(table.at[mine]),
        )


def _names(corpus: Corpus) -> list[str]:
    asked = {name for batch in corpus.batches for name in batch.annotators}
    return sorted({*corpus.annotations.annotator.values, *corpus.assignments.annotator.values, *asked})


def _kind(entry: Annotator | None) -> str:
    return entry.kind.value if entry else _UNKNOWN


def _rows_of(table: AnnotationTable) -> dict[str, NDArray[np.int64]]:
    order = np.argsort(table.annotator.codes, kind="stable")
    starts = np.searchsorted(table.annotator.codes[order], np.arange(1, len(table.annotator.values)))
    return dict(zip(table.annotator.values, np.split(order, starts), strict=False))


def _spread(numbers: Floats) -> Spread:
    stated = numbers[~np.isnan(numbers)]
    if not len(stated):
        return Spread(count=0)
    low, median, high = np.percentile(stated, [25, 50, 75]).tolist()
    return Spread(count=len(stated), median=median, low=low, high=high)


def _flags(table: AnnotationTable, rows: NDArray[np.int64]) -> dict[str, int]:
    texts = (table.flags.values[code] for code in table.flags.codes[rows].tolist() if code >= 0)
    return dict(sorted(Counter(flag for text in texts for flag in text.split(" ")).items()))


def _last(at: NDArray[np.datetime64]) -> str | None:
    stated = at[~np.isnat(at)]
    return f"{np.datetime_as_string(stated.max(), unit='s')}Z" if len(stated) else None


def _batches(corpus: Corpus, returned: Mapping[str, Mapping[str, int]]) -> Iterator[BatchProgress]:
    asked, done = corpus.assignments, answered(corpus)
    records = np.bincount(corpus.annotations.batch, minlength=len(corpus.batches)).tolist()
    for code, batch in enumerate(corpus.batches):
        mine = asked.batch == code
        slots, filled = int(mine.sum()), int((mine & done).sum())
        missing = Counter(asked.annotator.values[who] for who in asked.annotator.codes[mine & ~done].tolist())
        yield BatchProgress(
            batch=batch.name,
            purpose=batch.purpose.value,
            status="closed" if batch.closed else "open",
            guideline=batch.guideline,
            records=records[code],
            asked=slots,
            done=filled,
            value=filled / slots if slots else None,
            missing=dict(sorted(missing.items())),
            returned=dict(sorted(returned.get(batch.name, {}).items())),
        )
