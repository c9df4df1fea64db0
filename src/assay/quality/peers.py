"""How often an annotator answers as others do.

A raw share of equal answers, on every measured scale: a rating next to a peer's is another rating. Of sequences it is the
share of equal elements, which counts as many as there are sequences to compare. It is not corrected
for chance and says nothing of who is right; the coefficients of `agreement` measure the task, this points at a person.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.agreement.coefficient import DISPUTABLE
from assay.agreement.sequences import tags_of
from assay.consensus.votes import choices
from assay.model.json import Json
from assay.model.quality import Share
from assay.model.schema import Field, Scale
from assay.table import Corpus
from assay.table.columns import Codes, Floats, Ints, Mask


def measure(corpus: Corpus, fields: Iterable[Field], rows: Mask) -> dict[str, Share]:
    """By annotator the share of equal answers of all (own, peer's, field) on the same item.

    Current answers are compared with each other whatever their batches, and open ones so; others within their batch.
    Answers are those before a correction, among `rows`; only peers whose votes count are compared with, and everybody
    is. An annotator whom nobody can be compared with is left out.
    """
    names = corpus.annotations.annotator.values
    equal, pairs = np.zeros(len(names)), np.zeros(len(names), dtype=np.int64)
    for field in fields:
        if field.scale in DISPUTABLE:
            hits, of = _of_field(corpus, field, rows)
            equal += hits
            pairs += of
    counted = zip(names, equal.tolist(), pairs.tolist(), strict=True)
    return {name: Share(hits=hits, of=of, value=hits / of) for name, hits, of in counted if of}


def _of_field(corpus: Corpus, field: Field, rows: Mask) -> tuple[Floats, NDArray[np.int64]]:
    """Equal answers and comparisons on one field, by annotator."""
    table, names = corpus.annotations, len(corpus.annotations.annotator.values)
    options = choices(field, table.fields[field.name])
    own = options.place[table.fields[field.name].first]
    chosen = np.flatnonzero(rows & (own >= 0))
    last = len(corpus.batches)
    beside = np.where(table.current, last, np.where(table.open, last + 1, table.batch))[chosen]
    unit = beside.astype(np.int64) * len(corpus.items) + table.item[chosen]
    who, counting, code = table.annotator.codes[chosen], table.counts[chosen], own[chosen].astype(np.int64)
    pairs = _sums(who, _others(unit, counting), names)
    if field.scale is not Scale.SEQUENCE:
        return _sums(who, _others(unit * max(len(options.values), 1) + code, counting), names).astype(np.float64), pairs
    row, element, code = _elements(options.values, field, code)
    unit = unit[row] * max(int(element.max(initial=0)) + 1, 1) + element
    equal = _sums(who[row], _others(unit * (int(code.max(initial=0)) + 1) + code, counting[row]), names)
    compared = _sums(who[row], _others(unit, counting[row]), names)
    pairs[compared == 0] = 0
    return equal * pairs / np.maximum(compared, 1), pairs


def _elements(values: Sequence[Json], field: Field, code: Ints) -> tuple[Ints, Ints, Ints]:
    """The elements of the sequences of that code, (E,): of which row, at which place, and the code of its tag."""
    tags = tags_of(values, field)
    many = tags.lengths[code]
    row = np.repeat(np.arange(len(code)), many)
    place = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    return row, place, tags.tag[tags.first[code][row] + place]


def _others(keys: NDArray[np.int64], counting: Mask) -> NDArray[np.int64]:
    """Of each row the other counting rows with the same key."""
    distinct, place = np.unique(keys, return_inverse=True)
    return np.asarray(np.bincount(place[counting], minlength=len(distinct))[place] - counting, dtype=np.int64)


def _sums(who: Codes, numbers: Sequence[int] | NDArray[np.int64], annotators: int) -> NDArray[np.int64]:
    return np.bincount(who, weights=numbers, minlength=annotators).astype(np.int64)
