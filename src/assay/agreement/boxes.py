"""Boxes: alpha over the objects they show, mean intersection over union, and F1 at one half.

Alpha is Krippendorff's nominal one; `assay.core.geometry` decides which boxes of different annotators show one object.
Each object is rated by all who rated the unit, with the kind of the box or with "missing"; objects that nobody drew
are unknown, so none is missed by all.

The boxes of two annotators are matched one to one so that the sum of their IoU is largest (Kuhn 1955, by the package
`scipy`). Everingham, M. et al. (2010). The PASCAL Visual Object Classes challenge. IJCV 88: two boxes with an IoU of .5
show the same object. Kinds do not matter for the place of a box.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import runs, unmeasured
from assay.agreement.pairwise import Likeness, couples
from assay.agreement.part_alpha import Elements, Marked, alpha_over, elements_of, placed
from assay.core import SAME, Floats, Ints, Scale, Tally, Undefined, box_iou, match_elements
from assay.errors import MissingExtraError
from assay.extras import load


def alpha_boxes(tally: Tally) -> Alpha | Undefined:
    """Alpha over objects of a field of boxes."""
    if reason := unmeasured(tally, Scale.BOXES):
        return reason
    patterns, boxes = tally.patterns, elements_of(tally.values, Scale.BOXES)
    rows = placed(patterns, boxes)
    thing = match_elements(rows.pattern, rows.entry, boxes.place[rows.element])
    pattern = rows.pattern[np.unique(thing, return_index=True)[1]]
    marked = Marked(
        pattern=pattern,
        weight=np.ones(len(pattern)),
        part=thing,
        mark=boxes.kind[rows.element],
        counts=rows.counts.astype(np.float64),
    )
    return alpha_over(patterns, marked, np.bincount(pattern, minlength=len(patterns)).astype(np.float64))


_CELLS = 2**18


def mean_iou(tally: Tally) -> Likeness | Undefined:
    """The mean IoU of matched boxes over all pairs of annotators; a box that is left over counts as 0."""
    found = _matches(tally)
    if isinstance(found, Undefined):
        return found
    summed, _, matched, drawn = found
    return Likeness(summed, drawn - matched)


def f1_half(tally: Tally) -> Likeness | Undefined:
    """Twice the matches with an IoU of at least .5 by the boxes of both, over all pairs of annotators (micro)."""
    found = _matches(tally)
    if isinstance(found, Undefined):
        return found
    _, good, _, drawn = found
    return Likeness(2 * good, drawn)


def _matches(tally: Tally) -> tuple[Floats, Floats, Floats, Floats] | Undefined:
    """In a unit of each pattern, over its pairs: the sum of IoU, matches at one half, matches, and boxes, (P,) each."""
    if reason := unmeasured(tally, Scale.BOXES):
        return reason
    patterns, boxes = tally.patterns, elements_of(tally.values, Scale.BOXES)
    one, other, pairs = couples(patterns)
    one_codes, other_codes = (patterns.codes[entry].astype(np.int64) for entry in (one, other))
    try:
        found = np.array(list(_matched(boxes, one_codes, other_codes))).reshape(-1, 3)
    except MissingExtraError:
        return Undefined.NOT_INSTALLED
    number = boxes.numbers[patterns.codes]
    # Equal values match whole, each box with an IoU of 1; to them are added the matches of different values.
    equal = (patterns.counts * (patterns.counts - 1) / 2 * number).astype(np.float64)
    alike = np.add.reduceat(equal, patterns.starts[:-1])
    summed, good, matched = (
        np.asarray(alike + np.bincount(patterns.rows[one], weights=pairs * part, minlength=len(patterns)), np.float64)
        for part in found.T
    )
    # The boxes of both annotators of every pair: each annotator is in m - 1 pairs.
    drawn = np.add.reduceat(patterns.counts * number, patterns.starts[:-1]) * (patterns.sizes - 1)
    return summed, good, matched, drawn.astype(np.float64)


def _matched(boxes: Elements, one: Ints, other: Ints) -> Iterator[tuple[float, int, int]]:
    """Of each pair of values: the sum of IoU of matched boxes, how many of them reach one half, how many there are."""
    blocks = np.cumsum(boxes.numbers[one] * boxes.numbers[other]) // _CELLS
    for start, end in pairwise([*np.flatnonzero(np.diff(blocks, prepend=-1)).tolist(), len(one)]):
        left_codes, right_codes = one[start:end], other[start:end]
        left, right = boxes.numbers[left_codes], boxes.numbers[right_codes]
        cells = left * right
        ends = np.cumsum(cells)
        row, inside = runs(cells)
        likeness = box_iou(
            boxes.place[boxes.first[left_codes][row] + inside // right[row]],
            boxes.place[boxes.first[right_codes][row] + inside % right[row]],
        )
        for stop, rows, columns in zip(ends.tolist(), left.tolist(), right.tolist(), strict=True):
            table = likeness[stop - rows * columns : stop].reshape(rows, columns)
            # The IoU of the pairs of the best matching.
            if min(table.shape) == 0:
                best = table.ravel()
            elif min(table.shape) == 1:
                best = table.max(keepdims=True).ravel()
            else:
                best = table[load("scipy.optimize").linear_sum_assignment(table, maximize=True)]
            yield float(best.sum()), int((best >= SAME).sum()), len(best)
