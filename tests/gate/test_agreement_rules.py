"""Agreement rules on any coefficient, on one value, and on slices: by rows whose answers a hand computes."""

import pytest
from msgspec.structs import replace

from assay.core.agreement_result import BreakdownRow, Coefficient, Undefined
from assay.core.verdict import Outcome
from assay.errors import ConfigError
from assay.gate.rules import KINDS
from assay.gate.target import SliceRows
from gated import alpha, ends, evidence, rule

DEFAULTS = {"coefficient": "alpha", "test": "low", "min_units": 50}
SURE = (0.8, 0.75, 0.85, 100)
WIDE = (0.7, 0.5, 0.9, 100)
BAD = (0.4, 0.3, 0.5, 100)
BARE = (0.9, None, None, 100)
THIN = (0.1, 0.0, 0.2, 49)
VOID = (None, None, None, 100)
FLAT = (1.0, 1.0, 1.0, 100)


def row(key, figures, coefficient="alpha", breakdown="meta.lang"):
    value, low, high, units = figures
    return BreakdownRow(
        field="intent",
        breakdown=breakdown,
        key=key,
        coefficient=coefficient,
        value=value,
        low=low,
        high=high,
        units=units,
        **ends(value, low, high, units),
    )


def judge(subject, slices=(), measured=None, **parameters):
    """A rule's result on slices, in the order given named a, b, c …; or on rows."""
    rows = tuple(one if isinstance(one, BreakdownRow) else row(chr(97 + at), one) for at, one in enumerate(slices))
    found = SliceRows(coefficients=tuple(dict.fromkeys(one.coefficient for one in rows)), rows=rows)
    told = replace(measured or evidence(), slices={subject: found})
    return KINDS["agreement"].judge(rule("agreement", subject, **DEFAULTS | parameters), told)


@pytest.mark.parametrize(
    ("test", "slices", "outcome"),
    [
        ("low", [SURE, SURE], Outcome.PASS),
        ("low", [SURE], Outcome.PASS),
        ("low", [(0.8, 0.75, 0.85, 50)], Outcome.PASS),
        ("value", [(0.8, None, None, 50)], Outcome.PASS),
        ("low", [SURE, (0.7, 0.65, 0.75, 100)], Outcome.INSUFFICIENT),
        ("low", [SURE, WIDE], Outcome.INSUFFICIENT),
        ("low", [SURE, BAD], Outcome.FAIL),
        ("low", [WIDE, BAD], Outcome.FAIL),
        ("low", [SURE, (0.6, 0.5, 0.8, 100)], Outcome.INSUFFICIENT),
        ("low", [SURE, BARE], Outcome.INSUFFICIENT),
        ("low", [BARE, BAD], Outcome.FAIL),
        ("low", [THIN, SURE], Outcome.INSUFFICIENT),
        ("low", [VOID, SURE], Outcome.INSUFFICIENT),
        ("low", [THIN, VOID, BAD], Outcome.FAIL),
        ("low", [THIN], Outcome.INSUFFICIENT),
        ("low", [VOID], Outcome.INSUFFICIENT),
        ("low", [(float("nan"), None, None, 100)], Outcome.INSUFFICIENT),
        ("low", [], Outcome.INSUFFICIENT),
        ("value", [SURE, WIDE, BARE], Outcome.PASS),
        ("value", [SURE, (0.66699999, 0.5, 0.8, 100)], Outcome.FAIL),
        ("value", [THIN], Outcome.INSUFFICIENT),
        ("value", [VOID], Outcome.INSUFFICIENT),
        ("value", [], Outcome.INSUFFICIENT),
    ],
)
def test_every_slice_must_reach_the_bound(test, slices, outcome):
    assert judge("intent by meta.lang", slices, at_least=0.667, test=test).outcome is outcome


def test_the_worst_slice_is_named_with_its_numbers_and_what_was_left_out_is_counted():
    result = judge("intent by meta.lang", [SURE, WIDE, BAD, THIN, THIN, VOID], at_least=0.667)
    assert result.message == (
        "alpha of intent by meta.lang: 'c' 0.40 (95% interval 0.30 to 0.50) on 100 units is the worst of 3 slices; "
        "the lower end must be at least 0.667 in every slice; "
        "1 slice is significantly (Benjamini-Hochberg, 5%) below it; "
        "2 slices are too small to judge (fewer than 50 units): 'd', 'e'; "
        "1 slice is undefined, or with one value only: 'f'"
    )
    assert (result.id, result.value, result.low, result.high, result.threshold) == (
        "triage/agreement/intent by meta.lang",
        0.4,
        0.3,
        0.5,
        0.667,
    )


