"""What a record must hold besides its form; one function a rule, each over all records of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter

import numpy as np
import orjson
from msgspec import UNSET
from numpy.typing import NDArray

from assay.core import Codes, Fault, Field, Mask, Scale, escape
from assay.labels.items import Pool
from assay.labels.judge import Judge
from assay.labels.media import Gallery
from assay.labels.paths import LabelFile
from assay.labels.places import Ground
from assay.labels.reader import Lines
from assay.labels.records import Answer, OnItem, Returned, Vote
from assay.labels.times import ABSENT, WRONG, in_utc, moments
from assay.project import Roster, TaskSchema, order_of

SLIPS = frozenset({"label/span-twice", "label/span-edge", "label/box-edge"})
"""The rules against marks that are probably a slip: warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What records are held against; `latest` is the last moment that may be past (microseconds since 1970), None: no clock.

    `gallery` has the pictures that boxes lie on; None: nobody looks at them.
    """

    pool: Pool
    judge: Judge
    versions: frozenset[str]
    roster: Roster
    latest: int | None = None
    gallery: Gallery | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The names of the task's fields."""
        return frozenset(field.name for field in self.judge.schema.fields)


def item_codes(lines: Lines[OnItem], pool: Pool) -> Codes:
    """The position in the pool of each record's item; -1 where it is not there."""
    codes = map(pool.index.get, map(attrgetter("item"), lines.records), repeat(-1))
    return np.fromiter(codes, dtype=np.int32, count=len(lines.records))


def unknown_items(lines: Lines[OnItem], items: Codes, pool: Pool) -> Iterator[Fault]:
    """`label/unknown-item`; none where part of the pool is not here, which one finding tells."""
    for row in rows_of(items < 0) if pool.whole else ():
        item = lines.records[row].item
        if item not in pool.broken:
            yield fault_at(lines, row, "label/unknown-item", f"item {item[:80]!r} is not in the pool", "/item")


def repeated_items(lines: Lines[OnItem], keys: NDArray[np.int64], items: Codes) -> Iterator[Fault]:
    """`label/duplicate-item`; `keys` are equal where two records answer the same thing."""
    if len(keys) < 2 or bool(np.all(np.diff(keys) > 0)):
        return
    first: dict[int, int] = {}
    for row in rows_of(items >= 0):
        earlier = first.setdefault(int(keys[row]), row)
        if earlier != row:
            message = f"item {lines.records[row].item!r} stands already on line {lines.numbers[earlier]}"
            yield fault_at(lines, row, "label/duplicate-item", message, "/item")


def times(lines: Lines[Vote | Answer | Returned]) -> NDArray[np.int64]:
    """When each record was made, as `moments` gives it."""
    if "at" not in lines.keys:
        return np.full(len(lines.records), ABSENT, dtype=np.int64)
    return moments(list(map(attrgetter("at"), lines.records)))


def bad_times(lines: Lines[Vote | Answer | Returned], at: NDArray[np.int64]) -> Iterator[Fault]:
    """`label/bad-time`."""
    for row in rows_of(np.asarray(at == WRONG, dtype=np.bool_)):
        stated = str(lines.records[row].at)
        told = in_utc(stated)
        message = (
            f"at: {stated[:60]!r} is no RFC 3339 time" if told is None else f"at: {stated!r} is not written in UTC"
        )
        yield fault_at(lines, row, "label/bad-time", message, "/at", f"write {told}" if told else "")


def unknown_guidelines(lines: Lines[Vote | Answer], versions: frozenset[str]) -> Iterator[Fault]:
    """`label/unknown-guideline`."""
    if "guideline" not in lines.keys or versions.issuperset(map(attrgetter("guideline"), lines.records)):
        return
    for row, record in enumerate(lines.records):
        if record.guideline is not UNSET and record.guideline not in versions:
            message = f"the guideline has no version {record.guideline[:60]!r}"
            fix = f"versions: {', '.join(sorted(versions))}" if versions else ""
            yield fault_at(lines, row, "label/unknown-guideline", message, "/guideline", fix)


