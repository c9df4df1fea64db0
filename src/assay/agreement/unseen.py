"""The units that a sample may lack: one that disagrees, and one that agrees on a rare value.

Where a value is rare, units that agree on it, or that do not, may be missing by chance, and then no resample and no
derivative knows of them. So the lower end of an interval is that of the units with one more, on which annotators
disagree, and the upper end that of the units with more on which all gave the rare value. The two values are a common
one and a rare one: of numbers and ranks the median and what lies about a standard deviation off, of spans and boxes
nothing and what is marked by a typical value, of sequences the most frequent tag throughout and a typical value, else
the most and the least frequent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.agreement.coefficient import Draws, scaled
from assay.core import (
    Codes,
    Column,
    Field,
    Floats,
    Ints,
    Json,
    Patterns,
    Ratings,
    Scale,
    Tally,
    canonical_text,
    joined,
    patterns_of_units,
)

DISAGREEING = 1.0
AGREEING = 1.5
"""How many of such units there are, chosen by the error rates that `make fuzz` measures."""

_ORDERED = frozenset({Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How often each pattern or unit counts (`units`), the same with those that disagree (`lower`) and with those that agree.

    `draws` says what is drawn together.
    """

    units: Floats
    lower: Floats
    upper: Floats
    draws: Draws


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed(Frame):
    """A tally with two patterns more, of which no unit is: first one that disagrees, then one that agrees."""

    whole: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class FramedRatings(Frame):
    """Ratings with more units, of which none is counted: at last one that agrees, before it those that disagree.

    They are rated by those who rated most; of the units that disagree there is one for each who does. `patterns` are those
    of all units, and `shown` (U,) the one of each.
    """

    rated: Ratings
    patterns: Patterns
    shown: Ints


def _with(units: Floats, place: int | slice, many: float) -> Floats:
    weights = units.copy()
    weights[place] = many
    return weights


def framed_ratings(rated: Ratings) -> FramedRatings | None:
    """None where nothing is compared, or no second value is there to disagree with."""
    units = len(rated.units)
    sizes = np.bincount(rated.unit, minlength=units)
    compared = sizes[rated.unit] >= 2
    frequency = np.bincount(rated.codes[compared], minlength=len(rated.values)).astype(np.float64)
    if (found := two_codes(rated.values, rated.field, frequency)) is None:
        return None
    common, rare = found
    people = _busiest(rated, round(float(sizes[sizes >= 2].mean())))
    # In the i-th unit the i-th annotator gives the rare value and all others the common one.
    disagreeing = np.where(np.eye(len(people), dtype=np.bool_), rare, common)
    given = np.concatenate([disagreeing.ravel(), np.full(len(people), rare)]).astype(np.int32)
    more = len(people) + 1
    whose = np.repeat(np.arange(more), len(people))
    nobody, nothing = np.full(more, -1, dtype=np.int32), np.zeros(more, dtype=np.int64)
    patterns = [rated.whole.patterns, patterns_of_units(whose, given, nobody, nothing)]
    framed = replace(
        rated,
        units=(*rated.units, *[""] * more),
        unit=np.concatenate([rated.unit, whose + units]),
        annotator=np.concatenate([rated.annotator, np.tile(people, more)]),
        codes=np.concatenate([rated.codes, given]),
        item=np.append(rated.item, np.full(more, -1)),
        groups=Column(values=rated.groups.values, codes=np.append(rated.groups.codes, nobody)),
        extent=np.append(rated.extent, nothing),
    )
    counted = np.append(np.ones(units), np.zeros(more))
    pairable = np.bincount(framed.unit, minlength=len(counted)) >= 2
    return FramedRatings(
        rated=framed,
        patterns=joined(patterns),
        shown=np.append(rated.shown, len(patterns[0]) + np.arange(more)),
        units=counted,
        lower=_with(counted, slice(-more, -1), DISAGREEING / len(people)),
        upper=_with(counted, -1, AGREEING),
        draws=Draws.of(framed.groups.codes, counted.astype(np.int64), pairable),
    )


def _busiest(rated: Ratings, many: int) -> Codes:
    """The annotators who rated most, in order of name; ties by what they gave, so that names make no difference."""
    people, values = len(rated.annotators), len(rated.values)
    cells = rated.annotator.astype(np.int64) * values + rated.codes
    frequency = np.bincount(cells, minlength=people * values).reshape(people, values)
    order = np.lexsort((*frequency.T, -frequency.sum(axis=1)))
    return np.sort(order[:many]).astype(np.int32)


def framed(whole: Tally) -> Framed | None:
    """None where there is nothing to compare, or no second value to disagree with."""
    if not whole.units or (found := _two(whole)) is None:
        return None
    values, common, rare = found
    patterns, size = whole.patterns, max(round(whole.pairable / whole.units), 2)
    # The source of such a unit is as long as most are, and as long as its spans reach.
    comparable: Ints = np.repeat(patterns.extent, np.where(patterns.pairable, patterns.units, 0))
    extent = int(np.median(comparable)) if len(comparable) else 0
    if extent and isinstance(marks := values[rare], list):
        ends = [mark.get("end") for mark in marks if isinstance(mark, dict)]
        extent = max([extent, *(end for end in ends if isinstance(end, int))])
    # One pattern of all but one for the common value, and one of all for the rare value.
    more = Patterns(
        starts=np.array([0, 2, 3]),
        codes=np.array([*sorted((common, rare)), rare], dtype=np.int32),
        counts=np.array([*((size - 1, 1) if common < rare else (1, size - 1)), size], dtype=np.int64),
        units=np.zeros(2, dtype=np.int64),
        cluster=np.full(2, -1, dtype=np.int32),
        extent=np.full(2, extent, dtype=np.int64),
    )
    together = joined([patterns, more])
    units, elements = together.units.astype(np.float64), whole.field.scale is Scale.SEQUENCE
    return Framed(
        whole=replace(whole, values=values, patterns=together),
        units=units,
        lower=_with(units, -2, DISAGREEING),
        upper=_with(units, -1, AGREEING),
        draws=Draws.of(together.cluster, together.units, together.pairable, groups=elements),
    )


