"""`assay todo` as text."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from assay.core import clip
from assay.labels import Return
from assay.render import count, decimal, visible


class BatchWork(Struct, frozen=True, kw_only=True):
    """The annotator's part of an open batch.

    `done` counts answers to assigned items, `skipped` those of them that are skips. `median_seconds` is the time of one
    answer, `seconds_left` an estimate for open and returned items; None where no record has a time. `unreadable` counts
    lines of the file that cannot be read, `unsent` says whether it has uncommitted changes. `unmerged` counts answers
    that are submitted and not merged, on any own branch; `elsewhere` those that another branch has and this folder lacks,
    by branch; `notes` are about doubtful ones there.
    """

    task: str
    batch: str
    purpose: str
    guideline: str
    created: str
    asked: int
    done: int
    skipped: int
    returned: tuple[Return, ...]
    median_seconds: float | None
    seconds_left: float | None
    unreadable: int
    unsent: bool
    unmerged: int = 0
    elsewhere: dict[str, int] = {}
    notes: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many items have no answer yet."""
        return self.asked - self.done

    @property
    def open(self) -> int:
        """How many items are unanswered or sent back."""
        return self.left + len(self.returned)


class News(Struct, frozen=True, kw_only=True):
    """One version of a guideline: what it changed."""

    version: str
    date: str
    summary: str


class NewestSuggestion(Struct, frozen=True, kw_only=True):
    """A change to a guideline that was suggested on the page and is kept in this clone."""

    at: str
    section: str
    item: str
    text: str


class GuidelineNews(Struct, frozen=True, kw_only=True):
    """A task's guideline: its version, the one last labelled under (empty: none yet), what changed in between.

    `suggestions` counts the suggestions kept in this clone; `newest` is the last of them.
    """

    task: str
    version: str
    followed: str
    changes: tuple[News, ...]
    suggestions: int
    newest: NewestSuggestion | None


class UnsentBranch(Struct, frozen=True, kw_only=True):
    """A branch with own commits that no remote has, and the commands, one after the other, that send them.

    `committed` is false where a command wrote files for the branch that are in no commit yet.
    """

    branch: str
    commands: tuple[str, ...]
    committed: bool = True


class UnassignedWork(Struct, frozen=True, kw_only=True):
    """Answers of a task that need re-annotation and are in no open relabelling batch: for a lead, or its owner.

    `votes` current answers lost their value in a migration, `outdated` others are so by a later version of the guideline.
    `command` drafts the batch: `answers` to `items`, an estimated `hours` (None: no record has a time). `first` says what
    must be done before; empty where nothing is.
    """

    task: str
    votes: int
    items: int
    answers: int
    hours: float | None
    command: str
    outdated: int = 0
    first: str = ""


class ReturnedInClosed(Struct, frozen=True, kw_only=True):
    """Own answers that were sent back in a closed batch: they cannot be settled before a lead reopens it."""

    task: str
    batch: str
    items: tuple[str, ...]


class Todo(Struct, frozen=True, kw_only=True):
    """The open work of an annotator, and the next command (empty: nothing to do).

    `behind` is how many commits the default branch, as last fetched, has that the work tree lacks; `kept` is what is not
    sent yet, `unfinished` the git operation in progress (`merge`, `rebase`, …; empty: none), `stuck` what needs a lead to
    reopen a batch. `waiting` is what needs re-annotation, for those who assign work. `fetched` is when this clone last
    fetched (RFC 3339, UTC); empty where it never did or the last fetch failed, None without a remote. `unread` says which
    branches may have own answers and cannot be read, and why.
    """

    who: str
    batches: tuple[BatchWork, ...]
    guidelines: tuple[GuidelineNews, ...]
    next: str
    behind: int
    kept: tuple[UnsentBranch, ...] = ()
    unfinished: str = ""
    waiting: tuple[UnassignedWork, ...] = ()
    stuck: tuple[ReturnedInClosed, ...] = ()
    fetched: str | None = None
    unread: tuple[str, ...] = ()


_LISTED = 20
_SHOWN = 300


def todo_text(todo: Todo) -> str:
    """Each open batch with its returned items, then news of the guidelines, then the next command."""
    stand = "\n".join(_stand(todo))
    if not todo.batches and todo.waiting:
        return f"{todo.who}: nothing is assigned to you; this waits to be assigned or sent\n\n{stand}"
    if not todo.batches:
        return "\n\n".join(filter(None, (f"{todo.who}: nothing is open for you. Thank you!", stand)))
    parts = [f"{todo.who}: {count(len(todo.batches), 'open batch', 'open batches')}", *([stand] if stand else [])]
    parts += ["\n".join(_batch(one)) for one in todo.batches]
    parts += ["\n".join(_guideline(one)) for one in todo.guidelines]
    parts.append(
        f"next: {todo.next}" if todo.next else "All of it is answered: nothing to do until it is reviewed or closed."
    )
    return "\n\n".join(parts)


