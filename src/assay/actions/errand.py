"""What a command with `--submit` is to send, and what is kept of it until that is done."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from assay.errors import LimitError
from assay.store.digest import digest_bytes
from assay.store.files import WORK, inside, read_bytes, write_bytes

_ODD = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who sends what: `what` names the branch `<who>/<what>`, `title` heads the commit.

    `command` tells one command from another, `typed` is what is typed again to go on. Files below the prefixes of `settled` must not be
    changed: what the command writes follows them.
    """

    who: str
    what: str
    title: str
    command: str
    typed: str
    settled: tuple[str, ...] = ()

    @property
    def branch(self) -> str:
        """The branch that it asks for."""
        return f"{self.who}/{_ODD.sub('-', self.what)[:_LONGEST].strip('-')}"

    @property
    def heading(self) -> str:
        """The first line of the commit, and the title of the pull request."""
        return f"{self.title} by {self.who}"

    @property
    def again(self) -> str:
        """How to go on after any stop."""
        return f"`{self.typed}` again goes on from here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How far a command came: its files, whether it has written them all, and where it was to commit them.

    `who` typed what. `before` is the commit that the branch stood at, and `sent` the one that holds it all once it is handed over.
    """

    who: str = ""
    typed: str = ""
    paths: tuple[str, ...] = ()
    written: bool = False
    branch: str = ""
    before: str = ""
    sent: str = ""


def kept_of(root: Path, errand: Errand) -> Kept:
    """What an earlier try of the same command came to; nothing where there was none, or what is kept cannot be read."""
    try:
        return msgspec.json.decode(read_bytes(_place(root, errand)), type=Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Kept(who=errand.who, typed=errand.typed)


def keep(root: Path, errand: Errand, kept: Kept) -> None:
    """Keeps it, on disk, for the same command typed again."""
    write_bytes(_place(root, errand), msgspec.json.encode(kept))


def forget(root: Path, errand: Errand) -> None:
    """Forgets it: there was nothing to be sent."""
    _place(root, errand).unlink(missing_ok=True)


def drop_sent(root: Path, is_over: Callable[[str], bool]) -> None:
    """Forgets the commands that were sent on branches which are over; what cannot be read stays."""
    over: dict[str, bool] = {}
    for place in sorted(inside(root, f"{WORK}/sending").glob("*.json")):
        with suppress(OSError, LimitError, msgspec.MsgspecError):
            kept = msgspec.json.decode(read_bytes(place), type=Kept)
            if kept.sent and kept.branch not in over:
                over[kept.branch] = is_over(kept.branch)
            if kept.sent and over[kept.branch]:
                place.unlink()


def waiting(root: Path, who: str) -> tuple[Kept, ...]:
    """What somebody's commands wrote here and could not send yet, as far as it can be read."""
    found = []
    for place in sorted(inside(root, f"{WORK}/sending").glob("*.json")):
        with suppress(OSError, LimitError, msgspec.MsgspecError):
            found.append(msgspec.json.decode(read_bytes(place), type=Kept))
    return tuple(one for one in found if one.who == who and one.paths and one.branch and not one.sent)


def _place(root: Path, errand: Errand) -> Path:
    digest = digest_bytes(f"{errand.who}\n{errand.command}".encode())
    return inside(root, f"{WORK}/sending/{digest.rpartition(':')[2][:16]}.json")
