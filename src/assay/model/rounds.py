"""What handing out work did: a new round, moved slots, what a batch still lacks, the batches of a task."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from assay.model.json import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A stratum of a sample: how many items could be chosen, and how many were. Gold that was added is in `chosen`."""

    name: str
    available: int
    chosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How many `answers` a batch that relabels asks for, of items that `had` so many.

    `away` counts by annotator the answers of those who cannot be asked again. `named` people were named instead, and an item
    would take up to `needed` of such.
    """

    answers: int
    had: int
    away: Mapping[str, int] = field(default_factory=dict)
    named: int = 0
    needed: int = 0


PAIRED = 50
"""Of so many annotators all pairs are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How annotators meet: of how many pairs how many share an item, and how many items a pair shares, least and most."""

    pairs: int
    meet: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRound:
    """A round as it will be written.

    `loads` are items by annotator, `pairs` how many items two annotators share (empty where there are more than `PAIRED`
    annotators: `meeting` sums them up), `gold` how many items have a gold answer, `left_out` by reason how many matching
    items could not be chosen. `losing` are the items that lose a vote which is asked of nobody, with whose it is,
    `asking` what one that relabels asks for. `files` are paths below the root, and `there` says that they stand there already, byte for byte.
    """

    task: str
    name: str
    purpose: str
    guideline: str
    items: int
    loads: Mapping[str, int]
    gold: int
    strata: tuple[Stratum, ...]
    pairs: Mapping[tuple[str, str], int]
    meeting: Meeting
    left_out: Mapping[str, int]
    files: Mapping[str, bytes]
    there: bool = False
    losing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asking: Asking | None = None

    @property
    def slots(self) -> int:
        """How many annotations are asked for."""
        return sum(self.loads.values())

    def as_json(self) -> JsonObject:
        """The object that `--format json` prints."""
        pairs: list[Json] = [{"annotators": list(pair), "items": number} for pair, number in self.pairs.items()]
        strata: list[Json] = [
            {"stratum": one.name, "available": one.available, "chosen": one.chosen} for one in self.strata
        ]
        return {
            "task": self.task,
            "batch": self.name,
            "purpose": self.purpose,
            "guideline": self.guideline,
            "items": self.items,
            "slots": self.slots,
            "annotators": dict(self.loads),
            "gold": self.gold,
            "strata": strata,
            "pairs": pairs,
            "meeting": asdict(self.meeting),
            "left_out": dict(self.left_out),
            "asking": None if self.asking is None else asdict(self.asking),
            "losing": {item: list(people) for item, people in self.losing.items()},
            "files": [*self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Slots handed to annotators: how many to whom, of how many items, and the items that nobody could take.

    `leavers` are those whose slots they were.
    """

    task: str
    batch: str
    given: Mapping[str, int]
    items: int
    stuck: tuple[str, ...]
    leavers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a batch lacks of one annotator: the items assigned and unanswered, those sent back and not settled, with why.

    `away` says that the roster lets them answer nothing now; `undated` are items sent back without a time, to whose
    answer no `first` can be kept: a reviewer sends them back anew.
    """

    annotator: str
    items: tuple[str, ...]
    sent_back: Mapping[str, str]
    away: bool
    undated: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many items have no answer."""
        return len(self.items)

    @property
    def returned(self) -> int:
        """How many answers came back and are not settled."""
        return len(self.sent_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A batch that is now `closed`, or open again, and the votes, on so many items, that count in it while it is closed.

    `there` says that it was so already.
    """

    task: str
    batch: str
    closed: bool
    votes: int
    items: int
    there: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """A batch in a list: what it is, and how many of its slots are answered (None: it has no plan, as imports)."""

    task: str
    name: str
    purpose: str
    status: str
    created: str
    guideline: str
    done: int | None
    slots: int | None
