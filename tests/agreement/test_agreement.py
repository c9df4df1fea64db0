"""The table that `assay agreement` ends in."""

import msgspec

from assay.agreement.report import agreement_pairs, agreement_text
from assay.core.agreement_result import AgreementReport, Audit, BreakdownRow, Coefficient, FieldAgreement, LeftOut

HOSTILE = "\x1b[2J\u202ename"


def field(**more):
    known = Coefficient(value=0.5, low=0.4, high=0.6)
    told = {"alpha": known, "ac1": Coefficient(value=0.7), "percent": Coefficient(value=0.8), "categories": 4.0, **more}
    return FieldAgreement(scale="nominal", units=1200, pairable=2400, annotators=3, audit=Audit(), **told)


def row(breakdown, key, value, coefficient="alpha", units=30):
    return BreakdownRow(
        field="tone", breakdown=breakdown, key=key, coefficient=coefficient, value=value, low=None, high=None, units=units
    )  # fmt: skip


def told(found, rows=(), left_out=()):
    report = AgreementReport(fields={"tone": found}, open={}, confidence=0.95, seed=1, left_out=left_out)
    return agreement_text("mood", report, rows).splitlines()


def test_a_field_is_a_line_and_its_weakest_parts_are_named():
    rows = [
        *(row("value", key, value) for key, value in (("a", 0.6), ("b", 0.1), ("c", None), ("d", -0.2), ("e", 0.3))),
        *(
            row("pair", key, value, "kappa", units)
            for key, value, units in (("x", 0.1, 19), ("y", 0.3, 20), ("z", 0.4, 99))
        ),
        *(row("pair", key, 0.7, "percent") for key in "xyz"),
        *(row("annotator", key, value) for key, value in (("ann", 0.55), ("bob", 0.45), ("cid", None))),
    ]
    assert told(field(fleiss=Coefficient(value=0.45)), rows) == [
        "mood: 1 field",
        "  field    scale  units  annotators  alpha    95% interval    AC1  q  percent",
        "  tone   nominal  1,200           3  0.500  0.400 to 0.600  0.700  4    0.800",
        "  tone",
        "    also: fleiss 0.450",
        "    about 4,800 units for an interval 0.1 wide",
        "    weakest values (alpha against the rest): d -0.200, b 0.100, e 0.300",
        "    weakest pair: y, kappa 0.300, percent 0.700 on 20 shared units",
        "    without ann alpha rises most: 0.500 to 0.550",
    ]


def test_two_annotators_are_compared_by_what_fits_the_scale():
    """Nominal kappa takes 4 and 5 to be as far apart as 1 and 5, so it would call another pair the weakest."""
    pairs = (("near", 0.9, 0.1), ("far", 0.2, 0.8))
    rows = [
        row("pair", key, value, name)
        for key, alpha, kappa in pairs
        for name, value in (("alpha", alpha), ("kappa", kappa), ("percent", 0.5))
    ]
    for scale in ("ordinal", "interval", "ratio", "set", "tree"):
        lines = told(msgspec.structs.replace(field(), scale=scale), rows)
        assert "    weakest pair: far, alpha 0.200, percent 0.500 on 30 shared units" in lines
        assert "tone: alpha of any two annotators" in agreement_pairs("t", {"tone": scale}, rows)
    assert "    weakest pair: near, kappa 0.100, percent 0.500 on 30 shared units" in told(field(), rows)
    some = [f"    also: kappa 0.450 ({told})" for told in ("1 pair", "3 pairs")]
    assert [told(field(kappa=Coefficient(value=0.45, pairs=many)))[4] for many in (1, 3)] == some


def test_what_is_undefined_is_said_in_words_and_what_is_left_out_with_its_limit():
    none = Coefficient(value=None, reason="one-annotator")
    lines = told(
        field(alpha=none, ac1=none), left_out=(LeftOut(field="tone", breakdown="pair", keys=30000, limit=20000),)
    )
    assert "    no alpha, ac1: only one annotator gave it a value" in lines
    assert lines[-1] == "  not broken down by pair: 30,000 keys, the limit is 20,000"


def test_where_nobody_costs_alpha_that_is_said():
    assert told(field(), [row("annotator", "ann", 0.5)])[-1] == "    alpha is lower without any one annotator"


def test_names_cannot_act_on_the_terminal():
    rows = [row("value", HOSTILE, 0.1), row("value", "b", 0.2), row("annotator", HOSTILE, 0.9)]
    text = "\n".join(told(field(), rows))
    assert text.count("\\u001b[2J\\u202ename") == 2
    assert "\x1b" not in text


def test_units_are_told_for_the_width_that_is_wanted_and_only_where_there_are_fewer():
    report = AgreementReport(fields={"tone": field()}, open={}, confidence=0.95, seed=1)
    for width, told in ((0.05, "about 19,200 units for an interval 0.05 wide"), (0.2, None), (0.5, None)):
        text = agreement_text("mood", report, (), width=width)
        assert (told in text) if told else ("for an interval" not in text)


def test_spans_are_shown_by_their_own_coefficient():
    pair = {"field": "names", "breakdown": "pair", "key": "ann \u00d7 bob", "low": None, "high": None, "units": 30}
    rows = [
        BreakdownRow(**pair, coefficient="f1_strict", value=0.75),
        BreakdownRow(**pair, coefficient="percent", value=0.5),
    ]
    picture = agreement_pairs("t", {"names": "spans"}, rows)
    assert "names: f1_strict of any two annotators" in picture
    assert "ann and bob: f1_strict 0.750, percent 0.500, 30 shared units" in picture
    unsourced = [BreakdownRow(**pair, coefficient=name, value=None) for name in ("alpha", "alpha_any")]
    assert agreement_pairs("t", {"names": "spans"}, [*unsourced, *rows]) == picture
    sourced = [BreakdownRow(**pair, coefficient=name, value=0.25) for name in ("alpha", "alpha_any")]
    assert "ann and bob: alpha 0.250, percent 0.500" in agreement_pairs("t", {"names": "spans"}, [*sourced, *rows])
