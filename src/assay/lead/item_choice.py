"""The items of a new batch: listed, outdated, unlabelled or sampled."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from assay.core import DecisionKind, Json, Purpose, legible
from assay.errors import UsageError
from assay.files import JsonFault, NumberedLine, parse_strict, stream_lines
from assay.labels import Pool, load_corpus
from assay.lead.assign import half_up
from assay.lead.batch_report import Stratum
from assay.lead.batch_state import BatchState, sound_pool
from assay.lead.item_filter import add_gold, draw, matching, parse_condition, strata_of, texts_at

_BOM = b"\xef\xbb\xbf"


def listed_items(path: Path) -> Iterator[tuple[int, str]]:
    """The ids that a file lists, with their line numbers, in its order; empty lines are skipped.

    Raises:
        UsageError: a line is neither an id nor an object with an id, or the file cannot be read.
        LimitError: it is too large.
    """
    for line in stream_lines(path):
        try:
            item = _item(line)
        except (JsonFault, UnicodeDecodeError) as fault:
            reason = fault.message if isinstance(fault, JsonFault) else "not UTF-8"
            raise UsageError(f"{legible(path.as_posix())}:{line.number} {reason}", fix=_FORM) from fault
        if item is None:
            raise UsageError(f"{legible(path.as_posix())}:{line.number} no item id", fix=_FORM)
        if item:
            yield line.number, item


def _item(line: NumberedLine) -> str | None:
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
_TAKEN = "already in a counting batch"
_HAD = "had by too many of these annotators in other batches"
_NO_GOLD = "without gold"
_UNANSWERED = "without a current answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRequest:
    """The items that a batch asks for; `most` is the highest number of `people` that an item needs.

    `among` limits the items to those with an answer; None: no limit.
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
    """The items of a batch in canonical order, those of them with gold, and the strata of the sample.

    `left_out` counts by reason the matching items that could not be chosen.
    """

    items: tuple[str, ...]
    gold: frozenset[str]
    strata: tuple[Stratum, ...]
    left_out: Mapping[str, int]


def choose(state: BatchState, request: ItemRequest, rng: np.random.Generator) -> Choice:
    """The items of a batch.

    Raises:
        UsageError: the request contradicts itself, no item matches, or there are too few items.
        ConfigError: the pool, a plan or a label file is broken.
    """
    if isinstance(request.items, int) and request.items < 1:
        raise UsageError(
            f"--items {request.items} is not a valid number of items", fix="1 or more, or a file of item ids"
        )
    if request.stratify is not None and not isinstance(request.items, int):
        raise UsageError("--stratify needs a sample", fix="add the size: --items N")
    if request.gold_share is not None and request.purpose is Purpose.QUALIFY:
        raise UsageError("every item of a qualify batch has gold", fix="omit --gold-share")
    pool = sound_pool(state)
    matched = matching(pool, map(parse_condition, request.where))
    corpus = load_corpus(state.project, state.schema, state.guideline, only=frozenset()).corpus
    gold = frozenset(decision.item for decision in corpus.decisions if decision.kind is DecisionKind.GOLD) & frozenset(
        pool.ids if request.among is None else request.among
    )
    chooser = _Chooser(state, request, pool, matched, gold)
    strata: tuple[Stratum, ...] = ()
    if isinstance(request.items, Path):
        items = chooser.listed(request.items, rng)
    elif request.items is None:
        items = chooser.all(rng)
    else:
        items, strata = chooser.sample(request.items, rng)
    if not items:
        raise chooser.nothing()
    return Choice(items=tuple(sorted(items)), gold=items & gold, strata=strata, left_out=chooser.left_out)


