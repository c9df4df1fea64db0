from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import assay.agreement
from assay.agreement.api import measure
from assay.errors import UsageError
from estimates import table

ORDERED = ["low", "mid", "high"]
VOTES = table([["low", "low", "mid"], ["high", "high", None], ["mid", "mid", "high"], ["low", "mid", "low"]])


def long(votes, **columns):
    rows = [(unit, who, value) for unit, given in votes.items() for who, value in given.items()]
    return pd.DataFrame(rows, columns=["unit", "annotator", "value"]).assign(**columns)


class Grade(IntEnum):
    LOW = 1
    HIGH = 2


def test_numbers_of_a_kind_of_their_own_are_numbers():
    plain = [(1, "ada", 1), (1, "ben", 2), (2, "ada", 1), (2, "ben", 1)]
    named = pd.DataFrame(plain, columns=["unit", "annotator", "value"])
    own = named.assign(value=pd.Series(map(Grade, named["value"]), dtype=object))
    assert repr(measure(own, "interval")) == repr(measure(named, "interval"))


def test_it_is_what_the_package_offers():
    assert assay.agreement.measure is measure
    with pytest.raises(AttributeError, match="has no attribute 'measured'"):
        _ = assay.agreement.measured


def test_krippendorffs_own_example_on_every_scale():
    rows = [[1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4],
            [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1], [None, 3, None, None]]  # fmt: skip
    published = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
    found = {scale: measure(long(table(rows)), scale)["alpha"].value for scale in published}
    assert found == pytest.approx(published, abs=5e-4)


def test_rows_have_no_order_and_names_of_columns_are_a_choice():
    frame = long(VOTES)
    named = frame.sample(frac=1, random_state=3).rename(columns={"unit": "doc", "annotator": "who", "value": "mood"})
    other = measure(named, "ordinal", unit="doc", annotator="who", value="mood", values=ORDERED)
    assert str(other) == str(measure(frame, "ordinal", values=ORDERED))


def test_the_declared_order_counts():
    frame = long(VOTES)
    turned = ["mid", "low", "high"]
    told = measure(frame, "ordinal", values=ORDERED)
    assert told["alpha"] != measure(frame, "ordinal", values=turned)["alpha"]
    ordered = frame.assign(value=pd.Categorical(frame["value"], ORDERED, ordered=True))
    assert str(measure(ordered, "ordinal")) == str(told)
    assert measure(ordered, "ordinal", values=turned)["alpha"] == measure(frame, "ordinal", values=turned)["alpha"]
    assert measure(frame, values=[*ORDERED, "top"]).found.categories == 4


def test_values_are_a_set_but_on_an_ordinal_scale():
    frame, numbers = long(VOTES), long(table([[1, 2], [3, 3], [1, 10]]))
    for scale, votes, values in (("nominal", frame, ["top", *ORDERED]), ("interval", numbers, [10, 1, 2, 3, 20])):
        told = str(measure(votes, scale, values=values))
        for other in (values[::-1], set(values), [*values, *values], pd.Index(values), np.array(values, dtype=object)):
            assert str(measure(votes, scale, values=other)) == told
        assert told != str(measure(votes, scale))
    assert str(measure(numbers, "ordinal", values={10, 3, 2, 1})) == str(measure(numbers, "ordinal"))
    for values, says in (
        (set(ORDERED), "is a set, which has no order"),
        ([*ORDERED, "low"], "duplicate value in values="),
        ("low", "values='low' is a text"),
        (5, "is an int"),
        ([["low"], "mid"], "a list is neither a text nor a number"),
        ([*ORDERED, None], "None, not a valid value"),
    ):
        with pytest.raises(UsageError, match=says):
            measure(frame, "ordinal", values=values)
    with pytest.raises(UsageError, match="scale text has no values to choose from"):
        measure(frame, "text", values=ORDERED)


@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_texts_have_no_order_of_their_own(kind):
    frame = long(VOTES).astype({"value": kind})
    with pytest.raises(UsageError, match="row 0, column 'value': 'low' is without an order"):
        measure(frame, "ordinal")
    with pytest.raises(UsageError, match="'high' is not listed in values="):
        measure(frame, "ordinal", values=["low", "mid"])
    with pytest.raises(UsageError, match="'low' is without an order"):
        measure(pd.concat([long({"u9": {"r0": 1, "r1": 2}}), frame.astype(object)]), "ordinal")


