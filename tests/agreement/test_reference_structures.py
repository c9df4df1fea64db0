"""Published values of sets and of unitizing; see test_reference.py for all others."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from assay.agreement.alpha import alpha, alpha_jaccard
from assay.agreement.elements import of_kind
from assay.agreement.masi import as_bits, jaccard, masi
from assay.agreement.unitizing import alpha_u
from assay.model.schema import Scale
from estimates import point, table, tally_of
from marking import marked, span

EXAMPLES = yaml.safe_load((Path(__file__).parents[1] / "reference/agreement.yaml").read_text(encoding="utf-8"))
BY_ID = {example["id"]: example for example in EXAMPLES}
ONE = np.ones((1, 1))
OTHER_SETS = "another convention of set distances than MASI"
SETS = {"alpha.masi2006(1-J*M)": alpha, "alpha.jaccard": alpha_jaccard}


def rows(name):
    return [pytest.param(row, id=str(row.get("coef", number))) for number, row in enumerate(BY_ID[name]["expected"])]


def continuum(spans, length, *, begin=0, stretch=1.0):
    """Spans as papers print them, (start, length, annotator, kind), as one unit; a place is a whole number."""
    given = {"a0": [], "a1": []}
    for start, size, who, *kind in spans:
        first = int((start - begin) * stretch)
        given[f"a{who}"].append(span(first, first + int(size * stretch), *(kind or "c")))
    return marked([given], [int(length * stretch)])


def told(whole, kind=None):
    """Alpha with Do and De, which the paper multiplies by 2 / L."""
    found = alpha_u(of_kind(whole, kind) if kind else whole)
    observed, expected = (part[0] * 2 / whole.patterns.extent[0] for part in found.parts(ONE))
    return {"alphaU": found(ONE)[0], "Do": observed, "De": expected}


@pytest.mark.parametrize("row", rows("sets_dkpro"))
def test_sets(row, record_property):
    if row["coef"] not in SETS:
        record_property("reference", f"left out: {OTHER_SETS}")
        pytest.skip(OTHER_SETS)
    record_property("reference", "compared")
    votes = table([[list(text) for text in pair] for pair in BY_ID["sets_dkpro"]["data"]])
    assert point(SETS[row["coef"]], tally_of(votes, scale=Scale.SET)) == pytest.approx(row["exact"], abs=1e-6)


@pytest.mark.parametrize("row", rows("masi_pairs"))
def test_distances_of_two_sets(row, record_property):
    record_property("reference", "compared")
    one, other = as_bits([row["a"], row["b"]])
    assert masi(one, other) == pytest.approx(row["masi_2006"], abs=1e-6)
    assert masi(one, other) == pytest.approx(row["nltk_3_10"], abs=1e-6)
    assert jaccard(one, other) == pytest.approx(row["jaccard"], abs=1e-6)


@pytest.mark.parametrize("name", ["krippendorff2004_unitizing_p254", "alphaU_simple_DKPro"])
def test_unitizing(name, record_property):
    example = BY_ID[name]
    place = example["continuum"]
    whole = continuum(example["data"], place["length"], begin=place["begin"])
    for row in example["expected"]:
        record_property("reference", "compared")
        what, *_, kind = row["coef"].split(".") if "." in row["coef"] else (row["coef"], "overall")
        mine = told(whole, None if kind == "overall" else kind)[what]
        assert mine == pytest.approx(row["exact"], abs=1e-5)
        assert mine == pytest.approx(row["published"], abs=row["tol"])


@pytest.mark.parametrize(
    "row", BY_ID["krippendorff1995_unitizing_p57"]["expected"], ids=lambda row: f"L={24 * row['stretch']:g}"
)
def test_unitizing_as_the_continuum_is_stretched(row, record_property):
    record_property("reference", "compared")
    found = {
        kind: told(continuum(spans, 24, stretch=row["stretch"]))
        for kind, spans in BY_ID["krippendorff1995_unitizing_p57"]["data"].items()
        if all(size * row["stretch"] >= 1 for _, size, _ in spans)  # at half the length B has spans of no length
    }
    assert len(found) >= 3
    assert {kind: one["alphaU"] for kind, one in found.items()} == pytest.approx(
        {kind: row[kind] for kind in found}, abs=1e-6
    )
    if row["stretch"] == 1:
        assert {kind: one["Do"] for kind, one in found.items()} == pytest.approx(row["Do"], abs=5e-6)


@pytest.mark.parametrize("row", rows("ualpha2016_on_k2004"))
def test_the_later_family_of_unitizing_alphas_is_not_built(row, record_property):  # noqa: ARG001 - a row is a test
    reason = BY_ID["ualpha2016_on_k2004"]["left_out"]
    record_property("reference", f"left out: {reason}")
    pytest.skip(reason)
