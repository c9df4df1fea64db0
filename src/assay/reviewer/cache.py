"""The cache of the review: a file per task in git's own folder, never cloned, safe to delete, pruned to recent use."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
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
_ARRAYS: Mapping[str, type[np.signedinteger]] = {
    "starts": np.int64,
    "codes": np.int32,
    "counts": np.int64,
    "units": np.int64,
    "cluster": np.int32,
    "extent": np.int64,
}


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
    """The entry of one key: a batch's items, the tallies of a group of batches, coefficients of all of them, findings.

    `since` holds, by field of a batch, the earliest guideline version under which an annotation has it. `age` counts
    the runs that did not use the entry.
    """

    items: bytes = b""
    tallies: dict[str, KeptTally] = {}
    coefficients: dict[str, Coefficient] = {}
    findings: list[Finding] = []
    since: dict[str, str] = {}
    age: int = 0


class Memory:
    """Entries by the content they were made from. A damaged file counts as empty; a failed write is ignored."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.entries: dict[str, Kept] = {}
        self.used: dict[str, Kept] = {}
        if file is not None:
            with suppress(OSError, LimitError, msgspec.MsgspecError):
                data = read_bytes(file)
                if data[:32] == hashlib.sha256(data[32:]).digest():
                    self.entries = msgspec.msgpack.decode(data[32:], type=dict[str, Kept])

    def get(self, key: str) -> Kept | None:
        """The entry of a key; None where there is none."""
        return self.used.get(key) or self.entries.get(key)

    def put(self, key: str, kept: Kept) -> None:
        """Stores an entry, and marks it as used in this run."""
        self.used[key] = msgspec.structs.replace(kept, age=0)

    def save(self) -> None:
        """Writes the entries that this run or recent runs used, atomically; does nothing where none is new."""
        if self.file is None or self.used.keys() <= self.entries.keys():
            return
        older = {key: msgspec.structs.replace(kept, age=kept.age + 1) for key, kept in self.entries.items()}
        lately = {key: kept for key, kept in older.items() if kept.age < _GENERATIONS} | self.used
        data = msgspec.msgpack.encode(lately)
        if len(data) > _LIMIT:
            data = msgspec.msgpack.encode(self.used)
        if len(data) <= _LIMIT:
            with suppress(OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(self.file, hashlib.sha256(data).digest() + data)


class Memories(dict[str, Memory]):
    """The cache of each task, opened on first use."""

    def __init__(self, clone: Clone) -> None:
        super().__init__()
        self.clone = clone

    def __missing__(self, task: str) -> Memory:
        self[task] = Memory(self.clone.common / "assay" / "review" / f"{task}.bin")
        return self[task]

    def save(self) -> None:
        """Writes the cache of each task that was opened."""
        for memory in self.values():
            memory.save()


def kept_tally(whole: Tally) -> KeptTally:
    """A tally as the cache stores it."""
    arrays = {name: getattr(whole.patterns, name).astype(kind).tobytes() for name, kind in _ARRAYS.items()}
    names = (list(whole.clusters), list(whole.annotators))
    return KeptTally(values=orjson.dumps(list(whole.values)), clusters=names[0], annotators=names[1], **arrays)


def tally_in(kept: KeptTally, field: Field) -> Tally:
    """The tally that the cache stored."""
    patterns = Patterns(**{name: np.frombuffer(getattr(kept, name), dtype=kind) for name, kind in _ARRAYS.items()})
    values, names = tuple(orjson.loads(kept.values)), (tuple(kept.clusters), tuple(kept.annotators))
    return Tally(field=field, values=values, patterns=patterns, clusters=names[0], annotators=names[1])
