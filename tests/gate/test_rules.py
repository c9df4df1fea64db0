import pytest
from msgspec.structs import replace

from assay.core.agreement_result import Coefficient
from assay.core.evidence import Lost, Share, Support
from assay.core.gate_rules import GATE_RULES
from assay.core.verdict import At, Outcome
from assay.errors import ConfigError
from assay.gate.rules import KINDS, judge_rule
from gated import alpha, evidence, rule


def test_the_gate_judges_every_rule_that_a_checks_file_may_state():
    assert {name: (kind.parameters, kind.page) for name, kind in KINDS.items()} == {
        name: (rule.parameters, rule.page) for name, rule in GATE_RULES.items()
    }


def judge(spec, measured):
    return KINDS[spec.kind].judge(spec, measured)


def agreement(**changed):
    return rule(
        "agreement", "intent", **{"coefficient": "alpha", "at_least": 0.667, "test": "low", "min_units": 50} | changed
    )


def test_an_agreement_rule_says_what_was_measured_and_what_was_asked():
    result = judge(agreement(), evidence())
    assert result.message == (
        "alpha of intent is 0.83 (95% interval 0.75 to 0.90) on 72 units; the lower end must be at least 0.667"
    )
    assert (result.id, result.value, result.low, result.high, result.threshold) == (
        "triage/agreement/intent",
        0.83,
        0.75,
        0.9,
        0.667,
    )


@pytest.mark.parametrize(
    ("test", "coefficient", "units", "outcome"),
    [
        ("low", alpha(0.83, 0.667, 0.9), 50, Outcome.PASS),
        ("low", alpha(0.83, 0.66699999, 0.9), 50, Outcome.INSUFFICIENT),
        ("low", alpha(0.5, 0.4, 0.66699999), 50, Outcome.FAIL),
        ("low", alpha(0.5, 0.4, 0.667), 50, Outcome.INSUFFICIENT),
        ("value", alpha(0.667, 0.5, 0.8), 50, Outcome.PASS),
        ("value", alpha(0.66699999, 0.5, 0.8), 50, Outcome.FAIL),
        ("value", alpha(0.7, None, None), 50, Outcome.PASS),
        ("low", alpha(0.7, None, None), 50, Outcome.INSUFFICIENT),
        ("low", alpha(0.9, 0.8, 1.0), 49, Outcome.INSUFFICIENT),
        ("value", alpha(0.1, 0.0, 0.2), 49, Outcome.INSUFFICIENT),
        ("low", alpha(None, None, None, "no-variation"), 72, Outcome.INSUFFICIENT),
        ("value", alpha(float("nan"), None, None), 72, Outcome.FAIL),
    ],
)
def test_agreement_is_judged_exactly_at_its_bound(test, coefficient, units, outcome):
    assert judge(agreement(test=test), evidence(intent=coefficient, units=units)).outcome is outcome


def test_an_undefined_coefficient_says_its_reason_in_words():
    undefined = Coefficient(value=None, reason="no-variation")
    message = judge(agreement(), evidence(intent=undefined)).message
    assert message.startswith("alpha of intent is undefined on 72 units: all values are the same;")


def test_a_number_just_below_its_bound_never_reads_as_if_it_reached_it():
    message = judge(agreement(), evidence(intent=alpha(0.83, 0.66699, 0.9))).message
    assert "0.66699 to 0.90" in message


def test_an_agreement_rule_on_an_unknown_field_names_its_place_and_the_fields():
    spec = rule("agreement", "intend", coefficient="alpha", at_least=0.5, test="low", min_units=1)
    with pytest.raises(ConfigError, match=r"checks/triage.yaml:4 .* 'intend'") as caught:
        judge(spec, evidence())
    assert "intent" in caught.value.fix


