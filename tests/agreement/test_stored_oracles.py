"""Our coefficients against stored values of packages that the tests' environment cannot hold; see `reference/oracles.py`."""

import json

import numpy as np
import pytest

from assay.agreement.alpha import alpha_by
from assay.agreement.chance_corrected import ac1, ac2, brennan_prediger, fleiss
from assay.agreement.icc import mean_squares
from assay.agreement.kappa import conger
from assay.agreement.weights import Weighting, weights
from assay.core.agreement_result import Undefined
from assay.core.values import Scale
from rated import by_table, ratings_of, tally_from
from reference.oracles import COEFFICIENTS, STORED, TABLES, WEIGHTS, crossed_tables, rated_tables, settled

SAID = json.loads(STORED.read_text())


def coefficient(table, kind, name):
    """Value and standard error."""
    codes = np.array([[-1 if value is None else value for value in row] for row in table], dtype=np.int32)
    rated = ratings_of(codes, tuple(range(6)), Scale.ORDINAL)
    whole, weighting = tally_from(rated), Weighting(kind)
    units = whole.patterns.units.astype(np.float64)
    wanted = weights(whole, weighting)
    if name == "conger":
        found, every = conger(rated, wanted), np.ones(len(rated.units))
        if isinstance(found, Undefined):
            return np.nan, np.nan
        return float(found(every[np.newaxis])[0]), found.standard_error(every)
    distances = 1 - (np.eye(len(whole.values)) if wanted.table is None else wanted.table)
    made = {
        "gwet": lambda: ac1(whole) if kind == "identity" else ac2(whole, weighting),
        "fleiss": lambda: fleiss(whole, weighting),
        "krippendorff": lambda: alpha_by(whole, by_table(whole, distances), wanted),
        "bp": lambda: brennan_prediger(whole, weighting),
    }[name]()
    if isinstance(made, Undefined):
        return np.nan, np.nan
    return float(made(units[np.newaxis])[0]), made.standard_error(units)


@pytest.mark.slow
@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("name", COEFFICIENTS)
def test_coefficients_of_250_tables_and_their_errors_are_those_of_irrcac(kind, name):
    at = 2 * (WEIGHTS.index(kind) * len(COEFFICIENTS) + COEFFICIENTS.index(name))
    theirs = np.array([row[at : at + 2] for row in SAID["irrCAC"]["values"]], dtype=np.float64)
    ours = np.array([coefficient(table, kind, name) for table in rated_tables()])
    assert len(theirs) == TABLES >= 200
    assert (~np.isnan(theirs)).all(axis=1).sum() >= TABLES - 1
    known = ~np.isnan(theirs)
    assert np.abs(ours - theirs)[known].max() < 1e-9


def test_intraclass_correlations_of_250_tables_are_those_of_pingouin():
    theirs = np.array(SAID["pingouin"]["values"])
    ours = []
    for table in crossed_tables():
        values, codes = np.unique(table, return_inverse=True)
        found = mean_squares(ratings_of(codes.reshape(len(table), -1), tuple(values.tolist()), Scale.INTERVAL))
        parts = (found.one_way, found.agreement, found.consistency)
        ours.append([part(averaged=averaged) for averaged in (False, True) for part in parts])
    assert len(theirs) == TABLES >= 200
    assert np.abs(np.array(ours) - theirs).max() < 1e-9


def test_stored_values_have_12_digits():
    values = [value for package in SAID.values() for row in package["values"] for value in row]
    assert values == [settled(value) for value in values]
