import numpy as np
import pytest

from assay.agreement import corpus as auditing
from assay.agreement.corpus import audit
from assay.core.values import Scale
from assay.errors import MissingExtraError
from estimates import table, tally_of

NUMBERS = table([[1, 2, 2], [3, 3, 4], [5, 5], [2, 4], [1, None]])


@pytest.mark.parametrize("scale", [Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO])
def test_both_alphas_are_one_on_all_pairable_units(scale):
    found = audit(tally_of(NUMBERS, scale=scale), np.random.default_rng(0))
    assert (found.units, found.reason) == (4, None)
    assert found.max_abs_diff < 1e-12


def test_sets_are_audited_with_our_distance():
    found = audit(tally_of(table([[["a"], ["a", "b"]], [[], []], [["b"], ["a"]]]), scale=Scale.SET), rng())
    assert found.units == 3
    assert found.max_abs_diff < 1e-12


def test_a_sample_keeps_the_memory_of_the_package_bounded(monkeypatch):
    monkeypatch.setattr(auditing, "_MEMORY", 3 * 5**2 * 8 * 2)
    found = audit(tally_of(NUMBERS, scale=Scale.INTERVAL), rng())
    assert found.units == 2
    assert found.max_abs_diff < 1e-12


def test_too_many_values_for_any_sample_are_a_reason(monkeypatch):
    monkeypatch.setattr(auditing, "_MEMORY", 100)
    assert audit(tally_of(NUMBERS, scale=Scale.INTERVAL), rng()).reason == "too-many-values"


def test_an_undefined_alpha_is_not_audited():
    assert audit(tally_of(table([["a", "a"], ["a", "a"]])), rng()).reason == "no-variation"
    assert audit(tally_of(table([["a", None]])), rng()).reason == "no-pairable-units"
    assert audit(tally_of(table([["a", "b"]]), scale=Scale.TEXT), rng()).reason == "scale-not-measured"


def test_without_the_package_the_audit_says_so(monkeypatch):
    def absent(module: str):
        raise MissingExtraError(module, fix="")

    monkeypatch.setattr(auditing, "load", absent)
    assert audit(tally_of(NUMBERS, scale=Scale.INTERVAL), rng()).reason == "not-installed"


def rng() -> np.random.Generator:
    return np.random.default_rng(0)
