"""What is found once for items with the same votes is what each of them alone comes to."""

import numpy as np

from assay.consensus.decision import compute_consensus
from assay.consensus.result import distinct_rows
from assay.consensus.votes import poll
from corpora import corpus_of


def test_rows_are_the_same_where_all_their_numbers_are_however_large():
    rows = np.array([[2**40, -1, 2**40], [0, 7, 2**40], [2**40, -1, 2**40], [0, 7, 0], [0, 7, 2**40]])
    first, which = distinct_rows(list(rows.T))
    assert sorted(first.tolist()) == [0, 1, 3]
    assert rows[first[which]].tolist() == rows.tolist()


def test_votes_are_united_whatever_their_number_and_those_for_very_many_values_stay_apart():
    many = {f"a{number:02}": f"v{number:02}" for number in range(20)}
    votes = {
        "a": {"a": "x", "b": "y", "c": "x"},
        "b": many,
        "c": {"a": "x"},
        "d": {"b": "x", "c": "y", "d": "x"},
        "e": many | {"z": "v07"},
        "f": {"a": "x", "b": "y", "c": "x", "d": "x"},
        "g": many,
    }
    corpus, field = corpus_of(votes)
    ballots = poll(corpus, field)
    united, which = ballots.united()
    alone = list(ballots.iter_votes())
    assert [list(united.iter_votes())[place] for place in which.tolist()] == alone
    assert len(united.items) == 6
    found = compute_consensus(corpus, [field])
    assert found.value == ("x", None, "x", "x", "v07", "x", None)
    for item, given in votes.items():
        place = sorted(votes).index(item)
        of_item, own = corpus_of({item: given})
        lone = compute_consensus(of_item, [own])
        assert (lone.value[0], lone.distribution[0]) == (found.value[place], found.distribution[place])
