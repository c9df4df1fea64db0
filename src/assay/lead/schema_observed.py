"""Observations of a field's values, collected one label at a time, and their description in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assay.core import Json, Scale, canonical_text

FEW = 50
MOST = 0.9
"""If this share of the values has one shape, the others are reported as errors."""
_CLEARLY = 0.99
_LONGEST_VALUE = 100
_RATING = 10
_EXACT = 2**53
_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


@dataclass(slots=True, kw_only=True)
class Observed:
    """Observations of one field, or of the elements below it. `texts`, `numbers` and `lists` stop growing at a limit.

    `several` counts the arrays of two or more elements, `repeated` those of them with duplicates.
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
        """Adds one value."""
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
    def present(self) -> int:
        """How many values were not null."""
        return self.count - self.types["null"]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The JSON types seen besides null; integers count as numbers if any number has a fraction part."""
        kinds = set(self.types) - {"null"}
        return tuple(sorted(kinds - {"integer"} if "number" in kinds else kinds))

    @property
    def kind(self) -> str | None:
        """The type of all or nearly all values; None if they are mixed or there are none."""
        for kind in self.kinds:
            numbers = self.types["integer"] if kind == "number" else 0
            if self.types[kind] + numbers >= MOST * self.present:
                return kind
        return None

    @property
    def whole(self) -> bool:
        """Whether every number is whole, such as 1 or 1.0."""
        return bool(self.numbers) and not self.broken

    @property
    def few(self) -> tuple[str, ...] | None:
        """The texts in sorted order, if they are few and each was seen twice on average; else None."""
        strings = self.types["string"]
        many = len(self.texts) > FEW or 2 * len(self.texts) > strings
        if not self.texts or many or max(map(len, self.texts)) > _LONGEST_VALUE:
            return None
        return tuple(sorted(self.texts))

    @property
    def few_numbers(self) -> tuple[int, ...] | None:
        """The numbers by size, if they are few and whole, and close together or each seen twice on average; else None."""
        seen = self.types["integer"] + self.types["number"]
        if not self.whole or len(self.numbers) > FEW:
            return None
        if max(self.numbers) - min(self.numbers) > _RATING and 2 * len(self.numbers) > seen:
            return None
        return tuple(sorted({int(number) for number in self.numbers}))

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that every object had, not null, in the order they were first seen."""
        return tuple(name for name, seen in self.properties.items() if seen.present == self.types["object"])


@dataclass(slots=True)
class Sources:
    """The keys of an item's data that values fit: `fits` counts by key out of `total`."""

    total: int = 0
    fits: Counter[str] = field(default_factory=Counter)
    lengths: set[int] = field(default_factory=set)

    def add(self, keys: Iterable[str], fitting: Iterable[str]) -> None:
        """Adds one value: the keys of its item, and those that it fits."""
        self.total += 1
        self.fits.update(dict.fromkeys(keys, 0))
        self.fits.update(fitting)

    def share(self, key: str) -> float:
        """The share of all values that fit a key."""
        return self.fits[key] / self.total if self.total else 0.0

    @property
    def source(self) -> str | None:
        """The key that the values refer to: a single key that nearly all fit, or the only clear one of several; else None."""
        if len(self.fits) == 1:
            (only,) = self.fits
            return only if self.share(only) >= MOST else None
        clear = [key for key in self.fits if self.share(key) >= _CLEARLY]
        return clear[0] if len(clear) == 1 else None

    @property
    def likely(self) -> tuple[str, ...]:
        """The keys, those with most fitting values first."""
        return tuple(sorted(self.fits, key=lambda key: (-self.fits[key], key)))


_SHOWN = 8
# Common spellings of a missing value; each may also be a real value, so it is only reported.
_ABSENT = frozenset({"", "-", "--", "?", "n/a", "na", "nan", "nil", "none", "null", "missing", "<na>", "#n/a"})
_NOUNS = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "array": "list",
    "object": "object",
}  # fmt: skip


def seen_words(seen: Observed, labels: int, sources: Sources, scale: Scale) -> str:
    """`12 whole numbers, 5 different: 1, 2, 3, 4, 5; missing in 3 of 15 labels, null in 2 of them`."""
    parts = [_values(seen, seen.kind) if seen.kind else _mixed(seen)]
    if seen.kind == "array" and seen.elements and seen.elements.present:
        placed = f"{seen.elements.types['object']:,} {scale}" if scale in {Scale.SPANS, Scale.BOXES} else ""
        parts[0] = f"{parts[0]} of {placed or _values(seen.elements, seen.elements.kind)}"
    of = {seen.kind, *(("integer",) if seen.kind == "number" else ())}
    if odd := " and ".join(_values(seen, kind) for kind in seen.kinds if seen.kind and kind not in of):
        parts.append(f"{odd}, taken as errors")
    if seen.repeated:
        parts.append(f"{seen.repeated:,} of the lists have duplicates")
    if scale in {Scale.SPANS, Scale.SEQUENCE}:
        noun, verb = ("offsets", "end within") if scale is Scale.SPANS else ("lists", "are as long as")
        parts += [
            f"{sources.fits[key]:,} of {sources.total:,} {noun} ({sources.share(key):.1%}) {verb} {key}"
            for key in sources.likely
        ]
    texts = seen.texts | (seen.elements.texts if seen.elements else set())
    if absent := [text for text in sorted(texts) if text.strip().casefold() in _ABSENT]:
        parts.append(f"{', '.join(map(repr, absent))} may mean no value: if so, write null or omit the key")
    if missing := labels - seen.present:
        nulls = f", null in {seen.types['null']:,} of them" if seen.types["null"] else ""
        parts.append(f"missing in {missing:,} of {labels:,} labels{nulls}")
    return "; ".join(parts)


def _values(seen: Observed, kind: str | None) -> str:
    """The number and kind of the values, and the values if they are few."""
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
