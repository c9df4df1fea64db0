"""Ratings from plain matrices, units by raters, and random ones, for tests and benches that need many or large ones."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from assay.agreement.disagreement import Disagreement, _pairwise
from assay.agreement.kappa import pairings
from assay.agreement.weights import Weights
from assay.core.people import Annotator, Batch, Purpose
from assay.core.rated_units import Ratings, tally_of
from assay.core.table import AnnotationTable, AssignmentTable, Codes, Column, Corpus, FieldColumn, Ints, ItemTable
from assay.core.tallies import Tally
from assay.core.values import Field, Scale


def ratings_of(codes: Codes, values: tuple[float | str, ...], scale: Scale = Scale.NOMINAL) -> Ratings:
    """Codes into `values` in their order, (units, raters), -1 where one is missing; the field declares no values."""
    unit, annotator = np.nonzero(codes >= 0)
    rated, unit = np.unique(unit, return_inverse=True)
    used, given = np.unique(codes[codes >= 0], return_inverse=True)
    who, annotator = np.unique(annotator, return_inverse=True)
    return Ratings(
        field=Field(name="label", scale=scale, textual=False),
        values=tuple(values[code] for code in used.tolist()),
        units=tuple(map("u{:07}".format, rated.tolist())),
        annotators=tuple(map("r{:04}".format, who.tolist())),
        unit=unit,
        annotator=annotator.astype(np.int32),
        codes=given.astype(np.int32),
        item=rated,
        groups=Column(values=(), codes=np.full(len(rated), -1, dtype=np.int32)),
        extent=np.zeros(len(rated), dtype=np.int64),
    )


def by_table(whole: Tally, distances: np.ndarray) -> Disagreement:
    """Any distances of the values, (V, V)."""
    return _pairwise(whole, np.arange(len(whole.values)), lambda a, b: distances[a, b])


def kappa_errors(given: Ratings, weights: Weights) -> list[float]:
    """The large-sample standard error of the kappa of each pair of raters, by its derivative; nan where it is undefined."""
    units = np.ones(len(given.units))
    every, errors = pairings(given, weights, units, 1), []
    for code in range(every.pairs if every else 0):
        own = every.pair == code
        kept, cell, pair = own[every.cell], np.cumsum(own) - 1, np.zeros(own.sum(), dtype=np.int64)
        place = {"unit": every.unit[kept], "cell": cell[every.cell[kept]]}
        alone = replace(every, **place, pair=pair, a=every.a[own], b=every.b[own], pairs=1)
        defined = not np.isnan(alone(units[np.newaxis])[0])
        errors.append(float(np.sqrt((alone.slope(units) ** 2).sum())) if defined else np.nan)
    return errors


def tally_from(given: Ratings) -> Tally:
    """Their tally, each unit a cluster of its own."""
    return tally_of(given)


def corpus_of_codes(item: Ints, annotator: Ints, codes: Ints, values: tuple[float | str, ...]) -> Corpus:
    """A closed round of one field, `label`, a row each, sorted by item, then annotator; no Python object per row."""
    rows, items = len(item), int(item.max()) + 1
    people = tuple(map("a{:04}".format, range(int(annotator.max()) + 1)))
    given, alone = codes.astype(np.int32), Column(values=(), codes=np.full(rows, -1, dtype=np.int32))
    nobody = np.zeros(0, dtype=np.int32)
    return Corpus(
        task="t",
        items=ItemTable(
            ids=tuple(map("u{:07}".format, range(items))),
            data=(b"{}",) * items,
            meta=(b"{}",) * items,
            group=Column(values=(), codes=np.full(items, -1, dtype=np.int32)),
            current_batch=np.zeros(items, dtype=np.int32),
            open_batch=np.full(items, -1, dtype=np.int32),
        ),
        annotations=AnnotationTable(
            batch=np.zeros(rows, dtype=np.int32),
            item=item.astype(np.int32),
            annotator=Column(values=people, codes=annotator.astype(np.int32)),
            guideline=alone,
            skip=alone,
            counts=np.ones(rows, dtype=np.bool_),
            at=np.full(rows, "NaT", dtype="datetime64[us]"),
            seconds=np.full(rows, np.nan),
            path=alone,
            line=np.ones(rows, dtype=np.int32),
            flags=alone,
            current=np.ones(rows, dtype=np.bool_),
            open=np.zeros(rows, dtype=np.bool_),
            taken=alone.codes,
            fields={"label": FieldColumn(values=values, codes=given, first=given, confidence=np.full(rows, np.nan))},
        ),
        assignments=AssignmentTable(batch=nobody, item=nobody, annotator=Column(values=(), codes=nobody)),
        decisions=(),
        batches=(Batch(name="b1", purpose=Purpose.LABEL, closed=True, created="2026-01-01", guideline="0.1.0"),),
        annotators={name: Annotator(id=name) for name in people},
    )


def random_tables(tables: int, seed: int, *, missing: float = 0.8) -> Iterator[Codes]:
    """Tables of 2-8 raters, 2-200 units and 2-9 values, with up to so large a share `missing`; few units are likelier.

    Raters copy a true value with a chance that differs by table, so that agreement goes from chance to perfect.
    """
    rng = np.random.default_rng(seed)
    for _ in range(tables):
        units, raters, levels = int(2 * 100.5 ** rng.random()), int(rng.integers(2, 9)), int(rng.integers(2, 10))
        truth, guess = rng.integers(0, levels, (units, 1)), rng.integers(0, levels, (units, raters))
        codes = np.where(rng.random((units, raters)) < rng.random() ** 0.5, truth, guess)
        codes[rng.random((units, raters)) < missing * rng.random()] = -1
        yield codes
