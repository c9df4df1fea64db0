"""What the values of a field look like, gathered one label at a time; and the same in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assay.core import Json, Scale, canonical_text

FEW = 50
MOST = 0.9
"""A shape that so much of the values has is meant by all of them; what has another one is a mistake, and told as one."""
_CLEARLY = 0.99
_LONGEST_VALUE = 100
_RATING = 10
_EXACT = 2**53
_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


@dataclass(slots=True, kw_only=True)
class Observed:
    """What was seen of one field, or of the elements below it. `texts`, `numbers` and `lists` stop growing once they are many.

    `several` are the arrays of two elements or more, `repeated` those of them that hold one twice.
    """

    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    texts: set[str] = field(default_factory=set)
    numbers: set[int | float] = field(default_factory=set)
    lists: dict[str, Json] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    broken: int = 0
    several: int = 0
    repeated: int = 0
    elements: "Observed | None" = None
    properties: dict[str, "Observed"] = field(default_factory=dict)

    def add(self, value: Json) -> None:
        """Takes one value in."""
        self.count += 1
        self.types["null" if value is None else _NAMES[type(value)]] += 1
        if isinstance(value, str):
            if len(self.texts) <= FEW:
                self.texts.add(value)
        elif isinstance(value, list):
            self._add_list(value)
        elif isinstance(value, dict):
            for key, member in value.items():
                self.properties.setdefault(key, Observed()).add(member)
        elif value is not None and not isinstance(value, bool):
            self._add_number(value)

    def _add_number(self, value: float) -> None:
        self.low = value if self.low is None else min(self.low, value)
        self.high = value if self.high is None else max(self.high, value)
        self.broken += abs(value) > _EXACT or value != int(value)
        if len(self.numbers) <= FEW:
            self.numbers.add(value)

    def _add_list(self, value: list[Json]) -> None:
        self.elements = self.elements or Observed()
        for element in value:
            self.elements.add(element)
        if len(value) > 1:
            self.several += 1
            self.repeated += len(set(map(canonical_text, value))) < len(value)
        if len(self.lists) <= FEW:
            self.lists[canonical_text(value)] = value

    @property
    def given(self) -> int:
        """How many values were no null."""
        return self.count - self.types["null"]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The JSON types seen besides null, a number with a fraction part making numbers of all."""
        kinds = set(self.types) - {"null"}
        return tuple(sorted(kinds - {"integer"} if "number" in kinds else kinds))

    @property
    def kind(self) -> str | None:
        """The one type that the values have, or nearly all of them; None where they are mixed, or there are none."""
        for kind in self.kinds:
            numbers = self.types["integer"] if kind == "number" else 0
            if self.types[kind] + numbers >= MOST * self.given:
                return kind
        return None

    @property
    def whole(self) -> bool:
        """Whether every number is a whole one, 1.0 as well as 1."""
        return bool(self.numbers) and not self.broken

    @property
    def few(self) -> tuple[str, ...] | None:
        """The texts in sorted order, where they are few and each was seen twice on average; else None."""
        strings = self.types["string"]
        many = len(self.texts) > FEW or 2 * len(self.texts) > strings
        if not self.texts or many or max(map(len, self.texts)) > _LONGEST_VALUE:
            return None
        return tuple(sorted(self.texts))

    @property
    def few_numbers(self) -> tuple[int, ...] | None:
        """The numbers by size, where they are few and whole and close together or each seen twice on average; else None."""
        seen = self.types["integer"] + self.types["number"]
        if not self.whole or len(self.numbers) > FEW:
            return None
        if max(self.numbers) - min(self.numbers) > _RATING and 2 * len(self.numbers) > seen:
            return None
        return tuple(sorted({int(number) for number in self.numbers}))

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that every object had, in the order they were first seen; a null is none."""
        return tuple(name for name, seen in self.properties.items() if seen.given == self.types["object"])


@dataclass(slots=True)
class Sources:
    """Into which keys of an item's data something fits: `fits` counts by key out of `total`."""

    total: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    lengths: set[int] = field(default_factory=set)

    def add(self, keys: Iterable[str], fitting: Iterable[str]) -> None:
        """Takes in one thing, the keys that its item has, and those of them that it fits into."""
        self.total += 1
        self.fits.update(dict.fromkeys(keys, 0))
        self.fits.update(fitting)

    def share(self, key: str) -> float:
        """What part of all fits into a key."""
        return self.fits[key] / self.total if self.total else 0.0

    @property
    def source(self) -> str | None:
        """The key that is meant: the only one where nearly all fits, of several the one where next to all does; else None."""
        if len(self.fits) == 1:
            (only,) = self.fits
            return only if self.share(only) >= MOST else None
        clear = [key for key in self.fits if self.share(key) >= _CLEARLY]
        return clear[0] if len(clear) == 1 else None

    @property
    def likely(self) -> tuple[str, ...]:
        """The keys, those that most fits into first."""
        return tuple(sorted(self.fits, key=lambda key: (-self.fits[key], key)))


