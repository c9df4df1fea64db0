"""One record, judged as `assay check` would judge it in its file."""

import numpy as np
from msgspec import Raw

from assay.labels.annotations import Interners, read_annotations
from assay.labels.assignments import NO_ITEMS, Assigned
from assay.labels.canonical import RecordKind, dump_record
from assay.labels.checks import SLIPS, Known
from assay.labels.claims import Round
from assay.labels.envelope import Item
from assay.labels.faults import Fault, Faults
from assay.labels.items import pool_of
from assay.labels.judge import Judge
from assay.labels.layout import LabelFile, Role
from assay.labels.lines import Lines
from assay.labels.media import Gallery
from assay.labels.seat import Seat
from assay.model.catalogue import CATALOGUE
from assay.model.finding import Severity
from assay.model.json import JsonObject
from assay.project.roster import Roster
from assay.schemas import TaskSchema


def record_faults(
    record: JsonObject, seat: Seat, schema: TaskSchema, versions: frozenset[str], roster: Roster, gallery: Gallery
) -> tuple[Fault, ...]:
    """What makes an annotation of a seat's item invalid; pointers lead into the record. `gallery` has the pool's pictures.

    What `assay check` merely warns of (when, under which version, what was shown) is the tool's to state, not the person's.
    """
    return judged_record(record, seat, schema, versions, roster, gallery)[0]


def judged_record(
    record: JsonObject, seat: Seat, schema: TaskSchema, versions: frozenset[str], roster: Roster, gallery: Gallery
) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """The same, and of a valid record those of its marks that are probably a slip."""
    item = str(record["item"])
    shown = Item(id=item, data=Raw(seat.data[item]))
    lines = Lines(records=[shown], numbers=[1], raws={}, total=1, keys=frozenset())
    pool = pool_of(lines, schema)
    file = LabelFile(path=seat.path, role=Role.ANNOTATIONS, task=seat.task, batch=seat.batch.name, who=seat.who)
    known = Known(pool=pool, judge=Judge(schema), versions=versions, roster=roster, gallery=gallery)
    line = dump_record(RecordKind.ANNOTATION, record) + b"\n"
    only = np.zeros(1, dtype=np.int32)
    asked = Assigned(items={seat.who: only}, named=only, unsure=NO_ITEMS, faults=Faults(None))
    batch = Round(code=0, guideline=seat.batch.guideline, assigned=asked)
    found = tuple(read_annotations(file, line, batch, known, Interners()).faults)
    invalid = tuple(fault for fault in found if CATALOGUE[fault.rule].severity is Severity.ERROR)
    return invalid, () if invalid else tuple(fault for fault in found if fault.rule in SLIPS)
