"""Was somebody renamed between two states of a project? Told by doing it again: what comes out the same was a rename."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from assay.core import Finding
from assay.errors import ConfigError, UsageError
from assay.files import load_yaml
from assay.git import Snapshot
from assay.labels.renamed_lines import Naming
from assay.labels.renaming import Renamed, identified, kept, names_in, renamed
from assay.project import ANNOTATORS, IDENTITIES, Project, Roster, load_roster

_MOST = 4
_GOES = frozenset({"handle", "emails", "reason", "groups"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Renames:
    """What ids became, the paths of which both states hold just that, and where each file that moved stands now.

    `odd` are paths that the renaming concerns and that hold something else: more than a name changed in them. `lost` counts
    the answers that went where two people became one and theirs differed. `same` are names of sources that became
    a person's, under the names that they have.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    moved: Mapping[str, str] = field(default_factory=dict)
    odd: frozenset[str] = frozenset()
    lost: int = 0
    same: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Who is who, in words, and what went with it."""
        told = ", ".join(f"{old} is {new} now" for old, new in (*self.names.items(), *self.same.items()))
        if not self.lost:
            return told
        return f"{told}; where two of their answers differed one stays, and {self.lost:,} went"

    def roster(self, roster: Roster) -> Roster:
        """The roster of the earlier state under the new names."""
        people = {self.names[who]: one for who, one in roster.annotators.items() if who in self.names}
        people |= {who: one for who, one in roster.annotators.items() if who not in self.names}
        same = {self.names.get(name, name): self.names.get(who, who) for name, who in roster.same.items()}
        entries = {who: replace(one, id=who) for who, one in sorted(people.items())}
        return replace(roster, annotators=entries, same={**same, **self.same})

    def findings(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings of the earlier state, where and of whom they are under the new names."""
        return tuple(
            replace(
                one,
                at=replace(one.at, path=self.moved.get(one.at.path, one.at.path)),
                annotator=self.names.get(one.annotator, one.annotator),
            )
            for one in findings
        )


def renames_between(before: Project, after: Snapshot, changed: Iterable[str]) -> Renames:
    """Who was renamed, made one with somebody or erased, by who is in the two rosters; nobody, where that cannot be told.

    Raises:
        LimitError, GitError: a file is larger than assay reads, or is not in this clone.
    """
    paths = frozenset(changed)
    if not any(path.startswith(("labels/annotators/", "labels/sources/")) for path in paths):
        return Renames()
    old, new = load_roster(before), load_roster(replace(before, snapshot=after))
    best = Renames()
    for naming in _namings(old, new, before.snapshot, after, paths):
        found = _held_against(before.snapshot, after, naming, paths)
        if len(found.paths) > len(best.paths):
            best = found
        if found.paths and not found.odd:
            return found
    return best if best.paths else _identified(before.snapshot, after, paths)


def _identified(before: Snapshot, after: Snapshot, changed: frozenset[str]) -> Renames:
    """Which names of sources became a person's, where the change holds just what that comes to."""
    if IDENTITIES not in changed:
        return Renames()
    old, new = (_names_of(one) for one in (before, after))
    if old is None or new is None:
        return Renames()
    come = {name: who for name, who in new.items() if name not in old}
    if len(set(come.values())) != 1 or any(new.get(name) != who for name, who in old.items()):
        return Renames()
    into = next(iter(come.values()))
    for keep in ((), kept((into,), old), tuple(come)):
        with suppress(ConfigError, UsageError):
            found = identified(before, renamed(before, Naming(names={})), tuple(come), into, keep)
            here = _held_by(after, found.files)
            if (
                here | {IDENTITIES} == found.files.keys()
                and len(here) > 0
                and all(one.same or one.chosen for one in found.pairs)
            ):
                lost = sum(not pair.same for pair in found.pairs)
                return Renames(paths=frozenset(found.files) & changed, lost=lost, same=come)
    return Renames()


def _names_of(snapshot: Snapshot) -> Mapping[str, str] | None:
    """By name of a source who it is; None where nobody can read that."""
    try:
        return names_in(snapshot.read(IDENTITIES)) if snapshot.has(IDENTITIES) else {}
    except (ConfigError, OSError):
        return None


