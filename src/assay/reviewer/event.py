"""What a review is asked, and what a forge says of a pull request: its event, and the list of pushes of a trusted job."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from assay.errors import UsageError
from assay.files import JsonFault, parse_strict, read_bytes
from assay.guidelines import Review

OPENED = "opened"

_LIMIT = 2**20
_ID = r"^([0-9a-f]{40}|[0-9a-f]{64})\Z"
_NOTHING = re.compile("0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A branch moved from one commit to another, by full id, and whose login moved it; `before` is empty for a new one."""

    before: str
    after: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """The forge's word: the action of its event (empty: no event), what that event opened, and a list of pushes.

    `pushes` is None where no list was handed over. `opened` counts for the head that is judged and for no other.
    """

    action: str = ""
    opened: Push | None = None
    pushes: tuple[Push, ...] | None = None

    @property
    def spoke(self) -> bool:
        """Whether anything came from a forge."""
        return bool(self.action) or self.pushes is not None


SILENT = Forge()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to review: two revisions (None: the default branch, and HEAD), and who asks to merge.

    `actors` are logins, `forge` is what a forge says of who pushed (nothing: the actors are a claim). `now` is when
    this is asked, in UTC as records state it; without it no signature counts and no time is in the future. `secret` is what the draw is made with
    (empty: no draw), `ticket` the name that the draw goes by (empty: the base). `reviews` are the forge's reviews of the
    change (None: nobody asked), `title` and `branch` its words. `sender` is the one of the actors of whom the event says
    no more than that they pushed to the change.
    """

    base: str | None = None
    head: str | None = None
    actors: tuple[str, ...] = ()
    sender: str = ""
    forge: Forge = SILENT
    now: str = ""
    secret: bytes = b""
    ticket: str = ""
    title: str = ""
    branch: str = ""
    reviews: tuple[Review, ...] | None = None


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    before: Annotated[str, msgspec.Meta(pattern=_ID)]
    after: Annotated[str, msgspec.Meta(pattern=_ID)]
    actor: Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,100}\Z")]


def pushes_of(path: Path) -> tuple[Push, ...]:
    """The pushes of a file: a JSON list of `{"before", "after", "actor"}` with full commit ids; zeros for a new branch.

    Raises:
        UsageError: the file cannot be read, or any entry is anything else.
    """
    try:
        entries = msgspec.convert(parse_strict(read_bytes(path, limit=_LIMIT)), type=list[_Entry])
    except (OSError, JsonFault, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path.name} is no list of pushes: {getattr(error, 'message', error)}",
            fix='write [{"before": FULL ID, "after": FULL ID, "actor": LOGIN}, …] from what the forge says, and nothing else',
        ) from error
    return tuple(
        Push(before="" if _NOTHING.fullmatch(one.before) else one.before, after=one.after, actor=one.actor)
        for one in entries
    )


_EVENT_LIMIT = 8 * 2**20
_PUSHING = frozenset({OPENED, "synchronize"})


class _User(msgspec.Struct, frozen=True):
    login: str = ""


class _Side(msgspec.Struct, frozen=True):
    ref: str = ""
    sha: str = ""


class _PullRequest(msgspec.Struct, frozen=True):
    number: int
    user: _User
    title: str = ""
    head: _Side = _Side()
    base: _Side = _Side()


class _Event(msgspec.Struct, frozen=True):
    pull_request: _PullRequest
    sender: _User = _User()
    action: str = ""


def event_of(path: Path) -> Asked:
    """Who asks to merge what: whoever opened the pull request, and whoever pushed to it.

    What is drawn by is its number and the branch that it goes to. That the commits of its head were pushed by whoever
    sent the event, it says only where the action is `opened`.

    Raises:
        UsageError: the file is no event of a pull request.
    """
    try:
        event = msgspec.json.decode(read_bytes(path, limit=_EVENT_LIMIT), type=_Event)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path.name} is no pull request's event: {error}", fix="give the file that the forge hands to the job"
        ) from error
    pushed = (event.sender.login,) if event.action in _PUSHING else ()
    request = event.pull_request
    brought = event.action == OPENED and request.head.sha and event.sender.login
    opened = Push(before="", after=request.head.sha, actor=event.sender.login) if brought else None
    return Asked(
        actors=tuple(dict.fromkeys(login for login in (request.user.login, *pushed) if login)),
        sender=event.sender.login if event.action != OPENED and event.sender.login != request.user.login else "",
        forge=Forge(action=event.action or "without an action", opened=opened),
        ticket=f"pull request {request.number}\n{request.base.ref}",
        title=request.title,
        branch=request.head.ref,
    )
