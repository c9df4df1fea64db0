"""Summaries of the schema, consensus and quality stages.

Every report says what its stage read (`made_from`) and which tables it wrote beside it (`tables`), by name and digest.
"""

from msgspec import Struct

FORGE, SIGNED = "forge", "signed"
"""The ways in which somebody approves."""


class SchemaReport(Struct, frozen=True, kw_only=True):
    """`schema.json`: annotation records, those without an error, findings by severity and by rule."""

    records: int
    valid: int
    errors: int
    warnings: int
    items: int
    annotators: int
    batches: int
    findings: dict[str, int]
    made_from: dict[str, str] = {}
    tables: dict[str, str] = {}


class FieldConsensus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the items of one field were decided, by `Source` name, and how the decided values are spread.

    Of a sequence, spans or boxes it is their elements that are counted, in all items: by tag, or by kind (empty: none); and
    what is said of these by each attribute. An older assay did not count them.
    """

    items: int
    sources: dict[str, int]
    values: dict[str, int]
    elements: dict[str, int] = {}
    attributes: dict[str, dict[str, int]] = {}


class ConsensusReport(Struct, frozen=True, kw_only=True):
    """`consensus.json`."""

    method: str
    items: int
    fields: dict[str, FieldConsensus]
    made_from: dict[str, str] = {}
    tables: dict[str, str] = {}


class Share(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A share of counted things with its 95% Wilson interval; None where nothing was counted, or one cluster alone."""

    hits: float
    of: int
    value: float | None
    low: float | None = None
    high: float | None = None


class GoldField(Struct, frozen=True, kw_only=True):
    """One field against gold: the votes, how near they are, and the majority of the votes alone (ties shared)."""

    items: int
    accuracy: Share
    credit: Share | None = None
    vote_accuracy: Share


class GoldReport(Struct, frozen=True, kw_only=True):
    """Votes against gold. `accuracy` pools (vote, field) pairs; `vote_accuracy` pools (item, field) majorities.

    `credit` is as `accuracy`, with an answer near gold's counted in part; an older assay did not measure it. Intervals are
    over items: the votes on one are not independent.
    """

    items: int
    accuracy: float | None
    low: float | None
    high: float | None
    credit: Share | None = None
    vote_accuracy: float | None
    fields: dict[str, GoldField]
    annotators: dict[str, Share]


class Coverage(Struct, frozen=True, kw_only=True):
    """Of the votes asked for in closed counting batches, those given (a skip is an answer), and by batch."""

    assigned: int
    answered: int
    value: float | None
    batches: dict[str, Share]


class Unresolved(Struct, frozen=True, kw_only=True):
    """Items of which something is left undecided, once each, of all in a closed counting batch or answered by an expert.

    `fields` are the items by field that has no value and should; `reasons` by why, each item under the first of: `waiting`
    after a migration, `tie`, `skipped` (nobody says anything), `required` (a required field has no value), `refused` (the
    schema refuses what was decided). An older assay counted values, and said neither `items` nor `reasons`.
    """

    unresolved: int
    value: float | None
    fields: dict[str, int]
    items: int = 0
    reasons: dict[str, int] = {}


class Support(Struct, frozen=True, kw_only=True):
    """What the rows of a release rest on.

    `votes` counts all `rows` by their number of votes: the current votes on the required field that has the fewest.
    `voted` counts those of which a required field was decided by votes alone, by the fewest votes on such a field. `open`
    are the open counting batches, whose answers are in no row.
    """

    rows: int
    votes: dict[str, int]
    voted: dict[str, int]
    open: list[str]


class Lost(Struct, frozen=True, kw_only=True):
    """Votes that count, that a closed batch took or gave up, and that nobody has given anew.

    That is: not their annotators, nor somebody new in their place, if they were outdated or wait. `items` lost one or more of the `votes`. `silent`: their annotators were asked for the item again in a batch that
    relabels, and did not answer; `outdated`: a later version of the guideline made them so, and the item was labelled
    again under it; `waiting`: a field has no value since a migration, and others labelled the item again since; what else
    such a vote says still counts. `batches` counts the votes by the batch that took them or gave them up.
    """

    items: int
    votes: int
    silent: int
    outdated: int
    waiting: int = 0
    batches: dict[str, int]


