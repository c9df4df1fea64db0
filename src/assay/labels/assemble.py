"""Build a corpus in canonical order from what was read, whatever the order of files and lines.

Where one person answered an item of a batch under two names, one vote is kept (`second_votes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay import core
from assay.core import AnnotationTable, Batch, Codes, Column, Corpus, Fault, FieldColumn, Floats, Ints, Mask
from assay.labels.annotations import Interners, VoteFile
from assay.labels.checks import LabelContext
from assay.labels.faults import Faults
from assay.labels.items import Pool
from assay.labels.judge import Vocabulary
from assay.labels.paths import LabelFile
from assay.labels.times import counting_rows, created_of, made_at
from assay.labels.vote_rows import Rows, concatenated, used_codes


def second_votes(
    votes: Sequence[tuple[LabelFile, VoteFile]], pool: Pool, interners: Interners
) -> tuple[Sequence[Mask], Sequence[Faults]]:
    """By file the votes that lose against another vote of the same person on an item of a batch, and `label/two-votes` for them.

    Votes that the batch asks for come first, then a person's own file before a source's, then source and name in
    alphabetical order. Votes none of which the batch asks for are not reported here.
    """
    held = [file.rows for _, file in votes]
    sizes = [len(rows) for rows in held]
    rows = concatenated([*held, *(file.unheld for _, file in votes)])
    of = np.repeat(np.tile(np.arange(len(votes)), 2), [*sizes, *(len(file.unheld) for _, file in votes)])
    sourced = np.array([file.sourced for file, _ in votes], dtype=np.bool_)[of]
    first = _first_of_each(rows, sourced, sum(sizes), interners)
    second = np.flatnonzero((rows.batch >= 0) & (first != np.arange(len(rows))) & (first < sum(sizes)))
    faults = [Faults(file) for file, _ in votes]
    names = interners.annotator.texts
    for row, winner in zip(second.tolist(), first[second].tolist(), strict=True):
        file, other = votes[of[row]][0], votes[of[winner]][0]
        faults[of[row]].add(_fault(rows, (file, row), (other, winner), pool, names))
    lost = np.zeros(sum(sizes), dtype=np.bool_)
    lost[second[second < len(lost)]] = True
    return np.split(lost, np.cumsum(sizes)[:-1]) if sizes else [], faults


def _first_of_each(rows: Rows, sourced: Mask, held: int, interners: Interners) -> Ints:
    """By row the vote that counts for its person, item and batch; the first `held` rows are those that the batch asks for."""
    number = np.arange(len(rows))
    name = interners.annotator.column(rows.stated).codes
    order = np.lexsort((number, rows.line, name, sourced, number >= held, rows.annotator, rows.item, rows.batch))
    keys = np.stack([rows.batch, rows.item, rows.annotator])[:, order]
    starts = np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)] if len(rows) else np.zeros(0, dtype=np.bool_)
    first = np.empty(len(rows), dtype=np.int64)
    first[order] = order[np.flatnonzero(starts)][np.cumsum(starts) - 1]
    return first


def _fault(
    rows: Rows, second: tuple[LabelFile, int], first: tuple[LabelFile, int], pool: Pool, names: Sequence[str]
) -> Fault:
    file, row = second
    other, winner = first
    item, who = pool.ids[rows.item[row]], names[rows.annotator[row]]
    there = f"{other.path}:{rows.line[winner]}"
    as_whom = f" as {names[rows.stated[winner]]!r}" if other.sourced else ""
    return Fault(
        line=int(rows.line[row]),
        rule="label/two-votes",
        message=f"{who} answers item {item[:80]!r} of this batch in {there}{as_whom} as well, and that vote is counted",
        pointer="/annotator" if file.sourced else "/item",
        item=item,
        annotator=names[rows.stated[row]].removeprefix(f"{file.who}/") if file.sourced else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a task; `assigned` are the items by batch code and annotator."""

    context: LabelContext
    interners: Interners
    batches: tuple[Batch, ...]
    rows: tuple[Rows, ...]
    assigned: Mapping[int, Mapping[str, Codes]]
    decisions: tuple[core.Decision, ...]

    def annotations(self) -> AnnotationTable:
        """The votes in canonical order; which are current is set later."""
        rows = concatenated(self.rows)
        interners = self.interners
        annotator = interners.annotator.column(rows.annotator)
        order = np.lexsort((annotator.codes, rows.item, rows.batch)).astype(np.int32)
        annotator = annotator.at(order)
        skip = interners.skip.column(rows.skip).at(order)
        confidence = {vocabulary.field.name: rows.confidence for vocabulary in self.context.judge.vocabularies}
        if rows.by_field:
            confidence = {name: column.copy() for name, column in confidence.items()}
            for row, field, value in rows.by_field:
                confidence[field][row] = value
        made = made_at(rows.at, created_of(self.batches, rows.batch))[order]
        return AnnotationTable(
            batch=rows.batch[order],
            item=rows.item[order],
            annotator=annotator,
            guideline=interners.guideline.column(rows.guideline).at(order),
            skip=skip,
            counts=counting_rows(self.context.roster.annotators, annotator, made) & (skip.codes < 0),
            at=rows.at[order].view("datetime64[us]"),
            seconds=rows.seconds[order],
            path=interners.path.column(rows.path).at(order),
            line=rows.line[order],
            flags=interners.flags.column(rows.flags).at(order),
            current=np.zeros(len(order), dtype=np.bool_),
            open=np.zeros(len(order), dtype=np.bool_),
            taken=np.full(len(order), -1, dtype=np.int32),
            fields={
                vocabulary.field.name: self._field_column(vocabulary, rows, order, confidence[vocabulary.field.name])
                for vocabulary in self.context.judge.vocabularies
            },
        )

    @staticmethod
    def _field_column(vocabulary: Vocabulary, rows: Rows, order: Codes, confidence: Floats) -> FieldColumn:
        label, corrected = rows.label[order], rows.first[order]
        codes = vocabulary.of(label)
        first = np.where(corrected >= 0, vocabulary.of(corrected), codes)
        values, new = vocabulary.ordered(used_codes(np.concatenate([codes, first])))
        new = np.append(new, np.int32(-1))
        waiting = core.NO_WAITS
        if vocabulary.waiting:
            waits = np.flatnonzero(np.isin(label, [*vocabulary.waiting]))
            since = [vocabulary.waiting[index] for index in label[waits].tolist()]
            versions = tuple(sorted({*since}))
            place = {version: code for code, version in enumerate(versions)}
            waiting = core.Waits(
                rows=waits,
                since=Column(values=versions, codes=np.array([place[version] for version in since], dtype=np.int32)),
                answered=np.full(len(waits), -1, dtype=np.int32),
                members=vocabulary.field.scale.of_members,
            )
        return FieldColumn(
            values=values,
            codes=new[codes],
            first=new[first],
            confidence=np.where(codes >= 0, confidence[order], np.nan),
            waiting=waiting,
        )

    def assignments(self) -> core.AssignmentTable:
        """The assignments in canonical order."""
        assigned = self.assigned
        names = tuple(sorted({name for plan in assigned.values() for name in plan}))
        rank = {name: code for code, name in enumerate(names)}
        parts = [(code, rank[name], items) for code, plan in assigned.items() for name, items in plan.items()]
        sizes = [len(items) for _, _, items in parts]
        batch, annotator = (
            np.repeat(np.array([part[place] for part in parts], dtype=np.int32), sizes) for place in (0, 1)
        )
        item = np.concatenate([np.zeros(0, dtype=np.int32), *(items for _, _, items in parts)])
        order = np.lexsort((annotator, item, batch))
        return core.AssignmentTable(
            batch=batch[order], item=item[order], annotator=Column(values=names, codes=annotator[order])
        )


def assemble(reading: Reading) -> Corpus:
    """The corpus of a task; what is current in it is not known yet."""
    pool, schema, roster = reading.context.pool, reading.context.judge.schema, reading.context.roster.annotators
    annotations = reading.annotations()
    assignments = reading.assignments()
    named = {*annotations.annotator.values, *assignments.annotator.values}
    named |= {decision.who for decision in reading.decisions}
    named |= {name for batch in reading.batches for name in batch.annotators}
    return Corpus(
        task=schema.task,
        items=pool.table,
        annotations=annotations,
        assignments=assignments,
        decisions=reading.decisions,
        batches=reading.batches,
        annotators={name: roster[name] for name in sorted(named & set(roster))},
    )
