"""Times as records state them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

ABSENT = np.iinfo(np.int64).min
WRONG = ABSENT + 1

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z)?")
_USUAL = re.compile(r"((?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)*")
_USUAL_LENGTH = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATED = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?[0-9]*([Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))"
)
_GRACE = 5 * 60 * 1_000_000


def moments(texts: Sequence[str | UnsetType]) -> NDArray[np.int64]:
    """Microseconds since 1970 of each text; `ABSENT` where there is none, `WRONG` where it is no RFC 3339 time in UTC."""
    usual = None if UNSET in texts else _usual_moments([str(text) for text in texts])
    return np.array([_moment(text) for text in texts], dtype=np.int64) if usual is None else usual


def _usual_moments(texts: list[str]) -> NDArray[np.int64] | None:
    joined = "".join(texts)
    if len(joined) != len(texts) * _USUAL_LENGTH or not _USUAL.fullmatch(joined):
        return None
    try:
        return np.array([text[:-1] for text in texts], dtype="datetime64[us]").astype(np.int64)
    except ValueError:
        return None


def _moment(text: str | UnsetType) -> int:
    if isinstance(text, UnsetType):
        return ABSENT
    passed = microseconds(text)
    return WRONG if passed is None else passed


def microseconds(moment: str) -> int | None:
    """Microseconds since 1970 of an RFC 3339 time in UTC (`…Z`); None where it is no such time."""
    return _since_epoch(moment) if "T" in moment else None


def in_utc(moment: str) -> str | None:
    """The same moment in UTC, as records state it; None where it is no RFC 3339 time, or says no offset.

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
    """The last moment that may be past where it is `now` (RFC 3339, UTC): clocks differ by up to five minutes.

    Raises:
        ValueError: `now` is no such time; None is no clock.
    """
    if now is None:
        return None
    passed = microseconds(now)
    if passed is None:
        raise ValueError(f"{now!r} is not an RFC 3339 time in UTC")
    return passed + _GRACE


def day_or_moment(text: str) -> int | None:
    """The same for an ISO date too, which stands for its first moment."""
    return _since_epoch(text)


def _since_epoch(text: str) -> int | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    passed = moment.replace(tzinfo=UTC) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