def odd_times(
    lines: Lines[Vote | Answer | Returned], at: NDArray[np.int64], created: int | None, latest: int | None
) -> Iterator[Fault]:
    """`label/future-time` after `latest`, `label/before-batch` before `created`; None is a bound that nobody knows."""
    if "at" not in lines.keys:
        return
    if latest is not None:
        for row in rows_of(np.asarray(at > latest, dtype=np.bool_)):
            message = f"at: {str(lines.records[row].at)[:60]} lies in the future"
            yield fault_at(lines, row, "label/future-time", message, "/at")
    if created is not None:
        for row in rows_of(np.asarray((at > WRONG) & (at < created), dtype=np.bool_)):
            message = f"at: {str(lines.records[row].at)[:60]} is before the batch was created"
            yield fault_at(lines, row, "label/before-batch", message, "/at")


def other_guidelines(lines: Lines[Vote | Answer], guideline: str, versions: frozenset[str]) -> Iterator[Fault]:
    """`label/other-guideline`: a batch allows its own version and later ones."""
    if "guideline" not in lines.keys or guideline not in versions:
        return
    stated = set(map(attrgetter("guideline"), lines.records)) & versions
    earlier = {version for version in stated if order_of(version) < order_of(guideline)}
    for row, record in enumerate(lines.records) if earlier else ():
        if record.guideline in earlier:
            message = f"guideline: the batch follows {guideline}, and {record.guideline} is an earlier version"
            yield fault_at(lines, row, "label/other-guideline", message, "/guideline")


def label_or_skip(lines: Lines[Vote], labels: Codes) -> Iterator[Fault]:
    """`label/label-or-skip`."""
    if "skip" in lines.keys:
        skips = np.array([record.skip is not UNSET for record in lines.records], dtype=np.bool_)
    else:
        skips = np.zeros(len(labels), dtype=np.bool_)
    for row in rows_of(skips == (labels >= 0)):
        stated = "both `label` and `skip`" if skips[row] else "neither `label` nor `skip`"
        yield fault_at(lines, row, "label/label-or-skip", f"the record has {stated}")


def unknown_flags(lines: Lines[Vote], allowed: frozenset[str]) -> Iterator[Fault]:
    """`label/record` for flags that the task does not have."""
    if "flags" not in lines.keys:
        return
    for row, record in enumerate(lines.records):
        for flag in () if record.flags is UNSET else record.flags:
            if flag not in allowed:
                fix = f"flags here: {', '.join(sorted(allowed))}"
                yield fault_at(lines, row, "label/record", f"flags: {flag[:60]!r} is no flag", "/flags", fix)


def unknown_fields(lines: Lines[Vote], fields: frozenset[str]) -> Iterator[Fault]:
    """`label/record` for confidences and probabilities of fields that the task does not have."""
    for key in {"confidence", "probs"} & lines.keys:
        for row, record in enumerate(lines.records):
            stated = record.confidence if key == "confidence" else record.probs
            for name in set(stated) - fields if isinstance(stated, dict) else ():
                fix = f"fields: {', '.join(sorted(fields))}"
                yield fault_at(lines, row, "label/record", f"{key}: there is no field {name[:60]!r}", f"/{key}", fix)


def unknown_owner(file: LabelFile, lines: Lines[OnItem], known: Known) -> Iterator[Fault]:
    """`label/unknown-annotator` for a file whose owner has no roster entry; an imported file has none."""
    if lines.total and not file.sourced and not known.roster.knows(file.who):
        fix = f"add labels/annotators/{file.who}.yaml, or correct the file's name"
        message = f"{file.who} is not in the roster"
        yield Fault(line=1, rule="label/unknown-annotator", message=message, fix=fix)


def label_faults(lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, known: Known) -> Iterator[Fault]:
    """`label/schema`, `label/span` and `label/sequence` for the labels under `key`, given by index."""
    judge = known.judge
    for rule, faults in (("label/schema", judge.faults), ("label/span", judge.span_faults)):
        for row in rows_of(np.isin(labels, list(faults))) if faults else ():
            for fault in faults[int(labels[row])]:
                message = fault.message
                if rule == "label/schema":
                    message = f"{fault.pointer.removeprefix('/') or key}: {message}"
                yield fault_at(lines, row, rule, message, f"/{key}{fault.pointer}", fault.fix)
    yield from _spans_beyond(lines, labels, items, key, known)
    yield from _other_lengths(lines, labels, items, key, known)


