"""What the values of a field look like, gathered one label at a time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from assay.model.json import Json
from assay.model.values import canonical_text

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