def fetched_text(fetched: str, now: str) -> str:
    """When this clone last fetched, relative to `now` (both RFC 3339, UTC; `fetched` may be empty: unknown)."""
    if not fetched:
        return "this clone was never fetched, or the last fetch failed: `assay todo --fetch` fetches what is new"
    seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(fetched)).total_seconds()
    minutes = int(max(seconds, 0) // 60)
    if minutes < 1:
        return "fetched just now"
    if minutes < 60:
        return f"fetched {count(minutes, 'minute')} ago"
    ago = count(minutes // 60, "hour") if minutes < 48 * 60 else count(minutes // 1440, "day")
    return f"fetched {ago} ago: `assay todo --fetch` fetches what is new"


def duration(seconds: float) -> str:
    """A duration: `40 s`, `12 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _stand(todo: Todo) -> Iterator[str]:
    """Unfinished git operations, unsent commits, and work that is to be assigned."""
    if todo.unfinished:
        yield (
            f"git is in the middle of a {todo.unfinished} here: finish it, "
            "or drop it with `assay doctor --abort`, which keeps every changed file; `assay doctor` says more"
        )
    for stuck in todo.stuck:
        named = ", ".join(stuck.items[:_LISTED])
        more = f" and {len(stuck.items) - _LISTED:,} more" if len(stuck.items) > _LISTED else ""
        yield visible(
            f"sent back to you in {stuck.task}/{stuck.batch}, which is closed: {named}{more}; "
            f"ask a lead to open it again: `assay batch reopen {stuck.task} {stuck.batch}`"
        )
    yield from map(visible, todo.unread)
    for one in todo.kept:
        sending = ", then ".join(f"`{command}`" for command in one.commands)
        state = "committed on" if one.committed else "written, not committed, for"
        yield visible(f"{state} branch {one.branch} and not sent; to send it: {sending}")
    yield from map(waiting_text, todo.waiting)


def waiting_text(one: UnassignedWork) -> str:
    """What needs re-annotation in a task, its cost, and the command that drafts the batch."""
    hours = "" if one.hours is None else f", hours: {decimal(one.hours, 1)}"
    parts = []
    if one.votes:
        parts.append(f"{count(one.votes, 'current answer waits', 'current answers wait')} for people after a migration")
    if one.outdated:
        parts.append(f"{count(one.outdated, 'current answer is', 'current answers are')} outdated")
    return visible(
        f"{one.task}: {' and '.join(parts)}, and no open batch asks for {'it' if one.votes + one.outdated == 1 else 'them'}; "
        f"to ask again: {count(one.answers, 'answer')} to {count(one.items, 'item')}{hours}: "
        f"{f'{one.first}; then ' if one.first else ''}`{one.command}`"
    )


def _batch(one: BatchWork) -> Iterator[str]:
    yield f"{one.task}/{one.batch}  ({one.purpose}, guideline {one.guideline})"
    yield f"  {one.done:,} of {one.asked:,} done{f' ({one.skipped:,} skipped)' if one.skipped else ''}, {one.left:,} left"
    if one.unmerged:
        yield f"  {one.unmerged:,} submitted, waiting for the merge"
    for branch, number in one.elsewhere.items():
        yield visible(
            f"  {number:,} of your answers {'is' if number == 1 else 'are'} on branch {branch}, not in this folder"
        )
    yield from (visible(f"  {note}") for note in one.notes)
    if one.median_seconds is not None:
        rest = f"; about {duration(one.seconds_left)} to go" if one.seconds_left else ""
        yield f"  your pace: {duration(one.median_seconds)} an item{rest}"
    if one.unreadable:
        yield f"  {count(one.unreadable, 'line')} of your file cannot be read: `assay check --mine` says which"
    if one.unsent:
        yield "  some of your answers are not submitted yet: `assay submit`"
    if one.returned:
        yield f"  sent back to you: {count(len(one.returned), 'item')}"
    for sent in one.returned[:_LISTED]:
        at = f" ({sent.at[:10]})" if sent.at else ""
        yield visible(f"    {sent.item}: {clip(' '.join(sent.why.split()), _SHOWN)}{at}")
    if len(one.returned) > _LISTED:
        yield f"    … and {len(one.returned) - _LISTED:,} more"


def _guideline(one: GuidelineNews) -> Iterator[str]:
    if not one.followed:
        yield f"guideline of {one.task}: {one.version}. You have not labelled under it yet: read guidelines/{one.task}.md first."
    elif one.changes:
        yield f"guideline of {one.task}: {one.version}. Since you last labelled ({one.followed}):"
        yield from (visible(f"  {news.version} ({news.date}): {news.summary}") for news in one.changes)
    else:
        yield f"guideline of {one.task}: {one.version}, the one you last labelled under"
    if one.newest is not None:
        newest = f"{clip(' '.join(one.newest.text.split()), _SHOWN)} ({one.newest.at[:10]})"
        yield visible(f"  {count(one.suggestions, 'suggestion')} of yours kept in this clone; the newest: {newest}")
