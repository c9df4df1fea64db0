"""What a change does to one task: its records, its figures, and what a reviewer should look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.changes import ChangeKind, FileChange, RecordChange, diff_file
from assay.changes.summary import turns_of
from assay.labels.layout import Role
from assay.labels.place import label_file
from assay.model.finding import Finding
from assay.model.review import Moved, RecordDiff, TaskReview
from assay.review.answers import Answers, authors, decided_by_one, gold_misses, new_disputes, peeked
from assay.review.base import Tree
from assay.review.figures import figures, moved
from assay.review.kinds import place_of
from assay.review.remembered import Memory
from assay.review.rounds import Rules, load_rounds
from assay.store.trees import TreeChange, blobs

MOST_SHOWN = 500
_VOTES = frozenset({Role.ANNOTATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A task's part of the report, the findings on changed records, and how many others were seen."""

    report: TaskReview
    findings: tuple[Finding, ...]
    elsewhere: int


def record_changes(tree: Tree, changes: Sequence[TreeChange]) -> tuple[FileChange, ...]:
    """The label files among the changes, compared record by record; only plain files are read."""
    named = [(one, file) for one in changes if (file := label_file(one.path)) is not None]
    sides = (side for one, _ in named for side in (one.before, one.after))
    found = blobs(tree.root, (side.object for side in sides if side is not None and side.mode.startswith("100")))
    data = [tuple(found.get(side.object, b"") if side else b"" for side in (one.before, one.after)) for one, _ in named]
    return tuple(diff_file(file, old, new) for (_, file), (old, new) in zip(named, data, strict=True))


def review_task(rules: Rules, before: Tree, after: Tree, files: Sequence[FileChange], memory: Memory) -> Reviewed:
    """Reads the rounds that the files lie in, before and after, by the base's rules; the other rounds are remembered."""
    batches = sorted({file.file.batch for file in files if file.file.batch})
    old = load_rounds(before, rules, [name for name in batches if (rules.task, name) in before.batches])
    new = load_rounds(after, rules, [name for name in batches if (rules.task, name) in after.batches])
    lines = {(file.file.path, line) for file in files for line in _lines(file)}
    items = frozenset(change.key[0] for file in files for change in file.records if file.file.role is not Role.ITEMS)
    was, now = (Answers(side.corpus, items) for side in (old, new))
    fields = rules.revision.schema.fields
    rows = _rows(now, files)
    touched = _touched(files, frozenset(field.name for field in fields))
    shown = [found for found in new.findings if (found.at.path, found.at.line) in lines]
    report = TaskReview(
        task=rules.task,
        **{kind.value: sum(len(file.of(kind)) for file in files) for kind in ChangeKind},
        shown=tuple(_shown(files, was, now))[:MOST_SHOWN],
        moved=_moved(rules, before, after, touched, memory),
        disputes=tuple(new_disputes(rules.task, was, now, fields)),
        single=decided_by_one(was, now),
        gold=tuple(gold_misses(rules.task, now, rows, fields)),
        authors=tuple(authors(rules.task, now, rows, fields)),
        peeked=peeked(was, now, rows),
    )
    return Reviewed(report=report, findings=tuple(shown), elsewhere=len(new.findings) - len(shown))


def _moved(rules: Rules, before: Tree, after: Tree, touched: frozenset[str], memory: Memory) -> tuple[Moved, ...]:
    if not touched:
        return ()
    return tuple(moved(rules, figures(before, rules, memory), figures(after, rules, memory), touched, memory))


def _lines(file: FileChange) -> Iterator[int]:
    yield 0
    yield from (change.after.number for change in file.records if change.after is not None)
    yield from (fault.number for fault in file.unreadable_after)


def _rows(now: Answers, files: Sequence[FileChange]) -> tuple[int, ...]:
    """The rows of the votes that were added or changed."""
    votes = (file for file in files if file.file.role in _VOTES)
    places = {
        (file.file.path, change.after.number) for file in votes for change in file.records if change.after is not None
    }
    table = now.corpus.annotations
    return tuple(row for row in now.rows if (table.path.values[table.path.codes[row]], int(table.line[row])) in places)


def _touched(files: Sequence[FileChange], known: frozenset[str]) -> frozenset[str]:
    votes = (file for file in files if file.file.role in _VOTES)
    return known & {turn.field for file in votes for change in file.records for turn in turns_of(change)}


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
