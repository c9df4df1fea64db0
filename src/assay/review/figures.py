"""Agreement of a task before and after a change: what did not change is remembered, by the objects that git keeps."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from assay.agreement.corpus import alpha_of
from assay.git.snapshot import TreeSnapshot
from assay.guidelines.touched import lost_values
from assay.guidelines.versions import ordered_changes, version_of
from assay.labels.current import with_current
from assay.model.agreement import Coefficient, Undefined
from assay.model.review import Moved
from assay.model.schema import Field
from assay.review.base import Rules
from assay.review.remembered import Kept, Memory, kept_tally, tally_in
from assay.review.rounds import load_rounds, round_names
from assay.store.digest import digest_of_code, digest_of_parts
from assay.table import Corpus
from assay.table.columns import Mask
from assay.table.made_under import made_under
from assay.table.tally import Tally, add, tally

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
