"""Results kept under keys that name the content they were made from: one SQLite file, safe to delete at any time.

A store never changes a result: what is damaged, foreign or locked is done without, and what cannot be written is not kept.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_VERSION = 1
_LIMIT = 768 * 2**20
_MOST_WAITING = 2**23
_BUSY = 0.2
_DAY = 86_400
_TABLE = "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, day INTEGER NOT NULL, sum BLOB NOT NULL, value BLOB NOT NULL)"


class Store:
    """Values by key. `file` is None where nothing is kept beyond this process; with no `writes` it stays as it is.

    What was put is seen at once by `get`, and by other processes after `save`. Several processes and threads may use one file.
    """

    def __init__(self, file: Path | None, *, writes: bool = True) -> None:
        self.file = file
        self.writes = writes
        self._new: dict[str, bytes | Callable[[], bytes]] = {}
        self._used: set[str] = set()
        self._waiting = 0
        self._reads: sqlite3.Connection | None = None
        self._absent = file is None
        self._turn = RLock()

    def get(self, key: str) -> bytes | None:
        """The value of a key; None where there is none that can be used."""
        with self._turn:
            return self._get(key)

    def has(self, key: str) -> bool:
        """Whether there is a value of a key, which may turn out to be damaged."""
        with self._turn:
            return key in self._new or self._row(key, "1") is not None

    def _get(self, key: str) -> bytes | None:
        if key in self._new:
            return _bytes(self._new[key])
        row = self._row(key, "sum, value")
        if row is None or row[0] != sum_of(key, row[1]):
            return None
        return bytes(row[1])

    def _row(self, key: str, columns: str) -> tuple[Any, ...] | None:
        if self._absent or self.file is None:
            return None
        row: tuple[Any, ...] | None = None
        try:
            if self._reads is None:
                if not self.file.is_file():
                    self._absent = True
                    return None
                self._reads = _opened(self.file)
            row = self._reads.execute(f"SELECT {columns} FROM kept WHERE key = ?", (key,)).fetchone()  # noqa: S608
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
        if row is not None:
            self._used.add(key)
        return row

    def value(
        self, key: str, kind: type[T], make: Callable[[], T], *, is_still: Callable[[], bool] = lambda: True
    ) -> T:
        """The value of a key as an object of a type; it is made where there is none, and kept if the key `is_still` its own."""
        with suppress(msgspec.MsgspecError):
            if (known := self.get(key)) is not None:
                return msgspec.msgpack.decode(known, type=kind)
        made = make()
        if is_still():
            self.put(key, msgspec.msgpack.encode(made))
        return made

    def put(self, key: str, value: bytes | Callable[[], bytes]) -> None:
        """Keeps a value under a key, or what a function gives when it is saved."""
        with self._turn:
            self._new[key] = value
            self._waiting += len(value) if isinstance(value, bytes) else 0
            if self.file is not None and self.writes and self._waiting > _MOST_WAITING:
                self._waiting = 0
                self._save(self.file)

    def values(self) -> dict[str, bytes]:
        """What was put and not saved yet."""
        with self._turn:
            return {key: _bytes(value) for key, value in self._new.items()}

    def save(self) -> None:
        """Writes what is new, and on a new day what is in use; the longest unused goes where there is too much."""
        if self.file is not None and self.writes:
            with self._turn:
                self._save(self.file)
                self._close()
                self._new, self._used, self._absent = {}, set(), False

    def _save(self, file: Path) -> None:
        """Writes what is new; it stays in memory where that fails."""
        today = int(time.time()) // _DAY
        try:
            if file.exists() and not file.is_file():
                raise sqlite3.OperationalError("not a file")
            if self._new or self._is_stale(today):
                file.parent.mkdir(parents=True, exist_ok=True)
                with closing(_opened(file)) as store, store:
                    store.execute(_TABLE)
                    store.executemany("UPDATE kept SET day = ? WHERE key = ?", ((today, key) for key in self._used))
                    new = ((key, _bytes(value)) for key, value in self._new.items())
                    rows = ((key, today, sum_of(key, value), value) for key, value in new)
                    store.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)
                    _prune(store, today)
                    store.execute(f"PRAGMA user_version = {_VERSION}")
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
        else:
            self._new, self._used, self._absent = {}, set(), False

    def _is_stale(self, today: int) -> bool:
        """Whether something in use was noted as used on an earlier day."""
        if self._reads is None or not self._used:
            return False
        oldest = self._reads.execute("SELECT min(day) FROM kept WHERE key = ?", (min(self._used),)).fetchone()[0]
        return oldest is not None and int(oldest) < today

    def _close(self) -> None:
        reads, self._reads = self._reads, None
        with suppress(sqlite3.Error):
            if reads is not None:
                reads.close()

    def _give_up(self, error: Exception) -> None:
        """Does without the file from now on. One that is damaged, or of another version, is removed: the next run makes it."""
        self._close()
        self._absent = True
        if (
            self.file is not None and self.writes and type(error) is sqlite3.DatabaseError
        ):  # not one of its kinds: they may pass
            with suppress(OSError):
                self.file.unlink()


def _opened(file: Path) -> sqlite3.Connection:
    """A connection to a store of this version.

    Raises:
        sqlite3.DatabaseError: it is another file.
        sqlite3.OperationalError: it cannot be opened now.
    """
    store = sqlite3.connect(file, timeout=_BUSY, check_same_thread=False)  # one thread at a time: `_turn`
    store.execute("PRAGMA synchronous = OFF")  # a row that a crash leaves half-written does not have its sum
    version = store.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, _VERSION} or (version == 0 and store.execute("PRAGMA schema_version").fetchone()[0]):
        store.close()
        raise sqlite3.DatabaseError("a store of another version")
    return store


def _bytes(value: bytes | Callable[[], bytes]) -> bytes:
    return value if isinstance(value, bytes) else value()


def _prune(store: sqlite3.Connection, today: int) -> None:
    """Where there is too much, half of it goes, what was longest unused first; of what is in use today no more than must."""
    size = store.execute("SELECT sum(length(value)) FROM kept").fetchone()[0] or 0
    if size <= _LIMIT:
        return
    for key, day, length in store.execute("SELECT key, day, length(value) FROM kept ORDER BY day, rowid").fetchall():
        if size <= (_LIMIT // 2 if day < today else _LIMIT):
            break
        store.execute("DELETE FROM kept WHERE key = ?", (key,))
        size -= length


def sum_of(key: str, value: bytes) -> bytes:
    """What a value must be beside in its row, so that it is known to be whole and of its key."""
    return hashlib.blake2b(value, digest_size=16, key=hashlib.blake2b(key.encode(), digest_size=32).digest()).digest()
