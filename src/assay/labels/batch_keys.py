"""What the result of a batch depends on, as a key under which it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial

import msgspec
import numpy as np

from assay.core import Scale
from assay.files import Store, digest_of_code, digest_of_parts
from assay.git import Snapshot
from assay.guidelines import ordered_changes
from assay.labels.batch_files import LinesByFile, Rules, batch_files, has_plan, named_in, read_some, state_of
from assay.labels.pool_shards import Digests, PoolIndex

_MOST_MATCHES = 1_000
"""How much of earlier states is kept besides what the batches of now have."""


@dataclass(frozen=True)
class BatchKeys:
    """The keys of the results of a task's batches at one state of a project.

    A key holds the contents of the batch's own files, what it is read with, and what the pool has of the items that it names.
    """

    snapshot: Snapshot
    rules: Rules
    store: Store
    index: PoolIndex

    def of_one(self, name: str, store: Store) -> "BatchKeys":
        """The keys of a batch as it is now, with another store."""
        keys = replace(self, store=store)
        keys.__dict__["contents"] = {name: self.listing(name)}
        return keys

    def key(self, name: str) -> str:
        """The key of a result: it differs where anything differs that the result depends on.

        Raises:
            LimitError, UsageError: a file is larger than assay reads, or may not be read.
        """
        own = self.own(name)
        known = self._matches.get(own)
        if known is None:
            named = self._named(own, name)
            alike = digest_of_items(named)  # a batch that names the same items as before needs no look at the pool
            known = self._matches.get(alike) or self.index.matching(named)
            self._matches.update({own: known, alike: known})
            if self.is_unchanged(name):
                if len(self._lasting) > _MOST_MATCHES + 4 * len(self.contents):
                    self._lasting.clear()
                self._lasting.update({own: known, alike: known})
                self.store.put(self._matches_key, partial(msgspec.msgpack.encode, self._lasting))
        return f"batch:{own}:{known}"

    def own(self, name: str) -> str:
        """A digest of all that a result depends on but the pool."""
        if name not in self._own:
            # Also an empty folder of that name is a plan.
            planned = b"planned" if has_plan(self.snapshot, self.rules.task, name) else b""
            self._own[name] = digest_of_parts([self._common, name.encode(), planned, *self.contents.get(name, ())])
        return self._own[name]

    def is_known(self, name: str) -> bool:
        """Whether the key can be told without reading the batch."""
        return self.own(name) in self._matches

    def is_unchanged(self, name: str) -> bool:
        """Whether what was read is still what was listed: another program may have written meanwhile."""
        shards = self.snapshot.contents(self.index.contents)
        return self.listing(name) == self.contents.get(name, []) and shards == self.index.contents

    def lines(self, name: str) -> tuple[LinesByFile, Digests]:
        """The lines of a batch, and the items that it names.

        Raises:
            LimitError, UsageError: as `key`.
        """
        return self._read.pop(name) if name in self._read else self._reading(name)

    def listing(self, name: str) -> list[bytes]:
        """What is in the folder of a batch now."""
        return _listed(self.snapshot.contents(self.snapshot.under(f"labels/{self.rules.task}/{name}")))

    @cached_property
    def contents(self) -> Mapping[str, list[bytes]]:
        """What is in the folder of each batch."""
        folder = f"labels/{self.rules.task}"
        found: dict[str, dict[str, str]] = {}
        for path, content in self.snapshot.contents(self.snapshot.under(folder)).items():
            found.setdefault(path[len(folder) + 1 :].partition("/")[0], {})[path] = content
        return {name: _listed(contents) for name, contents in found.items()}

    def _named(self, own: str, name: str) -> Digests:
        """The items that a batch names."""
        key = f"named:{own}"
        if (kept := self.store.get(key)) is not None and len(kept) % 8 == 0:
            return np.frombuffer(kept, dtype=np.uint64)
        _, named = self._read[name] = self._reading(name)
        if self.is_unchanged(name):
            self.store.put(key, named.tobytes())
        return named

    def _reading(self, name: str) -> tuple[LinesByFile, Digests]:
        lines = read_some(self.snapshot, batch_files(self.snapshot, self.rules.task, name))
        return lines, named_in(lines)

    @cached_property
    def _own(self) -> dict[str, str]:
        return {}

    @cached_property
    def _read(self) -> dict[str, tuple[LinesByFile, Digests]]:
        """The lines of a batch and the items in them, which were read for its key, until its result is made."""
        return {}

    @cached_property
    def _matches(self) -> dict[str, str]:
        """What the pool has of the items that a batch names, by the batch's own digest and by that of the items."""
        return dict(self._lasting)

    @cached_property
    def _lasting(self) -> dict[str, str]:
        """What of it is kept: known while the pool is the same."""
        with suppress(msgspec.MsgspecError):
            return msgspec.msgpack.decode(self.store.get(self._matches_key) or b"\x80", type=dict[str, str])
        return {}

    @property
    def _matches_key(self) -> str:
        return f"matches:{self.index.digest}"

    @cached_property
    def _common(self) -> bytes:
        """What all batches of the task are read with; the pictures of the pool, too, where boxes lie on them."""
        guideline, roster = self.rules.guideline, self.rules.roster
        stated = (
            (sorted(guideline.versions), ordered_changes(guideline)),
            (sorted(roster.annotators.items()), sorted(roster.broken), sorted(roster.same.items())),
        )
        media: list[bytes] = []
        if any(one.scale is Scale.BOXES for one in self.rules.schema.fields):
            media = _listed(self.snapshot.contents(self.snapshot.under(f"labels/items/{self.rules.pool}")))
        parts = (digest_of_code(), self.rules.pool, *map(repr, stated))
        texts = (part.encode(errors="surrogatepass") for part in parts)
        return digest_of_parts([state_of(self.rules.schema), *texts, *media]).encode()


def digest_of_items(items: Digests) -> str:
    """One digest of many."""
    return digest_of_parts([items.tobytes()])


def _listed(contents: Mapping[str, str]) -> list[bytes]:
    return [f"{path} {content}".encode(errors="surrogateescape") for path, content in sorted(contents.items())]
