"""Summaries of the schema, consensus and quality stages.

Every report lists the inputs of its stage (`made_from`) and the tables beside it (`tables`), by name and digest.
"""

from msgspec import Struct

FORGE, SIGNED = "forge", "signed"
"""The ways to approve."""


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
    """How the items of one field were decided, by `Source` name, and the counts of the decided values.

    For a sequence, spans or boxes `elements` counts the elements of all items by tag or kind (empty: none), `attributes`
    their attributes. Reports of an older assay have neither.
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
    """A share with its 95% Wilson interval; None if nothing was counted, or only one cluster."""

    hits: float
    of: int
    value: float | None
    low: float | None = None
    high: float | None = None


class GoldField(Struct, frozen=True, kw_only=True):
    """One field compared with gold: the votes, their partial credit, and the majority of the votes alone (ties shared)."""

    items: int
    accuracy: Share
    credit: Share | None = None
    vote_accuracy: Share


class GoldReport(Struct, frozen=True, kw_only=True):
    """Votes compared with gold. `accuracy` pools (vote, field) pairs; `vote_accuracy` pools (item, field) majorities.

    `credit` is `accuracy` with partial credit for an answer near gold; reports of an older assay lack it. Intervals are over
    items: the votes on one item are not independent.
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
    """The assigned and the answered votes of closed counting batches (a skip is an answer), in total and by batch."""

    assigned: int
    answered: int
    value: float | None
    batches: dict[str, Share]


class Unresolved(Struct, frozen=True, kw_only=True):
    """Undecided items, once each, among all in a closed counting batch or answered by an expert.

    `fields` counts them by the field that lacks a value; `reasons` by the first that applies: `waiting` after a migration,
    `tie`, `skipped` (no answer), `required` (a required field has no value), `refused` (the decided label does not match
    the schema). An older assay counted values, and had neither `items` nor `reasons`.
    """

    unresolved: int
    value: float | None
    fields: dict[str, int]
    items: int = 0
    reasons: dict[str, int] = {}


class Support(Struct, frozen=True, kw_only=True):
    """The number of votes behind the rows of a release.

    `votes` counts all `rows` by the current votes on the required field with the fewest. `voted` counts the rows with a
    required field decided by votes alone, by the fewest votes on such a field. `open` lists the open counting batches,
    whose answers are in no row.
    """

    rows: int
    votes: dict[str, int]
    voted: dict[str, int]
    open: list[str]


class Lost(Struct, frozen=True, kw_only=True):
    """Counting votes that a closed batch superseded or dropped, and that were not given again.

    An outdated or waiting vote is given again by its annotator or a new one, others only by their annotator. `items` lost
    one or more of the `votes`. `silent`: the annotator did not answer the item in a relabelling batch; `outdated`: a later
    guideline version affects the vote, and the item was relabelled under it; `waiting`: a field has no value since a
    migration, and others relabelled the item; its other fields still count. `batches` counts the votes by that batch.
    """

    items: int
    votes: int
    silent: int
    outdated: int
    waiting: int = 0
    batches: dict[str, int]


class QueueReport(Struct, frozen=True, kw_only=True):
    """The review queue: its items, once each, and its rows by reason."""

    items: int
    reasons: dict[str, int]


class GuidelineReport(Struct, frozen=True, kw_only=True):
    """The findings on the guideline by severity and by rule."""

    errors: int
    warnings: int
    findings: dict[str, int]


class ExamplesReport(Struct, frozen=True, kw_only=True):
    """The guideline's examples: how many ran, and how many failed.

    `errors` counts all findings, including unreadable blocks and contradictions between experts.
    """

    run: int
    wrong: int
    errors: int


class SampleReport(Struct, frozen=True, kw_only=True):
    """The relabelled sample of a change whose policy is `sample`.

    `items` were labelled before the change and are affected by it; `drawn` are in the sample, `relabelled` were answered in
    the first closed batch after it that contains them. `agreement` is the share of the `compared` old answers that this
    batch repeats; None if there are none. `kept`: the rest may stay, because the agreement is not below `bound`, or nothing
    is compared yet and part of the sample is still to be relabelled.
    """

    items: int
    drawn: int
    relabelled: int
    compared: int
    agreement: float | None
    bound: float
    kept: bool


class OutdatedReport(Struct, frozen=True, kw_only=True):
    """The current counting labels that a later guideline version makes outdated.

    `annotations` counts all current labels, `value` is the share of `outdated`. The outdated ones are counted by
    `versions` (made under), `changes` (later versions that affect them), `values` (field and value), `annotators` and
    `batches`; a label with two such changes or values counts under both. `grandfathered` and `sampled` labels are kept
    and not outdated, by version made under. `samples` are keyed by the version whose policy is `sample`.
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
    """`approved` or `held`: by whom (roster ids) and in which way (`forge`, `signed`), or the reason why not."""

    state: str
    by: tuple[str, ...] = ()
    way: str = ""
    reason: str = ""

    @property
    def approved(self) -> bool:
        """Whether the state is `approved`."""
        return self.state == "approved"

    def under(self, way: str) -> "ApprovalStatus":
        """The status in a project that requires a way: a signature always counts, a forge review only where `forge` is set."""
        if not self.approved or self.way in {way, SIGNED}:
            return self
        return held(f"approved by {self.way}, but the project requires a signature (approval: {way})")


def held(reason: str) -> ApprovalStatus:
    """The status `held` with its reason."""
    return ApprovalStatus(state="held", reason=reason)


class DuplicatesReport(Struct, frozen=True, kw_only=True):
    """How many items of the pool are exact and near duplicates of an earlier one; `at_least` is the minimum similarity, None: not measured."""

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
