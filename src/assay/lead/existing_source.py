"""The records that a project already has of an imported source, how an import differs, and its report."""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from assay.core import Annotator, Finding, JsonObject, Kind, Location, Where, difference_between, finding, lookalikes
from assay.errors import ConfigError, NoGitError
from assay.files import JsonFault, digest_here, inside, parse_record, stream_lines
from assay.formats import read_long
from assay.project import SOURCES, Project, load_roster, resembling
from assay.render import count, findings_text, visible

Votes: TypeAlias = dict[str, dict[str, bytes]]
_FIX = "run `assay check --all` and fix what it lists, then import again"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFiles:
    """The paths of a source's records in a task and its pool."""

    root: Path
    task: str
    pool: str
    source: str

    def votes(self, batch: str) -> str:
        """The annotations of a batch."""
        return f"labels/{self.task}/{batch}/@{self.source}.jsonl"

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
class SourceRecords:
    """The records of a source in the project: votes by batch, gold by item, roster lines by annotator.

    `was` is the digest of each of its files, taken before the file was read.
    """

    was: Mapping[str, str]
    batches: Mapping[str, Votes]
    gold: dict[str, JsonObject]
    roster: dict[str, JsonObject]

    @property
    def empty(self) -> bool:
        """Whether the task has nothing of this source."""
        return not (self.batches or self.gold)


def read_source_records(places: SourceFiles) -> SourceRecords:
    """Reads the records of a source.

    Raises:
        ConfigError: a file of the source is broken, so it cannot be updated.
        UsageError: a file of the source, or one of its folders, is a symbolic link.
    """
    folder = places.root / "labels" / places.task
    files = sorted(folder.glob(f"*/@{places.source}.jsonl"))
    names = {places.gold, places.roster, *(file.relative_to(places.root).as_posix() for file in files)}
    was = {name: digest_here(places.root, name) for name in names}
    batches: dict[str, Votes] = {}
    for batch in (file.parent.name for file in files if file.parent.name != "gold"):
        votes = batches.setdefault(batch, {})
        for row in read_long(inside(places.root, places.votes(batch))):
            if isinstance(row, Finding):
                raise ConfigError(f"{places.votes(batch)}:{row.at.line} {row.message}", fix=_FIX)
            votes.setdefault(row.item, {})[row.annotator] = row.act.text
    return SourceRecords(
        was=was,
        batches=batches,
        gold=_keyed(places.root, places.gold, "item"),
        roster=_keyed(places.root, places.roster, "annotator"),
    )


