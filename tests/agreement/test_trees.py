import numpy as np
import pytest

from assay.agreement.alpha import alpha
from assay.agreement.corpus import audit
from assay.agreement.sets import as_paths, path_distance, path_of
from assay.core.values import Scale
from estimates import point, table, tally_of


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("animal/bird/robin", "animal/bird/robin", 0),
        ("animal/bird/robin", "animal/bird/wren", 1 - 2 * 2 / 6),
        ("animal/bird", "animal/bird/wren", 1 - 2 * 2 / 5),
        ("animal", "plant", 1),
        ("animal/fish/robin", "animal/bird/robin", 1 - 2 * 1 / 6),
        ("", "", 0),
        ("", "plant", 1),
        (["animal", "bird"], "animal/bird", 0),
    ],
)
def test_the_distance_of_two_nodes(one, other, distance):
    left, right = as_paths([one, other])
    assert path_distance(left, right) == pytest.approx(distance)
    assert path_distance(right, left) == pytest.approx(distance)


def test_a_step_that_is_no_text_is_one_all_the_same():
    assert path_of([2026, "november"]) == ("2026", "november")


def test_near_nodes_agree_more_than_far_ones():
    far = table([["a/b/c", "x/y/z"], ["a/b/c", "a/b/c"], ["x/y/z", "x/y/z"]] * 4)
    near = table([["a/b/c", "a/b/d"], ["a/b/c", "a/b/c"], ["x/y/z", "x/y/z"]] * 4)
    assert point(alpha, tally_of(far, scale=Scale.TREE)) < point(alpha, tally_of(near, scale=Scale.TREE))


def test_a_flat_tree_is_nominal_and_audited():
    votes = table([["a", "b"], ["a", "a"], ["b", "b"], ["c", "b"]])
    whole = tally_of(votes, scale=Scale.TREE)
    assert point(alpha, whole) == pytest.approx(point(alpha, tally_of(votes)))
    assert audit(whole, np.random.default_rng(1)).max_abs_diff < 1e-12
