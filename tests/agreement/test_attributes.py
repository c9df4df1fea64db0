"""What annotators say of the elements that they both marked."""

import pytest

from assay.agreement.corpus import measure_corpus
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from, corpus_of
from marking import box, span

NEGATED = Field(name="negated", scale=Scale.NOMINAL, values=(False, True), textual=False)
SURE = Field(name="sure", scale=Scale.ORDINAL, values=(1, 2, 3), textual=False)


def measured(rows, scale=Scale.SPANS, attributes=(NEGATED, SURE), **how):
    field = Field(name="f", scale=scale, textual=False, attributes=attributes)
    return measure_corpus(
        corpus_from([Vote(item, who, {"f": value}) for item, who, value in rows], [field], **how), [field]
    )


def marks(item, who, *spans):
    return [(item, who, list(spans))]


def drug(start, end, negated, **more):
    return span(start, end, "drug") | {"negated": negated} | more


def test_an_attribute_is_measured_as_a_field_of_matched_elements_would_be():
    said = [(True, True), (True, False), (False, False), (False, False), (True, True), (False, True), (True, True)]
    rows = [
        (f"i{item}", who, [drug(0, 8, one) if who == "a" else drug(0, 9, other)])
        for item, (one, other) in enumerate(said)
        for who in "ab"
    ]
    found = measured(rows)
    told = found.report.fields["f"].attributes["negated"]
    corpus, field = corpus_of(
        {f"i{item}": dict(zip("ab", pair, strict=True)) for item, pair in enumerate(said)}, values=(False, True)
    )
    plain = measure_corpus(corpus, [field])
    expected = plain.report.fields["label"]

    assert (told.scale, told.units, told.pairable, told.annotators) == ("nominal", 7, 14, 2)
    assert (told.alpha, told.ac1, told.percent, told.kappa) == (
        expected.alpha,
        expected.ac1,
        expected.percent,
        expected.kappa,
    )
    assert told.audit.max_abs_diff == 0
    assert {(one.item, one.influence) for one in told.costliest} == {
        (one.item, one.influence) for one in expected.costliest
    }
    own = [row for row in found.rows if row.field == "f.negated"]
    assert {row.breakdown for row in own} == {row.breakdown for row in plain.rows}
    assert [(row.key, row.value, row.low) for row in own] == [(row.key, row.value, row.low) for row in plain.rows]
    assert found.report.measured.keys() == {"f", "f.negated", "f.sure"}


@pytest.mark.parametrize(
    ("mine", "theirs", "units"),
    [
        ([drug(0, 4, True)], [drug(0, 8, True)], 1),
        ([drug(0, 4, True)], [drug(0, 9, True)], 0),
        ([drug(0, 4, True)], [drug(0, 4, True, label="dose")], 0),
        ([drug(0, 4, True), drug(0, 4, False)], [drug(0, 4, True)], 1),
        ([drug(0, 4, True)], [span(0, 4, "drug")], 0),
        ([drug(0, 4, True)], [], 0),
        ([drug(3, 3, True)], [drug(3, 3, True)], 0),
        ([drug(0, 4, True), drug(4, 8, True)], [drug(0, 4, True), drug(4, 8, False)], 2),
    ],
)
def test_elements_are_matched_one_to_one_where_kind_and_place_are_the_same(mine, theirs, units):
    assert measured([("i", "a", mine), ("i", "b", theirs)]).report.fields["f"].attributes["negated"].units == units


def test_a_turned_box_is_matched_where_it_lies():
    first, second = (box(0, 0, 40, 4) | {"rotation": turn, "negated": True} for turn in (0, 90))
    same = box(18, -18, 4, 40) | {"negated": False}
    found = [
        measured([("i", "a", [one]), ("i", "b", [other])], Scale.BOXES).report.fields["f"]
        for one, other in ((first, second), (first, same), (second, same))
    ]

    assert [one.attributes["negated"].units for one in found] == [0, 0, 1]
    assert [one.mean_iou.value for one in found] == pytest.approx([16 / 304, 16 / 304, 1])


def test_the_elements_of_an_item_or_of_its_group_are_drawn_together():
    def table(items, each):
        return [
            (f"i{item:02}", who, [drug(10 * place, 10 * place + 5, (item % 3 == 0) != (who == "b" and item % 7 == 0)) for place in range(each)])
            for item in range(items)
            for who in "ab"
        ]  # fmt: skip

    def width(rows, **how):
        alpha = measured(rows, **how).report.fields["f"].attributes["negated"].alpha
        return None if alpha.low is None else alpha.high - alpha.low

    alone, many = width(table(40, 1)), width(table(40, 5))
    assert many > 0.8 * alone
    assert width(table(9, 5)) is None
    assert width(table(40, 1), groups={f"i{item:02}": f"g{item % 5}" for item in range(40)}) is None


def test_what_an_element_lacks_is_missing_and_ordered_values_keep_their_order():
    rows = [
        (f"i{item}", who, [drug(0, 4, True, **({"sure": 1 + (item + (who == "b")) % 3} if item % 2 else {"sure": None} if who == "a" else {}))])
        for item in range(12)
        for who in "ab"
    ]  # fmt: skip
    told = measured(rows).report.fields["f"].attributes

    assert (told["sure"].scale, told["sure"].units, told["negated"].units) == ("ordinal", 6, 12)
    assert told["sure"].alpha.value < 0
    assert told["negated"].alpha.reason == "no-variation"
    assert measured([("i", "a", []), ("i", "b", [])]).report.fields["f"].attributes["sure"].alpha.reason == "no-values"


def test_what_no_schema_declares_is_told_as_not_measured_also_where_only_an_open_batch_says_it():
    field = Field(name="f", scale=Scale.SPANS, textual=False, attributes=(NEGATED,))
    rows = [
        Vote("i", who, {"f": [drug(0, 4, True, **more)]}, batch)
        for batch, more in (("b1", {"tone": "x", "text": "Rome"}), ("b2", {"mood": "y"}))
        for who in "ab"
    ]
    found = measure_corpus(corpus_from(rows, [field], open_batches=["b2"]), [field]).report
    told = found.fields["f"].attributes["tone"]

    assert [*found.fields["f"].attributes] == ["negated", "tone"]
    assert (told.scale, told.units, told.alpha.value, told.alpha.reason) == ("text", 1, None, "scale-not-measured")
    assert found.open["f"].attributes["mood"].alpha.reason == "scale-not-measured"
