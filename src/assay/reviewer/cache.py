"""What was counted before, in one file beside git's own: never cloned, safe to delete, only what the last runs used."""

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import orjson

from assay.core import Coefficient, Field, Finding, Patterns, Tally
from assay.errors import LimitError
from assay.files import read_bytes, write_bytes
from assay.git import Clone

_LIMIT = 64 * 2**20
_GENERATIONS = 8


class KeptTally(msgspec.Struct, frozen=True, array_like=True):
    """A tally as bytes."""

    values: bytes
    starts: bytes
    codes: bytes
    counts: bytes
    units: bytes
    cluster: bytes
    extent: bytes
    clusters: list[str]
    annotators: list[str]


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is known under one key: a batch's items, the tallies of a group of batches, coefficients of them all, findings.

    `since` has of a batch the earliest version under which an annotation carries each field. `age` counts the runs in which it was not used.
    """

    items: bytes = b""
    tallies: dict[str, KeptTally] = {}
    coefficients: dict[str, Coefficient] = {}
    findings: list[Finding] = []
    since: dict[str, str] = {}
    age: int = 0


class Memory:
    """Entries by the content they were made from. A file that is damaged, or cannot be written, is as good as none."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.entries = {} if file is None else _read(file)
        self.used: dict[str, Kept] = {}

    def get(self, key: str) -> Kept | None:
        """What is known."""
        return self.used.get(key) or self.entries.get(key)

    def put(self, key: str, kept: Kept) -> None:
        """Notes that it was used now."""
        self.used[key] = msgspec.structs.replace(kept, age=0)

    def save(self) -> None:
        """Writes what was used, and what was used lately, whole or not at all; nothing where nothing is new."""
        if self.file is None or self.used.keys() <= self.entries.keys():
            return
        older = {key: msgspec.structs.replace(kept, age=kept.age + 1) for key, kept in self.entries.items()}
        lately = {key: kept for key, kept in older.items() if kept.age < _GENERATIONS} | self.used
        data = msgspec.msgpack.encode(lately)
        if len(data) > _LIMIT:
            data = msgspec.msgpack.encode(self.used)
        if len(data) <= _LIMIT:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(self.file, _digest(data) + data)
            except OSError:
                return


def memory_of(clone: Clone, task: str) -> Memory:
    """The memory of a task in this clone; it lies in git's own folder, where no clone brings anything."""
    return Memory(clone.common / "assay" / "review" / f"{task}.bin")


class Memories(dict[str, Memory]):
    """What is remembered of each task, opened when it is asked for."""

    def __init__(self, clone: Clone) -> None:
        super().__init__()
        self.clone = clone

    def __missing__(self, task: str) -> Memory:
        self[task] = memory_of(self.clone, task)
        return self[task]

    def save(self) -> None:
        """Keeps what was used."""
        for memory in self.values():
            memory.save()


def kept_tally(whole: Tally) -> KeptTally:
    """A tally for keeping."""
    patterns = whole.patterns
    return KeptTally(
        values=orjson.dumps(list(whole.values)),
        starts=patterns.starts.astype(np.int64).tobytes(),
        codes=patterns.codes.astype(np.int32).tobytes(),
        counts=patterns.counts.astype(np.int64).tobytes(),
        units=patterns.units.astype(np.int64).tobytes(),
        cluster=patterns.cluster.astype(np.int32).tobytes(),
        extent=patterns.extent.astype(np.int64).tobytes(),
        clusters=list(whole.clusters),
        annotators=list(whole.annotators),
    )


def tally_in(kept: KeptTally, field: Field) -> Tally:
    """The tally that was kept."""
    patterns = Patterns(
        starts=np.frombuffer(kept.starts, dtype=np.int64),
        codes=np.frombuffer(kept.codes, dtype=np.int32),
        counts=np.frombuffer(kept.counts, dtype=np.int64),
        units=np.frombuffer(kept.units, dtype=np.int64),
        cluster=np.frombuffer(kept.cluster, dtype=np.int32),
        extent=np.frombuffer(kept.extent, dtype=np.int64),
    )
    return Tally(
        field=field,
        values=tuple(orjson.loads(kept.values)),
        patterns=patterns,
        clusters=tuple(kept.clusters),
        annotators=tuple(kept.annotators),
    )


def _read(file: Path) -> dict[str, Kept]:
    try:
        data = read_bytes(file)
        if data[:32] != _digest(data[32:]):
            return {}
        return msgspec.msgpack.decode(data[32:], type=dict[str, Kept])
    except (OSError, LimitError, msgspec.MsgspecError):
        return {}


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
