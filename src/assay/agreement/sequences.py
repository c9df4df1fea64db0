"""Agreement on sequences: alpha over their elements, and how often two values of an element are the same.

A sequence has a value for each element of its source, such as a tag for each token. Each element of each unit is
rated by everybody who rated the unit, and two values of it are the same or not: Krippendorff's nominal alpha, with
elements as the units of his paper. The elements of one unit are no independent draws, so intervals are over whole
units.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Undefined, obstacle, ratios
from assay.agreement.part_alpha import Marked, alpha_over
from assay.model.json import Json
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, ordered_values
from assay.table.columns import Floats, Ints
from assay.table.patterns import Patterns, collapsed
from assay.table.tally import Tally, recoded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tags:
    """The elements of V sequences one after the other: `first` (V + 1,) bounds those of each, `tag` are codes into `tags`."""

    first: Ints
    tag: Ints
    tags: tuple[Json, ...]

    @property
    def lengths(self) -> Ints:
        """How many elements each sequence has, (V,)."""
        return np.diff(self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elementwise:
    """The share of equal pairs of values of an element, each element counted once.

    Of a unit of each pattern (P,): `agreement` is the sum of the shares of its elements, `elements` how many it has; both 0
    where there is one value.
    """

    agreement: Floats
    elements: Floats

    def __call__(self, weights: Floats) -> Floats:
        """The share among the elements of units drawn, (R, P) to (R,)."""
        return ratios(weights @ self.agreement, weights @ self.elements)

    def slope(self, weights: Floats) -> Floats:
        """How much it grows with one unit more of each pattern, (P,)."""
        (share,) = self(weights[np.newaxis])
        return np.asarray((self.agreement - share * self.elements) / (weights @ self.elements))


def alpha_sequence(tally: Tally) -> Alpha | Undefined:
    """Nominal alpha over the elements of all units."""
    if reason := _obstacle(tally):
        return reason
    tags = tags_of(tally.values, tally.field)
    marked = _marked(tally.patterns, tags)
    if not len(marked.pattern):
        return Undefined.NO_VARIATION
    return alpha_over(
        tally.patterns, marked, np.bincount(marked.pattern, minlength=len(tally.patterns)).astype(np.float64)
    )


def percent_sequence(tally: Tally) -> Elementwise | Undefined:
    """Observed agreement over the elements of all units."""
    if reason := _obstacle(tally):
        return reason
    patterns = tally.patterns
    elements = _elements(patterns, tags_of(tally.values, tally.field))
    if not len(elements):
        return Undefined.NO_VARIATION
    pairs = np.add.reduceat(elements.counts * (elements.counts - 1), elements.starts[:-1])
    share = pairs / np.maximum(elements.sizes * (elements.sizes - 1), 1)
    whole, kept = len(patterns), patterns.pairable
    return Elementwise(
        agreement=np.where(kept, np.bincount(elements.extent, weights=share, minlength=whole), 0.0),
        elements=np.where(kept, np.bincount(elements.extent, minlength=whole), 0.0),
    )


def of_elements(whole: Tally) -> Tally:
    """The elements of all units as units of their own, on a nominal scale; units that are drawn together are not known there."""
    tags = tags_of(whole.values, whole.field)
    found = _elements(whole.patterns, tags)
    many = len(found)
    alone = replace(found, cluster=np.full(many, -1, dtype=np.int32), extent=np.zeros(many, dtype=np.int64))
    return replace(
        whole,
        field=_of_tags(whole.field, tags.tags),
        values=tags.tags,
        patterns=collapsed(alone)[0],
        clusters=(),
        known=(),
    )


def by_tag(whole: Tally) -> Iterator[tuple[str, Tally]]:
    """The same units with two tags left, for each tag that was given: it, or any other."""
    tags = tags_of(whole.values, whole.field)
    field = replace(whole.field, values=None)
    for key, code in sorted((_tag_text(tag), code) for code, tag in enumerate(tags.tags)):
        chosen = (tags.tag == code).tolist()
        kept: list[Json] = [chosen[start:end] for start, end in zip(tags.first[:-1], tags.first[1:], strict=True)]
        texts = list(map(canonical_text, kept))
        distinct = dict(zip(texts, kept, strict=True))
        order = {text: place for place, text in enumerate(sorted(distinct))}
        codes = np.array([order[text] for text in texts], dtype=np.int32)
        values = tuple(distinct[text] for text in order)
        yield key, replace(recoded(whole, codes), field=field, values=values, known=())


def tags_in(whole: Tally) -> tuple[str, ...]:
    """The texts of the tags that were given, sorted."""
    return tuple(sorted(map(_tag_text, tags_of(whole.values, whole.field).tags)))


def tags_of(values: Sequence[Json], field: Field) -> Tags:
    """The elements of sequences, their tags in canonical order."""
    lists = [value if isinstance(value, list) else [] for value in values]
    known = {canonical_text(tag): tag for value in lists for tag in value}
    tags = ordered_values(known.values(), field)
    place = {canonical_text(tag): code for code, tag in enumerate(tags)}
    return Tags(
        first=np.cumsum([0, *map(len, lists)], dtype=np.int64),
        tag=np.array([place[canonical_text(tag)] for value in lists for tag in value], dtype=np.int64),
        tags=tags,
    )


def _obstacle(tally: Tally) -> Undefined | None:
    return obstacle(tally) if tally.field.scale is Scale.SEQUENCE else Undefined.SCALE_NOT_MEASURED


def _of_tags(field: Field, tags: Sequence[Json]) -> Field:
    textual = all(isinstance(tag, str) for tag in (*tags, *(field.values or ())))
    return replace(field, scale=Scale.NOMINAL, textual=textual)


def _tag_text(tag: Json) -> str:
    return tag if isinstance(tag, str) else canonical_text(tag)


def _marked(patterns: Patterns, tags: Tags) -> Marked:
    """Every element of every pattern, and how many gave it which tag."""
    lengths = tags.lengths[patterns.codes]
    longest = np.maximum.reduceat(lengths, patterns.starts[:-1])
    entry = np.repeat(np.arange(len(lengths)), lengths)
    inside = np.arange(len(entry)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    pattern = np.repeat(np.arange(len(patterns)), longest)
    return Marked(
        pattern=pattern,
        weight=np.ones(len(pattern)),
        part=(np.cumsum(longest) - longest)[patterns.rows[entry]] + inside,
        mark=tags.tag[tags.first[patterns.codes[entry]] + inside],
        counts=patterns.counts[entry].astype(np.float64),
    )


def _elements(patterns: Patterns, tags: Tags) -> Patterns:
    """The elements as patterns of tags, (G,), each with the pattern that it is of as its `extent`, and its units."""
    marked = _marked(patterns, tags)
    wide = max(len(tags.tags), 1)
    cell, position = np.unique(marked.part * wide + marked.mark, return_inverse=True)
    part, mark = np.divmod(cell, wide)
    counts = np.bincount(position, weights=marked.counts, minlength=len(cell)).astype(np.int64)
    return Patterns(
        starts=np.searchsorted(part, np.arange(len(marked.pattern) + 1)),
        codes=mark.astype(np.int32),
        counts=counts,
        units=patterns.units[marked.pattern],
        cluster=np.full(len(marked.pattern), -1, dtype=np.int32),
        extent=marked.pattern,
    )
