import math

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.core.values import Scale
from corpora import corpus_of


def of(*votes):
    given = {"i": {f"a{number}": vote for number, vote in enumerate(votes)}}
    corpus, field = corpus_of(given, scale=Scale.RANKING, values=("a", "b", "c"))
    consensus = compute_consensus(corpus, [field])
    return consensus.value[0], round(float(consensus.confidence[0]), 6), consensus.source[0]


def test_options_stand_by_their_points():
    abc, bca, acb = ["a", "b", "c"], ["b", "c", "a"], ["a", "c", "b"]
    assert of(abc, abc, ["b", "a", "c"]) == (abc, round((3 + 3 + 2) / 9, 6), Source.VOTED)
    assert of(acb, acb, abc) == (acb, round((3 + 3 + 2) / 9, 6), Source.VOTED)
    assert of(bca, bca) == (bca, 1.0, Source.UNANIMOUS)
    value, confidence, source = of(bca)
    assert (value, math.isnan(confidence), source) == (bca, True, Source.SINGLE)


def test_points_and_not_majorities_of_pairs_decide():
    """Three of five put a before b, and b has more points."""
    votes = [["a", "b", "c"]] * 3 + [["b", "c", "a"]] * 2
    assert of(*votes)[0] == ["b", "a", "c"]


def test_two_options_with_the_same_points_are_a_tie():
    abc, bac, cba = ["a", "b", "c"], ["b", "a", "c"], ["c", "b", "a"]
    assert of(abc, bac) == (None, round((2.5 + 2.5) / 6, 6), Source.TIE)
    assert of(abc, cba) == (None, 0.5, Source.TIE)


def test_what_all_tie_alike_stands():
    tied = [["b", "a"], "c"]
    assert of(tied, tied) == ([["a", "b"], "c"], 1.0, Source.UNANIMOUS)
    assert of(tied, tied, ["a", "b", "c"])[0] == ["a", "b", "c"]


def test_options_that_a_vote_does_not_name_stand_behind_those_that_it_names_and_tie():
    assert of(["a", "b"], ["a", "b"], ["a", "c"]) == (["a", "b", "c"], round((3 + 3 + 2) / 9, 6), Source.VOTED)
    assert of(["b"], ["c"])[0] is None
    assert of(["b", "a"], ["b"], ["c"])[0] == ["b", "c", "a"]
    assert of(["a", "b"], ["a"], ["a"]) == (["a", "b"], 1.0, Source.VOTED)
