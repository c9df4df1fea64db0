"""Names of sources that are a person of the roster: what says so, and the records that the person would have twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from assay.errors import UsageError
from assay.git.snapshot import Snapshot
from assay.labels.layout import Role
from assay.labels.place import label_file
from assay.labels.renamed_lines import Naming, without_repeats
from assay.labels.renaming import Renamed
from assay.project.identities import IDENTITIES
from assay.store.digest import digest_bytes
from assay.store.pending import ABSENT
from assay.store.yaml import load_yaml
from assay.store.yaml_edit import set_entry
from assay.store.yaml_text import yaml_block


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
