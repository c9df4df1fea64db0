"""Labels that a later version of the guideline made outdated.

A label is judged by the version it was made under. That is the version its batch was opened with: whoever followed it
has done what was asked, and it is the round that grows old.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.guidelines.front_matter import Guideline
from assay.guidelines.selectors import parts
from assay.guidelines.touched import Touched, touched
from assay.guidelines.versions import ordered_changes
from assay.model.json import Json
from assay.model.migration import Migration
from assay.model.quality import OutdatedReport
from assay.model.schema import Field, Scale
from assay.model.values import value_text
from assay.quality.sample import Sample, judge_sample
from assay.table import Column, Corpus
from assay.table.columns import Mask
from assay.table.made_under import made_under

ABSENT = "(absent)"
EMPTY = "(empty)"
_COUNTABLE = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.TREE})


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
    """What is outdated: counted, and listed by batch, item and annotator."""

    report: OutdatedReport
    rows: tuple[OutdatedRow, ...]


def measure(
    corpus: Corpus, fields: Sequence[Field], guideline: Guideline, migrations: Sequence[Migration] = ()
) -> Outdated:
    """The current counting annotations, which were carried through `migrations`, held against the guideline as it is now.

    By the policy of each later change that affects one: `relabel` makes it outdated, until its item is
    labelled again in a newer closed batch. `sample` makes it outdated if its item is drawn, or once the drawn ones, labelled again, agree too
    little with what they were. `grandfather` keeps it.
    """
    touches = touched(corpus, ordered_changes(guideline), [field.name for field in fields], migrations)
    samples = {
        touch.change.version: judge_sample(corpus, touch) for touch in touches if touch.change.policy == "sample"
    }
    current = corpus.annotations.counts & corpus.annotations.current
    stale = [current & touch.rows & _due(corpus, touch, samples) for touch in touches]
    outdated = either(stale, current)
    return Outdated(
        report=OutdatedReport(
            annotations=int(current.sum()),
            outdated=int(outdated.sum()),
            value=float(outdated.sum() / current.sum()) if current.any() else None,
            versions=counted(made_under(corpus), outdated),
            changes={
                touch.change.version: int(rows.sum()) for touch, rows in zip(touches, stale, strict=True) if rows.any()
            },
            values=values_carried(corpus, fields, touches, stale),
            annotators=counted(corpus.annotations.annotator, outdated),
            batches=counted(batch_column(corpus), outdated),
            grandfathered=_kept(corpus, touches, "grandfather", current & ~outdated),
            sampled=_kept(corpus, touches, "sample", current & ~outdated),
            samples={version: sample.report for version, sample in samples.items()},
        ),
        rows=tuple(_listed(corpus, touches, stale)),
    )


def either(masks: Iterable[Mask], like: Mask) -> Mask:
    """The rows of any of the masks; `like` says how many rows there are."""
    return np.asarray(np.logical_or.reduce([np.zeros_like(like), *masks]), dtype=np.bool_)


def counted(column: Column, rows: Mask) -> dict[str, int]:
    """How many of the rows have each text, where any has, in the order of the texts."""
    found = np.bincount(column.codes[rows & (column.codes >= 0)], minlength=len(column.values)).tolist()
    return {text: number for text, number in zip(column.values, found, strict=True) if number}


def batch_column(corpus: Corpus) -> Column:
    """The batch of each annotation."""
    return Column(values=tuple(batch.name for batch in corpus.batches), codes=corpus.annotations.batch)


def values_carried(
    corpus: Corpus, fields: Sequence[Field], touches: Sequence[Touched], stale: Sequence[Mask]
) -> dict[str, dict[str, int]]:
    """How many rows carry each value, of the fields for which the changes concern them.

    `stale` are the rows that count, a mask for each of `touches`. A set counts under each of its members, spans and
    boxes under each of their kinds. Numbers and free text are not counted by value.
    """
    return {
        field.name: spread
        for field in fields
        if (spread := value_spread(corpus, field, concerning(field.name, touches, stale)))
    }


def concerning(field: str, touches: Sequence[Touched], stale: Sequence[Mask]) -> Mask:
    """The rows that are concerned for what they say, or do not say, in one field."""
    masks = [touch.fields[field] & rows for touch, rows in zip(touches, stale, strict=True) if field in touch.fields]
    return either(masks, masks[0]) if masks else np.zeros(0, dtype=np.bool_)


def value_spread(corpus: Corpus, field: Field, rows: Mask) -> dict[str, int]:
    """How many of the rows carry each value of a field, the declared ones first; nothing where values do not recur."""
    column = corpus.annotations.fields.get(field.name)
    if column is None or not (field.scale in _COUNTABLE or field.scale.of_members) or not rows.any():
        return {}
    found = np.bincount(column.codes[rows] + 1, minlength=len(column.values) + 1).tolist()
    spread: Counter[str] = Counter({ABSENT: found[0]})
    for value, number in zip(column.values, found[1:], strict=True):
        spread.update(dict.fromkeys(_texts(value, field), number))
    declared = [text for value in field.values or () for text in parts(value)]
    rank = {text: place for place, text in enumerate(declared)}
    return {
        text: spread[text] for text in sorted(spread, key=lambda one: (rank.get(one, len(rank)), one)) if spread[text]
    }


def _texts(value: Json, field: Field) -> Iterable[str]:
    return (parts(value) or (EMPTY,)) if field.scale.of_members else (value_text(value, field),)


def _due(corpus: Corpus, touch: Touched, samples: Mapping[str, Sample]) -> Mask:
    """The annotations that a change would make outdated, if it affects them."""
    rows = corpus.annotations
    if touch.change.policy == "sample" and samples[touch.change.version].report.kept:
        return samples[touch.change.version].drawn[rows.item]
    return np.full(len(rows), touch.change.policy != "grandfather", dtype=np.bool_)


def _kept(corpus: Corpus, touches: Sequence[Touched], policy: str, kept: Mask) -> dict[str, int]:
    rows = [touch.rows for touch in touches if touch.change.policy == policy]
    return counted(made_under(corpus), kept & either(rows, kept))


def _listed(corpus: Corpus, touches: Sequence[Touched], stale: Sequence[Mask]) -> Iterator[OutdatedRow]:
    rows, made = corpus.annotations, made_under(corpus)
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
