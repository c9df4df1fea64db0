"""Rename people in all files of a project, without writing: what each file becomes."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.core import SIGNED, Fault, Location
from assay.errors import ConfigError, UsageError
from assay.files import ABSENT, digest_bytes, load_yaml, remove_member, set_entry, swap_texts, yaml_block
from assay.git import Snapshot
from assay.guidelines import SIGNERS, approval_bytes, approval_of, source_of
from assay.labels.paths import FileRole, LabelFile, label_file
from assay.labels.renamed_lines import Naming, Pair, renamed_lines, without_repeats
from assay.project import IDENTITIES, WAIVERS_FILE

_LISTS = {"annotators": ("annotators", "*"), "owners": ("owners", "*")}
_ONE = frozenset({("prelabels",), ("*", "approver")})


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamedFile:
    """A file after renaming; None: it is removed. `signed`: it is a signed approval, and its signature has the old name."""

    data: bytes | None
    signed: bool = False


def renamed_file(path: str, data: bytes, naming: Naming) -> RenamedFile | Fault | None:
    """The file with the new names; None if it has none of the names, or is not a policy file."""
    change = next((change for pattern, change in _CHANGES if pattern.fullmatch(path)), None)
    words = (*naming.names, *naming.also)
    local = (word.partition("/")[2].encode() or word.encode() for word in words)
    named = any(word.encode() in data.lower() or name in data for word, name in zip(words, local, strict=True))
    if change is None or not (named or b"\\" in data or b"''" in data):
        return None
    try:
        became = change(path, data, naming)
    except ConfigError as error:
        place = re.match(rf"{re.escape(path)}:(\d+) ", error.message)
        return Fault(path=path, line=int(place[1]) if place else 0, message=error.message)
    return became if became is not None and became.data != data else None


def first_line_with(data: bytes, words: Mapping[str, str]) -> int:
    """The first line that holds one of the words by itself; 0 where none does."""
    found = re.compile("|".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in words))
    lines = data.decode(errors="replace").split("\n")
    return next((number for number, line in enumerate(lines, start=1) if found.search(line)), 0)


def _yaml(path: str, data: bytes, naming: Naming) -> RenamedFile:
    value = load_yaml(data, path).value
    text = data.decode()
    turned: dict[tuple[str, ...], Mapping[str, str]] = {}
    for key, place in _LISTS.items():
        members = value.get(key) if isinstance(value, dict) else None
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
            continue
        before, left = [str(member) for member in members], list[str]()
        for who in before:
            others = {member for member in before if member not in naming.names} | {
                naming.of(member) for member in left
            }
            if who in naming.names and naming.of(who) in others:
                text = remove_member(text, path, key, who)
            else:
                left.append(who)
        after = [naming.of(who) for who in left]
        turned[place] = dict(zip(left, sorted(after) if left == sorted(left) else after, strict=True))

    def _swap(place: tuple[str, ...], text: str) -> str:
        if place in turned:
            return turned[place].get(text, text)
        return naming.of(text) if place in _ONE else text

    return RenamedFile(data=swap_texts(text, path, _swap).encode())


def _guideline(path: str, data: bytes, naming: Naming) -> RenamedFile | None:
    """A guideline's owners; its body and its changes are what was approved, and stay. A page without front matter has none."""
    if not data.startswith(b"---"):
        return None
    front = source_of(data, path).front
    start = data.index(b"\n") + 1
    became = _yaml(path, front, naming).data or b""
    return RenamedFile(data=data[:start] + became + data[start + len(front) :]) if became != front else None


def _identities(path: str, data: bytes, naming: Naming) -> RenamedFile:
    def _swap(place: tuple[str, ...], text: str) -> str:
        match place:
            case (source, ":"):
                return naming.local(f"@{source}", text)
            case (_, _):
                return naming.of(text)
            case _:
                return text

    return RenamedFile(data=swap_texts(data.decode(), path, _swap).encode())


def _approval(path: str, data: bytes, naming: Naming) -> RenamedFile | None:
    approval = approval_of(data, path)

    def _of(text: str) -> str:
        return naming.also.get(text.lower(), naming.of(text))

    became = replace(
        approval,
        authors=tuple(sorted({*map(_of, approval.authors)})),
        approvers=tuple(dict.fromkeys(map(_of, approval.approvers))),
        addresses={
            address: _of(whose) for address, whose in approval.addresses.items() if address.lower() not in naming.also
        },
    )
    if (became.approvers, became.addresses) == (approval.approvers, approval.addresses) and (
        {*became.authors} == {*approval.authors}
    ):
        return None
    return RenamedFile(data=approval_bytes(became), signed=approval.way == SIGNED)


