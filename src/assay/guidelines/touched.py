"""Which annotations each change of the guideline affects, whole columns at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.guidelines.front_matter import Change
from assay.guidelines.selectors import Selector, parts, selectors_of
from assay.guidelines.versions import Since, adds, version_of
from assay.model.migration import Migration, fields_added
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
    corpus: Corpus,
    changes: Iterable[Change],
    fields: Collection[str],
    migrations: Sequence[Migration] = (),
    since: Since | None = None,
) -> tuple[Touched, ...]:
    """What each change affects, of all annotations; a skip carries nothing and is never affected.

    `fields` are those that a label may have now, `migrations` those that the labels were carried through. `since` is what `carried_since` says of the whole task, where the corpus
    is a part of it; None: it is all of it.
    """
    made = made_under(corpus)
    since = carried_since(corpus, made, fields, migrations) if since is None else since
    lost = lost_values(corpus, made, migrations)
    selected = ((change, selectors_of(change, migrations)) for change in changes)
    return tuple(
        _touched(corpus, change, some, earlier(made, change.version), since, lost) for change, some in selected
    )


def earlier(made: Column, version: str) -> Mask:
    """The annotations that were made under an earlier version."""
    limit = version_of(version)
    return np.array([version_of(name) < limit for name in made.values], dtype=np.bool_)[made.codes]


def carried_since(corpus: Corpus, made: Column, fields: Collection[str], migrations: Sequence[Migration] = ()) -> Since:
    """The earliest version under which an annotation carries each field, or carried it until a migration took the value."""
    columns, lost = corpus.annotations.fields, lost_values(corpus, made, migrations)
    under = {
        name: np.unique(made.codes[(columns[name].codes >= 0) | lost[name]]).tolist()
        for name in fields
        if name in columns
    }
    return {name: min((version_of(made.values[code]) for code in under.get(name, ())), default=None) for name in fields}


def lost_values(corpus: Corpus, made: Column, migrations: Sequence[Migration]) -> Mapping[str, Mask]:
    """By field the annotations whose value a migration took; of a field that was added since they were made they had none."""
    added = fields_added(migrations)
    found: dict[str, Mask] = {}
    for name, column in corpus.annotations.fields.items():
        lost = np.zeros(len(corpus.annotations), dtype=np.bool_)
        lost[column.waiting.rows] = True
        found[name] = lost & ~earlier(made, added[name]) if name in added and lost.any() else lost
    return found


def _touched(
    corpus: Corpus,
    change: Change,
    selectors: Sequence[Selector],
    before: Mask,
    since: Since,
    lost: Mapping[str, Mask],
) -> Touched:
    concerned = before & (corpus.annotations.skip.codes < 0)
    fields: dict[str, Mask] = {}
    for selector in selectors:
        for name in corpus.annotations.fields if selector.field is None else (selector.field,):
            selected = concerned & _selected(corpus, name, selector, lost, added=adds(change, selector, since))
            fields[name] = fields[name] | selected if name in fields else selected
    everything = any(selector.field is None for selector in selectors)
    rows = concerned if everything else np.logical_or.reduce([np.zeros_like(concerned), *fields.values()])
    return Touched(change=change, rows=rows, fields=fields)


def _selected(corpus: Corpus, field: str, selector: Selector, lost: Mapping[str, Mask], *, added: bool) -> Mask:
    """The annotations that carry what is selected, or lack the field that is `added`.

    Of what waits nobody knows which value it was, nor what else was in a set, in spans or boxes: it is selected with each
    value that it may have been.
    """
    column = corpus.annotations.fields.get(field)
    if column is None:
        return np.full(len(corpus.annotations), added, dtype=np.bool_)
    if selector.value is None:
        carried = (column.codes < 0) if added else (column.codes >= 0)
        return carried | lost[field] if selector.waits else carried
    carried = np.zeros(len(column.codes), dtype=np.bool_) if selector.gone else _carries(column, selector.value)
    maybe = selector.gone or (selector.waits and column.waiting.members)
    return carried | lost[field] if maybe else carried


def _carries(column: FieldColumn, text: str) -> Mask:
    return np.array([*(text in parts(value) for value in column.values), False], dtype=np.bool_)[column.codes]
