"""Read everything about one task's labels."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from assay import core
from assay.core import MOST, Batch, Codes, Corpus, Decision, Finding, Kind, Location, SchemaReport, Severity, Where
from assay.git import WorkTree
from assay.guidelines import Guideline
from assay.labels import assignments
from assay.labels.annotations import Interners, VoteFile, labels_by_item, read_annotations
from assay.labels.assemble import Reading, assemble, second_votes
from assay.labels.batches import read_batch, read_decisions, unique_decisions
from assay.labels.checks import LabelContext
from assay.labels.claims import BatchContext
from assay.labels.current import with_current
from assay.labels.faults import Faults, reported
from assay.labels.items import pool_of, read_pool
from assay.labels.judge import Judge
from assay.labels.media import Gallery
from assay.labels.paths import FileRole, LabelFile, Layout, few_enough, lay_out, read_label_file, record_kind
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ITEM
from assay.labels.times import day_or_moment, latest_past
from assay.labels.vote_rows import chosen
from assay.project import Project, Roster, TaskSchema, Validator, load_roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A task's valid annotations, every finding by place, and the summary; `gathered` is the corpus before it is known what is current."""

    corpus: Corpus
    gathered: Corpus
    findings: tuple[Finding, ...]
    report: SchemaReport


def load_at_once(
    project: Project, schema: TaskSchema, guideline: Guideline, *, only: frozenset[str] | None, now: str | None = None
) -> Loaded:
    """Reads the labels of a task, or those in the files that `only` names, as `load_corpus` says, with nothing kept of earlier readings.

    Raises:
        LimitError, UsageError: as `load_corpus`.
    """
    snapshot, roster, versions = project.snapshot, load_roster(project), guideline.versions
    layout = lay_out(snapshot, schema.task, project.task(schema.task).pool)
    if only is not None and isinstance(snapshot, WorkTree):
        shown = (file for file in layout.files if file.path not in snapshot.kept_out)
        layout = replace(layout, files=tuple(shown))
    gallery = Gallery(snapshot, project.task(schema.task).pool, schema)
    pool, findings = read_pool(snapshot, layout.of(FileRole.ITEMS), schema, gallery if only is None else None)
    context = LabelContext(
        pool=pool, judge=Judge(schema), versions=versions, roster=roster, latest=latest_past(now), gallery=gallery
    )
    return load_files(
        TaskFiles(
            layout=layout,
            read=lambda file: lines_in(file, read_label_file(snapshot, file)),
            batch=lambda file: read_batch(snapshot, file, versions, roster),
            findings=(*layout.findings, *roster.findings, *findings),
        ),
        context,
        guideline,
        only=only,
    )


def nothing_loaded(task: str) -> Loaded:
    """The empty result for a task whose labels cannot be checked."""
    roster = Roster(annotators={}, broken=frozenset(), findings=())
    schema = TaskSchema(task=task, fields=(), flags=frozenset(), swap=None, label=Validator({}), item=None)
    context = LabelContext(
        pool=pool_of(read_lines(b"", ITEM), schema), judge=Judge(schema), versions=frozenset(), roster=roster
    )
    empty = Layout(files=(), batches=(), findings=())
    guideline = Guideline(task=task, version="", owners=(), changes=())
    return load_files(
        TaskFiles(layout=empty, read=lambda file: lines_in(file, b""), batch=lambda _: (None, ())), context, guideline
    )


def lines_in(file: LabelFile, data: bytes) -> Lines[Any]:
    """The lines of the bytes of a label file.

    Raises:
        LimitError: it has more of them than assay reads.
    """
    return read_lines(few_enough(file, data), record_kind(file), file)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFiles:
    """A task's label files at any revision: how to read the lines of one, how to read a batch, and earlier findings."""

    layout: Layout
    read: Callable[[LabelFile], Lines[Any]]
    batch: Callable[[LabelFile], tuple[Batch | None, tuple[Finding, ...]]]
    findings: tuple[Finding, ...] = ()


