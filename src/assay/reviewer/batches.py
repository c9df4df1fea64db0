"""The batches that a change touches: their labels in a tree, edits of closed ones, votes that a roster change moves."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

import orjson

from assay import labels
from assay.core import Batch, VotesTaken, counting_votes
from assay.errors import ConfigError
from assay.files import pointer_of
from assay.git import Objects, TreeChange, TreeSnapshot
from assay.lead import Turned
from assay.project import Project, Roster
from assay.quality import votes_taken
from assay.reviewer.kinds import classify_path
from assay.reviewer.policy import Rules, rules_of

_ITEM = re.compile(rb'"item"\s*:\s*"((?:[^"\\]|\\.)*)"')
_CANONICAL = re.compile(rb'^\{"id":"([^"\\]*)".*$', re.MULTILINE)


def load_batch_labels(
    tree: TreeSnapshot, rules: Rules, batches: Collection[str], *, gold: bool = True, now: str | None = None
) -> labels.Loaded:
    """Votes, decisions and assignments of these batches in a tree, with the task's gold, and their findings.

    `now` is as `load_corpus` takes it.
    """
    files = list(gold_files(tree, rules.task)) if gold else []
    for name in batches:
        folder = f"labels/{rules.task}/{name}"
        stated = _batch_file(rules.task, name)
        if tree.is_folder(folder) and not tree.link(stated.path):
            files.append(stated)
        files += [file for path in tree.under(folder) if (file := labels.label_file(path)) is not None]
    return load_some(tree, rules, files, now=now)


def load_some(
    tree: TreeSnapshot, rules: Rules, files: Collection[labels.LabelFile], *, now: str | None = None
) -> labels.Loaded:
    """The labels in these files of a task, and their findings, the same as reading the whole task gives."""
    versions = rules.revision.guideline.versions
    data = tree.read_all(file.path for file in files)
    # A missing batch.yaml is a finding of its batch, so it stays in the list.
    listed = (file for file in files if file.path in data or file.role is labels.FileRole.BATCH)
    there = tuple(sorted(listed, key=lambda file: file.path))
    pool = _pool(tree, rules, {item for text in data.values() for item in _ITEM.findall(text)})
    known = labels.LabelContext(
        pool=pool,
        judge=labels.Judge(rules.revision.schema),
        versions=versions,
        roster=rules.roster,
        latest=labels.latest_past(now),
        gallery=labels.Gallery(tree, rules.pool, rules.revision.schema),
    )
    batches = tuple(sorted({file.batch for file in there if file.batch}))
    shelf = labels.TaskFiles(
        layout=labels.Layout(
            files=there,
            batches=batches,
            findings=(),
            planned=labels.planned_batches(
                path for name in batches for path in tree.under(f"labels/{rules.task}/{name}")
            ),
        ),
        read=lambda file: data[file.path],
        batch=lambda file: labels.read_batch(tree, file, versions, rules.roster),
    )
    return labels.load_files(shelf, known, rules.revision.guideline)


def batch_names(tree: TreeSnapshot, task: str) -> tuple[str, ...]:
    """The batches of a task that have a `batch.yaml` in a tree."""
    folder = f"labels/{task}"
    return tuple(name for name in tree.names(folder) if name != "gold" and tree.has(f"{folder}/{name}/batch.yaml"))


def stated_batches(tree: TreeSnapshot, rules: Rules) -> Mapping[str, Batch]:
    """The usable batches of a task, by name."""
    files = (_batch_file(rules.task, name) for name in batch_names(tree, rules.task))
    read = (labels.read_batch(tree, file, rules.revision.guideline.versions, rules.roster)[0] for file in files)
    return {batch.name: batch for batch in read if batch is not None}


def gold_files(tree: TreeSnapshot, task: str) -> Iterator[labels.LabelFile]:
    """The gold files of a task."""
    return (file for path in tree.under(f"labels/{task}/gold") if (file := labels.label_file(path)) is not None)


def _batch_file(task: str, name: str) -> labels.LabelFile:
    return labels.LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=labels.FileRole.BATCH, task=task, batch=name)


def _pool(tree: TreeSnapshot, rules: Rules, named: Iterable[bytes]) -> labels.Pool:
    """The named items; an item whose line cannot be read is known as broken, as when the whole pool is read."""
    wanted = set(named)
    for item in [item for item in wanted if b"\\" in item]:
        with suppress(orjson.JSONDecodeError):  # its spelling in canonical JSON
            wanted.add(orjson.dumps(orjson.loads(b'"%s"' % item))[1:-1])
    folder = f"labels/items/{rules.pool}"
    shards = [path for path in tree.under(folder) if labels.label_file(path) is not None and tree.has(path)]
    lines, whole = _lines_by_id(tree.objects, tuple(tree.entries[path].object for path in shards))
    found = [lines[item] for item in sorted(wanted) if item in lines]
    read = labels.read_lines(b"\n".join([*found, b""]), labels.ITEM)
    return replace(labels.pool_of(read, rules.revision.schema), whole=whole)


@lru_cache(maxsize=2)
def _lines_by_id(store: Objects, names: tuple[str, ...]) -> tuple[Mapping[bytes, bytes], bool]:
    """All lines of a pool's shards by id (the first may be broken), and whether all shards are here.

    Cached: an object never changes.
    """
    found: dict[bytes, bytes] = {}
    blobs = store.blobs(names)
    for data in (blobs[name] for name in names):
        lines = [(named[1], named[0]) for named in _CANONICAL.finditer(data)]
        if len(lines) != data.count(b"\n"):  # also lines that are not canonical or cannot be parsed
            lines = []
            for line in data.split(b"\n"):
                record = None
                with suppress(orjson.JSONDecodeError):
                    record = orjson.loads(line)
                named = record.get("id") if isinstance(record, dict) else labels.identity_of(line)
                if isinstance(named, str) and named:
                    lines.append((orjson.dumps(named)[1:-1], line))
        for item, line in lines:
            found[item] = b"%s\n%s" % (found[item], line) if item in found else line
    return found, not any(pointer_of(blobs[name]) for name in names)


def turned_batches(
    base: Project, before: TreeSnapshot, after: TreeSnapshot, changes: Sequence[TreeChange], roster: Roster
) -> Iterator[Turned]:
    """Batches that the change closes or reopens, by task and name, read by the rules of the base.

    A batch that only one side has is not among them.
    """
    places = (classify_path(one.path) for one in changes if one.path.endswith("/batch.yaml"))
    touched = {(place.task, place.batch) for place in places if place.kind.name == "batch"}
    for task in sorted({task for task, _ in touched} & base.tasks.keys()):
        rules = rules_of(base, task, roster)
        old, new = (stated_batches(side, rules) for side in (before, after))
        for name in sorted(name for of, name in touched if of == task):
            if name in old and name in new and old[name].closed != new[name].closed:
                closed = load_batch_labels(after if new[name].closed else before, rules, [name], gold=False)
                counting = counting_votes(closed.corpus, name)
                yield Turned(task=task, batch=name, closed=new[name].closed, votes=counting.votes, items=counting.items)


def roster_effects(before: Project, roster: Roster, merged: TreeSnapshot, after: Roster) -> Iterator[VotesTaken]:
    """By task and annotator: how the merged roster changes the votes that count, compared with the roster of the base.

    Reads nothing where the same people's votes count until the same days, under the same names. Skips a task that
    cannot be read: that is a finding elsewhere. A name that now belongs to a person counts as that person does.
    """
    if (_counted(roster), roster.same) == (_counted(after), after.same):
        return
    people = {**after.annotators, **{name: after.annotators[who] for name, who in after.same.items()}}
    for task in before.tasks:
        try:
            rules = rules_of(before, task, roster)
        except ConfigError:
            continue
        loaded = load_batch_labels(merged, rules, batch_names(merged, task), gold=False)
        revision = rules.revision
        yield from votes_taken(loaded.corpus, people, revision.guideline, revision.schema.migrations)


def _counted(roster: Roster) -> Mapping[str, str]:
    return {who: one.until for who, one in roster.annotators.items() if one.counts}
