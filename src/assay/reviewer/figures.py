"""What a change does to one task: agreement before and after, its records, and what needs a reviewer's attention."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.agreement import alpha_of
from assay.core import Coefficient, Corpus, Finding, Mask, Tally, Undefined, add_tallies, guideline_versions, tally
from assay.files import digest_of_code, digest_of_parts
from assay.git import TreeChange, TreeSnapshot
from assay.guidelines import lost_values, ordered_changes, version_of
from assay.labels import (
    ChangeKind,
    FileChange,
    FileRole,
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
from assay.reviewer.batches import batch_names, load_batch_labels
from assay.reviewer.cache import Kept, KeptTally, Memory, kept_tally, tally_in
from assay.reviewer.claims import claim_findings, sides_of
from assay.reviewer.kinds import classify_path, too_many_records
from assay.reviewer.policy import Rules
from assay.reviewer.result import Moved, RecordDiff, TaskReview

_STATES = ("closed", "open")
MOST_SHOWN = 500
_VOTES = frozenset({FileRole.ANNOTATIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The tallies of a task at one commit, by the state of the batches (`closed`, `open`) and field."""

    tallies: Mapping[tuple[str, str], Tally]


def moved(rules: Rules, before: Figures, after: Figures, fields: Collection[str], memory: Memory) -> Iterator[Moved]:
    """Alpha on the fields that were touched, before and after, where either side has units."""
    for place in [(state, field) for state in _STATES for field in sorted(fields)]:
        units = [side.tallies[place].units if place in side.tallies else 0 for side in (before, after)]
        if any(units):
            yield Moved(
                task=rules.task, batches=place[0], field=place[1], coefficient="alpha",
                before=_alpha(before, place, memory), after=_alpha(after, place, memory),
                units_before=units[0], units_after=units[1],
            )  # fmt: skip


def figures(tree: TreeSnapshot, rules: Rules, memory: Memory) -> Figures:
    """The tallies of every batch of the task; each group of batches that share items is cached under its content."""
    keys = _keys(tree, rules)
    held = _held_by(tree, rules, keys, memory)
    since = _earliest(entry.since for entry in held.values())
    parts: dict[tuple[str, str], list[Tally]] = {}
    for group in _groups(held):
        for place, part in _group(tree, rules, group, keys, since, memory).items():
            parts.setdefault(place, []).append(part)
    return Figures(tallies={place: add_tallies(*tallies) for place, tallies in parts.items()})


def note_all(tree: TreeSnapshot, rules: Rules, corpus: Corpus, memory: Memory) -> None:
    """Caches from a task's whole corpus what `figures` would otherwise read batch by batch."""
    keys = _keys(tree, rules)
    codes = {batch.name: code for code, batch in enumerate(corpus.batches)}
    digests = _digests(corpus.items.ids)
    rows, asked = corpus.annotations, corpus.assignments
    held: dict[str, Kept] = {}
    for name, key in keys.items():
        code = codes.get(name, -1)
        items = digests[np.union1d(rows.item[rows.batch == code], asked.item[asked.batch == code])]
        held[name] = Kept(
            items=items.tobytes(), since=_since(corpus, rules, slice(*np.searchsorted(rows.batch, [code, code + 1])))
        )
        memory.put(f"items:{key}", held[name])
    since = _earliest(entry.since for entry in held.values())
    for group in _groups(held):
        inside = np.isin(rows.batch, [codes[name] for name in group if name in codes])
        memory.put(_group_key([keys[name] for name in group], since), _kept(corpus, rules, inside))


def sharing(tree: TreeSnapshot, rules: Rules, batches: Collection[str], memory: Memory) -> tuple[str, ...]:
    """These batches, and those that share an item with one of them, directly or through others."""
    groups = _groups(_held_by(tree, rules, _keys(tree, rules), memory))
    return tuple(sorted(name for group in groups if not set(batches).isdisjoint(group) for name in group))


def _alpha(of: Figures, place: tuple[str, str], memory: Memory) -> Coefficient:
    whole = of.tallies.get(place)
    if whole is None:
        return Coefficient(value=None, reason=Undefined.NO_PAIRABLE_UNITS.value)
    parts = (digest_of_code().encode(), repr(whole.field).encode(), msgspec.msgpack.encode(kept_tally(whole)))
    key = f"alpha:{digest_of_parts(parts)}"
    known = memory.get(key) or Kept(coefficients={"alpha": alpha_of(whole)})
    memory.put(key, known)
    return known.coefficients["alpha"]


