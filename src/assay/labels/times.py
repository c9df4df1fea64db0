"""The times of records, and which votes count by the roster: only those made before their annotator left or paused."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from assay.core import Annotator, Batch, Codes, Column, Fault, Ints, Mask
from assay.labels.paths import LabelFile

ABSENT = np.iinfo(np.int64).min
WRONG = ABSENT + 1

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z)?")
_USUAL = np.frombuffer(b"....-..-..T..:..:..Z", dtype=np.uint8)
_IS_DIGIT = ord(".") == _USUAL
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATED = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?[0-9]*([Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))"
)
_NEVER = np.iinfo(np.int64).max
_GRACE = 5 * 60 * 1_000_000


def moments(texts: Sequence[str | UnsetType]) -> NDArray[np.int64]:
    """Microseconds since 1970 of each text; `ABSENT` where there is none, `WRONG` where it is not an RFC 3339 time in UTC."""
    if (usual := _usual_moments(texts)) is not None:
        return usual
    passed = (ABSENT if isinstance(text, UnsetType) else microseconds(text) for text in texts)
    return np.array([WRONG if moment is None else moment for moment in passed], dtype=np.int64)


def _usual_moments(texts: Sequence[str | UnsetType]) -> NDArray[np.int64] | None:
    """The moments of texts that all are valid and as assay writes them, to the second; None if one is not."""
    try:
        joined = "".join(cast("Sequence[str]", texts)).encode("ascii")
    except (TypeError, UnicodeEncodeError):  # one is absent
        return None
    if len(joined) != len(texts) * len(_USUAL) or {*map(len, cast("Sequence[str]", texts))} - {len(_USUAL)}:
        return None
    stated = np.frombuffer(joined, dtype=np.uint8).reshape(-1, len(_USUAL))
    digits = np.subtract(stated[:, _IS_DIGIT].T, ord("0"), dtype=np.uint8)
    if (digits > 9).any() or (stated[:, ~_IS_DIGIT] != _USUAL[~_IS_DIGIT]).any():
        return None
    tens, ones = digits[::2].astype(np.int64), digits[1::2]
    century, year, month, day, hour, minute, second = tens * 10 + ones
    year += century * 100
    first = np.asarray((year - 1970) * 12 + month - 1, dtype="datetime64[M]")
    days, following = (months.astype("datetime64[D]").astype(np.int64) for months in (first, first + 1))
    valid = (year > 0) & (month > 0) & (month <= 12) & (day > 0) & (day <= following - days)
    if not (valid & (hour < 24) & (minute < 60) & (second < 60)).all():
        return None
    return np.asarray((((days + day - 1) * 24 + hour) * 60 + minute) * 60 + second, dtype=np.int64) * 1_000_000


def microseconds(moment: str) -> int | None:
    """Microseconds since 1970 of an RFC 3339 time in UTC (`…Z`); None if it is not one."""
    return day_or_moment(moment) if "T" in moment else None


def in_utc(moment: str) -> str | None:
    """The same moment in UTC, as records state it; None if it is not an RFC 3339 time, or has no offset.

    A fraction of a second stays to nine digits. An offset may lack its colon (`+0200`).
    """
    found = _STATED.fullmatch(moment)
    if found is None:
        return None
    day, clock, fraction, _, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
    try:
        local = datetime.fromisoformat(f"{day}T{clock}")
        passed = local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        return None
    return f"{passed.isoformat()}{fraction or ''}Z"


def latest_past(now: str | None) -> int | None:
    """The last time that is not in the future at `now` (RFC 3339, UTC; None: no clock): clocks differ by up to five minutes.

    Raises:
        ValueError: `now` is not such a time.
    """
    if now is None:
        return None
    passed = microseconds(now)
    if passed is None:
        raise ValueError(f"{now!r} is not an RFC 3339 time in UTC")
    return passed + _GRACE


def day_or_moment(text: str) -> int | None:
    """The same, also for an ISO date: its first moment."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    passed = moment.replace(tzinfo=UTC) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def counting_rows(people: Mapping[str, Annotator], annotator: Column, made: Ints) -> Mask:
    """Whether each row counts: its annotator's votes do, and it was made before they left or paused.

    `made` is as `made_at` gives it.
    """
    counts = [name in people and people[name].counts for name in annotator.values]
    by_roster: Mask = np.array([*counts, False], dtype=np.bool_)
    return np.asarray(by_roster[annotator.codes] & ~after_leaving(people, annotator, made), dtype=np.bool_)


def after_leaving(people: Mapping[str, Annotator], annotator: Column, made: Ints) -> Mask:
    """Rows of people who are away since a day, made from its start (UTC) on, or at an unknown time."""
    # The first moment at which the votes of each annotator no longer count.
    until = [people[name].until if name in people and people[name].counts else "" for name in annotator.values]
    stated = [day_or_moment(day) if day else _NEVER for day in until]
    ends = np.array([*(WRONG if end is None else end for end in stated), _NEVER], dtype=np.int64)
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
