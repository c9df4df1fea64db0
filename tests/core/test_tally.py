import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.tallies import Tally, add_tallies, dichotomy, tally
from assay.core.values import Scale, canonical_text
from corpora import corpus_of
from fresh import examples


def content(whole: Tally) -> tuple[object, ...]:
    patterns = whole.patterns
    arrays = (patterns.starts, patterns.codes, patterns.counts, patterns.units, patterns.cluster)
    texts = [canonical_text(value) for value in whole.values]
    return (texts, whole.clusters, whole.annotators, *(array.tolist() for array in arrays))


def everything(corpus) -> np.ndarray:
    return np.ones(len(corpus.annotations), dtype=np.bool_)


def of_items(corpus, items) -> np.ndarray:
    return np.isin(corpus.annotations.item, list(items))


VOTES = {
    "i1": {"a": "x", "b": "x", "c": "y"},
    "i2": {"a": "y", "b": "x", "d": "x"},
    "i3": {"a": "z"},
    "i4": {"b": "x", "c": "x"},
    "i5": {"a": None, "b": None},
}


def test_units_with_the_same_value_counts_share_a_pattern():
    whole = tally(*(made := corpus_of(VOTES)), everything(made[0]))
    assert whole.values == ("x", "y", "z")
    shown = [
        (dict(zip(codes, counts, strict=True)), units)
        for codes, counts, units in zip(
            np.split(whole.patterns.codes, whole.patterns.starts[1:-1]),
            np.split(whole.patterns.counts, whole.patterns.starts[1:-1]),
            whole.patterns.units,
            strict=True,
        )
    ]
    assert shown == [({0: 2}, 1), ({2: 1}, 1), ({0: 2, 1: 1}, 2)]


def test_units_pairable_values_and_annotators_leave_single_values_out():
    corpus, field = corpus_of({"i1": {"a": 1, "b": 1, "c": 2}, "i2": {"d": 3}})
    whole = tally(corpus, field, everything(corpus))
    assert (whole.units, whole.pairable, whole.annotators, len(whole.patterns)) == (1, 3, ("a", "b", "c"), 2)


def test_rows_that_do_not_count_leave_no_trace():
    corpus, field = corpus_of({"i1": {"a": "x", "b": "x", "m": "odd"}}, excluded={"m"})
    assert tally(corpus, field, everything(corpus)).values == ("x",)


def test_the_value_before_a_correction_is_tallied():
    corpus, field = corpus_of({"i1": {"a": "x", "b": "y"}})
    corpus.annotations.fields["label"].codes[:] = 0
    assert tally(corpus, field, everything(corpus)).values == ("x", "y")


def test_values_stand_in_declared_order_then_by_number():
    corpus, field = corpus_of({"i1": {"a": 10, "b": 9, "c": 2, "d": -1}}, values=(2, -1))
    assert tally(corpus, field, everything(corpus)).values == (2, -1, 9, 10)


def test_units_of_a_group_are_kept_apart_from_those_of_another():
    votes = {f"i{n}": {"a": "x", "b": "x"} for n in range(5)}
    corpus, field = corpus_of(votes, groups={"i0": "g", "i1": "g", "i2": "h"})
    whole = tally(corpus, field, everything(corpus))
    assert whole.clusters == ("g", "h")
    assert list(zip(whole.patterns.cluster, whole.patterns.units, strict=True)) == [(-1, 2), (0, 2), (1, 1)]


def test_no_rows_give_an_empty_tally_that_adds_nothing():
    corpus, field = corpus_of(VOTES)
    none, whole = (tally(corpus, field, rows) for rows in (~everything(corpus), everything(corpus)))
    assert (none.units, none.pairable, none.values, none.annotators) == (0, 0, (), ())
    assert content(add_tallies(none, whole)) == content(whole)
    assert content(add_tallies(none, none)) == content(none)


values = st.sampled_from(["u", "v", "w", "x"]) | st.none()
units = st.dictionaries(st.sampled_from("abcd"), values, min_size=1)
tables = st.dictionaries(st.integers(0, 30).map("i{:02}".format), units, min_size=1, max_size=12)


@given(tables, st.randoms(use_true_random=False), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_parts_add_up_to_the_whole_however_items_are_split(votes, random, data):
    groups = data.draw(st.dictionaries(st.sampled_from(sorted(votes)), st.sampled_from("gh")))
    corpus, field = corpus_of(votes, groups=groups, values=("w",))
    part = [random.randrange(3) for _ in corpus.items.ids]
    parts = [
        tally(corpus, field, of_items(corpus, [i for i, of in enumerate(part) if of == number])) for number in range(3)
    ]
    random.shuffle(parts)
    assert content(add_tallies(*parts)) == content(tally(corpus, field, everything(corpus)))
    assert content(add_tallies(add_tallies(parts[0], parts[1]), parts[2])) == content(
        add_tallies(parts[2], add_tallies(parts[1], parts[0]))
    )


@given(tables, st.randoms(use_true_random=False))
@settings(max_examples=examples(60), deadline=None)
def test_other_names_for_items_and_annotators_change_nothing(votes, random):
    items, annotators = sorted(votes), list("abcd")
    random.shuffle(items)
    random.shuffle(annotators)
    renamed = {
        new: {annotators["abcd".index(who)]: value for who, value in votes[old].items()}
        for old, new in zip(sorted(votes), items, strict=True)
    }
    one, other = (tally(*(made := corpus_of(each)), everything(made[0])) for each in (votes, renamed))
    assert content(one)[:2] == content(other)[:2]
    assert content(one)[3:] == content(other)[3:]


def test_vocabularies_of_parts_are_brought_into_one_order():
    corpus, field = corpus_of({"i1": {"a": [], "b": ["q"]}, "i2": {"a": ["p", "q"], "b": ["q"]}}, scale=Scale.SET)
    parts = [tally(corpus, field, of_items(corpus, [item])) for item in (1, 0)]
    assert content(add_tallies(*parts)) == content(tally(corpus, field, everything(corpus)))


@pytest.mark.parametrize("value", ["x", "y", "z"])
def test_a_dichotomy_counts_one_value_against_the_rest(value):
    corpus, field = corpus_of(VOTES, groups={"i1": "g"})
    whole = tally(corpus, field, everything(corpus))
    two = dichotomy(whole, np.array([other == value for other in whole.values]))
    said = {item: {who: v == value for who, v in row.items() if v is not None} for item, row in VOTES.items()}
    corpus, field = corpus_of(said, groups={"i1": "g"}, values=(False, True))
    again = tally(corpus, field, everything(corpus))
    assert (two.units, two.pairable, two.field.values) == (again.units, again.pairable, (False, True))
    assert content(two)[3:] == content(again)[3:]