def pool_items(
    places: SourceFiles, wanted: Container[str], compared: Container[str]
) -> tuple[dict[str, JsonObject], list[str]]:
    """The wanted items of the pool by id, with the content of those to compare, and the ids of all other items.

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


def _keyed(root: Path, name: str, key: str) -> dict[str, JsonObject]:
    if not (root / name).exists():
        return {}
    return {str(record[key]): record for record in _records(root, name, key)}


def _records(root: Path, name: str, key: str) -> Iterator[JsonObject]:
    for number, data in stream_lines(inside(root, name)):
        try:
            record = parse_record(data or b"")
        except JsonFault as fault:
            raise ConfigError(f"{name}:{number} {fault.message}", fix=_FIX) from fault
        if not isinstance(record.get(key), str):
            raise ConfigError(f"{name}:{number} not a record with the key {key!r}", fix=_FIX)
        yield record


@dataclass(slots=True, kw_only=True)
class MergedVotes:
    """The result of a merge: counts, the votes of every batch that changes, and the items that are in no batch yet."""

    new: int = 0
    same: int = 0
    changed: int = 0
    gone: list[tuple[str, str]] = field(default_factory=list)
    batches: dict[str, Votes] = field(default_factory=dict)
    unassigned: list[str] = field(default_factory=list)


def merge_votes(existing: SourceRecords, exported: Votes, *, prune: bool) -> MergedVotes:
    """Adds new votes on a known item to its newest batch; votes that the export no longer has stay, unless pruned."""
    merged = MergedVotes()
    home = {item: batch for batch in sorted(existing.batches) for item in existing.batches[batch]}
    for item, votes in exported.items():
        batch = home.get(item)
        if batch is None:
            merged.new += len(votes)
            merged.unassigned.append(item)
            continue
        there = existing.batches[batch][item]
        new = {annotator: act for annotator, act in votes.items() if annotator not in there}
        changed = {annotator: act for annotator, act in votes.items() if there.get(annotator, act) != act}
        merged.new += len(new)
        merged.changed += len(changed)
        merged.same += len(votes) - len(new) - len(changed)
        if new or changed:
            _touch(merged, existing, batch)[item].update(new | changed)
    for item, batch in sorted(home.items()):
        gone = existing.batches[batch][item].keys() - exported.get(item, {}).keys()
        merged.gone += [(item, annotator) for annotator in sorted(gone)]
        if gone and prune:
            after = _touch(merged, existing, batch)
            after[item] = {annotator: act for annotator, act in after[item].items() if annotator not in gone}
            if not after[item]:
                del after[item]
    return merged


def _touch(merged: MergedVotes, existing: SourceRecords, batch: str) -> Votes:
    if batch not in merged.batches:
        merged.batches[batch] = {item: dict(votes) for item, votes in existing.batches[batch].items()}
    return merged.batches[batch]


def chunks(sizes: Mapping[str, int], *, count: int, size: int) -> Iterator[tuple[str, ...]]:
    """The keys in their order, in runs of at most `count` keys and (except for a single key) `size` bytes."""
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
    """`item/look-alike` for each new item whose id looks like another item's; `at` is the item's place."""
    fresh = frozenset(new)
    for group in lookalikes(fresh.union(there)):
        first = next((item for item in group if item not in fresh), group[0])
        for item in group:
            if item in fresh and item != first:
                message = f"item {difference_between(first, item)}"
                yield finding("item/look-alike", at(item), message, where=Where(task=task, item=item))


def annotators_alike(project: Project, source: str, new: Mapping[str, JsonObject]) -> tuple[Finding, ...]:
    """`roster/look-alike` for the new annotators of a source, by name; none without git."""
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
    before = {found.annotator for found in resembling(roster.annotators, roster.same, places)}
    return tuple(found for found in resembling(people, roster.same, places) if found.annotator not in before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import changed in the project.

    `new`, `same`, `changed`, `gone` count annotations; `gone_rows` lists those that the file no longer has, as
    (item, annotator), kept unless `pruned`. `gold_*` count gold answers the same way. `items`, `annotators` and `batches`
    were added. `refused` are lines that could not be imported, `media` problems with the media files of new items,
    `alike` new items and annotators that look like others.
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
        return {
            "source": self.source,
            "task": self.task,
            "annotations": {"new": self.new, "same": self.same, "changed": self.changed, "gone": self.gone},
            "gone": [{"item": item, "annotator": annotator} for item, annotator in self.gone_rows],
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
    """What is new, same, changed and gone, what was added, and what could not be imported."""
    gold = f"gold: {report.gold_new:,} new, {report.gold_changed:,} changed, {report.gold_gone:,} gone"
    added = ", ".join(
        [
            count(report.items, "new item"),
            count(report.annotators, "new annotator"),
            count(len(report.batches), "new batch", "new batches"),
        ]
    )
    annotations = f"{report.new:,} new, {report.same:,} same, {report.changed:,} changed, {report.gone:,} gone"
    if report.gone:
        annotations += " (removed)" if report.pruned else " (kept; --prune removes them)"
    lines = [
        f"@{report.source} → {report.task}: {annotations}",
        f"{added}; {gold}; {count(len(report.written), 'file')} written",
        *(f"  gone: {visible(item)} by {visible(annotator)}" for item, annotator in report.gone_rows[:_LISTED]),
    ]
    if len(report.gone_rows) > _LISTED:
        lines.append(f"  … and {len(report.gone_rows) - _LISTED:,} more; --format json lists all")
    if report.refused:
        lines += ["could not be imported:", findings_text(report.refused)]
    if report.media:
        lines += ["imported, and to be fixed:", findings_text(report.media)]
    if report.alike:
        lines += ["imported as spelled, as separate ids:", findings_text(report.alike)]
    return "\n".join(lines)