def test_missing_values_are_left_out_however_they_are_written():
    frame = long(VOTES)
    more = pd.DataFrame(
        {"unit": ["u000", "u001", "u002"], "annotator": ["x", "y", "z"], "value": [None, np.nan, pd.NA]}
    )
    assert str(measure(pd.concat([frame, more]))) == str(measure(frame))


def test_numbers_texts_and_categories_of_pandas_are_plain_values():
    numbers = long(table([[1, 1], [2, 3], [3, 3]]))
    for kind in ("int64", "float64", "Int64", "object"):
        assert str(measure(numbers.astype({"value": kind}), "interval")) == str(measure(numbers, "interval"))
    texts = long(VOTES)
    assert str(measure(texts.astype({"value": "category", "unit": "string"}))) == str(measure(texts))


def test_sets_and_spans_are_lists():
    sets = long(table([[["a"], ["a", "b"]], [["b"], ["b"]], [[], []]]))
    other = sets.assign(value=[set(value) for value in sets["value"]])
    assert str(measure(sets, "set")) == str(measure(other, "set"))
    spans = long(table([[[{"start": 0, "end": 2, "label": "x"}], [{"start": 0, "end": 3, "label": "x"}]]]), length=9)
    assert measure(spans, "spans")["f1_strict"].value == 0
    assert measure(spans, "spans")["alpha_token"].reason == "no-source"
    found = measure(spans, "spans", length="length")
    assert found["alpha"].value == pytest.approx(1 - (2 / 18) / ((18**2 - 5**2 - 13**2) / (18 * 17)))
    assert found["alpha"] == found["alpha_token"] == found["alpha_any"] != found["alpha_u"]


def test_a_span_beyond_its_source_is_refused():
    spans = long(table([[[{"start": 2, "end": 12, "label": "x"}], []]]), length=9)
    with pytest.raises(UsageError, match="row 0: a span of 'u000' ends at 12, and its length is 9"):
        measure(spans, "spans", length="length")
    with pytest.raises(UsageError, match="ends at 12, and its length is 0"):
        measure(spans.assign(length=0), "spans", length="length")


BOX = {"x": 0, "y": 0, "width": 2, "height": 1}


