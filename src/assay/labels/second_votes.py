"""Votes that one person has given twice on an item of a batch, under two names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.labels.annotations import Interners, VoteFile
from assay.labels.faults import Fault, Faults
from assay.labels.items import Pool
from assay.labels.layout import LabelFile
from assay.labels.rows import Rows, gathered
from assay.table.columns import Ints, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondVotes:
    """By file the rows that do not count beside another one, and what is said of them."""

    lost: Sequence[Mask]
    faults: Sequence[Faults]


def second_votes(votes: Sequence[tuple[LabelFile, VoteFile]], pool: Pool, interners: Interners) -> SecondVotes:
    """`label/two-votes` for every vote of a person on an item of a batch but the one that counts.

    What the batch holds counts before what it does not, a person's own file before a source's, then the first source and
    name by letter. Of votes none of which the batch holds nothing is said here.
    """
    held = [file.rows for _, file in votes]
    sizes = [len(rows) for rows in held]
    rows = gathered([*held, *(file.unheld for _, file in votes)])
    of = np.repeat(np.tile(np.arange(len(votes)), 2), [*sizes, *(len(file.unheld) for _, file in votes)])
    first = _first_of_each(
        rows, np.array([file.sourced for file, _ in votes], dtype=np.bool_)[of], sum(sizes), interners
    )
    second = np.flatnonzero((rows.batch >= 0) & (first != np.arange(len(rows))) & (first < sum(sizes)))
    faults = [Faults(file) for file, _ in votes]
    names = interners.annotator.texts
    for row, winner in zip(second.tolist(), first[second].tolist(), strict=True):
        file, other = votes[of[row]][0], votes[of[winner]][0]
        faults[of[row]].add(_fault(rows, (file, row), (other, winner), pool, names))
    lost = np.zeros(sum(sizes), dtype=np.bool_)
    lost[second[second < len(lost)]] = True
    return SecondVotes(lost=np.split(lost, np.cumsum(sizes)[:-1]) if sizes else [], faults=faults)


def _first_of_each(rows: Rows, sourced: Mask, held: int, interners: Interners) -> Ints:
    """By row the one that counts of its person, item and batch; the first `held` rows are those that the batch holds."""
    number = np.arange(len(rows))
    name = interners.annotator.column(rows.stated).codes
    order = np.lexsort((number, rows.line, name, sourced, number >= held, rows.annotator, rows.item, rows.batch))
    keys = np.stack([rows.batch, rows.item, rows.annotator])[:, order]
    starts = np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)] if len(rows) else np.zeros(0, dtype=np.bool_)
    leader = order[np.flatnonzero(starts)][np.cumsum(starts) - 1]
    first = np.empty(len(rows), dtype=np.int64)
    first[order] = leader
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
        message=f"{who} answers item {item[:80]!r} of this batch in {there}{as_whom} as well, and that vote counts",
        pointer="/annotator" if file.sourced else "/item",
        item=item,
        annotator=names[rows.stated[row]].removeprefix(f"{file.who}/") if file.sourced else "",
    )
