"""`assay annotator erase`: replaces a person by a pseudonym, and lists where their name is still mentioned."""

import fnmatch
import html
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from assay.core import JsonObject, Location, legible
from assay.errors import AssayError, UsageError
from assay.files import inside, load_yaml, read_bytes, read_parquet, yaml_block
from assay.git import require_whole
from assay.labels import Naming, names_in, renamed
from assay.lead.annotator_rename import PlannedNames, moved_entry, planned_names
from assay.lead.annotator_set import entry_of
from assay.project import ANNOTATORS, IDENTITIES, Project, Roster, load_roster

_ASIDE = frozenset({".git", ".assay", ".venv", "__pycache__", "node_modules"})
_KEPT = frozenset({".dvc/cache", ".dvc/tmp"})
_TELLING = 5
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|.)")
_BLANKS = r"[\s>#*]+"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
MADE = ("build/", "reports/", "gate/", "release/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A word at a place. Line 0: in the file's name, in a binary file, or in a file that could not be read."""

    at: Location
    word: str

    @property
    def made(self) -> bool:
        """Whether the pipeline generates the file."""
        return self.at.path.startswith(MADE)


def mentions(root: Path, words: Iterable[str], becoming: Mapping[str, bytes | None]) -> tuple[Mention, ...]:
    """Every place below `root` that contains one of the words as a whole word, in any case, once `becoming` is written.

    Whole word: no letter, digit, `_` or `-` on either side, except in scripts without spaces between words. A word is found
    in each Unicode form, and as JSON, YAML, HTML and URLs escape it. Parquet tables are read. In other binary files, words
    of fewer than five characters are not searched for: they occur by chance. `.git`, DVC's cache and `.assay/` are skipped.
    """
    pattern = re.compile("|".join(_by_itself(_plain(word)) for word in sorted(words)), re.IGNORECASE)
    paths = set(becoming)
    for folder, folders, names in os.walk(root):
        below = Path(folder).relative_to(root).as_posix()
        start = "" if below == "." else f"{below}/"
        folders[:] = [name for name in folders if name not in _ASIDE and f"{start}{name}" not in _KEPT]
        paths.update(f"{start}{name}" for name in names if name != ".git")
    paths -= {path for path, data in becoming.items() if data is None}
    return tuple(found for path in sorted(paths) for found in _in_file(root, path, pattern, becoming.get(path)))


def _by_itself(word: str) -> str:
    """The pattern of a word that no letter, digit, `_` or `-` precedes or follows; a blank in it may be a line break."""
    word = word.strip()
    start = "" if _UNSPACED.match(word[:1]) else r"(?<![\w-])"
    end = "" if _UNSPACED.match(word[-1:]) else r"(?![\w-])"
    return f"{start}{_BLANKS.join(map(re.escape, word.split()))}{end}"


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first word in a text: as it is, and without the escapes of JSON and YAML, HTML, and URLs."""
    readings = [text]
    if "\\" in text:
        unescaped = _ESCAPE.sub(_unescaped, text)
        readings.append(unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    if "''" in text:
        readings.append(text.replace("''", "'"))
    if "&" in text:
        readings.append(html.unescape(text))
    if "%" in text:
        readings.append(unquote(text, errors="replace"))
    return next((found for reading in readings if (found := pattern.search(_plain(reading))) is not None), None)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code and int(code, 16) <= sys.maxunicode:
        return chr(int(code, 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(escape[0][1], escape[0][1])


def _in_file(root: Path, path: str, pattern: re.Pattern[str], became: bytes | None) -> Iterator[Mention]:
    name = legible(path)
    if (found := _search(pattern, name)) is not None:
        yield Mention(at=Location(path=name), word=found[0])
    if became is None and (root / path).is_symlink():
        return
    try:
        if path.endswith(".parquet"):
            if (word := _in_table(root / path, pattern)) is not None:
                yield Mention(at=Location(path=name), word=word)
            return
        data = read_bytes(root / path) if became is None else became
    except (OSError, AssayError) as error:
        yield Mention(at=Location(path=name), word=f"could not be read: {error}")
        return
    text = data.decode(errors="replace")
    if (found := _search(pattern, text)) is None:
        return
    if b"\0" in data:
        if len(found[0]) >= _TELLING:
            yield Mention(at=Location(path=name), word=found[0])
        return
    yield from _in_lines(name, text.split("\n"), pattern)


def _in_lines(name: str, lines: list[str], pattern: re.Pattern[str]) -> Iterator[Mention]:
    """The first word of each line; a word that continues on the next line belongs to the first of the two."""
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), start=1):
        found = _search(pattern, line)
        if found is None and following and _search(pattern, following) is None:
            found = _search(pattern, f"{line}\n{following}")
        if found is not None:
            yield Mention(at=Location(path=name, line=number), word=" ".join(found[0].split()))


def _in_table(path: Path, pattern: re.Pattern[str]) -> str | None:
    """The first word that a column of a Parquet table contains."""
    for column in read_parquet(path, numbered=False).columns:
        nested = hasattr(column.type, "num_fields") and column.type.num_fields > 0
        if (found := _search(pattern, str(column.to_pylist() if nested else column.unique().to_pylist()))) is not None:
            return found[0]
    return None


_SHORTEST = 3
_IDENTIFYING = frozenset({"handle", "emails", "reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """What to erase besides the ids: further `words` and `groups`; `leave` lists files (globs) that mention other people.

    `into` is the pseudonym of a person who was erased before, for records that arrived under the old name since.
    """

    words: tuple[str, ...] = ()
    groups: bool = False
    leave: tuple[str, ...] = ()
    into: str = ""
    drop_approvals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedErasure:
    """The files to write, the pseudonym of each id (empty: the id is not in the roster), and the words searched for.

    `left` are the places that still contain one of the `words`, without the `aside` places in files that were excluded.
    """

    names: PlannedNames | None
    pseudonyms: Mapping[str, str]
    words: tuple[str, ...]
    left: tuple[Mention, ...]
    aside: int
    groups: tuple[str, ...]
    active: bool


def plan_erasure(project: Project, who: str, asked: ErasureRequest) -> PlannedErasure:
    """The files of a project once `who` is a pseudonym; nothing is written.

    Names of sources that `labels/sources/identities.yaml` assigns to the person become pseudonyms too. If `who` is no
    longer in the roster, only the places that still contain the words are listed. A pseudonym is random.

    Raises:
        UsageError: `into` is not in the roster, or `who` is.
        ConfigError: their entry or the identities cannot be read.
        RefusedError: a file cannot be read, or a signed approval names them and `drop_approvals` is not set.
    """
    require_whole(project.snapshot)
    roster = load_roster(project)
    if not roster.knows(who):
        return _looked(project, who, asked)
    if asked.into:
        raise UsageError(f"{who} is in the roster and gets a new pseudonym", fix="omit --into")
    one = entry_of(roster, who)
    gone = _IDENTIFYING | (frozenset({"groups"}) if asked.groups else frozenset())
    identities = names_in(project.snapshot.read(IDENTITIES)) if project.snapshot.has(IDENTITIES) else {}
    everybody = (who, *(name for name, whose in identities.items() if whose == who))
    pseudonyms = {each: _pseudonym(roster, each) for each in everybody}
    own: Mapping[str, tuple[bytes, bytes | None]] = {}
    if not who.startswith("@"):
        path = f"{ANNOTATORS}/{who}.yaml"
        value = load_yaml(read_bytes(inside(project.root, path)), path).value
        stated: JsonObject = value if isinstance(value, dict) else {}
        remaining = yaml_block({key: part for key, part in stated.items() if key not in gone})
        own = moved_entry(project, who, pseudonyms[who], remaining.encode())
    also = {word.lower(): pseudonyms[who] for word in (one.handle, *one.emails) if word}
    naming = Naming(names=pseudonyms, also=also, scrubbed=gone)
    names = planned_names(renamed(project.snapshot, naming), own, drop_approvals=asked.drop_approvals)
    names_of = (name for each in everybody for name in dict.fromkeys((_spelled(each), each)) if _tells(_spelled(each)))
    words = tuple(dict.fromkeys(word for word in (*names_of, one.handle, *one.emails, *asked.words) if word.strip()))
    return replace(
        _planned(project, asked, names, words),
        pseudonyms=pseudonyms,
        groups=() if asked.groups else tuple(sorted(one.groups)),
        active=not one.away and not who.startswith("@"),
    )


def _looked(project: Project, who: str, asked: ErasureRequest) -> PlannedErasure:
    """The places that mention a person who is no longer in the roster; their later records move to `into`."""
    names = None
    if asked.into:
        entry_of(load_roster(project), asked.into)
        naming = Naming(names={who: asked.into}, scrubbed=_IDENTIFYING)
        names = planned_names(renamed(project.snapshot, naming), {}, drop_approvals=asked.drop_approvals)
    words = tuple(dict.fromkeys((*((_spelled(who), who) if _tells(_spelled(who)) else ()), *asked.words)))
    return _planned(project, asked, names, words)


def _planned(
    project: Project, asked: ErasureRequest, names: PlannedNames | None, words: tuple[str, ...]
) -> PlannedErasure:
    found = mentions(project.root, words, names.files if names else {}) if words else ()
    left = tuple(one for one in found if not any(fnmatch.fnmatchcase(one.at.path, glob) for glob in asked.leave))
    return PlannedErasure(
        names=names, pseudonyms={}, words=words, left=left, aside=len(found) - len(left), groups=(), active=False
    )


def _pseudonym(roster: Roster, who: str) -> str:
    start = who.partition("/")[0] + "/" if who.startswith("@") else ""
    while True:
        drawn = f"{start}p-{secrets.token_hex(4)}"
        if not roster.knows(drawn) or start:
            return drawn


def _tells(name: str) -> bool:
    """Whether a name identifies a person: numbers and names of one or two characters occur everywhere."""
    return len(name) >= _SHORTEST and not name.isdecimal()


def _spelled(who: str) -> str:
    return who.partition("/")[2] if who.startswith("@") else who
