"""The distance of two nodes of a tree, such as a taxonomy.

Wu, Z. & Palmer, M. (1994). Verb semantics and lexical selection. ACL. The distance is 1 - 2 d(lca) / (d(a) + d(b)): the
depth of the deepest node above both, by the depths of the two. The root has depth 0, and two roots are equal.
"""

from collections.abc import Sequence

import numpy as np

from assay.model.json import Json
from assay.model.values import canonical_text
from assay.table.columns import Floats, Ints

_NOTHING = -1


def path_distance(a: Ints, b: Ints) -> Floats:
    """The distance of paths written as codes, (…, depth) and (…, depth), broadcast against each other."""
    common = np.logical_and.accumulate((a == b) & (a != _NOTHING), axis=-1).sum(axis=-1)
    depths = (a != _NOTHING).sum(axis=-1) + (b != _NOTHING).sum(axis=-1)
    return np.asarray(1 - 2 * np.where(depths > 0, common, 0.5) / np.maximum(depths, 1))


def as_paths(values: Sequence[Json]) -> Ints:
    """Nodes as the codes of the steps that lead to them, (V, depth), filled up with -1.

    A node is written as a text with a slash between its levels, or as an array from the root down.
    """
    paths = [path_of(value) for value in values]
    steps = {step: code for code, step in enumerate(sorted({step for path in paths for step in path}))}
    found = np.full((len(paths), max(map(len, paths), default=0) or 1), _NOTHING, dtype=np.int64)
    for row, path in zip(found, paths, strict=True):
        row[: len(path)] = [steps[step] for step in path]
    return found


def path_of(value: Json) -> tuple[str, ...]:
    """The steps from the root to a node."""
    if isinstance(value, list):
        return tuple(step if isinstance(step, str) else canonical_text(step) for step in value)
    text = value if isinstance(value, str) else canonical_text(value)
    return tuple(step for step in text.split("/") if step)
