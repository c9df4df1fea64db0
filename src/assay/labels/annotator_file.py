"""One annotator's own file in a batch: read whole, changed record by record, written canonically.

An annotator's answers on other branches count too, merged or not. The page, the sheet, `todo` and `start` follow one rule:
take what is checked out, and what their other branches and the default branch changed since they diverged from it. Of two
answers to one item the later one is used; where the times do not decide, the one checked out, with a warning.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import orjson

from assay.core import JsonObject
from assay.errors import ConfigError, UsageError
from assay.files import digest_bytes, digest_here, inside, read_bytes, sync_folder, write_bytes, writing
from assay.labels.merge import Side, later, merge_record
from assay.labels.reader import read_lines
from assay.labels.records import ANNOTATION, Annotation, dump_record

_LISTED = 5
_FIX = "run `assay check` and fix what it lists; nothing was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """The annotations of one file: canonical lines by item, and the digest of the bytes read (empty: no file)."""

    path: str
    lines: Mapping[str, bytes]
    digest: str

    @property
    def data(self) -> bytes:
        """The canonical bytes of the file."""
        return b"".join(b"%s\n" % self.lines[item] for item in sorted(self.lines))

    def record(self, item: str) -> "JsonObject | None":
        """The annotation of an item, None where there is none."""
        line = self.lines.get(item)
        return None if line is None else dict(orjson.loads(line))

    def tag(self, item: str) -> str:
        """A short digest of an item's annotation; empty where there is none."""
        line = self.lines.get(item)
        return "" if line is None else digest_bytes(line)[:16]

    def with_record(self, item: str, record: "JsonObject | None") -> "OwnFile":
        """The file with the annotation of an item put in, replaced, or (None) taken out."""
        lines = {name: line for name, line in self.lines.items() if name != item}
        if record is not None:
            lines[item] = dump_record(ANNOTATION, record)
        return replace(self, lines=lines)


def own_path(task: str, batch: str, who: str) -> str:
    """The path of an annotator's file in a batch, below the project's root."""
    return f"labels/{task}/{batch}/{who}.jsonl"


def read_own(root: Path, path: str) -> OwnFile:
    """The file at `path`; one that is not there has no annotations.

    Raises:
        ConfigError: a line of it cannot be read, or an item is duplicated; nothing may overwrite it.
        LimitError, UsageError: it is larger than assay reads, a symbolic link, or not readable.
    """
    return reread_own(root, OwnFile(path=path, lines={}, digest=""))


def reread_own(root: Path, known: OwnFile) -> OwnFile:
    """The file as it is now: the value `known` where its bytes are still those.

    Raises:
        ConfigError, LimitError, UsageError: as `read_own`.
    """
    try:
        data = read_bytes(inside(root, known.path))
    except FileNotFoundError:
        return OwnFile(path=known.path, lines={}, digest="")
    except OSError as error:
        raise UsageError(f"{known.path}: {error.strerror}", fix="replace it with a readable file") from error
    digest = digest_bytes(data)
    if digest == known.digest:
        return known
    read = read_lines(data, ANNOTATION)
    lines = lines_of(read.records)
    if read.faults:
        fault = min(read.faults, key=lambda fault: fault.line)
        raise ConfigError(f"{known.path}:{fault.line} {fault.message}", fix=_FIX)
    if len(lines) < len(read.records):
        raise ConfigError(f"{known.path}: duplicate item", fix=_FIX)
    return OwnFile(path=known.path, lines=lines, digest=digest)


def lines_of(records: Iterable[Annotation]) -> dict[str, bytes]:
    """The canonical lines of records, by item; of two on one item the last."""
    return {record.item: ANNOTATION.encoder.encode(record) for record in records}


def write_own(root: Path, file: OwnFile) -> OwnFile:
    """Writes the file canonically, whole or not at all; a file without annotations is removed.

    Returns:
        The file with the digest of what was written.

    Raises:
        UsageError: it changed since it was read, or another process is writing here.
        OSError: writing failed; the old file is unchanged.
    """
    place = inside(root, file.path)
    data = file.data
    with writing(root):
        if data:
            write_bytes(place, data, check=partial(_require_unchanged, root, file))
        elif file.digest:
            _require_unchanged(root, file)
            place.unlink()
            sync_folder(place.parent)
    return replace(file, digest=digest_bytes(data) if data else "")


def _require_unchanged(root: Path, file: OwnFile) -> None:
    if digest_here(root, file.path) != file.digest:
        raise UsageError(f"{file.path} changed since it was read, and nothing was written", fix="try it again")


