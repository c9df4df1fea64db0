"""What a change does to one task: agreement before and after, records, what a reviewer should look at."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.agreement import alpha_of
from assay.core import Coefficient, Corpus, Field, Finding, Mask, Tally, Undefined, add, made_under, tally
from assay.files import digest_of_code, digest_of_parts
from assay.git import TreeChange, TreeSnapshot
from assay.guidelines import lost_values, ordered_changes, version_of
from assay.labels import (
    ChangeKind,
    FileChange,
    FileRole,
    RecordChange,
    changed_lines,
    claims_of,
    diff_file,
    label_file,
    turns_of,
    with_current,
)
from assay.project import ReviewLimits
from assay.render import clipped
from assay.reviewer.answers import Answers, authors, decided_by_one, gold_misses, new_disputes, peeked
from assay.reviewer.batches import load_rounds, round_names
from assay.reviewer.cache import Kept, Memory, kept_tally, tally_in
from assay.reviewer.claims import claim_findings, sides_of
from assay.reviewer.kinds import place_of, too_many_records
from assay.reviewer.policy import Rules
from assay.reviewer.result import Moved, RecordDiff, TaskReview

Digests: TypeAlias = NDArray[np.uint64]

_ROUNDS = ("closed", "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The tallies of a task at one commit, by rounds (`closed`, `open`) and field."""

    tallies: Mapping[tuple[str, str], Tally]


def moved(rules: Rules, before: Figures, after: Figures, fields: Collection[str], memory: Memory) -> Iterator[Moved]:
    """Alpha on the fields that were touched, before and after, where either has something to compare."""
    for rounds in _ROUNDS:
        for field in sorted(fields):
            old, new = before.tallies.get((rounds, field)), after.tallies.get((rounds, field))
            units = [one.units if one else 0 for one in (old, new)]
            if any(units):
                yield Moved(
                    task=rules.task, field=field, rounds=rounds, coefficient="alpha",
                    before=_alpha(before, (rounds, field), memory), after=_alpha(after, (rounds, field), memory), units_before=units[0], units_after=units[1],
                )  # fmt: skip


def figures(tree: TreeSnapshot, rules: Rules, memory: Memory) -> Figures:
    """Every round of the task, each group of rounds that share items counted once and remembered under its content."""
    keys = _keys(tree, rules)
    held = _held_by(tree, rules, keys, memory)
    since = _earliest(one.since for one in held.values())
    parts: dict[tuple[str, str], list[Tally]] = {}
    for group in _groups(held):
        for place, part in _group(tree, rules, group, keys, since, memory).items():
            parts.setdefault(place, []).append(part)
    return Figures(tallies={place: add(*some) for place, some in parts.items()})


def note_all(tree: TreeSnapshot, rules: Rules, corpus: Corpus, memory: Memory) -> None:
    """Notes from a task's whole corpus what `figures` would otherwise read batch by batch."""
    keys = _keys(tree, rules)
    codes = {batch.name: code for code, batch in enumerate(corpus.batches)}
    digests = _digests(corpus.items.ids)
    rows, asked = corpus.annotations, corpus.assignments
    held: dict[str, Kept] = {}
    for name, key in keys.items():
        code = codes.get(name, -1)
        items = digests[np.union1d(rows.item[rows.batch == code], asked.item[asked.batch == code])]
        held[name] = Kept(
            items=items.tobytes(), since=_carried(corpus, rules, slice(*np.searchsorted(rows.batch, [code, code + 1])))
        )
        memory.put(f"items:{key}", held[name])
    since = _earliest(one.since for one in held.values())
    for group in _groups(held):
        inside = np.isin(rows.batch, [codes[name] for name in group if name in codes])
        memory.put(_group_key([keys[name] for name in group], since), _kept(corpus, rules, inside))


def sharing(tree: TreeSnapshot, rules: Rules, batches: Collection[str], memory: Memory) -> tuple[str, ...]:
    """The batches that hold an item in common with one of these, directly or by way of others, and these."""
    groups = _groups(_held_by(tree, rules, _keys(tree, rules), memory))
    return tuple(sorted(name for group in groups if not set(batches).isdisjoint(group) for name in group))


