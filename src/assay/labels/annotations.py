"""Read one file of annotations: its valid rows, and everything that is wrong with the others."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from msgspec import UNSET, UnsetType

from assay.core import Codes, Column, Fault, Floats, Ints, Mask
from assay.labels import checks, claims
from assay.labels.checks import LabelContext
from assay.labels.claims import BatchContext
from assay.labels.faults import Faults, out_of_form
from assay.labels.paths import LabelFile
from assay.labels.reader import Lines
from assay.labels.records import Vote
from assay.labels.times import late_votes, made_at
from assay.labels.vote_rows import NO_ROWS, Interner, Rows, chosen


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

    `unheld` are the valid ones that the batch does not ask for, which the same person may have answered under another name.
    """

    rows: Rows
    unheld: Rows
    faults: Faults
    records: int
    valid: int


def read_annotations(
    file: LabelFile, lines: Lines[Vote], batch: BatchContext, context: LabelContext, interners: Interners
) -> VoteFile:
    """The votes of the lines of an annotation file."""
    read = _Read.of(file, lines, batch, context)
    items = read.items
    faults = Faults(
        file,
        lines.faults,
        read.faults(context),
        checks.bad_times(lines, read.at),
        checks.repeated_items(lines, read.keys, items),
    )
    misplaced, doubtful = checks.place_faults(lines, read.labels, items, "label", context)
    faults.extend(misplaced)
    if "first" in lines.keys:
        faults.extend(checks.place_faults(lines, read.firsts, items, "first", context)[0])
    # A vote with a fault so far is left out, of whatever severity; what is found below is told and the vote counts.
    broken = faults.lines
    sound = ~np.isin(lines.places, broken)
    holding = claims.membership(file, items, read.annotators, batch, context)
    corrected = claims.sent_back(file, items, batch)
    for further in (
        out_of_form(lines, read.keys, broken),
        claims.not_held(file, lines, items, batch, holding, sound),
        claims.first_not_returned(file, lines, sound & (read.firsts >= 0) & (items >= 0) & ~corrected),
        claims.unknown_suggestions(lines, batch),
        doubtful,
        checks.odd_times(lines, read.at, None if file.sourced else batch.created, context.latest),
        () if file.sourced else checks.other_guidelines(lines, batch.guideline, context.versions),
        checks.unknown_owner(file, lines, context),
        read.unknown_annotators(context),
        read.late(made_at(read.at, batch.created), sound & holding.held & (read.labels >= 0), context),
    ):
        faults.extend(further)
    rows = read.rows(corrected, batch, context, interners)
    of_pool = sound & (items >= 0)
    return VoteFile(
        rows=chosen(rows, of_pool & holding.held),
        unheld=chosen(rows, of_pool & ~holding.held) if context.roster.same else NO_ROWS,
        faults=faults,
        records=lines.total + lines.faults.number("label/conflict-marker"),
        valid=int((sound & (holding.held | (items < 0))).sum()),
    )