def test_what_does_not_carry_the_claim_is_named_and_what_has_no_interval_is_said():
    result = judge("intent by batch", [SURE, WIDE, BARE], at_least=0.667)
    assert "'b' 0.70 (95% interval 0.50 to 0.90) on 100 units is the worst of 3 slices" in result.message
    assert result.message.endswith(
        "2 slices are undecided, as the interval includes it: "
        "'b' 0.70 (95% interval 0.50 to 0.90), 'c' 0.90 (no interval); about 2,600 units like these in 'b' would decide"
    )


def test_a_slice_a_little_below_among_many_is_no_failure_where_it_would_be_one_alone():
    low = (0.58, 0.48, 0.68, 100)
    assert judge("intent by batch", [low], at_least=0.667).outcome is Outcome.FAIL
    assert judge("intent by batch", [low, *[SURE] * 19], at_least=0.667).outcome is Outcome.INSUFFICIENT


@pytest.mark.parametrize(
    ("test", "slices", "outcome"),
    [
        ("low", [(0.80, 0.79, 0.81, 900), (0.82, 0.81, 0.83, 900)], Outcome.PASS),
        ("low", [SURE, WIDE], Outcome.INSUFFICIENT),
        ("low", [SURE, SURE], Outcome.PASS),
        ("low", [(0.8, 0.7, 0.9, 100)] * 2, Outcome.INSUFFICIENT),
        ("low", [SURE, BAD], Outcome.FAIL),
        ("low", [SURE, BAD, BARE], Outcome.FAIL),
        ("low", [(0.80, 0.79, 0.81, 900), (0.82, 0.81, 0.83, 900), BARE], Outcome.INSUFFICIENT),
        ("low", [BARE, BARE], Outcome.INSUFFICIENT),
        ("low", [SURE, THIN], Outcome.INSUFFICIENT),
        ("low", [SURE, VOID], Outcome.INSUFFICIENT),
        ("low", [], Outcome.INSUFFICIENT),
        ("value", [(0.8, None, None, 100), (0.7, None, None, 100)], Outcome.PASS),
        ("value", [(0.8, None, None, 100), (0.69999, None, None, 100)], Outcome.FAIL),
        ("value", [(0.8, None, None, 100)] * 3, Outcome.PASS),
        ("value", [SURE], Outcome.INSUFFICIENT),
        ("value", [SURE, THIN], Outcome.INSUFFICIENT),
    ],
)
def test_no_two_slices_may_be_further_apart_than_the_bound(test, slices, outcome):
    assert judge("intent by meta.lang", slices, gap_at_most=0.1, test=test).outcome is outcome


def test_the_gap_is_told_with_both_its_slices_and_its_interval():
    result = judge("intent by meta.lang", [WIDE, BAD, SURE], gap_at_most=0.1)
    assert result.message == (
        "alpha of intent by meta.lang: 'c' 0.80 (95% interval 0.75 to 0.85) and 'b' 0.40 (95% interval 0.30 to 0.50) "
        "are 0.40 (95% interval 0.29 to 0.51) apart, of 3 slices; "
        "the upper end must be at most 0.1 between any two slices; "
        "1 pair is significantly (Benjamini-Hochberg, 5%) further apart"
    )
    assert (result.value, result.threshold) == (0.4, 0.1)
    assert result.low == pytest.approx(0.4 - (0.05**2 + 0.1**2) ** 0.5)
    assert result.high == pytest.approx(0.4 + (0.05**2 + 0.1**2) ** 0.5)


