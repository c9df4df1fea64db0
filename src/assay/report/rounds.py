"""What handing out work did, for a lead to read."""

from collections.abc import Mapping

from assay.model.rounds import BatchLine, Handed, Lacking, PlannedRound
from assay.report.plain import count, indented, table_text, visible

_LISTED = 12


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


def lacking_text(lacking: tuple[Lacking, ...]) -> str:
    """What is missing, by annotator."""
    rows: list[tuple[str, ...]] = [(one.annotator, f"{one.open:,}", f"{one.returned:,}") for one in lacking]
    return table_text(("annotator", "not answered", "sent back, not answered"), rows)


def batches_text(batches: tuple[BatchLine, ...]) -> str:
    """The batches, a row each."""
    headings = ("batch", "purpose", "status", "created", "guideline", "done")
    return table_text(headings, [_row(one) for one in batches]) if batches else "no batch yet"


def _loads(heading: str, loads: Mapping[str, int]) -> str:
    return indented(table_text(("annotator", heading), [(who, f"{load:,}") for who, load in loads.items()]))


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
