"""What a commit has of answers, held against what was meant: a hook that formats files may change what somebody said."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from shlex import quote

import orjson

from assay.errors import UsageError
from assay.store.aside import Aside
from assay.store.files import inside, read_bytes
from assay.store.git_state import GitState


def meant(root: Path, paths: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of those of the files that hold records of labels and are there, before they are committed."""
    labels = (path for path in paths if path.startswith("labels/") and path.endswith(".jsonl"))
    return {path: read_bytes(place) for path in labels if (place := inside(root, path)).is_file()}


def hold_as_meant(state: GitState, files: Mapping[str, bytes]) -> None:
    """Makes sure that the last commit has the records as they were meant; their form may be another.

    Raises:
        UsageError: it has others; what was meant is kept below `.assay/aside`, and the message says how to get it back.
    """
    aside, said, back = Aside(state.root), [], []
    for path, data in files.items():
        committed = state.file_at("HEAD", path) or b""
        if committed != data and (lines := _other(data, committed)):
            said.append(f"{path}:{lines}")
            back.append((path, aside.write(path, data)))
    if not said:
        return
    copies = " && ".join(f"cp {quote(kept)} {quote(path)}" for path, kept in back)
    named = " ".join(quote(path) for path, _ in back)
    raise UsageError(
        f"a hook of yours changed what was committed: {'; '.join(said)}; nothing was sent",
        hint=f"what it was before is kept in {aside.said}. To take it back: {copies} && git commit --no-verify -m 'As it was meant' "
        f"-- {named}; then run this again. The same again without that sends it as the hook left it",
    )


def _other(before: bytes, after: bytes) -> str:
    """The first line with another record, and how many records were changed, added or lost; empty where none was."""
    old, new = _records(before), _records(after)
    lost, came = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if not (lost or came):
        return ""
    number = max(lost.total(), came.total())
    line = next((line for line, one in enumerate(new, start=1) if one in came), 0)
    line = line or next(line for line, one in enumerate(old, start=1) if one in lost)
    return f"{line} ({number:,} record{'' if number == 1 else 's'} not as written)"


def _records(data: bytes) -> list[bytes]:
    """The lines in one form; a line that is no JSON as it stands."""
    return [_plain(line) for line in data.splitlines()]


def _plain(line: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS)
    except ValueError:
        return line.strip()
