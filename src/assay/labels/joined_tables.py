"""Annotations of batches that follow each other, put together: vocabularies are united, and codes follow."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from assay import core
from assay.core import NO_WAITS, AnnotationTable, Column, Field, FieldColumn, Json, Waits


def joined_tables(tables: Sequence[AnnotationTable], fields: Sequence[Field]) -> AnnotationTable:
    """The annotations of some tables (at least one), one after the other."""
    if len(tables) == 1:
        return tables[0]

    def column(name: str) -> Column:
        return joined_columns([getattr(table, name) for table in tables])

    def array(name: str) -> Any:
        return np.concatenate([getattr(table, name) for table in tables])

    lengths = [len(table) for table in tables]
    return AnnotationTable(
        batch=array("batch"),
        item=array("item"),
        annotator=column("annotator"),
        guideline=column("guideline"),
        skip=column("skip"),
        counts=array("counts"),
        at=array("at"),
        seconds=array("seconds"),
        path=column("path"),
        line=array("line"),
        flags=column("flags"),
        current=array("current"),
        open=array("open"),
        taken=array("taken"),
        fields={
            field.name: joined_fields([table.fields[field.name] for table in tables], field, lengths)
            for field in fields
        },
    )


def joined_columns(columns: Sequence[Column]) -> Column:
    """One column of texts from several, whose rows follow each other."""
    values = tuple(sorted({value for column in columns for value in column.values}))
    place = {value: number for number, value in enumerate(values)}
    codes = [np.array([*(place[value] for value in one.values), -1], dtype=np.int32)[one.codes] for one in columns]
    return Column(values=values, codes=np.concatenate([np.zeros(0, dtype=np.int32), *codes]))


def joined_fields(columns: Sequence[FieldColumn], field: Field, lengths: Sequence[int]) -> FieldColumn:
    """One column of a field from several, whose rows follow each other."""
    names = [[core.canonical_text(value) for value in column.values] for column in columns]
    distinct: Mapping[str, Json] = {
        text: value
        for column, texts in zip(columns, names, strict=True)
        for text, value in zip(texts, column.values, strict=True)
    }
    values = core.ordered_values(distinct.values(), field)
    place = {core.canonical_text(value): number for number, value in enumerate(values)}
    new = [np.array([*(place[text] for text in texts), -1], dtype=np.int32) for texts in names]
    none, unknown = np.zeros(0, dtype=np.int32), np.zeros(0)
    return FieldColumn(
        values=values,
        codes=np.concatenate([none, *(of[one.codes] for of, one in zip(new, columns, strict=True))]),
        first=np.concatenate([none, *(of[one.first] for of, one in zip(new, columns, strict=True))]),
        confidence=np.concatenate([unknown, *(column.confidence for column in columns)]),
        waiting=_waits([column.waiting for column in columns], field, lengths),
    )


def _waits(several: Sequence[Waits], field: Field, lengths: Sequence[int]) -> Waits:
    if not any(len(waits.rows) for waits in several):
        return NO_WAITS
    starts = np.cumsum([0, *lengths])[:-1].tolist()
    return Waits(
        rows=np.concatenate([waits.rows + start for waits, start in zip(several, starts, strict=True)]),
        since=joined_columns([waits.since for waits in several]),
        answered=np.concatenate([waits.answered for waits in several]),
        members=field.scale.of_members,
    )