@pytest.mark.parametrize(
    ("scale", "value", "says"),
    [
        ("nominal", pd.Timestamp("2026-01-01"), "a Timestamp is neither a text nor a number"),
        ("nominal", np.datetime64("2026-01-01", "ns"), "a datetime64 is neither"),
        ("nominal", np.timedelta64(3, "D"), "a timedelta64 is neither"),
        ("nominal", Decimal("1.5"), "a Decimal is neither"),
        ("nominal", Fraction(1, 2), "a Fraction is neither"),
        ("nominal", b"low", "a bytes is neither"),
        ("nominal", {"low"}, "a set is neither"),
        ("nominal", ("low", "mid"), "a tuple is neither"),
        ("nominal", np.array(["low"]), "an? ndarray is neither"),
        ("nominal", 2**70, "more than 64 bits"),
        ("nominal", "\ud800", "half of a surrogate pair"),
        ("ordinal", 1j, "a complex is neither"),
        ("interval", "3", "a text is not a number"),
        ("interval", True, "a bool is not a number"),
        ("interval", Decimal(3), "a Decimal is not a number"),
        ("interval", float("-inf"), "-inf is not a finite number"),
        ("ratio", -1.5, "-1.5 is below 0"),
        ("set", "a,b", "a text is not a list"),
        ("set", {"a": 1}, "a dict is not a list"),
        ("set", np.array(["a"]), "an? ndarray is not a list"),
        ("set", ["a", None], "missing is neither"),
        ("set", [["a"]], "a list is neither"),
        ("set", {"a", float("nan")}, "nan is not a finite number"),
        ("tree", {"a", "b"}, "a set is neither"),
        ("tree", ["a", None], "missing is neither"),
        ("tree", True, "a bool cannot be a step of a path"),
        ("text", 7, "an int is not a text"),
        ("spans", "0-5", "a text is not a list"),
        ("spans", {"start": 0, "end": 2}, "a dict is not a list"),
        ("spans", [(0, 2, "x")], "a tuple is not a mapping"),
        ("spans", [{"start": 0}], "it has no end"),
        ("spans", [{"start": 3, "end": 3}], "empty span from 3 to 3: start must be < end"),
        ("spans", [{"start": 5, "end": 4}], "empty span from 5 to 4: start must be < end"),
        ("spans", [{"start": -2, "end": 1}], "-2 is below 0"),
        ("spans", [{"start": 0.5, "end": 1}], "0.5 is not a whole number"),
        ("spans", [{"start": 0, "end": None}], "missing is not a number"),
        ("spans", [{"start": 0, "end": "2"}], "a text is not a number"),
        ("spans", [{"start": False, "end": True}], "a bool is not a number"),
        ("spans", [{"start": 0, "end": 2, "label": float("nan")}], "nan is not a finite number"),
        ("spans", [{"start": 0, "end": 2, "label": ["x"]}], "its label is neither"),
        ("spans", [{"start": 0, "end": 2, 3: "x"}], "an int is not a text"),
        ("boxes", [[0, 0, 2, 1]], "a list is not a mapping"),
        ("boxes", [BOX | {"width": -2}], "-2 wide and 1 high, it has no area"),
        ("boxes", [BOX | {"height": 0}], "has no area"),
        ("boxes", [BOX | {"x": float("nan")}], "nan is not a finite number"),
        ("boxes", [{"x": 0, "y": 0, "w": 2, "h": 1}], "it has no width, height"),
        ("boxes", [BOX | {"width": 1e308, "x": 1e308}], "too large to have an area"),
        ("boxes", [BOX | {"rotation": "90"}], "a text is not a number"),
        ("boxes", [BOX | {"rotation": float("nan")}], "nan is not a finite number"),
        ("boxes", [BOX | {"points": [[0, 0], [1, 1], [0, 1]]}], "points is not measured"),
        ("boxes", [BOX | {"depth": 3}], "depth is not measured"),
        ("spans", [{"start": 0, "end": 2, "parts": [{"start": 0, "end": 1}]}], "parts is not measured"),
    ],
)
def test_what_is_no_value_is_refused_by_its_row(scale, value, says):
    written = {"set": ["a"], "tree": "a/b", "spans": [{"start": 0, "end": 2}], "boxes": [BOX]}
    good = written.get(scale, "x" if scale in {"nominal", "text"} else 1)
    sound, odd = (
        pd.DataFrame(
            {"unit": list("uvw"), "annotator": "a", "value": pd.Series([good, cell, good], dtype=object)}
        ).set_index(pd.Index([10, 20, 30]))
        for cell in (good, value)
    )
    assert measure(sound, scale)["percent"].reason == "one-annotator"
    with pytest.raises(
        UsageError, match=f"^row 20, column 'value': .* is not a valid value of scale {scale}: .*{says}"
    ) as told:
        measure(odd, scale)
    assert told.value.fix


@pytest.mark.parametrize(
    ("column", "cells", "says"),
    [
        ("value", pd.to_datetime(["2026-01-01"] * 4), "row 0, column 'value': Timestamp.* is not a valid value"),
        ("value", pd.cut([1.0, 2.0, 3.0, 4.0], 2), "row 0, column 'value': Interval.* is not a valid value"),
        ("value", [1 + 1j] * 4, "row 0, column 'value': .* is not a valid value"),
        ("unit", ["u", "u", None, "v"], "row 2, column 'unit': .* is not a valid name: it is missing"),
        ("annotator", ["a", "b", "a", np.nan], "row 3, column 'annotator': nan is not a valid name"),
        ("annotator", ["a", "b", ["a"], "b"], "row 2, column 'annotator': .* is not a valid name: a list"),
        ("doc", ["x", "y", "x", "x"], "row 1, column 'doc': 'y' is different from an earlier row of 'u': 'x'"),
        ("doc", ["x", "x", None, "x"], "row 2, column 'doc': .* is not a valid name: it is missing"),
        ("length", [5, 5, np.nan, 5], "row 2, column 'length': nan is not a valid length"),
        ("length", [5, 5, -1, -1], "row 2, column 'length': -1 is not a valid length: -1 is below 0"),
        ("length", [5, 5, 5.5, 5.5], "row 2, column 'length': 5.5 is not a valid length: 5.5 is not a whole number"),
        ("length", ["5"] * 4, "row 0, column 'length': '5' is not a valid length: a text"),
        ("length", [5, 5, None, 5], "row 2, column 'length': .* is not a valid length"),
        ("length", [5, 6, 5, 5], "row 1, column 'length': 6 is different from an earlier row of 'u': 5"),
    ],
)
def test_what_a_column_cannot_hold_is_refused_by_its_row(column, cells, says):
    frame = long({"u": {"a": "x", "b": "x"}, "v": {"a": "x", "b": "y"}}, doc="d", length=5)
    assert measure(frame, group="doc", length="length")["percent"].value == 0.5
    frame[column] = cells
    with pytest.raises(UsageError, match=says):
        measure(frame, group="doc", length="length")


