"""What is handed in, in numbers and words; what `--submit` is to send; and whether a commit holds what was meant."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import msgspec
import orjson
from msgspec import UNSET

from assay.annotator.blind import asked_items, stated_batch
from assay.annotator.own_files import Part, parse_votes, read_votes
from assay.errors import LimitError, UsageError
from assay.files import WORK, Aside, digest_bytes, inside, read_bytes, write_bytes
from assay.forge import Handed
from assay.git import GitState, commit_snapshot
from assay.labels import Workload


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


def meant(root: Path, paths: Iterable[str]) -> Mapping[str, bytes]:
    """The bytes of those of the files that hold records of labels and are there, before they are committed."""
    labels = (path for path in paths if path.startswith("labels/") and path.endswith(".jsonl"))
    return {path: read_bytes(place) for path in labels if (place := inside(root, path)).is_file()}


def hold_as_meant(state: GitState, files: Mapping[str, bytes]) -> None:
    """Makes sure that the last commit has the records as they were meant; their form may be another.

    Raises:
        UsageError: it has others; what was meant is kept below `.assay/aside`, and the message says how to get it back.
    """
    aside, said, back = Aside(state.root), [], []
    for path, data in files.items():
        committed = state.file_at("HEAD", path) or b""
        if committed != data and (lines := _other(data, committed)):
            said.append(f"{path}:{lines}")
            back.append((path, aside.write(path, data)))
    if not said:
        return
    copies = " && ".join(f"cp {quote(kept)} {quote(path)}" for path, kept in back)
    named = " ".join(quote(path) for path, _ in back)
    raise UsageError(
        f"a hook of yours changed what was committed: {'; '.join(said)}; nothing was sent",
        fix=f"what it was before is kept in {aside.said}. To take it back: {copies} && git commit --no-verify -m 'As it was meant' "
        f"-- {named}; then run this again. The same again without that sends it as the hook left it",
    )


def _other(before: bytes, after: bytes) -> str:
    """The first line with another record, and how many records were changed, added or lost; empty where none was."""
    old, new = _records(before), _records(after)
    lost, came = Counter(old) - Counter(new), Counter(new) - Counter(old)
    if not (lost or came):
        return ""
    number = max(lost.total(), came.total())
    line = next((line for line, one in enumerate(new, start=1) if one in came), 0)
    line = line or next(line for line, one in enumerate(old, start=1) if one in lost)
    return f"{line} ({number:,} record{'' if number == 1 else 's'} not as written)"


def _records(data: bytes) -> list[bytes]:
    """The lines in one form; a line that is no JSON as it stands."""
    return [_plain(line) for line in data.splitlines()]


def _plain(line: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS)
    except ValueError:
        return line.strip()


_ODD = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who sends what: `what` names the branch `<who>/<what>`, `title` heads the commit.

    `command` tells one command from another, `typed` is what is typed again to go on. Files below the prefixes of `settled` must not be
    changed: what the command writes follows them.
    """

    who: str
    what: str
    title: str
    command: str
    typed: str
    settled: tuple[str, ...] = ()

    @property
    def branch(self) -> str:
        """The branch that it asks for."""
        return f"{self.who}/{_ODD.sub('-', self.what)[:_LONGEST].strip('-')}"

    @property
    def heading(self) -> str:
        """The first line of the commit, and the title of the pull request."""
        return f"{self.title} by {self.who}"

    @property
    def again(self) -> str:
        """How to go on after any stop."""
        return f"`{self.typed}` again goes on from here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How far a command came: its files, whether it has written them all, and where it was to commit them.

    `who` typed what. `before` is the commit that the branch stood at, and `sent` the one that holds it all once it is handed over.
    """

    who: str = ""
    typed: str = ""
    paths: tuple[str, ...] = ()
    written: bool = False
    branch: str = ""
    before: str = ""
    sent: str = ""


def kept_of(root: Path, errand: Errand) -> Kept:
    """What an earlier try of the same command came to; nothing where there was none, or what is kept cannot be read."""
    try:
        return msgspec.json.decode(read_bytes(_place(root, errand)), type=Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Kept(who=errand.who, typed=errand.typed)


def keep(root: Path, errand: Errand, kept: Kept) -> None:
    """Keeps it, on disk, for the same command typed again."""
    write_bytes(_place(root, errand), msgspec.json.encode(kept))


def forget(root: Path, errand: Errand) -> None:
    """Forgets it: there was nothing to be sent."""
    _place(root, errand).unlink(missing_ok=True)


def drop_sent(root: Path, is_over: Callable[[str], bool]) -> None:
    """Forgets the commands that were sent on branches which are over; what cannot be read stays."""
    over: dict[str, bool] = {}
    for place in sorted(inside(root, f"{WORK}/sending").glob("*.json")):
        with suppress(OSError, LimitError, msgspec.MsgspecError):
            kept = msgspec.json.decode(read_bytes(place), type=Kept)
            if kept.sent and kept.branch not in over:
                over[kept.branch] = is_over(kept.branch)
            if kept.sent and over[kept.branch]:
                place.unlink()


def waiting(root: Path, who: str) -> tuple[Kept, ...]:
    """What somebody's commands wrote here and could not send yet, as far as it can be read."""
    found = []
    for place in sorted(inside(root, f"{WORK}/sending").glob("*.json")):
        with suppress(OSError, LimitError, msgspec.MsgspecError):
            found.append(msgspec.json.decode(read_bytes(place), type=Kept))
    return tuple(one for one in found if one.who == who and one.paths and one.branch and not one.sent)


def _place(root: Path, errand: Errand) -> Path:
    digest = digest_bytes(f"{errand.who}\n{errand.command}".encode())
    return inside(root, f"{WORK}/sending/{digest.rpartition(':')[2][:16]}.json")
