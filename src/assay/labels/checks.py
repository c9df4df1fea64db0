"""The rules for records beyond their form: one function a rule, each over all records of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import attrgetter, is_

import numpy as np
import orjson
from msgspec import UNSET
from numpy.typing import NDArray

from assay.core import Codes, Fault, Field, Mask, Scale, escape
from assay.labels.items import Pool
from assay.labels.judge import Judge, lookup
from assay.labels.media import Gallery
from assay.labels.paths import LabelFile
from assay.labels.places import MarkCheck
from assay.labels.reader import Lines
from assay.labels.records import Answer, OnItem, Returned, Vote
from assay.labels.times import ABSENT, WRONG, in_utc, moments
from assay.project import Roster, order_of

SLIPS = frozenset({"label/span-twice", "label/span-edge", "label/box-edge"})
"""The warnings about marks, which are probably slips: the page and the sheet show them when the answer is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelContext:
    """What records are checked against; `latest` is the last time that is not in the future (microseconds since 1970), None: no clock.

    `gallery` has the pictures of boxes; None: they are not looked at.
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
    """The position of each record's item in the pool; -1 if it is not there."""
    codes = map(pool.index.get, map(attrgetter("item"), lines.records), repeat(-1))
    return np.fromiter(codes, dtype=np.int32, count=len(lines.records))


def unknown_items(lines: Lines[OnItem], items: Codes, pool: Pool) -> Iterator[Fault]:
    """`label/unknown-item`; none where part of the pool is missing, which is one finding of its own."""
    for row in true_rows(items < 0) if pool.whole else ():
        item = lines.records[row].item
        if item not in pool.broken:
            yield fault_at(lines, row, "label/unknown-item", f"item {item[:80]!r} is not in the pool", "/item")


def repeated_items(lines: Lines[OnItem], keys: NDArray[np.int64], items: Codes) -> Iterator[Fault]:
    """`label/duplicate-item`; `keys` are equal where two records are about the same thing."""
    if len(keys) < 2 or bool(np.all(np.diff(keys) > 0)):
        return
    first: dict[int, int] = {}
    for row in true_rows(items >= 0):
        earlier = first.setdefault(int(keys[row]), row)
        if earlier != row:
            message = f"item {lines.records[row].item!r} is already on line {lines.numbers[earlier]}"
            yield fault_at(lines, row, "label/duplicate-item", message, "/item")


def times(lines: Lines[Vote | Answer | Returned]) -> NDArray[np.int64]:
    """When each record was made, as `moments` gives it."""
    if "at" not in lines.keys:
        return np.full(len(lines.records), ABSENT, dtype=np.int64)
    return moments(list(map(attrgetter("at"), lines.records)))


def bad_times(lines: Lines[Vote | Answer | Returned], at: NDArray[np.int64]) -> Iterator[Fault]:
    """`label/bad-time`."""
    for row in true_rows(np.asarray(at == WRONG, dtype=np.bool_)):
        stated = str(lines.records[row].at)
        utc = in_utc(stated)
        message = (
            f"at: {stated[:60]!r} is not a valid RFC 3339 time" if utc is None else f"at: {stated!r} is not in UTC"
        )
        yield fault_at(lines, row, "label/bad-time", message, "/at", f"write {utc}" if utc else "")


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
    """`label/future-time` after `latest`, `label/before-batch` before `created`; None: the bound is unknown."""
    if "at" not in lines.keys:
        return
    if latest is not None:
        for row in true_rows(np.asarray(at > latest, dtype=np.bool_)):
            message = f"at: {str(lines.records[row].at)[:60]} is in the future"
            yield fault_at(lines, row, "label/future-time", message, "/at")
    if created is not None:
        for row in true_rows(np.asarray((at > WRONG) & (at < created), dtype=np.bool_)):
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
        absent = map(is_, map(attrgetter("skip"), lines.records), repeat(UNSET))
        skips = ~np.fromiter(absent, dtype=np.bool_, count=len(labels))
    else:
        skips = np.zeros(len(labels), dtype=np.bool_)
    for row in true_rows(skips == (labels >= 0)):
        stated = "both `label` and `skip`" if skips[row] else "neither `label` nor `skip`"
        yield fault_at(lines, row, "label/label-or-skip", f"the record has {stated}")


def unknown_flags(lines: Lines[Vote], allowed: frozenset[str]) -> Iterator[Fault]:
    """`label/record` for flags that the task does not have."""
    stated = set(map(attrgetter("flags"), lines.records)) - {UNSET} if "flags" in lines.keys else ()
    if allowed.issuperset(chain.from_iterable(stated)):
        return
    for row, record in enumerate(lines.records):
        for flag in () if record.flags is UNSET else record.flags:
            if flag not in allowed:
                message = f"flags: {flag[:60]!r} is not a flag of this task"
                fix = f"flags here: {', '.join(sorted(allowed))}"
                yield fault_at(lines, row, "label/record", message, "/flags", fix)


def unknown_fields(lines: Lines[Vote], fields: frozenset[str]) -> Iterator[Fault]:
    """`label/record` for confidences and probabilities of fields that the task does not have."""
    for key in {"confidence", "probs"} & lines.keys:
        for row, record in enumerate(lines.records):
            stated = record.confidence if key == "confidence" else record.probs
            for name in set(stated) - fields if isinstance(stated, dict) else ():
                fix = f"fields: {', '.join(sorted(fields))}"
                yield fault_at(lines, row, "label/record", f"{key}: unknown field {name[:60]!r}", f"/{key}", fix)