class _Chooser:
    """Chooses the items of one request; counts the items that it leaves out."""

    def __init__(
        self, state: BatchState, request: ItemRequest, pool: Pool, matched: frozenset[str], gold: frozenset[str]
    ) -> None:
        self.state = state
        self.request = request
        self.pool = pool
        self.matched = matched
        self.gold = gold
        self.left_out: dict[str, int] = {}

    def listed(self, path: Path, rng: np.random.Generator) -> frozenset[str]:
        items = self._answered(frozenset(self._known(path)) & self.matched)
        self._refuse_untested(items)
        return self._with_gold(items, self._usable_gold() | (items & self.gold), rng)

    def all(self, rng: np.random.Generator) -> frozenset[str]:
        """Everything that matches and is due."""
        due = self._due()
        if self.request.gold_share is None:
            return due
        return self._with_gold(due - self.gold, self._usable_gold(), rng)

    def sample(self, size: int, rng: np.random.Generator) -> tuple[frozenset[str], tuple[Stratum, ...]]:
        """A sample of `size` items that are due and can be asked."""
        due = self._due()
        free = self._kept(due, _HAD, self._askable(due).__contains__)
        share = self.request.gold_share
        plain, gold = (free, frozenset[str]()) if share is None else (free - self.gold, self._usable_gold())
        golden = 0 if share is None else half_up(share * size)
        if size - golden > len(plain):
            raise UsageError(
                f"items{'' if share is None else ' without gold'} to choose from: {len(plain):,}, "
                f"and {size - golden:,} are asked for",
                fix=_why(self.left_out) + "lower --items, loosen --where, or import more with `assay import items`",
            )
        stratum = self._strata()
        among = strata_of(sorted(plain), stratum), strata_of(sorted(gold), stratum)
        items, strata = draw(*among, size, golden, rng)
        return items, strata if self.request.stratify is not None else ()

    def nothing(self) -> UsageError:
        if not self.matched:
            return UsageError("no item of the pool matches", fix="loosen --where, or import more items")
        if _NO_GOLD in self.left_out:
            fix = f"a qualify batch needs items with gold: expert answers in labels/{self.state.task}/gold"
            return UsageError("no item that matches has gold", fix=fix)
        return UsageError("no item is left to assign", fix=_why(self.left_out) + "loosen --where, or import more items")

    def _usable_gold(self) -> frozenset[str]:
        return self._askable(self.gold & self.matched)

    def _due(self) -> frozenset[str]:
        if self.request.purpose is Purpose.QUALIFY:
            return self._kept(self.matched, _NO_GOLD, self.gold.__contains__)
        if self.request.purpose is Purpose.LABEL:
            taken = self.state.items_of(name for name, batch in self.state.batches.items() if batch.counts)
            return self._kept(self.matched, _TAKEN, lambda item: item not in taken)
        return self._answered(self.matched)

    def _answered(self, items: frozenset[str]) -> frozenset[str]:
        among = self.request.among
        return items if among is None else self._kept(items, _UNANSWERED, among.__contains__)

    def _kept(self, items: frozenset[str], reason: str, keep: Callable[[str], bool]) -> frozenset[str]:
        kept = frozenset(filter(keep, items))
        if number := len(items) - len(kept):
            self.left_out[reason] = number
        return kept

    def _askable(self, items: frozenset[str]) -> frozenset[str]:
        ids = sorted(items)
        free = self.state.askable(ids, self.request.people, self.request.batch, self.request.purpose)
        enough = np.asarray(free.sum(axis=1) >= self.request.most)
        return frozenset(item for item, may in zip(ids, enough.tolist(), strict=True) if may)

    def _with_gold(self, items: frozenset[str], gold: frozenset[str], rng: np.random.Generator) -> frozenset[str]:
        if self.request.gold_share is None:
            return items
        return add_gold(items, sorted(gold), self.request.gold_share, rng)

    def _strata(self) -> Mapping[str, str]:
        if self.request.stratify is None:
            return {}
        texts = texts_at(self.pool, self.request.stratify)
        return {item: _NO_STRATUM if text is None else text for item, text in zip(self.pool.ids, texts, strict=True)}

    def _known(self, path: Path) -> Iterable[str]:
        for line, item in listed_items(path):
            if item not in self.pool.index:
                pool = self.state.project.task(self.state.task).pool
                raise UsageError(
                    f"{legible(path.as_posix())}:{line} item {item!r} is not in the pool {pool}",
                    fix="fix the id, or import the item with `assay import items`",
                )
            yield item

    def _refuse_untested(self, items: frozenset[str]) -> None:
        untested = sorted(items - self.gold) if self.request.purpose is Purpose.QUALIFY else []
        if untested:
            raise UsageError(
                f"{len(untested):,} of the items listed have no gold, for example {untested[0]!r}; a qualify batch "
                "needs gold",
                fix="list items that have gold, or omit --items: all gold items are asked",
            )


def _why(left_out: Mapping[str, int]) -> str:
    return "".join(f"{number:,} matching items are left out ({reason}); " for reason, number in left_out.items())
