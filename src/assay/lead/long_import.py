"""`assay import long`: labels from other tools, into `@source` files."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from assay.clone import checked_name
from assay.core import (
    Finding,
    JsonObject,
    Location,
    Where,
    canonical_text,
    finding,
    fold_findings,
    is_batch_name,
    is_name,
    legible,
    name_from,
)
from assay.errors import ConfigError, LimitError, NoGitError, UsageError
from assay.files import ABSENT, FILE_LIMIT, USUAL, Bounds, write_all, yaml_block
from assay.formats import Export, LongRow, gather, read_long, refuse_other_shape, sourced_line
from assay.guidelines import guideline_in, read_guideline
from assay.labels import GOLD, ITEM, SOURCE_ANNOTATOR, Gallery, dump_record, dump_records
from assay.lead.existing_source import (
    ImportReport,
    MergedVotes,
    SourceFiles,
    SourceRecords,
    Votes,
    annotators_alike,
    chunks,
    items_alike,
    merge_votes,
    pool_items,
    read_source_records,
)
from assay.project import Project, load_schema

_SOURCE_LENGTH = 43
_FILE_SIZE = 16 * 1024 * 1024
_SHARD_ITEMS = 4000
_LINE_OVERHEAD = 32
_PROGRESS = 4096
_OF_ANNOTATORS = {"annotator_groups": "groups", "annotator_kind": "kind"}
_IMPLIED = {"kind": "person"}


@dataclass(slots=True, kw_only=True)
class _Work:
    """The state of one import: what was read, what to write, what was added and refused."""

    places: SourceFiles
    existing: SourceRecords
    export: Export
    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)
    gallery: Gallery | None = None
    media: list[Finding] = field(default_factory=list)
    alike: list[Finding] = field(default_factory=list)


def import_long(  # noqa: PLR0913 - the options of a command
    project: Project,
    file: Path,
    *,
    task: str,
    today: str,
    source: str | None = None,
    batch_size: int = 500,
    update: bool = False,
    prune: bool = False,
    bounds: Bounds = USUAL,
    progress: Callable[[int], object] | None = None,
) -> ImportReport:
    """Imports a long-format file into a task, all of it or nothing.

    Annotations go to `@<source>.jsonl` in closed batches of `batch_size` items in order of first appearance, items to the
    task's pool, annotators to the roster, gold to the source's gold file. Ids are not changed. A line that is not valid is
    refused with a finding; a label that the task's schema rejects is imported, and `assay check` reports it; problems with
    media of new items, and names and ids that look like others, are reported. With `update` the file is a newer, cumulative
    export of an imported source: equal records stay byte for byte, new annotations of a known item join its batch, and
    those that the file no longer has stay unless `prune`. `today` is an ISO date, `bounds` limit the file's size;
    `progress` gets the number of lines read.

    Raises:
        UsageError: unknown task, an imported source without `update`, a file without annotations, or `prune` with refused
            lines.
        ConfigError: the project's guideline or a file of the source is broken.
        LimitError: the file, or a file that would be written, is over a limit.
    """
    name = source_name(source, file)
    places = SourceFiles(root=project.root, task=task, pool=project.task(task).pool, source=name)
    guideline = guideline_in(read_guideline(project, task)).version
    existing = read_source_records(places)
    _refuse_unasked(places, existing, update=update, prune=prune)
    export = gather(legible(file.as_posix()), _with_progress(read_long(file, bounds), progress))
    if not export.votes and not export.findings:
        raise UsageError(f"{export.path} has no annotations", fix="one JSON object a line, with item and annotator")
    if prune and export.findings:
        first = export.findings[0]
        raise UsageError(
            f"{len(export.findings)} lines cannot be imported, so it is not known what is gone; line {first.at.line}: {first.message}",
            fix="fix the file, or omit --prune",
        )
    refuse_other_shape(file, taken=len(export.votes), bounds=bounds)
    work = _Work(places=places, existing=existing, export=export, refused=list(export.findings))
    work.gallery = _gallery(project, task)
    report = _planned(project, work, batch_size, {"created": today, "guideline": guideline}, prune=prune)
    for name, data in work.files.items():
        if len(data) > FILE_LIMIT:
            raise LimitError(
                f"{name} would be {len(data) / 2**20:,.0f} MiB, more than the limit",
                fix="import with a smaller --batch-size, or in parts as several sources",
            )
    write_all(project.root, work.files, was={name: work.existing.was.get(name, ABSENT) for name in work.files})
    return report


def _planned(project: Project, work: _Work, batch_size: int, stated: JsonObject, *, prune: bool) -> ImportReport:
    merged = merge_votes(work.existing, work.export.votes, prune=prune)
    for batch, votes in merged.batches.items():
        work.files[work.places.votes(batch)] = _vote_lines(votes)
    batches = _new_batches(work, merged, batch_size, stated)
    items = _new_items(work)
    annotators = _new_annotators(project, work)
    gold_new, gold_changed, gold_gone = _new_gold(work, prune=prune)
    return ImportReport(
        source=work.places.source,
        task=work.places.task,
        new=merged.new,
        same=merged.same,
        changed=merged.changed,
        gone=len(merged.gone),
        gone_rows=tuple(merged.gone),
        pruned=prune,
        gold_new=gold_new,
        gold_changed=gold_changed,
        gold_gone=gold_gone,
        items=items,
        annotators=annotators,
        batches=batches,
        written=tuple(work.files),
        refused=tuple(sorted(work.refused, key=lambda one: one.sort_key)),
        media=fold_findings(work.media),
        alike=fold_findings(work.alike),
    )


def _gallery(project: Project, task: str) -> Gallery | None:
    """The media files of the task's items; None without git or with a broken schema, which `assay check` reports."""
    try:
        return Gallery(project.snapshot, project.task(task).pool, load_schema(project, task))
    except (ConfigError, NoGitError):
        return None