def _alpha(of: Figures, place: tuple[str, str], memory: Memory) -> Coefficient:
    whole = of.tallies.get(place)
    if whole is None:
        return Coefficient(value=None, reason=Undefined.NO_PAIRABLE_UNITS.value)
    key = f"alpha:{_content(whole)}"
    known = memory.get(key) or Kept(coefficients={"alpha": _measured(whole)})
    memory.put(key, known)
    return known.coefficients["alpha"]


def _content(whole: Tally) -> str:
    """A tally by what it holds: what did not change is not measured again, whatever else did."""
    return digest_of_parts(
        (digest_of_code().encode(), repr(whole.field).encode(), msgspec.msgpack.encode(kept_tally(whole)))
    )


def _measured(whole: Tally) -> Coefficient:
    return alpha_of(whole)


def _held_by(tree: TreeSnapshot, rules: Rules, keys: Mapping[str, str], memory: Memory) -> Mapping[str, Kept]:
    """What each batch holds, and since when its labels carry each field."""
    found: dict[str, Kept] = {}
    for name, key in keys.items():
        known = memory.get(f"items:{key}")
        if known is None:
            corpus = load_rounds(tree, rules, [name], gold=False).corpus
            known = Kept(items=_held(corpus).tobytes(), since=_carried(corpus, rules, slice(None)))
            memory.put(_group_key([key], {}), _kept(corpus, rules))
        memory.put(f"items:{key}", known)
        found[name] = known
    return found


def _carried(corpus: Corpus, rules: Rules, rows: slice) -> dict[str, str]:
    """The earliest version under which some of the annotations carry each field that they carry, or lost since."""
    made = made_under(corpus)
    lost = lost_values(corpus, made, rules.revision.schema.migrations)
    found: dict[str, str] = {}
    for name, column in corpus.annotations.fields.items():
        under = np.unique(made.codes[rows][(column.codes >= 0)[rows] | lost[name][rows]]).tolist()
        if under:
            found[name] = min((made.values[code] for code in under), key=version_of)
    return found