@pytest.mark.parametrize(
    ("figures", "least", "test", "outcome"),
    [
        ((1.0, 0.83, 1.0, 80), 1, "low", Outcome.INSUFFICIENT),
        ((1.0, 0.83, 1.0, 80), 1, "value", Outcome.PASS),
        ((1.0, 1.0, 1.0, 80), 1, "low", Outcome.PASS),
        ((0.5, 0.5, 0.5, 80), 0.5, "low", Outcome.PASS),
        ((0.5, 0.4, 0.5, 80), 0.5, "low", Outcome.INSUFFICIENT),
        ((0.49999, 0.4, 0.49999, 80), 0.5, "low", Outcome.FAIL),
        ((0.999, 0.83, 0.9999, 80), 1, "low", Outcome.FAIL),
    ],
)
def test_a_slice_that_is_at_the_bound_is_never_below_it(figures, least, test, outcome):
    assert judge("intent by batch", [figures], at_least=least, test=test).outcome is outcome


@pytest.mark.parametrize(
    ("slices", "least", "worst"),
    [
        ([(0.85, 0.8, 0.9, 100), (0.9, 0.7, 0.95, 100)], 0.667, "'b' 0.90"),
        ([(0.68, 0.6, 0.75, 100), (0.7, 0.5, 0.9, 100)], 0.667, "'b' 0.70"),
        ([(0.4, 0.39, 0.41, 100), (0.45, 0.3, 0.5, 100)], 0.667, "'a' 0.40"),
        ([(0.9, 0.8, 0.95, 100), (0.85, 0.8, 0.95, 100)], 0.667, "'b' 0.85"),
    ],
)
def test_the_worst_slice_is_that_of_the_lowest_end_and_of_those_below_that_of_the_lowest_value(slices, least, worst):
    message = judge("intent by batch", slices, at_least=least).message
    assert message.startswith(f"alpha of intent by batch: {worst} ")
    assert " is the worst of 2 slices; " in message


def test_what_has_no_interval_is_decided_by_no_number_of_units():
    one, other, sure = BARE, (0.7, None, None, 100), (0.5, 0.4, 0.6, 100)
    for slices, bounds in (
        ([one, other], {"at_least": 0.667}),
        ([one, other], {"gap_at_most": 0.1}),
        ([one, other], {"gap_at_most": 0.5}),
        ([one, sure], {"gap_at_most": 0.1}),
        ([one, sure], {"gap_at_most": 0.5}),
    ):
        result = judge("intent by batch", slices, **bounds)
        assert result.outcome is Outcome.INSUFFICIENT
        assert "would decide" not in result.message
        assert "to decide" not in result.message


def test_a_slice_is_of_one_value_only_where_the_field_has_an_alpha_and_the_slice_has_none():
    known = [row("a", SURE, "percent"), row("a", VOID)]
    for reason, outcome in (("no-variation", Outcome.INSUFFICIENT), ("scale-not-measured", Outcome.PASS)):
        told = measured_field(alpha=alpha(None, None, None, reason), percent=alpha(0.9, 0.8, 1.0))
        result = judge("intent by batch", known, told, coefficient="percent", at_least=0.667)
        assert result.outcome is outcome
    rows = [row("a", VOID, "percent", "value"), row("a", SURE, breakdown="value")]
    result = judge("intent/a", rows, coefficient="percent", at_least=0.667)
    assert result.message.startswith("percent of intent/a is undefined on 100 units: no reason was given;")
    empty = [row("a", SURE, "percent"), row("a", (None, None, None, 0))]
    assert judge("intent by batch", empty, coefficient="percent", at_least=0.667).outcome is Outcome.PASS


def told_of(slices, **parameters):
    """The sentences of the result on slices."""
    return judge("intent by meta.lang", slices, **parameters).message.split("; ")


NARROW = {at: (at, at - 0.01, at + 0.01, 500) for at in (0.9, 0.6, 0.4)}


def test_the_widest_gap_is_told_first_and_every_pair_once():
    for order in ((0.9, 0.6, 0.4), (0.4, 0.9, 0.6)):
        slices = [row(f"of {at}", NARROW[at]) for at in order]
        head, _, pairs = told_of(slices, gap_at_most=0.1)
        assert head.startswith(
            "alpha of intent by meta.lang: 'of 0.9' 0.90 (95% interval 0.89 to 0.91) and 'of 0.4' 0.40"
        )
        assert pairs == (
            "3 pairs are significantly (Benjamini-Hochberg, 5%) further apart: "
            "'of 0.9' and 'of 0.4', 'of 0.9' and 'of 0.6', 'of 0.6' and 'of 0.4'"
        )
    equal = told_of([(0.8, 0.7, 0.9, 100)] * 3, gap_at_most=0.1)
    assert equal[2].startswith(
        "3 pairs are undecided, as the interval includes it: 'a' and 'b', 'a' and 'c', 'b' and 'c'"
    )
    assert equal[3] == "about 420 units like these in 'a' and 'b' together would decide"
    unequal = told_of([(0.8, 0.7, 0.9, 100), (0.8, 0.7, 0.9, 700)], gap_at_most=0.1)
    assert unequal[3] == "about 1,700 units like these in 'a' and 'b' together would decide"


