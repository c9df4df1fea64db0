import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.core.values import Scale
from corpora import corpus_of

VOTES = st.dictionaries(
    st.sampled_from(["i1", "i2", "i3"]),
    st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from(["x", "y", "z"]), min_size=1),
    min_size=1,
)


def decided(votes, **options):
    corpus, field = corpus_of(votes, **options)
    return compute_consensus(corpus, [field])


def test_the_value_given_most_often_wins_with_its_share_as_confidence():
    consensus = decided({"i": {"a": "x", "b": "y", "c": "x", "d": "z"}})

    assert (consensus.value, consensus.source) == (("x",), (Source.VOTED,))
    assert consensus.confidence.tolist() == [0.5]


def test_a_tie_has_no_value_and_the_share_of_each_tied_value_as_confidence():
    consensus = decided({"i": {"a": "x", "b": "y", "c": "z", "d": "x", "e": "y"}})

    assert (consensus.value, consensus.source) == ((None,), (Source.TIE,))
    assert consensus.confidence.tolist() == [0.4]


def test_sets_are_voted_on_whole_and_know_no_order():
    consensus = decided({"i": {"a": ["p", "q"], "b": ["q", "p"], "c": ["p"]}}, scale=Scale.SET)

    assert consensus.value == (["p", "q"],)
    assert consensus.confidence.tolist() == [2 / 3]


def test_booleans_and_numbers_are_different_values():
    consensus = decided({"i": {"a": True, "b": 1, "c": True}})

    assert consensus.value == (True,)
    assert consensus.distribution == ('{"1":1,"true":2}',)


def test_texts_that_differ_in_spelling_of_characters_and_white_space_are_one_vote():
    composed, combining = "caf\u00e9  noir", "cafe\u0301\nnoir "
    consensus = decided({"i": {"a": composed, "b": combining, "c": "tea"}}, scale=Scale.TEXT)

    assert consensus.value == ("caf\u00e9 noir",)
    assert consensus.source == (Source.VOTED,)


@given(VOTES)
def test_the_winner_has_more_votes_than_any_other_value_and_else_it_is_a_tie(votes):
    consensus = decided(votes)

    for item, value, source in zip(sorted(votes), consensus.value, consensus.source, strict=True):
        given_values = list(votes[item].values())
        counts = {name: given_values.count(name) for name in given_values}
        best = [name for name, count in counts.items() if count == max(counts.values())]
        assert (value, source is Source.TIE) == ((best[0], False) if len(best) == 1 else (None, True))


@given(VOTES, st.randoms(use_true_random=False))
def test_who_voted_and_in_which_order_changes_nothing(votes, random):
    names = list("abcdefg")
    random.shuffle(names)
    renamed = {item: {names["abcdefg".index(who)]: said for who, said in votes[item].items()} for item in votes}
    first, second = decided(votes), decided(renamed)

    assert (first.value, first.source, first.distribution) == (second.value, second.source, second.distribution)
    assert first.confidence.tolist() == pytest.approx(second.confidence.tolist(), nan_ok=True)


@given(VOTES)
def test_renaming_the_values_renames_the_decision(votes):
    names = {"x": "zz", "y": "aa", "z": "mm", None: None}
    renamed = {item: {who: names[said] for who, said in given.items()} for item, given in votes.items()}

    assert tuple(names[value] for value in decided(votes).value) == decided(renamed).value
