"""The batches that a change touches: their labels in a tree, edits of closed ones, votes that a roster change moves."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

import orjson

from assay.core import Batch, Finding, Location, VotesTaken, counting_in, finding, legible
from assay.errors import ConfigError, LimitError, UsageError
from assay.files import pointed
from assay.git import Objects, TreeChange, TreeSnapshot
from assay.labels import (
    ITEM,
    FileRole,
    Gallery,
    Judge,
    Known,
    LabelFile,
    Layout,
    Loaded,
    Pool,
    Shelf,
    identity_of,
    label_file,
    latest_past,
    load_files,
    planned_batches,
    pool_of,
    read_batch,
    read_lines,
)
from assay.lead import Turned
from assay.project import Project, Roster, TaskSchema, load_roster
from assay.quality import votes_taken
from assay.reviewer.kinds import place_of
from assay.reviewer.policy import Rules, rules_of

_ITEM = re.compile(rb'"item"\s*:\s*"((?:[^"\\]|\\.)*)"')
_CANONICAL = re.compile(rb'^\{"id":"([^"\\]*)".*$', re.MULTILINE)


def load_rounds(
    tree: TreeSnapshot, rules: Rules, batches: Collection[str], *, gold: bool = True, now: str | None = None
) -> Loaded:
    """Votes, decisions and assignments of these batches in a tree, with the task's gold; findings are those in their files.

    `now` is as `load_corpus` takes it.
    """
    files = [*_files(tree, rules.task, batches), *(gold_files(tree, rules.task) if gold else ())]
    return load_some(tree, rules, files, now=now)


def load_some(tree: TreeSnapshot, rules: Rules, files: Collection[LabelFile], *, now: str | None = None) -> Loaded:
    """What these files of a task hold, and what is wrong with them, as reading all of the task would say it."""
    versions = rules.revision.guideline.versions
    data = tree.read_all(file.path for file in files)
    # A batch.yaml that is not there is a fault of its batch, so it is asked for all the same.
    asked = (file for file in files if file.path in data or file.role is FileRole.BATCH)
    there = tuple(sorted(asked, key=lambda file: file.path))
    wanted = {_plain(item) for text in data.values() for item in _ITEM.findall(text)}
    pool = _pool(tree, rules.pool, rules.revision.schema, wanted)
    known = Known(
        pool=pool,
        judge=Judge(rules.revision.schema),
        versions=versions,
        roster=rules.roster,
        latest=latest_past(now),
        gallery=Gallery(tree, rules.pool, rules.revision.schema),
    )
    batches = tuple(sorted({file.batch for file in there if file.batch}))
    shelf = Shelf(
        layout=Layout(
            files=there,
            batches=batches,
            findings=(),
            planned=planned_batches(path for name in batches for path in tree.under(f"labels/{rules.task}/{name}")),
        ),
        read=lambda file: data[file.path],
        batch=lambda file: read_batch(tree, file, versions, rules.roster),
    )
    return load_files(shelf, known, rules.revision.guideline)


def round_names(tree: TreeSnapshot, task: str) -> tuple[str, ...]:
    """The batches of a task that a tree states."""
    folder = f"labels/{task}"
    return tuple(name for name in tree.names(folder) if name != "gold" and tree.has(f"{folder}/{name}/batch.yaml"))


def stated_batches(tree: TreeSnapshot, rules: Rules) -> Mapping[str, Batch]:
    """The batches of a task that can be used, by name."""
    names = round_names(tree, rules.task)
    files = (
        LabelFile(path=f"labels/{rules.task}/{name}/batch.yaml", role=FileRole.BATCH, task=rules.task, batch=name)
        for name in names
    )
    read = (read_batch(tree, file, rules.revision.guideline.versions, rules.roster)[0] for file in files)
    return {batch.name: batch for batch in read if batch is not None}


def gold_files(tree: TreeSnapshot, task: str) -> Iterator[LabelFile]:
    """The files of gold of a task."""
    for path in tree.under(f"labels/{task}/gold"):
        file = label_file(path)
        if file is not None:
            yield file


def _files(tree: TreeSnapshot, task: str, batches: Collection[str]) -> Iterator[LabelFile]:
    for name in batches:
        stated = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=FileRole.BATCH, task=task, batch=name)
        if tree.is_folder(f"labels/{task}/{name}") and not tree.link(stated.path):
            yield stated
        for path in tree.under(f"labels/{task}/{name}"):
            file = label_file(path)
            if file is not None:
                yield file


def _pool(tree: TreeSnapshot, pool: str, schema: TaskSchema, wanted: set[bytes]) -> Pool:
    """The wanted items; those whose line cannot be read are known as broken, as in reading the whole pool."""
    shards = [path for path in tree.under(f"labels/items/{pool}") if label_file(path) is not None and tree.has(path)]
    lines, whole = _lines_by_id(tree.objects, tuple(tree.entries[path].object for path in shards))
    found = [lines[item] for item in sorted(wanted) if item in lines]
    read = read_lines(b"\n".join([*found, b""]) if found else b"", ITEM)
    return replace(pool_of(read, schema), whole=whole)


@lru_cache(maxsize=2)
def _lines_by_id(store: Objects, names: tuple[str, ...]) -> tuple[Mapping[bytes, bytes], bool]:
    """The lines of a pool's shards by id, all of each, for the first may be broken; and whether all shards are here.

    Read once, for an object never changes.
    """
    found: dict[bytes, bytes] = {}
    blobs = store.blobs(names)
    for data in (blobs[name] for name in names):
        lines = [(named[1], named[0]) for named in _CANONICAL.finditer(data)]
        for item, line in lines if len(lines) == data.count(b"\n") else _named(data):
            found[item] = b"%s\n%s" % (found[item], line) if item in found else line
    return found, not any(pointed(blobs[name]) for name in names)


def _named(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The ids of a shard's lines however they are written, of lines that cannot be read as well."""
    for line in data.split(b"\n"):
        record = None
        with suppress(orjson.JSONDecodeError):
            record = orjson.loads(line)
        named = record.get("id") if isinstance(record, dict) else identity_of(line)
        if isinstance(named, str) and named:
            yield orjson.dumps(named)[1:-1], line