def _held_by(tree: TreeSnapshot, rules: Rules, keys: Mapping[str, str], memory: Memory) -> Mapping[str, Kept]:
    """The items of each batch (votes and assignments), and the version since which its labels have each field."""
    found: dict[str, Kept] = {}
    for name, key in keys.items():
        known = memory.get(f"items:{key}")
        if known is None:
            corpus = load_batch_labels(tree, rules, [name], gold=False).corpus
            codes = np.union1d(corpus.annotations.item, corpus.assignments.item).tolist()
            items = _digests([corpus.items.ids[code] for code in codes])
            known = Kept(items=items.tobytes(), since=_since(corpus, rules, slice(None)))
            memory.put(_group_key([key], {}), _kept(corpus, rules))
        memory.put(f"items:{key}", known)
        found[name] = known
    return found


def _since(corpus: Corpus, rules: Rules, rows: slice) -> dict[str, str]:
    """By field the earliest version under which one of the annotations has it, or had it before a migration."""
    made = guideline_versions(corpus)
    lost = lost_values(corpus, made, rules.revision.schema.migrations)
    found: dict[str, str] = {}
    for name, column in corpus.annotations.fields.items():
        under = np.unique(made.codes[rows][(column.codes >= 0)[rows] | lost[name][rows]]).tolist()
        if under:
            found[name] = min((made.values[code] for code in under), key=version_of)
    return found


