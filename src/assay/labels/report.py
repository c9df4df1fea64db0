"""From faults on lines to findings in files."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from assay.labels.faults import Fault, Faults, annotator_of
from assay.labels.layout import LabelFile
from assay.labels.lines import Lines
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location


def reported(file: LabelFile, faults: Faults) -> Iterator[Finding]:
    """The faults of a file as findings; those that are not kept are counted in the last one of their rule."""
    last = {fault.rule: place for place, fault in enumerate(faults)}
    for place, fault in enumerate(faults):
        where = file.where
        found = finding(
            fault.rule,
            Location(path=file.path, line=fault.line, pointer=fault.pointer),
            fault.message,
            hint=fault.hint,
            where=Where(task=where.task, batch=where.batch, item=fault.item, annotator=annotator_of(file, fault)),
        )
        rest = faults.rests.get(fault.rule) if last[fault.rule] == place else None
        yield replace(found, rest=bytes(rest)) if rest else found


def out_of_form(lines: Lines[Struct], keys: NDArray[np.int64], broken: NDArray[np.int64]) -> Iterator[Fault]:
    """One warning for all sound lines that are not canonical or stand out of order.

    `keys` are numbers in the order in which the records should stand, one a record; negative where nobody knows.
    `broken` are the lines at fault.
    """
    numbers = np.asarray(lines.numbers, dtype=np.int64)
    sound = (keys >= 0) & ~np.isin(numbers, broken)
    misplaced = numbers[sound][1:][np.diff(keys[sound]) < 0]
    informal = np.setdiff1d(np.union1d(misplaced, np.asarray(lines.informal, dtype=np.int64)), broken)
    if len(informal):
        many = f"{len(informal)} lines are" if len(informal) > 1 else "the line is"
        message = f"{many} not in canonical form (key order, spacing, line order or final newline)"
        yield Fault(line=int(informal[0]), rule="label/not-canonical", message=message)