def clear_unfinished(root: Path, path: str) -> None:
    """Removes the partial files of a killed process beside the file; no other process may be writing it."""
    place = inside(root, path)
    for leftover in place.parent.glob(f".{place.name}.tmp*"):
        leftover.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBranch:
    """What a branch, at a commit, has of one file and the default branch never had: canonical lines by item.

    `parted` are the lines where it diverged from what is checked out. `invalid` are items whose answer the task's schema
    no longer allows; they are not among the lines. `merged`: it is the default branch, and the lines are those that
    what is checked out never had.
    """

    branch: str
    commit: str
    lines: Mapping[str, bytes]
    parted: Mapping[str, bytes]
    invalid: tuple[str, ...] = ()
    merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadBranch:
    """A branch, or a file on it, that may have answers and was not read."""

    branch: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFile:
    """A file with the answers from other branches added: by item, the branch that an answer was taken from.

    `apart` are items with two answers of which neither is known to be later: the one checked out is kept, or the first.
    """

    own: OwnFile
    taken: Mapping[str, str]
    apart: Mapping[str, str]
    invalid: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """By file: what other branches have, the names of all branches with answers, and the submitted lines that await the merge."""

    elsewhere: Mapping[str, tuple[OnBranch, ...]] = field(default_factory=dict)
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    handed: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    unread: tuple[UnreadBranch, ...] = ()

    def over(self, own: OwnFile, asked: Collection[str]) -> MergedFile:
        """The file with the answers of other branches to the assigned items; its digest stays that of the file on disk."""
        lines, taken, apart, invalid = dict(own.lines), dict[str, str](), dict[str, str](), dict[str, str]()
        for other in self.elsewhere.get(own.path, ()):
            invalid.update((item, other.branch) for item in other.invalid if item in asked and item not in own.lines)
            for item in other.lines.keys() & asked:
                here, there = lines.get(item), other.lines[item]
                # An answer elsewhere survives a removal here; one taken from another branch has no base.
                base = None if here is None or item in taken else other.parted.get(item)
                side = merge_record(base, here, there, choose=later)
                if side is Side.BOTH:
                    apart[item] = other.branch
                elif side is Side.THEIRS and here != there:
                    lines[item], taken[item] = there, other.branch
                    apart.pop(item, None)
        still = {item: branch for item, branch in invalid.items() if item not in lines}
        return MergedFile(own=replace(own, lines=lines), taken=taken, apart=apart, invalid=still)

    def messages(self, own: OwnFile, asked: Collection[str]) -> Iterator[str]:
        """What the annotator who opens the file must know about answers on other branches, one sentence each."""
        together = self.over(own, asked)
        merged = {other.branch for other in self.elsewhere.get(own.path, ()) if other.merged}
        for branch, number in sorted(Counter(together.taken.values()).items()):
            state = "merged, and not in this folder yet" if branch in merged else "not merged yet"
            yield f"{number:,} of your answers {'is' if number == 1 else 'are'} on branch {branch}, {state}"
        yield from self.doubts(own, asked)
        yield from map(unread_text, self.unread)

    def doubts(self, own: OwnFile, asked: Collection[str]) -> Iterator[str]:
        """Warnings about answers on other branches that may not count, or do not."""
        together = self.over(own, asked)
        for items, what in (
            (together.apart, "has another answer of yours, and no time shows which is later; the one here is kept"),
            (together.invalid, "has an answer that the schema no longer allows; the item is open again"),
        ):
            for item, branch in sorted(items.items())[:_LISTED]:
                yield f"warning: item {item}: branch {branch} {what}"
            if len(items) > _LISTED:
                yield f"warning: the same for {len(items) - _LISTED:,} more items"

    def branch_of(self, path: str, item: str) -> str:
        """Another branch with an answer to an item in a file; empty if there is none."""
        return next((other.branch for other in self.elsewhere.get(path, ()) if item in other.lines), "")

    def waiting(self, own: OwnFile) -> frozenset[str]:
        """The items whose answer, as the file has it, is submitted on some branch and awaits the merge."""
        handed = self.handed.get(own.path, frozenset())
        return frozenset(item for item, line in own.lines.items() if line in handed)


NOTHING_UNMERGED = Unmerged()


def unread_text(unread: UnreadBranch) -> str:
    """Warns that a branch was not fully read, and why."""
    return f"warning: branch {unread.branch} may have answers of yours that are not here: {unread.why}"
