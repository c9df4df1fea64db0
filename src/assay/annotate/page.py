"""What the template of the page gets."""

from collections import Counter
from dataclasses import dataclass, fields

import msgspec
import orjson
from markupsafe import Markup

from assay.annotate.answer import NOTE_LIMIT, SKIP_LIMIT
from assay.annotate.desk import Desk
from assay.annotate.form import FormField, form_of
from assay.annotate.sitting import Sitting, renewed
from assay.errors import AssayError
from assay.guidelines import Change
from assay.labels.annotator_file import OwnFile, read_own
from assay.labels.paths import Role, lay_out
from assay.model.json import JsonObject
from assay.model.migration import order_of
from assay.schemas.task import STANDARD_FLAGS

_USUAL_FLAGS = ("unsure", "guideline-gap", "bad-item")
_USUAL_SKIPS = ("language", "unreadable", "off-topic")
_SKIPS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of one annotator at one batch.

    `changes` are (version, date, summary) of what the guideline says anew since the annotator last labelled. `first` is
    the place of the item to open first. `swap` says that pairs are shown in random order.
    """

    project: str
    task: str
    title: str
    description: str
    batch: str
    purpose: str
    who: str
    branch: str
    guideline_version: str
    batch_guideline: str
    changes: tuple[tuple[str, str, str], ...]
    total: int
    first: int
    form: tuple[FormField, ...]
    skip_reasons: tuple[str, ...]
    flags: tuple[str, ...]
    swap: bool
    guide_html: Markup

    @property
    def config(self) -> JsonObject:
        """The same as plain JSON, without the guideline, for the scripts; and how long texts may be."""
        shown = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "guide_html"}
        plain: JsonObject = msgspec.to_builtins(shown)
        return {**plain, "limits": {"skip": SKIP_LIMIT, "note": NOTE_LIMIT}}


def page_of(desk: Desk) -> Page:
    """The page as it stands now, with the guideline that its records will cite; what cannot be read of the annotator's file is told by its items."""
    sitting, seat = renewed(desk.sitting), desk.seat
    sample = orjson.loads(seat.data[seat.items[0]])
    stated = sitting.schema.label.schema
    mine = _mine(sitting)
    return Page(
        project=desk.root.name,
        task=seat.task,
        title=str(stated.get("title") or seat.task),
        description=str(stated.get("description") or ""),
        batch=seat.batch.name,
        purpose=seat.batch.purpose.value,
        who=seat.who,
        branch=sitting.branch,
        guideline_version=sitting.guideline.version,
        batch_guideline=seat.batch.guideline,
        changes=_news(sitting.guideline.changes, mine),
        total=desk.total,
        first=_first(desk),
        form=form_of(sitting.schema, sitting.guide, sample),
        skip_reasons=_skip_reasons(mine),
        flags=_flags(sitting),
        swap=sitting.schema.swap is not None,
        guide_html=sitting.guide.html,
    )


def _first(desk: Desk) -> int:
    try:
        states = desk.progress().states
    except AssayError:
        return 0
    return next((place for sign in "r." if (place := states.find(sign)) >= 0), 0)


def _flags(sitting: Sitting) -> tuple[str, ...]:
    return (*_USUAL_FLAGS, *sorted(sitting.schema.flags - STANDARD_FLAGS))


def _mine(sitting: Sitting) -> tuple[JsonObject, ...]:
    """The annotator's records of the task, of every batch; a file that cannot be read has none here."""
    seat, snapshot = sitting.seat, sitting.project.snapshot
    layout = lay_out(snapshot, seat.task, sitting.project.task(seat.task).pool)
    paths = [file.path for file in layout.of(Role.ANNOTATIONS) if file.who == seat.who]
    return tuple(orjson.loads(line) for path in paths for line in _read(sitting, path).lines.values())


def _read(sitting: Sitting, path: str) -> OwnFile:
    try:
        return read_own(sitting.project.root, path)
    except AssayError:
        return OwnFile(path=path, lines={}, digest="")


def _news(changes: tuple[Change, ...], mine: tuple[JsonObject, ...]) -> tuple[tuple[str, str, str], ...]:
    """The changes since the newest record; to one who has not labelled yet nothing is new."""
    dated = [
        (str(record["at"]), str(record["guideline"])) for record in mine if "at" in record and "guideline" in record
    ]
    if not dated:
        return ()
    known = order_of(max(dated)[1])
    return tuple(
        (change.version, change.date, change.summary) for change in changes if order_of(change.version) > known
    )


def _skip_reasons(mine: tuple[JsonObject, ...]) -> tuple[str, ...]:
    """The reasons that this annotator has given, the most frequent first, then the usual ones."""
    given = Counter(str(record["skip"]) for record in mine if "skip" in record)
    return tuple(dict.fromkeys((*(reason for reason, _ in given.most_common(_SKIPS)), *_USUAL_SKIPS)))[:_SKIPS]