def test_without_intervals_the_highest_and_the_lowest_are_compared():
    bare = [(value, None, None, units) for value, units in ((0.7, 100), (0.9, 300), (0.5, 200), (0.6, 400))]
    for test, outcome in (("value", Outcome.FAIL), ("low", Outcome.INSUFFICIENT)):
        result = judge("intent by meta.lang", bare, gap_at_most=0.1, test=test)
        assert (result.outcome, result.value, result.low, result.high) == (outcome, 0.4, None, None)
        assert "'b' 0.90 (no interval) and 'c' 0.50 (no interval) are 0.40 apart, of 4 slices" in result.message


def test_a_gap_of_exactly_the_bound_is_within_it():
    at_bound = [(value, value, value, 100) for value in (0.6, 0.5)]
    assert judge("intent by meta.lang", at_bound, gap_at_most=0.1).outcome is Outcome.PASS
    assert judge("intent by meta.lang", at_bound, gap_at_most=0.09999).outcome is Outcome.FAIL


def test_with_one_slice_to_judge_there_is_no_gap():
    result = judge("intent by meta.lang", [SURE, THIN], gap_at_most=0.1)
    assert "1 slice can be judged, and a gap needs 2" in result.message
    assert (result.value, result.low, result.high) == (None, None, None)


@pytest.mark.parametrize(
    ("least", "most", "outcome", "threshold"),
    [
        (0.3, 0.9, Outcome.PASS, 0.3),
        (0.3, 0.1, Outcome.FAIL, 0.1),
        (0.667, 0.9, Outcome.FAIL, 0.667),
        (0.35, 0.9, Outcome.INSUFFICIENT, 0.35),
        (0.3, 0.45, Outcome.INSUFFICIENT, 0.45),
        (0.667, 0.1, Outcome.FAIL, 0.667),
    ],
)
def test_of_two_bounds_in_one_rule_the_worse_counts_and_both_are_told(least, most, outcome, threshold):
    result = judge("intent by meta.lang", [SURE, BAD], at_least=least, gap_at_most=most)
    assert (result.outcome, result.threshold) == (outcome, threshold)
    assert f"must be at least {least:g} in every slice" in result.message
    assert f"must be at most {most:g} between any two slices" in result.message


@pytest.mark.parametrize(
    ("figures", "test", "outcome"),
    [
        (SURE, "low", Outcome.PASS),
        (WIDE, "low", Outcome.INSUFFICIENT),
        (BAD, "low", Outcome.FAIL),
        (WIDE, "value", Outcome.PASS),
        (BARE, "low", Outcome.INSUFFICIENT),
        (THIN, "value", Outcome.INSUFFICIENT),
        (VOID, "value", Outcome.INSUFFICIENT),
    ],
)
def test_a_rule_on_one_value_judges_its_row_as_a_field_is_judged(figures, test, outcome):
    rows = [row("refund", BAD, breakdown="value"), row("billing", figures, breakdown="value")]
    assert judge("intent/billing", rows, at_least=0.667, test=test).outcome is outcome


def test_a_rule_on_one_value_says_what_was_measured():
    result = judge("intent/billing", [row("billing", SURE, breakdown="value")], at_least=0.667)
    assert result.message == (
        "alpha of intent/billing is 0.80 (95% interval 0.75 to 0.85) on 100 units; the lower end must be at least 0.667"
    )


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((0.8, 0.5, 0.95, 50), "about 180 units like these would decide"),
        ((0.6, 0.3, 0.8, 50), "about 640 units like these would decide"),
        ((0.667, 0.5, 0.8, 50), "too close to the bound for more units to decide"),
    ],
)
def test_what_is_shown_neither_way_says_how_many_units_would_decide(figures, said):
    result = judge("intent/billing", [row("billing", figures, breakdown="value")], at_least=0.667)
    assert result.outcome is Outcome.INSUFFICIENT
    assert result.message.endswith(
        f"; the lower end must be at least 0.667, and the interval includes the bound: {said}"
    )


