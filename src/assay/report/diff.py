"""What changed in the labels: what became what, how often, and of which items; as text, Markdown and JSON."""

from collections.abc import Iterator, Sequence

from assay.changes import ChangeKind, FileChange, LabelsDiff, RecordChange
from assay.changes.diff import STAMPED, Turn, claims_of, summary_of, turns_of
from assay.labels.reader import Record
from assay.model.json import JsonObject
from assay.report.plain import clipped, count, visible

_SHOWN = 40
_FEW = 3
_TIMES = "\u00d7"
_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.CHANGED: "~", ChangeKind.REMOVED: "-"}
_CODE = str.maketrans({"`": "'", "|": "\u00a6", "\n": " ", "\r": " "})


def diff_text(diff: LabelsDiff, *, most: int = _SHOWN) -> str:
    """The changes file by file, at most `most` records of each, for a terminal."""
    parts = ["\n".join(map(visible, _file_lines(diff, file, most))) for file in diff.files]
    if diff.others:
        parts.append("\n".join(["other files:", *(f"  {visible(path)}" for path in diff.others)]))
    return "\n\n".join([*parts, _closing(diff)])


def diff_markdown(diff: LabelsDiff, *, most: int = _SHOWN) -> str:
    """The same for a comment on a pull request; all that comes from a file stands in code spans."""
    lines = [_closing(diff)]
    for file in diff.files:
        lines += ["", f"**{_code(_title(file))}** {_counts(file)}"]
        if turns := [f"- {_code(turn)} {_TIMES}{times:,}" for turn, times in _grouped(file)]:
            lines += ["", *turns]
        if shown := file.records[:most]:
            lines += ["", "| | item | text | answer |", "|---|---|---|---|"]
            lines += [f"| {' | '.join(_row(diff, file, change))} |" for change in shown]
        if len(file.records) > most:
            lines += ["", f"… and {len(file.records) - most:,} more records"]
        if broken := [f"- line {one.number} is no record: {_code(one.why)}" for one in file.unreadable_after]:
            lines += ["", *broken]
    if diff.others:
        lines += ["", "other files:", "", *(f"- {_code(path)}" for path in diff.others)]
    return "\n".join(lines)


def diff_json(diff: LabelsDiff) -> JsonObject:
    """The changes with every record before and after."""
    return {
        "since": diff.since,
        "until": diff.until or None,
        "files": [_file_json(diff, file) for file in diff.files],
        "others": list(diff.others),
    }


def _file_lines(diff: LabelsDiff, file: FileChange, most: int) -> Iterator[str]:
    yield f"{_title(file)}: {_counts(file)}"
    for turn, times in _grouped(file):
        yield f"  {turn} {_TIMES}{times:,}"
    for change in file.records[:most]:
        text = clipped(diff.text(file.file, change.key[0]))
        about = f'  "{text}"' if text else ""
        yield f"  {_SIGNS[change.kind]} {' '.join(change.key)}  {_answer(change)}{about}"
    if len(file.records) > most:
        yield f"  … and {count(len(file.records) - most, 'more record')}; --format json lists all"
    for fault in file.unreadable_after:
        yield f"  line {fault.number} is no record: {fault.why}"


def _title(file: FileChange) -> str:
    return file.file.path.removeprefix("labels/")


def _counts(file: FileChange) -> str:
    if file.formatting:
        return "written in another way, no record changed"
    told = [f"{len(found):,} {kind}" for kind in ChangeKind if (found := file.of(kind))]
    broken = len(file.unreadable_after)
    return ", ".join([*told, *([f"{count(broken, 'line')} that cannot be read"] if broken else [])]) or "mended"


def _grouped(file: FileChange) -> Iterator[tuple[str, int]]:
    """The turns that were taken, with how often; few records speak for themselves."""
    if len(file.records) <= _FEW:
        return
    summary = summary_of(file.records)
    for turn, times in summary.turns[:_SHOWN]:
        yield _turn(turn), times
    for sign, counted in (("+", summary.added), ("-", summary.removed)):
        for turn, times in counted[:_SHOWN]:
            yield f"{sign} {turn.field}: {clipped(turn.after or turn.before)}", times


def _turn(turn: Turn) -> str:
    return f"{turn.field}: {clipped(turn.before) or 'nothing'} → {clipped(turn.after) or 'nothing'}"


def _answer(change: RecordChange) -> str:
    if change.kind is ChangeKind.CHANGED:
        return "; ".join(map(_turn, (*turns_of(change), *claims_of(change))))
    turns = (*turns_of(change), *(turn for turn in claims_of(change) if turn.field not in STAMPED))
    return "; ".join(f"{turn.field}: {clipped(turn.after or turn.before)}" for turn in turns)


def _row(diff: LabelsDiff, file: FileChange, change: RecordChange) -> Sequence[str]:
    text = clipped(diff.text(file.file, change.key[0]))
    return (change.kind, _code(" ".join(change.key)), _code(text) if text else "", _code(_answer(change)))


def _code(text: str) -> str:
    """Text in a code span that it cannot leave."""
    return f"`{visible(text.translate(_CODE))}`" if text else ""


def _closing(diff: LabelsDiff) -> str:
    records = [change for file in diff.files for change in file.records]
    told = [f"{sum(change.kind is kind for change in records):,} {kind}" for kind in ChangeKind]
    formatted = sum(file.formatting for file in diff.files)
    more = f"; {count(formatted, 'file')} only written in another way" if formatted else ""
    if not diff.files and not diff.others:
        return "no label changed"
    return f"{count(len(diff.files), 'label file')}: records {', '.join(told)}{more}"


def _file_json(diff: LabelsDiff, file: FileChange) -> JsonObject:
    return {
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
                "before": _value(change.before),
                "after": _value(change.after),
            }
            for change in file.records
        ],
        "unreadable": [{"line": fault.number, "why": fault.why} for fault in file.unreadable_after],
    }


def _value(record: Record | None) -> "JsonObject | None":
    return None if record is None else record.value