def _earliest(several: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """The earliest version of each field, of all batches."""
    found: dict[str, str] = {}
    for carried in several:
        for name, version in carried.items():
            found[name] = min(found.get(name, version), version, key=version_of)
    return found


def _held(corpus: Corpus) -> Digests:
    """Short digests of the items that a round holds, votes and assignments alike."""
    codes = np.union1d(corpus.annotations.item, corpus.assignments.item)
    return _digests([corpus.items.ids[code] for code in codes.tolist()])


def _digests(ids: Iterable[str]) -> Digests:
    named = (hashlib.blake2b(one.encode(), digest_size=8).digest() for one in ids)
    return np.frombuffer(b"".join(named), dtype=np.uint64)


def _groups(held: Mapping[str, Kept]) -> Iterator[tuple[str, ...]]:
    """Rounds that hold an item in common, directly or by way of others; all current votes of an item are among them."""
    names = list(held)
    leader = list(range(len(names)))

    def find(number: int) -> int:
        while leader[number] != number:
            number = leader[number]
        return number

    for first, second in _sharing([np.frombuffer(one.items, dtype=np.uint64) for one in held.values()]):
        leader[find(second)] = find(first)
    groups: dict[int, list[str]] = {}
    for number, name in enumerate(names):
        groups.setdefault(find(number), []).append(name)
    yield from map(tuple, groups.values())


def _sharing(items: Sequence[Digests]) -> list[tuple[int, int]]:
    """Pairs of rounds that neighbour each other at an item: enough of them to join all that share one."""
    if not items:
        return []
    digests = np.concatenate(items)
    rounds = np.repeat(np.arange(len(items)), [len(held) for held in items])
    order = np.lexsort((rounds, digests))
    same = digests[order[1:]] == digests[order[:-1]]
    pairs = np.column_stack([rounds[order[:-1]], rounds[order[1:]]])[same]
    return [(first, second) for first, second in np.unique(pairs, axis=0).tolist()]


def _group(
    tree: TreeSnapshot,
    rules: Rules,
    group: Sequence[str],
    keys: Mapping[str, str],
    since: Mapping[str, str],
    memory: Memory,
) -> Mapping[tuple[str, str], Tally]:
    fields = rules.revision.schema.fields
    key = _group_key([keys[name] for name in group], since)
    known = memory.get(key)
    if known is None:
        corpus = load_rounds(tree, rules, group, gold=False).corpus
        first = {field.name: version_of(since[field.name]) if field.name in since else None for field in fields}
        known = _kept(with_current(corpus, rules.revision.guideline, rules.revision.schema.migrations, first), rules)
    memory.put(key, known)
    named = {field.name: field for field in fields}
    return {_place(place): tally_in(kept, named[_place(place)[1]]) for place, kept in known.tallies.items()}


def _group_key(keys: Sequence[str], since: Mapping[str, str]) -> str:
    """The content of a group; where it is one batch alone, nothing newer can take what it says."""
    elsewhere = [repr(sorted(since.items()))] if len(keys) > 1 else []
    return f"group:{digest_of_parts(part.encode() for part in (*keys, *elsewhere))}"


def _kept(corpus: Corpus, rules: Rules, inside: Mask | None = None) -> Kept:
    """The tallies of a corpus, of the rows `inside` alone where they are given."""
    fields = rules.revision.schema.fields
    return Kept(tallies={place: kept_tally(one) for place, one in _tallies(corpus, fields, inside)})


def _tallies(corpus: Corpus, fields: Iterable[Field], inside: Mask | None) -> Iterator[tuple[str, Tally]]:
    masks = (corpus.annotations.current, corpus.annotations.open)
    for field in fields:
        for rounds, rows in zip(_ROUNDS, masks, strict=True):
            found = tally(corpus, field, rows if inside is None else rows & inside)
            if len(found.patterns):
                yield f"{rounds}/{field.name}", found


def _place(text: str) -> tuple[str, str]:
    rounds, _, field = text.partition("/")
    return rounds, field


def _common(tree: TreeSnapshot, rules: Rules) -> str:
    """What every round of a task is read by: the base's schema, guideline and roster, and the items."""
    revision = rules.revision
    roster = rules.roster
    counting = sorted((who, one.kind.value, one.counts, one.until) for who, one in roster.annotators.items())
    people = repr((counting, sorted(roster.same.items())))
    items = [f"{path} {tree.entries[path].object}" for path in tree.under(f"labels/items/{rules.pool}")]
    stated = (
        digest_of_code().encode(),
        repr(revision.stated).encode(),
        repr(revision.schema.migrations).encode(),
        repr(ordered_changes(revision.guideline)).encode(),
    )
    return digest_of_parts((*stated, people.encode(), *map(str.encode, items)))


def _keys(tree: TreeSnapshot, rules: Rules) -> Mapping[str, str]:
    """The content of each batch, with what it is read by."""
    common = _common(tree, rules).encode()
    folders = {name: f"labels/{rules.task}/{name}" for name in round_names(tree, rules.task)}
    return {
        name: digest_of_parts((common, name.encode(), tree.folders[folder].encode()))
        for name, folder in folders.items()
    }


MOST_SHOWN = 500
_VOTES = frozenset({FileRole.ANNOTATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A task's part of the report, and what is wrong with what its changed records claim."""

    report: TaskReview
    findings: tuple[Finding, ...]


def record_changes(
    before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], limits: ReviewLimits
) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
    """The label files among the changes, compared record by record; only plain files are read.

    Where more lines change than a review reads no record is, and that is a finding.
    """
    files = [file for one in changes if (file := label_file(one.path)) is not None]
    old, new = (side.read_all(file.path for file in files) for side in (before, after))
    sides = {file: (old.get(file.path, b""), new.get(file.path, b"")) for file in files}
    over = too_many_records({file.path: changed_lines(*bytes_of) for file, bytes_of in sides.items()}, limits)
    return (() if over else tuple(diff_file(file, *bytes_of) for file, bytes_of in sides.items())), over


def review_task(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, files: Sequence[FileChange], memory: Memory, moment: str
) -> Reviewed:
    """Reads the batches that the files lie in, before and after, by the base's rules; the others are remembered.

    `moment` is what the times of the change are held against (RFC 3339, UTC; empty: no clock).
    """
    batches = sorted({file.file.batch for file in files if file.file.batch})
    there = (set(round_names(side, rules.task)) for side in (before, after))
    old, new = (
        load_rounds(side, rules, [name for name in batches if name in names], now=moment or None)
        for side, names in zip((before, after), there, strict=True)
    )
    lines = {(file.file.path, change.after.number) for file in files for change in file.records if change.after}
    items = frozenset(
        change.key[0] for file in files for change in file.records if file.file.role is not FileRole.ITEMS
    )
    was, now = (Answers(side.corpus, items) for side in (old, new))
    fields = rules.revision.schema.fields
    rows = _rows(now, files)
    changed = (change for file in files if file.file.role in _VOTES for change in file.records)
    touched = frozenset(field.name for field in fields) & {turn.field for one in changed for turn in turns_of(one)}
    sides = sides_of(rules, before, after, files, (old.corpus, new.corpus))
    timed = [one for one in new.findings if one.rule == "label/future-time" and (one.at.path, one.at.line) in lines]
    report = TaskReview(
        task=rules.task,
        **{kind.value: sum(len(file.of(kind)) for file in files) for kind in ChangeKind},
        shown=tuple(islice(_shown(files, was, now), MOST_SHOWN)),
        moved=_moved(rules, before, after, touched, memory),
        disputes=tuple(new_disputes(rules.task, was, now, fields)),
        single=decided_by_one(was, now),
        gold=tuple(gold_misses(rules.task, now, rows, fields)),
        authors=tuple(authors(rules.task, now, rows, fields)),
        peeked=peeked(was, now, rows),
    )
    return Reviewed(report=report, findings=(*timed, *claim_findings(sides, files)))


def _moved(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, touched: frozenset[str], memory: Memory
) -> tuple[Moved, ...]:
    if not touched:
        return ()
    return tuple(moved(rules, figures(before, rules, memory), figures(after, rules, memory), touched, memory))


def _rows(now: Answers, files: Sequence[FileChange]) -> tuple[int, ...]:
    """The rows of the votes that were added or changed."""
    votes = (file for file in files if file.file.role in _VOTES)
    places = {
        (file.file.path, change.after.number) for file in votes for change in file.records if change.after is not None
    }
    table = now.corpus.annotations
    return tuple(row for row in now.rows if (table.path.values[table.path.codes[row]], int(table.line[row])) in places)


def _shown(files: Sequence[FileChange], was: Answers, now: Answers) -> Iterator[RecordDiff]:
    for file in files:
        kind = place_of(file.file.path).kind.name
        for change in file.records:
            item = change.key[0] if file.file.role is not FileRole.SOURCE else ""
            yield RecordDiff(
                path=file.file.path,
                line=change.after.number if change.after else 0,
                kind=kind,
                change=change.kind.value,
                task=file.file.task,
                batch=file.file.batch,
                item=item,
                who=_who(file, change),
                text=now.text(item) or was.text(item),
                fields=tuple((turn.field, turn.before, turn.after) for turn in turns_of(change)),
                claims=tuple((turn.field, clipped(turn.before), clipped(turn.after)) for turn in claims_of(change)),
            )


def _who(file: FileChange, change: RecordChange) -> str:
    return f"{file.file.who}/{change.key[-1]}" if file.file.sourced and len(change.key) > 1 else file.file.who


def by_task(files: Sequence[FileChange]) -> Mapping[str, Sequence[FileChange]]:
    """The files by the task they belong to; pools and sources belong to none."""
    found: dict[str, list[FileChange]] = {}
    for file in files:
        if file.file.task and not file.is_empty:
            found.setdefault(file.file.task, []).append(file)
    return found
