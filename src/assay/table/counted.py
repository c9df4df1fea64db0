"""A tally whose units are known: tallies of some of them, or of what some annotators gave, without counting again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from assay.model.schema import Field
from assay.table.columns import Codes, Column, Corpus, Ints, Mask, present
from assay.table.patterns import Patterns, collapsed, joined, selected
from assay.table.ratings import Ratings, ratings
from assay.table.tally import Tally, comparable, extents, tallied


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """A tally, the ratings it was made of, and of each unit (U,) the item and the pattern it shows, by their codes."""

    whole: Tally
    rated: Ratings
    groups: Column
    item: Ints
    shown: Ints


def counted(corpus: Corpus, field: Field, rows: Mask) -> Counted:
    """The values first given to `field` in those of `rows` that count, an annotator's only value of a unit once."""
    table = corpus.annotations
    rated = ratings(corpus, field, rows)
    item = np.unique(table.item[rows & table.counts & (table.fields[field.name].first >= 0)]).astype(np.int64)
    names, codes = present(corpus.items.group.values, corpus.items.group.codes[item])
    groups = Column(values=names, codes=codes)
    whole, shown = tallied(rated, groups, extents(corpus, field, item.astype(np.int32)))
    return Counted(whole=whole, rated=rated, groups=groups, item=item, shown=shown)


def among(given: Counted, units: Mask) -> Tally:
    """The tally of some of the units, (U,); of all of them `given.whole` itself."""
    if units.all():
        return given.whole
    patterns, rated = given.whole.patterns, given.rated
    drawn = replace(patterns, units=np.bincount(given.shown[units], minlength=len(patterns)))
    chosen = units[rated.unit]
    unit = rated.unit[chosen]
    annotators = comparable(unit, np.bincount(unit), rated.annotator[chosen], rated.annotators)
    return _fitted(given.whole, selected(drawn, drawn.units > 0), annotators)


def by(given: Counted, annotators: Mask) -> Tally:
    """The tally of what some of the annotators gave, (A,)."""
    rated, patterns = given.rated, given.whole.patterns
    chosen = annotators[rated.annotator]
    left, unit = np.unique(rated.unit[chosen], return_inverse=True)
    values, codes = present(rated.values, rated.codes[chosen])
    names, annotator = present(rated.annotators, rated.annotator[chosen])
    some = replace(
        rated, values=values, units=tuple(rated.units[code] for code in left.tolist()), annotators=names, unit=unit, annotator=annotator, codes=codes
    )  # fmt: skip
    groups = present(given.groups.values, given.groups.codes[left])
    part = tallied(some, Column(values=groups[0], codes=groups[1]), patterns.extent[given.shown[left]])[0]
    return replace(part, known=given.whole.values)


def without_each(given: Counted) -> Iterator[tuple[str, Tally]]:
    """Of each annotator, in order, the tally of what the others gave.

    It is the whole, less the units that the annotator touched, plus the same units without them: the units of a
    pattern are counted with a sign, and no other unit is looked at.
    """
    rated, whole = given.rated, given.whole
    order = np.argsort(rated.annotator, kind="stable")
    ends = np.searchsorted(rated.annotator[order], np.arange(len(rated.annotators) + 1))
    sizes = np.bincount(rated.unit, minlength=len(rated.units))
    shared = np.bincount(rated.annotator[sizes[rated.unit] >= 2], minlength=len(rated.annotators))
    first = np.cumsum(sizes) - sizes
    for code, name in enumerate(rated.annotators):
        own = order[ends[code] : ends[code + 1]]
        left = _less(whole.patterns, given.shown[rated.unit[own]], rated.codes[own])
        twos = first[rated.unit[own][sizes[rated.unit[own]] == 2]]
        partner = rated.annotator[twos] + rated.annotator[twos + 1] - code
        still = shared - np.bincount(partner, minlength=len(shared))
        still[code] = 0
        yield name, _fitted(whole, left, tuple(rated.annotators[one] for one in np.flatnonzero(still)))


def _less(patterns: Patterns, shown: Ints, codes: Codes) -> Patterns:
    """The patterns after one value, (M,) by code, was taken from a unit of the pattern it stands beside."""
    width = np.int64(codes.max(initial=0)) + 1
    cells, units = np.unique(shown * width + codes, return_counts=True)
    touched, taken = np.divmod(cells, width)
    lost = np.bincount(touched, weights=units, minlength=len(patterns)).astype(np.int64)
    gone = selected(replace(patterns, units=-lost), lost > 0)
    found, _ = collapsed(joined([patterns, gone, _taken(patterns, touched, taken.astype(np.int32), units)]))
    return selected(found, found.units > 0)


def _taken(patterns: Patterns, touched: Ints, taken: Codes, units: Ints) -> Patterns:
    """The touched patterns (K,), each with one of the values taken less; those left without a value are left out."""
    lengths = patterns.lengths[touched]
    row = np.repeat(np.arange(len(touched)), lengths)
    entry = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + patterns.starts[touched][row]
    codes = patterns.codes[entry]
    counts = patterns.counts[entry] - (codes == taken[row])
    lengths = np.bincount(row[counts > 0], minlength=len(touched))
    return Patterns(
        starts=np.concatenate([[0], np.cumsum(lengths[lengths > 0])]),
        codes=codes[counts > 0],
        counts=counts[counts > 0],
        units=units[lengths > 0],
        cluster=patterns.cluster[touched][lengths > 0],
        extent=patterns.extent[touched][lengths > 0],
    )


def _fitted(whole: Tally, patterns: Patterns, annotators: tuple[str, ...]) -> Tally:
    """The patterns as a tally of their own, of the values and clusters that are left."""
    values, codes = present(whole.values, patterns.codes)
    clusters, cluster = present(whole.clusters, patterns.cluster)
    return replace(
        whole,
        values=values,
        patterns=replace(patterns, codes=codes, cluster=cluster),
        clusters=clusters,
        annotators=annotators,
        known=whole.values,
    )
