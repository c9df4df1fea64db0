"""Equal answers, counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.values import Field, Scale
from assay.lead.team_parts import peer_marks
from corpora import Vote, corpus_from, corpus_of


def measured(corpus, *fields):
    marks = peer_marks(corpus, fields, np.ones(len(corpus.annotations), dtype=np.bool_))
    return {name: totals(each.values()) for name, each in marks.items()}


def totals(marks):
    return sum(one.hits for one in marks), sum(one.of for one in marks)


def test_each_answer_is_held_against_each_peers_on_the_item():
    votes = {"i": {"a": "x", "b": "x", "c": "y"}, "j": {"a": "x", "b": "y"}, "k": {"c": "x"}}
    assert measured(*corpus_of(votes)) == {"a": (1, 3), "b": (1, 3), "c": (0, 2)}


def test_everybody_is_compared_and_only_with_peers_who_count():
    votes = {"i": {"a": "x", "b": "x", "m": "x"}, "j": {"m": "y", "n": "y"}}
    assert measured(*corpus_of(votes, excluded=["m", "n"])) == {"a": (1, 1), "b": (1, 1), "m": (2, 2)}


def test_a_current_vote_of_another_batch_is_a_peer_and_an_open_one_or_a_missing_value_is_none():
    field = Field(name="f", scale=Scale.NOMINAL)
    rows = [
        Vote("i", "a", {"f": "x"}),
        Vote("i", "b", {}),
        Vote("i", "c", {"f": "x"}, "b2"),
        Vote("j", "a", {"f": "x"}),
    ]
    assert measured(corpus_from(rows, [field]), field) == {"a": (1, 1), "c": (1, 1)}
    assert measured(corpus_from(rows, [field], open_batches=["b2"]), field) == {}


def test_fields_are_pooled_and_a_scale_that_is_not_measured_is_left_out():
    fields = [
        Field(name="one", scale=Scale.NOMINAL),
        Field(name="two", scale=Scale.SET, textual=False),
        Field(name="said", scale=Scale.TEXT),
    ]
    rows = [
        Vote("i", "a", {"one": "x", "two": ["p", "q"], "said": "s"}),
        Vote("i", "b", {"one": "y", "two": ["q", "p"], "said": "s"}),
    ]
    assert measured(corpus_from(rows, fields), *fields) == {"a": (1, 2), "b": (1, 2)}


def test_sequences_are_compared_by_element_and_count_as_many_as_there_are_of_them():
    fields = [Field(name="pos", scale=Scale.SEQUENCE, textual=False), Field(name="tone", scale=Scale.NOMINAL)]
    rows = [
        Vote("i", "a", {"pos": ["D", "N", "V"], "tone": "x"}),
        Vote("i", "b", {"pos": ["D", "N", "N"], "tone": "x"}),
        Vote("i", "c", {"pos": ["D", "V", "N"]}),
        Vote("j", "a", {"pos": ["N"]}),
        Vote("j", "b", {"pos": ["D"]}),
        Vote("k", "a", {"pos": []}),
        Vote("k", "b", {"pos": []}),
    ]
    found = measured(corpus_from(rows, fields), *fields)
    assert found["a"] == (pytest.approx(4 * (2 + 1) / 7 + 1), 5)
    assert found["c"] == (pytest.approx(2 * (1 + 2) / 6), 2)


def test_only_the_rows_asked_for_are_looked_at():
    corpus, field = corpus_of({"i": {"a": "x", "b": "x"}, "j": {"a": "x", "b": "y"}})
    first = corpus.annotations.item == 0
    assert totals(peer_marks(corpus, [field], first)["a"].values()) == (1, 1)
    assert totals(peer_marks(corpus, [field], ~first)["a"].values()) == (0, 1)


@given(
    st.dictionaries(
        st.sampled_from("ijk"), st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), min_size=1), min_size=1
    )
)
def test_it_is_what_counting_pairs_gives(votes):
    expected = {}
    for given_on_item in votes.values():
        for me, mine in given_on_item.items():
            for peer, theirs in given_on_item.items():
                hits, of = expected.get(me, (0, 0))
                if me != peer:
                    expected[me] = (hits + (mine == theirs), of + 1)
    assert measured(*corpus_of(votes)) == expected
