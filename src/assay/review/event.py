"""What a forge says of a pull request, in the JSON of its event."""

from pathlib import Path

import msgspec

from assay.errors import UsageError
from assay.review.pull_request import Asked
from assay.store.files import read_bytes

_LIMIT = 8 * 2**20
_PUSHES = frozenset({"opened", "synchronize"})


class _User(msgspec.Struct, frozen=True):
    login: str = ""


class _Head(msgspec.Struct, frozen=True):
    ref: str = ""


class _PullRequest(msgspec.Struct, frozen=True):
    number: int
    user: _User
    title: str = ""
    head: _Head = _Head()


class _Event(msgspec.Struct, frozen=True):
    pull_request: _PullRequest
    sender: _User = _User()
    action: str = ""


def event_of(path: Path) -> Asked:
    """Who asks to merge what: whoever opened the pull request, and whoever pushed to it; its number is what is drawn by.

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
    return Asked(
        actors=tuple(dict.fromkeys(login for login in (request.user.login, *pushed) if login)),
        ticket=f"pull request {request.number}",
        title=request.title,
        branch=request.head.ref,
    )
