"""What a case of the campaign is: how a change is made, who says that they pushed it, and what must come of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proposing import Edit

if TYPE_CHECKING:
    from reviewer.campaign.scene import Scene

OK, APPROVAL, REFUSED, UNKNOWN = "ok", "needs approval", "refused", "exit 2"
"""What a case must come to; UNKNOWN: the question cannot be answered, and nothing is said of the change."""

PUSHED = ("ada-x",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the forge says, ready to be written: pushes (None: no list), an event, logins on one's own word."""

    pushes: object = None
    event: object = None
    actors: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked where: the folder of a clone below the scene, the command line, and what the forge says."""

    base: str = "main"
    head: str = ""
    folder: str = "clone"
    command: Sequence[str] = ()
    told: Told | None = None


Make = Callable[["Scene"], Request]
Tell = Callable[["Scene", str], Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A change set: commits on `start`, or whatever `make` makes by git itself, judged against `base`.

    `by` is the login that pushed all of it by a list of the forge; `tell` says something else. The reasons, or the
    message where there is no verdict, must hold `says`.
    """

    kind: str
    name: str
    outcome: str
    says: str = ""
    edits: Sequence[Edit] = ()
    make: Make | None = None
    start: str = "main"
    base: str = "main"
    folder: str = "clone"
    by: str = "ada-x"
    tell: Tell | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def branch(self) -> str:
        """The branch that holds the commits."""
        return re.sub("[^a-z0-9]+", "-", f"case {self.kind} {self.name}".lower())


def edit(who: str, files: Mapping[str, str | bytes | None], **more: object) -> Edit:
    """One commit of somebody's."""
    return Edit(files=files, by=who, **more)
