"""How far an annotator has come, and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import orjson

from assay.labels.annotator_file import OwnFile
from assay.labels.assignment import Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One character an item: `.` open, `x` answered, `s` skipped, `f` answered and flagged, `r` sent back and waiting.

    `median_seconds` is that of the answers with a time, `seconds_left` what the rest takes at that pace.
    """

    states: str
    done: int
    median_seconds: float | None
    seconds_left: int | None

    @property
    def total(self) -> int:
        """How many items there are."""
        return len(self.states)


@dataclass(frozen=True, slots=True)
class _Mark:
    """What one record says of the progress."""

    line: bytes
    state: str
    seconds: float | None


class Tally:
    """Counts a seat's progress; each record is looked into once, however often it is asked."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._marks: dict[str, _Mark] = {}

    def progress(self, own: OwnFile) -> Progress:
        """The progress that the annotator's file shows."""
        load = self._seat.workload(own)
        marks = [self._mark(item, own.lines) for item in self._seat.items]
        states = "".join(
            "r" if item in load.returned else mark.state if mark else "."
            for item, mark in zip(self._seat.items, marks, strict=True)
        )
        times = [mark.seconds for mark in marks if mark and mark.seconds is not None]
        pace = round(median(times), 1) if times else None
        left = len(load.left)
        return Progress(
            states=states,
            done=len(states) - left,
            median_seconds=pace,
            seconds_left=None if pace is None else round(pace * left),
        )

    def _mark(self, item: str, lines: Mapping[str, bytes]) -> _Mark | None:
        line = lines.get(item)
        if line is None:
            return None
        known = self._marks.get(item)
        if known is None or known.line != line:
            known = self._marks[item] = _read(line)
        return known


def _read(line: bytes) -> _Mark:
    record = orjson.loads(line)
    state = "s" if "skip" in record else "f" if record.get("flags") else "x"
    return _Mark(line, state, record.get("seconds"))