def _plain(item: bytes) -> bytes:
    """An id as canonical JSON spells it."""
    with suppress(orjson.JSONDecodeError):
        return orjson.dumps(orjson.loads(b'"%s"' % item))[1:-1] if b"\\" in item else item
    return item


_ANSWERS = frozenset({FileRole.ANNOTATIONS, FileRole.RETURNED})


def closed_findings(before: Project, paths: Iterable[str]) -> Iterator[Finding]:
    """The changed answers of people that lie in a closed batch of the base; decisions on a closed batch are made later."""
    known = (file for path in sorted(paths) if (file := label_file(path)) is not None)
    files = [file for file in known if file.role in _ANSWERS and not file.sourced]
    closed = frozenset(_closed(before, {(file.task, file.batch) for file in files}))
    for file in files:
        if (file.task, file.batch) in closed:
            message = f"the batch {file.batch} of {file.task} is closed in the base, and its answers change"
            yield finding("batch/closed", Location(path=legible(file.path)), message, where=file.where)


def _closed(before: Project, batches: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    roster = load_roster(before)
    for task, name in batches:
        path = f"labels/{task}/{name}/batch.yaml"
        if task in before.tasks and before.snapshot.has(path):
            file = LabelFile(path=path, role=FileRole.BATCH, task=task, batch=name)
            try:
                batch, _ = read_batch(before.snapshot, file, frozenset(), roster)
            except (LimitError, UsageError):
                continue
            if batch is not None and batch.closed:
                yield task, name


def turned_batches(
    base: Project, before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], roster: Roster
) -> Iterator[Turned]:
    """By task and name; read by the rules of the base, as the labels are. A batch on one side alone is not turned."""
    places = (place_of(one.path) for one in changes if one.path.endswith("/batch.yaml"))
    touched = {(place.task, place.batch) for place in places if place.kind.name == "round"}
    for task in sorted({task for task, _ in touched} & base.tasks.keys()):
        rules = rules_of(base, task, roster)
        old, new = (stated_batches(side, rules) for side in (before, after))
        for name in sorted(name for of, name in touched if of == task):
            if name in old and name in new and old[name].closed != new[name].closed:
                closed = load_rounds(after if new[name].closed else before, rules, [name], gold=False)
                counting = counting_in(closed.corpus, name)
                yield Turned(task=task, batch=name, closed=new[name].closed, votes=counting.votes, items=counting.items)


def roster_effects(before: Project, roster: Roster, merged: TreeSnapshot, after: Roster) -> Iterator[VotesTaken]:
    """By task and annotator: the votes of the merge result by the roster of the base, held against its own.

    Nothing is read where the same people's votes count until the same days, under the same names. A task that cannot be
    read is told elsewhere, and nothing here. A name that becomes a person's counts as that person does.
    """
    if (_counted(roster), roster.same) == (_counted(after), after.same):
        return
    people = {**after.annotators, **{name: after.annotators[who] for name, who in after.same.items()}}
    for task in before.tasks:
        try:
            rules = rules_of(before, task, roster)
        except ConfigError:
            continue
        loaded = load_rounds(merged, rules, round_names(merged, task), gold=False)
        revision = rules.revision
        yield from votes_taken(loaded.corpus, people, revision.guideline, revision.schema.migrations)


def _counted(roster: Roster) -> Mapping[str, str]:
    return {who: one.until for who, one in roster.annotators.items() if one.counts}