def labels_by_item(lines: Lines[Vote]) -> Mapping[str, bytes]:
    """The labels of an annotator's own file as canonical bytes, of every record that can be read; the first of an item."""
    labels = zip(map(attrgetter("item"), lines.records), lines.raws.get("label", ()), strict=False)
    return dict(reversed([(item, raw) for item, raw in labels if raw]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The records of a file and what they name, a row each: codes of items and labels, times, annotators of a source.

    `keys` are numbers in the order in which the lines should be.
    """

    file: LabelFile
    lines: Lines[Vote]
    items: Codes
    labels: Codes
    firsts: Codes
    at: Ints
    annotators: list[str]
    keys: Ints

    @classmethod
    def of(cls, file: LabelFile, lines: Lines[Vote], batch: BatchContext, context: LabelContext) -> "_Read":
        items = checks.item_codes(lines, context.pool)
        default = batch.guideline
        stated = (default if record.guideline is UNSET else record.guideline for record in lines.records)
        guidelines = list(stated) if context.judge.schema.migrations else []
        annotators, keys = list[str](), items.astype(np.int64)
        if file.sourced:
            spellings = list(map(attrgetter("annotator"), lines.records))
            full = {spelling: f"{file.who}/{spelling}" for spelling in set(spellings)}
            annotators = list(map(full.__getitem__, spellings))
            rank = {name: place for place, name in enumerate(sorted(full.values()))}
            ranks = np.fromiter(map(rank.__getitem__, annotators), dtype=np.int64, count=len(annotators))
            keys = np.asarray(keys * len(rank) + ranks, dtype=np.int64)
        return cls(
            file=file,
            lines=lines,
            items=items,
            labels=_labels(lines, "label", guidelines, context),
            firsts=_labels(lines, "first", guidelines, context),
            at=checks.times(lines),
            annotators=annotators,
            keys=keys,
        )

    def rows(self, corrected: Mask, batch: BatchContext, context: LabelContext, interners: Interners) -> Rows:
        """The columns of the file; `corrected` are the rows whose `first` counts."""
        file, lines, items = self.file, self.lines, self.items
        stated = (
            interners.annotator.codes(self.annotators) if file.sourced else _all(items, interners.annotator, file.who)
        )
        mapped = file.sourced and bool(context.roster.same)
        flags = [record.flags or UNSET for record in lines.records] if "flags" in lines.keys else []
        return Rows(
            batch=np.full(len(items), batch.code, dtype=np.int32),
            item=items,
            annotator=interners.annotator.codes(list(map(context.roster.person, self.annotators)))
            if mapped
            else stated,
            stated=stated,
            label=self.labels,
            first=np.where(corrected, self.firsts, np.int32(-1)),
            skip=_texts(lines, "skip", interners.skip, ""),
            guideline=_texts(lines, "guideline", interners.guideline, batch.guideline),
            at=self.at,
            seconds=_numbers(lines, "seconds"),
            confidence=_numbers(lines, "confidence"),
            path=_all(items, interners.path, file.path),
            line=lines.places.astype(np.int32),
            flags=interners.flags.codes([UNSET if some is UNSET else " ".join(sorted(set(some))) for some in flags])
            if flags
            else _all(items, interners.flags, UNSET),
            by_field=tuple(
                (row, now, float(value))
                for row, record in enumerate(lines.records if "confidence" in lines.keys else ())
                if isinstance(record.confidence, dict)
                for name, value in record.confidence.items()
                if (now := context.judge.migrator.field(name)) in context.fields
            ),
        )

    def faults(self, context: LabelContext) -> Iterator[Fault]:
        """What makes records invalid, whatever their time and place."""
        lines, items = self.lines, self.items
        yield from checks.unknown_items(lines, items, context.pool)
        yield from checks.label_or_skip(lines, self.labels)
        yield from checks.schema_faults(lines, self.labels, items, "label", context)
        if "first" in lines.keys:
            yield from checks.schema_faults(lines, self.firsts, items, "first", context)
        yield from checks.unknown_guidelines(lines, context.versions)
        yield from checks.unknown_flags(lines, context.judge.schema.flags)
        yield from checks.unknown_fields(lines, context.fields | context.judge.migrator.earlier_fields)

    def unknown_annotators(self, context: LabelContext) -> Iterator[Fault]:
        """`label/unknown-annotator` at the first record of each annotator of a source who is not in its roster."""
        file = self.file
        unknown = sorted(name for name in set(self.annotators) if not context.roster.knows(name))
        first = {name: row for row, name in reversed([*enumerate(self.annotators)])} if unknown else {}
        for annotator in unknown:
            spelling = annotator.removeprefix(f"{file.who}/")
            yield Fault(
                line=self.lines.numbers[first[annotator]],
                rule="label/unknown-annotator",
                message=f"{spelling[:80]!r} is not in the roster of {file.who}",
                pointer="/annotator",
                fix=f"add a line for it to labels/sources/{file.who[1:]}.jsonl, or correct the name",
                annotator=spelling,
            )

    def late(self, made: Ints, votes: Mask, context: LabelContext) -> Iterator[Fault]:
        """`label/after-leaving` for the votes of a mask; `made` is when each record was made."""
        file, annotators = self.file, self.annotators
        names = tuple(sorted(set(annotators))) if file.sourced else (file.who,)
        roster = context.roster.annotators
        people = {name: roster[who] for name in names if (who := context.roster.person(name)) in roster}
        if any(people[name].until for name in names if name in people):
            rank = {name: code for code, name in enumerate(names)}
            codes = np.array([rank[name] for name in annotators] or [0] * len(made), dtype=np.int32)
            numbers = self.lines.places[votes]
            yield from late_votes(file, people, Column(values=names, codes=codes[votes]), made[votes], numbers)


def _all(items: Codes, interner: Interner, text: str | UnsetType) -> Codes:
    return np.full(len(items), interner.code(text), dtype=np.int32)


def _labels(lines: Lines[Vote], key: str, guidelines: Iterable[str], context: LabelContext) -> Codes:
    if key not in lines.keys:
        return np.full(len(lines.records), -1, dtype=np.int32)
    return context.judge.indices(context.judge.migrator.migrated(lines.raws[key], guidelines))


def _texts(lines: Lines[Vote], key: str, interner: Interner, default: str) -> Codes:
    absent = interner.code(default) if default else -1
    if key not in lines.keys:
        return np.full(len(lines.records), absent, dtype=np.int32)
    codes = interner.codes(list(map(attrgetter(key), lines.records)))
    return np.where(codes < 0, np.int32(absent), codes)


def _numbers(lines: Lines[Vote], key: str) -> Floats:
    """The numbers under a key; nan where a record has none, or one for each field."""
    if key not in lines.keys:
        return np.full(len(lines.records), np.nan)
    stated = list(map(attrgetter(key), lines.records))
    with suppress(TypeError):  # a number in each record
        return np.array(stated, dtype=float)
    return np.array([np.nan if value is UNSET or isinstance(value, dict) else value for value in stated], dtype=float)
