"""The stage `agreement`, by coefficients that a hand computes."""

import pytest

from assay.core.agreement_result import ENDS
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.schema_stage import schema

PAIRS = "reports/mood/plots/agreement_pairs.svg"


def test_agreement_writes_the_coefficients_that_a_hand_computes(project, measure, report):
    measure(project, schema, agreement)
    told = report(project, "agreement")
    assert set(told) == {"format", "fields", "open", "confidence", "seed", "left_out"}
    assert told["confidence"] == 0.95
    tone = told["fields"]["tone"]
    assert (tone["scale"], tone["units"], tone["pairable"], tone["annotators"]) == ("nominal", 4, 8, 2)
    assert tone["alpha"]["value"] == pytest.approx(1 - 7 / 15)
    assert tone["ac1"]["value"] == pytest.approx((0.75 - 0.46875) / (1 - 0.46875))
    assert tone["percent"]["value"] == 0.75
    assert tone["alpha"]["low"] <= tone["alpha"]["value"] <= tone["alpha"]["high"]
    assert tone["audit"]["units"] == 4
    assert tone["audit"]["max_abs_diff"] == pytest.approx(0, abs=1e-9)


def test_agreement_measures_open_batches_beside_the_closed_ones(project, measure, report):
    measure(project, schema, agreement)
    opened = report(project, "agreement")["open"]["tone"]
    assert (opened["units"], opened["pairable"], opened["percent"]["value"]) == (1, 2, 1.0)
    assert opened["alpha"] == {"value": None, "reason": "no-variation"}


def test_the_agreement_table_holds_what_the_report_says(project, measure, report, rows):
    measure(project, schema, agreement)
    table = rows(project, "agreement")
    assert list(table[0]) == [
        "field",
        "breakdown",
        "key",
        "coefficient",
        "value",
        "low",
        "high",
        "units",
        "groups",
        *ENDS,
    ]
    overall = {row["coefficient"]: row for row in table if (row["field"], row["breakdown"]) == ("tone", "overall")}
    tone = report(project, "agreement")["fields"]["tone"]
    for name in ("alpha", "ac1", "percent"):
        assert {key: overall[name][key] for key in ("value", "low", "high")}.items() <= tone[name].items()


def test_the_heat_map_is_the_same_each_time_and_says_what_the_table_says(project, measure, written, rows):
    measure(project, schema, agreement)
    plots = {path: data for path, data in written(project).items() if "/plots/" in path}
    assert set(plots) == {PAIRS}
    measure(project, agreement)
    assert {path: data for path, data in written(project).items() if "/plots/" in path} == plots
    (kappa,) = (
        row for row in rows(project, "agreement") if (row["breakdown"], row["coefficient"]) == ("pair", "kappa")
    )
    assert f"kappa {kappa['value']:.3f}, percent 0.750, 4 shared units" in plots[PAIRS].decode()
