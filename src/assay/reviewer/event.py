"""What to review, and what a forge states about a pull request: its event, and the list of pushes of a trusted job."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from assay.errors import UsageError
from assay.files import JsonFault, parse_strict, read_bytes
from assay.guidelines import ForgeReview

OPENED = "opened"

_LIMIT = 2**20
_ID = r"^([0-9a-f]{40}|[0-9a-f]{64})\Z"
_NOTHING = re.compile("0+")
_EVENT_LIMIT = 8 * 2**20
_PUSHING = frozenset({OPENED, "synchronize"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A branch moved from one commit to another, by full id, and the login that pushed; a new one has no `before`."""

    before: str
    after: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeEvidence:
    """What the forge states: the action of its event (empty: no event), what that event opened, and a list of pushes.

    `pushes` is None where no list was given. `opened` counts only for the head that is judged.
    """

    action: str = ""
    opened: Push | None = None
    pushes: tuple[Push, ...] | None = None

    @property
    def spoke(self) -> bool:
        """Whether the forge stated anything."""
        return bool(self.action) or self.pushes is not None


SILENT = ForgeEvidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """What to review: two revisions (None: the default branch, and HEAD), and who asks to merge.

    `actors` are logins, `forge` is what a forge states about who pushed (nothing: the actors are a claim). `now` is the
    time of the review, in UTC as in records; without it no signature counts and no time is in the future. `secret` and
    `ticket` are for the draw (no secret: no draw; no ticket: the base). `reviews` are the forge's reviews of the change
    (None: not read), `title` and `branch` those of the pull request. `sender` is the actor of whom the event says only
    that they pushed to the change.
    """

    base: str | None = None
    head: str | None = None
    actors: tuple[str, ...] = ()
    sender: str = ""
    forge: ForgeEvidence = SILENT
    now: str = ""
    secret: bytes = b""
    ticket: str = ""
    title: str = ""
    branch: str = ""
    reviews: tuple[ForgeReview, ...] | None = None


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    before: Annotated[str, msgspec.Meta(pattern=_ID)]
    after: Annotated[str, msgspec.Meta(pattern=_ID)]
    actor: Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,100}\Z")]


def pushes_of(path: Path) -> tuple[Push, ...]:
    """The pushes of a file: a JSON list of `{"before", "after", "actor"}` with full commit ids; zeros for a new branch.

    Raises:
        UsageError: the file cannot be read, or an entry has another form.
    """
    try:
        entries = msgspec.convert(parse_strict(read_bytes(path, limit=_LIMIT)), type=list[_Entry])
    except (OSError, JsonFault, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path.name} is not a valid list of pushes: {getattr(error, 'message', error)}",
            fix='write only what the forge states: [{"before": FULL ID, "after": FULL ID, "actor": LOGIN}, …]',
        ) from error
    return tuple(
        Push(before="" if _NOTHING.fullmatch(entry.before) else entry.before, after=entry.after, actor=entry.actor)
        for entry in entries
    )


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


def event_of(path: Path) -> ReviewRequest:
    """The request in a forge's event: the actors are who opened the pull request, and who pushed to it.

    The draw uses its number and its target branch. Only where the action is `opened` does the event prove that its
    sender pushed the commits of the head.

    Raises:
        UsageError: the file is not a pull request's event.
    """
    try:
        event = msgspec.json.decode(read_bytes(path, limit=_EVENT_LIMIT), type=_Event)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path.name} is not a pull request's event: {error}", fix="give the event file of the forge's job"
        ) from error
    pushed = (event.sender.login,) if event.action in _PUSHING else ()
    request = event.pull_request
    proved = event.action == OPENED and request.head.sha and event.sender.login
    opened = Push(before="", after=request.head.sha, actor=event.sender.login) if proved else None
    return ReviewRequest(
        actors=tuple(dict.fromkeys(login for login in (request.user.login, *pushed) if login)),
        sender=event.sender.login if event.action != OPENED and event.sender.login != request.user.login else "",
        forge=ForgeEvidence(action=event.action or "without an action", opened=opened),
        ticket=f"pull request {request.number}\n{request.base.ref}",
        title=request.title,
        branch=request.head.ref,
    )
