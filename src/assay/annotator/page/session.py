"""The session of one annotator on the page: items out, answers in, each on disk before the next; and the page's data."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import chain

import msgspec
import orjson
from markupsafe import Markup

from assay.annotator.page import answer as answers
from assay.annotator.page import answer_store, session_context
from assay.annotator.page.form import FormField, form_of
from assay.annotator.page.item_view import Showing, swapped
from assay.core import JsonObject
from assay.errors import AssayError, ConfigError
from assay.files import inside, read_bytes, write_bytes
from assay.guidelines import Change
from assay.labels import FileRole, Gallery, OwnFile, lay_out, open_returns, read_own
from assay.project import STANDARD_FLAGS, order_of


class Session:
    """One annotator's work on one batch, from any thread: writers wait for each other. `now` is RFC 3339, UTC.

    Raises:
        AssayError: the annotator's file cannot be read.
    """

    def __init__(self, context: session_context.SessionContext, now: Callable[[], str]) -> None:
        self.context = context
        self.assignment = context.assignment
        self.root = context.project.root
        self.pool = context.project.task(self.assignment.task).pool
        self.form = form_of(context.schema, context.guide, orjson.loads(self.assignment.data[self.assignment.items[0]]))
        self._now = now
        self._returns = tuple(self.assignment.returned.values())
        self._showing = Showing(context.schema, self.root, self.pool)
        self._tally = session_context.ProgressCounter(self.assignment)
        self._freshness = answer_store.FreshnessCheck(context)
        self._store = answer_store.AnswerStore(
            self.root, self.assignment.path, partial(context.unmerged.over, asked=frozenset(self.assignment.items))
        )
        self._saved: set[str] = set()
        self._kept: set[str] = set()

    @property
    def total(self) -> int:
        """How many items there are."""
        return len(self.assignment.items)

    @property
    def saved(self) -> int:
        """How many items were answered or changed since the start."""
        return len(self._saved)

    def item(self, place: int) -> JsonObject:
        """An item as the page gets it, with the record on disk.

        Raises:
            IndexError: there is no item at that place.
            AssayError: the annotator's file cannot be read.
        """
        name = self._name(place)
        own = self._store.look()
        record, swap = own.record(name), self._swap(name)
        sent, suggested = open_returns(self._returns, own).get(name), self.assignment.suggested.get(name)
        locked = session_context.is_locked(record, self.assignment)
        return {
            "n": place,
            "item": name,
            "parts": [*self._showing.parts(orjson.loads(self.assignment.data[name]), swap=bool(swap))],
            "record": record,
            "tag": own.tag(name),
            "returned": None if sent is None else {"why": sent.why, "at": sent.at},
            "suggestion": None if suggested is None else {"by": self.assignment.batch.prelabels, "label": suggested},
            "swap": swap,
            "feedback": self._feedback(record),
            "locked": locked,
        }

    def progress(self) -> session_context.Progress:
        """How far the annotator has come.

        Raises:
            AssayError: the annotator's file cannot be read.
        """
        return self._tally.progress(self._store.look())

    def answer(self, place: int, answer: answers.Answer) -> answer_store.SaveOutcome:
        """Saves an answer; one that is already on disk is acknowledged without writing.

        Raises:
            IndexError: there is no item at that place.
            AssayError: the file cannot be read or written; nothing was changed.
        """
        name = self._name(place)
        with self._store.turn():
            return self._freshness.shifted or self._answered(name, answer, self._own(name))

    def withdraw(self, place: int, seen: answers.Withdrawal) -> answer_store.SaveOutcome:
        """Withdraws an answer; one that was sent back for correction can only be changed.

        Raises:
            IndexError: there is no item at that place.
            AssayError: as of `answer`.
        """
        name = self._name(place)
        with self._store.turn():
            return self._freshness.shifted or self._withdrawn(name, seen, self._own(name))

    def accept_branch(self, branch: str) -> answer_store.OtherBranch | None:
        """Continues on another branch; where it is not the checked out one, returns that."""
        elsewhere = self._freshness.accept(branch)
        if elsewhere is None:
            self._kept = set()
        return elsewhere

    def propose(self, proposal: answers.GuidelineSuggestion) -> None:
        """Saves a suggested change to the guideline in this clone.

        Raises:
            AssayError: it cannot be written.
        """
        kept = {
            "at": self._now(),
            "by": self.assignment.who,
            "task": self.assignment.task,
            "version": self._freshness.version(),
            "section": proposal.section,
            "item": self.assignment.items[proposal.n] if 0 <= proposal.n < self.total else "",
            "text": proposal.text,
        }
        with self._store.turn():
            path = inside(self.root, f".assay/suggestions/{self.assignment.task}.jsonl")
            before = read_bytes(path) if path.exists() else b""
            write_bytes(path, before + orjson.dumps(kept) + b"\n")

    def _own(self, name: str) -> OwnFile:
        """The current file, for writing the answer to an item.

        Raises:
            AssayError: answers saved here are missing from it, the item is no longer assigned, or it cannot be read.
        """
        self._freshness.hold(name)
        own = self._store.read()
        lost = self._kept - own.lines.keys() - {name}
        if lost:
            raise ConfigError(
                f"{self.assignment.path}: {len(lost)} of the answers saved here are missing from it, for example {min(lost)!r}",
                fix="restore the file (`git stash pop`, an editor's undo), or start the page again to continue without them",
            )
        return own

    def _answered(self, name: str, answer: answers.Answer, own: OwnFile) -> answer_store.SaveOutcome:
        old = own.record(name)
        same = answers.same_answer(old, answer)
        waits = name in open_returns(self._returns, own)
        if session_context.is_locked(old, self.assignment) and not (same and waits):
            return self._saved_as(name, own) if same else answer_store.Locked()
        record = answers.make_record(self.context, name, answer, old, self._stamp(name, old))
        gallery = Gallery(self.context.project.snapshot, self.pool, self.context.schema)
        if "label" in record and record["label"] != (old or {}).get("label") and (why := self._unshown(name, gallery)):
            said = f"this item cannot be shown, so it can only be skipped or flagged: {why}"
            return _refused(said, "skip it, and say why")
        faults, doubts = answers.check_answer(self.context, answer, record, gallery)
        if faults:
            return answer_store.Faulty(faults=faults)
        if same and not waits:
            return replace(self._saved_as(name, own), doubts=doubts)
        if answer.tag != own.tag(name):
            return answer_store.ChangedElsewhere(tag=own.tag(name), record=old)
        return replace(self._written(name, own.with_record(name, record)), doubts=doubts)

    def _unshown(self, name: str, gallery: Gallery) -> str:
        """Why an item cannot be shown: by the page, else by `assay check`; empty where it can."""
        data = orjson.loads(self.assignment.data[name])
        notes = (str(part["note"]) for part in self._showing.parts(data, swap=False) if "note" in part)
        broken = (seen.message for _, seen in gallery.faults(data) if seen.rule == "item/media")
        return next(chain(notes, broken), "")

    def _withdrawn(self, name: str, seen: answers.Withdrawal, own: OwnFile) -> answer_store.SaveOutcome:
        old = own.record(name)
        if session_context.is_locked(old, self.assignment):
            return answer_store.Locked()
        if old is None:
            return self._saved_as(name, own)
        if seen.tag != own.tag(name):
            return answer_store.ChangedElsewhere(tag=own.tag(name), record=old)
        if name in self.assignment.returned:
            return _refused("an answer that was sent back cannot be withdrawn", "change it, or skip the item")
        if branch := self.context.unmerged.branch_of(own.path, name):
            said = f"the answer to this item is on branch {branch} and cannot be withdrawn from here"
            return _refused(said, "change it, or skip the item")
        return self._written(name, own.with_record(name, None))

    def _written(self, name: str, own: OwnFile) -> answer_store.Saved:
        written = self._store.write(own)
        self._saved.add(name)
        self._kept = (self._kept | {name}) & written.lines.keys()
        return self._saved_as(name, written)

    def _saved_as(self, name: str, own: OwnFile) -> answer_store.Saved:
        record = own.record(name)
        return answer_store.Saved(
            tag=own.tag(name), record=record, progress=self._tally.progress(own), feedback=self._feedback(record)
        )

    def _stamp(self, name: str, old: "JsonObject | None") -> JsonObject:
        stamp: JsonObject = {"guideline": self._freshness.version(), "at": self._now()}
        if (swap := self._swap(name)) is None:
            return stamp
        shown = (old or {}).get("shown")
        return {**stamp, "shown": {**(shown if isinstance(shown, dict) else {}), "swap": swap}}

    def _swap(self, name: str) -> bool | None:
        batch = self.assignment.batch
        return swapped(batch.seed, batch.name, self.assignment.who, name) if self.context.schema.swap else None

    def _feedback(self, record: "JsonObject | None") -> "JsonObject | None":
        return session_context.feedback_on(record, self.assignment, self.context.schema, self.form)

    def _name(self, place: int) -> str:
        if not 0 <= place < self.total:
            raise IndexError(place)
        return self.assignment.items[place]


def _refused(message: str, fix: str) -> answer_store.Faulty:
    return answer_store.Faulty(faults=(answers.AnswerFault(message=message, fix=fix),))


_USUAL_FLAGS = ("unsure", "guideline-gap", "bad-item")
_USUAL_SKIPS = ("language", "unreadable", "off-topic")
_SKIPS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class PageData:
    """The page of one annotator at one batch.

    `changes` are (version, date, summary) of the guideline since the annotator last labelled. `first` is the index of
    the item to open first. `swap` says that pairs are shown in random order.
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
        """The page as plain JSON for the scripts, without the guideline and with the limits of texts."""
        shown = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "guide_html"}
        plain: JsonObject = msgspec.to_builtins(shown)
        return {**plain, "limits": {"skip": answers.SKIP_LIMIT, "note": answers.NOTE_LIMIT}}


