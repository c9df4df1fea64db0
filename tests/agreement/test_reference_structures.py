"""Published values of sets, rankings, unitizing and gamma; see test_reference.py for all others."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from assay.agreement import gamma, u_alpha
from assay.agreement.alpha import alpha, alpha_jaccard
from assay.agreement.orders import kendall_w
from assay.agreement.part_alpha import of_kind
from assay.agreement.sets import as_bits, jaccard, masi
from assay.agreement.spans import alpha_u
from assay.core.values import Scale
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
def test_the_later_family_of_unitizing_alphas(row, record_property):
    record_property("reference", "compared")
    example = BY_ID["krippendorff2004_unitizing_p254"]
    begin, given = example["continuum"]["begin"], {"a0": [], "a1": []}
    for start, size, who, kind in example["data"]:
        given[f"a{who}"].append(span(start - begin, start - begin + size, kind))
    found = u_alpha(given, example["continuum"]["length"])
    mine = {"ualpha_nominal": found.nominal, "|ualpha_binary": found.binary, "cualpha": found.cu}[row["coef"]]
    assert mine == pytest.approx(row["exact"], abs=row["tol"])


@pytest.mark.parametrize("name", [name for name, example in BY_ID.items() if example["kind"] == "gamma"])
@pytest.mark.slow
def test_gamma(name, record_property):
    record_property("reference", "compared")
    example = BY_ID[name]
    given = {who: [] for who, *_ in example["data"]}
    for who, start, end, kind in example["data"]:
        given[who].append(span(start, end, kind))
    found = gamma(given, **example["params"], seed=1)
    (row,) = example["expected"]
    disorder = row["disorder"] if "disorder" in row else row["best_alignment_disorder"]
    assert found.disorder == pytest.approx(disorder, abs=1e-6)
    if "gamma_k" in row:
        assert found.aligned == row["n_unitary_alignments"]
        low, high = row["gamma_band"]
        assert low <= found.value <= high
        low, high = row["gamma_cat_band"]
        assert low <= found.cat <= high
        of_kind = {str(kind): value for kind, value in row["gamma_k"].items()}
        assert {kind: found.of_kind[kind] for kind in of_kind} == pytest.approx(of_kind, abs=0.02)
    else:
        assert found.value == pytest.approx(row["gamma_30_samples"], abs=row["band"])
        assert found.value == pytest.approx(row["gamma_rerun_60_samples"], abs=row["band"])
    assert gamma(given, **example["params"], seed=1, samples=5).disorder == found.disorder


@pytest.mark.parametrize("row", rows("kendall_W_anxiety"))
def test_concordance_of_rankings_with_ties(row, record_property):
    record_property("reference", "compared")
    ranks = BY_ID["kendall_W_anxiety"]["data"]
    raters, options = len(ranks), len(ranks[0])
    found = point(kendall_w, tally_of(table([[by_rank(one) for one in ranks]]), scale=Scale.RANKING))
    mine = {"kendall_W_ties": found, "chisq_19": raters * (options - 1) * found}[row["coef"]]
    assert mine == pytest.approx(row["exact"], abs=5e-3)
    assert mine == pytest.approx(row["published"], abs=row["tol"])


def by_rank(ranks):
    """The options, named by their places, with those of one rank in a list of their own."""
    return [[place for place, one in enumerate(ranks) if one == rank] for rank in sorted(set(ranks))]
