"""Krippendorff's nominal alpha over the objects that boxes show.

Which boxes of different annotators show one object says `assay.table.things`. Each object is rated by everybody who rated
the unit, with the kind of the box or with "missing"; objects that nobody drew are not known, so none is missed by all.
"""

import numpy as np

from assay.agreement.alpha import Alpha
from assay.agreement.coefficient import Undefined, obstacle
from assay.agreement.elements import elements_of, placed
from assay.agreement.marks import Marked, alpha_over
from assay.model.schema import Scale
from assay.table.tally import Tally
from assay.table.things import things


def alpha_boxes(tally: Tally) -> Alpha | Undefined:
    """Alpha over objects of a field of boxes."""
    if tally.field.scale is not Scale.BOXES:
        return Undefined.SCALE_NOT_MEASURED
    if reason := obstacle(tally):
        return reason
    patterns, boxes = tally.patterns, elements_of(tally.values, Scale.BOXES)
    rows = placed(patterns, boxes)
    thing = things(rows.pattern, rows.entry, boxes.place[rows.element])
    pattern = rows.pattern[np.unique(thing, return_index=True)[1]]
    marked = Marked(
        pattern=pattern,
        weight=np.ones(len(pattern)),
        part=thing,
        mark=boxes.kind[rows.element],
        counts=rows.counts.astype(np.float64),
    )
    return alpha_over(patterns, marked, np.bincount(pattern, minlength=len(patterns)).astype(np.float64))
