"""What a forge says of a pull request, in the JSON of its event."""

from pathlib import Path

import msgspec

from assay.errors import UsageError
from assay.review.pull_request import Asked
from assay.review.pushes import OPENED, Forge, Push
from assay.store.files import read_bytes

_LIMIT = 8 * 2**20
_PUSHES = frozenset({OPENED, "synchronize"})


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
        event = msgspec.json.decode(read_bytes(path, limit=_LIMIT), type=_Event)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path.name} is no pull request's event: {error}", hint="give the file that the forge hands to the job"
        ) from error
    pushed = (event.sender.login,) if event.action in _PUSHES else ()
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
