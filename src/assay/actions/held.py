"""What the project already holds of an imported source."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from assay.errors import ConfigError
from assay.interchange import read_long
from assay.model.finding import Finding
from assay.model.json import JsonObject
from assay.project import Project
from assay.store.files import digest_here, inside
from assay.store.lines import read_lines
from assay.store.strict_json import JsonFault, parse_record

Votes: TypeAlias = dict[str, dict[str, bytes]]
_MEND = "run `assay check --all` and mend what it lists, then import again"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFiles:
    """Where the records of a source stand in a task and its pool."""

    root: Path
    task: str
    pool: str
    source: str

    def votes(self, batch: str) -> str:
        """The annotations of a batch."""
        return f"labels/{self.task}/{batch}/@{self.source}.jsonl"

    def batch(self, batch: str) -> str:
        """The statement of a batch."""
        return f"labels/{self.task}/{batch}/batch.yaml"

    def shard(self, shard: str) -> str:
        """A shard of the pool."""
        return f"{self.items}/{shard}.jsonl"

    def other_sources(self) -> tuple[str, ...]:
        """The other sources that the task has labels of, sorted."""
        found = {path.stem.removeprefix("@") for path in (self.root / "labels" / self.task).glob("*/@*.jsonl")}
        return tuple(sorted(found - {self.source}))

    @property
    def items(self) -> str:
        """The pool."""
        return f"labels/items/{self.pool}"

    @property
    def gold(self) -> str:
        """The gold answers."""
        return f"labels/{self.task}/gold/@{self.source}.jsonl"

    @property
    def roster(self) -> str:
        """The annotators, of all tasks."""
        return f"labels/sources/{self.source}.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The records of a source in the project: votes by batch, gold by item, roster lines by annotator.

    `was` gives the digest of each of its files, taken before it was read.
    """

    was: Mapping[str, str]
    batches: Mapping[str, Votes]
    gold: dict[str, JsonObject]
    roster: dict[str, JsonObject]

    @property
    def empty(self) -> bool:
        """Whether the task has nothing of this source."""
        return not (self.batches or self.gold)


def source_files(project: Project, task: str, source: str) -> SourceFiles:
    """The places of a source."""
    return SourceFiles(root=project.root, task=task, pool=project.task(task).pool, source=source)


def read_held(places: SourceFiles) -> Held:
    """Reads what is there.

    Raises:
        ConfigError: a file of the source is broken; nothing may be written over it.
        UsageError: a file of the source, or a folder on the way, is a symbolic link.
    """
    folder = places.root / "labels" / places.task
    files = sorted(folder.glob(f"*/@{places.source}.jsonl"))
    names = {places.gold, places.roster, *(file.relative_to(places.root).as_posix() for file in files)}
    return Held(
        was={name: digest_here(places.root, name) for name in names},
        batches={file.parent.name: _votes(places, file.parent.name) for file in files if file.parent.name != "gold"},
        gold=_keyed(places.root, places.gold, "item"),
        roster=_keyed(places.root, places.roster, "annotator"),
    )


def pool_items(
    places: SourceFiles, wanted: Container[str], compared: Container[str]
) -> tuple[dict[str, JsonObject], list[str]]:
    """The wanted items that the pool has, by id, with what it says of those that are to be compared; and the ids of all others.

    Raises:
        ConfigError: a shard is broken.
    """
    shards = sorted((places.root / places.items).glob("*.jsonl"))
    names = (shard.relative_to(places.root).as_posix() for shard in shards)
    records = (record for name in names for record in _records(places.root, name, "id"))
    found: dict[str, JsonObject] = {}
    others: list[str] = []
    for record in records:
        item = str(record["id"])
        if item in wanted:
            found[item] = record if item in compared else {}
        else:
            others.append(item)
    return found, others


def _votes(places: SourceFiles, batch: str) -> Votes:
    votes: Votes = {}
    name = places.votes(batch)
    for row in read_long(inside(places.root, name)):
        if isinstance(row, Finding):
            raise ConfigError(f"{name}:{row.at.line} {row.message}", hint=_MEND)
        votes.setdefault(row.item, {})[row.annotator] = row.act.text
    return votes


def _keyed(root: Path, name: str, key: str) -> dict[str, JsonObject]:
    if not (root / name).exists():
        return {}
    return {str(record[key]): record for record in _records(root, name, key)}


def _records(root: Path, name: str, key: str) -> Iterator[JsonObject]:
    for number, data in read_lines(inside(root, name)):
        try:
            record = parse_record(data or b"")
        except JsonFault as fault:
            raise ConfigError(f"{name}:{number} {fault.message}", hint=_MEND) from fault
        if not isinstance(record.get(key), str):
            raise ConfigError(f"{name}:{number} no record with the key {key!r}", hint=_MEND)
        yield record
