"""The stage `policy`: the part of a task's checks that values depend on, and the plot of alpha with its bounds."""

import csv
import json

import pytest

from assay.errors import ConfigError, UsageError
from assay.gate.target import key_among
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.gate_stages import policy
from assay.pipeline.schema_stage import schema

RULES = "  agreement: {tone: {at_least: 0.5, min_units: 4, test: value}}\n"


@pytest.fixture
def asked(project, measure):
    """What the stage writes where the agreement rules of the task are these: the policy's part, and the bounds of the plot."""
    measure(project, schema, agreement)
    checks = project.root / "checks/mood.yaml"
    drafted = checks.read_text()

    def _asked(rules=RULES, heading="consensus: {method: majority}\n"):
        assert RULES in drafted
        checks.write_text(drafted.replace(RULES, rules).replace("consensus: {method: majority}\n", heading))
        policy(project, "mood")
        with (project.root / "reports/mood/plots/agreement_values.csv").open(newline="") as file:
            bounds = {row["part"]: (row["bound"], row["bound_of"]) for row in csv.DictReader(file)}
        return json.loads((project.root / "build/mood/policy.json").read_bytes()), bounds

    return _asked


def test_a_bound_is_drawn_and_changes_nothing_that_values_depend_on(asked):
    kept, bounds = asked()
    assert kept == {"format": 1, "consensus": "majority", "spread": {}, "near": 0.9}
    assert bounds == dict.fromkeys(("tone", "tone: bad", "tone: good"), ("0.5", "field"))
    assert asked(RULES.replace("0.5", "0.75")) == (kept, dict.fromkeys(bounds, ("0.75", "field")))


@pytest.mark.parametrize(
    ("rules", "drawn"),
    [
        (
            "  agreement: {tone: {at_least: 0.5}, tone/bad: {at_least: 0.25}}\n",
            [("0.5", "field"), ("0.25", "value"), ("0.5", "field")],
        ),
        ("  agreement: {tone by value: {at_least: 0.25}}\n", [("", ""), ("0.25", "value"), ("0.25", "value")]),
        ("  agreement: {tone by batch: {at_least: 0.25}}\n", [("", "")] * 3),
        ("  agreement: {tone by value: {gap_at_most: 0.25}}\n", [("", "")] * 3),
        ("  agreement: {tone: {at_least: 0.5, coefficient: ac1}}\n", [("", "")] * 3),
        ("  agreement: {nothing: {at_least: 0.5}}\n", [("", "")] * 3),
        ("", [("", "")] * 3),
    ],
)
def test_what_is_drawn_is_a_bound_on_alpha_of_the_field_or_the_value(asked, rules, drawn):
    _, bounds = asked(rules)
    assert [bounds[part] for part in ("tone", "tone: bad", "tone: good")] == drawn


def test_a_bound_on_a_member_of_a_set_is_written_as_people_write_it():
    assert key_among("x", {'"x"', '"y"'}) == '"x"'
    assert key_among('"x"', {'"x"', '"y"'}) == '"x"'
    assert key_among("x", {"x", '"x"'}) == "x"
    assert key_among("z", {'"x"'}) == "z"


def test_a_policy_without_a_consensus_is_one_of_majority(asked):
    written = asked()
    assert asked(heading="") == written


def test_how_far_apart_votes_may_be_is_kept(asked):
    kept, _ = asked(f"{RULES}  unresolved: {{at_most: 0.1, spread: {{minutes: 15}}}}\n")
    assert kept["spread"] == {"minutes": 15}


def test_a_broken_policy_is_said_and_nothing_is_written(project, measure):
    measure(project, schema, agreement)
    (project.root / "checks/mood.yaml").write_text("consensus: {method: majorty}\nrules: {}\n")
    with pytest.raises(ConfigError, match=r"checks/mood\.yaml:1 "):
        policy(project, "mood")
    assert not (project.root / "build/mood/policy.json").exists()


def test_before_agreement_it_says_what_to_run(project, measure):
    measure(project, schema)
    with pytest.raises(UsageError, match=r"agreement\.parquet does not exist yet"):
        policy(project, "mood")