def source_name(stated: str | None, file: Path) -> str:
    """The name of a source: as stated, or from the file's name up to its first dot.

    Raises:
        UsageError: it is not a valid name of a source: batches are named after it, so it has at most 43 characters.
    """
    derived = name_from(file.name.partition(".")[0])[:_SOURCE_LENGTH].rstrip("-_")
    return checked_name(
        stated if stated is not None else derived,
        "source",
        lambda text: is_name(text) and len(text) <= _SOURCE_LENGTH and is_batch_name(text),
    )


def _refuse_unasked(places: SourceFiles, existing: SourceRecords, *, update: bool, prune: bool) -> None:
    if prune and not update:
        raise UsageError("--prune needs --update", fix="add --update")
    if not (existing.empty or update):
        raise UsageError(
            f"{places.task} already has labels of the source {places.source!r}",
            fix="--update imports a newer export of the same source; --source NAME imports another source",
        )
    others = places.other_sources() if update and existing.empty else ()
    if others:
        raise UsageError(
            f"{places.task} has no labels of the source {places.source!r} to update",
            fix=f"choose one with --source: {', '.join(others)}; without --update this is a new source",
        )


def _with_progress(
    rows: Iterable[LongRow | Finding], progress: Callable[[int], object] | None
) -> Iterator[LongRow | Finding]:
    done = 0
    for done, row in enumerate(rows, start=1):
        yield row
        if progress and not done % _PROGRESS:
            progress(done)
    if progress:
        progress(done)


def _vote_lines(votes: Votes) -> bytes:
    return b"".join(
        [sourced_line(item, who, act) for item in sorted(votes) for who, act in sorted(votes[item].items())]
    )


def _new_batches(work: _Work, merged: MergedVotes, batch_size: int, stated: JsonObject) -> tuple[str, ...]:
    votes = work.export.votes
    sizes = {
        item: sum(len(who) + len(item) + len(act) + _LINE_OVERHEAD for who, act in votes[item].items())
        for item in merged.unassigned
    }
    statement = yaml_block({"purpose": "label", "status": "closed", **stated}).encode()
    names = _fresh_names(work.places, f"labels/{work.places.task}")
    batches = []
    for name, items in zip(names, chunks(sizes, count=batch_size, size=_FILE_SIZE), strict=False):
        work.files[f"labels/{work.places.task}/{name}/batch.yaml"] = statement
        work.files[work.places.votes(name)] = _vote_lines({item: votes[item] for item in items})
        batches.append(name)
    return tuple(batches)