def make_page(session: Session) -> PageData:
    """The page with the current guideline, which its records will cite; an unreadable annotator's file is reported by its items."""
    context, assignment = session_context.with_current_guideline(session.context), session.assignment
    sample = orjson.loads(assignment.data[assignment.items[0]])
    stated = context.schema.label.schema
    mine = tuple(_own_records(context))
    try:
        states = session.progress().states
    except AssayError:
        states = ""
    first = next((place for sign in "r." if (place := states.find(sign)) >= 0), 0)
    reasons = Counter(str(record["skip"]) for record in mine if "skip" in record)
    return PageData(
        project=session.root.name,
        task=assignment.task,
        title=str(stated.get("title") or assignment.task),
        description=str(stated.get("description") or ""),
        batch=assignment.batch.name,
        purpose=assignment.batch.purpose.value,
        who=assignment.who,
        branch=context.branch,
        guideline_version=context.guideline.version,
        batch_guideline=assignment.batch.guideline,
        changes=_news(context.guideline.changes, mine),
        total=session.total,
        first=first,
        form=form_of(context.schema, context.guide, sample),
        skip_reasons=tuple(dict.fromkeys((*dict(reasons.most_common(_SKIPS)), *_USUAL_SKIPS)))[:_SKIPS],
        flags=(*_USUAL_FLAGS, *sorted(context.schema.flags - STANDARD_FLAGS)),
        swap=context.schema.swap is not None,
        guide_html=context.guide.html,
    )


def _own_records(context: session_context.SessionContext) -> Iterator[JsonObject]:
    """The annotator's records of the task, of every batch; a file that cannot be read has none here."""
    assignment, project = context.assignment, context.project
    for file in lay_out(project.snapshot, assignment.task, project.task(assignment.task).pool).of(FileRole.ANNOTATIONS):
        if file.who == assignment.who:
            with suppress(AssayError):
                yield from map(orjson.loads, read_own(project.root, file.path).lines.values())


def _news(changes: tuple[Change, ...], mine: tuple[JsonObject, ...]) -> tuple[tuple[str, str, str], ...]:
    """The changes since the newest record; none for an annotator without records."""
    dated = [
        (str(record["at"]), str(record["guideline"])) for record in mine if "at" in record and "guideline" in record
    ]
    if not dated:
        return ()
    known = order_of(max(dated)[1])
    return tuple(
        (change.version, change.date, change.summary) for change in changes if order_of(change.version) > known
    )
