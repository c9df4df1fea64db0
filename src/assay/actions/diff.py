"""`assay diff`: what changed in the labels, record by record."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from assay.changes import FileChange, LabelsDiff, diff_file
from assay.errors import UsageError
from assay.git.base import named_commit
from assay.git.snapshot import Snapshot, commit_snapshot
from assay.labels.paths import LabelFile, label_file
from assay.project import Project
from assay.store.git import changed_paths, is_repository, paths_between

_TEXT = 400


def diff_labels(project: Project, since: str, until: str | None, tasks: Sequence[str]) -> LabelsDiff:
    """The changes from a commit to another one, or to the work tree; of some tasks, or of everything below `labels/`.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: no repository, no such commit, no such task.
    """
    root = project.root
    if not is_repository(root):
        raise UsageError(
            f"{root} is no git repository", hint="`git init` and commit; then there is something to compare"
        )
    wanted = frozenset(project.task(name).name for name in tasks)
    start = named_commit(root, since)
    end = None if until is None else named_commit(root, until)
    paths = sorted(changed_paths(root, start) if end is None else paths_between(root, start, end))
    below = [path for path in paths if path.startswith("labels/")]
    named = {path: file for path in below if (file := label_file(path)) is not None and _wanted(file, wanted)}
    before = commit_snapshot(root, start)
    after = project.snapshot if end is None else commit_snapshot(root, end)
    files = [diff_file(file, _bytes(before, path), _bytes(after, path)) for path, file in named.items()]
    changed = tuple(one for one in files if not one.is_empty)
    pools = {entry.name: entry.pool for entry in project.tasks.values()}
    return LabelsDiff(
        since=since,
        until=until or "",
        files=changed,
        others=tuple(path for path in below if label_file(path) is None and not wanted),
        texts=item_texts(project.snapshot, pools, changed),
        pools=pools,
    )


def item_texts(
    snapshot: Snapshot, pools: Mapping[str, str], files: Iterable[FileChange]
) -> Mapping[tuple[str, str], str]:
    """The texts of the items that the changes are about, as a snapshot has them."""
    wanted: dict[str, set[str]] = {}
    for file in files:
        if file.file.task in pools:
            wanted.setdefault(pools[file.file.task], set()).update(change.key[0] for change in file.records)
    return {(pool, item): text for pool, items in wanted.items() for item, text in _pool_texts(snapshot, pool, items)}


class _Shown(msgspec.Struct, frozen=True, gc=False):
    id: str
    data: msgspec.Raw


def _pool_texts(snapshot: Snapshot, pool: str, items: set[str]) -> Iterable[tuple[str, str]]:
    decoder = msgspec.json.Decoder(_Shown)
    for path in snapshot.under(f"labels/items/{pool}"):
        if label_file(path) is None:
            continue
        try:
            shown = decoder.decode_lines(snapshot.read(path))
        except (OSError, UsageError, msgspec.MsgspecError, UnicodeDecodeError):
            continue
        yield from ((one.id, _shortened(bytes(one.data))) for one in shown if one.id in items)


def _shortened(data: bytes) -> str:
    value = msgspec.json.decode(data)
    texts = [part for part in value.values() if isinstance(part, str)] if isinstance(value, dict) else []
    return " · ".join(texts)[:_TEXT]


def _wanted(file: LabelFile, tasks: frozenset[str]) -> bool:
    return not tasks or file.task in tasks


def _bytes(snapshot: Snapshot, path: str) -> bytes:
    """The bytes of a file; none where it is not there."""
    try:
        return snapshot.read(path)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="permit reading it, or put the file back") from error
