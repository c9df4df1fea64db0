"""Names: which may stand in paths, which one a misspelled one means, and how texts are shown."""

import difflib
import re
from collections.abc import Iterable

from assay.model.json import Json

NAME_PATTERN = "^[a-z0-9][a-z0-9_-]{0,47}$"
TASK_PATTERN = "^[a-z][a-z0-9_-]{0,47}$"
VERSION_PATTERN = r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$"
SOURCE_FOLDERS = ("labels", "guidelines", "schemas", "checks", "releases")
RESERVED = frozenset({"annotators", "sources", "items", "gold"})

_ALIKE, _COMPARED, _AT_MOST = 0.7, 80, 1024
_NAME = re.compile(NAME_PATTERN)
_TASK = re.compile(TASK_PATTERN)


def is_name(text: str) -> bool:
    """Whether it names a pool, shard or source."""
    return _NAME.fullmatch(text) is not None


def is_annotator_name(text: str) -> bool:
    """Whether it names an annotator: their file must not be the one that holds a batch's plan."""
    return is_name(text) and text != "assignments"


def is_batch_name(text: str) -> bool:
    """Whether it names a batch: `gold` and the other folders of `labels/` do not."""
    return is_name(text) and text not in RESERVED


def is_task_name(text: str) -> bool:
    """Whether it names a task."""
    return _TASK.fullmatch(text) is not None and text not in RESERVED


def is_source(path: str) -> bool:
    """Whether a file below the folders of a project is one that assay reads; no editor's leftover."""
    name = path.rpartition("/")[2]
    return not name.startswith(".") and name.endswith((".jsonl", ".yaml", ".md", ".sig", "allowed_signers"))


def id_text(value: Json) -> Json:
    """An id as it is kept: a whole number as its decimal text (7 is `7`), and what is no number as it stands.

    The one rule for the ids of items, annotators and groups that come from elsewhere. A text stays as it is spelled, so
    `007`, `7` and `7.0` are three; a number with a point, `true` and null are no id.
    """
    return str(value) if type(value) is int else value


def legible(path: str) -> str:
    """A path as text that any file can hold: bytes that are not UTF-8 are spelled out."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def name_from(text: str) -> str:
    """The nearest name to a free text: lower case, other characters as `-`, at most 48 of them; may be empty."""
    dashed = re.sub(r"[^a-z0-9_-]+", "-", text.lower())
    return dashed.lstrip("-_")[:48].rstrip("-")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that a misspelled one probably means, whatever its case; empty where none is like it.

    Of more than 1,024 names only one that differs in case alone: comparing takes time.
    """
    folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    meant = word[:_COMPARED].casefold()
    if meant in folded or len(folded) > _AT_MOST:
        return folded.get(meant, "")
    return next((folded[one] for one in difflib.get_close_matches(meant, folded, n=1, cutoff=_ALIKE)), "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean 'alpha'?`, or `otherwise` where no known name is like the word."""
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else otherwise


def clip(text: str, width: int) -> str:
    """The text, cut to `width` characters, the last of which says that it was cut."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
