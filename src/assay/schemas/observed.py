"""What the values of a field look like, gathered one label at a time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.model.json import Json

FEW = 50
_LONGEST_VALUE = 100
_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


@dataclass(slots=True, kw_only=True)
class Observed:
    """What was seen of one field, or of the elements below it. `texts` stops growing once they are many."""

    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    texts: set[str] = field(default_factory=set)
    elements: "Observed | None" = None
    properties: dict[str, "Observed"] = field(default_factory=dict)

    def add(self, value: Json) -> None:
        """Takes one value in."""
        self.count += 1
        self.types["null" if value is None else _NAMES[type(value)]] += 1
        if isinstance(value, str) and len(self.texts) <= FEW:
            self.texts.add(value)
        elif isinstance(value, list):
            self.elements = self.elements or Observed()
            for element in value:
                self.elements.add(element)
        elif isinstance(value, dict):
            for key, member in value.items():
                self.properties.setdefault(key, Observed()).add(member)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The JSON types seen, a number with a fraction part making numbers of all."""
        kinds = set(self.types)
        return tuple(sorted(kinds - {"integer"} if "number" in kinds else kinds))

    @property
    def few(self) -> tuple[str, ...] | None:
        """The texts in sorted order, where they are few and each was seen twice on average; else None."""
        strings = self.types["string"]
        many = len(self.texts) > FEW or 2 * len(self.texts) > strings
        if not self.texts or many or max(map(len, self.texts)) > _LONGEST_VALUE:
            return None
        return tuple(sorted(self.texts))

    @property
    def always(self) -> tuple[str, ...]:
        """The properties that every object had, in the order they were first seen."""
        return tuple(name for name, seen in self.properties.items() if seen.count == self.types["object"])


class Extents:
    """Which keys of an item's data are long enough for every offset that refers into it."""

    def __init__(self) -> None:
        self.fitting: set[str] | None = None

    def add(self, spans: Json, extents: Mapping[str, int]) -> None:
        """Takes in one value of a spans field, and the lengths of the texts and lists of its item."""
        ends = [span.get("end") for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []
        furthest = max((end for end in ends if isinstance(end, int)), default=0)
        if furthest:
            fits = {key for key, extent in extents.items() if extent >= furthest}
            self.fitting = fits if self.fitting is None else self.fitting & fits

    @property
    def source(self) -> str | None:
        """The key that offsets refer to, where only one can be meant."""
        return next(iter(self.fitting)) if self.fitting and len(self.fitting) == 1 else None
