"""Submissions in numbers and words; what `--submit` is to send; whether a commit has what was written."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shlex import quote

import msgspec
import orjson
from msgspec import UNSET

from assay.annotator.blind import asked_items, stated_batch
from assay.annotator.own_files import Part, read_votes, votes_at
from assay.errors import LimitError, UsageError
from assay.files import WORK, Aside, digest_bytes, inside, read_bytes, write_bytes
from assay.forge import BatchSubmission
from assay.git import GitState, commit_snapshot
from assay.labels import Workload


def summarize_part(state: GitState, part: Part, since: str | None) -> BatchSubmission:
    """What changed in an annotator's part between a commit (None: empty) and the work tree.

    Raises:
        ConfigError: the plan of the batch cannot be read.
    """
    before = votes_at(state, since, part).own.lines
    votes = read_votes(state.root, part)
    after = votes.own.lines
    committed = commit_snapshot(state.root, state.refs.head)
    asked = asked_items(committed, part)
    batch = stated_batch(committed, part)
    usual = batch.guideline if batch else ""
    versions = (usual if one.guideline is UNSET else one.guideline for one in votes.records)
    return BatchSubmission(
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
    before = votes_at(state, since, part).own.lines
    after = (read_votes(state.root, part) if in_tree else votes_at(state, "HEAD", part)).own.lines
    return sum(before.get(item) != after.get(item) for item in before.keys() | after.keys())


def summary_line(batches: Sequence[BatchSubmission], who: str) -> str:
    """One line: the batch, the number of labels, the annotator, the kinds of change."""
    if len(batches) == 1:
        return f"{batches[0].name}: {_labels(batches)} by {who} ({_kinds(batches[0])})"
    return f"{_labels(batches)} by {who} in {len(batches)} batches"


def commit_message(batches: Sequence[BatchSubmission], who: str, stated: str = "") -> str:
    """The stated message and the counts, with those of each batch where there are several."""
    listed = "\n".join(f"{one.name}: {_kinds(one)}" for one in batches) if len(batches) > 1 else ""
    return "\n\n".join(filter(None, (stated, summary_line(batches, who), listed)))


def request_body(batches: Sequence[BatchSubmission], who: str) -> str:
    """The text of a pull request: the progress of each batch, the guideline followed, skips and flags."""
    paragraphs = []
    for one in batches:
        progress = f"{one.done:,} of {one.asked:,} answered, {one.asked - one.done:,} left" if one.asked else ""
        lines = [f"**{one.name}** by {who}: {progress or f'{one.done:,} answered'} ({_kinds(one)})"]
        for title, counted in (("guideline", one.guidelines), ("skipped", one.skips), ("flagged", one.flags)):
            if counted:  # words of label files are code, so that they make no link or mention
                plain = ((" ".join(name.replace("`", "'").split())[:80] or " ", counted[name]) for name in counted)
                lines.append(f"- {title}: {', '.join(f'`{name}` {number:,}' for name, number in plain)}")
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def _labels(batches: Sequence[BatchSubmission]) -> str:
    number = sum(one.added + one.changed for one in batches)
    return f"{number:,} label{'' if number == 1 else 's'}"


def _kinds(one: BatchSubmission) -> str:
    gone = f", {one.removed:,} removed" if one.removed else ""
    return f"{one.added:,} added, {one.changed:,} changed{gone}"


def _counted(names: Iterable[str]) -> dict[str, int]:
    counted: Mapping[str, int] = Counter(names)
    return dict(sorted(counted.items()))


def label_bytes(root: Path, paths: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of the existing files with label records, before they are committed."""
    labels = (path for path in paths if path.startswith("labels/") and path.endswith(".jsonl"))
    return {path: read_bytes(place) for path in labels if (place := inside(root, path)).is_file()}


def require_as_written(state: GitState, files: Mapping[str, bytes]) -> None:
    """Requires that the last commit has the records that were written; their format may differ.

    Raises:
        UsageError: it has others; the original is kept below `.assay/aside`, and the message says how to restore it.
    """
    aside, changed, back = Aside(state.root), [], []
    for path, data in files.items():
        committed = state.file_at("HEAD", path) or b""
        if committed != data and (lines := _other(data, committed)):
            changed.append(f"{path}:{lines}")
            back.append((path, aside.write(path, data)))
    if not changed:
        return
    copies = " && ".join(f"cp {quote(backup)} {quote(path)}" for path, backup in back)
    named = " ".join(quote(path) for path, _ in back)
    raise UsageError(
        f"a git hook changed what was committed: {'; '.join(changed)}; nothing was sent",
        fix=f"the original is kept in {aside.location}. To restore it: {copies} && git commit --no-verify -m 'Undo what a hook changed' "
        f"-- {named}; then run this again. Without that, the next run sends the hook's version",
    )