@pytest.mark.parametrize(
    ("parameters", "measured", "outcome"),
    [
        ({"errors_at_most": 0}, evidence(), Outcome.PASS),
        ({"errors_at_most": 0}, evidence(errors=1), Outcome.FAIL),
        ({"errors_at_most": 1}, evidence(errors=1), Outcome.PASS),
        ({}, evidence(errors=1), Outcome.FAIL),
        ({}, evidence(warnings=9), Outcome.PASS),
        ({"warnings_at_most": 8}, evidence(warnings=9), Outcome.FAIL),
        ({"warnings_at_most": 9}, evidence(warnings=9, errors=1), Outcome.FAIL),
        ({"warnings_at_most": 9}, evidence(warnings=9), Outcome.PASS),
        ({"errors_at_most": 1}, evidence(errors=2), Outcome.FAIL),
        ({"errors_at_most": 5}, evidence(records=0), Outcome.INSUFFICIENT),
    ],
)
def test_the_schema_rule_counts_findings_and_never_passes_on_nothing(parameters, measured, outcome):
    assert judge(rule("schema", **parameters), measured).outcome is outcome


@pytest.mark.parametrize(
    ("coverage", "outcome"),
    [((19, 20), Outcome.PASS), ((18, 20), Outcome.FAIL), ((0, 20), Outcome.FAIL), ((0, 0), Outcome.INSUFFICIENT)],
)
def test_coverage_is_the_share_of_assignments_and_unknown_without_any(coverage, outcome):
    assert judge(rule("coverage", of_assigned=0.95), evidence(coverage=coverage)).outcome is outcome


TIED = replace(
    evidence().quality.unresolved, items=40, unresolved=3, value=0.075, reasons={"tie": 2, "apart": 1, "odd": 1}
)


@pytest.mark.parametrize(
    ("kind", "parameters", "measured", "said", "value", "threshold"),
    [
        ("schema", {"errors_at_most": 1}, {"errors": 2, "warnings": 3},
         "triage has 20 records with 2 errors; at most 1 error are allowed", 2, 1),
        ("schema", {"errors_at_most": 4, "warnings_at_most": 1}, {"records": 1, "errors": 1, "warnings": 3},
         "triage has 1 record with 1 error and 3 warnings; at most 4 errors and 1 warning are allowed", 1, 4),
        ("schema", {}, {"records": 0},
         "triage has 0 records with 0 errors: nothing to judge yet; at most 0 errors are allowed", 0, 0),
        ("coverage", {"of_assigned": 0.95}, {"coverage": (1800, 2000)},
         "1,800 of 2,000 assigned answers are given (0.90); the share must be at least 0.95", 0.9, 0.95),
        ("coverage", {"of_assigned": 0.95}, {"coverage": (0, 0)},
         ("nothing was assigned in a closed batch; the share of answers must be at least 0.95, "
         "so assign items or leave the rule out of checks/triage.yaml"), None, 0.95),
        ("gold", {"accuracy_at_least": 0.8, "min_items": 13}, {"gold": (12, 0.9)},
         ("accuracy against gold is 0.90 (95% interval 0.80 to 1.00) on 12 items; "
         "the lower end must be at least 0.8, and 13 items are needed to decide"), 0.9, 0.8),
        ("gold", {"accuracy_at_least": 0.8, "min_items": 1, "test": "value"}, {"gold": (1, 0.6)},
         "accuracy against gold is 0.60 (95% interval 0.50 to 0.70) on 1 item; it must be at least 0.8", 0.6, 0.8),
        ("gold", {"accuracy_at_least": 0.8, "min_items": 1, "credit": True}, {"gold": (12, 0.9)},
         "credit against gold is unknown on 12 items: no vote meets a gold answer; the lower end must be at least 0.8",
         None, 0.8),
        ("unresolved", {"at_most": 0.1}, {"unresolved": (0, 1)},
         "0 of 1 item are unresolved (0.00); the share must be at most 0.1", 0, 0.1),
        ("unresolved", {"at_most": 0.1}, {"unresolved": (0, 0)},
         "no item was assigned or decided yet; the share of unresolved items must be at most 0.1", None, 0.1),
        ("support", {"votes_at_least": 2, "share_at_least": 0.5}, {"support": (1, 3)},
         ("1 of 3 rows that votes decide have at least 2 votes (0.33); "
         "the share with at least 2 votes must be at least 0.5; "
         "of all 6 rows 2 have 1 vote and 3 none"), 1 / 3, 0.5),
        ("support", {"votes_at_least": 1, "share_at_least": 0.5}, {"support": (0, 0)},
         ("votes decide none of 3 rows; the share with at least 1 vote must be at least 0.5; "
         "of all 3 rows 0 have 1 vote and 3 none"), None, 0.5),
    ],
)  # fmt: skip
def test_the_message_says_what_was_found_and_what_is_asked(kind, parameters, measured, said, value, threshold):
    result = judge(rule(kind, **parameters), evidence(**measured))
    assert (result.message, result.value, result.threshold) == (said, value, threshold)
    assert (result.id, result.task, result.at) == (f"triage/{kind}", "triage", At.RELEASE)


