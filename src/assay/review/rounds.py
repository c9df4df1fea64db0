"""The labels of some batches of a task in a tree; items that nobody answered there are left unread."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

import orjson

from assay.git.objects import Objects
from assay.git.snapshot import TreeSnapshot
from assay.labels.batches import read_batch
from assay.labels.checks import Known
from assay.labels.corpus import Loaded, Shelf, load_files
from assay.labels.items import Pool, pool_of
from assay.labels.judge import Judge
from assay.labels.media import Gallery
from assay.labels.paths import LabelFile, Layout, Role, label_file, planned_batches
from assay.labels.reader import identity_of, read_lines
from assay.labels.records import ITEM
from assay.labels.times import latest_past
from assay.model.project import Batch
from assay.review.base import Rules
from assay.schemas import TaskSchema
from assay.store.pointers import pointed

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
    asked = (file for file in files if file.path in data or file.role is Role.BATCH)
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
        LabelFile(path=f"labels/{rules.task}/{name}/batch.yaml", role=Role.BATCH, task=rules.task, batch=name)
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
        stated = LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=Role.BATCH, task=task, batch=name)
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