@pytest.mark.parametrize(
    ("figures", "groups", "said"),
    [
        ((0.8, 0.5, 0.95, 50), 12, "(95% interval 0.50 to 0.95) on 12 groups (50 units)"),
        ((0.8, 0.5, 0.95, 50), 12, ": about 41 groups like these would decide"),
        ((0.8, None, None, 50), 9, "on 9 groups (50 units)"),
        ((0.8, None, None, 50), 9, ", and there is no interval of fewer than 10 groups"),
    ],
)
def test_where_items_have_groups_the_message_counts_groups(figures, groups, said):
    one = replace(row("billing", figures, breakdown="value"), groups=groups)
    assert said in judge("intent/billing", [one], at_least=0.667).message
    sliced = judge("intent by meta.lang", [replace(row("de", SURE), groups=12)], at_least=0.667)
    assert "on 12 groups (100 units) is the worst" in sliced.message


def measured_field(**changed):
    """The evidence with the field `intent` changed."""
    told = evidence()
    field = replace(told.agreement.fields["intent"], **changed)
    return replace(told, agreement=replace(told.agreement, fields={"intent": field}))


def test_a_whole_field_in_groups_is_told_by_its_groups_and_decided_by_as_many_rows_as_it_has():
    """The rows of other coefficients, which are there beside it, count for nothing."""
    told = measured_field(groups=12, ac1=Coefficient(value=0.8, low=0.5, high=0.95), units=50)
    own = replace(row("", (0.8, 0.5, 0.95, 50), "ac1", "overall"), groups=12)
    message = judge(
        "intent", [row("", SURE, breakdown="overall"), own], told, coefficient="ac1", at_least=0.667
    ).message
    assert message == (
        "ac1 of intent is 0.80 (95% interval 0.50 to 0.95) on 12 groups (50 units); "
        "the lower end must be at least 0.667, and the interval includes the bound: about 41 groups like these would decide"
    )
    assert judge("intent", (), told, coefficient="ac1", at_least=0.667).message.endswith("includes the bound")


@pytest.mark.parametrize(
    ("changed", "parameters", "said"),
    [
        ({"alpha": alpha(0.9, None, None), "groups": 9}, {}, ("the lower end must be at least 0.667, "
         "and there is no interval of fewer than 10 groups")),
        ({"alpha": alpha(0.9, None, None), "groups": 10}, {}, "must be at least 0.667, and there is no interval"),
        ({"alpha": alpha(0.9, None, None)}, {"min_units": 72}, "must be at least 0.667, and there is no interval"),
        ({"alpha": alpha(0.9, None, None)}, {"min_units": 73}, ("must be at least 0.667, "
         "and 73 units are needed to decide and there is no interval")),
        ({"alpha": alpha(0.9, None, None)}, {"test": "value"}, "; it must be at least 0.667"),
        ({"alpha": alpha(None, None, None, "no-variation")}, {},
         "alpha of intent is undefined on 72 units: all values are the same; the lower end must be at least 0.667"),
        ({"alpha": alpha(None, None, None)}, {},
         "alpha of intent is undefined on 72 units: no reason was given; the lower end must be at least 0.667"),
        ({"alpha": alpha(None, None, None, "a-newer-reason")}, {},
         "alpha of intent is undefined on 72 units: a-newer-reason; the lower end must be at least 0.667"),
    ],
)  # fmt: skip
def test_what_a_figure_lacks_is_said_and_all_of_it(changed, parameters, said):
    result = judge("intent", measured=measured_field(**changed), at_least=0.667, **parameters)
    assert result.message.endswith(said)
    assert result.outcome is (Outcome.PASS if "test" in parameters else Outcome.INSUFFICIENT)


