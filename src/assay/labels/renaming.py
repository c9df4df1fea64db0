"""A project under other names: everything that names somebody, as it is to be written. Reads a snapshot, writes nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.errors import UsageError
from assay.git.snapshot import Snapshot
from assay.labels.layout import LabelFile, Role
from assay.labels.place import label_file
from assay.labels.renamed_files import Changed, line_of, renamed_file
from assay.labels.renamed_lines import Naming, Obstacle, Pair, renamed_lines
from assay.model.finding import Location
from assay.store.digest import digest_bytes
from assay.store.pending import ABSENT

_FOLDERS = ("labels", "guidelines", "checks")
_ITEMS = "labels/items/"
_ROSTER = "labels/annotators/"
_OWN = frozenset({Role.ANNOTATIONS, Role.ADJUDICATIONS, Role.RETURNED, Role.GOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """Every file that changes (None: it goes), the digests of what was read, and what is to be said of it.

    `moved` gives a file's new place, `lines` how many lines of a file are written anew, `signed` the signed approvals that
    name somebody concerned. `pairs` are records of two people that become one person's.
    """

    files: Mapping[str, bytes | None]
    was: Mapping[str, str]
    moved: Mapping[str, str]
    lines: Mapping[str, int]
    pairs: tuple[Pair, ...]
    signed: tuple[Location, ...]
    obstacles: tuple[Obstacle, ...]


def renamed(snapshot: Snapshot, naming: Naming) -> Renamed:
    """The files of a project that name somebody, under the new names; entries of the roster itself are not among them.

    A signed approval is given as gone, with its signature: no other name can stand in it.

    Raises:
        LimitError: a file is larger than assay reads.
        GitError: part of the snapshot is not in this clone.
    """
    work = _Work(snapshot, naming)
    for path in (path for folder in _FOLDERS for path in snapshot.under(folder)):
        if not path.startswith((_ITEMS, _ROSTER)) and snapshot.has(path):
            work.take(path)
    work.label_files()
    return work.done()


def place_under(file: LabelFile, naming: Naming) -> str:
    """Where a label file stands under the new names."""
    if file.role not in _OWN or file.sourced or file.who not in naming.names:
        return file.path
    folder, _, name = file.path.rpartition("/")
    return f"{folder}/{naming.of(file.who)}{name.removeprefix(file.who)}"


class _Work:
    def __init__(self, snapshot: Snapshot, naming: Naming) -> None:
        self.snapshot = snapshot
        self.naming = naming
        self.files: dict[str, bytes | None] = {}
        self.was: dict[str, str] = {}
        self.moved: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.pairs: list[Pair] = []
        self.signed: list[Location] = []
        self.obstacles: list[Obstacle] = []
        self.targets: dict[str, list[LabelFile]] = defaultdict(list)

    def take(self, path: str) -> None:
        """Files of policy at once; label files by the place that they get."""
        if (file := label_file(path)) is not None:
            self.targets[place_under(file, self.naming)].append(file)
            return
        data = self._read(path)
        if data is None:
            return
        match renamed_file(path, data, self.naming):
            case Obstacle() as met:
                self.obstacles.append(met)
            case Changed(data=became, signed=signed):
                signature = f"{path.removesuffix('.yaml')}.sig"
                if signed or (path.startswith("guidelines/approvals/") and self.snapshot.has(signature)):
                    words = {**self.naming.names, **self.naming.also}
                    self.signed.append(Location(path=path, line=line_of(data, words)))
                    self._changes(path, data, None)
                    if (sealed := self._read(signature) if self.snapshot.has(signature) else None) is not None:
                        self._changes(signature, sealed, None)
                else:
                    self._changes(path, data, became)

    def label_files(self) -> None:
        """Every label file that moves or names somebody."""
        for target, files in self.targets.items():
            held = [(file, data) for file in files if (data := self._read(file.path)) is not None]
            if not held:
                continue
            became = renamed_lines(held, self.naming)
            self.pairs += became.pairs
            self.obstacles += became.obstacles
            if became.obstacles or (len(held) == 1 and held[0][0].path == target and became.data == held[0][1]):
                continue
            if became.changed:
                self.lines[target] = became.changed
            self.was.setdefault(target, ABSENT)
            for file, data in held:
                self._changes(file.path, data, None)
                if file.path != target:
                    self.moved[file.path] = target
            self.files[target] = became.data

    def done(self) -> Renamed:
        """All of it, by path."""
        return Renamed(
            files=dict(sorted(self.files.items())),
            was=self.was,
            moved=self.moved,
            lines=self.lines,
            pairs=tuple(self.pairs),
            signed=tuple(self.signed),
            obstacles=tuple(self.obstacles),
        )

    def _changes(self, path: str, before: bytes, after: bytes | None) -> None:
        self.files[path] = after
        self.was[path] = digest_bytes(before)

    def _read(self, path: str) -> bytes | None:
        try:
            return self.snapshot.read(path)
        except (OSError, UsageError) as error:
            self.obstacles.append(Obstacle(at=Location(path=path), why=f"cannot be read: {error}"))
            return None


def told(obstacles: tuple[Obstacle, ...]) -> Iterator[str]:
    """What stands in the way, a line each."""
    yield from (f"{one.at}: {one.why.removeprefix(f'{one.at} ')}" for one in obstacles)
