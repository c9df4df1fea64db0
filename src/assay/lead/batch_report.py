"""What creating, changing and listing batches came to, for a lead to read."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from assay.core import Json, JsonObject
from assay.render import clipped, count, indented, table_text, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A stratum of a sample: how many items could be chosen, and how many were. Gold that was added is in `chosen`."""

    name: str
    available: int
    chosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How many `answers` a batch that relabels asks for, of items that `had` so many.

    `away` counts by annotator the answers of those who cannot be asked again. `named` people were named instead, and an item
    would take up to `needed` of such.
    """

    answers: int
    had: int
    away: Mapping[str, int] = field(default_factory=dict)
    named: int = 0
    needed: int = 0


PAIRED = 50
"""Of so many annotators all pairs are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How annotators meet: of how many pairs how many share an item, and how many items a pair shares, least and most."""

    pairs: int
    meet: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRound:
    """A round as it will be written.

    `loads` are items by annotator, `pairs` how many items two annotators share (empty where there are more than `PAIRED`
    annotators: `meeting` sums them up), `gold` how many items have a gold answer, `left_out` by reason how many matching
    items could not be chosen. `losing` are the items that lose a vote which is asked of nobody, with whose it is,
    `asking` what one that relabels asks for. `files` are paths below the root, and `there` says that they stand there already, byte for byte.
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
        pairs: list[Json] = [{"annotators": list(pair), "items": number} for pair, number in self.pairs.items()]
        strata: list[Json] = [
            {"stratum": one.name, "available": one.available, "chosen": one.chosen} for one in self.strata
        ]
        return {
            "task": self.task,
            "batch": self.name,
            "purpose": self.purpose,
            "guideline": self.guideline,
            "items": self.items,
            "slots": self.slots,
            "annotators": dict(self.loads),
            "gold": self.gold,
            "strata": strata,
            "pairs": pairs,
            "meeting": asdict(self.meeting),
            "left_out": dict(self.left_out),
            "asking": None if self.asking is None else asdict(self.asking),
            "losing": {item: list(people) for item, people in self.losing.items()},
            "files": [*self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Slots handed to annotators: how many to whom, of how many items, and the items that nobody could take.

    `leavers` are those whose slots they were.
    """

    task: str
    batch: str
    given: Mapping[str, int]
    items: int
    stuck: tuple[str, ...]
    leavers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a batch lacks of one annotator: the items assigned and unanswered, those sent back and not settled, with why.

    `away` says that the roster lets them answer nothing now; `undated` are items sent back without a time, to whose
    answer no `first` can be kept: a reviewer sends them back anew.
    """

    annotator: str
    items: tuple[str, ...]
    sent_back: Mapping[str, str]
    away: bool
    undated: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many items have no answer."""
        return len(self.items)

    @property
    def returned(self) -> int:
        """How many answers came back and are not settled."""
        return len(self.sent_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A batch that is now `closed`, or open again, and the votes, on so many items, that count in it while it is closed.

    `there` says that it was so already.
    """

    task: str
    batch: str
    closed: bool
    votes: int
    items: int
    there: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """A batch in a list: what it is, and how many of its slots are answered (None: it has no plan, as imports)."""

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


def planned_text(planned: PlannedRound) -> str:
    """The round, each annotator's load, the strata, the pairs; gold only in total."""
    head = (
        f"{planned.task}/{planned.name} ({planned.purpose}, guideline {planned.guideline}): "
        f"{count(planned.items, 'item')}, {count(planned.slots, 'annotation')} asked for, "
        f"{planned.gold:,} of the items with gold"
    )
    parts = [head, _loads("items", planned.loads), *_strata(planned), *_pairs(planned)]
    parts += [f"left out: {count(number, 'item')} {reason}" for reason, number in planned.left_out.items()]
    return "\n".join(parts)


def handed_text(handed: Handed, verb: str) -> str:
    """How many slots went to whom, and which items nobody could take."""
    where = f"{handed.task}/{handed.batch}"
    if not handed.given and not handed.stuck:
        return f"{where}: nothing to hand over"
    lines = [f"{where}: {count(handed.items, 'item')} {verb}"]
    if handed.given:
        lines.append(_loads("more items", handed.given))
    if handed.stuck:
        lines.append(f"nobody left to ask for {count(len(handed.stuck), 'item')}: {_named(handed.stuck)}")
    return "\n".join(lines)


def lacking_text(lacking: tuple[Lacking, ...], task: str, batch: str) -> str:
    """What is missing, by annotator: how much, the first items, and the commands that settle it."""
    rows: list[tuple[str, ...]] = [(one.annotator, f"{one.open:,}", f"{one.returned:,}") for one in lacking]
    lines = [table_text(("annotator", "not answered", "sent back, not settled"), rows)]
    for one in lacking:
        if one.items:
            lines.append(f"{one.annotator}, not answered: {_named(one.items)}")
        if one.sent_back:
            told = tuple(f"{item} ({clipped(why)})" for item, why in one.sent_back.items())
            lines.append(f"{one.annotator}, sent back and neither changed nor kept: {_named(told)}")
        lines += [f"  fix: {way}" for way in ways_to_settle(one, task, batch)]
    return "\n".join(lines)


def ways_to_settle(one: Lacking, task: str, batch: str) -> tuple[str, ...]:
    """What settles what a batch lacks of one annotator, a command in each."""
    who, place = one.annotator, f"{task} {batch}"
    if not one.away:
        page = f"{who} runs `assay annotate {place}`, or takes a sheet: `assay sheet out {place} {batch}-{who}.csv`"
        others = f"others take what is not answered: `assay batch reassign {place} --from {who}`"
        ways = [page, *([others] if one.items else [])]
    else:
        ways = [f"{who} can answer nothing now: `assay batch reassign {place} --from {who}`"] if one.items else []
        if one.sent_back:
            stays = f"{who} can answer nothing now: `assay batch close {place} --anyway` leaves the answers as they are"
            ways.append(f"{stays}; a relabel batch asks others for these items")
    if one.undated and not one.away:
        again = f"`assay return {shlex.quote(one.undated[0])} --batch {batch} --annotator {who} --why TEXT`"
        ways.append(f"a reviewer sends back anew what came back without a time, and was skipped: {again}")
    return tuple(map(visible, ways))


def lacking_json(lacking: tuple[Lacking, ...], task: str, batch: str) -> list[Json]:
    """The same as objects, every item named."""
    return [
        {
            "annotator": one.annotator,
            "open": [*one.items],
            "returned": dict(one.sent_back),
            "away": one.away,
            "ways": [*ways_to_settle(one, task, batch)],
        }
        for one in lacking
    ]


def turned_text(turned: Turned) -> str:
    """What it does to the figures that a batch is closed, or open again."""
    votes = f"{count(turned.votes, 'vote')} on {count(turned.items, 'item')}"
    where = f"{turned.task}/{turned.batch}"
    if turned.there:
        return f"{where} is {'closed' if turned.closed else 'open'} already: nothing was written"
    if not turned.votes:
        return f"{'closes' if turned.closed else 'reopens'} {where}: no vote in it counts"
    one = turned.votes == 1
    if turned.closed:
        return f"closes {where}: {votes} {'counts' if one else 'count'} from now on"
    return f"reopens {where}: {votes} {'does' if one else 'do'} not count until it is closed again"


def batches_text(batches: tuple[BatchLine, ...]) -> str:
    """The batches, a row each."""
    headings = ("batch", "purpose", "status", "created", "guideline", "done")
    return table_text(headings, [_row(one) for one in batches]) if batches else "no batch yet"


def _loads(heading: str, loads: Mapping[str, int]) -> str:
    rows: list[tuple[str, ...]] = [(who, f"{load:,}") for who, load in loads.items()]
    more = [f"and {len(rows) - _ROWS:,} more"] if len(rows) > _ROWS else []
    return indented("\n".join([table_text(("annotator", heading), rows[:_ROWS]), *more]))


def _row(one: BatchLine) -> tuple[str, ...]:
    done = "-" if one.done is None or one.slots is None else f"{one.done:,}/{one.slots:,}"
    return (f"{one.task}/{one.name}", one.purpose, one.status, one.created[:10], one.guideline, done)


def _strata(planned: PlannedRound) -> list[str]:
    if not planned.strata:
        return []
    available = sum(one.available for one in planned.strata) or 1
    rows: list[tuple[str, ...]] = [
        (
            one.name,
            f"{one.available:,}",
            f"{one.available / available:.1%}",
            f"{one.chosen:,}",
            f"{one.chosen / planned.items:.1%}",
        )
        for one in planned.strata
    ]
    return [indented(table_text(("stratum", "to choose from", "share", "chosen", "share"), rows))]


def _pairs(planned: PlannedRound) -> list[str]:
    meeting = planned.meeting
    if not meeting.meet:
        return []
    if meeting.pairs <= _LISTED:
        told = ", ".join(f"{a}+{b} {number:,}" for (a, b), number in planned.pairs.items())
        return [f"items that two share: {told}"]
    met = f"{meeting.meet:,} of {meeting.pairs:,} pairs meet"
    return [f"items that two share: {met}, {meeting.low:,} to {meeting.high:,} items each"]


def _named(items: tuple[str, ...]) -> str:
    more = f" and {len(items) - _LISTED:,} more" if len(items) > _LISTED else ""
    return f"{', '.join(map(visible, items[:_LISTED]))}{more}"
