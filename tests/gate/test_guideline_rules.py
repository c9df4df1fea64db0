"""The rules `guideline` and `examples`."""

import pytest
from msgspec.structs import replace

from assay.core.evidence import ExamplesReport, GuidelineReport
from assay.core.verdict import At, Outcome
from assay.gate.rules import KINDS
from assay.project.config import find_project
from assay.project.policy import load_policy
from gated import evidence, rule
from guideline_pages import FILES
from projects import write_files


def judge(kind, parameters, **reports):
    measured = evidence()
    return KINDS[kind].judge(rule(kind, **parameters), replace(measured, quality=replace(measured.quality, **reports)))


@pytest.mark.parametrize(
    ("parameters", "errors", "warnings", "outcome"),
    [
        ({}, 0, 0, Outcome.PASS),
        ({}, 0, 99, Outcome.PASS),
        ({}, 1, 0, Outcome.FAIL),
        ({"warnings_at_most": 2}, 0, 2, Outcome.PASS),
        ({"warnings_at_most": 2}, 0, 3, Outcome.FAIL),
        ({"warnings_at_most": 2}, 1, 0, Outcome.FAIL),
    ],
)
def test_a_guideline_passes_without_an_error(parameters, errors, warnings, outcome):
    report = GuidelineReport(errors=errors, warnings=warnings, findings={})
    result = judge("guideline", parameters, guideline=report)
    assert (result.outcome, result.value, result.threshold) == (outcome, errors, 0)
    assert f"{errors} error" in result.message


@pytest.mark.parametrize(
    ("parameters", "run", "errors", "outcome"),
    [
        ({}, 3, 0, Outcome.PASS),
        ({}, 3, 1, Outcome.FAIL),
        ({"errors_at_most": 1}, 3, 1, Outcome.PASS),
        ({"errors_at_most": 1}, 3, 2, Outcome.FAIL),
        ({}, 0, 0, Outcome.INSUFFICIENT),
        ({}, 0, 1, Outcome.INSUFFICIENT),
    ],
)
def test_examples_pass_when_they_ran_and_are_right(parameters, run, errors, outcome):
    report = ExamplesReport(run=run, wrong=min(run, errors), errors=errors)
    assert judge("examples", parameters, examples=report).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "parameters", "report", "said", "value", "threshold"),
    [
        ("guideline", {}, GuidelineReport(errors=0, warnings=4, findings={}),
         "the guideline of triage has 0 errors; none is allowed", 0, 0),
        ("guideline", {"warnings_at_most": 1}, GuidelineReport(errors=2, warnings=4, findings={}),
         "the guideline of triage has 2 errors and 4 warnings; no error and at most 1 warning are allowed", 2, 0),
        ("examples", {"errors_at_most": 3}, ExamplesReport(run=9, wrong=2, errors=4),
         "9 examples ran, 2 of them wrong, with 4 errors in all; at most 3 errors are allowed", 4, 3),
        ("examples", {"errors_at_most": 1}, ExamplesReport(run=0, wrong=0, errors=0),
         "0 examples of the guideline of triage were run: nothing to judge yet; at most 1 error are allowed", None, 1),
    ],
)  # fmt: skip
def test_the_message_counts_what_was_found_and_says_how_much_is_allowed(
    kind, parameters, report, said, value, threshold
):
    result = judge(kind, parameters, **{kind: report})
    assert (result.message, result.value, result.threshold) == (said, value, threshold)


@pytest.mark.parametrize("kind", ["guideline", "examples"])
def test_a_report_that_says_nothing_of_it_is_no_pass(kind):
    assert judge(kind, {}).outcome is Outcome.INSUFFICIENT


def test_both_rules_hold_at_merge_unless_something_else_is_said(tmp_path):
    write_files(tmp_path, FILES)
    rules = {spec.kind: spec.at for spec in load_policy(find_project(tmp_path), "mood").rules}
    assert rules == {"schema": At.MERGE, "guideline": At.MERGE, "examples": At.MERGE}
    write_files(
        tmp_path, {"checks/mood.yaml": FILES["checks/mood.yaml"].replace("examples: {}", "examples: {at: release}")}
    )
    assert {spec.kind: spec.at for spec in load_policy(find_project(tmp_path), "mood").rules}["examples"] is At.RELEASE
