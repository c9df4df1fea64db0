"""One annotator's own file in a batch: read whole, changed record by record, written canonically.

Their answers that are not checked out are theirs wherever the batch is opened, merged or not. One rule for the page,
the sheet, `todo` and `start`: what is checked out, and what other branches of theirs and the default one changed
since they parted from it. Of two answers to one item the later one holds; where their times do not tell, the one
checked out does, and that is said.
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
        """What tells one state of an item's annotation from another; empty where there is none."""
        line = self.lines.get(item)
        return "" if line is None else digest_bytes(line)[:16]

    def with_record(self, item: str, record: "JsonObject | None") -> "OwnFile":
        """The file with the annotation of an item put in, replaced, or (None) taken out."""
        lines = {name: line for name, line in self.lines.items() if name != item}
        if record is not None:
            lines[item] = dump_record(ANNOTATION, record)
        return replace(self, lines=lines)


def own_path(task: str, batch: str, who: str) -> str:
    """Where an annotator's file of a batch stands, below the project's root."""
    return f"labels/{task}/{batch}/{who}.jsonl"


def read_own(root: Path, path: str) -> OwnFile:
    """The file at `path`; one that is not there has no annotations.

    Raises:
        ConfigError: a line of it cannot be read, or an item stands twice; nothing may be written over it.
        LimitError, UsageError: it is larger than assay reads, a symbolic link, or may not be read.
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
        raise UsageError(f"{known.path}: {error.strerror}", fix="put a file that may be read in its place") from error
    digest = digest_bytes(data)
    return known if digest == known.digest else _own(known.path, data, digest)


def lines_of(records: Iterable[Annotation]) -> dict[str, bytes]:
    """The canonical lines of records, by item; of two on one item the last."""
    return {record.item: ANNOTATION.encoder.encode(record) for record in records}


def _own(path: str, data: bytes, digest: str) -> OwnFile:
    read = read_lines(data, ANNOTATION)
    lines = lines_of(read.records)
    if read.faults:
        fault = min(read.faults, key=lambda one: one.line)
        raise ConfigError(f"{path}:{fault.line} {fault.message}", fix=_MEND)
    if len(lines) < len(read.records):
        raise ConfigError(f"{path}: an item stands twice", fix=_MEND)
    return OwnFile(path=path, lines=lines, digest=digest)


def write_own(root: Path, file: OwnFile) -> OwnFile:
    """Writes the file canonically, whole or not at all; a file without annotations is removed.

    Returns:
        The file with the digest of what was written.

    Raises:
        UsageError: it is not the one that was read any more, or another process is writing here.
        OSError: the disk refuses; the old file stands.
    """
    place = inside(root, file.path)
    data = file.data
    with writing(root):
        if data:
            write_bytes(place, data, hold=partial(_hold_as_read, root, file))
        elif file.digest:
            _hold_as_read(root, file)
            place.unlink()
            sync_folder(place.parent)
    return replace(file, digest=digest_bytes(data) if data else "")


def _hold_as_read(root: Path, file: OwnFile) -> None:
    if digest_here(root, file.path) != file.digest:
        raise UsageError(f"{file.path} changed since it was read, and nothing was written", fix="try it again")


def clear_unfinished(root: Path, path: str) -> None:
    """Removes what a killed process left beside the file while it was writing; nobody else may be writing it now."""
    place = inside(root, path)
    for leftover in place.parent.glob(f".{place.name}.tmp*"):
        leftover.unlink(missing_ok=True)


_MEND = "run `assay check` and mend what it lists; nothing was changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBranch:
    """What a branch, at a commit, has of one file and the default branch never had: canonical lines by item.

    `parted` are the lines where it parted from what is checked out. `invalid` are items whose answer the task's schema
    does not admit any more; they are not among the lines. `merged`: it is the default branch, and the lines are those that
    what is checked out never had.
    """

    branch: str
    commit: str
    lines: Mapping[str, bytes]
    parted: Mapping[str, bytes]
    invalid: tuple[str, ...] = ()
    merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A branch, or a file on it, that may hold answers and was not read."""

    branch: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A file with what stands elsewhere put in: by item, the branch that an answer was taken from.

    `apart` are items with two answers of which neither is known to be later: the one checked out stands, or the first.
    """

    own: OwnFile
    taken: Mapping[str, str]
    apart: Mapping[str, str]
    invalid: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """By file: what other branches hold, the names of all that hold answers, and the lines that are handed in and wait."""

    elsewhere: Mapping[str, tuple[OnBranch, ...]] = field(default_factory=dict)
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    handed: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()

    def over(self, own: OwnFile, asked: Collection[str]) -> Together:
        """The file with the answers of other branches to the items that are asked; its digest stays that of the disk."""
        lines, taken, apart, invalid = dict(own.lines), dict[str, str](), dict[str, str](), dict[str, str]()
        for one in self.elsewhere.get(own.path, ()):
            invalid.update((item, one.branch) for item in one.invalid if item in asked and item not in own.lines)
            for item in one.lines.keys() & asked:
                here, there = lines.get(item), one.lines[item]
                # An answer is not taken back against one that stands elsewhere, and one taken from another branch parted nowhere.
                base = None if here is None or item in taken else one.parted.get(item)
                side = merge_record(base, here, there, choose=later)
                if side is Side.BOTH:
                    apart[item] = one.branch
                elif side is Side.THEIRS and here != there:
                    lines[item], taken[item] = there, one.branch
                    apart.pop(item, None)
        still = {item: branch for item, branch in invalid.items() if item not in lines}
        return Together(own=replace(own, lines=lines), taken=taken, apart=apart, invalid=still)

    def said(self, own: OwnFile, asked: Collection[str]) -> Iterator[str]:
        """What somebody who opens the file has to know of answers that stand elsewhere, a sentence each."""
        together = self.over(own, asked)
        merged = {one.branch for one in self.elsewhere.get(own.path, ()) if one.merged}
        for branch, number in sorted(Counter(together.taken.values()).items()):
            state = "merged, and not in this folder yet" if branch in merged else "not merged yet"
            yield f"{number:,} of your answers {'stands' if number == 1 else 'stand'} on branch {branch}, {state}"
        yield from self.doubts(own, asked)
        yield from map(unread_text, self.unread)

    def doubts(self, own: OwnFile, asked: Collection[str]) -> Iterator[str]:
        """Of which answers elsewhere it is not certain that they hold, and which do not."""
        together = self.over(own, asked)
        for items, said in (
            (together.apart, "has another answer of yours, and no time tells which is later; the one here stands"),
            (together.invalid, "has an answer that the schema does not admit any more; the item is open again"),
        ):
            for item, branch in sorted(items.items())[:_LISTED]:
                yield f"warning: item {item}: branch {branch} {said}"
            if len(items) > _LISTED:
                yield f"warning: and so with {len(items) - _LISTED:,} more items"

    def branch_of(self, path: str, item: str) -> str:
        """Another branch with an answer to an item in a file; empty where none has one."""
        return next((one.branch for one in self.elsewhere.get(path, ()) if item in one.lines), "")

    def waiting(self, own: OwnFile) -> frozenset[str]:
        """The items whose answer, as the file has it, is handed in on some branch and waits for the merge."""
        handed = self.handed.get(own.path, frozenset())
        return frozenset(item for item, line in own.lines.items() if line in handed)


NOTHING_UNMERGED = Unmerged()


def unread_text(one: Unread) -> str:
    """That answers may stand on a branch which was not read, or not all of it, and why."""
    return f"warning: branch {one.branch} may hold answers of yours that are not here: {one.why}"


_LISTED = 5
