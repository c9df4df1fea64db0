"""What `assay team` counts of a part of a task, and what several parts make together.

A part is the batches that share items, so that all answers to an item are in one; a part that did not change is counted once.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from assay.agreement import DISPUTABLE, tags_of
from assay.consensus import choices
from assay.core import Annotator, Codes, Corpus, Field, Ints, Kind, Mask, Scale, Share
from assay.lead.team_overview import BatchProgress, Member, Spread, TeamReport
from assay.quality import Marks, answered, gold_marks, share_of

_UNKNOWN = "unknown"


class MemberPart(Struct, frozen=True, array_like=True):
    """What an annotator did in a part: `seconds` are distinct, as bytes, and `times` how often each was taken.

    `gold` and `peers` are by field. `last` is empty where no answer has a time.
    """

    records: int = 0
    skips: int = 0
    flags: dict[str, int] = {}
    seconds: bytes = b""
    times: bytes = b""
    last: str = ""
    gold: dict[str, Marks] = {}
    peers: dict[str, Marks] = {}


class TeamPart(Struct, frozen=True, array_like=True):
    """The annotators of a part, also those who are only asked, and its batches without what was sent back."""

    members: dict[str, MemberPart]
    batches: list[BatchProgress]


def team_part(corpus: Corpus, fields: Sequence[Field]) -> TeamPart:
    """What is counted of a corpus that has all batches of its items."""
    return TeamPart(members=dict(_members(corpus, fields)), batches=list(_batches(corpus)))


def team_of(
    task: str,
    parts: Collection[TeamPart],
    people: Mapping[str, Annotator],
    returned: Mapping[str, Mapping[str, int]],
    errors: int,
) -> TeamReport:
    """The team of a task from its parts.

    `returned` counts by batch and annotator what was sent back and not answered since; `errors` are the faults of the
    task's files. Everybody is listed who labelled, or is asked to, also those whose votes do not count.
    """
    own: dict[str, list[MemberPart]] = {}
    for part in parts:
        for name, one in part.members.items():
            own.setdefault(name, []).append(one)
    records = {name: sum(one.records for one in several) for name, several in own.items()}
    by_persons = sum(many for name, many in records.items() if _kind(people.get(name)) != Kind.MODEL)
    batches = sorted((batch for part in parts for batch in part.batches), key=lambda one: one.batch)
    return TeamReport(
        task=task,
        records=sum(records.values()),
        errors=errors,
        annotators=[_member(name, own[name], people.get(name), by_persons) for name in sorted(own)],
        batches=[
            structs.replace(batch, returned=dict(sorted(returned.get(batch.batch, {}).items()))) for batch in batches
        ],
    )


def _member(name: str, parts: Sequence[MemberPart], entry: Annotator | None, by_persons: int) -> Member:
    records = sum(one.records for one in parts)
    flags = Counter[str]()
    for one in parts:
        flags.update(one.flags)
    agreement = [one for one in _summed(one.peers for one in parts).values() if one.of]
    hits, pairs = sum(one.hits for one in agreement), sum(one.of for one in agreement)
    return Member(
        annotator=name,
        kind=_kind(entry),
        role=entry.role.value if entry else _UNKNOWN,
        status=entry.status.value if entry else _UNKNOWN,
        records=records,
        share=records / by_persons if by_persons and _kind(entry) != Kind.MODEL else None,
        seconds=_spread(parts),
        skips=sum(one.skips for one in parts),
        flags=dict(sorted(flags.items())),
        gold=share_of(_summed(one.gold for one in parts).values()),
        agreement=Share(hits=hits, of=pairs, value=hits / pairs if pairs else None),
        last=max(one.last for one in parts) or None,
    )


def _kind(entry: Annotator | None) -> str:
    return entry.kind.value if entry else _UNKNOWN


def _spread(parts: Sequence[MemberPart]) -> Spread:
    taken = np.frombuffer(b"".join(one.seconds for one in parts), dtype=np.float64)
    seconds = np.repeat(taken, np.frombuffer(b"".join(one.times for one in parts), dtype=np.int64))
    low, median, high = np.percentile(seconds, [25, 50, 75]).tolist() if len(seconds) else (None, None, None)
    return Spread(count=len(seconds), median=median, low=low, high=high)


def _summed(parts: Iterable[Mapping[str, Marks]]) -> Mapping[str, Marks]:
    found: dict[str, Marks] = {}
    for part in parts:
        for name, marks in part.items():
            found[name] = found[name] + marks if name in found else marks
    return found


def _members(corpus: Corpus, fields: Sequence[Field]) -> Iterator[tuple[str, MemberPart]]:
    table, rows = corpus.annotations, standing_rows(corpus)
    gold, peers = gold_marks(corpus, fields, rows), peer_marks(corpus, fields, rows)
    order = np.argsort(table.annotator.codes, kind="stable")
    starts = np.searchsorted(table.annotator.codes[order], np.arange(1, len(table.annotator.values)))
    own = dict(zip(table.annotator.values, np.split(order, starts), strict=False))
    asked = {name for batch in corpus.batches for name in batch.annotators}
    for name in sorted({*table.annotator.values, *corpus.assignments.annotator.values, *asked}):
        mine = own.get(name, np.zeros(0, dtype=np.int64))
        flags = (table.flags.values[code] for code in table.flags.codes[mine].tolist() if code >= 0)
        times = table.at[mine][~np.isnat(table.at[mine])]
        seconds, often = np.unique(table.seconds[mine][~np.isnan(table.seconds[mine])], return_counts=True)
        yield (
            name,
            MemberPart(
                records=len(mine),
                skips=int((table.skip.codes[mine] >= 0).sum()),
                flags=Counter(flag for text in flags for flag in text.split(" ")),
                seconds=seconds.tobytes(),
                times=often.astype(np.int64).tobytes(),
                last=f"{np.datetime_as_string(times.max(), unit='s')}Z" if len(times) else "",
                gold=gold.get(name, {}),
                peers=peers.get(name, {}),
            ),
        )


def standing_rows(corpus: Corpus) -> Mask:
    """The current annotations, those of open batches, and those of batches that do not count; no replaced ones."""
    counting = np.array([batch.counts for batch in corpus.batches], dtype=np.bool_)
    return corpus.annotations.current | corpus.annotations.open | ~counting[corpus.annotations.batch]


def _batches(corpus: Corpus) -> Iterator[BatchProgress]:
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
            returned={},
        )


def peer_marks(corpus: Corpus, fields: Iterable[Field], rows: Mask) -> dict[str, dict[str, Marks]]:
    """By annotator and field how often an answer equals a peer's to the same item, of all pairs of own and peer's.

    Current answers are compared with each other whatever their batches, and open ones so; others within their batch.
    Answers are those before a correction, among `rows`. Every annotator is compared, but only with peers whose votes
    count. An annotator without such peers is omitted.
    """
    names = corpus.annotations.annotator.values
    found: dict[str, dict[str, Marks]] = {name: {} for name in names}
    for field in fields:
        if field.scale in DISPUTABLE:
            counted = np.column_stack(_compared(corpus, field, rows))
            for code in np.flatnonzero(counted[:, 2]).tolist():
                found[names[code]][field.name] = Marks(*counted[code].tolist())
    return {name: marks for name, marks in found.items() if marks}


def _compared(corpus: Corpus, field: Field, rows: Mask) -> tuple[Ints, Ints, Ints]:
    """By annotator the equal parts of answers to a field, the comparisons of parts, and those of answers."""
    table, names = corpus.annotations, len(corpus.annotations.annotator.values)
    options = choices(field, table.fields[field.name])
    own = options.place[table.fields[field.name].first]
    chosen = np.flatnonzero(rows & (own >= 0))
    last = len(corpus.batches)
    beside = np.where(table.current, last, np.where(table.open, last + 1, table.batch))[chosen]
    unit = beside.astype(np.int64) * len(corpus.items) + table.item[chosen]
    who, counting, code = table.annotator.codes[chosen], table.counts[chosen], own[chosen].astype(np.int64)
    pairs = _sums(who, _others(unit, counting), names)
    if field.scale is not Scale.SEQUENCE:
        return _sums(who, _others(unit * max(len(options.values), 1) + code, counting), names), pairs, pairs
    tags = tags_of(options.values, field)
    lengths = tags.lengths[code]
    row = np.repeat(np.arange(len(code)), lengths)
    element = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    code = tags.tag[tags.first[code][row] + element]
    unit = unit[row] * max(int(element.max(initial=0)) + 1, 1) + element
    equal = _sums(who[row], _others(unit * (int(code.max(initial=0)) + 1) + code, counting[row]), names)
    return equal, _sums(who[row], _others(unit, counting[row]), names), pairs


def _others(keys: NDArray[np.int64], counting: Mask) -> NDArray[np.int64]:
    """For each row, the number of other counting rows with the same key."""
    distinct, place = np.unique(keys, return_inverse=True)
    return np.asarray(np.bincount(place[counting], minlength=len(distinct))[place] - counting, dtype=np.int64)


def _sums(who: Codes, numbers: Ints, annotators: int) -> Ints:
    return np.bincount(who, weights=numbers, minlength=annotators).astype(np.int64)
