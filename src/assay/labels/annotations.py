"""Read one file of annotations: its valid rows, and everything that is wrong with the others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from assay.labels import checks, claims
from assay.labels.checks import Known
from assay.labels.claims import Round
from assay.labels.envelope import ANNOTATION, SOURCED_ANNOTATION, Vote
from assay.labels.faults import Fault, Faults
from assay.labels.layout import LabelFile
from assay.labels.leaving import late_votes, made_at
from assay.labels.lines import Lines, read_lines
from assay.labels.report import out_of_form
from assay.labels.rows import NO_ROWS, Interner, Rows, chosen
from assay.table.columns import Codes, Column, Floats, Ints, Mask


@dataclass(frozen=True, slots=True)
class Interners:
    """The vocabularies that all files of a task share."""

    annotator: Interner = field(default_factory=Interner)
    skip: Interner = field(default_factory=Interner)
    guideline: Interner = field(default_factory=Interner)
    path: Interner = field(default_factory=Interner)
    flags: Interner = field(default_factory=Interner)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteFile:
    """A file's valid annotations, its faults, how many records it has and how many of them are valid.

    `unheld` are the sound ones that the batch does not hold, where somebody may have voted under another name.
    """

    rows: Rows
    unheld: Rows
    faults: Faults
    records: int
    valid: int


def read_annotations(file: LabelFile, data: bytes, batch: Round, known: Known, interners: Interners) -> VoteFile:
    """Reads the bytes of an annotation file."""
    lines = _lines(file, data)
    items = checks.item_codes(lines, known.pool)
    guidelines = list(_versions(lines, batch.guideline)) if known.judge.schema.migrations else []
    labels = _labels(lines, "label", guidelines, known)
    firsts = _labels(lines, "first", guidelines, known)
    at = checks.times(lines)
    annotators = _annotators(file, lines) if file.sourced else []
    keys = _keys(items, annotators) if file.sourced else items.astype(np.int64)
    faults = Faults(
        file,
        lines.faults,
        _faults(lines, items, labels, firsts, known),
        checks.bad_times(lines, at),
        checks.repeated_items(lines, keys, items),
    )
    misplaced, doubtful = checks.place_faults(lines, labels, items, "label", known)
    faults.extend(misplaced)
    if "first" in lines.keys:
        faults.extend(checks.place_faults(lines, firsts, items, "first", known)[0])
    broken = faults.lines
    sound = ~np.isin(np.asarray(lines.numbers, dtype=np.int64), broken)
    holding = claims.holding(file, items, annotators, batch, known)
    corrected = claims.sent_back(file, items, batch)
    for further in (
        out_of_form(lines, keys, broken),
        claims.not_held(file, lines, items, batch, holding, sound),
        claims.first_not_returned(file, lines, sound & (firsts >= 0) & (items >= 0) & ~corrected),
        claims.unknown_suggestions(lines, batch),
        doubtful,
        checks.odd_times(lines, at, None if file.sourced else batch.created, known.latest),
        () if file.sourced else checks.other_guidelines(lines, batch.guideline, known.versions),
        checks.unknown_owner(file, lines, known),
        _unknown_annotators(file, lines, annotators, known),
        _late(file, lines, annotators, made_at(at, batch.created), sound & holding.held & (labels >= 0), known),
    ):
        faults.extend(further)
    stated = interners.annotator.codes(annotators) if file.sourced else _all(items, interners.annotator, file.who)
    mapped = file.sourced and bool(known.roster.same)
    rows = Rows(
        batch=np.full(len(items), batch.code, dtype=np.int32),
        item=items,
        annotator=interners.annotator.codes(list(map(known.roster.person, annotators))) if mapped else stated,
        stated=stated,
        label=labels,
        first=np.where(corrected, firsts, np.int32(-1)),
        skip=_texts(lines, "skip", interners.skip, ""),
        guideline=_texts(lines, "guideline", interners.guideline, batch.guideline),
        at=at,
        seconds=_seconds(lines),
        confidence=_confidence(lines),
        path=_all(items, interners.path, file.path),
        line=np.asarray(lines.numbers, dtype=np.int32),
        flags=_flags(lines, interners.flags),
        by_field=_confidence_by_field(lines, known),
    )
    of_pool = sound & (items >= 0)
    return VoteFile(
        rows=chosen(rows, of_pool & holding.held),
        unheld=chosen(rows, of_pool & ~holding.held) if known.roster.same else NO_ROWS,
        faults=faults,
        records=lines.total + lines.faults.number("label/conflict-marker"),
        valid=int((sound & (holding.held | (items < 0))).sum()),
    )


def labels_by_item(data: bytes) -> Mapping[str, bytes]:
    """The labels of an annotator's own file as canonical bytes, of every record that can be read; the first of an item."""
    lines = read_lines(data, ANNOTATION)
    labels = zip(map(attrgetter("item"), lines.records), lines.raws.get("label", ()), strict=False)
    return dict(reversed([(item, raw) for item, raw in labels if raw]))


def _lines(file: LabelFile, data: bytes) -> Lines[Vote]:
    if file.sourced:
        return read_lines(data, SOURCED_ANNOTATION, file)
    return read_lines(data, ANNOTATION, file)


