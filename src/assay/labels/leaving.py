"""Which votes count by the roster: all of some people, none of others, of those who are away the votes made before."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from assay.labels.faults import Fault
from assay.labels.layout import LabelFile
from assay.labels.times import ABSENT, WRONG, day_or_moment
from assay.model.project import Annotator, Batch
from assay.table.columns import Codes, Column, Ints, Mask

_NEVER = np.iinfo(np.int64).max


def counting(people: Mapping[str, Annotator], annotator: Column, made: Ints) -> Mask:
    """Whether each row is of somebody whose votes count, and of somebody away made before they were.

    `made` is as `made_at` gives it.
    """
    counts = [name in people and people[name].counts for name in annotator.values]
    by_roster: Mask = np.array([*counts, False], dtype=np.bool_)
    return np.asarray(by_roster[annotator.codes] & ~after_leaving(people, annotator, made), dtype=np.bool_)


def after_leaving(people: Mapping[str, Annotator], annotator: Column, made: Ints) -> Mask:
    """Rows of people who are away since a day, made from its start (UTC) on, or nobody knows when."""
    ends = np.array([*(_end(people.get(name)) for name in annotator.values), _NEVER], dtype=np.int64)
    if (ends == _NEVER).all():
        return np.zeros(len(made), dtype=np.bool_)
    end = ends[annotator.codes]
    return np.asarray((end < _NEVER) & ((made <= WRONG) | (made >= end)), dtype=np.bool_)


def made_at(at: Ints, created: "Ints | int | None") -> Ints:
    """When each row was made, in microseconds since 1970: as it says, else as its batch was `created` (None: unknown)."""
    return np.where(at > WRONG, at, ABSENT if created is None else created)


def created_of(batches: Sequence[Batch], batch: Codes) -> Ints:
    """When the batch of each row was created, as `made_at` takes it; `batch` are codes into `batches`."""
    created = [day_or_moment(one.created) for one in batches]
    return np.array([*(ABSENT if one is None else one for one in created), ABSENT], dtype=np.int64)[batch]


def late_votes(
    file: LabelFile, people: Mapping[str, Annotator], annotator: Column, made: Ints, lines: Ints
) -> Iterator[Fault]:
    """`label/after-leaving`: one warning for all of a file's votes; `made` and `lines` are of the votes alone."""
    late = np.flatnonzero(after_leaving(people, annotator, made))
    if len(late):
        names = sorted({annotator.values[code] for code in annotator.codes[late].tolist()})
        first = annotator.values[annotator.codes[late[0]]]
        many = f"{len(late):,} votes" if len(late) > 1 else "a vote"
        those = f"{first} and {len(names) - 1:,} more" if len(names) > 1 else first
        yield Fault(
            line=int(lines[late[0]]),
            rule="label/after-leaving",
            message=f"{many} made after {those} left or paused ({first}: since {people[first].since}): not counted",
            annotator=first.removeprefix(f"{file.who}/") if file.sourced else "",
        )


def _end(one: Annotator | None) -> int:
    """From when on nothing counts; where the votes count by no day, there is no such moment."""
    if one is None or not (one.counts and one.until):
        return _NEVER
    end = day_or_moment(one.until)
    return WRONG if end is None else end
