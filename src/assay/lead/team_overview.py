"""`assay team`: statistics of the annotators and models of a task, and of its batches, as text or CSV."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from assay.agreement import DISPUTABLE, tags_of
from assay.consensus import choices
from assay.core import Annotator, Codes, Corpus, Field, Floats, Kind, Mask, Scale, Share, clip
from assay.errors import ConfigError
from assay.files import csv_text, guarded
from assay.guidelines import load_guideline
from assay.labels import FileRole, Layout, OwnFile, lay_out, load_corpus, own_path, read_own, returns_to, workload
from assay.project import Project, load_schema
from assay.quality import answered, gold_by_annotator
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


_NOTHING = Share(hits=0, of=0, value=None)
_UNKNOWN = "unknown"


def measure_team(
    corpus: Corpus, fields: Sequence[Field], returned: Mapping[str, Mapping[str, int]], errors: int
) -> TeamReport:
    """The team of a task.

    `returned` counts by batch and annotator what was sent back and not answered since; `errors` are the faults of the
    task's files. Everybody is listed who labelled, or is asked to, also those whose votes do not count.
    """
    return TeamReport(
        task=corpus.task,
        records=len(corpus.annotations),
        errors=errors,
        annotators=list(_members(corpus, fields)),
        batches=list(_batches(corpus, returned)),
    )


def standing_rows(corpus: Corpus) -> Mask:
    """The current annotations, those of open batches, and those of batches that do not count; no replaced ones."""
    counting = np.array([batch.counts for batch in corpus.batches], dtype=np.bool_)
    return corpus.annotations.current | corpus.annotations.open | ~counting[corpus.annotations.batch]


def _members(corpus: Corpus, fields: Sequence[Field]) -> Iterator[Member]:
    table, rows = corpus.annotations, standing_rows(corpus)
    accuracy, agreement = gold_by_annotator(corpus, fields, rows), agreement_with_peers(corpus, fields, rows)
    order = np.argsort(table.annotator.codes, kind="stable")
    starts = np.searchsorted(table.annotator.codes[order], np.arange(1, len(table.annotator.values)))
    own = dict(zip(table.annotator.values, np.split(order, starts), strict=False))
    asked = {name for batch in corpus.batches for name in batch.annotators}
    by_persons = sum(len(rows) for name, rows in own.items() if _kind(corpus.annotators.get(name)) != Kind.MODEL)
    for name in sorted({*table.annotator.values, *corpus.assignments.annotator.values, *asked}):
        entry = corpus.annotators.get(name)
        mine = own.get(name, np.zeros(0, dtype=np.int64))
        skips = int((table.skip.codes[mine] >= 0).sum())
        flags = (table.flags.values[code] for code in table.flags.codes[mine].tolist() if code >= 0)
        times = table.at[mine][~np.isnat(table.at[mine])]
        seconds = table.seconds[mine][~np.isnan(table.seconds[mine])]
        low, median, high = np.percentile(seconds, [25, 50, 75]).tolist() if len(seconds) else (None, None, None)
        yield Member(
            annotator=name,
            kind=_kind(entry),
            role=entry.role.value if entry else _UNKNOWN,
            status=entry.status.value if entry else _UNKNOWN,
            records=len(mine),
            share=len(mine) / by_persons if by_persons and _kind(entry) != Kind.MODEL else None,
            seconds=Spread(count=len(seconds), median=median, low=low, high=high),
            skips=skips,
            flags=dict(sorted(Counter(flag for text in flags for flag in text.split(" ")).items())),
            gold=accuracy.get(name, _NOTHING),
            agreement=agreement.get(name, _NOTHING),
            last=f"{np.datetime_as_string(times.max(), unit='s')}Z" if len(times) else None,
        )


def _kind(entry: Annotator | None) -> str:
    return entry.kind.value if entry else _UNKNOWN


def _batches(corpus: Corpus, returned: Mapping[str, Mapping[str, int]]) -> Iterator[BatchProgress]:
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
            returned=dict(sorted(returned.get(batch.name, {}).items())),
        )


def agreement_with_peers(corpus: Corpus, fields: Iterable[Field], rows: Mask) -> dict[str, Share]:
    """By annotator the share of equal answers of all (own, peer's, field) on the same item.

    Current answers are compared with each other whatever their batches, and open ones so; others within their batch.
    Answers are those before a correction, among `rows`. Every annotator is compared, but only with peers whose votes
    count. An annotator without such peers is omitted.
    """
    names = corpus.annotations.annotator.values
    equal, pairs = np.zeros(len(names)), np.zeros(len(names), dtype=np.int64)
    for field in fields:
        if field.scale in DISPUTABLE:
            hits, of = _of_field(corpus, field, rows)
            equal += hits
            pairs += of
    counted = zip(names, equal.tolist(), pairs.tolist(), strict=True)
    return {name: Share(hits=hits, of=of, value=hits / of) for name, hits, of in counted if of}


def _of_field(corpus: Corpus, field: Field, rows: Mask) -> tuple[Floats, NDArray[np.int64]]:
    """Equal answers and comparisons on one field, by annotator."""
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
        return _sums(who, _others(unit * max(len(options.values), 1) + code, counting), names).astype(np.float64), pairs
    tags = tags_of(options.values, field)
    lengths = tags.lengths[code]
    row = np.repeat(np.arange(len(code)), lengths)
    element = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    code = tags.tag[tags.first[code][row] + element]
    unit = unit[row] * max(int(element.max(initial=0)) + 1, 1) + element
    equal = _sums(who[row], _others(unit * (int(code.max(initial=0)) + 1) + code, counting[row]), names)
    compared = _sums(who[row], _others(unit, counting[row]), names)
    pairs[compared == 0] = 0
    return equal * pairs / np.maximum(compared, 1), pairs


def _others(keys: NDArray[np.int64], counting: Mask) -> NDArray[np.int64]:
    """For each row, the number of other counting rows with the same key."""
    distinct, place = np.unique(keys, return_inverse=True)
    return np.asarray(np.bincount(place[counting], minlength=len(distinct))[place] - counting, dtype=np.int64)


def _sums(who: Codes, numbers: Sequence[int] | NDArray[np.int64], annotators: int) -> NDArray[np.int64]:
    return np.bincount(who, weights=numbers, minlength=annotators).astype(np.int64)


def measure_teams(project: Project, task: str | None = None) -> tuple[TeamReport, ...]:
    """The team of a task, or of every task in the project's order; nothing is written.

    Raises:
        UsageError: unknown task.
        ConfigError: a schema or guideline is broken.
    """
    names = project.tasks if task is None else (project.task(task).name,)
    reports = []
    for name in names:
        schema = load_schema(project, name)
        loaded = load_corpus(project, schema, load_guideline(project, name))
        returned = dict(_returned(project, lay_out(project.snapshot, name, project.task(name).pool), loaded.corpus))
        reports.append(measure_team(loaded.corpus, schema.fields, returned, loaded.report.errors))
    return tuple(reports)


def _returned(project: Project, layout: Layout, corpus: Corpus) -> Iterator[tuple[str, Mapping[str, int]]]:
    """By batch and annotator, how many answers were sent back and not answered since."""
    for batch in dict.fromkeys(file.batch for file in layout.of(FileRole.RETURNED)):
        sent = {
            name: returns_to(project.snapshot, layout, batch, name)
            for name in corpus.annotators
            if not name.startswith("@")
        }
        waiting = {
            name: len(workload((), _own(project.root, own_path(corpus.task, batch, name)), those).returned)
            for name, those in sent.items()
            if those
        }
        yield batch, {name: many for name, many in waiting.items() if many}


def _own(root: Path, path: str) -> OwnFile:
    """The annotator's file; empty if it cannot be read, which `assay check` reports."""
    try:
        return read_own(root, path)
    except ConfigError:
        return OwnFile(path=path, lines={}, digest="")


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