def test_what_is_unresolved_is_told_by_why():
    known = replace(evidence(), quality=replace(evidence().quality, unresolved=TIED))
    assert judge(rule("unresolved", at_most=0.1), known).message == (
        "3 of 40 items are unresolved (0.07): 2 tie, 1 have votes too far apart, 1 odd; the share must be at most 0.1"
    )


@pytest.mark.parametrize(
    ("gold", "outcome"),
    [
        ((10, 0.8), Outcome.PASS),
        ((10, 0.79999), Outcome.FAIL),
        ((9, 1.0), Outcome.INSUFFICIENT),
        ((12, None), Outcome.INSUFFICIENT),
        ((0, None), Outcome.INSUFFICIENT),
    ],
)
def test_gold_needs_enough_items_and_enough_accuracy(gold, outcome):
    spec = rule("gold", accuracy_at_least=0.8, min_items=10, test="value")
    assert judge(spec, evidence(gold=gold)).outcome is outcome


@pytest.mark.parametrize(
    ("accuracy", "low", "high", "outcome", "said"),
    [
        (
            0.91,
            0.81,
            0.97,
            Outcome.PASS,
            "0.91 (95% interval 0.81 to 0.97) on 12 items; the lower end must be at least 0.8",
        ),
        (0.9, 0.6, 0.99, Outcome.INSUFFICIENT, "the interval includes the bound: about 110 items"),
        (0.801, 0.6, 0.9, Outcome.INSUFFICIENT, "includes the bound: too close to the bound for more items to decide"),
        (0.5, 0.4, 0.79, Outcome.FAIL, "the lower end must be at least 0.8"),
        (0.5, 0.2, 0.8, Outcome.INSUFFICIENT, "and the interval includes the bound"),
        (1.0, None, None, Outcome.INSUFFICIENT, "and there is no interval"),
    ],
)
def test_gold_passes_where_the_interval_lies_above_the_bound_and_fails_where_below(accuracy, low, high, outcome, said):
    measured = evidence(gold=(12, accuracy))
    credit = Share(hits=9, of=10, value=accuracy, low=low, high=high)
    for ends, parameters in (({"low": low, "high": high}, {}), ({"credit": credit}, {"credit": True})):
        gold = replace(measured.quality.gold, **ends)
        known = replace(measured, quality=replace(measured.quality, gold=gold))
        result = judge(rule("gold", accuracy_at_least=0.8, min_items=10, **parameters), known)
        assert result.outcome is outcome
        assert said in result.message
        assert result.message.startswith("credit" if parameters else "accuracy")
        assert (result.value, result.low, result.high) == (accuracy, low, high)


def test_gold_by_its_value_needs_no_interval():
    measured = evidence(gold=(12, 0.8))
    bare = replace(
        measured, quality=replace(measured.quality, gold=replace(measured.quality.gold, low=None, high=None))
    )
    result = judge(rule("gold", accuracy_at_least=0.8, min_items=12, test="value"), bare)
    assert result.message == "accuracy against gold is 0.80 on 12 items; it must be at least 0.8"
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("spread", "said", "fix"),
    [
        ({"intend": 2}, "checks/triage.yaml:4 triage/unresolved: task triage has no field 'intend'",
         "did you mean 'intent'? fields of triage: intent"),
        ({"intent": 2}, "checks/triage.yaml:4 triage/unresolved: intent has no numbers (its scale is nominal)",
         "`spread` is for interval and ratio fields; omit it for other scales"),
    ],
)  # fmt: skip
def test_a_spread_is_of_a_field_with_numbers(spread, said, fix):
    with pytest.raises(ConfigError) as caught:
        judge(rule("unresolved", at_most=0.1, spread=spread), evidence())
    assert (caught.value.message, caught.value.fix) == (said, fix)


