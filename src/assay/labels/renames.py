"""Find renames between two states of a project, by repeating them: what gives the same result was a rename."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from assay.core import Finding
from assay.errors import ConfigError, UsageError
from assay.files import load_yaml
from assay.git import Snapshot
from assay.labels.renamed_lines import Naming
from assay.labels.renaming import Renamed, kept_names, names_in, renamed, with_identities
from assay.project import ANNOTATORS, IDENTITIES, Project, Roster, load_roster

_MOST = 4
_GOES = frozenset({"handle", "emails", "reason", "groups"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Renames:
    """The renamed ids, the paths that differ by the renames alone, and the new path of each file that moved.

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
        names = ", ".join(f"{old} is now {new}" for old, new in (*self.names.items(), *self.same.items()))
        if not self.lost:
            return names
        return f"{names}; where two of their answers differed, one was kept and {self.lost:,} removed"

    def roster(self, roster: Roster) -> Roster:
        """The roster of the earlier state under the new names."""
        people = {self.names[who]: entry for who, entry in roster.annotators.items() if who in self.names}
        people |= {who: entry for who, entry in roster.annotators.items() if who not in self.names}
        same = {self.names.get(name, name): self.names.get(who, who) for name, who in roster.same.items()}
        entries = {who: replace(entry, id=who) for who, entry in sorted(people.items())}
        return replace(roster, annotators=entries, same={**same, **self.same})

    def findings(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings of the earlier state, where and of whom they are under the new names."""
        return tuple(
            replace(
                finding,
                at=replace(finding.at, path=self.moved.get(finding.at.path, finding.at.path)),
                annotator=self.names.get(finding.annotator, finding.annotator),
            )
            for finding in findings
        )


def renames_between(before: Project, after: Snapshot, changed: Iterable[str]) -> Renames:
    """Who was renamed, merged with another person or erased, by the two rosters; empty where that cannot be decided.

    Raises:
        LimitError, GitError: a file is larger than assay reads, or is not in this clone.
    """
    paths = frozenset(changed)
    if not any(path.startswith(("labels/annotators/", "labels/sources/")) for path in paths):
        return Renames()
    old, new = load_roster(before), load_roster(replace(before, snapshot=after))
    change, best = _Change(before.snapshot, after, paths), Renames()
    for naming in change.namings(old, new):
        found = change.renames(naming)
        if len(found.paths) > len(best.paths):
            best = found
        if found.paths and not found.odd:
            return found
    return best if best.paths else change.identified()


@dataclass(frozen=True, slots=True)
class _Change:
    """Two states of a project, and the paths that differ between them."""

    before: Snapshot
    after: Snapshot
    changed: frozenset[str]

    def identified(self) -> Renames:
        """Which names of sources became a person's, where the change holds just what that comes to."""
        if IDENTITIES not in self.changed:
            return Renames()
        old, new = (_names_of(state) for state in (self.before, self.after))
        if old is None or new is None:
            return Renames()
        come = {name: who for name, who in new.items() if name not in old}
        if len(set(come.values())) != 1 or any(new.get(name) != who for name, who in old.items()):
            return Renames()
        into = next(iter(come.values()))
        for keep in ((), kept_names((into,), old), tuple(come)):
            with suppress(ConfigError, UsageError):
                found = with_identities(self.before, renamed(self.before, Naming(names={})), tuple(come), into, keep)
                here = _same_in(self.after, found.files)
                if (
                    here | {IDENTITIES} == found.files.keys()
                    and len(here) > 0
                    and all(pair.same or pair.chosen for pair in found.pairs)
                ):
                    lost = sum(not pair.same for pair in found.pairs)
                    return Renames(paths=frozenset(found.files) & self.changed, lost=lost, same=come)
        return Renames()

    def namings(self, old: Roster, new: Roster) -> Iterator[Naming]:
        """What may have become of those who are no longer in the roster; several names of one source are matched by the order of their lines."""
        gone, come = ({*these.annotators} - {*other.annotators} for these, other in ((old, new), (new, old)))
        names: dict[str, str] = {}
        placed, places = (
            {name: number for number, name in enumerate(_names_of(state) or {})} for state in (self.before, self.after)
        )
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
        people, newcomers = ([who for who in sorted(names) if not who.startswith("@")] for names in (gone, come))
        if len(people) == len(newcomers) == 1:
            names[people[0]] = newcomers[0]
            one = old.annotators[people[0]]
            also = {word.lower(): newcomers[0] for word in (one.handle, *one.emails) if word}
            yield Naming(names=names)
            yield Naming(names=names, also=also, scrubbed=_GOES - {"groups"})
        elif people and not newcomers:
            for into in self._takers(people, new):
                for keep in ((), (into,), tuple(people)):
                    yield Naming(names={**names, **dict.fromkeys(people, into)}, keep=keep)
        elif names and not people:
            yield Naming(names=names)
            yield Naming(names=names, scrubbed=_GOES - {"groups"})

    def _takers(self, gone: Iterable[str], new: Roster) -> tuple[str, ...]:
        """Who may have taken others in: who answers wherever they did; of many the few whose own files change most."""
        folders = {path.rpartition("/")[0] for who in gone for path in self.changed if path.endswith(f"/{who}.jsonl")}
        own = {
            who: [f"{folder}/{who}.jsonl" in self.changed for folder in folders]
            for who in new.annotators
            if folders
            and not who.startswith("@")
            and all(self.after.has(f"{folder}/{who}.jsonl") for folder in folders)
        }
        return tuple(sorted(own, key=lambda who: (-sum(own[who]), who)))[:_MOST]

    def renames(self, naming: Naming) -> Renames:
        """The part of the change that the naming explains."""
        found = self._made_one(naming)
        if found is None or found.obstacles or any(not (pair.same or pair.chosen) for pair in found.pairs):
            return Renames()
        files = {**found.files, **self._entries(naming)}
        just = _same_in(self.after, files)
        pairs = {old: new for old, new in found.moved.items() if {old, new} <= just}
        halves = {path for old, new in found.moved.items() if old not in pairs for path in (old, new)}
        return Renames(
            names=naming.names,
            paths=frozenset(just - halves) & self.changed,
            moved=pairs,
            odd=frozenset((files.keys() - just) | halves) & self.changed,
            lost=sum(not pair.same for pair in found.pairs),
        )

    def _made_one(self, naming: Naming) -> Renamed | None:
        """What the naming makes of a state; of people who become one, with the names of sources that are theirs then."""
        found = renamed(self.before, naming)
        takers = {
            new
            for old, new in naming.names.items()
            if not old.startswith("@") and self.before.has(f"{ANNOTATORS}/{new}.yaml")
        }
        if len(takers) != 1:
            return found
        (into,) = takers
        old, new = (_names_of(state) for state in (self.before, self.after))
        if old is None or new is None:
            return None
        come = tuple(name for name, who in new.items() if name not in old and who == into)
        with suppress(ConfigError, UsageError):
            return with_identities(self.before, found, come, into, kept_names(naming.keep, old))
        return None

    def _entries(self, naming: Naming) -> Mapping[str, bytes | None]:
        """The roster files: unchanged, with fewer keys for erased people, or removed where two became one."""
        found: dict[str, bytes | None] = {}
        for old, new in naming.names.items():
            source, target = f"{ANNOTATORS}/{old}.yaml", f"{ANNOTATORS}/{new}.yaml"
            if old.startswith("@") or not self.before.has(source):
                continue
            if self.before.has(target):
                found[source] = None
            if self.before.has(target) or not self.after.has(target):
                continue
            data, now = self.before.read(source), self.after.read(target)
            found |= {source: None, target: data}
            with suppress(ConfigError):
                earlier, later = load_yaml(data, source).value, load_yaml(now, source).value
                if isinstance(earlier, dict) and later == {
                    key: part
                    for key, part in earlier.items()
                    if key not in _GOES or (isinstance(later, dict) and key in later)
                }:
                    found[target] = now
        return found


def _names_of(snapshot: Snapshot) -> Mapping[str, str] | None:
    try:
        return names_in(snapshot.read(IDENTITIES)) if snapshot.has(IDENTITIES) else {}
    except (ConfigError, OSError):
        return None


def _same_in(after: Snapshot, files: Mapping[str, bytes | None]) -> frozenset[str]:
    """The paths that have these bytes in a state, or no file where none is expected."""
    here = after.read_all(path for path, data in files.items() if data is not None)
    return frozenset(
        path for path, data in files.items() if (here.get(path) == data if data is not None else not after.has(path))
    )
