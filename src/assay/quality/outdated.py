"""Labels that a later version of the guideline made outdated.

A label is judged by the version it was made under, which is the version its batch was opened with: an annotator who
followed it did what was asked.

The policy `sample`: a share of the items is labelled again, and decides whether the old labels of the rest are kept.
Which items are drawn depends only on the task, the version and the items: those whose digest is lowest.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.core import Column, Corpus, Field, Mask, OutdatedReport, SampleReport, Scale, guideline_versions, value_text
from assay.guidelines import AffectedRows, Guideline, affected_rows, earlier, ordered_changes, parts
from assay.labels import ages, first_following, latest_answers
from assay.project import Migration

_Rows: TypeAlias = NDArray[np.int64]
ABSENT = "(absent)"
EMPTY = "(empty)"
_COUNTABLE = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.TREE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The result of a sample; `drawn` marks its items, by item code."""

    report: SampleReport
    drawn: Mask


def drawn_items(task: str, version: str, share: float, items: Iterable[str]) -> frozenset[str]:
    """The items of the sample, at least one where there is any; the same for the same items, in whatever order."""
    digest = {item: hashlib.sha256(f"{task}\n{version}\n{item}".encode()).digest() for item in items}
    ordered = sorted(digest, key=lambda item: (digest[item], item))
    return frozenset(ordered[: ceil(Fraction(str(share)) * len(ordered))])


