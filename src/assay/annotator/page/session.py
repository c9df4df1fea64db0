"""The session in which one annotator works: items out, answers in, each on disk before the next; and the page's data."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import chain

import msgspec
import orjson
from markupsafe import Markup

from assay.annotator.page.answer import (
    NOTE_LIMIT,
    SKIP_LIMIT,
    Answer,
    AnswerFault,
    Proposal,
    Withdrawal,
    judged_answer,
    make_record,
    same_answer,
    unshown_fault,
)
from assay.annotator.page.answer_store import (
    ChangedElsewhere,
    Drawer,
    Faulty,
    Ground,
    Locked,
    OtherBranch,
    Outcome,
    Saved,
)
from assay.annotator.page.form import FormField, form_of
from assay.annotator.page.item_view import Showing, swapped
from assay.annotator.page.session_context import Progress, Sitting, Tally, feedback_on, is_locked, renewed
from assay.core import JsonObject
from assay.errors import AssayError, ConfigError
from assay.files import inside, read_bytes, write_bytes
from assay.guidelines import Change
from assay.labels import FileRole, Gallery, OwnFile, lay_out, open_returns, read_own
from assay.project import STANDARD_FLAGS, order_of


class Desk:
    """One annotator's work on one batch. Methods may be called from any thread; writers wait for each other.

    `now` gives the moment in UTC, RFC 3339.

    Raises:
        AssayError: the annotator's file cannot be read.
    """

    def __init__(self, sitting: Sitting, now: Callable[[], str]) -> None:
        self.sitting = sitting
        self.seat = sitting.seat
        self.root = sitting.project.root
        self.pool = sitting.project.task(self.seat.task).pool
        self.form = form_of(sitting.schema, sitting.guide, orjson.loads(self.seat.data[self.seat.items[0]]))
        self._now = now
        self._returns = tuple(self.seat.returned.values())
        self._showing = Showing(sitting.schema, self.root, self.pool)
        self._tally = Tally(self.seat)
        self._ground = Ground(sitting)
        self._drawer = Drawer(
            self.root, self.seat.path, partial(sitting.unmerged.over, asked=frozenset(self.seat.items))
        )
        self._saved: set[str] = set()
        self._kept: set[str] = set()

    @property
    def total(self) -> int:
        """How many items there are."""
        return len(self.seat.items)

    @property
    def saved(self) -> int:
        """How many items were answered or changed since the start."""
        return len(self._saved)

    def item(self, place: int) -> JsonObject:
        """An item as the page gets it, with the record that stands on disk.

        Raises:
            IndexError: there is no item at that place.
            AssayError: the annotator's file cannot be read.
        """
        name = self._name(place)
        own = self._drawer.look()
        record, swap = own.record(name), self._swap(name)
        sent, suggested = open_returns(self._returns, own).get(name), self.seat.suggested.get(name)
        locked = is_locked(record, self.seat)
        return {
            "n": place,
            "item": name,
            "parts": [*self._showing.parts(orjson.loads(self.seat.data[name]), swap=bool(swap))],
            "record": record,
            "tag": own.tag(name),
            "returned": None if sent is None else {"why": sent.why, "at": sent.at},
            "suggestion": None if suggested is None else {"by": self.seat.batch.prelabels, "label": suggested},
            "swap": swap,
            "feedback": self._feedback(record),
            "locked": locked,
        }

    def progress(self) -> Progress:
        """How far the annotator has come.

        Raises:
            AssayError: the annotator's file cannot be read.
        """
        return self._tally.progress(self._drawer.look())

    def answer(self, place: int, answer: Answer) -> Outcome:
        """Saves an answer; what is on disk already is acknowledged again and not written.

        Raises:
            IndexError: there is no item at that place.
            AssayError: what stands on disk cannot be read, or nothing can be written; nothing was changed.
        """
        name = self._name(place)
        with self._drawer.turn():
            return self._ground.shifted or self._answered(name, answer, self._own(name))

    def withdraw(self, place: int, seen: Withdrawal) -> Outcome:
        """Takes an answer back; one that was sent back for correction can be changed, not taken back.

        Raises:
            IndexError: there is no item at that place.
            AssayError: as of `answer`.
        """
        name = self._name(place)
        with self._drawer.turn():
            return self._ground.shifted or self._withdrawn(name, seen, self._own(name))

    def accept_branch(self, branch: str) -> OtherBranch | None:
        """Goes on upon another branch; where it is not the one checked out, the answer names that."""
        elsewhere = self._ground.accept(branch)
        if elsewhere is None:
            self._kept = set()
        return elsewhere

    def propose(self, proposal: Proposal) -> None:
        """Keeps a suggested change to the guideline in this clone.

        Raises:
            AssayError: it cannot be written.
        """
        kept = {
            "at": self._now(),
            "by": self.seat.who,
            "task": self.seat.task,
            "version": self._ground.version(),
            "section": proposal.section,
            "item": self.seat.items[proposal.n] if 0 <= proposal.n < self.total else "",
            "text": proposal.text,
        }
        with self._drawer.turn():
            path = inside(self.root, f".assay/suggestions/{self.seat.task}.jsonl")
            before = read_bytes(path) if path.exists() else b""
            write_bytes(path, before + orjson.dumps(kept) + b"\n")

    def _own(self, name: str) -> OwnFile:
        """The file as it is, for writing the answer to an item: nothing saved here has left it unseen.

        Raises:
            AssayError: something has, the batch does not ask for the item any more, or the file cannot be read.
        """
        self._ground.hold(name)
        own = self._drawer.read()
        lost = self._kept - own.lines.keys() - {name}
        if lost:
            raise ConfigError(
                f"{self.seat.path}: {len(lost)} of the answers saved here are not in it any more, {min(lost)!r} is one",
                fix="put the file back (`git stash pop`, an editor's undo), or start the page again to go on without",
            )
        return own

    def _answered(self, name: str, answer: Answer, own: OwnFile) -> Outcome:
        old = own.record(name)
        same = same_answer(old, answer)
        waits = name in open_returns(self._returns, own)
        if is_locked(old, self.seat) and not (same and waits):
            return self._saved_as(name, own) if same else Locked()
        record = make_record(self.sitting, name, answer, old, self._stamp(name, old))
        gallery = Gallery(self.sitting.project.snapshot, self.pool, self.sitting.schema)
        if "label" in record and record["label"] != (old or {}).get("label") and (why := self._unshown(name, gallery)):
            return Faulty(faults=(unshown_fault(why),))
        faults, doubts = judged_answer(self.sitting, answer, record, gallery)
        if faults:
            return Faulty(faults=faults)
        if same and not waits:
            return replace(self._saved_as(name, own), doubts=doubts)
        if answer.tag != own.tag(name):
            return ChangedElsewhere(tag=own.tag(name), record=old)
        return replace(self._written(name, own.with_record(name, record)), doubts=doubts)

    def _unshown(self, name: str, gallery: Gallery) -> str:
        """Why an item cannot be shown whole: in the page's words, else in those of `assay check`; empty where it can."""
        data = orjson.loads(self.seat.data[name])
        notes = (str(part["note"]) for part in self._showing.parts(data, swap=False) if "note" in part)
        broken = (seen.message for _, seen in gallery.faults(data) if seen.rule == "item/media")
        return next(chain(notes, broken), "")

    def _withdrawn(self, name: str, seen: Withdrawal, own: OwnFile) -> Outcome:
        old = own.record(name)
        if is_locked(old, self.seat):
            return Locked()
        if old is None:
            return self._saved_as(name, own)
        if seen.tag != own.tag(name):
            return ChangedElsewhere(tag=own.tag(name), record=old)
        if name in self.seat.returned:
            return Faulty(faults=(_SENT_BACK,))
        if branch := self.sitting.unmerged.branch_of(own.path, name):
            return Faulty(faults=(_handed_in(branch),))
        return self._written(name, own.with_record(name, None))

    def _written(self, name: str, own: OwnFile) -> Saved:
        written = self._drawer.write(own)
        self._saved.add(name)
        self._kept = (self._kept | {name}) & written.lines.keys()
        return self._saved_as(name, written)

    def _saved_as(self, name: str, own: OwnFile) -> Saved:
        record = own.record(name)
        return Saved(
            tag=own.tag(name), record=record, progress=self._tally.progress(own), feedback=self._feedback(record)
        )

    def _stamp(self, name: str, old: "JsonObject | None") -> JsonObject:
        stamp: JsonObject = {"guideline": self._ground.version(), "at": self._now()}
        if (swap := self._swap(name)) is None:
            return stamp
        shown = (old or {}).get("shown")
        return {**stamp, "shown": {**(shown if isinstance(shown, dict) else {}), "swap": swap}}

    def _swap(self, name: str) -> bool | None:
        batch = self.seat.batch
        return swapped(batch.seed, batch.name, self.seat.who, name) if self.sitting.schema.swap else None

    def _feedback(self, record: "JsonObject | None") -> "JsonObject | None":
        return feedback_on(record, self.seat, self.sitting.schema, self.form)

    def _name(self, place: int) -> str:
        if not 0 <= place < self.total:
            raise IndexError(place)
        return self.seat.items[place]


def _handed_in(branch: str) -> AnswerFault:
    said = f"an answer to this item stands on branch {branch}, and is not taken back from here"
    return AnswerFault(pointer="", message=said, fix="change it, or skip the item", field="")


_SENT_BACK = AnswerFault(
    pointer="", message="an answer that was sent back is not taken back", fix="change it, or skip the item", field=""
)


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
    paths = [file.path for file in layout.of(FileRole.ANNOTATIONS) if file.who == seat.who]
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
