"""What a lead sees of the people and models of a task, and of its rounds."""

from msgspec import Struct

from assay.model.quality import Share


class Spread(Struct, frozen=True, kw_only=True):
    """Numbers in their middle: how many, the median, and the quartiles around it; None where there are none."""

    count: int
    median: float | None = None
    low: float | None = None
    high: float | None = None


class Member(Struct, frozen=True, kw_only=True):
    """One annotator's work on a task.

    `records` are their valid annotations, skips among them; `share` is of all records by persons (None of a model).
    `flags` counts by kind. `gold` and `agreement` leave rounds out that a newer one replaced: `gold` is of the
    (annotation, field) pairs that gold answers, `agreement` of the (annotation, peer's counting annotation, field)
    triples on the same item of a batch, without an interval, for they depend on each other. `last` is the newest
    `at`, RFC 3339 in UTC.
    """

    annotator: str
    kind: str
    role: str
    status: str
    records: int
    share: float | None
    seconds: Spread
    skips: int
    flags: dict[str, int]
    gold: Share
    agreement: Share
    last: str | None


class BatchProgress(Struct, frozen=True, kw_only=True):
    """How far a round has come: slots asked for and answered, whose are missing, how many answers were sent back.

    A batch without a plan asks for nothing and has no `value`. `returned` counts by annotator what was sent back and
    is not answered yet.
    """

    batch: str
    purpose: str
    status: str
    guideline: str
    records: int
    asked: int
    done: int
    value: float | None
    missing: dict[str, int]
    returned: dict[str, int]


class TeamReport(Struct, frozen=True, kw_only=True):
    """A task's annotators and batches, by id; `errors` are faults in its files, whose records are not counted."""

    task: str
    records: int
    errors: int
    annotators: list[Member]
    batches: list[BatchProgress]
