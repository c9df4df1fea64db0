import itertools

import numpy as np
import pytest

from assay.agreement.boxes import alpha_boxes, f1_half, mean_iou
from assay.core.agreement_result import Undefined
from assay.core.geometry import iou
from assay.core.values import Scale
from estimates import point
from marking import best_matching, box, marked, random_boxes

EVERY = (alpha_boxes, mean_iou, f1_half)


def drawn(*units):
    return marked(units, scale=Scale.BOXES)


def corpora():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        yield [{f"a{who}": random_boxes(rng) for who in range(rng.integers(2, 4))} for _ in range(3)]


def one_iou(one, other):
    """By counting cells of a grid."""
    cells = [
        {(x, y) for x in range(b["x"], b["x"] + b["width"]) for y in range(b["y"], b["y"] + b["height"])}
        for b in (one, other)
    ]
    return len(cells[0] & cells[1]) / len(cells[0] | cells[1])


def unique(boxes):
    return list({tuple(sorted(one.items())): one for one in boxes}.values())


def test_intersection_over_union_counts_cells():
    rng = np.random.default_rng(5)
    for _ in range(50):
        one, other = random_boxes(rng, 1) or [box(0, 0, 2, 2)], random_boxes(rng, 1) or [box(1, 1, 2, 3)]
        numbers = [
            np.array([[b[k] for k in ("x", "y", "width", "height")] for b in some], float) for some in (one, other)
        ]
        assert iou(*numbers)[0, 0] == pytest.approx(one_iou(one[0], other[0]))


def test_mean_iou_is_that_of_the_best_matching_and_what_is_left_over_counts_as_nothing():
    for units in corpora():
        pairs = [tuple(map(unique, pair)) for given in units for pair in itertools.combinations(given.values(), 2)]
        summed = sum(best_matching(one, other, one_iou) for one, other in pairs)
        every = sum(max(len(one), len(other)) for one, other in pairs)
        assert point(mean_iou, drawn(*units)) == (pytest.approx(summed / every) if every else None)


def test_f1_at_one_half():
    units = [{"a": [box(0, 0, 4, 4), box(9, 9, 2, 2)], "b": [box(0, 0, 4, 3)], "c": []}]
    assert point(f1_half, drawn(*units)) == pytest.approx(2 * 1 / (3 + 2 + 1))


def test_alpha_over_objects_by_hand():
    units = [{"a": [box(0, 0, 4, 4, "cat")], "b": [box(0, 0, 4, 3, "cat"), box(9, 9, 2, 2, "dog")]}]
    # two objects: cat/cat and missing/dog, so n = 4, Do = 2/4, De = (16 - 4 - 1 - 1) / 12
    assert point(alpha_boxes, drawn(*units)) == pytest.approx(1 - 0.5 / (10 / 12))


def test_two_boxes_of_one_annotator_are_two_objects():
    units = [{"a": [box(0, 0, 4, 4), box(0, 0, 4, 3)], "b": [box(0, 0, 4, 4)]}, {"a": [], "b": []}]
    whole = drawn(*units)
    observed, _ = alpha_boxes(whole).parts(whole.patterns.units[np.newaxis].astype(float))
    assert observed[0] == pytest.approx(2 / 4)


@pytest.mark.parametrize("make", EVERY)
def test_who_is_who_makes_no_difference(make):
    for units in corpora():
        turned = [
            {f"z{who}": boxes[::-1] for who, boxes in enumerate(reversed(given.values()))} for given in units[::-1]
        ]
        assert point(make, drawn(*units)) == pytest.approx(point(make, drawn(*turned)), nan_ok=True)


@pytest.mark.parametrize("make", EVERY)
def test_nobody_drew_anything(make):
    assert point(make, drawn({"a": [], "b": []})) is None
    assert make(drawn({"a": [box(0, 0, 1, 1)]})) is Undefined.NO_PAIRABLE_UNITS


@pytest.mark.parametrize("make", [mean_iou, f1_half])
def test_the_same_boxes_agree_and_an_empty_picture_takes_nothing_away(make):
    one = [box(0, 0, 4, 4), box(9, 9, 2, 2)]
    assert point(make, drawn({"a": one, "b": one}, {"a": [], "b": []})) == 1
