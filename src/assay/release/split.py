"""Which split an item belongs to: by stable hash, so that no item ever moves when others come or go."""

import re
from dataclasses import dataclass
from itertools import accumulate

import orjson

from assay.model.names import VERSION_PATTERN
from assay.model.release import ReleaseSpec
from assay.store.digest import digest_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitter:
    """Assigns splits for one seed and major version.

    A key (an item's group, else its id) hashes to a number in [0, 1), and the shares, laid end to end in the order of
    their names, say which split owns that number. Items of one group stay together, in every task of the release.
    """

    seed: int
    major: int
    names: tuple[str, ...]
    ends: tuple[float, ...]

    def split(self, key: str) -> str:
        """The split of a group or an ungrouped item."""
        digest = digest_bytes(orjson.dumps([self.seed, self.major, key]))
        place = int(digest[:13], 16) / 16**13
        return next((name for name, end in zip(self.names, self.ends, strict=True) if place < end), self.names[-1])


def splitter(spec: ReleaseSpec) -> Splitter:
    """The splitter of a release; a split with no share gets no item."""
    owners = sorted((name, share) for name, share in spec.splits if share > 0)
    return Splitter(
        seed=spec.seed,
        major=major(spec.version),
        names=tuple(name for name, _ in owners),
        ends=tuple(accumulate(share for _, share in owners)),
    )


def major(version: str) -> int:
    """The major part of a version."""
    return int(version.partition(".")[0])


def is_version(text: str) -> bool:
    """Whether a text is a version."""
    return re.fullmatch(VERSION_PATTERN, text) is not None