def _fresh_names(places: SourceFiles, folder: str) -> Iterator[str]:
    numbered = re.compile(re.escape(places.source) + r"-([0-9]{3,})(\.jsonl)?")
    there = (numbered.fullmatch(path.name) for path in (places.root / folder).glob(f"{places.source}-*"))
    last = max((int(match[1]) for match in there if match), default=0)
    return (f"{places.source}-{number:03d}" for number in count(last + 1))


def _new_items(work: _Work) -> int:
    stated = work.export.items
    known, others = pool_items(work.places, work.export.votes, stated)
    for item in known.keys() & stated.keys():
        for key, value in stated[item].values.items():
            if key not in known[item] or canonical_text(known[item][key]) != canonical_text(value):
                message = f"{key} of {item!r} differs from the pool {work.places.pool!r}; the pool is not changed"
                at = Location(path=work.export.path, line=stated[item].lines[key], pointer=f"/{key}")
                where = Where(task=work.places.task, item=item)
                work.refused.append(finding("item/duplicate-id", at, message, where=where))
    fresh = [item for item in work.export.votes if item not in known]
    lines = {
        item: dump_record(ITEM, {"id": item, "data": {}, **(stated[item].values if item in stated else {})})
        for item in fresh
    }
    shards = chunks({item: len(line) for item, line in lines.items()}, count=_SHARD_ITEMS, size=_FILE_SIZE)
    for name, items in zip(_fresh_names(work.places, work.places.items), shards, strict=False):
        work.files[f"{work.places.items}/{name}.jsonl"] = b"".join(lines[item] + b"\n" for item in sorted(items))
    for item in fresh if work.gallery else ():
        if work.gallery and item in stated and "data" in (about := stated[item]).values:
            at = Location(path=work.export.path, line=about.lines["data"])
            where = Where(task=work.places.task, item=item)
            work.media += work.gallery.findings(about.values["data"], at, where)

    def first_line(item: str) -> Location:
        lines = stated[item].lines.values() if item in stated else ()
        return Location(path=work.export.path, line=min(lines, default=0))

    work.alike += items_alike(fresh, (*known, *others), first_line, work.places.task)
    return len(fresh)


def _new_annotators(project: Project, work: _Work) -> int:
    roster = work.existing.roster
    lines = dict(roster)
    for annotator, stated in work.export.groups.items():
        line = lines[annotator] = dict(roster.get(annotator, {"annotator": annotator}))
        for key, name in _OF_ANNOTATORS.items():
            value, known = stated.values.get(key), line.get(name, _IMPLIED.get(name) if annotator in roster else None)
            if value is not None and known is None:
                line[name] = value
            elif value is not None and canonical_text(known) != canonical_text(value):
                message = f"{key} of {annotator!r} differs from the roster; the roster is not changed"
                at = Location(path=work.export.path, line=stated.lines[key], pointer=f"/{key}")
                work.refused.append(finding("roster/entry", at, message, where=Where(annotator=annotator)))
    if lines != roster:
        work.files[work.places.roster] = dump_records(SOURCE_ANNOTATOR, lines.values())
    new = {name: line for name, line in lines.items() if name not in roster}
    work.alike += annotators_alike(project, work.places.source, new)
    return len(new)


def _new_gold(work: _Work, *, prune: bool) -> tuple[int, int, int]:
    """Adds the gold file; how many gold answers are new, changed and gone."""
    existing, stated = work.existing.gold, work.export.gold
    new = stated.keys() - existing.keys()
    changed = {
        item
        for item in stated.keys() & existing.keys()
        if canonical_text(existing[item].get("label")) != canonical_text(stated[item])
    }
    gone = existing.keys() - stated.keys()
    kept = {item: record for item, record in existing.items() if not (prune and item in gone)}
    lines = kept | {item: {"item": item, "label": stated[item]} for item in new | changed}
    if lines != existing:
        work.files[work.places.gold] = dump_records(GOLD, lines.values())
    return len(new), len(changed), len(gone)
