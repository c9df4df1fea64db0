"""`assay annotator erase`: a pseudonym instead of a person, and where their name is still mentioned."""

import fnmatch
import html
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from assay.core import Annotator, JsonObject, Location, legible
from assay.errors import AssayError, UsageError
from assay.files import inside, load_yaml, read_bytes, read_parquet, yaml_block
from assay.git import require_whole
from assay.labels import Naming, names_in, renamed
from assay.lead.annotator_rename import PlannedNames, gathered, moved_entry
from assay.lead.annotator_set import entry_of
from assay.project import ANNOTATORS, IDENTITIES, Project, Roster, load_roster

_ASIDE = frozenset({".git", ".assay", ".venv", "__pycache__", "node_modules"})
_KEPT = frozenset({".dvc/cache", ".dvc/tmp"})
_TELLING = 5
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|.)")
_BLANKS = r"[\s>#*]+"
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
MADE = ("build/", "reports/", "gate/", "release/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A word at a place; line 0: in the file's name, in a file that is no text, or it could not be looked at."""

    at: Location
    word: str

    @property
    def made(self) -> bool:
        """Whether the pipeline writes the file, and writes it again."""
        return self.at.path.startswith(MADE)


def mentions(root: Path, words: Iterable[str], becoming: Mapping[str, bytes | None]) -> tuple[Mention, ...]:
    """Every place below `root` that holds one of the words by itself, in any case, once `becoming` is written.

    By itself: no letter, digit, `_` or `-` on either side, but for scripts that put no space between words. A word is found in
    each Unicode form, and as JSON, YAML, HTML and addresses write it. Tables are read. In other files that are no text, words of fewer than five characters come by chance and are not looked
    for. git's own folder, DVC's cache and what this clone keeps to itself (`.assay/`) are not looked at.
    """
    pattern = re.compile("|".join(_by_itself(_plain(word)) for word in sorted(words)), re.IGNORECASE)
    paths = sorted({*_files(root), *becoming} - {path for path, data in becoming.items() if data is None})
    return tuple(found for path in paths for found in _in_file(root, path, pattern, becoming.get(path)))


def _by_itself(word: str) -> str:
    """The pattern of a word, where no other one goes on at its ends; a blank in it may be the end of a line."""
    word = word.strip()
    start = "" if _UNSPACED.match(word[:1]) else r"(?<![\w-])"
    end = "" if _UNSPACED.match(word[-1:]) else r"(?![\w-])"
    return f"{start}{_BLANKS.join(map(re.escape, word.split()))}{end}"


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first word in a text, as it stands there or as what it stands for."""
    return next((found for reading in _readings(text) if (found := pattern.search(reading)) is not None), None)


def _readings(text: str) -> Iterator[str]:
    """A text in one Unicode form: as it stands, and without the escapes of JSON and YAML, of HTML and of addresses."""
    yield _plain(text)
    if "\\" in text:
        yield _plain(_PAIR.sub(_paired, _ESCAPE.sub(_unescaped, text)))
    if "''" in text:
        yield _plain(text.replace("''", "'"))
    if "&" in text:
        yield _plain(html.unescape(text))
    if "%" in text:
        yield _plain(unquote(text, errors="replace"))


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code and int(code, 16) <= sys.maxunicode:
        return chr(int(code, 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(escape[0][1], escape[0][1])


def _paired(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        below = Path(folder).relative_to(root).as_posix()
        start = "" if below == "." else f"{below}/"
        folders[:] = [name for name in folders if name not in _ASIDE and f"{start}{name}" not in _KEPT]
        yield from (f"{start}{name}" for name in names if name != ".git")


def _in_file(root: Path, path: str, pattern: re.Pattern[str], became: bytes | None) -> Iterator[Mention]:
    name = legible(path)
    if (found := _search(pattern, name)) is not None:
        yield Mention(at=Location(path=name), word=found[0])
    if became is None and (root / path).is_symlink():
        return
    if path.endswith(".parquet"):
        yield from _in_table(root / path, name, pattern)
        return
    try:
        data = read_bytes(root / path) if became is None else became
    except (OSError, AssayError) as error:
        yield Mention(at=Location(path=name), word=f"could not be looked at: {error}")
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
    """The first word of each line; one that goes on in the next line is in the first of the two."""
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), start=1):
        found = _search(pattern, line)
        if found is None and following and _search(pattern, following) is None:
            found = _search(pattern, f"{line}\n{following}")
        if found is not None:
            yield Mention(at=Location(path=name, line=number), word=" ".join(found[0].split()))


def _in_table(path: Path, name: str, pattern: re.Pattern[str]) -> Iterator[Mention]:
    """The first word that a column of a table holds."""
    try:
        table = read_parquet(path, numbered=False)
    except (OSError, AssayError) as error:
        yield Mention(at=Location(path=name), word=f"could not be looked at: {error}")
        return
    for column in table.columns:
        nested = hasattr(column.type, "num_fields") and column.type.num_fields > 0
        if (found := _search(pattern, str(column.to_pylist() if nested else column.unique().to_pylist()))) is not None:
            yield Mention(at=Location(path=name), word=found[0])
            return


_SHORTEST = 3
_IDENTIFYING = frozenset({"handle", "emails", "reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """What to erase beside the ids: further `words`, their `groups`; and the files (globs) whose mentions are others'.

    `into` is the pseudonym of somebody who is erased already, for what came in under the old name later.
    """

    words: tuple[str, ...] = ()
    groups: bool = False
    leave: tuple[str, ...] = ()
    into: str = ""
    drop_approvals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedErasure:
    """What is to be written; the pseudonym of each id (none: nobody of that name is in the roster), and what it was known by.

    `left` are the places that hold one of the `words` even then, but for those `aside` that were said to be of others.
    """

    names: PlannedNames | None
    pseudonyms: Mapping[str, str]
    words: tuple[str, ...]
    left: tuple[Mention, ...]
    aside: int
    groups: tuple[str, ...]
    active: bool


def plan_erasure(project: Project, who: str, asked: Erasing) -> PlannedErasure:
    """What the files of a project will be once `who` is a pseudonym; nothing is written.

    Names of sources that `labels/sources/identities.yaml` gives to them become pseudonyms too. Where nobody of that name is
    in the roster any more, only what still holds the words is told. A pseudonym is drawn, and follows from nothing.

    Raises:
        UsageError: `into` is not in the roster, or is given for somebody who is.
        ConfigError: their entry or the identities cannot be read.
        RefusedError: a file cannot be read, or a signed approval names them and `drop_approvals` is not said.
    """
    require_whole(project.snapshot)
    roster = load_roster(project)
    if not roster.knows(who):
        return _looked(project, who, asked)
    if asked.into:
        raise UsageError(f"{who} is in the roster, and gets a pseudonym of their own", fix="leave --into away")
    one = entry_of(roster, who)
    gone = _IDENTIFYING | (frozenset({"groups"}) if asked.groups else frozenset())
    everybody = (who, *_of_sources(project, who))
    pseudonyms = {each: _pseudonym(roster, each) for each in everybody}
    own = {} if who.startswith("@") else moved_entry(project, who, pseudonyms[who], _entry(project, who, gone))
    also = {word.lower(): pseudonyms[who] for word in (one.handle, *one.emails) if word}
    naming = Naming(names=pseudonyms, also=also, scrubbed=gone)
    names = gathered(renamed(project.snapshot, naming), own, drop_approvals=asked.drop_approvals)
    words = _words(everybody, one, asked.words)
    left = mentions(project.root, words, names.files) if words else ()
    kept = tuple(place for place in left if not _is_left(place, asked.leave))
    return PlannedErasure(
        names=names,
        pseudonyms=pseudonyms,
        words=words,
        left=kept,
        aside=len(left) - len(kept),
        groups=() if asked.groups else tuple(sorted(one.groups)),
        active=not one.away and not who.startswith("@"),
    )


def _looked(project: Project, who: str, asked: Erasing) -> PlannedErasure:
    """What still holds the words, of somebody who is in the roster no more; under `into` goes what came in later."""
    names = None
    if asked.into:
        entry_of(load_roster(project), asked.into)
        naming = Naming(names={who: asked.into}, scrubbed=_IDENTIFYING)
        names = gathered(renamed(project.snapshot, naming), {}, drop_approvals=asked.drop_approvals)
    words = tuple(dict.fromkeys((*((_spelled(who), who) if _tells(_spelled(who)) else ()), *asked.words)))
    left = mentions(project.root, words, names.files if names else {}) if words else ()
    kept = tuple(place for place in left if not _is_left(place, asked.leave))
    return PlannedErasure(
        names=names, pseudonyms={}, words=words, left=kept, aside=len(left) - len(kept), groups=(), active=False
    )


def _is_left(place: Mention, globs: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(place.at.path, glob) for glob in globs)


def _of_sources(project: Project, who: str) -> tuple[str, ...]:
    """The names of sources that are this person."""
    if not project.snapshot.has(IDENTITIES):
        return ()
    return tuple(name for name, whose in names_in(project.snapshot.read(IDENTITIES)).items() if whose == who)


def _pseudonym(roster: Roster, who: str) -> str:
    start = who.partition("/")[0] + "/" if who.startswith("@") else ""
    while True:
        drawn = f"{start}p-{secrets.token_hex(4)}"
        if not roster.knows(drawn) or start:
            return drawn


def _entry(project: Project, who: str, gone: frozenset[str]) -> bytes:
    """The entry of a pseudonym: what votes are counted by, and nothing by which one knows the person; no comments."""
    path = f"{ANNOTATORS}/{who}.yaml"
    value = load_yaml(read_bytes(inside(project.root, path)), path).value
    stated: JsonObject = value if isinstance(value, dict) else {}
    return yaml_block({key: part for key, part in stated.items() if key not in gone}).encode()


def _words(everybody: tuple[str, ...], one: Annotator, more: tuple[str, ...]) -> tuple[str, ...]:
    """What is looked for in text: of ids and names of sources those that tell somebody, and all that was stated."""
    names = (each for who in everybody for each in dict.fromkeys((_spelled(who), who)) if _tells(_spelled(who)))
    return tuple(dict.fromkeys(word for word in (*names, one.handle, *one.emails, *more) if word.strip()))


def _tells(name: str) -> bool:
    """Whether a name says who somebody is: a number or one or two signs do not, and stand everywhere."""
    return len(name) >= _SHORTEST and not name.isdecimal()


def _spelled(who: str) -> str:
    return who.partition("/")[2] if who.startswith("@") else who
