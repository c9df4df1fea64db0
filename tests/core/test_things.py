"""Which elements show the same thing, and how much two have in common."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.geometry import iou, match_elements, span_iou

GRID = (np.stack(np.meshgrid(np.arange(600), np.arange(600)), axis=-1).reshape(-1, 2) + 0.5) / 20


def covered(box):
    """The points of a fine grid that a box covers: it turns clockwise about its centre, y running down."""
    x, y, width, height, degrees = box
    right, down = (GRID - [x + width / 2, y + height / 2]).T
    turn = np.radians(degrees)
    along, across = right * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - right * np.sin(turn)
    return (abs(along) <= width / 2) & (abs(across) <= height / 2)


def test_boxes_overlap_as_they_lie():
    rng = np.random.default_rng(7)
    for _ in range(40):
        size, degrees = rng.uniform(2, 9, (2, 2)), rng.choice([*rng.uniform(-400, 400, 6), 0, 90, -90, 270], 2)
        one, other = np.column_stack([rng.uniform(10, 15, (2, 2)), size, degrees])
        first, second = covered(one), covered(other)
        found = iou(one[np.newaxis], other[np.newaxis])[0, 0]
        assert found == pytest.approx((first & second).sum() / (first | second).sum(), abs=0.01)
        assert iou(other[np.newaxis], one[np.newaxis])[0, 0] == pytest.approx(found)


@pytest.mark.parametrize(
    ("degrees", "other", "expected"),
    [(0, 90, 16 / 304), (0, 270, 16 / 304), (-90, 0, 16 / 304), (45, 135, 16 / 304), (0, 180, 1), (0, 360, 1), (30, 210, 1), (30, -330, 1)],
)  # fmt: skip
def test_a_long_box_and_the_same_box_turned(degrees, other, expected):
    one, two = np.array([[7, 3, 40, 4, degrees]], float), np.array([[7, 3, 40, 4, other]], float)

    assert iou(one, two)[0, 0] == pytest.approx(expected)


def test_boxes_that_say_nothing_of_a_rotation_stand_upright():
    plain, turned = np.array([[0, 0, 4, 2.0]]), np.array([[0, 0, 4, 2, 0.0], [1, -1, 2, 4, 90]])

    assert iou(plain, turned).tolist() == [[1, 1]]
    assert iou(np.array([[0, 0, 0, 3.0]]), plain).tolist() == [[0]]


def test_spans_overlap_by_what_both_mark_of_what_either_marks():
    assert span_iou(np.array([[0, 4], [0, 4], [0, 2]]), np.array([[0, 4], [2, 6], [2, 4]])).tolist() == [1, 1 / 3, 0]


SPANS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(1, 6)), min_size=1, max_size=9)


@given(SPANS, st.permutations(range(4)), st.sampled_from(["spans", "boxes"]))
def test_a_thing_has_one_element_of_a_person_at_most_whatever_people_are_called(marked, names, scale):
    person = np.array([who for who, _, _ in marked])
    starts, sizes = np.array([(start, size) for _, start, size in marked], float).T
    one = np.ones_like(starts)
    place = np.column_stack([starts, starts + sizes] if scale == "spans" else [starts, one, sizes, one, 0 * one])
    group = np.zeros(len(marked), dtype=np.int64)
    thing = match_elements(group, person, place)

    assert len(set(zip(thing.tolist(), person.tolist(), strict=True))) == len(marked)
    assert match_elements(group, np.array(names)[person], place).tolist() == thing.tolist()
    alone = [match_elements(group[[at]], person[[at]], place[[at]]).tolist() for at in range(len(marked))]
    assert alone == [[0]] * len(marked)


def test_the_most_alike_are_joined_first_and_only_within_a_group():
    place = np.array([[0, 4], [0, 6], [0, 4], [0, 4]], float)

    assert match_elements(np.zeros(4, int), np.array([0, 0, 1, 2]), place).tolist() == [0, 1, 0, 0]
    assert match_elements(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), place).tolist() == [0, 0, 1, 1]
    assert match_elements(np.zeros(2, int), np.array([0, 1]), np.array([[0, 4], [2, 6]], float)).tolist() == [0, 1]
