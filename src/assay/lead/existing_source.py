"""What the project already holds of an imported source, how an import differs from it, and what it did."""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from assay.core import Annotator, Finding, Json, JsonObject, Kind, Location, Where, alike, difference_between, finding
from assay.errors import ConfigError, NoGitError
from assay.files import JsonFault, digest_here, inside, parse_record, stream_lines
from assay.formats import read_long
from assay.project import SOURCES, Project, load_roster, resembling
from assay.render import count, findings_text, visible

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
            raise ConfigError(f"{name}:{row.at.line} {row.message}", fix=_MEND)
        votes.setdefault(row.item, {})[row.annotator] = row.act.text
    return votes


def _keyed(root: Path, name: str, key: str) -> dict[str, JsonObject]:
    if not (root / name).exists():
        return {}
    return {str(record[key]): record for record in _records(root, name, key)}


def _records(root: Path, name: str, key: str) -> Iterator[JsonObject]:
    for number, data in stream_lines(inside(root, name)):
        try:
            record = parse_record(data or b"")
        except JsonFault as fault:
            raise ConfigError(f"{name}:{number} {fault.message}", fix=_MEND) from fault
        if not isinstance(record.get(key), str):
            raise ConfigError(f"{name}:{number} no record with the key {key!r}", fix=_MEND)
        yield record


@dataclass(slots=True, kw_only=True)
class Merged:
    """What came of it: counts, the votes of every batch that changes, and the items that no batch holds yet."""

    new: int = 0
    same: int = 0
    changed: int = 0
    gone: list[tuple[str, str]] = field(default_factory=list)
    batches: dict[str, Votes] = field(default_factory=dict)
    homeless: list[str] = field(default_factory=list)


def merge_votes(held: Held, exported: Votes, *, prune: bool) -> Merged:
    """New votes on a known item join the newest batch that holds it; votes gone from the export stay, unless pruned."""
    merged = Merged()
    home = {item: batch for batch in sorted(held.batches) for item in held.batches[batch]}
    for item, votes in exported.items():
        batch = home.get(item)
        if batch is None:
            merged.new += len(votes)
            merged.homeless.append(item)
        elif differences := _compare(merged, held.batches[batch][item], votes):
            _touch(merged, held, batch)[item].update(differences)
    for item, batch in sorted(home.items()):
        gone = held.batches[batch][item].keys() - exported.get(item, {}).keys()
        merged.gone += [(item, annotator) for annotator in sorted(gone)]
        if gone and prune:
            _drop(_touch(merged, held, batch), item, gone)
    return merged


def _compare(merged: Merged, held: Mapping[str, bytes], votes: Mapping[str, bytes]) -> dict[str, bytes]:
    new = {annotator: act for annotator, act in votes.items() if annotator not in held}
    changed = {annotator: act for annotator, act in votes.items() if held.get(annotator, act) != act}
    merged.new += len(new)
    merged.changed += len(changed)
    merged.same += len(votes) - len(new) - len(changed)
    return new | changed


def _touch(merged: Merged, held: Held, batch: str) -> Votes:
    if batch not in merged.batches:
        merged.batches[batch] = {item: dict(votes) for item, votes in held.batches[batch].items()}
    return merged.batches[batch]


def _drop(votes: Votes, item: str, annotators: set[str]) -> None:
    for annotator in annotators:
        del votes[item][annotator]
    if not votes[item]:
        del votes[item]


def chunks(sizes: Mapping[str, int], *, count: int, size: int) -> Iterator[tuple[str, ...]]:
    """The keys in their order, in runs of at most `count` of them and (but for a single key) `size` bytes."""
    run: list[str] = []
    total = 0
    for key, own in sizes.items():
        if run and (len(run) == count or total + own > size):
            yield tuple(run)
            run, total = [], 0
        run.append(key)
        total += own
    if run:
        yield tuple(run)


def items_alike(
    new: Collection[str], there: Collection[str], at: Callable[[str], Location], task: str = ""
) -> Iterator[Finding]:
    """`item/look-alike` for each new item that looks like one of the pool, or like another new one; `at` says where it stands."""
    fresh = frozenset(new)
    for group in alike(fresh.union(there)):
        first = next((item for item in group if item not in fresh), group[0])
        for item in group:
            if item in fresh and item != first:
                message = f"item {difference_between(first, item)}"
                yield finding("item/look-alike", at(item), message, where=Where(task=task, item=item))


