"""What a forge says of who pushed: a pull request's event, and the list of pushes that a trusted job hands over."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from assay.errors import UsageError
from assay.store.files import read_bytes
from assay.store.strict_json import JsonFault, parse_strict

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
            hint='write [{"before": FULL ID, "after": FULL ID, "actor": LOGIN}, …] from what the forge says, and nothing else',
        ) from error
    return tuple(
        Push(before="" if _NOTHING.fullmatch(one.before) else one.before, after=one.after, actor=one.actor)
        for one in entries
    )
