from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from assay.core.table import Decision, DecisionKind
from assay.core.values import Field, Scale
from assay.quality.credit import wilson
from assay.quality.gold import measure_gold
from corpora import Vote, corpus_from, corpus_of, decided


def with_gold(corpus, labels):
    decisions = tuple(
        Decision(kind=DecisionKind.GOLD, item=item, label=label, who="lead") for item, label in labels.items()
    )
    return decided(corpus, decisions)


def measured(votes, answers, **options):
    corpus, field = corpus_of(votes, **options)
    return measure_gold(with_gold(corpus, {item: {"label": value} for item, value in answers.items()}), [field])


def test_accuracy_is_the_share_of_votes_that_say_what_gold_says():
    report = measured({"i": {"a": "x", "b": "x", "c": "y"}, "j": {"a": "y"}, "k": {"a": "z"}}, {"i": "x", "j": "x"})

    assert (report.items, report.accuracy) == (2, 0.5)
    assert report.fields["label"].accuracy.of == 4


def test_the_interval_is_over_items_and_where_they_are_grouped_over_groups():
    votes = {f"i{n}": dict.fromkeys("abc", "x" if n % 4 else "y") for n in range(24)}
    apart = measured(votes, dict.fromkeys(votes, "x"))
    grouped = measured(votes, dict.fromkeys(votes, "x"), groups={item: f"g{int(item[1:]) % 8}" for item in votes})
    one = measured(votes, dict.fromkeys(votes, "x"), groups=dict.fromkeys(votes, "g"))

    assert (apart.low, apart.high) == pytest.approx(wilson(18, 24, student.ppf(0.975, 23)))
    assert (grouped.low, grouped.high) == pytest.approx(wilson(6, 8, student.ppf(0.975, 7)))
    assert (one.accuracy, one.low, one.high) == (0.75, None, None)
    assert apart.fields["label"].accuracy.low == apart.low
    assert apart.annotators["a"].low == pytest.approx(wilson(18, 24)[0])


def span(start, end, label="x"):
    return {"start": start, "end": end, "label": label}


def box(x, label="x", width=10):
    return {"x": x, "y": 0, "width": width, "height": 10, "label": label}


@pytest.mark.parametrize(
    ("scale", "values", "answers", "gold_answer", "near"),
    [
        (Scale.NOMINAL, None, ["a", "b"], "a", [1, 0]),
        (Scale.TEXT, None, ["a  b", "a b c"], "a b", [1, 0]),
        (Scale.ORDINAL, ("low", "mid", "high", "top"), ["high", "low", "top"], "high", [1, 1 / 3, 2 / 3]),
        (Scale.ORDINAL, None, [1, 2, 5], 3, [1 / 2, 3 / 4, 1 / 2]),
        (Scale.ORDINAL, (1, 2, 3), [3, 3], 3, [1, 1]),
        (Scale.INTERVAL, None, [0, 5, 10], 7.5, [1 / 4, 3 / 4, 3 / 4]),
        (Scale.RATIO, None, [0, 5, 10, 15], 5, [0, 1, 2 / 3, 1 / 2]),
        (Scale.RATIO, None, [0, 5], 0, [1, 0]),
        (Scale.SET, None, [["p", "q"], ["q"], [], ["r"]], ["p", "q"], [1, 1 / 2, 0, 0]),
        (Scale.SET, None, [[], ["q"]], [], [1, 0]),
        (Scale.TREE, None, ["a/b/c", "a/b", "x"], "a/b/d", [2 / 3, 4 / 5, 0]),
        (
            Scale.SPANS,
            None,
            [[span(0, 4)], [span(0, 4), span(6, 9)], [span(0, 5)], [span(0, 4, "y")], []],
            [span(0, 4), span(6, 9)],
            [2 / 3, 1, 0, 0, 0],
        ),
        (Scale.SPANS, None, [[], [span(0, 4)]], [], [1, 0]),
        (
            Scale.BOXES,
            None,
            [[box(0)], [box(2), box(41)], [box(4), box(40)], [box(0, "y")], [box(0), box(1)]],
            [box(0), box(40)],
            [2 / 3, 1, 1 / 2, 0, 1 / 2],
        ),
    ],
)
def test_credit_is_how_near_an_answer_is_on_its_scale(scale, values, answers, gold_answer, near):
    votes = {"i": {f"a{n}": value for n, value in enumerate(answers)}}
    report = measured(votes, {"i": gold_answer}, scale=scale, values=values)

    assert report.credit.value == pytest.approx(sum(near) / len(near))
    assert report.fields["label"].credit == report.credit
    assert report.accuracy <= report.credit.value
    for answer, credit in zip(answers, near, strict=True):
        assert measured(
            {"i": {"a": answer}, "j": votes["i"]}, {"i": gold_answer}, scale=scale, values=values
        ).credit.value == pytest.approx(credit)


