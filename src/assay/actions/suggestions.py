"""What annotators suggested on the page while they labelled, kept in their clone until somebody proposes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from assay.report.plain import visible
from assay.store.files import inside, read_bytes, write_bytes
from assay.store.lock import writing

_MARK = b"#"


class _Kept(msgspec.Struct, frozen=True):
    """A line of the file."""

    text: str
    at: str = ""
    by: str = ""
    section: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What should be said, where: the anchor of a section and the item in hand, each empty where none was."""

    at: str
    by: str
    section: str
    item: str
    text: str
    line: bytes


def suggestions_path(task: str) -> str:
    """The file of a task's suggestions, below the root."""
    return f".assay/suggestions/{task}.jsonl"


def read_suggestions(root: Path, task: str) -> tuple[Suggestion, ...]:
    """The suggestions for a task in their order; a line that is none is left out.

    Raises:
        UsageError: the file is a symbolic link.
        LimitError: it is larger than assay reads.
    """
    found = []
    for line in _lines(root, task):
        try:
            kept = msgspec.json.decode(line, type=_Kept)
        except msgspec.MsgspecError:
            continue
        found.append(Suggestion(**msgspec.structs.asdict(kept), line=line))
    return tuple(found)


def forget_suggestions(root: Path, task: str, settled: Sequence[Suggestion]) -> None:
    """Takes the settled suggestions out of the file; later ones stay.

    Raises:
        UsageError: the file is a symbolic link, or another process is writing here.
    """
    gone = {one.line for one in settled}
    with writing(root):
        rest = [line for line in _lines(root, task) if line not in gone]
        write_bytes(inside(root, suggestions_path(task)), b"".join(line + b"\n" for line in rest))


def with_head(text: bytes, task: str, version: str, suggestions: Sequence[Suggestion]) -> bytes:
    """The text as somebody edits it: what to do, and what was suggested, in comment lines above it."""
    lines = [
        f"Propose a change to the guideline of {task}, version {version}.",
        "Edit the text below, save and close. Version and `changes` are written for you.",
        "Lines like this one at the top are taken out again. Close without saving, and nothing happens.",
    ]
    for one in suggestions:
        about = " ".join(filter(None, (one.by, one.at[:10], one.section and f"on #{one.section}", one.item)))
        lines += ["", f"suggested by {about}:", *(f"  {line}" for line in one.text.splitlines())]
    return b"".join(f"# {visible(line)}".rstrip().encode() + b"\n" for line in lines) + text


def without_head(text: bytes) -> bytes:
    """The same without the comment lines at its top: front matter follows them, so that none of them is part of it."""
    lines = text.splitlines(keepends=True)
    start = next((place for place, line in enumerate(lines) if not line.startswith(_MARK)), len(lines))
    return b"".join(lines[start:])


def _lines(root: Path, task: str) -> list[bytes]:
    try:
        return read_bytes(inside(root, suggestions_path(task))).splitlines()
    except FileNotFoundError:
        return []