def load_files(
    files: TaskFiles, context: LabelContext, guideline: Guideline, *, only: frozenset[str] | None = None
) -> Loaded:
    """As `load_corpus`, from files of any revision; the items are those of `context`."""
    reader = _Reader(files, context, guideline)
    for file in files.layout.of(FileRole.ANNOTATIONS):
        if only is None or file.path in only:
            reader.read_annotations(file)
    return reader.loaded(only)


class _Reader:
    """Reads the files of one task in the order in which they need each other."""

    def __init__(self, files: TaskFiles, context: LabelContext, guideline: Guideline) -> None:
        self.files = files
        self.guideline = guideline
        self.layout = files.layout
        self.context = context
        self.findings: list[Finding] = [*files.findings]
        self.fewest = 0
        self.batches = self._batches()
        self.codes = {name: code for code, name in enumerate(sorted(self.batches))}
        self.blank: set[str] = set()
        self.assigned = {
            **dict.fromkeys(self.layout.planned, assignments.NO_PLAN),
            **{file.batch: self._assigned(file) for file in self.layout.of(FileRole.ASSIGNMENTS)},
        }
        answers = (*self.layout.of(FileRole.GOLD), *self.layout.of(FileRole.ADJUDICATIONS))
        self.rulings = [ruling for file in answers for ruling in self._rulings(file)]
        self.sent: list[tuple[LabelFile, tuple[assignments.Sent, ...]]] = []
        self.returned = self._returned()
        self.shown: dict[LabelFile, Mapping[str, bytes]] = {}
        self.interners = Interners()
        self.votes: list[tuple[LabelFile, VoteFile]] = []

    def read_annotations(self, file: LabelFile) -> None:
        batch = self.batches.get(file.batch)
        around = BatchContext(
            code=self.codes.get(file.batch, -1),
            guideline=batch.guideline if batch else "",
            assigned=self.assigned.get(file.batch),
            created=self._created(file),
            returned=self.returned.get(file.batch, {}),
            shown=partial(self._shown, file),
        )
        votes = read_annotations(file, self.files.read(file), around, self.context, self.interners)
        self._report(file, votes.faults)
        self.votes.append((file, votes))

    def loaded(self, only: frozenset[str] | None) -> Loaded:
        decisions, contradictions = unique_decisions(self.rulings, self.context.judge.schema.task)
        self.findings += self._emptied()
        self._settle_second_votes()
        gathered = assemble(
            Reading(
                context=self.context,
                interners=self.interners,
                batches=tuple(self.batches[name] for name in sorted(self.batches)),
                rows=tuple(votes.rows for file, votes in self.votes if file.batch in self.batches),
                assigned={self.codes[name]: plan.items for name, plan in self.assigned.items() if name in self.batches},
                decisions=decisions,
            )
        )
        corpus = with_current(gathered, self.guideline, self.context.judge.schema.migrations)
        unsettled = assignments.unsettled_returns(corpus, self.sent, ((file, votes.rows) for file, votes in self.votes))
        found = [each for each in (*self.findings, *contradictions, *unsettled) if only is None or each.at.path in only]
        findings = core.fold_findings(found)
        return Loaded(
            corpus=corpus,
            gathered=gathered,
            findings=findings,
            report=report_of(
                findings,
                [votes for _, votes in self.votes],
                items=len(corpus.items),
                annotators=len(corpus.annotations.annotator.values),
                batches=len(corpus.batches),
            ),
        )

    def _settle_second_votes(self) -> None:
        if self.context.roster.same:
            second = zip(self.votes, *second_votes(self.votes, self.context.pool, self.interners), strict=True)
            for place, ((file, votes), lost, faults) in enumerate([*second]):
                left = replace(votes, rows=chosen(votes.rows, ~lost), valid=votes.valid - int(lost.sum()))
                self.votes[place] = (file, left)
                self._report(file, faults)

    def _batches(self) -> Mapping[str, Batch]:
        batches: dict[str, Batch] = {}
        for file in self.layout.of(FileRole.BATCH):
            batch, findings = self.files.batch(file)
            self.findings += findings
            if batch is not None:
                batches[batch.name] = batch
        return batches

    def _assigned(self, file: LabelFile) -> assignments.Assigned:
        lines = self.files.read(file)
        if lines.blank:
            self.blank.add(file.batch)
        assigned = assignments.read_assignments(file, lines, self.context)
        self._report(file, assigned.faults)
        return assigned

    def _emptied(self) -> Iterator[Finding]:
        """`batch/emptied`: batches with annotators or answers whose plan is empty or missing."""
        answered = {file.batch for file in self.layout.of(FileRole.ANNOTATIONS) if not file.sourced}
        task = self.context.judge.schema.task
        for name, batch in sorted(self.batches.items()):
            gone = name not in self.layout.planned and bool(batch.annotators) and name in answered
            if gone or (name in self.blank and (batch.annotators or name in answered)):
                at = Location(path=f"labels/{task}/{name}/assignments.jsonl")
                state = "is missing" if gone else "lists no items"
                people = "annotators have answered" if name in answered else "batch.yaml names annotators"
                message = f"assignments.jsonl {state}, and {people}"
                yield core.finding("batch/emptied", at, message, where=Where(task=task, batch=name))

    def _returned(self) -> Mapping[str, Mapping[str, Codes]]:
        """The items sent back, by batch and annotator."""
        found: dict[str, dict[str, Codes]] = {}
        for file in self.layout.of(FileRole.RETURNED):
            sent = assignments.read_returned(
                file, self.files.read(file), self._created(file), self.assigned.get(file.batch), self.context
            )
            self._report(file, sent.faults)
            self.sent.append((file, sent.lines))
            batch = found.setdefault(file.batch, {})
            for who, items in sent.items.items():
                batch[who] = np.union1d(batch.get(who, assignments.NO_ITEMS), items)
        return found

    def _shown(self, file: LabelFile, by: str) -> Mapping[str, bytes] | None:
        """A model's labels in the batch of a file, by item; None if the roster has no such model."""
        entry = self.context.roster.annotators.get(by)
        if entry is None or entry.kind is not Kind.MODEL:
            return None
        wanted = replace(file, path=f"{file.path.rpartition('/')[0]}/{by}.jsonl", who=by)
        if wanted not in self.shown:
            there = wanted in self.layout.files
            self.shown[wanted] = labels_by_item(self.files.read(wanted)) if there else {}
        return self.shown[wanted]

    def _created(self, file: LabelFile) -> int | None:
        batch = self.batches.get(file.batch)
        return day_or_moment(batch.created) if batch else None

    def _rulings(self, file: LabelFile) -> tuple[Decision, ...]:
        batch = self.batches.get(file.batch)
        rulings, faults = read_decisions(file, self.files.read(file), batch, self.context)
        self._report(file, faults)
        return rulings if batch is not None or file.role is FileRole.GOLD else ()

    def _report(self, file: LabelFile, faults: Faults) -> None:
        self.findings += reported(file, faults)
        if len(self.findings) > 2 * max(MOST, self.fewest):
            self.findings = [*core.fold_findings(self.findings)]
            self.fewest = len(self.findings)


class _Counted(Protocol):
    """Something whose records were counted."""

    @property
    def records(self) -> int: ...

    @property
    def valid(self) -> int: ...


def report_of(
    findings: Sequence[Finding], read: Sequence["_Counted"], *, items: int, annotators: int, batches: int
) -> SchemaReport:
    """The summary of a task from its findings, from the numbers of records of its parts, and from other numbers."""
    by_rule = Counter[str]()
    for found in findings:
        by_rule[found.rule] += 1 + found.more
    return SchemaReport(
        records=sum(part.records for part in read),
        valid=sum(part.valid for part in read),
        errors=core.number_of(found for found in findings if found.severity is Severity.ERROR),
        warnings=core.number_of(found for found in findings if found.severity is Severity.WARNING),
        items=items,
        annotators=annotators,
        batches=batches,
        findings=dict(sorted(by_rule.items())),
    )
