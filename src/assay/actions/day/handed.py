"""Count what is handed in, and say it: the line of the commit, the text of the pull request."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import UNSET

from assay.actions.day.asked import asked_items, stated_batch
from assay.actions.day.mine import Part, parse_votes, read_votes
from assay.git.snapshot import commit_snapshot
from assay.labels.assignment import Workload
from assay.model.sent import Handed
from assay.store.git_state import GitState


def handed(state: GitState, part: Part, since: str | None) -> Handed:
    """What changed in somebody's part between a commit (None: nothing was there) and the work tree.

    Raises:
        ConfigError: the plan of the batch cannot be read.
    """
    before = parse_votes(state.file_at(since, part.path) or b"" if since else b"", part).own.lines
    votes = read_votes(state.root, part)
    after = votes.own.lines
    committed = commit_snapshot(state.root, state.refs.head)
    asked = asked_items(committed, part)
    batch = stated_batch(committed, part)
    usual = batch.guideline if batch else ""
    versions = (usual if one.guideline is UNSET else one.guideline for one in votes.records)
    return Handed(
        task=part.task,
        batch=part.batch,
        added=len(after.keys() - before.keys()),
        changed=sum(before[item] != after[item] for item in before.keys() & after.keys()),
        removed=len(before.keys() - after.keys()),
        asked=0 if asked is None else len(asked),
        done=len(after) if asked is None else len(Workload(asked=asked, answered=after).done),
        skips=_counted(one.skip for one in votes.records if one.skip is not UNSET),
        flags=_counted(flag for one in votes.records if one.flags is not UNSET for flag in one.flags),
        guidelines=_counted(version for version in versions if version),
    )


def count_changed(state: GitState, part: Part, since: str | None, *, in_tree: bool) -> int:
    """How many answers of a part are new, changed or gone since a commit: in the work tree, or in HEAD."""
    before = parse_votes(state.file_at(since, part.path) or b"" if since else b"", part).own.lines
    votes = read_votes(state.root, part) if in_tree else parse_votes(state.file_at("HEAD", part.path) or b"", part)
    after = votes.own.lines
    return sum(before.get(item) != after.get(item) for item in before.keys() | after.keys())


def subject(batches: Sequence[Handed], who: str) -> str:
    """One line: which batch, how many labels, by whom, of what kind."""
    if len(batches) == 1:
        return f"{batches[0].name}: {_labels(batches)} by {who} ({_kinds(batches[0])})"
    return f"{_labels(batches)} by {who} in {len(batches)} batches"


def commit_message(batches: Sequence[Handed], who: str, stated: str = "") -> str:
    """The stated message, else the counts as its first line; the counts of each batch where that line lacks them."""
    counts = subject(batches, who)
    listed = [f"{one.name}: {_kinds(one)}" for one in batches] if len(batches) > 1 else []
    lines = [stated, counts] if stated else [counts]
    return "\n\n".join([*lines, *(["\n".join(listed)] if listed else [])])


def body(batches: Sequence[Handed], who: str) -> str:
    """The text of a pull request: how far each batch is, the guideline followed, skips and flags."""
    return "\n\n".join("\n".join(_paragraph(one, who)) for one in batches)


def _paragraph(one: Handed, who: str) -> Iterable[str]:
    progress = f"{one.done:,} of {one.asked:,} answered, {one.asked - one.done:,} left" if one.asked else ""
    yield f"**{one.name}** by {who}: {progress or f'{one.done:,} answered'} ({_kinds(one)})"
    for title, counted in (("guideline", one.guidelines), ("skipped", one.skips), ("flagged", one.flags)):
        if counted:
            yield f"- {title}: {', '.join(f'{_code(name)} {number:,}' for name, number in counted.items())}"


def _labels(batches: Sequence[Handed]) -> str:
    number = sum(one.added + one.changed for one in batches)
    return f"{number:,} label{'' if number == 1 else 's'}"


def _kinds(one: Handed) -> str:
    gone = f", {one.removed:,} removed" if one.removed else ""
    return f"{one.added:,} added, {one.changed:,} changed{gone}"


def _code(name: str) -> str:
    """A word of a label file as Markdown code, so that it neither links nor mentions anybody."""
    plain = " ".join(name.replace("`", "'").split())[:80]
    return f"`{plain or ' '}`"


def _counted(names: Iterable[str]) -> dict[str, int]:
    counted: Mapping[str, int] = Counter(names)
    return dict(sorted(counted.items()))
