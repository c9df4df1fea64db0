"""A project under other names: everything that names somebody, as it is to be written. Reads a snapshot, writes nothing.

Also names of sources that are a person of the roster: what says so, and the records that the person would have twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.errors import UsageError
from assay.git.snapshot import Snapshot
from assay.labels.paths import LabelFile, Role, label_file
from assay.labels.renamed_files import Changed, line_of, renamed_file
from assay.labels.renamed_lines import Naming, Pair, renamed_lines, without_repeats
from assay.model.finding import Fault, Location
from assay.project.identities import IDENTITIES
from assay.store.digest import digest_bytes
from assay.store.pending import ABSENT
from assay.store.yaml import load_yaml
from assay.store.yaml_edit import set_entry
from assay.store.yaml_text import yaml_block

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
    obstacles: tuple[Fault, ...]


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
        self.obstacles: list[Fault] = []
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
            case Fault() as met:
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
            self.obstacles.append(Fault(path=path, message=f"cannot be read: {error}"))
            return None


def told(obstacles: tuple[Fault, ...]) -> Iterator[str]:
    """What stands in the way, a line each."""
    yield from (f"{one.at}: {one.message.removeprefix(f'{one.at} ')}" for one in obstacles)


def identified(snapshot: Snapshot, found: Renamed, sourced: Sequence[str], into: str, keep: tuple[str, ...]) -> Renamed:
    """What else is written so that names of sources (`@source/name`) are `into`, a person of the roster: no record stays twice.

    `found` is what is written anyway, and where `sourced` is empty it has made the person of others, whose names come along.
    `keep` says whose record stays where two of one item differ; in it `into` stands for the names that are theirs already, too.

    Raises:
        UsageError: a name is somebody else's already.
        ConfigError: `labels/sources/identities.yaml` cannot be read, or cannot be extended as it is written.
    """
    before = _now(snapshot, found, IDENTITIES)
    text = (before or b"").decode()
    earlier = [one for one, whose in names_in(text.encode()).items() if whose == into]
    for who in sourced:
        source, _, name = who[1:].partition("/")
        if (whose := names_in(text.encode()).get(who, into)) != into:
            raise UsageError(
                f"{who} is {whose} by {IDENTITIES}", hint=f"assay annotator merge {whose} {into}, or correct it"
            )
        text = set_entry(text, IDENTITIES, source, name, into) if text.strip() else yaml_block({source: {name: into}})
    files, was = {**found.files}, {**found.was}
    if sourced:
        files[IDENTITIES] = text.encode()
        _read(snapshot, IDENTITIES, was)
    mine = [one for one, whose in names_in(text.encode()).items() if whose == into]
    kept = tuple(one for who in keep for one in ((who, *earlier) if who == into else (who,)))
    naming = Naming(names=dict.fromkeys(mine, into), keep=kept)
    pairs, obstacles = [*found.pairs], [*found.obstacles]
    for folder in sorted({path.rpartition("/")[0] for path in snapshot.under("labels") if "/@" in path}):
        own = f"{folder}/{into}.jsonl"
        paths = [own, *(f"{folder}/{source}.jsonl" for source in sorted({who.partition("/")[0] for who in mine}))]
        held = [
            (file, data)
            for path in paths
            if (file := label_file(path)) is not None
            and file.role is Role.ANNOTATIONS
            and (data := _now(snapshot, found, path)) is not None
        ]
        if len(held) < 2 and (not held or held[0][0].path == own):
            continue
        lost, met, broken = without_repeats(held, naming)
        pairs += met
        obstacles += broken
        for path, data in lost.items():
            _read(snapshot, path, was)
            files[path] = data or None
    return replace(found, files=files, was=was, pairs=tuple(pairs), obstacles=tuple(obstacles))


def kept(keep: Iterable[str], same: Mapping[str, str]) -> tuple[str, ...]:
    """Whose records stay: of a person also those under the names of sources that are theirs."""
    return tuple(dict.fromkeys(one for who in keep for one in (who, *(name for name, of in same.items() if of == who))))


def names_in(identities: bytes) -> Mapping[str, str]:
    """By `@source/name` who it is, as the bytes of an identities file say.

    Raises:
        ConfigError: they cannot be read.
    """
    value = load_yaml(identities, IDENTITIES).value
    return {
        f"@{source}/{name}": str(who)
        for source, names in (value.items() if isinstance(value, dict) else ())
        if isinstance(names, dict)
        for name, who in names.items()
    }


def _now(snapshot: Snapshot, found: Renamed, path: str) -> bytes | None:
    """A file as it will be; None where there is none."""
    if path in found.files:
        return found.files[path]
    return snapshot.read(path) if snapshot.has(path) else None


def _read(snapshot: Snapshot, path: str, was: dict[str, str]) -> None:
    """Notes what a file is now, unless that is known."""
    if path not in was:
        was[path] = digest_bytes(snapshot.read(path)) if snapshot.has(path) else ABSENT
