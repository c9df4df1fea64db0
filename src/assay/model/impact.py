"""What an edit of a guideline would make outdated."""

from msgspec import Struct


class Part(Struct, frozen=True, kw_only=True):
    """So many `annotations` of all `of` the same kind that are current; `share` is None where there is none."""

    annotations: int
    of: int
    share: float | None


class EditedVersion(Struct, frozen=True, kw_only=True):
    """A version that the edit adds, what it affects, and how many current annotations that concerns."""

    version: str
    affects: tuple[str, ...]
    policy: str
    annotations: int


class LookAgain(Struct, frozen=True, kw_only=True):
    """An expert's answer that the edit affects; `batch` is empty for gold."""

    item: str
    who: str
    batch: str = ""


class ExamplePlace(Struct, frozen=True, kw_only=True):
    """An example that the edit affects, by the line it starts on."""

    path: str
    line: int


class TouchedRelease(Struct, frozen=True, kw_only=True):
    """A published release: of its `of` rows of the task, so many rest on labels that the edit affects."""

    name: str
    version: str
    rows: int
    of: int


class Redo(Struct, frozen=True, kw_only=True):
    """What is to be labelled again: `annotations` of `items`, all current ones of each.

    `seconds` is the median of the `timed` records of people, `hours` what the annotations take at that pace; None where
    no record states its time.
    """

    items: int
    annotations: int
    seconds: float | None
    timed: int
    hours: float | None


class MigrationImpact(Struct, frozen=True, kw_only=True):
    """A migration and what it leaves to people.

    Of all labels that stand in files `carried` are changed by it, and `waiting` wait for a person because of it; `votes`
    of these are current ones, of `items` items, and `redo` is what asking these items again takes. `releases` are the
    published ones that rest on labels that wait. `added` says that the edit brings it.
    """

    name: str
    path: str
    guideline: str
    reason: str
    steps: tuple[str, ...]
    added: bool
    carried: int
    waiting: int
    votes: int
    items: int
    redo: Redo
    releases: tuple[TouchedRelease, ...]


class TaskImpact(Struct, frozen=True, kw_only=True):
    """What the edit of one task's guideline and schema concerns.

    `base` is the version that is judged against (empty: the task is new), `version` that of the work tree, `edited`
    whether the content differs at all. `annotations` are the current counting ones that a new version affects, or that
    wait for a person after a new migration; `items` how many items they are of. `values` by field and value, then by
    annotator and batch. `migrations` are those that the edit adds, and earlier ones after which a current label waits.
    `redo` is everything that is to be labelled again, as it is drafted; `own` the part of it that this edit brings.
    `refused` current annotations are no longer valid under the edited schema.
    """

    task: str
    base: str
    version: str
    edited: bool
    changes: tuple[EditedVersion, ...]
    annotations: Part
    items: int
    values: dict[str, dict[str, Part]]
    annotators: dict[str, Part]
    batches: dict[str, Part]
    gold: tuple[LookAgain, ...]
    adjudications: tuple[LookAgain, ...]
    examples: tuple[ExamplePlace, ...]
    releases: tuple[TouchedRelease, ...]
    migrations: tuple[MigrationImpact, ...]
    redo: Redo
    own: Redo
    refused: int
