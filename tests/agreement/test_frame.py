import numpy as np
import pandas as pd
import pytest

import assay.agreement
from assay.agreement.frame import measure
from assay.errors import UsageError
from estimates import table

ORDERED = ["low", "mid", "high"]
VOTES = table([["low", "low", "mid"], ["high", "high", None], ["mid", "mid", "high"], ["low", "mid", "low"]])


def long(votes, **columns):
    rows = [(unit, who, value) for unit, given in votes.items() for who, value in given.items()]
    return pd.DataFrame(rows, columns=["unit", "annotator", "value"]).assign(**columns)


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
    assert measure(frame, "ordinal", values=ORDERED)["alpha"] != measure(frame, "ordinal")["alpha"]
    assert measure(frame, values=[*ORDERED, "top"]).found.categories == 4


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
    assert measure(spans, "spans", length="length")["alpha_token"].value == pytest.approx(
        1 - (2 / 18) / ((18**2 - 5**2 - 13**2) / (18 * 17))
    )


def test_a_span_beyond_its_source_is_refused_and_one_that_marks_nothing_left_out():
    spans = long(table([[[{"start": 2, "end": 12, "label": "x"}], []]]), length=9)
    with pytest.raises(UsageError, match="a span of 'u000' ends at 12, and the length told is 9"):
        measure(spans, "spans", length="length")
    odd = [
        {"start": 3, "end": 3},
        {"start": -2, "end": 1},
        {"start": 5, "end": 4},
        {"start": 1},
        {"end": None, "start": 0},
    ]
    plain = {"start": 0, "end": 2}
    one, other = (long(table([[given, [plain]], [[], [plain]]]), length=9) for given in ([plain, *odd], [plain]))
    for name in ("alpha", "alpha_token", "f1_strict", "f1_overlap"):
        assert measure(one, "spans", length="length")[name] == measure(other, "spans", length="length")[name]


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


@pytest.mark.parametrize(
    ("change", "says", "remedy"),
    [
        ({"unit": "doc"}, "no column 'doc'", "it has: unit, annotator, value"),
        ({"scale": "rating"}, "no scale 'rating'", "nominal, ordinal"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_remedy(change, says, remedy):
    with pytest.raises(UsageError, match=says) as refused:
        measure(long(VOTES), **change)
    assert remedy in refused.value.hint


def test_two_values_of_one_annotator_are_refused():
    twice = pd.concat([long(VOTES), long({"u000": {"r0": "mid"}})])
    with pytest.raises(UsageError, match="'r0' has two values on 'u000'"):
        measure(twice)
    with pytest.raises(UsageError, match="inf is no value"):
        measure(long(table([[1.0, float("inf")]])).astype({"value": object}), "interval")