def judge_sample(corpus: Corpus, touch: AffectedRows) -> Sample:
    """Draws the sample of a change and compares its old answers with newer ones.

    The sample is taken of the items with a counting answer that the change affects. An item is labelled again in the
    oldest closed counting batch that holds it, is newer than such an answer and follows the change's version or a later
    one; later batches do not matter. The old answers are each annotator's latest of closed batches before that one, the
    new ones those given in it, except those made under an earlier version. An old answer is compared, on the fields that
    the change affects, with the new one of the same annotator, or else with all new ones of the item.

    The rest is kept as long as nothing is compared, unless the batches of all drawn items are closed without an answer.
    """
    rows, items, change = corpus.annotations, corpus.items, touch.change
    age = ages(corpus.batches, closed=True)[rows.batch]
    before, affected = earlier(guideline_versions(corpus), change.version), touch.rows & rows.counts & (age >= 0)
    # By item the age of the batch in which it was labelled again since one of the affected answers; -1: in none.
    first = np.full(len(items), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(first, rows.item[affected], age[affected])
    again = first_following(corpus, change.version, first)
    begun = again[rows.item]
    earliest = np.where(before & ((begun < 0) | (age < begun)), age, np.int32(-1))
    old = np.flatnonzero(affected & latest_answers(corpus, earliest))
    concerned = [items.ids[code] for code in np.unique(rows.item[old]).tolist()]
    chosen = drawn_items(corpus.task, change.version, change.share, concerned)
    drawn = np.array([item in chosen for item in items.ids], dtype=np.bool_)
    new = np.flatnonzero(drawn[rows.item] & (begun >= 0) & (age == begun) & rows.counts & ~before)
    compared = old[np.isin(rows.item[old], rows.item[new])]
    repeated = list(_repeated(corpus, touch, compared, new))
    agreement = sum(repeated) / len(repeated) if repeated else None
    to_come = not chosen or bool((again[drawn] < 0).any())
    return Sample(
        report=SampleReport(
            items=len(concerned),
            drawn=len(chosen),
            relabelled=len(np.unique(rows.item[new])),
            compared=len(repeated),
            agreement=agreement,
            bound=change.bound,
            kept=to_come if agreement is None else agreement >= change.bound,
        ),
        drawn=drawn,
    )


def _repeated(corpus: Corpus, touch: AffectedRows, old: _Rows, new: _Rows) -> Iterator[float]:
    """For each old answer (annotation and field) the share of the new ones that are equal to it."""
    rows = corpus.annotations
    of_item: dict[int, list[int]] = defaultdict(list)
    for row in new.tolist():
        of_item[int(rows.item[row])].append(row)
    for row in old.tolist():
        there = of_item[int(rows.item[row])]
        own = [other for other in there if rows.annotator.codes[other] == rows.annotator.codes[row]]
        against = own or there
        for name in sorted(touch.fields):
            if name in rows.fields and touch.fields[name][row]:
                codes = rows.fields[name].codes
                yield float(np.mean([codes[other] == codes[row] for other in against]))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedRow:
    """An outdated annotation, and the versions that made it so."""

    item: str
    batch: str
    annotator: str
    guideline: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """The outdated annotations: counted, and listed by batch, item and annotator."""

    report: OutdatedReport
    rows: tuple[OutdatedRow, ...]


def measure_outdated(
    corpus: Corpus, fields: Sequence[Field], guideline: Guideline, migrations: Sequence[Migration] = ()
) -> Outdated:
    """The current counting annotations, migrated through `migrations`, compared with the current guideline.

    By the policy of each later change that affects one: `relabel` makes it outdated, until its item is labelled again in
    a newer closed batch. `sample` makes it outdated if its item is drawn, or once the drawn items, labelled again, agree
    too little with their old labels. `grandfather` keeps it.
    """
    touches = affected_rows(corpus, ordered_changes(guideline), [field.name for field in fields], migrations)
    current = corpus.annotations.counts & corpus.annotations.current
    samples, outdating = made_outdated(corpus, touches)
    stale = [current & rows for rows in outdating]
    outdated = either(stale, current)
    return Outdated(
        report=OutdatedReport(
            annotations=int(current.sum()),
            outdated=int(outdated.sum()),
            value=float(outdated.sum() / current.sum()) if current.any() else None,
            versions=count_by_value(guideline_versions(corpus), outdated),
            changes={
                touch.change.version: int(rows.sum()) for touch, rows in zip(touches, stale, strict=True) if rows.any()
            },
            values=values_carried(corpus, fields, touches, stale),
            annotators=count_by_value(corpus.annotations.annotator, outdated),
            batches=count_by_value(batch_column(corpus), outdated),
            grandfathered=_kept(corpus, touches, "grandfather", current & ~outdated),
            sampled=_kept(corpus, touches, "sample", current & ~outdated),
            samples={version: sample.report for version, sample in samples.items()},
        ),
        rows=tuple(_listed(corpus, touches, stale)),
    )


def either(masks: Iterable[Mask], like: Mask) -> Mask:
    """The rows of any of the masks; `like` says how many rows there are."""
    return np.asarray(np.logical_or.reduce([np.zeros_like(like), *masks]), dtype=np.bool_)


def count_by_value(column: Column, rows: Mask) -> dict[str, int]:
    """How many of the rows have each text, where any has, in the order of the texts."""
    found = np.bincount(column.codes[rows & (column.codes >= 0)], minlength=len(column.values)).tolist()
    return {text: number for text, number in zip(column.values, found, strict=True) if number}


def batch_column(corpus: Corpus) -> Column:
    """The batch of each annotation."""
    return Column(values=tuple(batch.name for batch in corpus.batches), codes=corpus.annotations.batch)


def values_carried(
    corpus: Corpus, fields: Sequence[Field], touches: Sequence[AffectedRows], stale: Sequence[Mask]
) -> dict[str, dict[str, int]]:
    """How many rows have each value, of the fields for which the changes affect them.

    `stale` are the rows that count, a mask for each of `touches`. A set counts under each of its members, spans and
    boxes under each of their kinds. Numbers and free text are not counted by value.
    """
    return {
        field.name: spread
        for field in fields
        if (spread := value_spread(corpus, field, concerning(field.name, touches, stale)))
    }


def concerning(field: str, touches: Sequence[AffectedRows], stale: Sequence[Mask]) -> Mask:
    """The rows that are affected for their value in one field, or for its absence."""
    masks = [touch.fields[field] & rows for touch, rows in zip(touches, stale, strict=True) if field in touch.fields]
    return either(masks, masks[0]) if masks else np.zeros(0, dtype=np.bool_)


def value_spread(corpus: Corpus, field: Field, rows: Mask) -> dict[str, int]:
    """How many of the rows have each value of a field, the declared ones first; empty where values do not recur."""
    column = corpus.annotations.fields.get(field.name)
    if column is None or not (field.scale in _COUNTABLE or field.scale.of_members) or not rows.any():
        return {}
    found = np.bincount(column.codes[rows] + 1, minlength=len(column.values) + 1).tolist()
    spread: Counter[str] = Counter({ABSENT: found[0]})
    for value, number in zip(column.values, found[1:], strict=True):
        texts = (parts(value) or (EMPTY,)) if field.scale.of_members else (value_text(value, field),)
        spread.update(dict.fromkeys(texts, number))
    declared = [text for value in field.values or () for text in parts(value)]
    rank = {text: place for place, text in enumerate(declared)}
    return {
        text: spread[text]
        for text in sorted(spread, key=lambda text: (rank.get(text, len(rank)), text))
        if spread[text]
    }


def made_outdated(corpus: Corpus, touches: Sequence[AffectedRows]) -> tuple[dict[str, Sample], list[Mask]]:
    """The samples of changes by version, and the annotations that each change makes outdated.

    They are those that it affects: under `sample` the drawn ones, or all if the sample failed.
    """
    samples: dict[str, Sample] = {}
    found: list[Mask] = []
    for touch in touches:
        drawn = np.full(len(corpus.annotations), touch.change.policy != "grandfather", dtype=np.bool_)
        if touch.change.policy == "sample":
            sample = samples[touch.change.version] = judge_sample(corpus, touch)
            drawn = sample.drawn[corpus.annotations.item] if sample.report.kept else drawn
        found.append(touch.rows & drawn)
    return samples, found


def _kept(corpus: Corpus, touches: Sequence[AffectedRows], policy: str, kept: Mask) -> dict[str, int]:
    rows = [touch.rows for touch in touches if touch.change.policy == policy]
    return count_by_value(guideline_versions(corpus), kept & either(rows, kept))


def _listed(corpus: Corpus, touches: Sequence[AffectedRows], stale: Sequence[Mask]) -> Iterator[OutdatedRow]:
    rows, made = corpus.annotations, guideline_versions(corpus)
    blamed: dict[int, list[str]] = defaultdict(list)
    for touch, mask in zip(touches, stale, strict=True):
        for row in np.flatnonzero(mask).tolist():
            blamed[row].append(touch.change.version)
    for row in sorted(blamed):
        yield OutdatedRow(
            item=corpus.items.ids[rows.item[row]],
            batch=corpus.batches[rows.batch[row]].name,
            annotator=rows.annotator.values[rows.annotator.codes[row]],
            guideline=made.values[made.codes[row]],
            changes=tuple(blamed[row]),
        )
