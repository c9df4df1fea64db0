"""`assay annotator erase`: a pseudonym instead of a person, in every file of the project."""

import fnmatch
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from assay.actions.annotator_rename import PlannedNames, gathered, moved_entry
from assay.actions.annotator_set import entry_of
from assay.actions.mentions import Mention, mentions
from assay.errors import UsageError
from assay.git.snapshot import require_whole
from assay.labels.renamed_lines import Naming
from assay.labels.renaming import names_in, renamed
from assay.model.json import JsonObject
from assay.model.project import Annotator
from assay.project import Project
from assay.project.identities import IDENTITIES
from assay.project.roster import ANNOTATORS, Roster, load_roster
from assay.store.files import inside, read_bytes
from assay.store.yaml import load_yaml
from assay.store.yaml_text import yaml_block

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
        raise UsageError(f"{who} is in the roster, and gets a pseudonym of their own", hint="leave --into away")
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