def unknown_owner(file: LabelFile, lines: Lines[OnItem], context: LabelContext) -> Iterator[Fault]:
    """`label/unknown-annotator` for a file whose owner has no roster entry; an imported file has no owner."""
    if lines.total and not file.sourced and not context.roster.knows(file.who):
        fix = f"add labels/annotators/{file.who}.yaml, or correct the file's name"
        message = f"{file.who} is not in the roster"
        yield Fault(line=1, rule="label/unknown-annotator", message=message, fix=fix)


def schema_faults(
    lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, context: LabelContext
) -> Iterator[Fault]:
    """`label/schema`, `label/span` and `label/sequence` for the labels under `key`, given by index."""
    judge = context.judge
    for rule, faults in (("label/schema", judge.faults), ("label/span", judge.span_faults)):
        for row in true_rows(np.isin(labels, list(faults))) if faults else ():
            for fault in faults[int(labels[row])]:
                message = fault.message
                if rule == "label/schema":
                    message = f"{fault.pointer.removeprefix('/') or key}: {message}"
                yield fault_at(lines, row, rule, message, f"/{key}{fault.pointer}", fault.fix)
    yield from _spans_beyond(lines, labels, items, key, context)
    yield from _other_lengths(lines, labels, items, key, context)


def place_faults(
    lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, context: LabelContext
) -> tuple[Sequence[Fault], Sequence[Fault]]:
    """The faults of the spans and boxes of labels under `key`, and the warnings about probable mistakes.

    `label/span` and `label/quote`; then `label/span-twice`, `label/span-edge` and `label/box-edge`.
    """
    check = MarkCheck(context.judge.schema, context.pool, context.gallery)
    found: tuple[list[Fault], list[Fault]] = ([], [])
    faulty = [*context.judge.faults, *context.judge.span_faults]
    valid = np.where(np.isin(labels, faulty), np.int32(-1), labels) if faulty else labels
    for row, mark in check.faults(lines, valid, items, key):
        fault = fault_at(lines, row, mark.rule, mark.message, f"/{key}{mark.pointer}", mark.fix)
        found[mark.rule in SLIPS].append(fault)
    return found


def _spans_beyond(
    lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, context: LabelContext
) -> Iterator[Fault]:
    for source in context.judge.reach:
        reach = np.maximum(lookup(context.judge.reach[source], labels), 0)
        lengths = context.pool.lengths[source]
        fields = context.judge.schema.fields
        marked = [field.name for field in fields if field.scale is Scale.SPANS and field.source == source]
        length = np.where(items >= 0, lengths[items] if len(lengths) else -1, np.iinfo(np.int32).max)
        for row in true_rows(reach > np.maximum(length, 0)):
            limit = f"ends at {length[row]}" if length[row] >= 0 else "is missing"
            message = f"a span ends at {reach[row]}, and the item's {source!r} {limit}"
            label = orjson.loads(lines.raws[key][row])
            ends = ((name, place, span["end"]) for name in marked for place, span in enumerate(label.get(name, ())))
            first = (f"/{escape(name)}/{place}/end" for name, place, end in ends if end > length[row])
            yield fault_at(lines, row, "label/span", message, f"/{key}{next(first, '')}")


def _other_lengths(
    lines: Lines[Vote | Answer], labels: Codes, items: Codes, key: str, context: LabelContext
) -> Iterator[Fault]:
    """Sequences that do not have a value for each element of their source."""
    for field in context.judge.schema.fields:
        if field.scale is not Scale.SEQUENCE or field.source is None:
            continue
        sizes, lengths = lookup(context.judge.sizes[field.name], labels), context.pool.lists[field.source]
        length = np.where(items >= 0, lengths[items] if len(lengths) else -1, sizes)
        for row in true_rows((sizes >= 0) & (sizes != length)):
            fault = other_length(field, int(sizes[row]), int(length[row]))
            yield fault_at(lines, row, "label/sequence", fault.message, f"/{key}{fault.pointer}", fault.fix)


def other_length(field: Field, size: int, length: int) -> Fault:
    """The fault of a sequence of `size` values whose source has `length` elements (-1: not an array)."""
    source, many = f"the item's {field.source!r}", f"{size:,} value{'' if size == 1 else 's'}"
    message = f"{field.name}: {many}, and {source} has {length:,} element{'' if length == 1 else 's'}"
    if length < 0:
        message, fix = (
            f"{field.name}: {source} is not an array",
            "write it as an array, or name another key as x-source",
        )
    elif size < length:
        fix = f"give the last {length - size:,} a value, or find the missing element"
    else:
        fix = f"remove {size - length:,}: one value for each element, in order"
    return Fault(pointer=f"/{escape(field.name)}", message=message, fix=fix)


def true_rows(mask: Mask) -> list[int]:
    """The rows of a mask."""
    return np.flatnonzero(mask).tolist()


def fault_at(lines: Lines[OnItem], row: int, rule: str, message: str, pointer: str = "", fix: str = "") -> Fault:
    """A fault of one record."""
    line, item = lines.numbers[row], lines.records[row].item
    who = getattr(lines.records[row], "annotator", "")
    return Fault(line=line, rule=rule, message=message, pointer=pointer, fix=fix, item=item, annotator=who)
