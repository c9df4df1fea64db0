"""What a change of the roster does, in words."""

from assay.model.roster import VotesTaken
from assay.report.plain import count


def taken_text(one: VotesTaken) -> str:
    """What an entry does to the votes of a task, in a line."""
    since = f" since {one.since}" if one.since else ""
    parts = []
    if one.votes:
        rest = f"{one.few:,} of them then rests" if one.few == 1 else f"{one.few:,} of them then rest"
        few = f"; {rest} on one vote or none" if one.few else ""
        parts.append(f"{count(one.votes, 'vote')} on {count(one.items, 'item')} of {one.task} no longer count{few}")
    if one.back:
        parts.append(f"{count(one.back, 'vote')} on {count(one.back_items, 'item')} of {one.task} count again")
    return f"{one.who} ({one.status}{since}): {'; '.join(parts)}"
