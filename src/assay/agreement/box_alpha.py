"""Krippendorff's nominal alpha over the objects that boxes show.

Boxes of different annotators show one object where their IoU is at least .5: they are joined from the most alike pair
down, and an object takes one box of an annotator at most. Each object is rated by everybody who rated the unit, with
the kind of the box or with "missing"; objects that nobody drew are not known, so none is missed by all. The order of
annotators makes no difference: pairs that are equally alike are joined in the order of the boxes themselves.
"""

from collections.abc import Iterator

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.box_iou import SAME, iou
from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import BOX, elements_of, placed
from assay.agreement.marks import Marked, alpha_over
from assay.model.schema import Scale
from assay.table.columns import Floats, Ints
from assay.table.tally import Tally


def alpha_boxes(tally: Tally) -> Alpha | Undefined:
    """Alpha over objects of a field of boxes."""
    if tally.field.scale is not Scale.BOXES:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    patterns, boxes = tally.patterns, elements_of(tally.values, BOX)
    rows = placed(patterns, boxes)
    bounds = np.searchsorted(rows.pattern, np.arange(len(patterns) + 1))
    thing = np.zeros(len(rows.pattern), dtype=np.int64)
    number = np.zeros(len(patterns))
    first = 0
    for pattern in np.flatnonzero(np.diff(bounds)).tolist():
        inside = slice(bounds[pattern], bounds[pattern + 1])
        _, found = np.unique(_things(boxes.place[rows.element[inside]], rows.entry[inside]), return_inverse=True)
        thing[inside] = first + found
        number[pattern] = found.max() + 1
        first += int(found.max()) + 1
    marked = Marked(
        pattern=np.repeat(np.arange(len(patterns)), number.astype(np.int64)),
        weight=np.ones(first),
        part=thing,
        mark=boxes.kind[rows.element],
        counts=rows.counts.astype(np.float64),
    )
    return alpha_over(patterns, marked, number)


def _things(places: Floats, entry: Ints) -> Ints:
    """The object of each box, by the position of its first."""
    thing = np.arange(len(places))
    for one, other in _alike(places, entry):
        left, right = thing == thing[one], thing == thing[other]
        if not np.isin(entry[left], entry[right]).any():
            thing[left | right] = min(thing[one], thing[other])
    return thing


def _alike(places: Floats, entry: Ints) -> Iterator[list[int]]:
    """Pairs of boxes of different annotators that show one object, the most alike first."""
    likeness = np.triu(iou(places, places), k=1) * (entry[:, np.newaxis] != entry)
    pairs = np.argwhere(likeness >= SAME)
    order = np.argsort(-likeness[pairs[:, 0], pairs[:, 1]], kind="stable")
    yield from pairs[order].tolist()
