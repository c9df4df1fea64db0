"""The labels of some rounds of a task, as one commit has them; items that nobody answered there are left unread."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import orjson

from assay.guidelines.revisions import Revision
from assay.labels.batches import parse_batch
from assay.labels.checks import Known
from assay.labels.corpus import Loaded, Shelf, load_files
from assay.labels.envelope import ITEM, Item
from assay.labels.items import pool_of
from assay.labels.judge import Judge
from assay.labels.layout import LabelFile, Layout, Role
from assay.labels.lines import read_lines
from assay.labels.place import label_file
from assay.project.roster import Roster
from assay.review.base import Tree
from assay.store.trees import blobs

_ITEM = re.compile(rb'"item"\s*:\s*"((?:[^"\\]|\\.)*)"')
_CANONICAL = re.compile(rb'^\{"id":"([^"\\]*)".*$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What labels are read by: schema, guideline and roster of the base, and the pool of the task."""

    task: str
    pool: str
    revision: Revision
    roster: Roster


def load_rounds(tree: Tree, rules: Rules, batches: Collection[str], *, gold: bool = True) -> Loaded:
    """Votes, decisions and assignments of these rounds in a commit, with the task's gold."""
    files = [*_files(tree, rules.task, batches), *(_gold(tree, rules.task) if gold else ())]
    data = tree.read(file.path for file in files)
    there = tuple(sorted((file for file in files if file.path in data), key=lambda file: file.path))
    versions = rules.revision.guideline.versions
    wanted = {item for text in data.values() for item in _ITEM.findall(text)}
    pool = pool_of(list(_items(tree, rules.pool, wanted)), rules.revision.schema)
    known = Known(pool=pool, judge=Judge(rules.revision.schema), versions=versions, roster=rules.roster)
    shelf = Shelf(
        layout=Layout(files=there, batches=tuple(sorted(batches)), findings=()),
        read=lambda file: data[file.path],
        batch=lambda file: parse_batch(data[file.path], file, versions, rules.roster),
    )
    return load_files(shelf, known)


def round_names(tree: Tree, task: str) -> tuple[str, ...]:
    """The rounds of a task that a commit states."""
    return tuple(sorted(name for one, name in tree.batches if one == task))


def objects_of(tree: Tree, task: str, batch: str) -> Mapping[str, str]:
    """The objects of a round's files by path: what it says is told by them alone."""
    return {path: tree.entries[path].object for path in tree.under(f"labels/{task}/{batch}")}


def _files(tree: Tree, task: str, batches: Collection[str]) -> Iterator[LabelFile]:
    for name in batches:
        yield LabelFile(path=f"labels/{task}/{name}/batch.yaml", role=Role.BATCH, task=task, batch=name)
        for path in tree.under(f"labels/{task}/{name}"):
            file = label_file(path)
            if file is not None:
                yield file


def _gold(tree: Tree, task: str) -> Iterator[LabelFile]:
    for path in tree.under(f"labels/{task}/gold"):
        file = label_file(path)
        if file is not None:
            yield file


def _items(tree: Tree, pool: str, wanted: set[bytes]) -> Iterator[Item]:
    shards = [path for path in tree.under(f"labels/items/{pool}") if label_file(path) is not None]
    lines = _lines_by_id(tree.root, tuple(tree.entries[path].object for path in shards))
    found = [lines[item] for item in sorted(wanted) if item in lines]
    yield from read_lines(b"\n".join([*found, b""]) if found else b"", ITEM).records


@lru_cache(maxsize=2)
def _lines_by_id(root: Path, objects: tuple[str, ...]) -> Mapping[bytes, bytes]:
    """The lines of a pool's shards by id, the first of each; read once, for an object never changes."""
    found: dict[bytes, bytes] = {}
    for _, data in sorted(blobs(root, objects).items()):
        lines = [(named[1], named[0]) for named in _CANONICAL.finditer(data)]
        for item, line in lines if len(lines) == data.count(b"\n") else _named(data):
            found.setdefault(item, line)
    return found


def _named(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The ids of a shard's lines however they are written; what cannot be read has none."""
    for line in data.split(b"\n"):
        with suppress(orjson.JSONDecodeError):
            record = orjson.loads(line)
            if isinstance(record, dict) and isinstance(record.get("id"), str):
                yield orjson.dumps(record["id"])[1:-1], line
