"""Our coefficients against those of libraries that are not ours, on random tables."""

import warnings
from dataclasses import replace

import krippendorff
import numpy as np
import pytest

from assay.agreement.alpha import alpha
from assay.model.schema import Scale
from estimates import point
from rated import random_tables, ratings_of, tally_from

SCALES = (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO)


def castro(data: np.ndarray, scale: Scale) -> float:
    """Alpha of the package `krippendorff` by Castro; nan where it says that there is none."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        try:
            return float(krippendorff.alpha(data.T, level_of_measurement=scale))
        except ValueError:
            return np.nan


@pytest.mark.parametrize("seed", range(20))
def test_alpha_of_500_random_tables_is_that_of_krippendorff(seed):
    rng = np.random.default_rng(seed)
    found = []
    for codes in random_tables(500, seed):
        values = np.sort(rng.choice(40, 9, replace=False)) * rng.choice([1, 0.25, 10])
        data = np.where(codes < 0, np.nan, values[codes])
        whole = tally_from(ratings_of(codes, tuple(values.tolist())))
        for scale in SCALES:
            ours = point(alpha, replace(whole, field=replace(whole.field, scale=scale)))
            found.append((np.nan if ours is None else ours, castro(data, scale)))
    ours, theirs = np.array(found).T
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    assert (~np.isnan(ours)).sum() > 1500
    assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)
