"""Where a guideline was silent: items that experts or annotators said it does not cover."""

from dataclasses import dataclass

from assay.model.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class GapVote:
    """An annotation of the item: whose, its label (None: a skip), its note, and whether it was flagged."""

    annotator: str
    label: "JsonObject | None"
    note: str
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An item of a round that the guideline does not cover.

    `label` and `why` are the adjudication's, where its reason is `guideline-gap`; `who` decided it. `votes` are all
    annotations of the item in that round. `guideline` is the version of the round.
    """

    item: str
    batch: str
    guideline: str
    data: JsonObject
    label: "JsonObject | None"
    who: str
    why: str
    votes: tuple[GapVote, ...]
