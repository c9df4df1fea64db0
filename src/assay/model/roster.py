"""What a change of somebody's roster entry does to votes."""

from msgspec import Struct


class VotesTaken(Struct, frozen=True, kw_only=True):
    """What the entry that somebody gets does to the votes of a task in current and open batches.

    `votes` on `items` count no longer; on `few` of the items in closed batches one vote or none is left then. `back`
    votes on `back_items` count again. `status` and `since` are those of the new entry; `gone` where there is none.
    """

    task: str
    who: str
    status: str
    since: str
    votes: int
    items: int
    few: int
    back: int
    back_items: int
