"""`assay team`: who did how much, how well, and what is open, as text or CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from assay.core import Corpus, Kind, Share, clip
from assay.errors import ConfigError
from assay.files import csv_text, guarded
from assay.guidelines import load_guideline
from assay.labels import FileRole, Layout, OwnFile, lay_out, load_corpus, own_path, read_own, returns_to, workload
from assay.lead.team_measures import BatchProgress, Member, Spread, TeamReport, measure_team
from assay.project import Project, load_schema
from assay.render import WIDTH, count, decimal, indented, table_text, visible


def team(project: Project, task: str | None = None) -> tuple[TeamReport, ...]:
    """The team of a task, or of every task in the project's order; nothing is written.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema or guideline is broken.
    """
    names = project.tasks if task is None else (project.task(task).name,)
    return tuple(_team(project, name) for name in names)


def _team(project: Project, task: str) -> TeamReport:
    schema = load_schema(project, task)
    loaded = load_corpus(project, schema, load_guideline(project, task))
    layout = lay_out(project.snapshot, task, project.task(task).pool)
    returned = dict(_returned(project, layout, loaded.corpus))
    return measure_team(loaded.corpus, schema.fields, returned, loaded.report.errors)


def _returned(project: Project, layout: Layout, corpus: Corpus) -> Iterator[tuple[str, Mapping[str, int]]]:
    """By batch, how many answers of each annotator were sent back and not answered since."""
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
    """The annotator's file; one that cannot be read has answered nothing (`assay check` says what is wrong with it)."""
    try:
        return read_own(root, path)
    except ConfigError:
        return OwnFile(path=path, lines={}, digest="")


_LISTED = 200
_NAMED = 4
_WIDTH = 18
_PEOPLE = ("annotator", "status", "records", "share", "seconds", "skips", "gold", "agree", "last")
_ROUNDS = ("batch", "purpose", "status", "guide", "done", "of", "", "sent back")
_LEGEND = "seconds: median (middle half) · gold: right (95% interval) of n · agree: same as peers, of n · small n, weak evidence"
_COLUMNS = (
    *("task", "annotator", "kind", "role", "status", "records", "share", "skips", "flags", "flags_by_kind"),
    *("seconds_median", "seconds_low", "seconds_high", "gold_accuracy", "gold_low", "gold_high", "gold_pairs"),
    *("agreement", "agreement_pairs", "last"),
)


def team_text(reports: Sequence[TeamReport]) -> str:
    """Per task its annotators, the flags they raised, and its batches; a line that says how to read it."""
    return "\n\n".join([*map(_task, reports), _LEGEND])


def team_csv(reports: Iterable[TeamReport]) -> str:
    """One row an annotator and task, after a heading; no cell is taken for a formula."""
    rows = [_csv_row(report.task, member) for report in reports for member in report.annotators]
    return csv_text([_COLUMNS, *rows])


def _task(report: TeamReport) -> str:
    head = f"{report.task}: {count(len(report.annotators), 'annotator')}, {count(report.records, 'record')}"
    faults = f"; {count(report.errors, 'error')} (assay check --all)" if report.errors else ""
    shown = report.annotators[:_LISTED]
    parts = [f"{head}{faults}", _table(_PEOPLE, [_member(one) for one in shown])]
    if len(report.annotators) > _LISTED:
        parts.append(f"  … and {len(report.annotators) - _LISTED:,} more; --format csv lists all")
    if any(one.flags for one in shown):
        parts.append(_flags(shown))
    if report.batches:
        parts.append(_table(_ROUNDS, [_batch(one) for one in report.batches]))
    parts += [told for batch in report.batches for told in _waiting(batch)]
    return "\n".join(parts)


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return indented(table_text(headings, rows, width=WIDTH - 2))


def _member(member: Member) -> tuple[str, ...]:
    is_usual = member.kind != Kind.MODEL or member.status != "active"
    return (
        clip(member.annotator, _WIDTH),
        member.status if is_usual else member.kind,
        _compact(member.records),
        "-" if member.share is None else f"{member.share:.0%}",
        _seconds(member.seconds),
        f"{member.skips:,}",
        _gold(member.gold),
        f"{decimal(member.agreement.value, 2)} of {_compact(member.agreement.of)}" if member.agreement.of else "-",
        (member.last or "-").partition("T")[0],
    )


def _seconds(spread: Spread) -> str:
    if spread.median is None or spread.low is None or spread.high is None:
        return "-"
    return f"{spread.median:.0f} ({spread.low:.0f}-{spread.high:.0f})"


def _gold(share: Share) -> str:
    if share.low is None or share.high is None:
        return "-"
    return f"{decimal(share.value, 2)} ({share.low:.2f}-{share.high:.2f}) of {_compact(share.of)}"


def _flags(members: Sequence[Member]) -> str:
    kinds = sorted({kind for member in members for kind in member.flags})
    rows = [
        (clip(one.annotator, _WIDTH), *(f"{one.flags.get(kind, 0):,}" for kind in kinds))
        for one in members
        if one.flags
    ]
    return _table(("flags", *(clip(kind, _WIDTH) for kind in kinds)), rows)


def _batch(batch: BatchProgress) -> tuple[str, ...]:
    return (
        clip(batch.batch, _WIDTH),
        batch.purpose,
        batch.status,
        batch.guideline,
        f"{batch.done:,}" if batch.asked else f"{batch.records:,}",
        f"{batch.asked:,}" if batch.asked else "-",
        _progress(batch.value),
        f"{sum(batch.returned.values()):,}",
    )


def _waiting(batch: BatchProgress) -> Iterator[str]:
    for counts, what in ((batch.missing, "open"), (batch.returned, "sent back")):
        if counts:
            yield f"  {what} in {visible(clip(batch.batch, _WIDTH))}: {_named(counts)}"


def _named(counts: Mapping[str, int]) -> str:
    """The largest counts with their names."""
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    told = ", ".join(f"{visible(clip(name, 10))} {_compact(number)}" for name, number in most[:_NAMED])
    return f"{told}, and {len(most) - _NAMED:,} more" if len(most) > _NAMED else told


def _compact(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"{number // 1000:,}k"


def _progress(share: float | None) -> str:
    """Whole percents, never 100 before all is done."""
    return "-" if share is None else f"{int(share * 100 + 1e-9)}%"


def _csv_row(task: str, member: Member) -> tuple[str, ...]:
    flags = " ".join(f"{kind}:{number}" for kind, number in member.flags.items())
    texts = (task, member.annotator, member.kind, member.role, member.status)
    spread, gold, agreement = member.seconds, member.gold, member.agreement
    return (
        *map(guarded, texts),
        *map(_number, (member.records, member.share, member.skips, sum(member.flags.values()))),
        guarded(flags),
        *map(_number, (spread.median, spread.low, spread.high, gold.value, gold.low, gold.high, gold.of)),
        *map(_number, (agreement.value, agreement.of)),
        member.last or "",
    )


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"