def test_nothing_passes_where_nothing_could_be_measured():
    result = judge_rule(rule("schema", errors_at_most=9), replace(evidence(), unusable="schemas/triage.yaml:3 no"))
    assert (result.outcome, result.value) == (Outcome.FAIL, None)
    assert result.message == "nothing of triage could be measured: schemas/triage.yaml:3 no"


@pytest.mark.parametrize(
    ("unresolved", "outcome"),
    [((2, 100), Outcome.PASS), ((3, 100), Outcome.FAIL), ((0, 0), Outcome.INSUFFICIENT)],
)
def test_unresolved_is_a_share_of_the_items(unresolved, outcome):
    assert judge(rule("unresolved", at_most=0.02), evidence(unresolved=unresolved)).outcome is outcome


@pytest.mark.parametrize(
    ("support", "outcome", "said"),
    [
        ((19, 20), Outcome.PASS, "19 of 20 rows that votes decide have at least 2 votes (0.95)"),
        ((18, 20), Outcome.FAIL, "of all 23 rows 2 have 1 vote and 3 none"),
        ((20, 20), Outcome.PASS, "20 of 20 rows"),
        ((0, 0), Outcome.PASS, "votes decide none of 3 rows"),
    ],
)
def test_support_is_of_the_rows_that_votes_decide(support, outcome, said):
    result = judge(rule("support", votes_at_least=2, share_at_least=0.95), evidence(support=support))
    assert (result.outcome, result.threshold) == (outcome, 0.95)
    assert said in result.message


def test_support_says_what_was_lost():
    lost = Lost(items=4, votes=5, silent=5, outdated=0, batches={"r2": 5})
    for support in ((20, 20), (0, 0)):
        measured = evidence(support=support)
        known = replace(measured, quality=replace(measured.quality, lost=lost))
        result = judge(rule("support", votes_at_least=2, share_at_least=0.95), known)
        assert result.message.endswith(" none; 4 items lost a vote to a later batch")
    none = replace(measured, quality=replace(measured.quality, lost=replace(lost, items=0)))
    assert judge(rule("support", votes_at_least=2, share_at_least=0.95), none).message.endswith(" none")


@pytest.mark.parametrize("support", [None, Support(rows=0, votes={}, voted={}, open=[])])
def test_support_of_nothing_is_no_pass(support):
    measured = evidence()
    unknown = replace(measured, quality=replace(measured.quality, support=support))
    result = judge(rule("support", votes_at_least=2, share_at_least=0.95), unknown)
    assert result.outcome is Outcome.INSUFFICIENT


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_a_sentence_with_numbers(kind):
    parameters = {
        "schema": {"errors_at_most": 0, "warnings_at_most": 1},
        "agreement": {"coefficient": "ac1", "at_least": 0.5, "test": "value", "min_units": 1},
        "coverage": {"of_assigned": 0.95},
        "gold": {"accuracy_at_least": 0.8, "min_items": 10},
        "unresolved": {"at_most": 0.02},
        "support": {"votes_at_least": 2, "share_at_least": 0.95},
        "guideline": {"warnings_at_most": 0},
        "examples": {"errors_at_most": 0},
        "outdated": {"at_most": 0.0},
        "approved": {"way": "forge"},
    }[kind]
    for measured in (
        evidence(),
        evidence(records=0, units=0, gold=(0, None), coverage=(0, 0), unresolved=(0, 0), support=(0, 0)),
    ):
        message = judge(rule(kind, "intent" if kind == "agreement" else "", **parameters), measured).message
        assert any(character.isdigit() for character in message)
        assert "None" not in message
        assert "nan" not in message