def test_one_value_is_judged_by_the_coefficient_of_the_rule():
    rows = [row("billing", BAD, breakdown="value"), row("billing", SURE, "percent", "value")]
    for rows_ in (rows, rows[::-1]):
        result = judge("intent/billing", rows_, at_least=0.667, coefficient="percent")
        assert (result.outcome, result.value, result.low, result.high) == (Outcome.PASS, *SURE[:3])


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((None, None, None, 0), "alpha of intent/billing is undefined on 0 units: no item has two counting votes"),
        ((float("nan"), None, None, 60), "alpha of intent/billing is undefined on 60 units: all values are the same"),
    ],
)
def test_one_value_without_a_figure_says_why(figures, said):
    result = judge("intent/billing", [row("billing", figures, breakdown="value")], at_least=0.667, test="value")
    assert (result.outcome, result.value) == (Outcome.INSUFFICIENT, None)
    assert result.message.startswith(said)
    other = judge("intent/refund", [row("billing", SURE, breakdown="value")], measured_field(units=7), at_least=0.667)
    assert other.message.startswith(
        "alpha of intent/refund is undefined on 7 units: it is not among the measured values"
    )


def test_a_member_of_a_set_is_named_as_people_write_it():
    result = judge("intent/billing", [row('"billing"', SURE, breakdown="value")], at_least=0.667)
    assert result.outcome is Outcome.PASS


def test_what_is_undefined_is_decided_by_no_number_of_units():
    result = judge("intent/refund", [row("billing", SURE, breakdown="value")], at_least=0.667)
    assert result.message.endswith("; the lower end must be at least 0.667")


def test_a_value_that_nobody_gave_is_insufficient_and_the_nearest_one_is_named():
    result = judge("intent/biling", [row("billing", SURE, breakdown="value")], at_least=0.667)
    assert result.outcome is Outcome.INSUFFICIENT
    assert "it is not among the measured values (did you mean 'billing'?)" in result.message


@pytest.mark.parametrize("coefficient", ["percent", "ac1"])
@pytest.mark.parametrize("test", ["low", "value"])
def test_where_every_value_is_the_same_no_coefficient_passes(coefficient, test):
    told = evidence(intent=alpha(None, None, None, "no-variation"))
    field = replace(told.agreement.fields["intent"], **{coefficient: alpha(1.0, 1.0, 1.0)})
    told = replace(told, agreement=replace(told.agreement, fields={"intent": field}))
    rows = [row("a", FLAT, coefficient), row("a", VOID)]
    value = [row("a", FLAT, coefficient, "value"), row("a", VOID, breakdown="value")]
    whole = judge("intent", measured=told, coefficient=coefficient, at_least=0.5, test=test)
    assert whole.message.endswith("all values are the same, so nothing shows that annotators distinguish values")
    for result in (
        whole,
        judge("intent/a", value, told, coefficient=coefficient, at_least=0.5, test=test),
        judge("intent by batch", rows, told, coefficient=coefficient, at_least=0.5, test=test),
    ):
        assert result.outcome is Outcome.INSUFFICIENT
    assert judge("intent/a", value, coefficient=coefficient, at_least=0.5).outcome is Outcome.INSUFFICIENT
    mixed = judge("intent by batch", [*rows, row("b", SURE, coefficient)], coefficient=coefficient, at_least=0.5)
    assert mixed.outcome is Outcome.INSUFFICIENT
    assert "1 slice is undefined, or with one value only: 'a'" in mixed.message


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("subject", ["intent", "intent/a", "intent by batch"])
def test_one_or_two_units_carry_no_claim_whatever_the_rule_says(subject, units):
    figures = (1.0, 1.0, 1.0, units)
    rows = [row("a", figures), row("b", figures)]
    told = evidence(intent=alpha(*figures[:3]), units=units)
    for test in ("low", "value"):
        result = judge(subject, rows, told, at_least=0.1, min_units=1, test=test)
        assert result.outcome is Outcome.INSUFFICIENT
        assert "3 units" in result.message


def test_a_slice_by_annotator_is_agreement_without_them_and_is_told_so():
    rows = [row("ada", SURE, breakdown="annotator"), row("ben", BAD, breakdown="annotator")]
    message = judge("intent by annotator", rows, gap_at_most=0.1).message
    assert "without 'ada' 0.80" in message
    assert "and without 'ben' 0.40" in message


HOSTILE = "<script>alert(1)</script>\n::error::\u202e\x1b[31m`|[x](http://e)" + "x" * 100


