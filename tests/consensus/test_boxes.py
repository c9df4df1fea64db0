import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.consensus.decision import compute_consensus
from assay.consensus.result import Source
from assay.core.values import Scale, canonical_value
from corpora import corpus_of
from marking import fused


def fuse(votes):
    return fused(votes, Scale.BOXES)


def box(x, y, width=10, height=10, label="car", **more):
    return {"x": x, "y": y, "width": width, "height": height, "label": label} | more


def test_a_box_is_kept_when_more_than_half_of_the_voters_draw_it():
    value, confidence = fuse([[box(0, 0)], [box(1, 0)], [box(50, 50)]])

    assert value == [box(0, 0)]
    assert confidence == pytest.approx(2 / 3)


def test_each_number_of_a_box_is_the_middle_one_that_somebody_gave():
    value, _ = fuse([[box(0, 5, 20, 22)], [box(2, 4, 21, 20)], [box(1, 3, 22, 21)]])

    assert value == [box(1, 4, 21, 21)]


def test_boxes_are_the_same_from_an_overlap_of_one_half_on():
    half, less = fuse([[box(0, 0, 10, 10)], [box(0, 0, 10, 20)]]), fuse([[box(0, 0, 10, 10)], [box(0, 0, 10, 21)]])

    assert half[0] == [box(0, 0, 10, 10)]
    assert less == ([], 0)


def test_boxes_of_different_labels_are_different_things():
    assert fuse([[box(0, 0)], [box(0, 0, label="bus")]])[0] == []


def test_two_boxes_of_one_voter_are_never_merged_into_one_thing():
    value, _ = fuse([[box(0, 0), box(2, 0)], [box(1, 0)], [box(0, 0), box(2, 0)]])

    assert value == [box(0, 0), box(2, 0)]


def test_the_most_alike_boxes_are_matched_first():
    value, confidence = fuse([[box(0, 0), box(4, 0)], [box(1, 0), box(4, 0)]])

    assert value == [box(0, 0), box(4, 0)]
    assert confidence == 1


def test_a_box_without_area_is_like_no_other():
    assert fuse([[box(0, 0, 0, 0)], [box(0, 0, 0, 0)], [box(0, 0)]])[0] == []


def test_an_image_that_nobody_draws_in_is_an_answer():
    corpus, field = corpus_of({"i": {"a": [], "b": []}}, scale=Scale.BOXES)
    consensus = compute_consensus(corpus, [field])

    assert (consensus.value, consensus.source) == (([],), (Source.UNANIMOUS,))


BOXES = st.lists(st.builds(box, *[st.integers(0, 6)] * 2, *[st.integers(1, 9)] * 2), max_size=3)


@given(BOXES, st.integers(1, 4))
def test_votes_that_are_equal_are_returned(boxes, voters):
    distinct = [one for place, one in enumerate(boxes) if one not in boxes[:place]]
    value, confidence = fuse([distinct] * voters)

    assert value == canonical_value(distinct, Scale.BOXES)
    assert confidence == 1


@given(st.lists(BOXES, min_size=1, max_size=4))
def test_a_majority_stands_behind_every_box(votes):
    value, confidence = fuse(votes)

    assert len(value) * (len(votes) // 2 + 1) <= sum(map(len, votes))
    assert 0 <= confidence <= 1