class QueueReport(Struct, frozen=True, kw_only=True):
    """The review queue: the items that somebody should look at, once each, and its rows by reason."""

    items: int
    reasons: dict[str, int]


class GuidelineReport(Struct, frozen=True, kw_only=True):
    """What is wrong with the guideline by itself: its findings by severity and by rule."""

    errors: int
    warnings: int
    findings: dict[str, int]


class ExamplesReport(Struct, frozen=True, kw_only=True):
    """The guideline's examples: how many ran, and how many of them are wrong.

    `errors` are all that was found: also blocks that cannot be read, and what experts say against each other.
    """

    run: int
    wrong: int
    errors: int


class SampleReport(Struct, frozen=True, kw_only=True):
    """What became of the sample of a change whose policy is `sample`.

    `items` were labelled before the change and are affected by it; `drawn` of them are to be labelled again, and
    `relabelled` have been, in the first closed batch after it that holds them. `agreement` is the share of the old answers
    that this batch repeats, over `compared` of them; None where none is. `kept` says that the rest may stay: the agreement
    is not below `bound`, or nothing is compared and some that is drawn still has its batch to come.
    """

    items: int
    drawn: int
    relabelled: int
    compared: int
    agreement: float | None
    bound: float
    kept: bool


class OutdatedReport(Struct, frozen=True, kw_only=True):
    """The current labels that count, and that a later version of the guideline made outdated.

    `annotations` are all of them, `value` is the share of `outdated`. Of the outdated: `versions` by the version they
    were made under, `changes` by the later versions that affect them, `values` by field and value carried,
    `annotators`, `batches`. A label that two changes affect, or that carries two values, is counted under both.
    `grandfathered` and `sampled` are kept and not counted, by the version they were made under. `samples` are keyed by
    the version whose policy is `sample`.
    """

    annotations: int
    outdated: int
    value: float | None
    versions: dict[str, int]
    changes: dict[str, int]
    values: dict[str, dict[str, int]]
    annotators: dict[str, int]
    batches: dict[str, int]
    grandfathered: dict[str, int]
    sampled: dict[str, int]
    samples: dict[str, SampleReport]


class ApprovalStatus(Struct, frozen=True, kw_only=True):
    """Whether something is `approved` or `held`: by whom (roster ids) and in which way (`forge`, `signed`), or why not."""

    state: str
    by: tuple[str, ...] = ()
    way: str = ""
    reason: str = ""

    @property
    def approved(self) -> bool:
        """Whether it is."""
        return self.state == "approved"

    def under(self, way: str) -> "ApprovalStatus":
        """The same in a project that asks for a way: a signature counts in every one, a forge's review where it is asked for."""
        if not self.approved or self.way in {way, SIGNED}:
            return self
        return held(f"approved by {self.way}, and the project asks for a signature (approval: {way})")


def held(reason: str) -> ApprovalStatus:
    """Not approved, and why."""
    return ApprovalStatus(state="held", reason=reason)


class DuplicatesReport(Struct, frozen=True, kw_only=True):
    """How many items of the pool show exactly what an earlier one shows, and how many nearly; `at_least` is how near: None, not asked."""

    exact: int
    near: int
    at_least: float | None


class QualityReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`quality.json`."""

    gold: GoldReport
    coverage: Coverage
    unresolved: Unresolved
    support: Support | None = None
    lost: Lost | None = None
    queue: QueueReport | None = None
    guideline: GuidelineReport | None = None
    examples: ExamplesReport | None = None
    outdated: OutdatedReport | None = None
    approved: dict[str, ApprovalStatus] | None = None
    duplicates: DuplicatesReport | None = None
    made_from: dict[str, str] = {}
    tables: dict[str, str] = {}
