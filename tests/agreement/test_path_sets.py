"""Sets of paths in a tree: the best-match average by hand, and in its limits."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from assay.agreement import measure
from assay.agreement.alpha import alpha
from assay.agreement.corpus import audit
from assay.agreement.sets import PathSets, as_paths, members, path_distance
from assay.core.values import Scale
from assay.errors import UsageError
from assay.quality.credit import likeness
from estimates import point, table, tally_of

ROBIN, WREN, BIRD, PLANT = "animal/bird/robin", "animal/bird/wren", "animal/bird", "plant"


def between(one, other):
    return float(PathSets.of([one, other]).distance(np.array([0]), np.array([1]))[0])


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ([], [], 0),
        ([], [ROBIN, PLANT], 1),
        ([ROBIN, PLANT], [PLANT, ROBIN], 0),
        ([ROBIN], [WREN], 1 / 3),
        ([ROBIN], [BIRD], 1 / 5),
        ([ROBIN], [PLANT], 1),
        ([ROBIN, PLANT], [WREN], (1 / 3 + 1 + 1 / 3) / 3),
        ([ROBIN, WREN], [BIRD], (1 / 5 + 1 / 5 + 1 / 5) / 3),
        ([ROBIN, WREN], [ROBIN], (0 + 1 / 3 + 0) / 3),
        ([ROBIN, PLANT], [WREN, PLANT], (1 / 3 + 0 + 1 / 3 + 0) / 4),
        ([["animal", "bird"], ["plant"]], [["animal"]], (1 / 3 + 1 + 1 / 3) / 3),
        (["a", "b", "c"], ["b", "d"], 1 - 2 / 5),
    ],
)
def test_the_distance_by_hand(one, other, distance):
    assert between(one, other) == pytest.approx(distance)
    assert between(other, one) == pytest.approx(distance)


def by_hand(one, other):
    if not one or not other:
        return float(one != other)
    paths = as_paths([*one, *other])
    apart = path_distance(paths[: len(one), np.newaxis], paths[np.newaxis, len(one) :])
    return (apart.min(axis=1).sum() + apart.min(axis=0).sum()) / (len(one) + len(other))


def sets(many, seed=3):
    random = np.random.default_rng(seed)
    leaves = ["/".join(steps) for steps in product("ab", "xyz", "12")] + ["a", "b/x"]
    return [sorted(random.choice(leaves, random.integers(0, 5), replace=False).tolist()) for _ in range(many)]


def test_all_pairs_and_single_ones_are_the_same_and_those_of_the_definition():
    values = sets(40)
    one, found = np.arange(40), PathSets.of(values)
    whole = found.distance(one[:, np.newaxis], one[np.newaxis])
    assert np.allclose(whole, [[by_hand(a, b) for b in values] for a in values])
    assert np.allclose(found.distance(np.repeat(one, 40), np.tile(one, 40)).reshape(40, 40), whole)
    same = np.array([[members(a) == members(b) for b in values] for a in values])
    assert np.array_equal(np.isclose(whole, 0), same)


def long(votes):
    rows = [(unit, who, value) for unit, given in votes.items() for who, value in given.items()]
    return pd.DataFrame(rows, columns=["unit", "annotator", "value"])


def test_one_path_each_is_the_tree_itself_and_alpha_is_audited():
    single = [[ROBIN, WREN], [ROBIN, ROBIN], [PLANT, PLANT], [BIRD, PLANT], [BIRD, WREN]] * 3
    tree = measure(long(table(single)), "tree")
    paths = measure(long(table([[[one], [other]] for one, other in single])), "set", members="tree")
    flat = measure(long(table([[[one], [other]] for one, other in single])), "set")
    assert (paths["alpha"].value, paths["alpha"].low) == (tree["alpha"].value, tree["alpha"].low)
    assert flat["alpha"].value < paths["alpha"].value
    several = sets(60)
    whole = tally_of(table(list(zip(several[:30], several[30:], strict=True))), scale=Scale.SET)
    whole = replace(whole, field=replace(whole.field, paths=True))
    within = np.mean([by_hand(a, b) for a, b in zip(several[:30], several[30:], strict=True)])
    across = np.mean([by_hand(a, b) for i, a in enumerate(several) for j, b in enumerate(several) if i != j])
    assert point(alpha, whole) == pytest.approx(1 - within / across)
    assert audit(whole, np.random.default_rng(1)).max_abs_diff < 1e-12
    agreed = measure(long(table([[one, one] for one in several])), "set", members="tree")
    assert agreed["alpha"].value == 1


def test_credit_is_how_near_the_sets_are():
    whole = tally_of(table([[[ROBIN], [WREN]]]), scale=Scale.SET)
    near = likeness(replace(whole.field, paths=True), whole.values)
    assert near([ROBIN], [WREN]) == pytest.approx(2 / 3)
    assert (near([], []), near([], [ROBIN]), near([ROBIN], [ROBIN])) == (1, 0, 1)


@pytest.mark.parametrize(
    ("scale", "members_", "says"),
    [
        ("tree", "tree", "does not apply to scale tree"),
        ("set", "forest", "unknown members='forest'"),
        ("set", "nominal", "neither a text"),
    ],
)
def test_what_members_are_is_stated_for_sets_alone(scale, members_, says):
    with pytest.raises(UsageError, match=says):
        measure(long(table([[[["a", "b"]], [["a", "c"]]]])), scale, members=members_)
