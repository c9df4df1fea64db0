"""`assay diff`: what changed in the labels, as text, Markdown and JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from assay import labels
from assay.core import JsonObject
from assay.errors import UsageError
from assay.git import Snapshot, changed_paths, commit_snapshot, is_repository, named_commit, paths_between
from assay.project import Project
from assay.render import clipped, count, visible

_TEXT = 400


def diff_labels(project: Project, since: str, until: str | None, tasks: Sequence[str]) -> labels.LabelsDiff:
    """The changes from a commit to another one, or to the work tree; of some tasks, or of everything below `labels/`.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: no repository, no such commit, no such task.
    """
    root = project.root
    if not is_repository(root):
        raise UsageError(f"{root} is not a git repository", fix="run `git init` and commit")
    wanted = frozenset(project.task(name).name for name in tasks)
    start = named_commit(root, since)
    end = None if until is None else named_commit(root, until)
    paths = sorted(changed_paths(root, start) if end is None else paths_between(root, start, end))
    below = [path for path in paths if path.startswith("labels/")]
    files = {path: labels.label_file(path) for path in below}
    before = commit_snapshot(root, start)
    after = project.snapshot if end is None else commit_snapshot(root, end)
    changes = (
        labels.diff_file(file, _bytes(before, path), _bytes(after, path))
        for path, file in files.items()
        if file is not None and (not wanted or file.task in wanted)
    )
    changed = tuple(change for change in changes if not change.is_empty)
    pools = {entry.name: entry.pool for entry in project.tasks.values()}
    return labels.LabelsDiff(
        since=since,
        until=until or "",
        files=changed,
        others=tuple(path for path, file in files.items() if file is None and not wanted),
        texts=item_texts(project.snapshot, pools, changed),
        pools=pools,
    )


def item_texts(
    snapshot: Snapshot, pools: Mapping[str, str], files: Iterable[labels.FileChange]
) -> Mapping[tuple[str, str], str]:
    """The texts of the changed items, as a snapshot has them."""
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
        if labels.label_file(path) is None:
            continue
        try:
            shown = decoder.decode_lines(snapshot.read(path))
        except (OSError, UsageError, msgspec.MsgspecError, UnicodeDecodeError):
            continue
        for one in shown:
            if one.id in items:
                value = msgspec.json.decode(one.data)
                texts = [part for part in value.values() if isinstance(part, str)] if isinstance(value, dict) else []
                yield one.id, " · ".join(texts)[:_TEXT]


def _bytes(snapshot: Snapshot, path: str) -> bytes:
    """The bytes of a file; none where it is not there."""
    try:
        return snapshot.read(path)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", fix="permit reading it, or put the file back") from error


_SHOWN = 40
_FEW = 3
_TIMES = "\u00d7"
_SIGNS = {labels.ChangeKind.ADDED: "+", labels.ChangeKind.CHANGED: "~", labels.ChangeKind.REMOVED: "-"}
_CODE = str.maketrans({"`": "'", "|": "\u00a6", "\n": " ", "\r": " "})


def diff_text(diff: labels.LabelsDiff, *, most: int = _SHOWN) -> str:
    """The changes file by file, at most `most` records of each, for a terminal."""
    parts = []
    for file in diff.files:
        lines = [f"{_title(file)}: {_counts(file)}"]
        lines += [f"  {turn} {_TIMES}{times:,}" for turn, times in _grouped(file)]
        for change in file.records[:most]:
            text = clipped(diff.text(file.file, change.key[0]))
            about = f'  "{text}"' if text else ""
            lines.append(f"  {_SIGNS[change.kind]} {' '.join(change.key)}  {_answer(change)}{about}")
        if len(file.records) > most:
            lines.append(f"  … and {count(len(file.records) - most, 'more record')}; --format json lists all")
        lines += [f"  line {fault.number} is not a record: {fault.why}" for fault in file.unreadable_after]
        parts.append("\n".join(map(visible, lines)))
    if diff.others:
        parts.append("\n".join(["other files:", *(f"  {visible(path)}" for path in diff.others)]))
    return "\n\n".join([*parts, _closing(diff)])


def diff_markdown(diff: labels.LabelsDiff, *, most: int = _SHOWN) -> str:
    """The same for a comment on a pull request; content of files is in code spans."""
    lines = [_closing(diff)]
    for file in diff.files:
        lines += ["", f"**{_code(_title(file))}** {_counts(file)}"]
        if turns := [f"- {_code(turn)} {_TIMES}{times:,}" for turn, times in _grouped(file)]:
            lines += ["", *turns]
        if shown := file.records[:most]:
            lines += ["", "| | item | text | answer |", "|---|---|---|---|"]
            for change in shown:
                text = clipped(diff.text(file.file, change.key[0]))
                cells = (change.kind, _code(" ".join(change.key)), _code(text), _code(_answer(change)))
                lines.append(f"| {' | '.join(cells)} |")
        if len(file.records) > most:
            lines += ["", f"… and {len(file.records) - most:,} more records"]
        if broken := [f"- line {one.number} is not a record: {_code(one.why)}" for one in file.unreadable_after]:
            lines += ["", *broken]
    if diff.others:
        lines += ["", "other files:", "", *(f"- {_code(path)}" for path in diff.others)]
    return "\n".join(lines)


def diff_json(diff: labels.LabelsDiff) -> JsonObject:
    """The changes with every record before and after."""
    return {
        "since": diff.since,
        "until": diff.until or None,
        "files": [
            {
                "path": file.file.path,
                "task": file.file.task,
                "batch": file.file.batch,
                "who": file.file.who,
                "formatting": file.formatting,
                "records": [
                    {
                        "kind": change.kind,
                        "key": list(change.key),
                        "text": diff.text(file.file, change.key[0]),
                        "before": change.before.value if change.before else None,
                        "after": change.after.value if change.after else None,
                    }
                    for change in file.records
                ],
                "unreadable": [{"line": fault.number, "why": fault.why} for fault in file.unreadable_after],
            }
            for file in diff.files
        ],
        "others": list(diff.others),
    }


def _title(file: labels.FileChange) -> str:
    return file.file.path.removeprefix("labels/")


def _counts(file: labels.FileChange) -> str:
    if file.formatting:
        return "reformatted, no record changed"
    counts = [f"{len(found):,} {kind}" for kind in labels.ChangeKind if (found := file.of(kind))]
    broken = len(file.unreadable_after)
    return ", ".join([*counts, *([f"{count(broken, 'line')} that cannot be read"] if broken else [])]) or "fixed"


def _grouped(file: labels.FileChange) -> Iterator[tuple[str, int]]:
    """The kinds of change with their counts; none where there are few records."""
    if len(file.records) <= _FEW:
        return
    summary = labels.summary_of(file.records)
    for turn, times in summary.turns[:_SHOWN]:
        yield _turn(turn), times
    for sign, counted in (("+", summary.added), ("-", summary.removed)):
        for turn, times in counted[:_SHOWN]:
            yield f"{sign} {turn.field}: {clipped(turn.after or turn.before)}", times


def _turn(turn: labels.Turn) -> str:
    return f"{turn.field}: {clipped(turn.before) or 'nothing'} → {clipped(turn.after) or 'nothing'}"


def _answer(change: labels.RecordChange) -> str:
    if change.kind is labels.ChangeKind.CHANGED:
        return "; ".join(map(_turn, (*labels.turns_of(change), *labels.claims_of(change))))
    turns = (*labels.turns_of(change), *(turn for turn in labels.claims_of(change) if turn.field not in labels.STAMPED))
    return "; ".join(f"{turn.field}: {clipped(turn.after or turn.before)}" for turn in turns)


def _code(text: str) -> str:
    """Text in a code span that it cannot leave."""
    return f"`{visible(text.translate(_CODE))}`" if text else ""


def _closing(diff: labels.LabelsDiff) -> str:
    records = [change for file in diff.files for change in file.records]
    counts = [f"{sum(change.kind is kind for change in records):,} {kind}" for kind in labels.ChangeKind]
    formatted = sum(file.formatting for file in diff.files)
    more = f"; {count(formatted, 'file')} only reformatted" if formatted else ""
    if not diff.files and not diff.others:
        return "no label changed"
    return f"{count(len(diff.files), 'label file')}: records {', '.join(counts)}{more}"
