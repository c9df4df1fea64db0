"""The results of creating, changing and listing batches, as types and as text."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from assay.core import Json, JsonObject
from assay.render import clipped, count, indented, table_text, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A stratum of a sample: how many items were available and how many were chosen, added gold included."""

    name: str
    available: int
    chosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How many `answers` a relabel batch asks for, of items that `had` so many.

    `away` counts by annotator the answers of those who cannot be asked again. `named` annotators were named instead; an
    item needs up to `needed` of them.
    """

    answers: int
    had: int
    away: Mapping[str, int] = field(default_factory=dict)
    named: int = 0
    needed: int = 0


PAIRED = 50
"""Up to this many annotators, all pairs are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How annotators overlap: all pairs, the pairs that share items, and the fewest and most items that a pair shares."""

    pairs: int
    meet: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """A batch to be written.

    `loads` are items by annotator, `pairs` how many items two annotators share (empty for more than `PAIRED`
    annotators; `meeting` summarizes them), `gold` how many items have a gold answer, `left_out` by reason how many matching
    items could not be chosen. `losing` are the items that lose a vote without replacement, with the vote's annotators,
    `asking` what a relabel batch asks for. `files` are paths below the root; `there`: all exist with this content.
    """

    task: str
    name: str
    purpose: str
    guideline: str
    items: int
    loads: Mapping[str, int]
    gold: int
    strata: tuple[Stratum, ...]
    pairs: Mapping[tuple[str, str], int]
    meeting: Meeting
    left_out: Mapping[str, int]
    files: Mapping[str, bytes]
    there: bool = False
    losing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asking: Asking | None = None

    @property
    def slots(self) -> int:
        """How many annotations are asked for."""
        return sum(self.loads.values())

    def as_json(self) -> JsonObject:
        """The object that `--format json` prints."""
        return {
            "task": self.task,
            "batch": self.name,
            "purpose": self.purpose,
            "guideline": self.guideline,
            "items": self.items,
            "slots": self.slots,
            "annotators": dict(self.loads),
            "gold": self.gold,
            "strata": [{"stratum": one.name, "available": one.available, "chosen": one.chosen} for one in self.strata],
            "pairs": [{"annotators": [*pair], "items": number} for pair, number in self.pairs.items()],
            "meeting": asdict(self.meeting),
            "left_out": dict(self.left_out),
            "asking": None if self.asking is None else asdict(self.asking),
            "losing": {item: list(people) for item, people in self.losing.items()},
            "files": [*self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChange:
    """Slots that were assigned: how many by annotator, of how many items, and the items that no annotator could take.

    `leavers` are the annotators who had the slots before.
    """

    task: str
    batch: str
    loads: Mapping[str, int]
    items: int
    stuck: tuple[str, ...]
    leavers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a batch lacks of one annotator: unanswered items, and returned items that are not settled, with the reason.

    `away`: the roster does not let them answer now. `undated` are items that were returned without a time, so `first`
    cannot be kept: a reviewer returns them again.
    """

    annotator: str
    items: tuple[str, ...]
    sent_back: Mapping[str, str]
    away: bool
    undated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A batch now `closed`, or open again (`there`: as before), and its votes and items that count only while closed."""

    task: str
    batch: str
    closed: bool
    votes: int
    items: int
    there: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """A batch in a list: its settings, and how many of its slots are answered (None: no plan, as for imports)."""

    task: str
    name: str
    purpose: str
    status: str
    created: str
    guideline: str
    done: int | None
    slots: int | None


_LISTED = 12
_ROWS = 50


def planned_text(planned: PlannedBatch) -> str:
    """The batch, the load of each annotator, the strata and the pairs; gold only in total."""
    head = (
        f"{planned.task}/{planned.name} ({planned.purpose}, guideline {planned.guideline}): "
        f"{count(planned.items, 'item')}, {count(planned.slots, 'annotation')} asked for, "
        f"{planned.gold:,} of the items with gold"
    )
    parts = [head, _loads("items", planned.loads)]
    available = sum(one.available for one in planned.strata) or 1
    rows: list[tuple[str, ...]] = [
        (
            stratum.name,
            f"{stratum.available:,}",
            f"{stratum.available / available:.1%}",
            f"{stratum.chosen:,}",
            f"{stratum.chosen / planned.items:.1%}",
        )
        for stratum in planned.strata
    ]
    if rows:
        parts.append(indented(table_text(("stratum", "to choose from", "share", "chosen", "share"), rows)))
    meeting = planned.meeting
    if meeting.meet:
        pairs = (
            ", ".join(f"{a}+{b} {number:,}" for (a, b), number in planned.pairs.items())
            if meeting.pairs <= _LISTED
            else f"{meeting.meet:,} of {meeting.pairs:,} pairs meet, {meeting.low:,} to {meeting.high:,} items each"
        )
        parts.append(f"items that two share: {pairs}")
    parts += [f"left out: {count(number, 'item')} {reason}" for reason, number in planned.left_out.items()]
    return "\n".join(parts)


def slot_change_text(change: SlotChange, verb: str) -> str:
    """The new slots by annotator, and the items that no annotator could take."""
    where = f"{change.task}/{change.batch}"
    if not change.loads and not change.stuck:
        return f"{where}: no slots to move"
    lines = [f"{where}: {count(change.items, 'item')} {verb}"]
    if change.loads:
        lines.append(_loads("more items", change.loads))
    if change.stuck:
        lines.append(f"no annotator available for {count(len(change.stuck), 'item')}: {_named(change.stuck)}")
    return "\n".join(lines)


def lacking_text(lacking: tuple[Lacking, ...], task: str, batch: str) -> str:
    """What is missing, by annotator: the counts, the first items, and the commands that settle it."""
    rows: list[tuple[str, ...]] = [(one.annotator, f"{len(one.items):,}", f"{len(one.sent_back):,}") for one in lacking]
    lines = [table_text(("annotator", "not answered", "sent back, not settled"), rows)]
    for lack in lacking:
        if lack.items:
            lines.append(f"{lack.annotator}, not answered: {_named(lack.items)}")
        if lack.sent_back:
            items = tuple(f"{item} ({clipped(why)})" for item, why in lack.sent_back.items())
            lines.append(f"{lack.annotator}, sent back and neither changed nor kept: {_named(items)}")
        lines += [f"  fix: {way}" for way in ways_to_settle(lack, task, batch)]
    return "\n".join(lines)


def ways_to_settle(one: Lacking, task: str, batch: str) -> tuple[str, ...]:
    """The ways to settle what a batch lacks of one annotator, each with a command."""
    who, place = one.annotator, f"{task} {batch}"
    if not one.away:
        page = f"{who} runs `assay annotate {place}`, or takes a sheet: `assay sheet out {place} {batch}-{who}.csv`"
        others = f"other annotators take the open items: `assay batch reassign {place} --from {who}`"
        ways = [page, *([others] if one.items else [])]
    else:
        ways = [f"{who} can answer nothing now: `assay batch reassign {place} --from {who}`"] if one.items else []
        if one.sent_back:
            stays = f"{who} can answer nothing now: `assay batch close {place} --anyway` leaves the answers as they are"
            ways.append(f"{stays}; a relabel batch asks others for these items")
    if one.undated and not one.away:
        again = f"`assay return {shlex.quote(one.undated[0])} --batch {batch} --annotator {who} --why TEXT`"
        ways.append(f"a reviewer returns again what was returned without a time and skipped: {again}")
    return tuple(map(visible, ways))


def lacking_json(lacking: tuple[Lacking, ...], task: str, batch: str) -> list[Json]:
    """The same as objects, every item named."""
    return [
        {
            "annotator": lack.annotator,
            "open": [*lack.items],
            "returned": dict(lack.sent_back),
            "away": lack.away,
            "ways": [*ways_to_settle(lack, task, batch)],
        }
        for lack in lacking
    ]


def turned_text(turned: Turned) -> str:
    """The effect on the figures of closing or reopening a batch."""
    votes = f"{count(turned.votes, 'vote')} on {count(turned.items, 'item')}"
    where = f"{turned.task}/{turned.batch}"
    if turned.there:
        return f"{where} is already {'closed' if turned.closed else 'open'}: nothing was written"
    if not turned.votes:
        return f"{'closes' if turned.closed else 'reopens'} {where}: no vote in it counts"
    one = turned.votes == 1
    if turned.closed:
        return f"closes {where}: {votes} {'counts' if one else 'count'} from now on"
    return f"reopens {where}: {votes} {'does' if one else 'do'} not count until it is closed again"


def batches_text(batches: tuple[BatchLine, ...]) -> str:
    """The batches, a row each."""
    headings = ("batch", "purpose", "status", "created", "guideline", "done")
    progress = (
        "-" if batch.done is None or batch.slots is None else f"{batch.done:,}/{batch.slots:,}" for batch in batches
    )
    rows: list[tuple[str, ...]] = [
        (f"{one.task}/{one.name}", one.purpose, one.status, one.created[:10], one.guideline, done)
        for one, done in zip(batches, progress, strict=True)
    ]
    return table_text(headings, rows) if rows else "no batch yet"


def _loads(heading: str, loads: Mapping[str, int]) -> str:
    rows: list[tuple[str, ...]] = [(who, f"{load:,}") for who, load in loads.items()]
    more = [f"and {len(rows) - _ROWS:,} more"] if len(rows) > _ROWS else []
    return indented("\n".join([table_text(("annotator", heading), rows[:_ROWS]), *more]))


def _named(items: tuple[str, ...]) -> str:
    more = f" and {len(items) - _LISTED:,} more" if len(items) > _LISTED else ""
    return f"{', '.join(map(visible, items[:_LISTED]))}{more}"
