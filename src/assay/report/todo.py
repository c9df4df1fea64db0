"""What is mine to do, for a person to read."""

from collections.abc import Iterator
from datetime import datetime

from assay.model.names import clip
from assay.model.todo import BatchWork, GuidelineNews, SentBack, Suggestion, Todo, Waiting
from assay.report.plain import count, decimal, visible

_LISTED = 20
_SHOWN = 300
_FRESH = 3600


def todo_text(todo: Todo) -> str:
    """Each open batch with what came back, then what is new in the guidelines, then the next command."""
    stand = "\n".join(_stand(todo))
    if not todo.batches and todo.waiting:
        return f"{todo.who}: no batch asks you anything; this is to be handed out or sent\n\n{stand}"
    if not todo.batches:
        return "\n\n".join(filter(None, (f"{todo.who}: nothing is open for you. Thank you!", stand)))
    parts = [f"{todo.who}: {count(len(todo.batches), 'open batch', 'open batches')}", *([stand] if stand else [])]
    parts += ["\n".join(_batch(one)) for one in todo.batches]
    parts += ["\n".join(_guideline(one)) for one in todo.guidelines]
    parts.append(
        f"next: {todo.next}" if todo.next else "All of it is answered: nothing to do until it is reviewed or closed."
    )
    return "\n\n".join(parts)


def fetched_text(fetched: str, now: str) -> str:
    """When this clone last fetched, seen from now (both RFC 3339, UTC; `fetched` empty: nobody knows)."""
    if not fetched:
        return "this clone fetched nothing since it was made, or the last try failed: `assay todo --fetch` fetches what is new"
    seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(fetched)).total_seconds()
    return f"fetched {_ago(max(seconds, 0))}" + (
        "" if seconds < _FRESH else ": `assay todo --fetch` fetches what is new"
    )


def _ago(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return "just now"
    number, unit = (
        (minutes, "minute")
        if minutes < 60
        else (minutes // 60, "hour")
        if minutes < 48 * 60
        else (minutes // 1440, "day")
    )
    return f"{count(number, unit)} ago"


def duration(seconds: float) -> str:
    """A stretch of time as people say it: `40 s`, `12 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _stand(todo: Todo) -> Iterator[str]:
    """What was begun with git here and is not through, and what waits for somebody to hand it out."""
    if todo.unfinished:
        yield (
            f"git is in the middle of a {todo.unfinished} here: finish it, "
            "or drop it with `assay doctor --abort`, which keeps every changed file; `assay doctor` says more"
        )
    for stuck in todo.stuck:
        named = ", ".join(stuck.items[:_LISTED])
        more = f" and {len(stuck.items) - _LISTED:,} more" if len(stuck.items) > _LISTED else ""
        yield visible(
            f"sent back to you in {stuck.task}/{stuck.batch}, which is closed: {named}{more}; "
            f"ask a lead to open it again: `assay batch reopen {stuck.task} {stuck.batch}`"
        )
    yield from map(visible, todo.unread)
    for one in todo.kept:
        sending = ", then ".join(f"`{command}`" for command in one.commands)
        state = "committed on" if one.committed else "written, not committed, for"
        yield visible(f"{state} branch {one.branch} and not sent; to send it: {sending}")
    yield from map(waiting_text, todo.waiting)


def waiting_text(one: Waiting) -> str:
    """What waits for people in a task or is outdated, what asking again takes, and the command that drafts the batch."""
    hours = "" if one.hours is None else f", hours: {decimal(one.hours, 1)}"
    parts = []
    if one.votes:
        parts.append(f"{count(one.votes, 'current answer waits', 'current answers wait')} for people after a migration")
    if one.outdated:
        parts.append(f"{count(one.outdated, 'current answer is', 'current answers are')} outdated")
    return visible(
        f"{one.task}: {' and '.join(parts)}, and no open batch asks for {'it' if one.votes + one.outdated == 1 else 'them'}; "
        f"to ask again: {count(one.answers, 'answer')} to {count(one.items, 'item')}{hours}: "
        f"{f'{one.first}; then ' if one.first else ''}`{one.command}`"
    )


def _batch(one: BatchWork) -> Iterator[str]:
    yield f"{one.task}/{one.batch}  ({one.purpose}, guideline {one.guideline})"
    yield f"  {one.done:,} of {one.asked:,} done{f' ({one.skipped:,} skipped)' if one.skipped else ''}, {one.left:,} left"
    if one.unmerged:
        yield f"  {one.unmerged:,} handed in, waiting for the merge"
    for branch, number in one.elsewhere.items():
        yield visible(
            f"  {number:,} of your answers {'stands' if number == 1 else 'stand'} on branch {branch}, not in this folder"
        )
    yield from (visible(f"  {note}") for note in one.notes)
    if one.median_seconds is not None:
        rest = f"; about {duration(one.seconds_left)} to go" if one.seconds_left else ""
        yield f"  your pace: {duration(one.median_seconds)} an item{rest}"
    if one.unreadable:
        yield f"  {count(one.unreadable, 'line')} of your file cannot be read: `assay check --mine` says which"
    if one.unsent:
        yield "  some of your answers are not handed in yet: `assay submit`"
    if one.returned:
        yield f"  sent back to you: {count(len(one.returned), 'item')}"
        yield from (f"    {_sent_back(sent)}" for sent in one.returned[:_LISTED])
    if len(one.returned) > _LISTED:
        yield f"    … and {len(one.returned) - _LISTED:,} more"


def _sent_back(sent: SentBack) -> str:
    at = f" ({sent.at[:10]})" if sent.at else ""
    return visible(f"{sent.item}: {clip(' '.join(sent.why.split()), _SHOWN)}{at}")


def _guideline(one: GuidelineNews) -> Iterator[str]:
    if not one.followed:
        yield f"guideline of {one.task}: {one.version}. You have not labelled under it yet: read guidelines/{one.task}.md first."
    elif one.changes:
        yield f"guideline of {one.task}: {one.version}. Since you last labelled ({one.followed}):"
        yield from (visible(f"  {news.version} ({news.date}): {news.summary}") for news in one.changes)
    else:
        yield f"guideline of {one.task}: {one.version}, the one you last labelled under"
    if one.newest is not None:
        yield f"  {count(one.suggestions, 'suggestion')} of yours kept in this clone; the newest: {_suggestion(one.newest)}"


def _suggestion(newest: Suggestion) -> str:
    return visible(f"{clip(' '.join(newest.text.split()), _SHOWN)} ({newest.at[:10]})")
