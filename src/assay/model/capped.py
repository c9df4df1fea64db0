"""Findings that are too many to list: the first of a kind in a file stand in full, the others are counted in the last of them.

What is counted is still told apart: of each there is a digest, so that two states can be compared whatever is listed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

from assay.model.finding import DIGEST_SIZE, Finding

LISTED = 1_000
"""So many findings of one rule in one file are listed."""
MOST = 20_000
"""With so many listed in all, a further file has one of each rule listed."""


def digest_of(item: str, annotator: str, pointer: str) -> bytes:
    """What tells a finding from others of its rule in its file, whatever its line and words."""
    text = f"{item}\0{annotator}\0{pointer}".encode(errors="surrogatepass")
    return blake2b(text, digest_size=DIGEST_SIZE).digest()


def digests_of(found: Finding) -> bytes:
    """The digests of a finding and of those that are counted in it."""
    return digest_of(found.item, found.annotator, found.at.pointer) + found.rest


def number_of(findings: Iterable[Finding]) -> int:
    """How many findings these are, with those that are counted in others."""
    return sum(1 + found.more for found in findings)


def folded(findings: Sequence[Finding], most: int = MOST) -> tuple[Finding, ...]:
    """The same findings by place, at most `most` of them listed, or one of each rule in each file."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for found in sorted(findings, key=lambda one: one.sort_key):
        groups.setdefault((found.at.path, found.rule), []).append(found)
    room = most - len(groups)
    listed: list[Finding] = []
    for several in groups.values():
        shown = min(len(several), 1 + max(room, 0))
        room -= shown - 1
        listed += with_rest(several[:shown], [*several[shown:]])
    return tuple(sorted(listed, key=lambda one: one.sort_key))


def with_rest(listed: Sequence[Finding], others: Iterable[Finding]) -> Sequence[Finding]:
    """The listed findings of one rule in one file, with others of them counted in the last."""
    rest = b"".join(map(digests_of, others))
    if not rest:
        return listed
    counted_before = b"".join(one.rest for one in listed)
    bare = [replace(one, rest=b"") for one in listed]
    return (*bare[:-1], replace(bare[-1], rest=counted_before + rest))