def _other(before: bytes, after: bytes) -> str:
    """The first line with a different record, and how many records differ; empty where none do."""
    old, new = _records(before), _records(after)
    lost, came = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if not (lost or came):
        return ""
    number = max(lost.total(), came.total())
    line = next((line for line, one in enumerate(new, start=1) if one in came), 0)
    line = line or next(line for line, one in enumerate(old, start=1) if one in lost)
    return f"{line} ({number:,} record{'' if number == 1 else 's'} not as written)"


def _records(data: bytes) -> list[bytes]:
    """The lines in one format; a line that is not JSON, stripped."""
    records = []
    for line in data.splitlines():
        try:
            records.append(orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS))
        except ValueError:
            records.append(line.strip())
    return records


_ODD = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCommand:
    """A command with `--submit`: `what` names the branch `<who>/<what>`, `title` heads the commit.

    `command` identifies it, `typed` is the command line that resumes it. Files below the prefixes of `settled` must not
    be changed: what the command writes depends on them.
    """

    who: str
    what: str
    title: str
    command: str
    typed: str
    settled: tuple[str, ...] = ()

    @property
    def branch(self) -> str:
        """The branch that it wants."""
        return f"{self.who}/{_ODD.sub('-', self.what)[:_LONGEST].strip('-')}"

    @property
    def heading(self) -> str:
        """The first line of the commit, and the title of the pull request."""
        return f"{self.title} by {self.who}"

    @property
    def again(self) -> str:
        """How to resume it."""
        return f"`{self.typed}` again goes on from here"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandProgress:
    """The progress of a command: its files, whether it has written them all, and the branch to commit them on.

    `who` typed it. `before` is the commit of the branch before it, and `sent` the one with all of it once it is sent.
    """

    who: str = ""
    typed: str = ""
    paths: tuple[str, ...] = ()
    written: bool = False
    branch: str = ""
    before: str = ""
    sent: str = ""


def load_progress(root: Path, command: SendCommand) -> CommandProgress:
    """The progress of an earlier run of the same command; empty where there was none, or it cannot be read."""
    try:
        return msgspec.json.decode(read_bytes(_place(root, command)), type=CommandProgress)
    except (FileNotFoundError, msgspec.MsgspecError):
        return CommandProgress(who=command.who, typed=command.typed)


def save_progress(root: Path, command: SendCommand, progress: CommandProgress) -> None:
    """Saves the progress for the same command typed again."""
    write_bytes(_place(root, command), msgspec.json.encode(progress))


def delete_progress(root: Path, command: SendCommand) -> None:
    """Deletes the progress: there is nothing to send."""
    _place(root, command).unlink(missing_ok=True)


def drop_sent(root: Path, is_over: Callable[[str], bool]) -> None:
    """Deletes the progress of commands that were sent on branches which are over; what cannot be read stays."""
    is_over = cache(is_over)
    for place, progress in _noted(root):
        with suppress(OSError, LimitError):
            if progress.sent and is_over(progress.branch):
                place.unlink()


def unsent_commands(root: Path, who: str) -> tuple[CommandProgress, ...]:
    """The commands of a person that wrote files here and are not sent yet; what cannot be read is left out."""
    found = (one for _, one in _noted(root))
    return tuple(one for one in found if one.who == who and one.paths and one.branch and not one.sent)


def _noted(root: Path) -> Iterator[tuple[Path, CommandProgress]]:
    for place in sorted(inside(root, f"{WORK}/sending").glob("*.json")):
        with suppress(OSError, LimitError, msgspec.MsgspecError):
            yield place, msgspec.json.decode(read_bytes(place), type=CommandProgress)


def _place(root: Path, command: SendCommand) -> Path:
    digest = digest_bytes(f"{command.who}\n{command.command}".encode())
    return inside(root, f"{WORK}/sending/{digest.rpartition(':')[2][:16]}.json")
