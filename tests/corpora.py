"""Small corpora from plain dicts, for tests of the floors that measure a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from assay.core.people import Annotator, Batch, Purpose, Status
from assay.core.table import AnnotationTable, AssignmentTable, Column, Corpus, Decision, FieldColumn, ItemTable
from assay.core.values import Field, Json, JsonObject, Scale, canonical_text, canonical_value, ordered_values
from assay.guidelines.front_matter import Guideline
from assay.labels.current import with_current

GUIDELINE = Guideline(task="t", version="0.1.0", owners=(), changes=())


class Vote(NamedTuple):
    """One annotation: the fields absent from `label` are missing values."""

    item: str
    annotator: str
    label: Mapping[str, Json]
    batch: str = "b1"
    flags: tuple[str, ...] = ()
    guideline: str = "0.1.0"


def corpus_of(
    votes: Mapping[str, Mapping[str, Json]],
    *,
    scale: Scale = Scale.NOMINAL,
    values: tuple[Json, ...] | None = None,
    groups: Mapping[str, str] | None = None,
    batches: Mapping[str, str] | None = None,
    open_batches: Collection[str] = (),
    excluded: Collection[str] = (),
) -> tuple[Corpus, Field]:
    """`{item: {annotator: value}}` as a corpus of the one field `label`; None is a label without the field.

    `groups` and `batches` map items to names (batch `b1` where not said); `excluded` annotators do not count.
    """
    field = Field(name="label", scale=scale, values=values, textual=False)
    rows = [
        Vote(item, annotator, {} if value is None else {"label": value}, (batches or {}).get(item, "b1"))
        for item, given in votes.items()
        for annotator, value in given.items()
    ]
    corpus = corpus_from(rows, [field], groups=groups, open_batches=open_batches, excluded=excluded, items=votes)
    return corpus, field


def corpus_from(
    votes: Iterable[Vote],
    fields: Sequence[Field],
    *,
    groups: Mapping[str, str] | None = None,
    open_batches: Collection[str] = (),
    excluded: Collection[str] = (),
    items: Iterable[str] = (),
    meta: Mapping[str, JsonObject] | None = None,
    annotator_groups: Mapping[str, JsonObject] | None = None,
) -> Corpus:
    """Votes as a corpus, in canonical order. Batches are created in the order of their names, one a day.

    `groups` and `meta` are those of items, `annotator_groups` those of annotators.
    """
    rows = sorted(votes, key=lambda vote: (vote.batch, vote.item, vote.annotator))
    ids = sorted({vote.item for vote in rows} | set(items))
    batches = sorted({vote.batch for vote in rows})
    batch = _codes((vote.batch for vote in rows), batches)
    item = _codes((vote.item for vote in rows), ids)
    annotator = column(vote.annotator for vote in rows)
    counting = np.array([name not in excluded for name in annotator.values], dtype=np.bool_)
    corpus = Corpus(
        task="t",
        items=ItemTable(
            ids=tuple(ids),
            data=(b"{}",) * len(ids),
            meta=tuple(canonical_text((meta or {}).get(name, {})).encode() for name in ids),
            group=column((groups or {}).get(name) for name in ids),
            current_batch=np.full(len(ids), -1, dtype=np.int32),
            open_batch=np.full(len(ids), -1, dtype=np.int32),
        ),
        annotations=AnnotationTable(
            batch=batch,
            item=item,
            annotator=annotator,
            guideline=column(vote.guideline for vote in rows),
            skip=column(None for _ in rows),
            counts=counting[annotator.codes],
            at=np.full(len(rows), "NaT", dtype="datetime64[us]"),
            seconds=np.full(len(rows), np.nan),
            path=column(f"labels/t/{vote.batch}/{vote.annotator}.jsonl" for vote in rows),
            line=np.ones(len(rows), dtype=np.int32),
            flags=column(" ".join(sorted(vote.flags)) or None for vote in rows),
            current=np.zeros(len(rows), dtype=np.bool_),
            open=np.zeros(len(rows), dtype=np.bool_),
            taken=np.full(len(rows), -1, dtype=np.int32),
            fields={field.name: _field_column(rows, field) for field in fields},
        ),
        assignments=AssignmentTable(batch=_codes([], []), item=_codes([], []), annotator=column([])),
        decisions=(),
        batches=tuple(
            Batch(
                name=name,
                purpose=Purpose.LABEL,
                closed=name not in open_batches,
                created=f"2026-01-{day:02}",
                guideline="0.1.0",
            )
            for day, name in enumerate(batches, start=1)
        ),
        annotators={
            name: Annotator(
                id=name,
                status=Status.EXCLUDED if name in excluded else Status.ACTIVE,
                groups=(annotator_groups or {}).get(name, {}),
            )
            for name in annotator.values
        },
    )
    return with_current(corpus, GUIDELINE)


def decided(corpus: Corpus, decisions: Iterable[Decision]) -> Corpus:
    """The corpus with these decisions and no others."""
    return with_current(replace(corpus, decisions=tuple(decisions)), GUIDELINE)


def column(texts: Iterable[str | None]) -> Column:
    """Texts as a column; None is missing."""
    given = list(texts)
    values = sorted({text for text in given if text is not None})
    return Column(values=tuple(values), codes=_codes(given, values))


def _codes(texts: Iterable[str | None], values: Sequence[str]) -> np.ndarray:
    code: dict[str | None, int] = {value: index for index, value in enumerate(values)}
    return np.array([code.get(text, -1) for text in texts], dtype=np.int32)


def _field_column(rows: Sequence[Vote], field: Field) -> FieldColumn:
    given = [
        canonical_value(vote.label[field.name], field.scale) if field.name in vote.label else None for vote in rows
    ]
    texts = [None if value is None else canonical_text(value) for value in given]
    values = ordered_values((value for value in given if value is not None), field)
    codes = _codes(texts, [canonical_text(value) for value in values])
    return FieldColumn(values=values, codes=codes, first=codes.copy(), confidence=np.full(len(rows), np.nan))
