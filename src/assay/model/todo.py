"""What is mine to do: the answer of `assay todo`."""

from msgspec import Struct


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
