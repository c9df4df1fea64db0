"""Ratings from plain matrices, units by raters, and random ones, for tests and benches that need many or large ones."""

from collections.abc import Iterator

import numpy as np

from assay.model.schema import Field, Scale
from assay.table import Column
from assay.table.columns import Codes
from assay.table.ratings import Ratings
from assay.table.tally import Tally, tally_of


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
    )


def tally_from(given: Ratings) -> Tally:
    """Their tally, each unit a cluster of its own."""
    alone = Column(values=(), codes=np.full(len(given.units), -1, dtype=np.int32))
    return tally_of(given, alone, np.zeros(len(given.units), dtype=np.int64))


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