def test_a_slice_named_by_anybody_stays_on_its_line_and_is_clipped():
    message = judge("intent by meta.lang", [row(HOSTILE, BAD), SURE, SURE], at_least=0.667, gap_at_most=0.1).message
    assert message.isprintable()
    assert "x" * 40 not in message


@pytest.mark.parametrize(("length", "whole"), [(40, True), (41, False)])
def test_the_name_of_a_slice_has_forty_signs_at_most(length, whole):
    message = judge("intent by meta.lang", [row("k" * length, BAD)], at_least=0.667).message
    assert ("'" + "k" * length + "'" in message) is whole


@pytest.mark.parametrize("key", ["a", "a/b", "a by batch", "a by b/c"])
def test_a_value_is_all_that_stands_after_the_field(key):
    rows = [row(key, SURE, breakdown="value"), row(key.rpartition("/")[2] + "x", BAD, breakdown="value")]
    result = judge(f"intent/{key}", rows, at_least=0.667)
    assert (result.outcome, result.value) == (Outcome.PASS, 0.8)


@pytest.mark.parametrize("reason", Undefined)
def test_a_field_without_an_alpha_is_of_one_value_only_where_that_is_why(reason):
    told = measured_field(alpha=alpha(None, None, None, reason.value), ac1=alpha(0.9, 0.8, 1.0))
    result = judge("intent", measured=told, coefficient="ac1", at_least=0.667)
    same = reason is Undefined.NO_VARIATION
    assert result.outcome is (Outcome.INSUFFICIENT if same else Outcome.PASS)
    assert result.message.endswith("distinguish values") is same


def test_of_many_slices_the_first_are_named_and_the_others_counted():
    for number, more in ((5, ""), (6, " and 1 more"), (12, " and 7 more")):
        message = judge("intent by batch", [THIN] * number, at_least=0.667).message
        said = f"{number} slices are too small to judge (fewer than 50 units): 'a', 'b', 'c', 'd', 'e'{more}"
        assert message.endswith(said)


@pytest.mark.parametrize(
    ("subject", "parameters", "says", "fix"),
    [
        ("intend by batch", {"at_least": 0.5}, "no field 'intend'", "did you mean 'intent'?"),
        ("intend/refund", {"at_least": 0.5}, "no field 'intend'", "fields of triage: intent"),
        ("intent by bach", {"at_least": 0.5}, "unknown breakdown 'bach'", "did you mean 'batch'?"),
        ("intent by meta.", {"at_least": 0.5}, "unknown breakdown 'meta.'", "or meta.KEY"),
        ("intent", {"gap_at_most": 0.1}, "gap_at_most compares slices", "intent by"),
        ("intent/refund", {"gap_at_most": 0.1}, "gap_at_most compares slices", "intent by"),
        ("intent by annotator", {"at_least": 0.5}, "without each annotator", "intent by pair"),
        ("intent", {"at_least": 0.5, "coefficient": "alpha_jaccard"}, "scale is nominal", "alpha, ac1, percent"),
        ("intent by batch", {"at_least": 0.5, "coefficient": "kappa"}, "by batch is not measured", "are alpha"),
    ],
)
def test_a_rule_that_cannot_be_judged_as_written_names_its_line_and_the_remedy(subject, parameters, says, fix):
    with pytest.raises(ConfigError) as caught:
        judge(subject, [SURE], **parameters)
    assert caught.value.message.startswith("checks/triage.yaml:4 ")
    assert says in caught.value.message
    assert fix in caught.value.fix


def test_a_further_coefficient_of_the_scale_is_judged():
    told = evidence()
    field = replace(told.agreement.fields["intent"], fleiss=Coefficient(value=0.5, low=0.4, high=0.6))
    told = replace(told, agreement=replace(told.agreement, fields={"intent": field}))
    result = judge("intent", measured=told, coefficient="fleiss", at_least=0.667)
    assert (result.outcome, result.value) == (Outcome.FAIL, 0.5)


@pytest.mark.parametrize("name", ["tone/first", "tone by batch", "tone/a by batch"])
def test_a_field_of_exactly_that_name_comes_before_what_could_be_read_into_it(name):
    told = evidence()
    fields = told.agreement.fields
    told = replace(told, agreement=replace(told.agreement, fields={"tone": fields["intent"], name: fields["intent"]}))
    assert judge(name, measured=told, at_least=0.5).message.startswith(f"alpha of {name} is 0.83")
