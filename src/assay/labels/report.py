"""From faults on lines to findings in files."""

from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from assay.labels.layout import LabelFile
from assay.labels.lines import Fault, Lines
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location


def reported(file: LabelFile, faults: Iterable[Fault]) -> Iterator[Finding]:
    """The faults of a file as findings."""
    for fault in faults:
        where = file.where
        own = fault.annotator if not (file.sourced and fault.annotator) else f"{file.who}/{fault.annotator}"
        yield finding(
            fault.rule,
            Location(path=file.path, line=fault.line, pointer=fault.pointer),
            fault.message,
            hint=fault.hint,
            where=Where(task=where.task, batch=where.batch, item=fault.item, annotator=own or where.annotator),
        )


def out_of_form(lines: Lines[Struct], keys: NDArray[np.int64], faults: Iterable[Fault]) -> Iterator[Fault]:
    """One warning for all sound lines that are not canonical or stand out of order.

    `keys` are numbers in the order in which the records should stand, one a record; negative where nobody knows.
    """
    broken = {fault.line for fault in faults}
    numbers = np.asarray(lines.numbers, dtype=np.int64)
    sound = (keys >= 0) & ~np.isin(numbers, list(broken))
    misplaced = numbers[sound][1:][np.diff(keys[sound]) < 0]
    informal = sorted({*misplaced.tolist(), *lines.informal} - broken)
    if informal:
        many = f"{len(informal)} lines are" if len(informal) > 1 else "the line is"
        message = f"{many} not in canonical form (key order, spacing, line order or final newline)"
        yield Fault(line=informal[0], rule="label/not-canonical", message=message)
