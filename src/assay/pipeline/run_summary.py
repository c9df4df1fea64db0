"""The last run of the pipeline on one screen."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

from assay import gate
from assay.core import (
    UNDEFINED,
    AgreementReport,
    CheckResult,
    ConsensusReport,
    Finding,
    Location,
    QualityReport,
    SchemaReport,
    Verdict,
    finding,
)
from assay.errors import AssayError, NewerError
from assay.project import STAGES, Project, load_release_spec
from assay.release import read_manifest, verify_release
from assay.render import count, decimal, indented, table_text, visible

_SHOWN = 6


def rests_on(votes: Mapping[str, int]) -> str:
    """`rows by votes: 1 on 0, 19 on 1, 58 on 2`: how many rows have how many votes, the fewest first."""
    ordered = sorted((int(number), rows) for number, rows in votes.items())
    parts = [f"{rows:,} on {number:,}" for number, rows in ordered[:_SHOWN]]
    if more := ordered[_SHOWN:]:
        parts.append(f"{sum(rows for _, rows in more):,} on {more[0][0]:,} or more")
    return f"rows by votes: {', '.join(parts) or 'none'}"


def not_in(batches: Collection[str]) -> str:
    """The open batches that are not in it; empty without one."""
    return f"not in it: {'open batch' if len(batches) == 1 else 'open batches'} {', '.join(batches)}" if batches else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """What the stages reported of one task."""

    name: str
    schema: SchemaReport
    agreement: AgreementReport
    consensus: ConsensusReport
    quality: QualityReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLine:
    """A release: path, version, rows (None where it is not on disk), and problems."""

    name: str
    path: str
    version: str
    rows: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The results of the last run; `stale` lists in a sentence each what changed since the verdict."""

    tasks: tuple[TaskSummary, ...]
    verdict: Verdict
    releases: tuple[ReleaseLine, ...]
    stale: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether all passes: the merge verdict on the current files, and every release."""
        outcomes = (self.verdict.merge, *self.verdict.release.values())
        blocked = any(outcome.blocks for outcome in outcomes) or any(one.problems for one in self.releases)
        return not (blocked or self.stale)


def summary_text(summary: RunSummary) -> str:
    """Per task what was read, measured and decided; then the verdict; then where the releases are."""
    parts = [_task(task) for task in summary.tasks]
    stale = [f"{visible(one)}; the run is incomplete\n  next: dvc repro" for one in summary.stale]
    parts.append("\n".join(["gate", indented(gate.verdict_text(summary.verdict)), *map(indented, stale)]))
    if summary.releases:
        parts.append("releases")
    for release in summary.releases:
        rows = "" if release.rows is None else f"{count(release.rows, 'row')}, "
        state = "; ".join(release.problems) or "digests match"
        parts[-1] += "\n" + indented(f"{release.path}: {release.name} {release.version}, {rows}{state}")
    return "\n\n".join(parts)


def summary_markdown(summary: RunSummary) -> str:
    """The same as a block of Markdown, in which no word of a label can end the block."""
    return "\n".join(["## assay report", "", indented(summary_text(summary), 4)])


def summary_findings(summary: RunSummary) -> Iterator[Finding]:
    """Rules and checks that did not pass, and problems of releases on disk."""
    yield from gate.verdict_findings(summary.verdict)
    for release in summary.releases:
        for problem in release.problems:
            yield finding("gate/refused", Location(path=release.path), problem)


def _task(task: TaskSummary) -> str:
    read, measured, decided, quality = task.schema, task.agreement, task.consensus, task.quality
    records = ", ".join(
        [
            f"{count(read.records, 'record')} ({read.valid:,} valid)",
            count(read.items, "item"),
            count(read.annotators, "annotator"),
            count(read.batches, "batch", "batches"),
            count(read.errors, "error"),
            count(read.warnings, "warning"),
        ]
    )
    rows: list[tuple[str, ...]] = []
    for name, field in measured.measured.items():
        alpha, known = field.alpha, UNDEFINED.get(field.alpha.reason or "")
        value = decimal(alpha.value) if alpha.reason is None else known.short if known else alpha.reason
        interval = "-" if alpha.low is None or alpha.high is None else f"{alpha.low:.3f} to {alpha.high:.3f}"
        others = decimal(field.ac1.value), decimal(field.percent.value)
        rows.append((name, field.scale, f"{field.units:,}", value, interval, *others))
    table = table_text(("field", "scale", "units", "alpha", "95% interval", "AC1", "agree"), rows)
    doubt = f"consensus by {decided.method}: {count(decided.items, 'item')}"
    doubt += f", {count(quality.queue.items, 'to look at', 'to look at')}" if quality.queue else ""
    lines = [f"{task.name}: {records}", indented(table), f"  {doubt} · {_quality(quality)}"]
    if quality.support:
        left = decided.items - quality.support.rows
        parts = (rests_on(quality.support.votes), f"{left:,} left out" if left else "", not_in(quality.support.open))
        lines.append(f"  {' · '.join(filter(None, parts))}")
    return "\n".join(lines)


def _quality(quality: QualityReport) -> str:
    gold, lost = quality.gold, quality.lost
    ends = "" if gold.low is None or gold.high is None else f" ({gold.low:.3f} to {gold.high:.3f})"
    parts = [
        f"gold accuracy {decimal(gold.accuracy)}{ends} on {count(gold.items, 'item')}" if gold.items else "no gold",
        f"coverage {decimal(quality.coverage.value)}" if quality.coverage.assigned else "nothing assigned",
        f"unresolved {decimal(quality.unresolved.value)}",
    ]
    if quality.outdated is not None:
        parts.append(f"outdated {decimal(quality.outdated.value)}")
    if lost is not None and lost.votes:
        reasons = {
            "asked again and silent": lost.silent,
            "outdated": lost.outdated,
            "waiting after a migration and not asked again": lost.waiting,
        }
        why = ", ".join(f"{number:,} {reason}" for reason, number in reasons.items() if number)
        taken = f"({why}; by {', '.join(lost.batches)})"
        parts.append(f"{count(lost.votes, 'vote')} lost on {count(lost.items, 'item')} {taken}")
    return " · ".join(parts)


def last_run(project: Project, *, today: str) -> RunSummary:
    """Reports, verdict and releases of the last `dvc repro`.

    Raises:
        UsageError: a stage has not run yet.
    """
    reports = {task: gate.load_evidence(project, task) for task in project.tasks}
    verdict = gate.read_verdict(project)
    checks = cache(partial(gate.run_checks, project))
    return RunSummary(
        tasks=tuple(
            TaskSummary(name=task, **{stage: getattr(found, stage) for stage in STAGES})
            for task, found in reports.items()
        ),
        verdict=verdict,
        stale=tuple(gate.changes(verdict.inputs, gate.judged_inputs(project), since="the verdict")),
        releases=tuple(_release_last_run(project, name, verdict, today, checks) for name in project.releases),
    )


def _release_last_run(
    project: Project, name: str, verdict: Verdict, today: str, checks: Callable[[], tuple[CheckResult, ...]]
) -> ReleaseLine:
    path, version = f"release/{name}", load_release_spec(project, name).version
    if not (project.root / path).exists():
        refused = name in verdict.release and verdict.release[name].blocks
        absent = "not built: the verdict does not pass" if refused else "not built yet"
        return ReleaseLine(name=name, path=path, version=version, rows=None, problems=(absent,))
    try:
        problems = verify_release(project, name, today=today, checks=checks()).problems
    except NewerError:
        raise
    except AssayError as error:
        problems = (error.message,)
    try:
        rows: int | None = read_manifest(project, name).rows
    except AssayError:
        rows = None
    return ReleaseLine(name=name, path=path, version=version, rows=rows, problems=problems)
