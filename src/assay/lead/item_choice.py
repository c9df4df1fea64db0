"""Which items a new batch takes: listed, outdated, unlabelled or sampled."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from assay.core import DecisionKind, Json, Purpose, legible
from assay.errors import UsageError
from assay.files import JsonFault, Line, parse_strict, stream_lines
from assay.labels import Pool, load_corpus
from assay.lead.assign import half_up
from assay.lead.batch_report import Stratum
from assay.lead.batch_state import Rounds, sound_pool
from assay.lead.item_filter import Candidates, add_gold, draw, matching, parse_condition, strata_of, texts_at

_BOM = b"\xef\xbb\xbf"


def listed_items(path: Path) -> Iterator[tuple[int, str]]:
    """The ids that a file lists with their line numbers, in its order; empty lines list none.

    Raises:
        UsageError: a line is neither an id nor an object with one, or the file cannot be read.
        LimitError: it is too large.
    """
    for line in stream_lines(path):
        try:
            item = _item(line)
        except (JsonFault, UnicodeDecodeError) as fault:
            said = fault.message if isinstance(fault, JsonFault) else "not UTF-8"
            raise UsageError(f"{legible(path.as_posix())}:{line.number} {said}", fix=_FORM) from fault
        if item is None:
            raise UsageError(f"{legible(path.as_posix())}:{line.number} no item id", fix=_FORM)
        if item:
            yield line.number, item


def _item(line: Line) -> str | None:
    if line.data is None:
        return None
    text = line.data.removeprefix(_BOM).strip()
    if not text.startswith(b"{"):
        return text.decode("utf-8")
    value: Json = parse_strict(text)
    found = value.get("id", value.get("item")) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


_FORM = 'one item id a line, or one object a line with "id" or "item"'


_NO_STRATUM = "(none)"
_HELD = "in a counting batch already"
_HAD = "had by too many of these annotators in other batches"
_NO_GOLD = "without gold"
_UNANSWERED = "that nobody has a current answer to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which items a round is to take; `most` is how many of the `people` an item may be asked of.

    `among` are those that can be taken at all, for they have been answered; None: whatever matches.
    """

    batch: str
    purpose: Purpose
    items: int | Path | None
    where: tuple[str, ...]
    stratify: str | None
    gold_share: Fraction | None
    people: tuple[str, ...]
    most: int
    among: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The items of a round in canonical order, those of them with gold, the strata of the sample.

    `left_out` says by reason how many items match and could not be chosen.
    """

    items: tuple[str, ...]
    gold: frozenset[str]
    strata: tuple[Stratum, ...]
    left_out: Mapping[str, int]


def choose(rounds: Rounds, wish: Wish, rng: np.random.Generator) -> Choice:
    """The items of a round.

    Raises:
        UsageError: the wish contradicts itself, nothing matches, or more is wished than there is.
        ConfigError: the pool, a plan or a label file is broken.
    """
    _refuse_contradiction(wish)
    pool = sound_pool(rounds)
    matched = matching(pool, map(parse_condition, wish.where))
    gold = _gold(rounds) & frozenset(pool.ids if wish.among is None else wish.among)
    desk = _Desk(rounds, wish, pool, matched, gold)
    strata: tuple[Stratum, ...] = ()
    if isinstance(wish.items, Path):
        items = desk.listed(wish.items, rng)
    elif wish.items is None:
        items = desk.all(rng)
    else:
        items, strata = desk.sample(wish.items, rng)
    if not items:
        raise desk.nothing()
    return Choice(items=tuple(sorted(items)), gold=items & gold, strata=strata, left_out=desk.left_out)


def _refuse_contradiction(wish: Wish) -> None:
    if isinstance(wish.items, int) and wish.items < 1:
        raise UsageError(f"--items {wish.items} is no round", fix="1 or more, or a file of item ids")
    if wish.stratify is not None and not isinstance(wish.items, int):
        raise UsageError("--stratify shapes a sample, and none is drawn", fix="say how many: --items N")
    if wish.gold_share is not None and wish.purpose is Purpose.QUALIFY:
        raise UsageError("every item of a batch that qualifies has gold", fix="leave --gold-share away")


class _Desk:
    """Chooses for one wish; notes what it leaves out."""

    def __init__(self, rounds: Rounds, wish: Wish, pool: Pool, matched: frozenset[str], gold: frozenset[str]) -> None:
        self.rounds = rounds
        self.wish = wish
        self.pool = pool
        self.matched = matched
        self.gold = gold
        self.left_out: dict[str, int] = {}

    def listed(self, path: Path, rng: np.random.Generator) -> frozenset[str]:
        """The items that a file lists."""
        items = self._answered(frozenset(self._known(path)) & self.matched)
        self._refuse_untested(items)
        usable = self._usable_gold() | (items & self.gold)
        return self._with_gold(items, usable, rng)

    def all(self, rng: np.random.Generator) -> frozenset[str]:
        """Everything that matches and is due."""
        due = self._due()
        if self.wish.gold_share is None:
            return due
        return self._with_gold(due - self.gold, self._usable_gold(), rng)

    def sample(self, size: int, rng: np.random.Generator) -> tuple[frozenset[str], tuple[Stratum, ...]]:
        """So many of what is due and can be asked."""
        due = self._due()
        free = self._askable(due)
        self._leave_out(_HAD, len(due) - len(free))
        share = self.wish.gold_share
        plain, gold = (free, frozenset[str]()) if share is None else (free - self.gold, self._usable_gold())
        golden = 0 if share is None else half_up(share * size)
        self._refuse_too_few(size - golden, len(plain))
        stratum = self._strata()
        candidates = Candidates(plain=strata_of(sorted(plain), stratum), gold=strata_of(sorted(gold), stratum))
        items, strata = draw(candidates, size, golden, rng)
        return items, strata if self.wish.stratify is not None else ()

    def nothing(self) -> UsageError:
        """Why no item can be handed out."""
        if not self.matched:
            return UsageError("no item of the pool matches", fix="loosen --where, or bring in more items")
        if _NO_GOLD in self.left_out:
            fix = f"a batch that qualifies asks for items with gold: an expert's answers in labels/{self.rounds.task}/gold"
            return UsageError("no item that matches has gold", fix=fix)
        return UsageError(
            "no item is left to hand out", fix=_why(self.left_out) + "loosen --where, or bring in more items"
        )

    def _usable_gold(self) -> frozenset[str]:
        return self._askable(self.gold & self.matched)

    def _refuse_too_few(self, wanted: int, there: int) -> None:
        if wanted > there:
            raise UsageError(
                f"items{'' if self.wish.gold_share is None else ' without gold'} to choose from: {there:,}, "
                f"and {wanted:,} are asked for",
                fix=_why(self.left_out) + "lower --items, loosen --where, or bring in more with `assay import items`",
            )

    def _due(self) -> frozenset[str]:
        if self.wish.purpose is Purpose.QUALIFY:
            return self._kept(self.matched, _NO_GOLD, self.gold.__contains__)
        if self.wish.purpose is Purpose.LABEL:
            held = self.rounds.held(name for name, batch in self.rounds.batches.items() if batch.counts)
            return self._kept(self.matched, _HELD, lambda item: item not in held)
        return self._answered(self.matched)

    def _answered(self, items: frozenset[str]) -> frozenset[str]:
        among = self.wish.among
        return items if among is None else self._kept(items, _UNANSWERED, among.__contains__)

    def _kept(self, items: frozenset[str], reason: str, keep: Callable[[str], bool]) -> frozenset[str]:
        kept = frozenset(filter(keep, items))
        self._leave_out(reason, len(items) - len(kept))
        return kept

    def _leave_out(self, reason: str, number: int) -> None:
        if number:
            self.left_out[reason] = number

    def _askable(self, items: frozenset[str]) -> frozenset[str]:
        ids = sorted(items)
        free = self.rounds.askable(ids, self.wish.people, self.wish.batch, self.wish.purpose)
        enough = np.asarray(free.sum(axis=1) >= self.wish.most)
        return frozenset(item for item, may in zip(ids, enough.tolist(), strict=True) if may)

    def _with_gold(self, items: frozenset[str], gold: frozenset[str], rng: np.random.Generator) -> frozenset[str]:
        if self.wish.gold_share is None:
            return items
        return add_gold(items, sorted(gold), self.wish.gold_share, rng)

    def _strata(self) -> Mapping[str, str]:
        if self.wish.stratify is None:
            return {}
        texts = texts_at(self.pool, self.wish.stratify)
        return {item: _NO_STRATUM if text is None else text for item, text in zip(self.pool.ids, texts, strict=True)}

    def _known(self, path: Path) -> Iterable[str]:
        for line, item in listed_items(path):
            if item not in self.pool.index:
                pool = self.rounds.project.task(self.rounds.task).pool
                raise UsageError(
                    f"{legible(path.as_posix())}:{line} item {item!r} is not in the pool {pool}",
                    fix="mend the id, or bring the item in with `assay import items`",
                )
            yield item

    def _refuse_untested(self, items: frozenset[str]) -> None:
        untested = sorted(items - self.gold) if self.wish.purpose is Purpose.QUALIFY else []
        if untested:
            raise UsageError(
                f"{len(untested):,} of the items listed have no gold, {untested[0]!r} for one, and a batch that "
                "qualifies is judged by gold",
                fix="list items that have gold, or leave --items away: all gold items are asked",
            )


def _gold(rounds: Rounds) -> frozenset[str]:
    corpus = load_corpus(rounds.project, rounds.schema, rounds.guideline, only=frozenset()).corpus
    return frozenset(one.item for one in corpus.decisions if one.kind is DecisionKind.GOLD)


def _why(left_out: Mapping[str, int]) -> str:
    return "".join(f"{number:,} that match are left out ({reason}); " for reason, number in left_out.items())
