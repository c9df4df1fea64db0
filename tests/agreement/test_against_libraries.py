"""Our coefficients against those of libraries that are not ours, on random tables."""

import warnings
from collections.abc import Callable
from dataclasses import replace

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from assay.agreement.alpha import alpha
from assay.agreement.chance_corrected import brennan_prediger, fleiss
from assay.agreement.kappa import cohen, kappa_max
from assay.agreement.pairwise import Pairs, pairs
from assay.agreement.weights import Weighting, weights
from assay.core.values import Scale
from estimates import point
from rated import kappa_errors, random_tables, ratings_of, tally_from

SCALES = (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO)
LEVELS = 9
NUMBERS = tuple(range(LEVELS))


def of_library(function: Callable[..., float], *given: object, **how: object) -> float:
    """Its answer; nan where it is none, whichever way the library says so."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return float(function(*given, **how))
        except ValueError:
            return np.nan


def of_ours(value: float | None) -> float:
    return np.nan if value is None else value


def hold_equal(ours: list[float], theirs: list[float], *, defined: int) -> None:
    """Within 1e-9, undefined where the library's is, and defined that often at least."""
    assert (~np.isnan(ours)).sum() >= defined
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    assert np.nanmax(np.abs(np.subtract(ours, theirs))) < 1e-9


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.slow
def test_alpha_of_500_random_tables_is_that_of_krippendorff(seed):
    rng = np.random.default_rng(seed)
    ours, theirs = [], []
    for codes in random_tables(500, seed):
        values = np.sort(rng.choice(40, LEVELS, replace=False)) * rng.choice([1, 0.25, 10])
        data = np.where(codes < 0, np.nan, values[codes]).T
        whole = tally_from(ratings_of(codes, tuple(values.tolist())))
        for scale in SCALES:
            ours.append(of_ours(point(alpha, replace(whole, field=replace(whole.field, scale=scale)))))
            theirs.append(of_library(krippendorff.alpha, data, level_of_measurement=scale))
    hold_equal(ours, theirs, defined=1500)


@pytest.mark.slow
@pytest.mark.parametrize(("make", "method"), [(fleiss, "fleiss"), (brennan_prediger, "randolph")])
def test_kappa_of_1000_full_tables_is_that_of_statsmodels(make, method):
    ours, theirs = [], []
    for codes in random_tables(1000, 1, missing=0):
        counts = (codes[:, :, np.newaxis] == np.unique(codes)).sum(axis=1)
        ours.append(of_ours(point(make, tally_from(ratings_of(codes, NUMBERS)))))
        theirs.append(of_library(fleiss_kappa, counts, method=method))
    hold_equal(ours, theirs, defined=900)


def shared(codes: np.ndarray, found: Pairs, k: int) -> np.ndarray:
    """The values of the units that both raters of pair k rated, (units, 2)."""
    both = codes[:, [found.first[k], found.second[k]]]
    return both[(both >= 0).all(axis=1)]


def cross_table(both: np.ndarray) -> np.ndarray:
    table = np.zeros((LEVELS, LEVELS))
    np.add.at(table, tuple(both.T), 1)
    return table


@pytest.mark.parametrize("kind", [Weighting.IDENTITY, Weighting.LINEAR, Weighting.QUADRATIC])
@pytest.mark.slow
def test_kappa_of_1000_pairs_is_that_of_scikit_learn_with_the_variance_of_statsmodels(kind):
    name = None if kind is Weighting.IDENTITY else kind.value
    ours, theirs = [], []
    for table in random_tables(120, 2):
        codes = table[:, (table >= 0).any(axis=0)]
        rated = ratings_of(codes, NUMBERS)
        found, wanted = pairs(rated), weights(tally_from(rated), kind)
        both = [shared(codes, found, k) for k in range(len(found))]
        ours += [*cohen(found, wanted)[1].tolist(), *np.square(kappa_errors(rated, wanted)).tolist()]
        theirs += [of_library(cohen_kappa_score, *one.T, labels=NUMBERS, weights=name) for one in both]
        theirs += [of_library(lambda one: cohens_kappa(cross_table(one), wt=name).var_kappa, one) for one in both]
    hold_equal(ours, theirs, defined=2000)


@pytest.mark.slow
def test_the_largest_kappa_is_that_of_statsmodels():
    ours, theirs = [], []
    for codes in random_tables(100, 3, missing=0):
        found = pairs(ratings_of(codes, NUMBERS))
        tables = [cross_table(shared(codes, found, k)) for k in range(len(found))]
        ours += kappa_max(found).tolist()
        theirs += [of_library(lambda table: cohens_kappa(table).kappa_max, table) for table in tables]
    hold_equal(ours, theirs, defined=1000)
