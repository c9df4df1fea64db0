"""Published worked examples: every row whose coefficient is built is compared; the others say why they are not."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.stats import t as student

from assay.agreement.alpha import Alpha, alpha, alpha_by
from assay.agreement.chance_corrected import Corrected, ac1, ac2, brennan_prediger, fleiss, null_error, weighted_percent
from assay.agreement.icc import mean_squares
from assay.agreement.kappa import cohen, conger, kappa_max, mean_kappa
from assay.agreement.pairwise import pairs
from assay.agreement.weights import Weighting, Weights, weights
from assay.core.values import Scale
from estimates import contingency, rated_of, table, tally_of
from rated import by_table, kappa_errors

EXAMPLES = yaml.safe_load((Path(__file__).parents[1] / "reference/agreement.yaml").read_text(encoding="utf-8"))
STRUCTURES = {"set-valued coding", "distance", "unitizing", "gamma", "ranking"}
"""Kinds of examples that are compared in test_reference_structures.py."""

ROWS = [
    pytest.param(example, row, id=f"{example['id']}-{row.get('coef', number)}-{row.get('weights', '')}".strip("-"))
    for example in EXAMPLES
    if example["kind"] not in STRUCTURES
    for number, row in enumerate(example["expected"])
]
NOT_BUILT = {
    "alpha.dkpro_set(0,1/3,2/3,1)": "another convention of set distances than MASI",
    "alpha.dkpro_masi(jaccard_dist*M_dist)": "another convention of set distances than MASI",
}


class Example:
    """The two forms of an example's table."""

    def __init__(self, votes: Mapping[str, Any], declared: Sequence[Any], scale: Scale, *, crossed: bool) -> None:
        self.crossed = crossed
        self.tally = tally_of(votes, scale=scale, values=tuple(declared))
        self.rated = rated_of(votes, scale=scale, values=tuple(declared))
        self.units = self.tally.patterns.units.astype(np.float64)
        self.pairs = pairs(self.rated)

    def weights(self, kind: str | None) -> Weights:
        return weights(self.tally, Weighting(kind or "identity"))


@cache
def built(number: int, scale: Scale) -> Example:
    example = EXAMPLES[number]
    data = example["data"]
    if "rows=rater1" in example["layout"]:
        return Example(contingency(data), range(len(data)), scale, crossed=True)
    rows = [list(text) for many, text in data for _ in range(many)] if example["id"] == "warrens2010" else data
    return Example(
        table(rows), sorted({value for row in rows for value in row if value is not None}), scale, crossed=False
    )


def of_tally(example: Example, found: Any) -> dict[str, float]:
    whole = example.units[np.newaxis]
    value, error = float(found(whole)[0]), found.standard_error(example.units)
    told = {"exact": value, **spread(example, value, error, comparable=isinstance(found, Alpha))}
    if isinstance(found, Corrected):
        told["pa"], told["pe"] = (float(part[0]) for part in found.parts(whole))
    return told


def spread(example: Example, value: float, error: float, *, comparable: bool = False) -> dict[str, Any]:
    """Standard error and interval of Student's t, which ends at 1; of cross tables R's irrCAC divides by n, not n - 1."""
    units = example.tally.units if comparable else int(example.units.sum())
    error *= np.sqrt((units - 1) / units) if example.crossed else 1.0
    reach = student.ppf(0.975, units - 1) * error
    return {"se": error, "ci95": [value - reach, min(1.0, value + reach)]}


def krippendorff(example: Example, kind: str) -> dict[str, float]:
    wanted = example.weights(kind)
    distances = 1 - (np.eye(len(example.tally.values)) if wanted.table is None else wanted.table)
    return of_tally(example, alpha_by(example.tally, by_table(example.tally, distances), wanted))


def cohens(example: Example, wanted: Weights) -> dict[str, float]:
    return {"exact": float(cohen(example.pairs, wanted)[1][0])}


def congers(example: Example, kind: str) -> dict[str, float]:
    found = conger(example.rated, example.weights(kind))
    units = np.ones(len(example.rated.units))
    value = float(found(units[np.newaxis])[0])
    return {"exact": value, **spread(example, value, found.standard_error(units))}


def by_disagreement(distances: Any) -> Weights:
    weighted = 1 - np.asarray(distances, dtype=float) / np.max(distances)
    return Weights(weighted, float(weighted.sum()), len(weighted))


def check_is_half(row: int, column: int) -> float:
    """Between two of STAT, IReq and Chck: a half where one of them is Chck."""
    return 0.0 if row == column else 0.5 if 2 in (row, column) else 1.0


