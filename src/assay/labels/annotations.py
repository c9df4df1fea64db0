"""Read one file of annotations: its valid rows, and everything that is wrong with the others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from assay.core import Codes, Column, Fault, Floats, Ints, Mask
from assay.labels import checks, claims
from assay.labels.checks import Known
from assay.labels.claims import Round
from assay.labels.faults import Faults, out_of_form
from assay.labels.parquet_rows import NO_ROWS, Interner, Rows, chosen
from assay.labels.paths import LabelFile, record_kind
from assay.labels.reader import Lines, read_lines
from assay.labels.records import ANNOTATION, Vote
from assay.labels.times import late_votes, made_at


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
    read = _read(file, data, batch, known)
    lines, items = read.lines, read.items
    faults = Faults(
        file,
        lines.faults,
        _faults(read, known),
        checks.bad_times(lines, read.at),
        checks.repeated_items(lines, read.keys, items),
    )
    misplaced, doubtful = checks.place_faults(lines, read.labels, items, "label", known)
    faults.extend(misplaced)
    if "first" in lines.keys:
        faults.extend(checks.place_faults(lines, read.firsts, items, "first", known)[0])
    broken = faults.lines
    sound = ~np.isin(np.asarray(lines.numbers, dtype=np.int64), broken)
    holding = claims.holding(file, items, read.annotators, batch, known)
    corrected = claims.sent_back(file, items, batch)
    for further in (
        out_of_form(lines, read.keys, broken),
        claims.not_held(file, lines, items, batch, holding, sound),
        claims.first_not_returned(file, lines, sound & (read.firsts >= 0) & (items >= 0) & ~corrected),
        claims.unknown_suggestions(lines, batch),
        doubtful,
        checks.odd_times(lines, read.at, None if file.sourced else batch.created, known.latest),
        () if file.sourced else checks.other_guidelines(lines, batch.guideline, known.versions),
        checks.unknown_owner(file, lines, known),
        _unknown_annotators(read, known),
        _late(read, made_at(read.at, batch.created), sound & holding.held & (read.labels >= 0), known),
    ):
        faults.extend(further)
    rows = _rows(read, corrected, batch, known, interners)
    of_pool = sound & (items >= 0)
    return VoteFile(
        rows=chosen(rows, of_pool & holding.held),
        unheld=chosen(rows, of_pool & ~holding.held) if known.roster.same else NO_ROWS,
        faults=faults,
        records=lines.total + lines.faults.number("label/conflict-marker"),
        valid=int((sound & (holding.held | (items < 0))).sum()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The records of a file and what they name, a row each: codes of items and labels, times, and of a source whose it is.

    `keys` are numbers in the order in which the lines should stand.
    """

    file: LabelFile
    lines: Lines[Vote]
    items: Codes
    labels: Codes
    firsts: Codes
    at: NDArray[np.int64]
    annotators: list[str]
    keys: NDArray[np.int64]


def _read(file: LabelFile, data: bytes, batch: Round, known: Known) -> _Read:
    lines: Lines[Vote] = read_lines(data, record_kind(file), file)
    items = checks.item_codes(lines, known.pool)
    default = batch.guideline
    stated = (default if one.guideline is UNSET else one.guideline for one in lines.records)
    guidelines = list(stated) if known.judge.schema.migrations else []
    spellings = list(map(attrgetter("annotator"), lines.records)) if file.sourced else []
    full = {spelling: f"{file.who}/{spelling}" for spelling in set(spellings)}
    annotators = list(map(full.__getitem__, spellings))
    return _Read(
        file=file,
        lines=lines,
        items=items,
        labels=_labels(lines, "label", guidelines, known),
        firsts=_labels(lines, "first", guidelines, known),
        at=checks.times(lines),
        annotators=annotators,
        keys=_keys(items, annotators) if file.sourced else items.astype(np.int64),
    )


def _rows(read: _Read, corrected: Mask, batch: Round, known: Known, interners: Interners) -> Rows:
    """The columns of a file; `corrected` are the rows whose `first` counts."""
    file, lines, items = read.file, read.lines, read.items
    stated = interners.annotator.codes(read.annotators) if file.sourced else _all(items, interners.annotator, file.who)
    mapped = file.sourced and bool(known.roster.same)
    return Rows(
        batch=np.full(len(items), batch.code, dtype=np.int32),
        item=items,
        annotator=interners.annotator.codes(list(map(known.roster.person, read.annotators))) if mapped else stated,
        stated=stated,
        label=read.labels,
        first=np.where(corrected, read.firsts, np.int32(-1)),
        skip=_texts(lines, "skip", interners.skip, ""),
        guideline=_texts(lines, "guideline", interners.guideline, batch.guideline),
        at=read.at,
        seconds=_seconds(lines),
        confidence=_confidence(lines),
        path=_all(items, interners.path, file.path),
        line=np.asarray(lines.numbers, dtype=np.int32),
        flags=_flags(lines, interners.flags),
        by_field=_confidence_by_field(lines, known),
    )


def labels_by_item(data: bytes) -> Mapping[str, bytes]:
    """The labels of an annotator's own file as canonical bytes, of every record that can be read; the first of an item."""
    lines = read_lines(data, ANNOTATION)
    labels = zip(map(attrgetter("item"), lines.records), lines.raws.get("label", ()), strict=False)
    return dict(reversed([(item, raw) for item, raw in labels if raw]))


def _faults(read: _Read, known: Known) -> Iterator[Fault]:
    lines, items = read.lines, read.items
    yield from checks.unknown_items(lines, items, known.pool)
    yield from checks.label_or_skip(lines, read.labels)
    yield from checks.label_faults(lines, read.labels, items, "label", known)
    if "first" in lines.keys:
        yield from checks.label_faults(lines, read.firsts, items, "first", known)
    yield from checks.unknown_guidelines(lines, known.versions)
    yield from checks.unknown_flags(lines, known.judge.schema.flags)
    yield from checks.unknown_fields(lines, known.fields | known.judge.carrier.earlier_fields)


def _unknown_annotators(read: _Read, known: Known) -> Iterator[Fault]:
    file, lines, annotators = read.file, read.lines, read.annotators
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
            fix=f"add a line for it to labels/sources/{file.who[1:]}.jsonl, or correct the name",
            annotator=spelling,
        )


def _late(read: _Read, made: Ints, votes: Mask, known: Known) -> Iterator[Fault]:
    file, annotators = read.file, read.annotators
    names = tuple(sorted(set(annotators))) if file.sourced else (file.who,)
    roster = known.roster.annotators
    people = {name: roster[who] for name in names if (who := known.roster.person(name)) in roster}
    if any(people[name].until for name in names if name in people):
        rank = {name: code for code, name in enumerate(names)}
        codes = np.array([rank[name] for name in annotators] or [0] * len(made), dtype=np.int32)
        numbers = np.asarray(read.lines.numbers, dtype=np.int64)
        yield from late_votes(file, people, Column(values=names, codes=codes[votes]), made[votes], numbers[votes])


def _all(items: Codes, interner: Interner, text: str) -> Codes:
    return np.full(len(items), interner.code(text), dtype=np.int32)


def _keys(items: Codes, annotators: list[str]) -> NDArray[np.int64]:
    rank = {name: place for place, name in enumerate(sorted(set(annotators)))}
    ranks = np.fromiter(map(rank.__getitem__, annotators), dtype=np.int64, count=len(annotators))
    return np.asarray(items * np.int64(len(rank)) + ranks, dtype=np.int64)


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
