import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.core.values import Scale
from corpora import corpus_of
from marking import fused


def fuse(votes):
    return fused(votes, Scale.SPANS)


def span(start, end, label="X", **more):
    return {"start": start, "end": end, "label": label} | more


def extents(value):
    return [(element["start"], element["end"], element["label"]) for element in value]


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([[span(0, 5)], [span(0, 5)], []], [(0, 5, "X")]),
        ([[span(0, 4)], [span(1, 5)], [span(2, 6)]], [(1, 5, "X")]),
        ([[span(0, 5)], [span(0, 5, "Y")], [span(0, 5)]], [(0, 5, "X")]),
        ([[span(0, 5)], []], []),
        ([[span(0, 4)], [span(2, 6)]], [(2, 4, "X")]),
        ([[span(0, 5), span(0, 5, "Y")], [span(0, 5), span(2, 5, "Y")]], [(0, 5, "X"), (2, 5, "Y")]),
        ([[span(0, 2), span(4, 6)], [span(0, 6)], [span(0, 2), span(4, 6)]], [(0, 2, "X"), (4, 6, "X")]),
    ],
)
def test_a_position_is_marked_when_more_than_half_of_the_voters_mark_it(votes, expected):
    assert extents(fuse(votes)[0]) == expected


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([[span(0, 2), span(2, 4)], [span(0, 2), span(2, 4)], [span(0, 4)]], [(0, 2, "X"), (2, 4, "X")]),
        ([[span(0, 2), span(2, 4)], [span(0, 4)], [span(0, 4)]], [(0, 4, "X")]),
        ([[span(0, 2)], [span(2, 4)], [span(0, 4)]], [(0, 2, "X"), (2, 4, "X")]),
        ([[span(0, 3)], [span(1, 4)], [span(0, 4)]], [(0, 4, "X")]),
    ],
)
def test_neighbours_are_one_span_when_more_than_half_of_the_voters_join_them(votes, expected):
    assert extents(fuse(votes)[0]) == expected


def test_confidence_is_the_mean_jaccard_index_of_the_votes_with_the_result():
    value, confidence = fuse([[span(0, 4)], [span(0, 4)], [span(2, 6)]])

    assert extents(value) == [(0, 4, "X")]
    assert confidence == pytest.approx((1 + 1 + 2 / 6) / 3)


def test_what_a_majority_says_of_a_span_stays_with_it_and_the_rest_goes():
    votes = [[span(0, 4, sure=True, id=1)], [span(0, 4, sure=True, id=2)], [span(0, 5, sure=False, id=3)]]

    assert fuse(votes)[0] == [span(0, 4, sure=True)]


def test_spans_need_no_label():
    votes = [[{"start": 0, "end": 3}], [{"start": 0, "end": 3}], [{"start": 1, "end": 3}]]

    assert fuse(votes)[0] == [{"start": 0, "end": 3}]


def test_what_all_voters_mark_alike_is_kept_as_it_is():
    nested = [span(0, 9, note="outer"), span(2, 2), span(3, 5)]
    corpus, field = corpus_of({"i": {"a": nested, "b": nested}}, scale=Scale.SPANS)
    consensus = compute_consensus(corpus, [field])

    assert (consensus.value, consensus.source) == ((nested,), (Source.UNANIMOUS,))
    assert consensus.confidence.tolist() == [1]


def test_no_span_is_an_answer_and_a_missing_field_is_none():
    votes = {"i": {"a": [], "b": [], "c": [span(0, 1)]}, "j": {"a": None}}
    corpus, field = corpus_of(votes, scale=Scale.SPANS)
    consensus = compute_consensus(corpus, [field])

    assert consensus.value == ([], None)
    assert consensus.source == (Source.VOTED, Source.NONE)


SPANS = st.lists(
    st.builds(
        lambda start, size, label: span(start, start + size, label), *[st.integers(0, 9)] * 2, st.sampled_from("XY")
    ),
    max_size=4,
)


@given(st.lists(SPANS, min_size=1, max_size=5).flatmap(lambda votes: st.tuples(st.just(votes), st.permutations(votes))))
def test_the_order_of_voters_changes_nothing(both):
    votes, permuted = both
    (value, confidence), (again, sure) = fuse(votes), fuse(permuted)

    assert value == again
    assert confidence == pytest.approx(sure)


@given(st.lists(SPANS, min_size=1, max_size=5))
def test_the_marked_positions_are_those_that_a_majority_covers(votes):
    def covered(elements):
        return {(place, one["label"]) for one in elements for place in range(one["start"], one["end"])}

    everything = set().union(*map(covered, votes))
    value, confidence = fuse(votes)

    assert covered(value) == {
        cell for cell in everything if sum(cell in covered(vote) for vote in votes) * 2 > len(votes)
    }
    assert 0 <= confidence <= 1
    if any(sorted(map(str, vote)) != sorted(map(str, votes[0])) for vote in votes):
        assert sum(one["end"] - one["start"] for one in value) == len(covered(value))