HALF = [[check_is_half(row, column) for column in range(3)] for row in range(3)]
COEFFICIENTS: dict[str, Callable[[Example, str], dict[str, float]]] = {
    **dict.fromkeys(["alpha"], krippendorff),
    **dict.fromkeys(
        ["percent", "pa2", "percent_pairwise", "P_bar"],
        lambda example, kind: of_tally(example, weighted_percent(example.tally, example.weights(kind))),
    ),
    "P_e": lambda example, _: {"exact": of_tally(example, fleiss(example.tally))["pe"]},
    "se_1971_formula": lambda example, _: {"exact": null_error(example.tally, of_1971=True)},
    "se0_1979_corrected": lambda example, _: {"exact": null_error(example.tally)},
    "gwet_variance_se": lambda example, _: {"exact": of_tally(example, fleiss(example.tally))["se"]},
    **dict.fromkeys(
        ["S", "bp", "brennan_prediger", "randolph_free_marginal"],
        lambda example, kind: of_tally(example, brennan_prediger(example.tally, Weighting(kind))),
    ),
    **dict.fromkeys(
        ["pi", "scott", "fleiss_kappa"],
        lambda example, kind: of_tally(example, fleiss(example.tally, Weighting(kind))),
    ),
    **dict.fromkeys(
        ["ac1", "gwet_ac", "gwet_ac1"],
        lambda example, kind: of_tally(
            example, ac1(example.tally) if kind == "identity" else ac2(example.tally, Weighting(kind))
        ),
    ),
    "ac2_quadratic": lambda example, _: of_tally(example, ac2(example.tally)),
    **dict.fromkeys(["conger_kappa", "hubert/conger"], congers),
    **dict.fromkeys(["kappa", "cohen"], lambda example, kind: cohens(example, example.weights(kind))),
    "kappa_linear": lambda example, _: cohens(example, example.weights("linear")),
    "kappa_quadratic": lambda example, _: cohens(example, example.weights("quadratic")),
    "kappa.weighted_chck_half": lambda example, _: cohens(example, by_disagreement(HALF)),
    "alpha.weighted_chck_half": lambda example, _: of_tally(
        example, alpha_by(example.tally, by_table(example.tally, np.array(HALF)))
    ),
    "light_mean_cohen": lambda example, kind: {
        "exact": mean_kappa(example.pairs, example.weights(kind), min_shared=1)[0]
    },
    "kappa_max": lambda example, _: {"exact": float(kappa_max(example.pairs)[0])},
    "kappa_se_asymptotic": lambda example, kind: {"exact": kappa_errors(example.rated, example.weights(kind))[0]},
}
ICC = {
    "ICC(1,1)": lambda parts: parts.one_way(),
    "ICC(2,1)": lambda parts: parts.agreement(),
    "ICC(3,1)": lambda parts: parts.consistency(),
    "ICC(1,4)": lambda parts: parts.one_way(averaged=True),
    "ICC(2,4)": lambda parts: parts.agreement(averaged=True),
    "ICC(3,4)": lambda parts: parts.consistency(averaged=True),
}


def told_of(number: int, row: Mapping[str, Any]) -> dict[str, float] | None:
    """What we say of a row; None where its coefficient is not built."""
    name = row["coef"]
    if name.startswith("alpha.") and name.removeprefix("alpha.") in set(Scale):
        example = built(number, Scale(name.removeprefix("alpha.")))
        return {"exact": float(alpha(example.tally)(example.units[np.newaxis])[0])}
    if name in ICC:
        return {"exact": ICC[name](mean_squares(built(number, Scale.INTERVAL).rated))}
    example = built(number, Scale.ORDINAL)
    if name == "kappa_weighted":
        return cohens(example, by_disagreement(EXAMPLES[number]["disagreement_weights"]))
    return COEFFICIENTS[name](example, row.get("weights", "identity")) if name in COEFFICIENTS else None


def test_few_published_values_are_left_out():
    """8 of consensus, and 2 of a convention of set distances that a program made."""
    rows = [(example, row) for example in EXAMPLES for row in example["expected"]]
    left_out = [row for example, row in rows if example.get("left_out") or row.get("coef") in NOT_BUILT]
    assert (len(rows), len(left_out)) == (401, 10)
    page = (Path(__file__).parents[2] / "docs/agreement.md").read_text(encoding="utf-8")
    assert f"({len(rows) - len(left_out)} of {len(rows)})" in page


@pytest.mark.parametrize(("example", "row"), ROWS)
def test_a_published_value_is_ours(example, row, record_property):
    reason = example.get("left_out") or NOT_BUILT.get(row.get("coef"))
    if reason:
        record_property("reference", f"left out: {reason}")
        pytest.skip(reason)
    told = told_of(EXAMPLES.index(example), row)
    assert told is not None, f"no coefficient for {row}"
    record_property("reference", "compared")
    for part in ("exact", "published", "se", "pa", "pe", "ci95"):
        if part in row and (mine := told.get(part, told["exact"] if part == "published" else None)) is not None:
            assert mine == pytest.approx(row[part], abs=given_to(row, part)), part


def given_to(row: Mapping[str, Any], part: str) -> float:
    """How far off a value may be: as far as its last digit says, or as its row does."""
    if part == "published":
        return max(row["tol"], 0.5 * 10.0 ** -len(str(row[part]).partition(".")[2]) + 1e-9)
    digits = 0 if part == "ci95" else len(str(row[part]).partition(".")[2])
    return 10.0**-digits if 4 <= digits <= 5 else 1.5e-6 if digits > 5 else row["tol"]


def test_units_of_different_sizes_have_no_standard_error_under_chance_alone():
    assert null_error(tally_of(table([["a", "a"], ["a", "b"]]))) is not None
    assert null_error(tally_of(table([["a", "a", "b"], ["a", "b"]]))) is None