def place_faults(
    lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, known: Known
) -> tuple[Sequence[Fault], Sequence[Fault]]:
    """What makes a label under `key` invalid in view of what its spans and boxes mark, and what is probably a slip.

    `label/span` and `label/quote`; then `label/span-twice`, `label/span-edge` and `label/box-edge`.
    """
    ground = Ground(known.judge.schema, known.pool, known.gallery)
    found: tuple[list[Fault], list[Fault]] = ([], [])
    for row, said in ground.said(lines, _unfaulted(labels, known.judge), items, key):
        fault = fault_at(lines, row, said.rule, said.message, f"/{key}{said.pointer}", said.fix)
        found[said.rule in SLIPS].append(fault)
    return found


def _unfaulted(labels: Codes, judge: Judge) -> Codes:
    """The labels that the schema admits and whose spans and boxes mark something; -1 for the others."""
    faulty = [*judge.faults, *judge.span_faults]
    return np.where(np.isin(labels, faulty), np.int32(-1), labels) if faulty else labels


def _spans_beyond(lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, known: Known) -> Iterator[Fault]:
    for source in known.judge.reach:
        reach = known.judge.reach_of(source, labels)
        lengths = known.pool.lengths[source]
        length = np.where(items >= 0, lengths[items] if len(lengths) else -1, np.iinfo(np.int32).max)
        for row in rows_of(reach > np.maximum(length, 0)):
            told = f"ends at {length[row]}" if length[row] >= 0 else "is not there"
            message = f"a span reaches to {reach[row]}, and the item's {source!r} {told}"
            beyond = _first_beyond(orjson.loads(lines.raws[key][row]), known.judge.schema, source, int(length[row]))
            yield fault_at(lines, row, "label/span", message, f"/{key}{beyond}")


def _first_beyond(label: dict[str, list[dict[str, int]]], schema: TaskSchema, source: str, length: int) -> str:
    """The pointer to the end of the first span that leaves its source."""
    marked = (field.name for field in schema.fields if field.scale is Scale.SPANS and field.source == source)
    ends = ((name, place, span["end"]) for name in marked for place, span in enumerate(label.get(name, ())))
    return next((f"/{escape(name)}/{place}/end" for name, place, end in ends if end > length), "")


def _other_lengths(lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, known: Known) -> Iterator[Fault]:
    """Sequences that do not have a value for each element of their source."""
    for field in known.judge.schema.fields:
        if field.scale is not Scale.SEQUENCE or field.source is None:
            continue
        sizes, lengths = known.judge.sizes_of(field.name, labels), known.pool.lists[field.source]
        length = np.where(items >= 0, lengths[items] if len(lengths) else -1, sizes)
        for row in rows_of((sizes >= 0) & (sizes != length)):
            fault = other_length(field, int(sizes[row]), int(length[row]))
            yield fault_at(lines, row, "label/sequence", fault.message, f"/{key}{fault.pointer}", fault.fix)


def other_length(field: Field, size: int, length: int) -> Fault:
    """What is wrong with a sequence of `size` values where its source has `length` elements (-1: it is no array)."""
    source, many = f"the item's {field.source!r}", f"{size:,} value{'' if size == 1 else 's'}"
    if length < 0:
        message, fix = f"{field.name}: {source} is no array", "write it as an array, or name another key as x-source"
    elif size < length:
        message = f"{field.name}: {many}, and {source} has {length:,} element{'' if length == 1 else 's'}"
        fix = f"give the last {length - size:,} a value, or find the element that was left out"
    else:
        message = f"{field.name}: {many}, and {source} has {length:,} element{'' if length == 1 else 's'}"
        fix = f"take {size - length:,} away: one value for each element, in their order"
    return Fault(pointer=f"/{escape(field.name)}", message=message, fix=fix)


def rows_of(mask: Mask) -> list[int]:
    """The rows of a mask."""
    return np.flatnonzero(mask).tolist()


def fault_at(lines: Lines[OnItem], row: int, rule: str, message: str, pointer: str = "", fix: str = "") -> Fault:
    """A fault of one record."""
    record = lines.records[row]
    annotator = getattr(record, "annotator", "")
    return Fault(
        line=lines.numbers[row],
        rule=rule,
        message=message,
        pointer=pointer,
        fix=fix,
        item=record.item,
        annotator=annotator,
    )
