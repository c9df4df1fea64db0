"""One record, judged as `assay check` would judge it in its file."""

import numpy as np
from msgspec import Raw

from assay.labels.annotations import Interners, Round, read_annotations
from assay.labels.canonical import RecordKind, dump_record
from assay.labels.checks import Known
from assay.labels.envelope import Item
from assay.labels.items import pool_of
from assay.labels.judge import Judge
from assay.labels.layout import LabelFile, Role
from assay.labels.lines import Fault
from assay.labels.seat import Seat
from assay.model.json import JsonObject
from assay.project.roster import Roster
from assay.schemas import TaskSchema


def record_faults(
    record: JsonObject, seat: Seat, schema: TaskSchema, versions: frozenset[str], roster: Roster
) -> tuple[Fault, ...]:
    """What is wrong with an annotation of a seat's item; pointers lead into the record."""
    item = str(record["item"])
    pool = pool_of([Item(id=item, data=Raw(seat.data[item]))], schema)
    file = LabelFile(path=seat.path, role=Role.ANNOTATIONS, task=seat.task, batch=seat.batch.name, who=seat.who)
    known = Known(pool=pool, judge=Judge(schema), versions=versions, roster=roster)
    line = dump_record(RecordKind.ANNOTATION, record) + b"\n"
    asked = {seat.who: np.zeros(1, dtype=np.int32)}
    batch = Round(code=0, guideline=seat.batch.guideline, assigned=asked)
    return read_annotations(file, line, batch, known, Interners()).faults