def _faults(lines: Lines[Vote], items: Codes, labels: Codes, firsts: Codes, known: Known) -> Iterator[Fault]:
    yield from checks.unknown_items(lines, items, known.pool)
    yield from checks.label_or_skip(lines, labels)
    yield from checks.label_faults(lines, labels, items, "label", known)
    if "first" in lines.keys:
        yield from checks.label_faults(lines, firsts, items, "first", known)
    yield from checks.unknown_guidelines(lines, known.versions)
    yield from checks.unknown_flags(lines, known.judge.schema.flags)
    yield from checks.unknown_fields(lines, known.fields | known.judge.carrier.earlier_fields)


def _unknown_annotators(file: LabelFile, lines: Lines[Vote], annotators: list[str], known: Known) -> Iterator[Fault]:
    unknown = {name for name in set(annotators) if not known.roster.knows(name)} if file.sourced else set()
    first: dict[str, int] = {}
    for row, name in enumerate(annotators) if unknown else ():
        if name in unknown:
            first.setdefault(name, row)
    for annotator, row in sorted(first.items()):
        spelling = annotator.removeprefix(f"{file.who}/")
        yield Fault(
            line=lines.numbers[row],
            rule="label/unknown-annotator",
            message=f"{spelling[:80]!r} is not in the roster of {file.who}",
            pointer="/annotator",
            hint=f"add a line for it to labels/sources/{file.who[1:]}.jsonl, or correct the name",
            annotator=spelling,
        )


def _late(
    file: LabelFile, lines: Lines[Vote], annotators: list[str], made: Ints, votes: Mask, known: Known
) -> Iterator[Fault]:
    names = tuple(sorted(set(annotators))) if file.sourced else (file.who,)
    roster = known.roster.annotators
    people = {name: roster[who] for name in names if (who := known.roster.person(name)) in roster}
    if any(people[name].until for name in names if name in people):
        rank = {name: code for code, name in enumerate(names)}
        codes = np.array([rank[name] for name in annotators] or [0] * len(made), dtype=np.int32)
        numbers = np.asarray(lines.numbers, dtype=np.int64)
        yield from late_votes(file, people, Column(values=names, codes=codes[votes]), made[votes], numbers[votes])


def _annotators(file: LabelFile, lines: Lines[Vote]) -> list[str]:
    spellings = list(map(attrgetter("annotator"), lines.records))
    full = {spelling: f"{file.who}/{spelling}" for spelling in set(spellings)}
    return list(map(full.__getitem__, spellings))


def _all(items: Codes, interner: Interner, text: str) -> Codes:
    return np.full(len(items), interner.code(text), dtype=np.int32)


def _keys(items: Codes, annotators: list[str]) -> NDArray[np.int64]:
    rank = {name: place for place, name in enumerate(sorted(set(annotators)))}
    ranks = np.fromiter(map(rank.__getitem__, annotators), dtype=np.int64, count=len(annotators))
    return np.asarray(items * np.int64(len(rank)) + ranks, dtype=np.int64)


def _versions(lines: Lines[Vote], default: str) -> Iterable[str]:
    """The guideline version that each record follows."""
    return (default if record.guideline is UNSET else record.guideline for record in lines.records)


def _labels(lines: Lines[Vote], key: str, guidelines: Iterable[str], known: Known) -> Codes:
    if key not in lines.keys:
        return np.full(len(lines.records), -1, dtype=np.int32)
    return known.judge.indices(known.judge.carrier.carried(lines.raws[key], guidelines))


def _texts(lines: Lines[Vote], key: str, interner: Interner, default: str) -> Codes:
    absent = interner.code(default) if default else -1
    if key not in lines.keys:
        return np.full(len(lines.records), absent, dtype=np.int32)
    codes = interner.codes(list(map(attrgetter(key), lines.records)))
    return np.where(codes < 0, np.int32(absent), codes)


def _flags(lines: Lines[Vote], interner: Interner) -> Codes:
    if "flags" not in lines.keys:
        return np.full(len(lines.records), -1, dtype=np.int32)
    stated = (record.flags for record in lines.records)
    return interner.codes([" ".join(sorted(set(flags))) if flags else UNSET for flags in stated])


def _seconds(lines: Lines[Vote]) -> Floats:
    if "seconds" not in lines.keys:
        return np.full(len(lines.records), np.nan)
    return np.array([np.nan if record.seconds is UNSET else record.seconds for record in lines.records], dtype=float)


def _confidence(lines: Lines[Vote]) -> Floats:
    if "confidence" not in lines.keys:
        return np.full(len(lines.records), np.nan)
    stated = [record.confidence for record in lines.records]
    return np.array([np.nan if value is UNSET or isinstance(value, dict) else value for value in stated], dtype=float)


def _confidence_by_field(lines: Lines[Vote], known: Known) -> tuple[tuple[int, str, float], ...]:
    if "confidence" not in lines.keys:
        return ()
    return tuple(
        (row, now, float(value))
        for row, record in enumerate(lines.records)
        if isinstance(record.confidence, dict)
        for name, value in record.confidence.items()
        if (now := known.judge.carrier.field(name)) in known.fields
    )
