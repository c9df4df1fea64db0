"""What handing out work did, for a lead to read."""

import shlex
from collections.abc import Mapping

from assay.model.json import Json
from assay.model.rounds import BatchLine, Handed, Lacking, PlannedRound, Turned
from assay.report.plain import clipped, count, indented, table_text, visible

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