def _earliest(several: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for since in several:
        for name, version in since.items():
            found[name] = min(found.get(name, version), version, key=version_of)
    return found


def _digests(ids: Iterable[str]) -> NDArray[np.uint64]:
    digests = (hashlib.blake2b(item.encode(), digest_size=8).digest() for item in ids)
    return np.frombuffer(b"".join(digests), dtype=np.uint64)


def _groups(held: Mapping[str, Kept]) -> Iterator[tuple[str, ...]]:
    """Batches that share an item, directly or through others: all current votes of an item are in one group."""
    names = list(held)
    leader = list(range(len(names)))

    def find(number: int) -> int:
        while leader[number] != number:
            number = leader[number]
        return number

    # Neighbours in the order of (item, batch) with the same item are enough to join all batches that share one.
    items = [np.frombuffer(entry.items, dtype=np.uint64) for entry in held.values()]
    digests = np.concatenate([np.empty(0, dtype=np.uint64), *items])
    batches = np.repeat(np.arange(len(items)), np.array([*map(len, items)], dtype=np.int64))
    order = np.lexsort((batches, digests))
    same = digests[order[1:]] == digests[order[:-1]]
    pairs = np.column_stack([batches[order[:-1]], batches[order[1:]]])[same]
    for first, second in np.unique(pairs, axis=0).tolist():
        leader[find(second)] = find(first)
    groups: dict[int, list[str]] = {}
    for number, name in enumerate(names):
        groups.setdefault(find(number), []).append(name)
    yield from map(tuple, groups.values())


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
        corpus = load_batch_labels(tree, rules, group, gold=False).corpus
        first = {field.name: version_of(since[field.name]) if field.name in since else None for field in fields}
        known = _kept(with_current(corpus, rules.revision.guideline, rules.revision.schema.migrations, first), rules)
    memory.put(key, known)
    named = {field.name: field for field in fields}
    found: dict[tuple[str, str], Tally] = {}
    for place, kept in known.tallies.items():
        state, _, name = place.partition("/")
        found[state, name] = tally_in(kept, named[name])
    return found


def _group_key(keys: Sequence[str], since: Mapping[str, str]) -> str:
    """The key of a group's content; of a single batch no newer version of another batch matters."""
    elsewhere = [repr(sorted(since.items()))] if len(keys) > 1 else []
    return f"group:{digest_of_parts(part.encode() for part in (*keys, *elsewhere))}"


def _kept(corpus: Corpus, rules: Rules, inside: Mask | None = None) -> Kept:
    masks = (corpus.annotations.current, corpus.annotations.open)
    kept: dict[str, KeptTally] = {}
    for field in rules.revision.schema.fields:
        for state, rows in zip(_STATES, masks, strict=True):
            found = tally(corpus, field, rows if inside is None else rows & inside)
            if len(found.patterns):
                kept[f"{state}/{field.name}"] = kept_tally(found)
    return Kept(tallies=kept)


def _keys(tree: TreeSnapshot, rules: Rules) -> Mapping[str, str]:
    """The content of each batch with all that it is read by: the base's schema, guideline and roster, and the items."""
    revision, roster = rules.revision, rules.roster
    counting = sorted((who, entry.kind.value, entry.counts, entry.until) for who, entry in roster.annotators.items())
    stated = (
        revision.stated,
        revision.schema.migrations,
        ordered_changes(revision.guideline),
        (counting, sorted(roster.same.items())),
    )
    items = (f"{path} {tree.entries[path].object}" for path in tree.under(f"labels/items/{rules.pool}"))
    common = digest_of_parts(map(str.encode, (digest_of_code(), *map(repr, stated), *items))).encode()
    folders = {name: f"labels/{rules.task}/{name}" for name in batch_names(tree, rules.task)}
    digests = {name: tree.folders[folder].encode() for name, folder in folders.items()}
    return {name: digest_of_parts((common, name.encode(), digest)) for name, digest in digests.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedTask:
    """A task's part of the report, and the findings on the claims of its changed records."""

    report: TaskReview
    findings: tuple[Finding, ...]


def record_changes(
    before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], limits: ReviewLimits
) -> tuple[tuple[FileChange, ...], tuple[Finding, ...]]:
    """The label files among the changes, compared record by record; only plain files are read.

    Where more lines change than a review reads, no record is compared, and that is a finding.
    """
    files = [file for change in changes if (file := label_file(change.path)) is not None]
    old, new = (side.read_all(file.path for file in files) for side in (before, after))
    sides = {file: (old.get(file.path, b""), new.get(file.path, b"")) for file in files}
    over = too_many_records({file.path: changed_lines(*bytes_of) for file, bytes_of in sides.items()}, limits)
    return (() if over else tuple(diff_file(file, *bytes_of) for file, bytes_of in sides.items())), over


def review_task(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, files: Sequence[FileChange], memory: Memory, moment: str
) -> ReviewedTask:
    """Reads the batches of the files, before and after, by the base's rules; the other batches come from the cache.

    `moment` is what the times of the change are compared with (RFC 3339, UTC; empty: no clock).
    """
    batches = sorted({file.file.batch for file in files if file.file.batch})
    there = (set(batch_names(side, rules.task)) for side in (before, after))
    old, new = (
        load_batch_labels(side, rules, [name for name in batches if name in names], now=moment or None)
        for side, names in zip((before, after), there, strict=True)
    )
    lines = {(file.file.path, change.after.number) for file in files for change in file.records if change.after}
    items = frozenset(change.key[0] for file in files for change in file.records)
    was, now = (Answers(side.corpus, items) for side in (old, new))
    fields = rules.revision.schema.fields
    votes = [(file.file.path, change) for file in files if file.file.role in _VOTES for change in file.records]
    places = {(path, change.after.number) for path, change in votes if change.after is not None}
    table = new.corpus.annotations
    rows = [row for row in now.rows if (table.path.values[table.path.codes[row]], int(table.line[row])) in places]
    touched = frozenset(field.name for field in fields) & {turn.field for _, one in votes for turn in turns_of(one)}
    figured = [figures(side, rules, memory) for side in (before, after)] if touched else []
    sides = sides_of(rules, before, after, files, new.corpus)
    late = (found for found in new.findings if found.rule == "label/future-time")
    timed = [found for found in late if (found.at.path, found.at.line) in lines]
    report = TaskReview(
        task=rules.task,
        **{kind.value: sum(len(file.of(kind)) for file in files) for kind in ChangeKind},
        shown=tuple(islice(_shown(files, was, now), MOST_SHOWN)),
        moved=tuple(moved(rules, figured[0], figured[1], touched, memory)) if figured else (),
        disputes=tuple(new_disputes(rules.task, was, now, fields)),
        single=decided_by_one(was, now),
        gold=tuple(gold_misses(rules.task, now, rows, fields)),
        authors=tuple(authors(rules.task, now, rows, fields)),
        peeked=peeked(was, now, rows),
    )
    return ReviewedTask(report=report, findings=(*timed, *claim_findings(sides, files)))


def _shown(files: Sequence[FileChange], was: Answers, now: Answers) -> Iterator[RecordDiff]:
    for file in files:
        kind, who = classify_path(file.file.path).kind.name, file.file.who
        for change in file.records:
            item = change.key[0]
            yield RecordDiff(
                path=file.file.path, line=change.after.number if change.after else 0, kind=kind,
                change=change.kind.value, task=file.file.task, batch=file.file.batch, item=item,
                who=f"{who}/{change.key[-1]}" if file.file.sourced and len(change.key) > 1 else who,
                text=now.text(item) or was.text(item),
                fields=tuple((turn.field, turn.before, turn.after) for turn in turns_of(change)),
                claims=tuple((turn.field, clipped(turn.before), clipped(turn.after)) for turn in claims_of(change)),
            )  # fmt: skip


def by_task(files: Sequence[FileChange]) -> Mapping[str, Sequence[FileChange]]:
    """The files by their task; pools and sources belong to none."""
    found: dict[str, list[FileChange]] = {}
    for file in files:
        if file.file.task and not file.is_empty:
            found.setdefault(file.file.task, []).append(file)
    return found
