"""`assay team`: the work, quality and open slots of each annotator, as text or CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from assay.core import Corpus, Kind, clip
from assay.errors import ConfigError
from assay.files import csv_text, guarded
from assay.guidelines import load_guideline
from assay.labels import FileRole, Layout, OwnFile, lay_out, load_corpus, own_path, read_own, returns_to, workload
from assay.lead.team_measures import Member, TeamReport, measure_team
from assay.project import Project, load_schema
from assay.render import WIDTH, count, decimal, indented, table_text, visible


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
    """The largest counts with their names."""
    most = sorted(counts.items(), key=lambda named: (-named[1], named[0]))
    named = ", ".join(f"{visible(clip(name, 10))} {_compact(number)}" for name, number in most[:_NAMED])
    return f"{named}, and {len(most) - _NAMED:,} more" if len(most) > _NAMED else named


def _compact(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"{number // 1000:,}k"


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"