def two_codes(values: Sequence[Json], field: Field, frequency: Floats) -> tuple[int, int] | None:
    """The codes of a common and a rare value, by the `frequency` of each, (V,)."""
    used = np.flatnonzero(frequency > 0)
    if len(used) < 2:
        return None
    if field.scale in _ORDERED and field.ordered:
        return _median_and_off(values, field, frequency)
    common = int(used[np.argmax(frequency[used])])
    others = used[used != common]
    return common, int(others[np.argmin(frequency[others])])


def _median_and_off(values: Sequence[Json], field: Field, frequency: Floats) -> tuple[int, int]:
    """The median, and the value nearest to a standard deviation off it; ordinal values are placed at their ranks."""
    points: Floats = np.arange(len(values), dtype=np.float64)
    if field.scale is not Scale.ORDINAL:
        numbers = np.array([float(value) if isinstance(value, int | float) else 0.0 for value in values])
        points = scaled(numbers, spare=1)
    order = np.argsort(points, kind="stable")
    common = int(order[np.searchsorted(np.cumsum(frequency[order]), frequency.sum() / 2)])
    mean = (frequency @ points) / frequency.sum()
    spread = np.sqrt(frequency @ (points - mean) ** 2 / frequency.sum())
    off = np.abs(np.abs(points - points[common]) - spread)
    off[(frequency <= 0) | (np.arange(len(points)) == common)] = np.inf
    return common, int(np.lexsort((frequency, off))[0])


def _two(whole: Tally) -> tuple[tuple[Json, ...], int, int] | None:
    """The values, with one more where only one was given, and the codes of the two."""
    frequency = whole.frequency
    if whole.field.scale in {Scale.SPANS, Scale.BOXES}:
        return _marks(whole, frequency)
    if whole.field.scale is Scale.SEQUENCE:
        return _tagged(whole, frequency)
    found = two_codes(whole.values, whole.field, frequency)
    if found is not None:
        return (whole.values, *found)
    (only,) = np.flatnonzero(frequency > 0)
    other = _another(whole, int(only))
    return None if other is None else (*other[:1], int(only), other[1])


def _another(whole: Tally, only: int) -> tuple[tuple[Json, ...], int] | None:
    """A value beside the only one that was compared: one given elsewhere or declared, else made up; None of numbers."""
    values, field = whole.values, whole.field
    if len(values) > 1:
        return values, int(only == 0)
    declared = field.values or ()
    members = ([value] for value in declared) if field.scale is Scale.SET else declared
    made: Mapping[Scale, Json] = {Scale.NOMINAL: "", Scale.TEXT: "", Scale.TREE: "", Scale.SET: []}
    there = {canonical_text(value) for value in values}
    for other in (*whole.known, *members, made.get(field.scale)):
        if other is not None and canonical_text(other) not in there:
            return (*values, other), len(values)
    return None


def _marks(whole: Tally, frequency: Floats) -> tuple[tuple[Json, ...], int, int] | None:
    """Nothing, and of the values that mark something one with as many elements as the median of them."""
    sizes = np.array([len(value) if isinstance(value, list) else 0 for value in whole.values])
    marked = np.flatnonzero((sizes > 0) & (frequency > 0))
    if not len(marked):
        return None
    order = marked[np.argsort(sizes[marked], kind="stable")]
    rare = int(order[np.searchsorted(np.cumsum(frequency[order]), frequency[order].sum() / 2)])
    nothing = np.flatnonzero(sizes == 0)
    if len(nothing):
        return whole.values, int(nothing[0]), rare
    return (*whole.values, []), len(whole.values), rare


def _tagged(whole: Tally, frequency: Floats) -> tuple[tuple[Json, ...], int, int] | None:
    """The most frequent tag throughout, and as long a value with as many other tags as the median of those that have any.

    Where no other tag was given one is made up, at one element of a value.
    """
    lists = [value if isinstance(value, list) else [] for value in whole.values]
    often: dict[str, float] = {}
    tags = {canonical_text(tag): tag for value in lists for tag in value}
    for value, times in zip(lists, frequency.tolist(), strict=True):
        for tag in value:
            often[canonical_text(tag)] = often.get(canonical_text(tag), 0.0) + times
    if not any(often.values()):
        return None
    usual = min(often, key=lambda text: (-often[text], text))
    others = np.array([sum(canonical_text(tag) != usual for tag in value) for value in lists])
    marked = np.flatnonzero((others > 0) & (frequency > 0))
    if len(marked):
        order = marked[np.argsort(others[marked], kind="stable")]
        rare = lists[order[np.searchsorted(np.cumsum(frequency[order]), frequency[order].sum() / 2)]]
    else:
        value = max((value for value, times in zip(lists, frequency, strict=True) if times), key=len)
        known = (*tags.values(), *(whole.field.values or ()), "", False)
        rare = [next(tag for tag in known if canonical_text(tag) != usual), *value[1:]]
    values, common = _among(whole.values, [tags[usual]] * len(rare))
    values, code = _among(values, rare)
    return values, common, code


def _among(values: tuple[Json, ...], value: Json) -> tuple[tuple[Json, ...], int]:
    text = canonical_text(value)
    place = next((code for code, one in enumerate(values) if canonical_text(one) == text), len(values))
    return (values if place < len(values) else (*values, value)), place