_SHOWN = 8
# What tables and people write for a value that is not there; each may be a value all the same, so it is only told.
_ABSENT = frozenset({"", "-", "--", "?", "n/a", "na", "nan", "nil", "none", "null", "missing", "<na>", "#n/a"})
_NOUNS = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "array": "list",
    "object": "object",
}  # fmt: skip


def seen_words(seen: Observed, labels: int, sources: Sources, scale: Scale) -> str:
    """`12 whole numbers, 5 different: 1, 2, 3, 4, 5; missing in 3 of 15 labels, null in 2 of them`."""
    said = [_values(seen, seen.kind) if seen.kind else _mixed(seen)]
    if seen.kind == "array" and seen.elements and seen.elements.given:
        placed = f"{seen.elements.types['object']:,} {scale}" if scale in {Scale.SPANS, Scale.BOXES} else ""
        said[0] = f"{said[0]} of {placed or _values(seen.elements, seen.elements.kind)}"
    if odd := _odd(seen):
        said.append(f"{odd}, taken for mistakes")
    if seen.repeated:
        said.append(f"{seen.repeated:,} of the lists hold a value twice")
    if scale in {Scale.SPANS, Scale.SEQUENCE}:
        said += [_fits(sources, key, scale) for key in sources.likely]
    texts = seen.texts | (seen.elements.texts if seen.elements else set())
    if absent := [text for text in sorted(texts) if text.strip().casefold() in _ABSENT]:
        said.append(
            f"{', '.join(map(repr, absent))} may mean no value: write null, or leave the key away, where it does"
        )
    if missing := labels - seen.given:
        nulls = f", null in {seen.types['null']:,} of them" if seen.types["null"] else ""
        said.append(f"missing in {missing:,} of {labels:,} labels{nulls}")
    return "; ".join(said)


def _values(seen: Observed, kind: str | None) -> str:
    """How many of what there are, and which where they are few."""
    if kind is None:
        return _mixed(seen)
    many = seen.types[kind] + (seen.types["integer"] if kind == "number" else 0)
    noun = "whole number" if kind == "number" and seen.whole else _NOUNS[kind]
    words = f"{many:,} {noun if many == 1 or kind == 'boolean' else f'{noun}s'}"
    few: Sequence[object] | None = {"string": seen.few, "integer": seen.few_numbers, "number": seen.few_numbers}.get(
        kind
    )
    if few:
        return f"{words}, {len(few)} different: {', '.join(map(str, few[:_SHOWN]))}{', …' if len(few) > _SHOWN else ''}"
    if kind in {"integer", "number"}:
        return f"{words} from {seen.low:,.12g} to {seen.high:,.12g}"
    different = len(seen.texts)
    return f"{words}, {different if different <= FEW else f'more than {FEW}'} different" if kind == "string" else words


def _mixed(seen: Observed) -> str:
    return " and ".join(_values(seen, kind) for kind in seen.kinds) or "no value"


def _odd(seen: Observed) -> str:
    """The few values of another type than nearly all."""
    of = {seen.kind, *(("integer",) if seen.kind == "number" else ())}
    return " and ".join(_values(seen, kind) for kind in seen.kinds if seen.kind and kind not in of)


def _fits(sources: Sources, key: str, scale: Scale) -> str:
    many, share = sources.total, sources.share(key)
    if scale is Scale.SPANS:
        return f"{sources.fits[key]:,} of {many:,} offsets ({share:.1%}) end within {key}"
    return f"{sources.fits[key]:,} of {many:,} lists ({share:.1%}) are as long as {key}"
