"""Which annotations of a corpus an edit of the guideline affects."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core import Column, Corpus, Mask, guideline_versions
from assay.guidelines.examples import Selector, parts, selectors_of
from assay.guidelines.front_matter import Change
from assay.guidelines.versions import Since, adds, version_of
from assay.project import Migration, fields_added


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedRows:
    """A change and the annotations that were made before it and that it affects.

    `fields` has the same by field, for the fields that the change speaks of.
    """

    change: Change
    rows: Mask
    fields: Mapping[str, Mask]


def affected_rows(
    corpus: Corpus,
    changes: Iterable[Change],
    fields: Collection[str],
    migrations: Sequence[Migration] = (),
    since: Since | None = None,
) -> tuple[AffectedRows, ...]:
    """What each change affects, of all annotations; a skip has no values and is never affected.

    `fields` are those that a label may have now, `migrations` those that were applied to the labels. `since` is `present_since` of the whole task, where the corpus
    is a part of it; None: it is all of it.
    """
    made = guideline_versions(corpus)
    since = present_since(corpus, made, fields, migrations) if since is None else since
    lost = lost_values(corpus, made, migrations)
    selected = ((change, selectors_of(change, migrations)) for change in changes)
    return tuple(
        _touched(corpus, change, some, earlier(made, change.version), since, lost) for change, some in selected
    )


def earlier(made: Column, version: str) -> Mask:
    """The annotations that were made under an earlier version."""
    limit = version_of(version)
    return np.array([version_of(name) < limit for name in made.values], dtype=np.bool_)[made.codes]


def present_since(corpus: Corpus, made: Column, fields: Collection[str], migrations: Sequence[Migration] = ()) -> Since:
    """The earliest version under which an annotation has each field, or had it until a migration removed the value."""
    columns, lost = corpus.annotations.fields, lost_values(corpus, made, migrations)
    there = (name for name in fields if name in columns)
    under = {name: np.unique(made.codes[(columns[name].codes >= 0) | lost[name]]).tolist() for name in there}
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
    corpus: Corpus, change: Change, selectors: Sequence[Selector], before: Mask, since: Since, lost: Mapping[str, Mask]
) -> AffectedRows:
    concerned = before & (corpus.annotations.skip.codes < 0)
    fields: dict[str, Mask] = {}
    for selector in selectors:
        for name in corpus.annotations.fields if selector.field is None else (selector.field,):
            selected = concerned & _selected(corpus, name, selector, lost, added=adds(change, selector, since))
            fields[name] = fields[name] | selected if name in fields else selected
    everything = any(selector.field is None for selector in selectors)
    rows = concerned if everything else np.logical_or.reduce([np.zeros_like(concerned), *fields.values()])
    return AffectedRows(change=change, rows=rows, fields=fields)


def _selected(corpus: Corpus, field: str, selector: Selector, lost: Mapping[str, Mask], *, added: bool) -> Mask:
    """The annotations that have what is selected, or lack the field that is `added`.

    The earlier value of a pending answer is unknown, and so is what else was in a set, in spans or boxes: it is selected
    with each value that it may have been.
    """
    column = corpus.annotations.fields.get(field)
    if column is None:
        return np.full(len(corpus.annotations), added, dtype=np.bool_)
    if selector.value is None:
        present = (column.codes < 0) if added else (column.codes >= 0)
        return present | lost[field] if selector.waits else present
    having = [not selector.gone and selector.value in parts(value) for value in column.values]
    # The last entry is that of code -1, which stands for no value.
    present = np.array([*having, False], dtype=np.bool_)[column.codes]
    return present | lost[field] if selector.gone or (selector.waits and column.waiting.members) else present
