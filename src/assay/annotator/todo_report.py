"""`assay todo` for a person to read."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from assay.core import clip
from assay.render import count, decimal, visible


class SentBack(Struct, frozen=True, kw_only=True):
    """An annotation that a reviewer sent back: their words, and when (empty: not stated)."""

    item: str
    why: str
    at: str


class BatchWork(Struct, frozen=True, kw_only=True):
    """My part of an open batch.

    `done` counts answers to what I was asked, `skipped` those of them that are skips. `median_seconds` is what one
    answer takes me here, `seconds_left` an estimate for what is left and what came back; None where nothing says so.
    `unreadable` counts lines of my file that cannot be read, `unsent` says whether it has changes that are in no commit.
    `unmerged` counts the answers that are handed in and wait for the merge, on any branch of mine; `elsewhere` are those
    that another branch has and this folder has not, by branch, and `notes` say what is the matter with others there.
    """

    task: str
    batch: str
    purpose: str
    guideline: str
    created: str
    asked: int
    done: int
    skipped: int
    returned: tuple[SentBack, ...]
    median_seconds: float | None
    seconds_left: float | None
    unreadable: int
    unsent: bool
    unmerged: int = 0
    elsewhere: dict[str, int] = {}
    notes: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many items have no answer of mine yet."""
        return self.asked - self.done

    @property
    def open(self) -> int:
        """How many items wait for me: unanswered, or sent back."""
        return self.left + len(self.returned)


class News(Struct, frozen=True, kw_only=True):
    """One version of a guideline: what it changed."""

    version: str
    date: str
    summary: str


class Suggestion(Struct, frozen=True, kw_only=True):
    """A change to a guideline that was suggested on the page and is kept in this clone."""

    at: str
    section: str
    item: str
    text: str


class GuidelineNews(Struct, frozen=True, kw_only=True):
    """A task's guideline: its version, the one I last labelled under (empty: none yet), what changed in between.

    `suggestions` counts the suggestions kept in this clone; `newest` is the last of them.
    """

    task: str
    version: str
    followed: str
    changes: tuple[News, ...]
    suggestions: int
    newest: Suggestion | None


