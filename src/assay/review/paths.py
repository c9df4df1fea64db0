"""What is wrong with a path or a mode of a git tree, before anybody checks it out anywhere."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from assay.git.tree import Entry
from assay.model.names import legible

_PLAIN, _EXECUTABLE = "100644", "100755"
_ODD_MODES = {"120000": "a symbolic link", "160000": "a submodule"}
_LONGEST = 200
_WINDOWS = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_GIT_SHORT = re.compile(r"git~[0-9]+|\.git[ .:]*", re.IGNORECASE)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def entry_faults(entry: Entry, *, executable: bool) -> Iterator[str]:
    """Why a tree's entry is refused, in words; `executable` says whether the kind of file may have that mode."""
    yield from path_faults(entry.path)
    if entry.mode in _ODD_MODES:
        yield f"{_ODD_MODES[entry.mode]} is not taken"
    elif entry.mode == _EXECUTABLE and not executable:
        yield "a file of this kind is not executable (mode 100755)"
    elif entry.mode not in {_PLAIN, _EXECUTABLE}:
        yield f"mode {entry.mode} is not taken"


def path_faults(path: str) -> Iterator[str]:
    """Why a path is refused, in words: it would be another file, or none, on somebody's computer."""
    if path != legible(path):
        yield "the path is not UTF-8"
        return
    if len(path.encode()) > _LONGEST:
        yield f"the path is longer than {_LONGEST} bytes"
    if not unicodedata.is_normalized("NFC", path):
        yield "the path is not in Unicode's composed form (NFC)"
    if "\\" in path:
        yield "the path holds a backslash"
    if _FORBIDDEN.search(path) or any(unicodedata.category(sign) in _HIDDEN for sign in path):
        yield "the path holds a character that is invisible or that file systems forbid"
    for part in path.split("/"):
        yield from _part_faults(part)


def _part_faults(part: str) -> Iterator[str]:
    if part in {"", ".", ".."}:
        yield "the path leaves its folder"
    elif part.endswith((".", " ")):
        yield "a name ends with a dot or a space"
    if _WINDOWS.fullmatch(part):
        yield "the name is reserved on Windows"
    bare = "".join(sign for sign in part if unicodedata.category(sign) not in _HIDDEN)
    if _GIT_SHORT.fullmatch(unicodedata.normalize("NFKC", bare)):
        yield "the name is read as `.git` by some file systems"


def collisions(changed: Iterable[str], held: Iterable[str]) -> dict[str, str]:
    """By changed path another path of the tree that some file systems do not tell apart from it, folders included."""
    everybody: dict[str, set[str]] = {}
    for path in held:
        for part in _with_folders(path):
            everybody.setdefault(_folded(part), set()).add(part)
    found: dict[str, str] = {}
    for path in changed:
        for part in _with_folders(path):
            if others := everybody.get(_folded(part), set()) - {part}:
                found[path] = min(others)
    return found


def shadows(path: str, folder: str) -> bool:
    """Whether some file systems take a path for a folder (with a slash at its end), for one around it, or for a file in it.

    The path is known not to lie in the folder as it is spelled.
    """
    at, own = _folded(path).split("/"), _folded(folder).split("/")[:-1]
    return at[: len(own)] == own[: len(at)]


def _with_folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _folded(path: str) -> str:
    return path if path.isascii() and path.islower() else unicodedata.normalize("NFKC", path.casefold()).casefold()
