"""Which annotations each change of the guideline affects, whole columns at a time."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from assay.guidelines.front_matter import Change
from assay.guidelines.selectors import Selector, parts, selectors_of
from assay.guidelines.versions import Since, adds, version_of
from assay.table import Column, Corpus, FieldColumn
from assay.table.columns import Mask
from assay.table.made_under import made_under


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A change and the annotations that were made before it and that it affects.

    `fields` has the same by field, for the fields that the change speaks of.
    """

    change: Change
    rows: Mask
    fields: Mapping[str, Mask]


def touched(
    corpus: Corpus, changes: Iterable[Change], fields: Collection[str], since: Since | None = None
) -> tuple[Touched, ...]:
    """What each change affects, of all annotations; a skip carries nothing and is never affected.

    `fields` are those that a label may have now. `since` is what `carried_since` says of the whole task, where the corpus
    is a part of it; None: it is all of it.
    """
    made = made_under(corpus)
    since = carried_since(corpus, made, fields) if since is None else since
    return tuple(_touched(corpus, change, earlier(made, change.version), since) for change in changes)


def earlier(made: Column, version: str) -> Mask:
    """The annotations that were made under an earlier version."""
    limit = version_of(version)
    return np.array([version_of(name) < limit for name in made.values], dtype=np.bool_)[made.codes]


def carried_since(corpus: Corpus, made: Column, fields: Collection[str]) -> Since:
    """The earliest version under which an annotation carries each field."""
    columns = corpus.annotations.fields
    under = {name: np.unique(made.codes[columns[name].codes >= 0]).tolist() for name in fields if name in columns}
    return {name: min((version_of(made.values[code]) for code in under.get(name, ())), default=None) for name in fields}


def _touched(corpus: Corpus, change: Change, before: Mask, since: Since) -> Touched:
    concerned = before & (corpus.annotations.skip.codes < 0)
    fields: dict[str, Mask] = {}
    for selector in selectors_of(change):
        for name in corpus.annotations.fields if selector.field is None else (selector.field,):
            selected = concerned & _selected(corpus, name, selector, added=adds(change, selector, since))
            fields[name] = fields[name] | selected if name in fields else selected
    everything = any(selector.field is None for selector in selectors_of(change))
    rows = concerned if everything else np.logical_or.reduce([np.zeros_like(concerned), *fields.values()])
    return Touched(change=change, rows=rows, fields=fields)


def _selected(corpus: Corpus, field: str, selector: Selector, *, added: bool) -> Mask:
    column = corpus.annotations.fields.get(field)
    if column is None:
        return np.full(len(corpus.annotations), added, dtype=np.bool_)
    if selector.value is not None:
        return _carries(column, selector.value)
    return (column.codes < 0) if added else (column.codes >= 0)


def _carries(column: FieldColumn, text: str) -> Mask:
    return np.array([*(text in parts(value) for value in column.values), False], dtype=np.bool_)[column.codes]