class Kept(Struct, frozen=True, kw_only=True):
    """A branch with commits of mine that no remote has, and the commands, one after the other, that send them.

    `committed` is false where a command wrote files for the branch that are in no commit yet.
    """

    branch: str
    commands: tuple[str, ...]
    committed: bool = True


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits in a task after a migration, or is outdated, and stands in no open batch that relabels: for a lead, or its owner.

    `votes` current answers have no value any more, `outdated` others are so by a later version of the guideline. `command`
    drafts the batch, which asks for all of it:
    `answers` to `items`, and takes so many `hours` (None: no record says how long an answer took).
    `first` says what has to be there before, and what brings it; empty where nothing is missing.
    """

    task: str
    votes: int
    items: int
    answers: int
    hours: float | None
    command: str
    outdated: int = 0
    first: str = ""


class Stuck(Struct, frozen=True, kw_only=True):
    """Answers of mine that came back in a batch which is closed: nobody can settle them before a lead opens it again."""

    task: str
    batch: str
    items: tuple[str, ...]


class Todo(Struct, frozen=True, kw_only=True):
    """Everything that waits for somebody, and the one command to type next (empty: nothing waits).

    `behind` is how many commits the default branch, as last fetched, has that the work tree lacks; `kept` is what waits
    to be sent, `unfinished` what git is in the middle of (`merge`, `rebase`, …; empty: nothing), `stuck` what waits for a
    lead to open a batch. `waiting` is what migrations left to people and what is outdated, for those who can hand it out. `fetched` is when this
    clone last fetched (RFC 3339, UTC); empty where it never did or the last try failed, None where there is nothing to fetch from.
    `unread` says which branches may hold answers of mine and cannot be read, and why.
    """

    who: str
    batches: tuple[BatchWork, ...]
    guidelines: tuple[GuidelineNews, ...]
    next: str
    behind: int
    kept: tuple[Kept, ...] = ()
    unfinished: str = ""
    waiting: tuple[Waiting, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    fetched: str | None = None
    unread: tuple[str, ...] = ()


_LISTED = 20
_SHOWN = 300
_FRESH = 3600


def todo_text(todo: Todo) -> str:
    """Each open batch with what came back, then what is new in the guidelines, then the next command."""
    stand = "\n".join(_stand(todo))
    if not todo.batches and todo.waiting:
        return f"{todo.who}: no batch asks you anything; this is to be handed out or sent\n\n{stand}"
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
    """When this clone last fetched, seen from now (both RFC 3339, UTC; `fetched` empty: nobody knows)."""
    if not fetched:
        return "this clone fetched nothing since it was made, or the last try failed: `assay todo --fetch` fetches what is new"
    seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(fetched)).total_seconds()
    return f"fetched {_ago(max(seconds, 0))}" + (
        "" if seconds < _FRESH else ": `assay todo --fetch` fetches what is new"
    )


def _ago(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return "just now"
    number, unit = (
        (minutes, "minute")
        if minutes < 60
        else (minutes // 60, "hour")
        if minutes < 48 * 60
        else (minutes // 1440, "day")
    )
    return f"{count(number, unit)} ago"


def duration(seconds: float) -> str:
    """A stretch of time as people say it: `40 s`, `12 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _stand(todo: Todo) -> Iterator[str]:
    """What was begun with git here and is not through, and what waits for somebody to hand it out."""
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


def waiting_text(one: Waiting) -> str:
    """What waits for people in a task or is outdated, what asking again takes, and the command that drafts the batch."""
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
        yield f"  {one.unmerged:,} handed in, waiting for the merge"
    for branch, number in one.elsewhere.items():
        yield visible(
            f"  {number:,} of your answers {'stands' if number == 1 else 'stand'} on branch {branch}, not in this folder"
        )
    yield from (visible(f"  {note}") for note in one.notes)
    if one.median_seconds is not None:
        rest = f"; about {duration(one.seconds_left)} to go" if one.seconds_left else ""
        yield f"  your pace: {duration(one.median_seconds)} an item{rest}"
    if one.unreadable:
        yield f"  {count(one.unreadable, 'line')} of your file cannot be read: `assay check --mine` says which"
    if one.unsent:
        yield "  some of your answers are not handed in yet: `assay submit`"
    if one.returned:
        yield f"  sent back to you: {count(len(one.returned), 'item')}"
        yield from (f"    {_sent_back(sent)}" for sent in one.returned[:_LISTED])
    if len(one.returned) > _LISTED:
        yield f"    … and {len(one.returned) - _LISTED:,} more"


def _sent_back(sent: SentBack) -> str:
    at = f" ({sent.at[:10]})" if sent.at else ""
    return visible(f"{sent.item}: {clip(' '.join(sent.why.split()), _SHOWN)}{at}")


def _guideline(one: GuidelineNews) -> Iterator[str]:
    if not one.followed:
        yield f"guideline of {one.task}: {one.version}. You have not labelled under it yet: read guidelines/{one.task}.md first."
    elif one.changes:
        yield f"guideline of {one.task}: {one.version}. Since you last labelled ({one.followed}):"
        yield from (visible(f"  {news.version} ({news.date}): {news.summary}") for news in one.changes)
    else:
        yield f"guideline of {one.task}: {one.version}, the one you last labelled under"
    if one.newest is not None:
        yield f"  {count(one.suggestions, 'suggestion')} of yours kept in this clone; the newest: {_suggestion(one.newest)}"


def _suggestion(newest: Suggestion) -> str:
    return visible(f"{clip(' '.join(newest.text.split()), _SHOWN)} ({newest.at[:10]})")
