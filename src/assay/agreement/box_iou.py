"""Boxes: mean intersection over union, F1 at one half, and alpha over the objects that boxes show.

Boxes of two annotators are matched one to one so that the sum of their IoU is largest (Kuhn 1955, by the package
`scipy`). Everingham, M. et al. (2010). The PASCAL Visual Object Classes challenge.
IJCV 88: an IoU of .5 says that two boxes show the same object. Kinds play no part in where a box is.
"""

from collections.abc import Iterator

import numpy as np

from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import BOX, Elements, elements_of
from assay.agreement.likeness import Likeness, couples
from assay.errors import MissingExtraError
from assay.extras import load
from assay.model.schema import Scale
from assay.table.columns import Floats
from assay.table.tally import Tally

SAME = 0.5


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


def iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of each box (x, y, width, height) of `first` and of `second`, (F, S)."""
    low = np.maximum(first[:, np.newaxis, :2], second[:, :2])
    high = np.minimum((first[:, :2] + first[:, 2:])[:, np.newaxis], second[:, :2] + second[:, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    every = first[:, 2:].prod(axis=1)[:, np.newaxis] + second[:, 2:].prod(axis=1) - common
    return np.asarray(np.divide(common, every, out=np.zeros_like(common), where=every > 0))


def _matches(tally: Tally) -> tuple[Floats, Floats, Floats, Floats] | Undefined:
    """In a unit of each pattern, over its pairs: the sum of IoU, matches at one half, matches, and boxes, (P,) each."""
    if tally.field.scale is not Scale.BOXES:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    boxes = elements_of(tally.values, BOX)
    try:
        return _summed(tally, boxes)
    except MissingExtraError:
        return Undefined.NOT_INSTALLED


def _summed(tally: Tally, boxes: Elements) -> tuple[Floats, Floats, Floats, Floats]:
    patterns = tally.patterns
    one, other, pairs = couples(patterns)
    found = np.array(list(_matched(boxes, patterns.codes[one].tolist(), patterns.codes[other].tolist()))).reshape(-1, 3)
    number = boxes.numbers[patterns.codes]
    equal = (patterns.counts * (patterns.counts - 1) / 2 * number).astype(np.float64)
    alike = np.add.reduceat(equal, patterns.starts[:-1])
    summed, good, matched = (
        np.asarray(alike + np.bincount(patterns.rows[one], weights=pairs * part, minlength=len(patterns)), np.float64)
        for part in found.T
    )
    drawn = np.add.reduceat(patterns.counts * number, patterns.starts[:-1]) * (patterns.sizes - 1)
    return summed, good, matched, drawn.astype(np.float64)


def _matched(boxes: Elements, ones: list[int], others: list[int]) -> Iterator[tuple[float, int, int]]:
    """Of each pair of values: the sum of IoU of matched boxes, how many of them reach one half, how many there are."""
    first = boxes.first.tolist()
    for one, other in zip(ones, others, strict=True):
        left = boxes.place[first[one] : first[one + 1]]
        right = boxes.place[first[other] : first[other + 1]]
        likeness = _best(iou(left, right))
        yield float(likeness.sum()), int((likeness >= SAME).sum()), len(likeness)


def _best(likeness: Floats) -> Floats:
    """The IoU of the pairs of the best matching."""
    if min(likeness.shape) == 0:
        return likeness.ravel()
    if min(likeness.shape) == 1:
        return np.asarray(likeness.max(keepdims=True).ravel())
    rows, columns = load("scipy.optimize").linear_sum_assignment(likeness, maximize=True)
    return np.asarray(likeness[rows, columns])