def test_vote_accuracy_shares_a_tie_among_its_winners():
    votes = {
        "i": {"a": "x", "b": "x", "c": "y"},
        "j": {"a": "x", "b": "y"},
        "k": {"a": "x", "b": "y", "c": "z"},
        "l": {"a": "y", "b": "z"},
    }
    report = measured(votes, dict.fromkeys(votes, "x"))

    assert report.vote_accuracy == pytest.approx((1 + 1 / 2 + 1 / 3 + 0) / 4)


def test_gold_that_nobody_gave_is_missed_by_all():
    report = measured({"i": {"a": "x", "b": "y"}}, {"i": "q"})

    assert (report.accuracy, report.vote_accuracy) == (0, 0)


def test_annotators_whose_votes_do_not_count_are_measured_but_not_pooled():
    report = measured({"i": {"a": "x", "m": "y"}}, {"i": "x"}, excluded=["m"])

    assert (report.accuracy, report.vote_accuracy) == (1, 1)
    assert {name: one.value for name, one in report.annotators.items()} == {"a": 1, "m": 0}


def test_an_annotator_without_an_answered_gold_item_is_not_listed():
    report = measured({"i": {"a": "x"}, "j": {"b": "x"}, "k": {"c": None}}, {"i": "x", "k": "x"})

    assert list(report.annotators) == ["a"]
    assert report.items == 1


def test_the_annotators_own_answer_is_tested_and_the_vote_as_it_stands_after_review():
    corpus, field = corpus_of({"i": {"a": "x", "b": "y"}})
    column = corpus.annotations.fields["label"]
    corrected = replace(column, codes=np.zeros_like(column.codes))
    corpus = replace(corpus, annotations=replace(corpus.annotations, fields={"label": corrected}))
    report = measure_gold(with_gold(corpus, {"i": {"label": "x"}}), [field])

    assert (report.accuracy, report.vote_accuracy) == (0.5, 1)


def test_only_the_current_round_counts():
    rows = [
        Vote("i", "a", {"label": "y"}, "b1"),
        Vote("i", "a", {"label": "x"}, "b2"),
        Vote("j", "a", {"label": "y"}, "b3"),
    ]
    corpus = corpus_from(rows, [field := Field(name="label", scale=Scale.NOMINAL)], open_batches=["b3"])
    report = measure_gold(with_gold(corpus, {"i": {"label": "x"}, "j": {"label": "x"}}), [field])

    assert (report.accuracy, report.fields["label"].accuracy.of) == (1, 1)


@pytest.mark.parametrize(
    ("scale", "vote", "answer"),
    [
        (Scale.SET, ["q", "p"], ["p", "q", "q"]),
        (Scale.INTERVAL, 70, 70.0),
        (Scale.TEXT, "a  b", "a b"),
        (
            Scale.SPANS,
            [{"start": 3, "end": 4}, {"start": 0, "end": 1}],
            [{"start": 0, "end": 1}, {"end": 4, "start": 3}],
        ),
    ],
)
def test_the_same_value_in_another_spelling_is_right(scale, vote, answer):
    assert measured({"i": {"a": vote}}, {"i": answer}, scale=scale).accuracy == 1


