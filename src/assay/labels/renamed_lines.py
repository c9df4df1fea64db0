"""Rename people in label files, and unite the files of two people who become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from assay.core import Fault, FaultError, JsonObject, Location
from assay.labels.paths import FileRole, LabelFile, record_kind
from assay.labels.reader import UnreadableLineError, read_records, split
from assay.labels.records import AnyKind, dump_record, dump_value

_ASIDE = frozenset({"annotator", "at", "seconds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The new id of each renamed id (also `@source/name`), and whose record is kept where two different ones become one.

    `also` are other names of the same people, in lower case: handles and e-mails. `scrubbed` are the keys to remove from the
    description of a source's annotator; with any, the people themselves are erased.
    """

    names: Mapping[str, str]
    keep: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    scrubbed: frozenset[str] = frozenset()

    def of(self, who: str) -> str:
        """The new id; the same if it is not renamed."""
        return self.names.get(who, who)

    def local(self, source: str, name: str) -> str:
        """The new name of an annotator of a source (`@source`) in its files."""
        return self.of(f"{source}/{name}").removeprefix(f"{source}/")

    def renamed(self, record: JsonObject, file: LabelFile) -> JsonObject:
        """A record of a file with the new names."""
        became = dict(record)
        named = became.get("annotator")
        if isinstance(named, str):
            became["annotator"] = self.local(file.who, named) if file.sourced else self.of(named)
        asked = became.get("annotators")
        if isinstance(asked, list):
            names = [self.of(who) if isinstance(who, str) else who for who in asked]
            once = list(dict.fromkeys(names)) if all(isinstance(who, str) for who in names) else names
            in_order = asked == sorted(asked, key=str)
            became["annotators"] = asked if names == asked else sorted(once, key=str) if in_order else once
        suggestion = became.get("suggestion")
        if isinstance(suggestion, dict) and isinstance(by := suggestion.get("by"), str):
            became["suggestion"] = {**suggestion, "by": self.of(by)}
        if file.role is FileRole.SOURCE and became != record:
            became = {key: part for key, part in became.items() if key not in self.scrubbed}
        return became


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a record was, and whose."""

    at: Location
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records of one key that become one person's: the one that is kept, and the other. `same`: they are equal.

    `chosen`: whose record is kept was asked for.
    """

    item: str
    stays: Origin
    goes: Origin
    same: bool
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedLines:
    """A label file after renaming: its bytes, how many lines changed, and the obstacles."""

    data: bytes
    changed: int
    pairs: tuple[Pair, ...]
    obstacles: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line: its bytes, its record if parsed, and its origin."""

    raw: bytes
    origin: Origin
    record: "JsonObject | None" = None
    changed: bool = False


def without_repeats(
    files: Sequence[tuple[LabelFile, bytes]], naming: Naming
) -> tuple[Mapping[str, bytes], tuple[Pair, ...], tuple[Fault, ...]]:
    """The files of a batch in which one person has one record an item, where names of sources are theirs.

    `files` are the person's own and those of the sources, `naming` maps names of sources to people. Only files that lose a
    record are returned.
    """
    held: dict[str, _Line] = {}
    gone: set[Location] = set()
    pairs: list[Pair] = []
    obstacles: list[Fault] = []
    for file, data in files:
        for number, raw in enumerate(split(data), start=1):
            at = Location(path=file.path, line=number)
            try:
                line = _Line(raw=raw, origin=Origin(at=at, who=file.who), record=_record(record_kind(file), raw, at))
            except FaultError as met:
                obstacles.append(met.fault)
                continue
            record = line.record or {}
            who = f"{file.who}/{record['annotator']}" if file.sourced else file.who
            if file.sourced and who not in naming.names:
                continue
            line, item = replace(line, origin=Origin(at=at, who=who)), str(record["item"])
            if (there := held.get(item)) is not None:
                pair, line = _one_of(there, line, naming)
                pairs.append(pair)
                gone.add(pair.goes.at)
            held[item] = line
    left: dict[str, bytes] = {}
    for file, data in files:
        lost = {at.line for at in gone if at.path == file.path}
        if lost:
            left[file.path] = b"".join(b"%s\n" % raw for at, raw in enumerate(split(data), start=1) if at not in lost)
    return left, tuple(pairs), tuple(obstacles)


def renamed_lines(files: Sequence[tuple[LabelFile, bytes]], naming: Naming) -> RenamedLines:
    """One file renamed, or several files united into one person's.

    Lines without a renamed id stay byte for byte. Records of one key that are equal but for the time become one; of others
    the first in `naming.keep` is kept, and where it has none both are reported as a pair.
    """
    of = files[0][0]
    kind = record_kind(of)
    # How the names that change are written in a canonical line of the file.
    local = (name.removeprefix(f"{of.who}/") for name in naming.names)
    tokens = tuple({orjson.dumps(word) for word in (*local, *naming.names)})
    if len(files) == 1 and not _may_name(files[0][1], tokens):
        return RenamedLines(data=files[0][1], changed=0, pairs=(), obstacles=())
    obstacles: list[Fault] = []
    lines: list[_Line] = []
    for file, data in files:
        for number, raw in enumerate(split(data), start=1):
            origin = Origin(at=Location(path=file.path, line=number), who=file.who)
            try:
                known = len(files) == 1 and not _may_name(raw, tokens)
                lines.append(_Line(raw=raw, origin=origin) if known else _line(kind, file, origin.at, raw, naming))
            except FaultError as met:
                obstacles.append(met.fault)
    changed = sum(line.changed for line in lines)
    pairs: list[Pair] = []
    if not obstacles and (len(files) > 1 or (changed and "annotator" in kind.identity)):
        try:
            held: dict[tuple[str, ...], _Line] = {}
            for line in lines:
                stays = _line(kind, of, line.origin.at, line.raw, naming) if line.record is None else line
                key = tuple(str((stays.record or {})[name]) for name in kind.identity)
                if (there := held.get(key)) is not None:
                    pair, stays = _one_of(there, stays, naming)
                    pairs.append(pair)
                held[key] = stays
            lines = [held[key] for key in sorted(held)]
        except FaultError as met:
            obstacles.append(met.fault)
    ended = len(files) > 1 or files[0][1].endswith(b"\n")
    data = b"\n".join(line.raw for line in lines) + (b"\n" if lines and ended else b"")
    return RenamedLines(data=data, changed=changed, pairs=tuple(pairs), obstacles=tuple(obstacles))


def _may_name(data: bytes, tokens: Sequence[bytes]) -> bool:
    """Whether the bytes may have one of the names; a backslash could spell it in another way."""
    return b"\\" in data or any(token in data for token in tokens)


def _line(kind: AnyKind, file: LabelFile, at: Location, raw: bytes, naming: Naming) -> _Line:
    record = _record(kind, raw, at)
    became = naming.renamed(record, file)
    # Of those whom the record is of, the one who is renamed, else the one whose id stays.
    named = record.get("annotator")
    known = (f"{file.who}/{named}" if file.sourced else str(named), file.who) if named else (file.who,)
    everybody = (*naming.names, *naming.names.values())
    origin = Origin(at=at, who=next((who for who in known if who in everybody), known[0]))
    if became == record:
        return _Line(raw=raw, origin=origin, record=record)
    return _Line(raw=dump_record(kind, became), origin=origin, record=became, changed=True)


def _record(kind: AnyKind, raw: bytes, at: Location) -> JsonObject:
    (record,) = read_records(kind, [(at.line, raw)])
    if isinstance(record, UnreadableLineError):
        raise FaultError(record.why, path=at.path, line=at.line)
    if strange := sorted(record.value.keys() - set(kind.keys)):
        raise FaultError(f"unknown key: {strange[0][:80]!r}", path=at.path, line=at.line)
    return record.value


def _one_of(there: _Line, line: _Line, naming: Naming) -> tuple[Pair, _Line]:
    """The pair of two records of one key, and the line that is kept: of two that agree the one with more keys."""

    def rank(each: _Line) -> tuple[int, bool]:
        """The first in `naming.keep`, else the one whose id is not renamed."""
        who = each.origin.who
        return naming.keep.index(who) if who in naming.keep else len(naming.keep), who in naming.names

    first, other = sorted((there, line), key=rank)
    same = _holds(first, other) or _holds(other, first)
    if same and not _holds(first, other):
        first, other = other, first
    chosen = not same and first.origin.who in naming.keep and first.origin.who != other.origin.who
    item = str((line.record or {}).get("item", line.origin.who))
    return Pair(item=item, stays=first.origin, goes=other.origin, same=same, chosen=chosen), first


def _holds(first: _Line, other: _Line) -> bool:
    """Whether a record has all keys and values of another one, apart from annotator and time."""
    mine = first.record or {}
    return all(
        key in mine and dump_value(mine[key]) == dump_value(value)
        for key, value in (other.record or {}).items()
        if key not in _ASIDE
    )
