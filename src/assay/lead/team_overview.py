"""`assay team`: statistics of the annotators and models of a task, and of its batches, as text or CSV."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from assay.core import Kind, Share, clip
from assay.files import csv_text, guarded
from assay.render import WIDTH, count, decimal, indented, table_text, visible


class Spread(Struct, frozen=True, kw_only=True):
    """How many numbers there are, their median and quartiles; None if there are none."""

    count: int
    median: float | None = None
    low: float | None = None
    high: float | None = None


class Member(Struct, frozen=True, kw_only=True):
    """One annotator's work on a task.

    `records` are their valid annotations, skips among them; `share` is of all records by persons (None of a model).
    `flags` counts by kind. `gold` and `agreement` omit answers that a newer batch replaced: `gold` is of the
    (annotation, field) pairs that gold answers, `agreement` of the (annotation, peer's counting annotation, field)
    triples on the same item of a batch, without an interval, for they depend on each other. `last` is the newest
    `at`, RFC 3339 in UTC.
    """

    annotator: str
    kind: str
    role: str
    status: str
    records: int
    share: float | None
    seconds: Spread
    skips: int
    flags: dict[str, int]
    gold: Share
    agreement: Share
    last: str | None


class BatchProgress(Struct, frozen=True, kw_only=True):
    """The progress of a batch: slots, answered slots, missing and returned answers by annotator.

    A batch without a plan has no slots and no `value`. `returned` counts answers that were sent back and are not answered
    again yet.
    """

    batch: str
    purpose: str
    status: str
    guideline: str
    records: int
    asked: int
    done: int
    value: float | None
    missing: dict[str, int]
    returned: dict[str, int]


class TeamReport(Struct, frozen=True, kw_only=True):
    """A task's annotators and batches, by id; `errors` are faults in its files, whose records do not count."""

    task: str
    records: int
    errors: int
    annotators: list[Member]
    batches: list[BatchProgress]


_LISTED = 200
_NAMED = 4
_WIDTH = 18
_PEOPLE = ("annotator", "status", "records", "share", "seconds", "skips", "gold", "agree", "last")
_BATCHES = ("batch", "purpose", "status", "guide", "done", "of", "", "sent back")
_LEGEND = "seconds: median (middle half) · gold: right (95% interval) of n · agree: same as peers, of n · small n, weak evidence"
_COLUMNS = (
    *("task", "annotator", "kind", "role", "status", "records", "share", "skips", "flags", "flags_by_kind"),
    *("seconds_median", "seconds_low", "seconds_high", "gold_accuracy", "gold_low", "gold_high", "gold_pairs"),
    *("agreement", "agreement_pairs", "last"),
)


def team_text(reports: Sequence[TeamReport]) -> str:
    """The annotators, flags and batches of each task, and a legend."""
    return "\n\n".join([*map(_task, reports), _LEGEND])


def team_csv(reports: Iterable[TeamReport]) -> str:
    """One row for each annotator and task, after a heading; cells are guarded against spreadsheet formulas."""
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for task, member in ((report.task, member) for report in reports for member in report.annotators):
        flags = " ".join(f"{kind}:{number}" for kind, number in member.flags.items())
        texts = (task, member.annotator, member.kind, member.role, member.status)
        spread, gold, agreement = member.seconds, member.gold, member.agreement
        row = (
            *map(guarded, texts),
            *map(_number, (member.records, member.share, member.skips, sum(member.flags.values()))),
            guarded(flags),
            *map(_number, (spread.median, spread.low, spread.high, gold.value, gold.low, gold.high, gold.of)),
            *map(_number, (agreement.value, agreement.of)),
            member.last or "",
        )
        rows.append(row)
    return csv_text(rows)


def _task(report: TeamReport) -> str:
    head = f"{report.task}: {count(len(report.annotators), 'annotator')}, {count(report.records, 'record')}"
    faults = f"; {count(report.errors, 'error')} (assay check --all)" if report.errors else ""
    shown = report.annotators[:_LISTED]
    parts = [f"{head}{faults}", _table(_PEOPLE, [_member(one) for one in shown])]
    if len(report.annotators) > _LISTED:
        parts.append(f"  … and {len(report.annotators) - _LISTED:,} more; --format csv lists all")
    if any(member.flags for member in shown):
        parts.append(_flags(shown))
    if report.batches:
        parts.append(
            _table(
                _BATCHES,
                [
                    (
                        clip(one.batch, _WIDTH),
                        one.purpose,
                        one.status,
                        one.guideline,
                        f"{one.done:,}" if one.asked else f"{one.records:,}",
                        f"{one.asked:,}" if one.asked else "-",
                        "-" if one.value is None else f"{int(one.value * 100 + 1e-9)}%",
                        f"{sum(one.returned.values()):,}",
                    )
                    for one in report.batches
                ],
            )
        )
    for batch in report.batches:
        for counts, what in ((batch.missing, "open"), (batch.returned, "sent back")):
            if counts:
                parts.append(f"  {what} in {visible(clip(batch.batch, _WIDTH))}: {_named(counts)}")
    return "\n".join(parts)


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return indented(table_text(headings, rows, width=WIDTH - 2))


def _member(member: Member) -> tuple[str, ...]:
    is_usual = member.kind != Kind.MODEL or member.status != "active"
    spread, gold = member.seconds, member.gold
    seconds = right = "-"
    if spread.median is not None and spread.low is not None and spread.high is not None:
        seconds = f"{spread.median:.0f} ({spread.low:.0f}-{spread.high:.0f})"
    if gold.low is not None and gold.high is not None:
        right = f"{decimal(gold.value, 2)} ({gold.low:.2f}-{gold.high:.2f}) of {_compact(gold.of)}"
    return (
        clip(member.annotator, _WIDTH),
        member.status if is_usual else member.kind,
        _compact(member.records),
        "-" if member.share is None else f"{member.share:.0%}",
        seconds,
        f"{member.skips:,}",
        right,
        f"{decimal(member.agreement.value, 2)} of {_compact(member.agreement.of)}" if member.agreement.of else "-",
        (member.last or "-").partition("T")[0],
    )


def _flags(members: Sequence[Member]) -> str:
    kinds = sorted({kind for member in members for kind in member.flags})
    rows = [
        (clip(member.annotator, _WIDTH), *(f"{member.flags.get(kind, 0):,}" for kind in kinds))
        for member in members
        if member.flags
    ]
    return _table(("flags", *(clip(kind, _WIDTH) for kind in kinds)), rows)


def _named(counts: Mapping[str, int]) -> str:
    most = sorted(counts.items(), key=lambda named: (-named[1], named[0]))
    named = ", ".join(f"{visible(clip(name, 10))} {_compact(number)}" for name, number in most[:_NAMED])
    return f"{named}, and {len(most) - _NAMED:,} more" if len(most) > _NAMED else named


def _compact(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"{number // 1000:,}k"


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"
