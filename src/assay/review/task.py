"""What a change does to one task: its records, its figures, and what a reviewer should look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from assay.changes import ChangeKind, FileChange, RecordChange, diff_file
from assay.changes.diff import changed_lines, claims_of, turns_of
from assay.git.snapshot import TreeSnapshot
from assay.git.tree import TreeChange
from assay.labels.paths import Role, label_file
from assay.model.finding import Finding
from assay.model.review import Moved, RecordDiff, TaskReview
from assay.project.find import ReviewLimits
from assay.report.plain import clipped
from assay.review.answers import Answers, authors, decided_by_one, gold_misses, new_disputes, peeked
from assay.review.base import Rules
from assay.review.claims import claim_findings, sides_of
from assay.review.figures import figures, moved
from assay.review.kinds import place_of
from assay.review.limits import too_many_records
from assay.review.remembered import Memory
from assay.review.rounds import load_rounds, round_names

MOST_SHOWN = 500
_VOTES = frozenset({Role.ANNOTATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A task's part of the report, and what is wrong with what its changed records claim."""

    report: TaskReview
    findings: tuple[Finding, ...]


def record_changes(
    before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], limits: ReviewLimits
) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
    """The label files among the changes, compared record by record; only plain files are read.

    Where more lines change than a review reads no record is, and that is a finding.
    """
    files = [file for one in changes if (file := label_file(one.path)) is not None]
    old, new = (side.read_all(file.path for file in files) for side in (before, after))
    sides = {file: (old.get(file.path, b""), new.get(file.path, b"")) for file in files}
    over = too_many_records({file.path: changed_lines(*bytes_of) for file, bytes_of in sides.items()}, limits)
    return (() if over else tuple(diff_file(file, *bytes_of) for file, bytes_of in sides.items())), over


def review_task(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, files: Sequence[FileChange], memory: Memory, moment: str
) -> Reviewed:
    """Reads the batches that the files lie in, before and after, by the base's rules; the others are remembered.

    `moment` is what the times of the change are held against (RFC 3339, UTC; empty: no clock).
    """
    batches = sorted({file.file.batch for file in files if file.file.batch})
    there = (set(round_names(side, rules.task)) for side in (before, after))
    old, new = (
        load_rounds(side, rules, [name for name in batches if name in names], now=moment or None)
        for side, names in zip((before, after), there, strict=True)
    )
    lines = {(file.file.path, change.after.number) for file in files for change in file.records if change.after}
    items = frozenset(change.key[0] for file in files for change in file.records if file.file.role is not Role.ITEMS)
    was, now = (Answers(side.corpus, items) for side in (old, new))
    fields = rules.revision.schema.fields
    rows = _rows(now, files)
    changed = (change for file in files if file.file.role in _VOTES for change in file.records)
    touched = frozenset(field.name for field in fields) & {turn.field for one in changed for turn in turns_of(one)}
    sides = sides_of(rules, before, after, files, (old.corpus, new.corpus))
    timed = [one for one in new.findings if one.rule == "label/future-time" and (one.at.path, one.at.line) in lines]
    report = TaskReview(
        task=rules.task,
        **{kind.value: sum(len(file.of(kind)) for file in files) for kind in ChangeKind},
        shown=tuple(islice(_shown(files, was, now), MOST_SHOWN)),
        moved=_moved(rules, before, after, touched, memory),
        disputes=tuple(new_disputes(rules.task, was, now, fields)),
        single=decided_by_one(was, now),
        gold=tuple(gold_misses(rules.task, now, rows, fields)),
        authors=tuple(authors(rules.task, now, rows, fields)),
        peeked=peeked(was, now, rows),
    )
    return Reviewed(report=report, findings=(*timed, *claim_findings(sides, files)))


def _moved(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, touched: frozenset[str], memory: Memory
) -> tuple[Moved, ...]:
    if not touched:
        return ()
    return tuple(moved(rules, figures(before, rules, memory), figures(after, rules, memory), touched, memory))


def _rows(now: Answers, files: Sequence[FileChange]) -> tuple[int, ...]:
    """The rows of the votes that were added or changed."""
    votes = (file for file in files if file.file.role in _VOTES)
    places = {
        (file.file.path, change.after.number) for file in votes for change in file.records if change.after is not None
    }
    table = now.corpus.annotations
    return tuple(row for row in now.rows if (table.path.values[table.path.codes[row]], int(table.line[row])) in places)


def _shown(files: Sequence[FileChange], was: Answers, now: Answers) -> Iterator[RecordDiff]:
    for file in files:
        kind = place_of(file.file.path).kind.name
        for change in file.records:
            item = change.key[0] if file.file.role is not Role.SOURCE else ""
            yield RecordDiff(
                path=file.file.path,
                line=change.after.number if change.after else 0,
                kind=kind,
                change=change.kind.value,
                task=file.file.task,
                batch=file.file.batch,
                item=item,
                who=_who(file, change),
                text=now.text(item) or was.text(item),
                fields=tuple((turn.field, turn.before, turn.after) for turn in turns_of(change)),
                claims=tuple((turn.field, clipped(turn.before), clipped(turn.after)) for turn in claims_of(change)),
            )


def _who(file: FileChange, change: RecordChange) -> str:
    return f"{file.file.who}/{change.key[-1]}" if file.file.sourced and len(change.key) > 1 else file.file.who


def by_task(files: Sequence[FileChange]) -> Mapping[str, Sequence[FileChange]]:
    """The files by the task they belong to; pools and sources belong to none."""
    found: dict[str, list[FileChange]] = {}
    for file in files:
        if file.file.task and not file.is_empty:
            found.setdefault(file.file.task, []).append(file)
    return found
