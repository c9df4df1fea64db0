"""Tallies as bytes."""

from collections.abc import Mapping

import msgspec
import numpy as np
import orjson

from assay.core import Field, Patterns, Tally

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


def kept_tally(whole: Tally) -> KeptTally:
    """A tally as it is kept."""
    arrays = {name: getattr(whole.patterns, name).astype(kind).tobytes() for name, kind in _ARRAYS.items()}
    names = (list(whole.clusters), list(whole.annotators))
    return KeptTally(values=orjson.dumps(list(whole.values)), clusters=names[0], annotators=names[1], **arrays)


def tally_in(kept: KeptTally, field: Field) -> Tally:
    """The tally that was kept."""
    patterns = Patterns(**{name: np.frombuffer(getattr(kept, name), dtype=kind) for name, kind in _ARRAYS.items()})
    values, names = tuple(orjson.loads(kept.values)), (tuple(kept.clusters), tuple(kept.annotators))
    return Tally(field=field, values=values, patterns=patterns, clusters=names[0], annotators=names[1])