def _signers(_: str, data: bytes, naming: Naming) -> RenamedFile:
    """The signers under the new names. Where whole people go (`also` names them), so does a line of theirs alone."""
    gone = {*naming.also} | ({*naming.names} if naming.scrubbed else set())
    lines: list[bytes] = []
    for line in data.split(b"\n"):
        words = line.split(maxsplit=1)
        if len(words) < 2 or line.lstrip().startswith(b"#"):
            lines.append(line)
            continue
        before = words[0].decode(errors="surrogateescape").split(",")
        after = list(dict.fromkeys(naming.of(signer) for signer in before if signer.lower() not in gone))
        if after == before:
            lines.append(line)
        elif after:
            rest = line[line.index(words[0]) + len(words[0]) :]
            lines.append(",".join(after).encode(errors="surrogateescape") + rest)
    return RenamedFile(data=b"\n".join(lines))


_CHANGES: tuple[tuple[re.Pattern[str], Callable[[str, bytes, Naming], RenamedFile | None]], ...] = (
    (re.compile(re.escape(SIGNERS)), _signers),
    (re.compile(re.escape(IDENTITIES)), _identities),
    (re.compile(r"guidelines/approvals/.*\.yaml"), _approval),
    (re.compile(r"guidelines/(?!approvals/)(?:.*/)?[^/]+\.md"), _guideline),
    (re.compile(rf"labels/[^/]+/[^/]+/batch\.yaml|{re.escape(WAIVERS_FILE)}"), _yaml),
)

_FOLDERS = ("labels", "guidelines", "checks")
_ITEMS = "labels/items/"
_ROSTER = "labels/annotators/"
_OWN = frozenset({FileRole.ANNOTATIONS, FileRole.ADJUDICATIONS, FileRole.RETURNED, FileRole.GOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """Every file that changes (None: it is removed), the digests of what was read, and what to report.

    `moved` are the new paths of files, `lines` how many lines of a file change, `signed` the signed approvals with a renamed
    id. `pairs` are records of two people that become one person's.
    """

    files: Mapping[str, bytes | None]
    was: Mapping[str, str]
    moved: Mapping[str, str]
    lines: Mapping[str, int]
    pairs: tuple[Pair, ...]
    signed: tuple[Location, ...]
    obstacles: tuple[Fault, ...]


def renamed(snapshot: Snapshot, naming: Naming) -> Renamed:
    """The files of a project with the new names; the roster entries themselves are not among them.

    A signed approval is removed with its signature: it cannot be changed.

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
    """The path of a label file under the new names."""
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
            case RenamedFile(data=became, signed=signed):
                signature = f"{path.removesuffix('.yaml')}.sig"
                if signed or (path.startswith("guidelines/approvals/") and self.snapshot.has(signature)):
                    words = {**self.naming.names, **self.naming.also}
                    self.signed.append(Location(path=path, line=first_line_with(data, words)))
                    self._changes(path, data, None)
                    if (sealed := self._read(signature) if self.snapshot.has(signature) else None) is not None:
                        self._changes(signature, sealed, None)
                else:
                    self._changes(path, data, became)

    def label_files(self) -> None:
        """Every label file that moves or has a renamed id."""
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


def format_obstacles(obstacles: tuple[Fault, ...]) -> Iterator[str]:
    """The obstacles as text, one line each."""
    yield from (f"{obstacle.at}: {obstacle.message.removeprefix(f'{obstacle.at} ')}" for obstacle in obstacles)


def with_identities(
    snapshot: Snapshot, found: Renamed, sourced: Sequence[str], into: str, keep: tuple[str, ...]
) -> Renamed:
    """The changes that make names of sources (`@source/name`) the person `into` of the roster, without duplicate records.

    `found` are the other changes; where `sourced` is empty they made the person of others, whose names come along. `keep` is
    whose record is kept where two of one item differ; in it `into` includes the names that are already theirs.

    Raises:
        UsageError: a name is already another person's.
        ConfigError: `labels/sources/identities.yaml` cannot be read, or cannot be extended as it is written.
    """
    before = _now(snapshot, found, IDENTITIES)
    text = (before or b"").decode()
    earlier = [name for name, whose in names_in(text.encode()).items() if whose == into]
    for who in sourced:
        source, _, name = who[1:].partition("/")
        if (whose := names_in(text.encode()).get(who, into)) != into:
            raise UsageError(
                f"{who} is {whose} in {IDENTITIES}", fix=f"assay annotator merge {whose} {into}, or correct it"
            )
        text = set_entry(text, IDENTITIES, source, name, into) if text.strip() else yaml_block({source: {name: into}})
    files, was = {**found.files}, {**found.was}
    if sourced:
        files[IDENTITIES] = text.encode()
        _read(snapshot, IDENTITIES, was)
    mine = [name for name, whose in names_in(text.encode()).items() if whose == into]
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
            and file.role is FileRole.ANNOTATIONS
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


def kept_names(keep: Iterable[str], same: Mapping[str, str]) -> tuple[str, ...]:
    """Whose records are kept: for a person also those under their names in sources."""
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
    if path in found.files:
        return found.files[path]
    return snapshot.read(path) if snapshot.has(path) else None


def _read(snapshot: Snapshot, path: str, was: dict[str, str]) -> None:
    if path not in was:
        was[path] = digest_bytes(snapshot.read(path)) if snapshot.has(path) else ABSENT
