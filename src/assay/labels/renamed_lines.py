"""Label files under other names: the records that name somebody, and files of two people that become one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from assay.core import Fault, FaultError, Json, JsonObject, Location
from assay.labels.paths import FileRole, LabelFile, record_kind
from assay.labels.reader import UnreadableError, read_records, split
from assay.labels.records import AnyKind, dump_record, dump_value

_ASIDE = frozenset({"annotator", "at", "seconds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What ids become (`@source/name` is one too), and whose record stays where two of different content become one.

    `also` are other words for the same people, in lower case: handles and e-mails. `scrubbed` are the keys
    that go where somebody of a source is described; with any, the people themselves go.
    """

    names: Mapping[str, str]
    keep: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    scrubbed: frozenset[str] = frozenset()

    def of(self, who: str) -> str:
        """What an id becomes; itself where nothing does."""
        return self.names.get(who, who)

    def local(self, source: str, name: str) -> str:
        """What the name of somebody of a source (`@source`) becomes in its files."""
        return self.of(f"{source}/{name}").removeprefix(f"{source}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A record that stood somewhere under the id of somebody."""

    at: Location
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records of one key that become one person's: the one that stays, and the other. `same`: they say the same.

    `chosen` says that somebody named whose stays.
    """

    item: str
    stays: Stood
    goes: Stood
    same: bool
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A label file as it is to be: its bytes, how many lines were written anew, and what stands in the way."""

    data: bytes
    changed: int
    pairs: tuple[Pair, ...]
    obstacles: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line: its bytes now, its record where somebody looked, and who it was of."""

    raw: bytes
    stood: Stood
    record: "JsonObject | None" = None
    changed: bool = False


def without_repeats(
    files: Sequence[tuple[LabelFile, bytes]], naming: Naming
) -> tuple[Mapping[str, bytes], tuple[Pair, ...], tuple[Fault, ...]]:
    """The files of a batch in which one person has one record an item, where names of sources are theirs.

    `files` are the person's own and those of the sources, `naming` says which names of sources are whose. Only files that
    lose a record are answered.
    """
    held: dict[str, _Line] = {}
    gone: set[Location] = set()
    pairs: list[Pair] = []
    obstacles: list[Fault] = []
    for file, data in files:
        for number, raw in enumerate(split(data), start=1):
            at = Location(path=file.path, line=number)
            try:
                line = _Line(raw=raw, stood=Stood(at=at, who=file.who), record=_record(record_kind(file), raw, at))
            except FaultError as met:
                obstacles.append(met.fault)
                continue
            record = line.record or {}
            who = f"{file.who}/{record['annotator']}" if file.sourced else file.who
            if file.sourced and who not in naming.names:
                continue
            line, item = replace(line, stood=Stood(at=at, who=who)), str(record["item"])
            if (there := held.get(item)) is not None:
                pair, line = _one_of(there, line, naming)
                pairs.append(pair)
                gone.add(pair.goes.at)
            held[item] = line
    losing = {one.path for one in gone}
    return (
        {file.path: _lacking(file, data, gone) for file, data in files if file.path in losing},
        tuple(pairs),
        tuple(obstacles),
    )


def _lacking(file: LabelFile, data: bytes, gone: set[Location]) -> bytes:
    left = [raw for number, raw in enumerate(split(data), start=1) if Location(path=file.path, line=number) not in gone]
    return b"".join(raw + b"\n" for raw in left)


def renamed_lines(files: Sequence[tuple[LabelFile, bytes]], naming: Naming) -> Lines:
    """The file that the given ones become: one of another name, or several of which one person's is made.

    Lines that name nobody concerned stay byte for byte. Records of one key that say the same but for the time become one;
    of others the one stays that `naming.keep` names first, and where it names none both are told as a pair.
    """
    kind = record_kind(files[0][0])
    tokens = _tokens(files[0][0], naming)
    if len(files) == 1 and not _may_name(files[0][1], tokens):
        return Lines(data=files[0][1], changed=0, pairs=(), obstacles=())
    obstacles: list[Fault] = []
    lines: list[_Line] = []
    for file, data in files:
        for number, raw in enumerate(split(data), start=1):
            stood = Stood(at=Location(path=file.path, line=number), who=file.who)
            try:
                known = len(files) == 1 and not _may_name(raw, tokens)
                lines.append(_Line(raw=raw, stood=stood) if known else _line(kind, file, stood.at, raw, naming))
            except FaultError as met:
                obstacles.append(met.fault)
    changed = sum(line.changed for line in lines)
    pairs: list[Pair] = []
    if not obstacles and (len(files) > 1 or (changed and "annotator" in kind.identity)):
        try:
            lines = list(_settled(kind, [_parsed(kind, line) for line in lines], naming, pairs))
        except FaultError as met:
            obstacles.append(met.fault)
    ended = len(files) > 1 or files[0][1].endswith(b"\n")
    data = b"\n".join(line.raw for line in lines) + (b"\n" if lines and ended else b"")
    return Lines(data=data, changed=changed, pairs=tuple(pairs), obstacles=tuple(obstacles))


def _tokens(file: LabelFile, naming: Naming) -> tuple[bytes, ...]:
    """How the names that change stand in a canonical line of the file."""
    words = (name.removeprefix(f"{file.who}/") if file.sourced else name for name in naming.names)
    return tuple({orjson.dumps(word) for word in (*words, *naming.names)})


def _may_name(data: bytes, tokens: Sequence[bytes]) -> bool:
    """Whether one of the names may stand in the bytes: a backslash could spell it in another way."""
    return b"\\" in data or any(token in data for token in tokens)


def _line(kind: AnyKind, file: LabelFile, at: Location, raw: bytes, naming: Naming) -> _Line:
    record = _record(kind, raw, at)
    became = _renamed(record, file, naming)
    stood = Stood(at=at, who=_who(record, file, naming))
    if became == record:
        return _Line(raw=raw, stood=stood, record=record)
    return _Line(raw=dump_record(kind, became), stood=stood, record=became, changed=True)


def _record(kind: AnyKind, raw: bytes, at: Location) -> JsonObject:
    (record,) = read_records(kind, [(at.line, raw)])
    if isinstance(record, UnreadableError):
        raise FaultError(record.why, path=at.path, line=at.line)
    if strange := sorted(record.value.keys() - set(kind.keys)):
        raise FaultError(f"a key that no such record has: {strange[0][:80]!r}", path=at.path, line=at.line)
    return record.value


def _parsed(kind: AnyKind, line: _Line) -> _Line:
    if line.record is not None:
        return line
    return _Line(raw=line.raw, stood=line.stood, record=_record(kind, line.raw, line.stood.at))


def _renamed(record: JsonObject, file: LabelFile, naming: Naming) -> JsonObject:
    became = dict(record)
    named = became.get("annotator")
    if isinstance(named, str):
        became["annotator"] = naming.local(file.who, named) if file.sourced else naming.of(named)
    asked = became.get("annotators")
    if isinstance(asked, list):
        became["annotators"] = _asked(asked, naming)
    suggestion = became.get("suggestion")
    if isinstance(suggestion, dict) and isinstance(by := suggestion.get("by"), str):
        became["suggestion"] = {**suggestion, "by": naming.of(by)}
    if file.role is FileRole.SOURCE and became != record:
        became = {key: part for key, part in became.items() if key not in naming.scrubbed}
    return became


def _asked(asked: list[Json], naming: Naming) -> list[Json]:
    names = [naming.of(who) if isinstance(who, str) else who for who in asked]
    if names == asked:
        return asked
    once: list[Json] = list(dict.fromkeys(names)) if all(isinstance(who, str) for who in names) else names
    return sorted(once, key=str) if asked == sorted(asked, key=str) else once


def _who(record: JsonObject, file: LabelFile, naming: Naming) -> str:
    """Of those whom a record is of, the one who is renamed, else the one whose id stays."""
    named = record.get("annotator")
    local = f"{file.who}/{named}" if file.sourced else str(named)
    known = (local, file.who) if named else (file.who,)
    everybody = (*naming.names, *naming.names.values())
    return next((who for who in known if who in everybody), known[0])


def _settled(kind: AnyKind, lines: Sequence[_Line], naming: Naming, pairs: list[Pair]) -> Iterator[_Line]:
    """One line a key, in the order of keys; what became of the others is added to `pairs`."""
    held: dict[tuple[str, ...], _Line] = {}
    for line in lines:
        record = line.record or {}
        key = tuple(str(record[name]) for name in kind.identity)
        if (there := held.get(key)) is None:
            held[key] = line
            continue
        pair, held[key] = _one_of(there, line, naming)
        pairs.append(pair)
    yield from (held[key] for key in sorted(held))


def _one_of(there: _Line, line: _Line, naming: Naming) -> tuple[Pair, _Line]:
    """What is told of two records of one key, and the line that stays: of two that say the same the one that says more."""
    one, other = sorted((there, line), key=lambda each: _rank(each, naming))
    same = _holds(one, other) or _holds(other, one)
    if same and not _holds(one, other):
        one, other = other, one
    chosen = not same and one.stood.who in naming.keep and one.stood.who != other.stood.who
    item = str((line.record or {}).get("item", line.stood.who))
    return Pair(item=item, stays=one.stood, goes=other.stood, same=same, chosen=chosen), one


def _rank(line: _Line, naming: Naming) -> tuple[int, bool]:
    """Whose record stays: of those named the first, else the one of whoever has the id already."""
    who = line.stood.who
    return naming.keep.index(who) if who in naming.keep else len(naming.keep), who in naming.names


def _holds(one: _Line, other: _Line) -> bool:
    """Whether a record says all that another one does, but for whose it is and when it was made."""
    mine = one.record or {}
    return all(
        key in mine and dump_value(mine[key]) == dump_value(value)
        for key, value in (other.record or {}).items()
        if key not in _ASIDE
    )