def test_fields_are_pooled_by_their_votes():
    fields = [Field(name="one", scale=Scale.NOMINAL), Field(name="two", scale=Scale.NOMINAL)]
    rows = [Vote("i", "a", {"one": "x", "two": "x"}), Vote("i", "b", {"one": "y"}), Vote("i", "c", {"one": "y"})]
    report = measure_gold(with_gold(corpus_from(rows, fields), {"i": {"one": "x", "two": "x"}}), fields)

    assert (report.accuracy, report.vote_accuracy) == (2 / 4, 1 / 2)
    assert {name: field.accuracy.value for name, field in report.fields.items()} == {"one": 1 / 3, "two": 1}
    assert report.annotators["a"].of == 2


def test_of_a_sequence_each_element_is_right_or_wrong_and_the_sequence_weighs_one_answer():
    fields = [
        Field(name="pos", scale=Scale.SEQUENCE, textual=False, source="tokens"),
        Field(name="tone", scale=Scale.NOMINAL),
    ]
    rows = [
        Vote("i", "a", {"pos": ["D", "N", "V", "D"], "tone": "x"}),
        Vote("i", "b", {"pos": ["D", "N", "N", "N"], "tone": "y"}),
        Vote("i", "c", {"tone": "x"}),
        Vote("j", "a", {"pos": ["N"], "tone": "y"}),
    ]
    answers = {"i": {"pos": ["D", "N", "V", "N"], "tone": "x"}, "j": {"pos": ["V"]}}
    report = measure_gold(with_gold(corpus_from(rows, fields), answers), fields)
    pos = report.fields["pos"]

    assert (pos.accuracy.hits, pos.accuracy.of) == (6, 9)
    assert (pos.vote_accuracy.hits, pos.vote_accuracy.of) == (2 + 1 / 2 + 1 / 2, 5)
    assert pos.credit.value == pytest.approx((3 / 4 + 3 / 4 + 0) / 3)
    assert report.accuracy == pytest.approx((3 * 6 / 9 + 2) / 6)
    assert report.vote_accuracy == pytest.approx((2 * 3 / 5 + 1) / 3)
    assert {name: (one.hits, one.of) for name, one in report.annotators.items()} == {
        "a": (pytest.approx(2 * 3 / 5 + 1), 3), "b": (pytest.approx(3 / 4), 2), "c": (1, 1),
    }  # fmt: skip


def test_empty_sequences_and_shorter_ones_have_no_elements_to_be_right():
    assert measured({"i": {"a": []}}, {"i": []}, scale=Scale.SEQUENCE).accuracy is None
    assert measured({"i": {"a": ["x"]}}, {"i": ["x", "y"]}, scale=Scale.SEQUENCE).accuracy == 1 / 2
    assert measured({"i": {"a": ["x"]}}, {"i": ["x", "y"]}, scale=Scale.SEQUENCE).vote_accuracy == 1 / 2


def test_without_gold_nothing_is_measured():
    report = measured({"i": {"a": "x"}}, {})

    assert (report.items, report.accuracy, report.vote_accuracy, report.fields) == (0, None, None, {})


def test_gold_on_items_without_votes_has_no_value():
    report = measured({"i": {"a": None}}, {"i": "x"})

    assert (report.items, report.accuracy, report.vote_accuracy) == (0, None, None)
    assert report.fields["label"].vote_accuracy.of == 0


@given(
    st.dictionaries(
        st.sampled_from(["i", "j"]),
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), min_size=1),
        min_size=1,
    ),
    st.permutations("abcd"),
)
def test_who_voted_changes_only_the_annotators_shares(votes, names):
    swapped = {item: {names["abcd".index(who)]: said for who, said in given.items()} for item, given in votes.items()}
    one, other = (measured(given, dict.fromkeys(votes, "x")) for given in (votes, swapped))

    assert (one.accuracy, one.vote_accuracy) == (other.accuracy, other.vote_accuracy)
    assert {names["abcd".index(who)]: value for who, value in one.annotators.items()} == other.annotators
