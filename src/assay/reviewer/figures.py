"""What a change does to one task: agreement before and after, its records, and what needs a reviewer's attention."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from assay.agreement import alpha_of
from assay.core import Coefficient, Finding, Tally, Undefined, add_tallies
from assay.files import Store, digest_of_code, digest_of_parts
from assay.git import TreeChange, TreeSnapshot
from assay.labels import (
    STATES,
    BatchGroup,
    BatchResults,
    ChangeKind,
    FileChange,
    FileRole,
    KeptTally,
    Rules,
    batch_names,
    changed_lines,
    claims_of,
    diff_file,
    kept_tally,
    label_file,
    load_batch_labels,
    tallies_of,
    tally_in,
    turns_of,
)
from assay.project import ReviewLimits
from assay.render import clipped
from assay.reviewer.answers import Answers, authors, decided_by_one, gold_misses, new_disputes, peeked
from assay.reviewer.claims import claim_findings, sides_of
from assay.reviewer.kinds import classify_path, too_many_records
from assay.reviewer.result import Moved, RecordDiff, TaskReview

MOST_SHOWN = 500
_VOTES = frozenset({FileRole.ANNOTATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The tallies of a task at one commit, by the state of its batches (`closed`, `open`) and field."""

    tallies: Mapping[tuple[str, str], Tally]


def moved(rules: Rules, before: Figures, after: Figures, fields: Collection[str], store: Store) -> Iterator[Moved]:
    """Alpha on the fields that were touched, before and after, where either side has units."""
    for place in [(state, field) for state in STATES for field in sorted(fields)]:
        units = [side.tallies[place].units if place in side.tallies else 0 for side in (before, after)]
        if any(units):
            yield Moved(
                task=rules.task, batches=place[0], field=place[1], coefficient="alpha",
                before=_alpha(before, place, store), after=_alpha(after, place, store),
                units_before=units[0], units_after=units[1],
            )  # fmt: skip


def figures(results: BatchResults) -> Figures:
    """The tallies of every batch of the task; batches that share items are tallied together."""
    parts: dict[tuple[str, str], list[Tally]] = {}
    fields = {field.name: field for field in results.rules.schema.fields}
    for group in results.groups:
        for place, kept in _tallies(results, group).items():
            state, _, name = place.partition("/")
            parts.setdefault((state, name), []).append(tally_in(kept, fields[name]))
    return Figures(tallies={place: add_tallies(*tallies) for place, tallies in parts.items()})


def _tallies(results: BatchResults, group: Sequence[str]) -> Mapping[str, KeptTally]:
    """The tallies of batches that share items; of a single batch no newer version of another batch matters."""
    if len(group) == 1:
        return results.all[group[0]].tallies
    rules = results.rules
    return BatchGroup(results, group).value("group", dict[str, KeptTally], lambda corpus: tallies_of(corpus, rules))


def _alpha(of: Figures, place: tuple[str, str], store: Store) -> Coefficient:
    whole = of.tallies.get(place)
    if whole is None:
        return Coefficient(value=None, reason=Undefined.NO_PAIRABLE_UNITS.value)
    parts = (digest_of_code().encode(), repr(whole.field).encode(), msgspec.msgpack.encode(kept_tally(whole)))
    return store.value(f"alpha:{digest_of_parts(parts)}", Coefficient, lambda: alpha_of(whole))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedTask:
    """A task's part of the report, and the findings on the claims of its changed records."""

    report: TaskReview
    findings: tuple[Finding, ...]


def record_changes(
    before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], limits: ReviewLimits
) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
    """The label files among the changes, compared record by record; only plain files are read.

    Where more lines change than a review reads, no record is compared, and that is a finding.
    """
    files = [file for change in changes if (file := label_file(change.path)) is not None]
    old, new = (side.read_all(file.path for file in files) for side in (before, after))
    sides = {file: (old.get(file.path, b""), new.get(file.path, b"")) for file in files}
    over = too_many_records({file.path: changed_lines(*bytes_of) for file, bytes_of in sides.items()}, limits)
    return (() if over else tuple(diff_file(file, *bytes_of) for file, bytes_of in sides.items())), over


def review_task(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, files: Sequence[FileChange], store: Store, moment: str
) -> ReviewedTask:
    """Reads the batches of the files, before and after, by the base's rules; of the others the store has the results.

    `moment` is what the times of the change are compared with (RFC 3339, UTC; empty: no clock).
    """
    batches = sorted({file.file.batch for file in files if file.file.batch})
    there = (set(batch_names(side, rules.task)) for side in (before, after))
    kept = [BatchResults(side, rules, store, moment or None) for side in (before, after)]
    lines = {(file.file.path, change.after.number) for file in files for change in file.records if change.after}
    items = frozenset(change.key[0] for file in files for change in file.records)
    old, new = (
        load_batch_labels(side.snapshot, rules, [name for name in batches if name in names], gold=items, now=side.now)
        for side, names in zip(kept, there, strict=True)
    )
    was, now = (Answers(side.corpus, items) for side in (old, new))
    fields = rules.schema.fields
    votes = [(file.file.path, change) for file in files if file.file.role in _VOTES for change in file.records]
    places = {(path, change.after.number) for path, change in votes if change.after is not None}
    table = new.corpus.annotations
    rows = [row for row in now.rows if (table.path.values[table.path.codes[row]], int(table.line[row])) in places]
    touched = frozenset(field.name for field in fields) & {turn.field for _, one in votes for turn in turns_of(one)}
    figured = [figures(side) for side in kept] if touched else []
    sides = sides_of(rules, before, after, files, new.corpus)
    late = (found for found in new.findings if found.rule == "label/future-time")
    timed = [found for found in late if (found.at.path, found.at.line) in lines]
    report = TaskReview(
        task=rules.task,
        **{kind.value: sum(len(file.of(kind)) for file in files) for kind in ChangeKind},
        shown=tuple(islice(_shown(files, was, now), MOST_SHOWN)),
        moved=tuple(moved(rules, figured[0], figured[1], touched, store)) if figured else (),
        disputes=tuple(new_disputes(rules.task, was, now, fields)),
        single=decided_by_one(was, now),
        gold=tuple(gold_misses(rules.task, now, rows, fields)),
        authors=tuple(authors(rules.task, now, rows, fields)),
        peeked=peeked(was, now, rows),
    )
    return ReviewedTask(report=report, findings=(*timed, *claim_findings(sides, files)))


def _shown(files: Sequence[FileChange], was: Answers, now: Answers) -> Iterator[RecordDiff]:
    for file in files:
        kind, who = classify_path(file.file.path).kind.name, file.file.who
        for change in file.records:
            item = change.key[0]
            yield RecordDiff(
                path=file.file.path, line=change.after.number if change.after else 0, kind=kind,
                change=change.kind.value, task=file.file.task, batch=file.file.batch, item=item,
                who=f"{who}/{change.key[-1]}" if file.file.sourced and len(change.key) > 1 else who,
                text=now.text(item) or was.text(item),
                fields=tuple((turn.field, turn.before, turn.after) for turn in turns_of(change)),
                claims=tuple((turn.field, clipped(turn.before), clipped(turn.after)) for turn in claims_of(change)),
            )  # fmt: skip


def by_task(files: Sequence[FileChange]) -> Mapping[str, Sequence[FileChange]]:
    """The files by their task; pools and sources belong to none."""
    found: dict[str, list[FileChange]] = {}
    for file in files:
        if file.file.task and not file.is_empty:
            found.setdefault(file.file.task, []).append(file)
    return found