def test_names_are_texts_numbers_or_dates():
    frame = pd.DataFrame(
        {"unit": [1, "1", 1.0, 2, "2"], "annotator": ["a", "b", "c", "a", "b"], "value": list("xxyyy")}
    )
    dates = frame.assign(unit=pd.to_datetime(["2026-01-01"] * 3 + ["2026-01-02"] * 2))
    assert str(measure(frame)) == str(measure(dates))
    assert measure(frame).found.units == 2


def test_units_of_a_group_are_drawn_together():
    frame = long(table([["a", "a"], ["b", "b"], ["a", "b"], ["b", "b"]] * 8))
    frame["document"] = frame["unit"].str[-1]
    apart, together = measure(frame), measure(frame, group="document")
    assert apart["alpha"].value == together["alpha"].value
    assert apart["alpha"].low != together["alpha"].low


def test_a_table_of_coefficients():
    found = measure(long(VOTES))
    shown = found.to_frame()
    assert list(shown.index) == list(found)
    assert shown.loc["alpha", "value"] == found["alpha"].value
    with pytest.raises(KeyError):
        _ = found["mean_iou"]


def test_nothing_to_measure_is_said():
    assert measure(long({"u1": {"a": "x"}}))["alpha"].reason == "one-annotator"
    assert measure(long({}).iloc[:0])["percent"].reason == "no-values"
    assert "- (no-variation)" in str(measure(long(table([["x", "x"]]))))


NAN = float("nan")


@pytest.mark.parametrize(
    ("change", "says", "fix"),
    [
        ({"unit": "doc"}, "no column 'doc'", "its columns: unit, annotator, value"),
        ({"scale": "rating"}, "unknown scale 'rating'", "nominal, ordinal"),
        ({"frame": {"unit": []}}, "not a pandas.DataFrame", "to_pandas"),
        *(
            ({"min_shared": odd}, "min_shared=.* is not valid", "1 or more")
            for odd in (-1, 0, 2.5, NAN, "3", True, None)
        ),
        *(({"seed": odd}, "seed=.* is not valid", "0 or more") for odd in (-1, 2.5, NAN, "x", None)),
        ({"value": "unit"}, "unit= and value= both name the column 'unit'", "a different column"),
        ({"annotator": "unit"}, "unit= and annotator= both name", "a different column"),
        ({"group": "value"}, "value= and group= both name", "a different column"),
        ({"frame": long(VOTES)[["unit", "unit", "annotator", "value"]]}, "two columns 'unit'", "rename"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_remedy(change, says, fix):
    with pytest.raises(UsageError, match=says) as refused:
        measure(**{"frame": long(VOTES)} | change)
    assert fix in refused.value.fix


def test_two_values_of_one_annotator_are_refused():
    twice = pd.concat([long(VOTES), long({"u000": {"r0": "mid"}})])
    with pytest.raises(UsageError, match="rows 0 and 0: 'r0' has two values on 'u000'"):
        measure(twice)
    with pytest.raises(UsageError, match="inf is not a valid value"):
        measure(long(table([[1.0, float("inf")]])).astype({"value": object}), "interval")