def annotators_alike(project: Project, source: str, new: Mapping[str, JsonObject]) -> tuple[Finding, ...]:
    """`roster/look-alike` for what the new lines of a source's roster, by name, make true; nothing where git is absent."""
    try:
        roster = load_roster(project)
    except NoGitError:
        return ()
    path = f"{SOURCES}/{source}.jsonl"
    entries = (
        Annotator(id=f"@{source}/{name}", kind=Kind(str(line.get("kind", "person")))) for name, line in new.items()
    )
    people = {**roster.annotators, **{one.id: one for one in entries}}
    places: Mapping[str, Location] = defaultdict(lambda: Location(path=path))
    before = {one.annotator for one in resembling(roster.annotators, roster.same, places)}
    return tuple(one for one in resembling(people, roster.same, places) if one.annotator not in before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did to the project.

    `new`, `same`, `changed`, `gone` count annotations; `gone_rows` names those that the project has and the file no
    longer holds, as (item, annotator), kept unless `pruned`. `gold_*` count gold answers the same way. `items`,
    `annotators` and `batches` are what was added. `refused` is everything the project could not take, `media` what is
    wrong with the pictures, sounds and films that new items name, `alike` which new items and annotators look like others.
    """

    source: str
    task: str
    new: int
    same: int
    changed: int
    gone: int
    gone_rows: tuple[tuple[str, str], ...]
    pruned: bool
    gold_new: int
    gold_changed: int
    gold_gone: int
    items: int
    annotators: int
    batches: tuple[str, ...]
    written: tuple[str, ...]
    refused: tuple[Finding, ...]
    media: tuple[Finding, ...] = ()
    alike: tuple[Finding, ...] = ()

    def as_json(self) -> JsonObject:
        """The object that `--format json` prints."""
        gone: list[Json] = [{"item": item, "annotator": annotator} for item, annotator in self.gone_rows]
        return {
            "source": self.source,
            "task": self.task,
            "annotations": {"new": self.new, "same": self.same, "changed": self.changed, "gone": self.gone},
            "gone": gone,
            "pruned": self.pruned,
            "gold": {"new": self.gold_new, "changed": self.gold_changed, "gone": self.gold_gone},
            "items": self.items,
            "annotators": self.annotators,
            "batches": [*self.batches],
            "written": [*self.written],
            "refused": [finding.as_json() for finding in self.refused],
            "media": [finding.as_json() for finding in self.media],
            "alike": [finding.as_json() for finding in self.alike],
        }


_LISTED = 20


def import_text(report: ImportReport) -> str:
    """What is new, same, changed and gone, what was added for it, and what could not be taken."""
    gold = f"gold: {report.gold_new:,} new, {report.gold_changed:,} changed, {report.gold_gone:,} gone"
    added = ", ".join(
        [
            count(report.items, "new item"),
            count(report.annotators, "new annotator"),
            count(len(report.batches), "new batch", "new batches"),
        ]
    )
    annotations = f"{report.new:,} new, {report.same:,} same, {report.changed:,} changed, {report.gone:,} gone"
    lines = [
        f"@{report.source} → {report.task}: {annotations}{_what_of_gone(report)}",
        f"{added}; {gold}; {count(len(report.written), 'file')} written",
        *(f"  gone: {visible(item)} by {visible(annotator)}" for item, annotator in report.gone_rows[:_LISTED]),
    ]
    if len(report.gone_rows) > _LISTED:
        lines.append(f"  … and {len(report.gone_rows) - _LISTED:,} more; --format json lists all")
    if report.refused:
        lines += ["could not be taken:", findings_text(report.refused)]
    if report.media:
        lines += ["imported, and to be mended:", findings_text(report.media)]
    if report.alike:
        lines += ["imported as they are spelled, each on its own:", findings_text(report.alike)]
    return "\n".join(lines)


def _what_of_gone(report: ImportReport) -> str:
    if not report.gone:
        return ""
    return " (removed)" if report.pruned else " (kept; --prune removes them)"