def _namings(old: Roster, new: Roster, before: Snapshot, after: Snapshot, changed: frozenset[str]) -> Iterator[Naming]:
    """What may have become of those who are no longer in the roster; several names of one source are told by their lines."""
    gone, come = ({*one.annotators} - {*other.annotators} for one, other in ((old, new), (new, old)))
    names: dict[str, str] = {}
    placed, places = ({name: number for number, name in enumerate(_names_of(one) or {})} for one in (before, after))
    for source in sorted({who.partition("/")[0] for who in gone if who.startswith("@")}):
        left = [who for who in gone if who.startswith(f"{source}/")]
        came = [who for who in come if who.startswith(f"{source}/")]
        if len(left) == len(came) and (len(left) == 1 or ({*left} <= placed.keys() and {*came} <= places.keys())):
            pairs = zip(
                sorted(left, key=lambda who: placed.get(who, 0)),
                sorted(came, key=lambda who: places.get(who, 0)),
                strict=True,
            )
            names |= dict(pairs)
    people, newcomers = ([who for who in sorted(one) if not who.startswith("@")] for one in (gone, come))
    if len(people) == len(newcomers) == 1:
        names[people[0]] = newcomers[0]
        one = old.annotators[people[0]]
        also = {word.lower(): newcomers[0] for word in (one.handle, *one.emails) if word}
        yield Naming(names=names)
        yield Naming(names=names, also=also, scrubbed=_GOES - {"groups"})
    elif people and not newcomers:
        for into in _takers(people, new, after, changed):
            for keep in ((), (into,), tuple(people)):
                yield Naming(names={**names, **dict.fromkeys(people, into)}, keep=keep)
    elif names and not people:
        yield Naming(names=names)
        yield Naming(names=names, scrubbed=_GOES - {"groups"})


def _takers(gone: Iterable[str], new: Roster, after: Snapshot, changed: frozenset[str]) -> tuple[str, ...]:
    """Who may have taken others in: who answers wherever they did; of many the few whose own files change most."""
    folders = {path.rpartition("/")[0] for who in gone for path in changed if path.endswith(f"/{who}.jsonl")}
    own = {
        who: [f"{folder}/{who}.jsonl" in changed for folder in folders]
        for who in new.annotators
        if folders and not who.startswith("@") and all(after.has(f"{folder}/{who}.jsonl") for folder in folders)
    }
    return tuple(sorted(own, key=lambda who: (-sum(own[who]), who)))[:_MOST]


def _held_against(before: Snapshot, after: Snapshot, naming: Naming, changed: frozenset[str]) -> Renames:
    """What of a change is what the naming makes of the earlier state."""
    found = _made_one(before, after, naming)
    if found is None or found.obstacles or any(not (pair.same or pair.chosen) for pair in found.pairs):
        return Renames()
    files = {**found.files, **_entries(before, after, naming)}
    just = _held_by(after, files)
    pairs = {old: new for old, new in found.moved.items() if {old, new} <= just}
    halves = {path for old, new in found.moved.items() if old not in pairs for path in (old, new)}
    return Renames(
        names=naming.names,
        paths=frozenset(just - halves) & changed,
        moved=pairs,
        odd=frozenset((files.keys() - just) | halves) & changed,
        lost=sum(not pair.same for pair in found.pairs),
    )


def _made_one(before: Snapshot, after: Snapshot, naming: Naming) -> Renamed | None:
    """What the naming makes of a state; of people who become one, with the names of sources that are theirs then."""
    found = renamed(before, naming)
    takers = {
        new for old, new in naming.names.items() if not old.startswith("@") and before.has(f"{ANNOTATORS}/{new}.yaml")
    }
    if len(takers) != 1:
        return found
    (into,) = takers
    old, new = (_names_of(one) for one in (before, after))
    if old is None or new is None:
        return None
    come = tuple(name for name, who in new.items() if name not in old and who == into)
    with suppress(ConfigError, UsageError):
        return identified(before, found, come, into, kept(naming.keep, old))
    return None


def _held_by(after: Snapshot, files: Mapping[str, bytes | None]) -> frozenset[str]:
    """The paths that a state holds just so, or has nothing at where nothing is to be."""
    here = after.read_all(path for path, data in files.items() if data is not None)
    return frozenset(
        path for path, data in files.items() if (here.get(path) == data if data is not None else not after.has(path))
    )


def _entries(before: Snapshot, after: Snapshot, naming: Naming) -> Mapping[str, bytes | None]:
    """The roster files: as they were, with less in them where somebody was erased, or gone where two became one."""
    found: dict[str, bytes | None] = {}
    for old, new in naming.names.items():
        source, target = f"{ANNOTATORS}/{old}.yaml", f"{ANNOTATORS}/{new}.yaml"
        if old.startswith("@") or not before.has(source):
            continue
        if before.has(target):
            found[source] = None
        if before.has(target) or not after.has(target):
            continue
        data, now = before.read(source), after.read(target)
        found |= {source: None, target: now if _is_less(data, now, source) else data}
    return found


def _is_less(before: bytes, now: bytes, path: str) -> bool:
    with suppress(ConfigError):
        old, new = load_yaml(before, path).value, load_yaml(now, path).value
        if isinstance(old, dict) and isinstance(new, dict):
            kept = {key: part for key, part in old.items() if key not in _GOES or key in new}
            return new == kept
    return False
