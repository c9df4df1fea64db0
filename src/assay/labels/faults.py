"""What is wrong with the lines of a file, however much it is: the first faults of a rule are kept, further ones counted."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.labels.layout import LabelFile
from assay.model.capped import LISTED, digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one line; becomes a finding where the file is known."""

    line: int
    rule: str
    message: str
    pointer: str = ""
    hint: str = ""
    item: str = ""
    annotator: str = ""


class Faults:
    """The faults of a file, as they are found. Iteration gives those that are kept, `len` counts all.

    `items` are the items that any of them names, `rests` the digests of those that are not kept, by rule.
    """

    def __init__(self, file: LabelFile | None, *several: Iterable[Fault]) -> None:
        self.file = file
        self.items: set[str] = set()
        self.rests: dict[str, bytearray] = {}
        self._kept: list[Fault] = []
        self._numbers: dict[str, int] = {}
        self._lines = array("q")
        for faults in several:
            self.extend(faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._kept)

    def __len__(self) -> int:
        return sum(self._numbers.values())

    @property
    def lines(self) -> NDArray[np.int64]:
        """The lines at fault, in order, each once."""
        return np.unique(np.array(self._lines, dtype=np.int64))

    def number(self, rule: str) -> int:
        """How many faults of a rule there are."""
        return self._numbers.get(rule, 0)

    def add(self, fault: Fault) -> None:
        """Keeps or counts a fault."""
        rule = fault.rule
        number = self._numbers[rule] = self._numbers.get(rule, 0) + 1
        self._lines.append(fault.line)
        if fault.item:
            self.items.add(fault.item)
        if number <= LISTED:
            self._kept.append(fault)
        else:
            self.rests.setdefault(rule, bytearray()).extend(
                digest_of(fault.item, annotator_of(self.file, fault), fault.pointer)
            )

    def extend(self, faults: Iterable[Fault]) -> None:
        """Adds several; of other `Faults` of this file what they counted as well."""
        if not isinstance(faults, Faults):
            for fault in faults:
                self.add(fault)
            return
        for fault in faults:
            self.add(fault)
        for rule, rest in faults.rests.items():
            self.rests.setdefault(rule, bytearray()).extend(rest)
            self._numbers[rule] += faults.number(rule) - LISTED
        self._lines.extend(faults.lines.tolist())
        self.items |= faults.items


def annotator_of(file: LabelFile | None, fault: Fault) -> str:
    """Whose record a fault is in: a source's annotator by its full name, else the one it names, else the file's own."""
    if file is None:
        return fault.annotator
    own = f"{file.who}/{fault.annotator}" if file.sourced and fault.annotator else fault.annotator
    return own or file.where.annotator
