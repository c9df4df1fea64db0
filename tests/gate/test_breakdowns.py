"""The slices that rules ask for, out of the table of a project on disk."""

import pytest

from assay.core.agreement_result import BreakdownRow
from assay.core.verdict import Outcome
from assay.errors import UsageError
from assay.files.parquet import write_parquet
from assay.gate.enforce import judge_all
from assay.gate.evidence import load_alphas, load_slices
from assay.project.policy import load_policy
from gated import RULES, coded, evidence, measured_project, write_slices

TABLE = [
    ("intent", "overall", "", "alpha", 0.8, 0.7, 0.9, 72),
    ("intent", "batch", "b1", "alpha", 0.7, 0.6, 0.8, 60),
    ("intent", "batch", "b1", "ac1", 0.7, 0.6, 0.8, 60),
    ("intent", "batch", "b1", "percent", 0.9, None, None, 60),
    ("intent", "batch", "b2", "alpha", None, None, None, 12),
    ("intent", "value", "b1", "percent", 0.1, None, None, 60),
    ("urgency", "batch", "b1", "percent", 0.1, None, None, 60),
]


def sliced(root, rules, table=TABLE):
    project = measured_project(root, **{"checks/triage.yaml": rules})
    names = BreakdownRow.__struct_fields__
    write_slices(root, [BreakdownRow(**dict(zip(names, row, strict=False))) for row in table])
    return project


def test_a_rule_gets_the_rows_of_its_breakdown_and_coefficient_and_those_of_alpha(tmp_path):
    project = sliced(
        tmp_path, RULES.replace("  coverage", "    intent by batch: {at_least: 0.6, coefficient: percent}\n  coverage")
    )
    whole, subject = found = load_slices(project, load_policy(project, "triage"), evidence().agreement)
    assert (whole, subject) == ("intent", "intent by batch")
    assert [(row.breakdown, row.coefficient, row.value) for row in found[whole].rows] == [("overall", "alpha", 0.8)]
    assert found[subject].coefficients == ("alpha", "ac1", "percent")
    assert [(row.key, row.coefficient, row.value, row.units) for row in found[subject].rows] == [
        ("b1", "alpha", 0.7, 60),
        ("b1", "percent", 0.9, 60),
        ("b2", "alpha", None, 12),
    ]


def test_without_a_rule_on_slices_the_table_may_be_absent_and_is_read_where_it_is_there(tmp_path):
    project = measured_project(tmp_path / "bare")
    assert load_slices(project, load_policy(project, "triage"), evidence().agreement) == {}
    project = sliced(tmp_path / "measured", RULES)
    (found,) = load_slices(project, load_policy(project, "triage"), evidence().agreement).values()
    assert [(row.breakdown, row.value, row.units) for row in found.rows] == [("overall", 0.8, 72)]


def test_alphas_are_those_of_whole_fields_and_of_their_values(tmp_path):
    more = [
        ("intent", "value", "b1", "alpha", 0.3, None, None, 60),
        ("urgency", "overall", "", "alpha", 0.2, None, None, 9),
    ]
    project = sliced(tmp_path, RULES, [*TABLE, *more])
    assert [
        (row.field, row.breakdown, row.key, row.coefficient, row.value) for row in load_alphas(project, "triage")
    ] == [
        ("intent", "overall", "", "alpha", 0.8),
        ("intent", "value", "b1", "alpha", 0.3),
        ("urgency", "overall", "", "alpha", 0.2),
    ]


def test_a_rule_on_slices_without_the_table_asks_for_it(tmp_path):
    project = measured_project(tmp_path, **{"checks/triage.yaml": RULES.replace("    intent:", "    intent by batch:")})
    with pytest.raises(UsageError, match=r"agreement.parquet does not exist yet") as caught:
        load_slices(project, load_policy(project, "triage"), evidence().agreement)
    assert "dvc repro" in caught.value.fix


def test_a_table_of_another_shape_is_refused(tmp_path):
    project = sliced(tmp_path, RULES.replace("    intent:", "    intent by batch:"))
    write_parquet(tmp_path / "build/triage/agreement.parquet", {"field": coded(["intent"])})
    with pytest.raises(UsageError, match="was not written by this assay"):
        load_slices(project, load_policy(project, "triage"), evidence().agreement)


def test_the_verdict_judges_the_table_and_rests_on_it(tmp_path):
    rules = RULES.replace(
        "  coverage",
        "    intent by batch: {at_least: 0.6, test: value}\n    intent/b1: {at_least: 0.05, test: value, coefficient: percent}\n  coverage",
    )
    project = sliced(tmp_path, rules)
    verdict = judge_all(project, ())
    outcomes = {rule.id: (rule.outcome, rule.value) for rule in verdict.rules}
    assert outcomes["triage/agreement/intent by batch"] == (Outcome.INSUFFICIENT, 0.7)
    assert outcomes["triage/agreement/intent/b1"] == (Outcome.PASS, 0.1)
    assert "build/triage/agreement.parquet" in verdict.inputs
    changed = [(*row[:4], 0.5, *row[5:]) if row[:4] == ("intent", "batch", "b1", "alpha") else row for row in TABLE]
    again = judge_all(sliced(tmp_path, rules, changed), ())
    assert {rule.id: rule.outcome for rule in again.rules}["triage/agreement/intent by batch"] is Outcome.FAIL
    assert again.inputs["build/triage/agreement.parquet"] != verdict.inputs["build/triage/agreement.parquet"]
