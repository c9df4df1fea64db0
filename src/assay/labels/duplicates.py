"""Which items of a pool show the same: by what they say, and by the bytes of the files that they name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b

from assay.labels.media import Bytes, Gallery
from assay.model.content import content_digest

_SAMPLE = 4096
_PART = 2**20
_SIZE = 16


def contents(
    data: Sequence[bytes], files: Mapping[int, Sequence[tuple[str, str]]], gallery: Gallery
) -> tuple[str, ...]:
    """A digest of what each item shows, the same exactly where they show the same; empty where an item shows nothing.

    `data` are canonical JSON; `files` says of items, by their place, which keys name a file, and its path. Two files of the same
    bytes are the same under any names.
    """
    same = _same({path for named in files.values() for _, path in named}, gallery)
    if not files:
        return tuple(map(content_digest, data))
    known = {at: {key: same.get(path, path) for key, path in named} for at, named in files.items()}
    return tuple(content_digest(raw, known.get(at)) for at, raw in enumerate(data))


def _same(paths: Iterable[str], gallery: Gallery) -> Mapping[str, str]:
    """The digest of each file that may have the bytes of another one; of all others their size or a few bytes are their own."""
    there = {path: of for path in sorted(paths) if (of := gallery.source(path)) is not None}
    alike = [[*there]]
    for look in (_size, _sample):
        alike = [several for group in alike for several in _by(group, there, look)]
    return {path: _whole(there[path]) for group in alike for path in group}


def _by(group: Sequence[str], there: Mapping[str, Bytes], look: Callable[[Bytes], object]) -> list[list[str]]:
    found: dict[object, list[str]] = defaultdict(list)
    for path in group:
        found[look(there[path])].append(path)
    return [several for several in found.values() if len(several) > 1]


def _size(of: Bytes) -> int:
    return of.size


def _sample(of: Bytes) -> bytes:
    starts = (0, of.size // 2, max(of.size - _SAMPLE, 0))
    return blake2b(b"".join(of.part(start, _SAMPLE) for start in starts), digest_size=_SIZE).digest()


def _whole(of: Bytes) -> str:
    whole = blake2b(digest_size=_SIZE)
    for start in range(0, of.size, _PART):
        whole.update(of.part(start, _PART))
    return whole.hexdigest()
