"""Valid annotations as columns, while they are gathered from the files of a task; texts as codes in the order they were met."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from assay.core import Codes, Column, Floats, Mask


class Interner:
    """Gives each distinct text a code; UNSET is -1."""

    def __init__(self) -> None:
        self._codes: dict[Hashable, int] = {UNSET: -1}

    def codes(self, texts: Sequence[Hashable]) -> Codes:
        """The code of each text."""
        for text in dict.fromkeys(texts):
            self._codes.setdefault(text, len(self._codes) - 1)
        return np.fromiter(map(self._codes.__getitem__, texts), dtype=np.int32, count=len(texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts in the order of their codes."""
        return tuple(str(text) for text, code in self._codes.items() if code >= 0)

    def code(self, text: str | UnsetType) -> int:
        """The code of one text."""
        return self._codes.setdefault(text, len(self._codes) - 1)

    def column(self, codes: Codes) -> Column:
        """The texts that are used, sorted, and their codes."""
        texts = self.texts
        used = used_codes(codes).tolist()
        values = sorted(texts[code] for code in used)
        rank = {text: code for code, text in enumerate(values)}
        new = np.full(len(texts) + 1, -1, dtype=np.int32)
        new[used] = [rank[texts[code]] for code in used]
        return Column(values=tuple(values), codes=new[codes])


def used_codes(codes: Codes) -> Codes:
    """The distinct codes but -1, ascending."""
    return np.flatnonzero(np.bincount(codes + 1)[1:]).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Valid annotations, a row each. `at` is in microseconds; `by_field` holds (row, field, confidence).

    `annotator` is the person, `stated` the name in the file, as codes of one vocabulary.
    """

    batch: Codes
    item: Codes
    annotator: Codes
    stated: Codes
    label: Codes
    first: Codes
    skip: Codes
    guideline: Codes
    at: NDArray[np.int64]
    seconds: Floats
    confidence: Floats
    path: Codes
    line: Codes
    flags: Codes
    by_field: tuple[tuple[int, str, float], ...] = ()

    def __len__(self) -> int:
        """How many annotations."""
        return len(self.item)


_COLUMNS = tuple(name for name in Rows.__dataclass_fields__ if name != "by_field")


def chosen(rows: Rows, mask: Mask) -> Rows:
    """The rows of a mask."""
    if mask.all():
        return rows
    place = (np.cumsum(mask) - 1).tolist()
    kept = tuple((place[row], field, value) for row, field, value in rows.by_field if mask[row])
    return Rows(**{name: getattr(rows, name)[mask] for name in _COLUMNS}, by_field=kept)


def concatenated(parts: Iterable[Rows]) -> Rows:
    """Many files' rows as one."""
    some = [NO_ROWS, *parts]
    starts = np.cumsum([0, *(len(part) for part in some)]).tolist()
    by_field = tuple(
        (start + row, field, value)
        for start, part in zip(starts, some, strict=False)
        for row, field, value in part.by_field
    )
    return Rows(
        **{name: np.concatenate([getattr(part, name) for part in some]) for name in _COLUMNS}, by_field=by_field
    )


_TYPES = {"at": np.int64, "seconds": np.float64, "confidence": np.float64}
_EMPTY: dict[str, Any] = {name: np.zeros(0, dtype=_TYPES.get(name, np.int32)) for name in _COLUMNS}
NO_ROWS = Rows(**_EMPTY)
