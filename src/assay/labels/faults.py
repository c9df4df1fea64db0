"""The faults of a file: the first ones of a rule are kept, further ones are counted."""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args, get_origin

import msgspec
import numpy as np
from msgspec import Raw, Struct
from numpy.typing import NDArray

from assay.core import LISTED, Fault, Finding, Json, JsonObject, Location, did_you_mean, digest_of, escape, finding
from assay.labels.paths import LabelFile
from assay.labels.records import AnyKind

if TYPE_CHECKING:
    from assay.labels.reader import Lines

JUDGED_BY_SCHEMA = frozenset({"label", "first"})
_NAMED = re.compile(r"`([^`]*)`")
_PLAIN = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object in braces",
}


class Faults:
    """The faults of a file. Iteration gives those that are kept, `len` counts all.

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
        """Adds several faults, or all of another `Faults` of this file with its counts."""
        for fault in faults:
            self.add(fault)
        if isinstance(faults, Faults):
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


def reported(file: LabelFile, faults: Faults) -> Iterator[Finding]:
    """The faults of a file as findings; those that are not kept are counted in the last one of their rule."""
    last = {fault.rule: place for place, fault in enumerate(faults)}
    for place, fault in enumerate(faults):
        where = replace(file.where, item=fault.item, annotator=annotator_of(file, fault))
        at = Location(path=file.path, line=fault.line, pointer=fault.pointer)
        found = finding(fault.rule, at, fault.message, fix=fault.fix, where=where)
        rest = faults.rests.get(fault.rule) if last[fault.rule] == place else None
        yield replace(found, rest=bytes(rest)) if rest else found


def out_of_form(lines: "Lines[Struct]", keys: NDArray[np.int64], broken: NDArray[np.int64]) -> Iterator[Fault]:
    """One warning for all valid lines that are not canonical or out of order.

    `keys` are numbers in the order in which the records should be, one a record; negative if unknown.
    `broken` are the lines at fault.
    """
    numbers = lines.places
    sound = (keys >= 0) & ~np.isin(numbers, broken)
    misplaced = numbers[sound][1:][np.diff(keys[sound]) < 0]
    informal = np.setdiff1d(np.union1d(misplaced, np.asarray(lines.informal, dtype=np.int64)), broken)
    if len(informal):
        many = f"{len(informal)} lines are" if len(informal) > 1 else "the line is"
        message = f"{many} not in canonical form (key order, spacing, line order or final newline)"
        yield Fault(line=int(informal[0]), rule="label/not-canonical", message=message)


def key_faults(value: JsonObject, kind: AnyKind, line: int) -> Iterator[Fault]:
    """The faults of a line as a record: missing keys, unknown keys, and invalid values."""
    item, annotator = value.get("item", value.get("id")), value.get("annotator")
    item, annotator = (text if isinstance(text, str) else "" for text in (item, annotator))
    fault = partial(Fault, line=line, item=item, annotator=annotator)
    for key in kind.required:
        if key not in value:
            message, fix = f"{key!r} is missing", f"add {key!r} to the record"
            yield fault(rule="label/record", message=message, fix=fix)
    for key, part in value.items():
        if key not in kind.types:
            fix = did_you_mean(key, kind.types, f"a record here has: {', '.join(kind.types)}")
            message, pointer = f"unknown key {key[:80]!r}", f"/{escape(key[:80])}"
            yield fault(rule="label/unknown-key", message=message, pointer=pointer, fix=fix)
        elif key not in JUDGED_BY_SCHEMA and (problem := _problem(part, kind.types[key])):
            words = get_args(kind.types[key]) if get_origin(kind.types[key]) is Literal else ()
            fixes = (f"one of: {', '.join(words)}" if words else "", did_you_mean(str(part), words))
            fix = "; ".join(filter(None, fixes))
            yield fault(rule="label/record", message=f"{key}: {problem}", pointer=f"/{key}", fix=fix)


def _problem(value: Json, kind: object) -> str:
    if kind is Raw:
        return "" if isinstance(value, dict) else "expected an object in braces"
    if get_origin(kind) is Literal and isinstance(value, str):
        return "" if value in get_args(kind) else f"{value[:60]!r} is not an allowed value"
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        kinds = str(error).partition(" - at ")[0].replace("int | float", "float").replace(" | ", "` or `")
        message = _NAMED.sub(lambda found: _PLAIN.get(found[1], found[1]), kinds)
        return message[:1].lower() + message[1:]
    return ""
