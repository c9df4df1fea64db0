"""The policy `sample`: a share of the items is labelled again, and decides whether the old labels of the rest are kept.

Which items are drawn depends on the task, the version and the items alone: those whose digest is lowest.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assay.guidelines.touched import Touched, earlier
from assay.labels.current import first_following, last_words
from assay.labels.rounds import ages
from assay.model.quality import SampleReport
from assay.table import Corpus
from assay.table.columns import Codes, Mask
from assay.table.made_under import made_under

_Rows: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What became of a sample; `drawn` marks its items, by item code."""

    report: SampleReport
    drawn: Mask


def drawn_items(task: str, version: str, share: float, items: Iterable[str]) -> frozenset[str]:
    """The items of the sample, at least one where there is any; the same for the same items, in whatever order."""
    ordered = sorted(set(items), key=lambda item: (_digest(task, version, item), item))
    return frozenset(ordered[: ceil(Fraction(str(share)) * len(ordered))])


def judge_sample(corpus: Corpus, touch: Touched) -> Sample:
    """Draws the sample of a change and holds its old answers against newer ones.

    The sample is taken of the items with a counting answer that the change affects. An item is labelled again in the
    oldest closed counting batch that holds it, is newer than such an answer and follows the change's version or a later
    one; no later batch says anything of it. The old answers are each annotator's last word of closed batches before that
    one, the new ones those given in it, but for what is made under an earlier version. An old answer is compared, on the
    fields that the change speaks of, with the new one of the same annotator, or where there is none with all of the item.

    The rest is kept as long as nothing is compared, unless all that was drawn had its batch by now: nobody answered.
    """
    rows, items, change = corpus.annotations, corpus.items, touch.change
    age = ages(corpus.batches, closed=True)[rows.batch]
    before, affected = earlier(made_under(corpus), change.version), touch.rows & rows.counts & (age >= 0)
    again = _labelled_again(corpus, change.version, affected, age)
    begun = again[rows.item]
    earliest = np.where(before & ((begun < 0) | (age < begun)), age, np.int32(-1))
    old = np.flatnonzero(affected & last_words(corpus, earliest))
    concerned = [items.ids[code] for code in np.unique(rows.item[old]).tolist()]
    chosen = drawn_items(corpus.task, change.version, change.share, concerned)
    drawn = np.array([item in chosen for item in items.ids], dtype=np.bool_)
    new = np.flatnonzero(drawn[rows.item] & (begun >= 0) & (age == begun) & rows.counts & ~before)
    compared = old[np.isin(rows.item[old], rows.item[new])]
    repeated = list(_repeated(corpus, touch, compared, _by_item(rows.item, new)))
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


def _labelled_again(corpus: Corpus, version: str, affected: Mask, age: Codes) -> Codes:
    """By item the age of the batch in which it was labelled again since one of the affected answers; -1: in none."""
    rows = corpus.annotations
    first = np.full(len(corpus.items), np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(first, rows.item[affected], age[affected])
    return first_following(corpus, version, first)


def _digest(task: str, version: str, item: str) -> bytes:
    return hashlib.sha256(f"{task}\n{version}\n{item}".encode()).digest()


def _by_item(item: Codes, rows: _Rows) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows.tolist():
        found[int(item[row])].append(row)
    return found


def _repeated(corpus: Corpus, touch: Touched, old: _Rows, new: Mapping[int, list[int]]) -> Iterator[float]:
    """For each old answer (annotation and field) the share of the new ones that are equal to it."""
    rows = corpus.annotations
    for row in old.tolist():
        there = new[int(rows.item[row])]
        own = [other for other in there if rows.annotator.codes[other] == rows.annotator.codes[row]]
        against = own or there
        for name in sorted(touch.fields):
            if name in rows.fields and touch.fields[name][row]:
                codes = rows.fields[name].codes
                yield float(np.mean([codes[other] == codes[row] for other in against]))
